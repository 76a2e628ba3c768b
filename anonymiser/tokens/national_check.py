"""Asks and reads the national check for opt-outs, whose answer names only those who may be used."""

import re
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from anonymiser.errors import Refusal
from anonymiser.tokens.nhs_numbers import canonical

WORKFLOW = "SPINE_NTT_UPHOLDING"
"""The MESH workflow of NHS England's Check for National Data Opt-outs; the file is sent as .dat."""
FRESH_DAYS = 7
"""How long an answer is used here. The choice is ours: an answer is asked for one extract and not kept."""
_LINE = re.compile(rb"([0-9]{10}),")


@dataclass(frozen=True, kw_only=True)
class NationalAnswer:
    """Whom the service was asked about and whom it gave back, as NHS numbers; kept for one run, never stored."""

    asked: pl.Series = field(repr=False)
    allowed: pl.Series = field(repr=False)
    checked_on: date


def national_question(numbers: pl.Series) -> bytes:
    """Write the file to send: every distinct possible number on a line of its own, ended by a comma and LF.

    One impossible number makes the service refuse the whole file, so those are not asked about.
    """
    return "".join(f"{number},\n" for number in _distinct(numbers)).encode("ascii")


def read_national_answer(content: bytes, asked: pl.Series, checked_on: date) -> NationalAnswer:
    """Read the file that came back: the same form, without the people who opted out.

    An empty file is an answer: everybody opted out. Raises Refusal, by line and never by value, on anything
    else than numbers that were asked about, and on a file that was cut.
    """
    question = _distinct(asked)
    if b"invalid NHS" in content:
        raise Refusal(
            "The national check refused the whole file for an impossible NHS number; send it again."
        )
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    problems = [] if not lines[-1] else ["The answer of the national check ends within a line; it was cut."]
    known = set(question)
    allowed = []
    for at, line in enumerate(lines[:-1], start=1):
        found = _LINE.fullmatch(line)
        if not found:
            problems.append(f"National check, line {at}: not ten digits and a comma.")
        elif (number := found[1].decode()) not in known:
            problems.append(f"National check, line {at}: a number that was not asked about.")
        else:
            allowed.append(number)
    if problems:
        raise Refusal(*problems[:50])
    series = pl.Series("number", allowed, dtype=pl.String)
    return NationalAnswer(
        asked=pl.Series("number", question, dtype=pl.String), allowed=series, checked_on=checked_on
    )


def _distinct(numbers: pl.Series) -> list[str]:
    return canonical(numbers).drop_nulls().unique().sort().to_list()
