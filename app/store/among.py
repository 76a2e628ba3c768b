"""Tells of a column whether it is among many values, as one parameter: thousands of them are slow to write out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import Uuid


def among(column: InstrumentedAttribute[Any], ids: Collection[UUID]) -> ColumnElement[bool]:
    """Return whether an id is one of these; a statement has room for 65,535 parameters, and this is one of them."""
    return column == any_(literal(list(ids), ARRAY(Uuid())))


def among_words(column: InstrumentedAttribute[Any], words: Collection[str]) -> ColumnElement[bool]:
    """Return whether a text is one of these."""
    return column == any_(literal(list(words), ARRAY(String())))
