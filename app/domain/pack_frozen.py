"""A pack as plain data and back: what a funder's link keeps is what was shown on the day it was made, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from app.domain.pack import Pack


def as_data(pack: Pack) -> dict[str, Any]:
    """Return a pack as JSON's own types, without stories: those are looked up whenever somebody looks."""
    told: dict[str, Any] = _plain(replace(pack, stories=()))
    return told


def from_data(kept: Mapping[str, Any]) -> Pack:
    """Return what `as_data` wrote; what a newer house says of a pack beside it has its usual value."""
    found: Pack = _of(Pack, kept)
    return found


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, UUID) else value


def _of(kind: Any, value: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        if value is None:
            return None
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _of(hints[name], value[name]) for name in hints if name in value})  # type: ignore[operator]
    if get_origin(kind) is tuple:
        kinds = get_args(kind)
        each = kinds[:1] * len(value) if len(kinds) == 2 and kinds[1] is Ellipsis else kinds
        return tuple(_of(one, part) for one, part in zip(each, value, strict=True))
    if kind is date:
        return date.fromisoformat(value)
    if kind is float:
        return float(value)
    return UUID(value) if kind is UUID else value
