"""Rejects a record whose coded field holds somebody's identifier: a wire to trip over, never a cleaner."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import polars as pl

from anonymiser.tokens.nhs_numbers import canonical
from anonymiser.tokens.tokeniser import hmac_digests

PRINT_LETTERS = 3
Found = TypeVar("Found")


class Kind(StrEnum):
    """What a text looks like, in words that complete "looks like ..."."""

    NHS_NUMBER = "an NHS number"
    PHONE = "a telephone number"
    POSTCODE = "a whole postcode"
    EMAIL = "an e-mail address"
    NATIONAL_INSURANCE = "a National Insurance number"
    BIRTH_DATE = "a whole date, such as a date of birth"
    NAME = "a name from the person's record"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One field of one row (from 1) that tripped the wire. Never holds the value."""

    row: int
    field: str
    kind: Kind

    @property
    def sentence(self) -> str:
        """The finding in words for whoever mends the source."""
        return (
            f"Row {self.row}, {self.field}: holds what looks like {self.kind}; the record is left out. "
            "Put a code in its place at the source."
        )


@dataclass(frozen=True)
class Checked:
    """The records that passed, and one finding for every field that did not."""

    kept: pl.DataFrame
    findings: tuple[Finding, ...]
    rejected: int


_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*"
_DAY, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:(?:18|19|20)\d\d|\d\d)"
_NUMBER = re.compile(r"(?<!\d)\d(?:[\s.-]{0,2}\d){9}(?!\d)")
_SHAPES: Mapping[Kind, re.Pattern[str]] = {
    # Ofcom's National Telephone Numbering Plan: +44 or 0, then nine or ten digits that begin with 1, 2, 3, 7 or 8.
    Kind.PHONE: re.compile(
        r"(?<![\d+])(?:(?:\+|00)\s?44[\s.-]?(?:\(0\))?[\s.-]?|\(?0)[12378](?:[\s().-]{0,2}\d){8,9}(?!\d)"
        r"|\+(?:[\s.-]?\d){8,15}(?!\d)"
    ),
    # A postcode as BS 7666 has it, whole; an outward part alone passes.
    Kind.POSTCODE: re.compile(
        r"(?<![a-z\d])(?:gir\s?0aa|[a-z]{1,2}\d[a-z\d]?[\s-]{0,2}\d[abd-hjlnp-uw-z]{2})(?![a-z\d])"
    ),
    Kind.EMAIL: re.compile(r"[^\s@<>,;:]+\s?(?:@|\(at\)|\[at\])\s?[^\s@<>,;:]+\.[a-z]{2,}"),
    # HMRC's NIM39110: which letters may begin it, and A to D at the end.
    Kind.NATIONAL_INSURANCE: re.compile(
        r"(?<![a-z\d])(?!bg|gb|kn|nk|nt|tn|zz)[abceghj-prstw-z][abceghj-nprstw-z](?:[\s-]?\d){6}[\s-]?[a-d](?![a-z\d])"
    ),
    Kind.BIRTH_DATE: re.compile(
        rf"(?<!\d){_DAY}[\s./-](?:0?[1-9]|1[0-2])[\s./-]{_YEAR}(?!\d)"
        r"|(?<!\d)(?:18|19|20)\d\d[\s./-](?:0[1-9]|1[0-2])[\s./-](?:0[1-9]|[12]\d|3[01])(?!\d)"
        rf"|(?<!\d){_DAY}(?:st|nd|rd|th)?[\s-](?:of\s)?{_MONTH}[\s,-]+{_YEAR}(?!\d)"
        rf"|(?<![a-z]){_MONTH}[\s-]{_DAY}(?:st|nd|rd|th)?[\s,-]+{_YEAR}(?!\d)"
        # Eight digits in a row; after a letter they are more likely a statistical area (E01012050).
        r"|(?:(?<![a-z\d])|(?<=dob)|(?<=born))(?:(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
        r"|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:18|19|20)\d\d)(?!\d)"
    ),
}


def identifiers_in(text: str) -> tuple[Kind, ...]:
    """Say which kinds of identifier a text holds, names apart."""
    plain = _plain(text)
    kinds = [kind for kind, shape in _SHAPES.items() if shape.search(plain)]
    found = [re.sub(r"\D", "", each) for each in _NUMBER.findall(plain)]
    if found and canonical(pl.Series("number", found, dtype=pl.String)).drop_nulls().len():
        kinds.insert(0, Kind.NHS_NUMBER)
    return tuple(kinds)


def name_prints(names: Iterable[str], key: bytes) -> frozenset[str]:
    """Give the keyed prints (HMAC-SHA256 cut to 12 bits, hex) of every word of two letters or more of some names.

    The side that knows the names makes these, with a key of one extract, so that no name ever crosses. They are short,
    so that many names have one print: whoever tries all names with the key finds a crowd of them.
    """
    words = sorted({word for name in names for word in _words(name)})
    return frozenset(_print(word, key) for word in words)


def check_records(
    records: pl.DataFrame,
    fields: Sequence[str],
    *,
    known: Mapping[str, frozenset[str]] | None = None,
) -> Checked:
    """Leave out each record with an identifier in one of its coded `fields`.

    `known` holds, for a field, the codes of its list: they cannot be somebody's and are not looked at.
    """
    lists = known or {}
    held = [
        _held(records[field].cast(pl.String), lists.get(field, frozenset()), identifiers_in)
        for field in fields
    ]
    found = [
        Finding(row=row, field=field, kind=kind)
        for field, rows in zip(fields, held, strict=True)
        for row, kinds in rows
        for kind in kinds
    ]
    found.sort(key=lambda finding: (finding.row, finding.field, finding.kind))
    rejected = {finding.row - 1 for finding in found}
    kept = records.filter(~pl.int_range(pl.len()).is_in(sorted(rejected)))
    return Checked(kept, tuple(found), len(rejected))


def _held(values: pl.Series, known: frozenset[str], look: Callable[[str], Found]) -> list[tuple[int, Found]]:
    """What was found in each row (from 1); each distinct value is looked at once."""
    distinct = values.drop_nulls().unique().to_list()
    found = {value: held for value in distinct if value not in known and (held := look(value))}
    if not found:
        return []
    places = values.is_in(list(found)).arg_true().to_list()
    return [(place + 1, found[values[place]]) for place in places]


def _plain(text: str) -> str:
    """Lower case, one form of each digit, hyphen and letter, and nothing invisible between them."""
    return "".join(map(_plain_letter, unicodedata.normalize("NFKC", text).lower()))


def _plain_letter(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Nd":
        return str(unicodedata.digit(letter))
    return {"Cf": "", "Pd": "-"}.get(category, letter)


def _words(text: str) -> list[str]:
    """The words of a text without accents, as names are compared."""
    parts = unicodedata.normalize("NFKD", _plain(text).replace("'", "").replace("’", ""))
    bare = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return [word for word in re.split(r"[^a-z]+", bare) if len(word) > 1]


def _print(word: str, key: bytes) -> str:
    return hmac_digests(key, [word.encode()]).hex()[:PRINT_LETTERS]
