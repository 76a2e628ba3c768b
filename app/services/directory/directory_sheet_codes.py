"""Reads the coded cells of a directory's spreadsheet: what no feed can tell, each problem with its column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from app.domain.directory_words import (
    LED_BY_WORDS,
    LEGAL_FORM_WORDS,
    SERVICE_KIND_WORDS,
    SIZE_WORDS,
    CareLevel,
    LedBy,
    LegalForm,
    ServiceKind,
    Size,
)
from app.domain.eligibility import GENDERS, About, read_rules
from app.domain.errors import Invalid
from app.domain.feed import More, Values
from app.domain.sheet import Line, parts

_RULE = 'Write each rule as what, how and value, such as "registered-with any-of A81001, A81002".'


def more_of(line: Line) -> More:
    """Return what a row tells beside what a feed can; an empty cell says nothing. Problems go to the line."""
    return More(
        service=_given(
            kind=_one(line, "kind", ServiceKind, SERVICE_KIND_WORDS),
            takes=_one(line, "care_level", CareLevel, {}),
            for_whom=_several(line, "for_whom", tuple(LedBy), LED_BY_WORDS),
            genders=_several(line, "genders", GENDERS, {}),
            rules=_rules(line),
        ),
        organisation=_given(
            legal_form=_one(line, "legal_form", LegalForm, LEGAL_FORM_WORDS),
            size=_one(line, "size", Size, SIZE_WORDS),
            led_by=_several(line, "led_by", tuple(LedBy), LED_BY_WORDS),
        ),
        venue=_given(host=line.cells.get("host") or None),
    )


def _given(**values: Any) -> Values:
    return {name: value for name, value in values.items() if value is not None}


def _code(told: str, codes: Iterable[str], words: Mapping[Any, str]) -> str | None:
    plain = "-".join(told.lower().split())
    by_words = {said.lower(): str(code) for code, said in words.items()}
    return plain if plain in tuple(codes) else by_words.get(told.lower())


def _one(line: Line, column: str, codes: type[StrEnum], words: Mapping[Any, str]) -> str | None:
    told = line.cells.get(column, "")
    if not told:
        return None
    code = _code(told, codes, words)
    if code is None:
        line.refuse(column, f"Choose one of: {', '.join(codes)}.")
    return code


def _several(line: Line, column: str, codes: tuple[str, ...], words: Mapping[Any, str]) -> list[str] | None:
    told = parts(line.cells.get(column, ""))
    found = [_code(each, codes, words) for each in told]
    if None in found:
        line.refuse(column, f"Choose from: {', '.join(codes)}. Part several with semicolons.")
        return None
    return sorted({code for code in found if code}) or None


def _rules(line: Line) -> list[dict[str, Any]] | None:
    told = []
    for each in parts(line.cells.get("rules", "")):
        about, _, rest = each.partition(" ")
        operator, _, value = rest.strip().partition(" ")
        told.append(
            {"about": about.lower(), "operator": operator.lower(), "value": _value(about.lower(), value)}
        )
    try:
        return [rule.as_data() for rule in read_rules(told)] or None
    except Invalid as fault:
        line.refuse("rules", f"{_RULE} {fault.problems[0].sentence}")
        return None


def _value(about: str, told: str) -> int | str | list[str]:
    value = told.strip()
    if about == About.AGE:
        return int(value) if value.isascii() and value.isdigit() else value
    if about == About.CARE_LEVEL:
        return value.lower()
    return [item for each in value.split(",") if (item := each.strip())]
