"""Careful hands for parsed JSON: every reader answers nothing where the shape is not what it hoped for."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

from fhir.systems import normalised

_SCRIPT: Final = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG: Final = re.compile(  # HTML that systems send in plain text; "a<b and c>d" is no tag
    r"</?(?:p|br|div|span|b|i|u|em|strong|small|font|a|img|hr|pre|code|sup|sub|ul|ol|li|dl|dt|dd|table|thead|tbody"
    r"|tr|td|th|h[1-6]|html|body|head|title|iframe|object|embed|form|input|button|link|meta|svg)"
    # A value is taken whole, in one way alone: else each that could end in two places doubles the time that is taken.
    r"(?:\s+[\w:-]+\s*=\s*(?>\"[^\"<>]*\"[^\s<>]*|'[^'<>]*'[^\s<>]*|[^\s<>]+))*+\s*/?>",
    re.IGNORECASE,
)
_BLANKS: Final = re.compile(r"[ \t]+")
_LEAP_SECOND: Final = re.compile(r":60(?=[.Z+-])")


def dig(node: Any, *steps: str | int) -> Any:
    """Return what stands under element names and positions, None where the way ends early."""
    for step in steps:
        if isinstance(step, int):
            node = node[step] if isinstance(node, list) and len(node) > step else None
        else:
            node = node.get(step) if isinstance(node, dict) else None
    return node


def text(node: Any, *steps: str | int) -> str | None:
    """Return the trimmed text there, None when there is none."""
    found = dig(node, *steps)
    return found.strip() or None if isinstance(found, str) else None


def objects(node: Any, *steps: str | int) -> list[dict[str, Any]]:
    """Return the objects of the list there."""
    found = dig(node, *steps)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def texts(node: Any, *steps: str | int) -> tuple[str, ...]:
    """Return the trimmed texts of the list there; gaps and blanks are left out."""
    found = dig(node, *steps)
    listed = found if isinstance(found, list) else []
    return tuple(each.strip() for each in listed if isinstance(each, str) and each.strip())


def code_in(concept: Any, system: str) -> str | None:
    """Return the code that a CodeableConcept has in this system, however its URI is spelt."""
    for coding in objects(concept, "coding"):
        if normalised(text(coding, "system")) == system and text(coding, "code"):
            return text(coding, "code")
    return None


def extensions(node: Any, url: str) -> Iterator[dict[str, Any]]:
    """Yield the extensions of this URL, however it is spelt."""
    return (each for each in objects(node, "extension") if normalised(text(each, "url")) == normalised(url))


def moment(value: Any) -> datetime | None:
    """Return a FHIR dateTime or instant with its zone; a date alone is its midnight in UTC, a year its start.

    More than six digits of a second are cut (samples carry seven); a leap second counts as the one before.
    """
    if not isinstance(value, str):
        return None
    if "T" not in value:
        first = day((value + "-01-01")[:10]) if len(value) <= len("1958-04-12") else None
        return datetime(first.year, first.month, first.day, tzinfo=UTC) if first else None
    try:
        found = datetime.fromisoformat(_LEAP_SECOND.sub(":59", value.strip()))
    except ValueError:
        return None
    return found if found.tzinfo else None


def day(value: Any) -> date | None:
    """Return a whole FHIR date; None for a year or a month alone, which FHIR allows."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def plain(value: str | None) -> str:
    """Return a text without markup, scripts, or the literal `\\n` that some systems write for a new line."""
    if not value:
        return ""
    bare = value.replace("\\n", "\n")
    for pattern in (_SCRIPT, _COMMENT, _TAG):
        bare = pattern.sub(" ", bare)
    bare = _SCRIPT.sub(" ", html.unescape(bare))  # a script stays out, however it was written
    lines = (_BLANKS.sub(" ", line).strip() for line in bare.splitlines())
    return "\n".join(line for line in lines if line)
