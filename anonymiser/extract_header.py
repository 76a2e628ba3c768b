"""Reads the header of an opened extract, and what header and records have in common: plain JSON, known names."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeGuard

from anonymiser.errors import Refusal
from anonymiser.policy import POLICY_VERSION, UUID_PATTERN

HEADER_FIELDS = {"record", "policy", "extract_id", "created_on", "watermark", "counts"}
NAME_KEY = "name_key"
"""The key of the prints of names that each record then has; an extract without it has none."""
_INSTANT = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})"


@dataclass(frozen=True)
class Header:
    """What the platform says about an extract: its id, date, up to when it reaches, and the counts behind it."""

    extract_id: str
    created_on: date
    watermark: datetime
    rows: int
    opted_out: int
    excluded: Mapping[str, int]
    name_key: bytes | None = field(default=None, repr=False)


def read_header(line: bytes) -> Header:
    """The header that a line is. Raises Refusal, naming the field, for anything else."""
    fields = parse(line)
    if fields is None or fields.get("record") != "header":
        raise Refusal("The extract does not begin with a header record.")
    if fields.get("policy") != POLICY_VERSION:
        raise Refusal(f"Header, policy: not a version this program knows; it knows {POLICY_VERSION}.")
    expected = HEADER_FIELDS | ({NAME_KEY} & fields.keys())
    problems = [*field_problems(fields, expected), *_header_problems(fields)]
    if problems:
        raise Refusal(*(f"Header, {problem}." for problem in problems))
    counts = fields["counts"]
    return Header(
        extract_id=fields["extract_id"],
        created_on=date.fromisoformat(fields["created_on"]),
        watermark=datetime.fromisoformat(fields["watermark"]),
        rows=counts["rows"],
        opted_out=counts["opted_out"],
        excluded=counts["excluded"],
        name_key=bytes.fromhex(fields[NAME_KEY]) if NAME_KEY in fields else None,
    )


def _header_problems(fields: Mapping[str, Any]) -> Iterator[str]:
    checks: Mapping[str, tuple[Callable[[object], bool], str]] = {
        "extract_id": (lambda value: _matches(UUID_PATTERN, value), "not a UUID in lower case"),
        "created_on": (_is_date, "not a date like 2026-11-22"),
        "watermark": (
            lambda value: _is_instant(value, fields.get("created_on")),
            "not an instant like 2026-11-21T23:00:00Z before the end of the day on which the extract was made",
        ),
        NAME_KEY: (lambda value: _matches(r"[0-9a-f]{64}", value), "not 64 hex digits"),
        "counts": (
            _is_counts,
            "not the three counts rows, opted_out and excluded (a number for each reason code)",
        ),
    }
    for name, (is_right, complaint) in checks.items():
        if name in fields and not is_right(fields[name]):
            yield f"{name}: {complaint}"


def field_problems(fields: Mapping[str, Any], expected: set[str]) -> Iterator[str]:
    """Every field that is missing, and every one that nobody expects."""
    for name in sorted(expected - fields.keys()):
        yield f"{name}: missing"
    for name in sorted(fields.keys() - expected):
        # Somebody's data may have slipped into the place of a name, so only a name that looks like one is shown.
        shown = (
            name
            if _matches(r"[a-z]+(_[a-z]+)*", name) and len(name) <= 40
            else "a field that cannot be shown"
        )
        yield f"{shown}: not a field of this policy"


def parse(line: bytes) -> dict[str, Any] | None:
    """The one JSON object that a line is, with distinct names and nothing that JSON has not; else None."""
    try:
        value = json.loads(line.decode(), object_pairs_hook=_distinct, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field name appears twice")
    return fields


def _refuse_constant(_name: str) -> object:
    raise ValueError("NaN and Infinity are not JSON")


def _matches(pattern: str, value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None


def _is_date(value: object) -> bool:
    if not _matches(r"\d{4}-\d{2}-\d{2}", value):
        return False
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _is_instant(value: object, day: object) -> bool:
    """Whether a text is a moment, told with its zone, and not after the end of a day anywhere on earth."""
    if not _matches(_INSTANT, value) or not _is_date(day):
        return False
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return moment.date().toordinal() <= date.fromisoformat(str(day)).toordinal() + 1


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and value >= 0


def _is_counts(value: object) -> bool:
    if not isinstance(value, dict) or value.keys() != {"rows", "opted_out", "excluded"}:
        return False
    excluded = value["excluded"]
    return (
        _is_count(value["rows"])
        and _is_count(value["opted_out"])
        and isinstance(excluded, dict)
        # The reasons are printed in the manifest, so they have to be codes and cannot be sentences.
        and all(_matches(r"[a-z]{1,20}(-[a-z]{1,20}){0,5}", reason) for reason in excluded)
        and all(_is_count(count) for count in excluded.values())
    )
