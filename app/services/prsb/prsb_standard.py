"""Loads the 355 rows of the PRSB social prescribing standard, which ship with the code."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from app.domain.prsb import Obligation, Row

NAME: Final = "PRSB Social Prescribing Information Standard"
VERSION: Final = "1.1"


@cache
def standard_rows() -> tuple[Row, ...]:
    """Return the sections of the standard in its own order, each with its rows."""
    text = files("app.services.prsb").joinpath("prsb_rows.json").read_text(encoding="utf-8")
    return tuple(_row(each) for each in json.loads(text))


def _row(told: dict[str, Any]) -> Row:
    return Row(
        name=told["name"],
        is_group=told.get("group", False),
        least=told["least"],
        most=told["most"],
        obligation=Obligation(told["obligation"]),
        type=told.get("type", ""),
        shortest=told.get("shortest"),
        longest=told.get("longest"),
        precision=told.get("precision", ""),
        value_set=told.get("value_set", ""),
        rows=tuple(_row(each) for each in told.get("rows", ())),
    )
