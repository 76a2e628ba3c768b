"""Reads an opened extract and refuses all of it unless every field of every record is what the policy says."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, TypeGuard

from anonymiser.errors import Refusal
from anonymiser.generalise import Record
from anonymiser.policy import POLICY, POLICY_VERSION, UUID_PATTERN
from anonymiser.pseudonym import is_nhs_number

PROBLEMS_SHOWN = 50
HEADER_FIELDS = {"record", "policy", "extract_id", "created_on", "watermark", "counts"}
ROW_FIELDS = {"record", *POLICY}


@dataclass(frozen=True)
class Header:
    """What the platform says about an extract: its id, date and the counts behind it."""

    extract_id: str
    created_on: date
    rows: int
    opted_out: int
    excluded: Mapping[str, int]


@dataclass(frozen=True)
class Extract:
    """A whole extract in which every record has been checked."""

    header: Header
    records: tuple[Record, ...]


def read_extract(lines: Iterable[bytes]) -> Extract:
    """Read a header and its outcome records.

    Raises Refusal with every problem found (the first 50 in words, the rest as a number), each naming the
    field and the row, counted from 1 after the header; never a value.
    """
    remaining = iter(lines)
    header = _read_header(next(remaining, b""))
    problems: list[str] = []
    records: list[Record] = []
    seen: dict[str, int] = {}
    for row, line in enumerate(remaining, start=1):
        record, found = _read_row(line)
        key = record.get("referral_key")
        if not found and seen.setdefault(str(key), row) != row:
            found = [f"referral_key: the same as in row {seen[str(key)]}"]
        problems += (f"Row {row}, {problem}." for problem in found)
        records.append(record)
    if len(records) != header.rows:
        problems.append(f"The header tells of {header.rows} rows and the extract holds {len(records)}.")
    if problems:
        hidden = len(problems) - PROBLEMS_SHOWN
        more = [f"And {hidden} more problems."] if hidden > 0 else []
        raise Refusal(*chain(problems[:PROBLEMS_SHOWN], more))
    return Extract(header, tuple(records))


def _read_header(line: bytes) -> Header:
    fields = _parse(line)
    if fields is None or fields.get("record") != "header":
        raise Refusal("The extract does not begin with a header record.")
    if fields.get("policy") != POLICY_VERSION:
        raise Refusal(f"Header, policy: not a version this program knows; it knows {POLICY_VERSION}.")
    problems = [*_field_problems(fields, HEADER_FIELDS), *_header_problems(fields)]
    if problems:
        raise Refusal(*(f"Header, {problem}." for problem in problems))
    counts = fields["counts"]
    return Header(
        extract_id=fields["extract_id"],
        created_on=date.fromisoformat(fields["created_on"]),
        rows=counts["rows"],
        opted_out=counts["opted_out"],
        excluded=counts["excluded"],
    )


def _header_problems(fields: Mapping[str, Any]) -> Iterator[str]:
    checks: Mapping[str, tuple[Callable[[object], bool], str]] = {
        "extract_id": (lambda value: _matches(UUID_PATTERN, value), "not a UUID in lower case"),
        "created_on": (_is_date, "not a date like 2026-11-22"),
        "watermark": (lambda value: isinstance(value, str), "not a text"),
        "counts": (
            _is_counts,
            "not the three counts rows, opted_out and excluded (a number for each reason code)",
        ),
    }
    for name, (is_right, complaint) in checks.items():
        if name in fields and not is_right(fields[name]):
            yield f"{name}: {complaint}"


def _read_row(line: bytes) -> tuple[Record, list[str]]:
    record = _parse(line)
    if record is None:
        return {}, ["whole record: not one JSON object with distinct field names"]
    problems = [*_field_problems(record, ROW_FIELDS)]
    if record.get("record", "outcome") != "outcome":
        problems.append("record: not an outcome")
    for name, field in POLICY.items():
        if name in record and not field.allows(record[name]):
            problems.append(f"{name}: of the wrong type, or not a value the policy allows")
        elif name == "nhs_number" and name in record and not is_nhs_number(record[name]):
            problems.append(f"{name}: its check digit is wrong")
    return record, problems


def _field_problems(fields: Mapping[str, Any], expected: set[str]) -> Iterator[str]:
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


def _parse(line: bytes) -> dict[str, Any] | None:
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
