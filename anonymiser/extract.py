"""Reads an opened extract and refuses all of it unless every field of every record is what the policy says."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import polars as pl

from anonymiser.errors import Refusal
from anonymiser.extract_blocks import RECORD, SCHEMA, BlockReader
from anonymiser.extract_header import Header, field_problems, parse, read_header
from anonymiser.hashing import Hashing, ahead
from anonymiser.policy import BESIDE, NAME_PRINTS, POLICY, Treatment
from anonymiser.tokens.tripwire import Finding, Kind, identifiers_in, name_prints

PROBLEMS_SHOWN = 50
BLOCK_BYTES = 16 * 2**20
"""Read at once. Twice as much would be taken from the system anew for each block, as the C library keeps no more."""
AT = "row in the extract"
NUMBER = "nhs_number"
TOO_LATE = "later than the day on which the extract was made"
ROW_FIELDS = {"record", *POLICY}
CODED_FIELDS = tuple(name for name, field in POLICY.items() if field.treatment is not Treatment.PSEUDONYMISE)

Record = Mapping[str, Any]
"""One outcome record, checked field by field against the policy."""


@dataclass(frozen=True)
class Extract:
    """A whole extract in which every record has been checked: in `frame` a row for each, a column per field.

    `tripped` says in sentences where a coded field held somebody's identifier; `rejected` counts those records, which
    are not in `frame`. A number that is missing or cannot be anybody's is null there. `plain` is the SHA-256 of what
    was sealed, `sealed` that of the file.
    """

    header: Header
    frame: pl.DataFrame
    tripped: tuple[str, ...] = ()
    rejected: int = 0
    plain: str = ""
    sealed: str = ""

    @property
    def without_number(self) -> int:
        """How many records have no usable NHS number: each is counted as a person of its own."""
        return self.frame["nhs_number"].null_count()

    @property
    def records(self) -> tuple[Record, ...]:
        """The records one by one, for small extracts."""
        return tuple({RECORD: "outcome", **row} for row in self.frame.iter_rows(named=True))


def read_extract(parts: Iterable[bytes]) -> Extract:
    """Read a header and its outcome records; each part is one line, or several that each end in a newline.

    A record with an identifier in a coded field is left out and told. Raises Refusal with every other problem (the
    first 50 in words, the rest as a number), each naming the field and the row, counted from 1 after the header;
    never a value.
    """
    with Hashing() as content:
        blocks = ahead(_blocks(parts, content.hear))
        line, _, rest = next(blocks, b"").partition(b"\n")
        header = read_header(line)
        reading = _Reading(header.name_key)
        for block in chain([rest] if rest else [], blocks):
            reading.take(block)
        plain = content.hexdigest()
    frame, problems = reading.end(header.created_on.isoformat()[:7])
    if reading.rows != header.rows:
        problems.append(f"The header tells of {header.rows} rows and the extract holds {reading.rows}.")
    if problems:
        hidden = len(problems) - PROBLEMS_SHOWN
        more = [f"And {hidden} more problems."] if hidden > 0 else []
        raise Refusal(*chain(problems[:PROBLEMS_SHOWN], more))
    return Extract(header, frame, tuple(reading.tripped), reading.rejected, plain)


def _blocks(parts: Iterable[bytes], hear: Callable[[bytes], None]) -> Iterator[bytes]:
    """The lines, each ended by a newline, some megabytes at a time; `hear` is told each of these."""
    held: list[bytes] = []
    size = 0
    for part in parts:
        held.append(part if part.endswith(b"\n") else part + b"\n")
        size += len(part)
        if size >= BLOCK_BYTES:
            block = b"".join(held)
            hear(block)
            yield block
            held, size = [], 0
    block = b"".join(held)
    hear(block)
    if block:
        yield block


class _Reading:
    """What has been read so far; each different value of a field is looked at once."""

    def __init__(self, name_key: bytes | None) -> None:
        self._name_key = name_key
        self.rows = self.rejected = 0
        self.tripped: list[str] = []
        self._frames = [pl.DataFrame(schema={AT: pl.UInt32, **SCHEMA})]
        self._problems: list[tuple[int, str]] = []
        self._held: dict[str, tuple[Kind, ...]] = {}
        self._allowed: dict[tuple[str, type, object], bool] = {}
        self._many = BlockReader(parse, self._is_right, beside=name_key is not None)

    def take(self, block: bytes) -> None:
        """Read whole lines, at once if they can be and else one by one."""
        frame = self._many.read(block)
        if frame is not None:
            self._frames.append(frame.with_row_index(AT, self.rows + 1))
            self.rows += frame.height
            return
        kept: list[Record] = []
        for line in block[:-1].split(b"\n"):
            self.rows += 1
            record = self._take_one(self.rows, line)
            kept += [] if record is None else [{AT: self.rows, **{name: record[name] for name in SCHEMA}}]
        self._frames.append(pl.DataFrame(kept, schema={AT: pl.UInt32, **SCHEMA}))

    def end(self, latest: str) -> tuple[pl.DataFrame, list[str]]:
        """All records that are right, and the problems of the others in the order of their rows.

        No referral can have come after the month `latest`, in which the extract was made.
        """
        frame = pl.concat(self._frames, rechunk=True)
        self._frames.clear()
        months = frame["referred_month"].unique().cast(pl.String)
        if (months > latest).any():
            later = frame.filter(pl.col("referred_month").cast(pl.String) > latest)
            self._problems += ((row, f"Row {row}, referred_month: {TOO_LATE}.") for row in later[AT])
        first: dict[str, int] = {}
        keys = frame["referral_key"]
        # Counting the different ones takes a quarter of the time that finding those that are not takes.
        twice = frame.filter(keys.is_duplicated()) if keys.n_unique() < len(keys) else frame.clear()
        for key, row in twice.select("referral_key", AT).iter_rows():
            if first.setdefault(key, row) != row:
                self._problems.append((row, f"Row {row}, referral_key: the same as in row {first[key]}."))
        problems = sorted(self._problems, key=lambda problem: problem[0])
        return frame.drop(AT), [sentence for _, sentence in problems]

    def _take_one(self, row: int, line: bytes) -> Record | None:
        """Read one line: give its record, or note its problems, or what tripped the wire."""
        record = parse(line)
        if record is None:
            sentence = f"Row {row}, whole record: not one JSON object with distinct field names."
            self._problems.append((row, sentence))
            return None
        found = [*field_problems(record, ROW_FIELDS if self._name_key is None else {*ROW_FIELDS, *BESIDE})]
        if not found and (tripped := self._identifiers(row, record)):
            self.tripped += tripped
            self.rejected += 1
            return None
        found += self._value_problems(record)
        self._problems += ((row, f"Row {row}, {problem}.") for problem in found)
        return None if found else _with_usable_number(record)

    def _is_right(self, name: str, value: object) -> bool:
        """Whether a coded field may have this value and it is nobody's identifier."""
        known = not isinstance(value, str) or value in POLICY[name].values
        return self._is_allowed(name, value) and (known or not self._kinds(str(value)))

    def _identifiers(self, row: int, record: Record) -> list[str]:
        strange = [name for name in CODED_FIELDS if not self._is_told(name, record[name])]
        if record[RECORD] != "outcome":
            strange.append(RECORD)
        found = [
            (name, kind) for name in strange for text in _texts(record[name]) for kind in self._kinds(text)
        ]
        found += ((name, Kind.NAME) for name in strange if self._has_name(record, name))
        return [Finding(row=row, field=name, kind=kind).sentence for name, kind in dict.fromkeys(found)]

    def _has_name(self, record: Record, name: str) -> bool:
        """Whether a value that is none of the field's has a word of the name of the record's own person."""
        told = record.get(NAME_PRINTS)
        if self._name_key is None or not isinstance(told, str):
            return False
        allowed = name in POLICY and self._is_allowed(name, record[name])
        return not allowed and not name_prints(_texts(record[name]), self._name_key).isdisjoint(told.split())

    def _is_told(self, name: str, value: object) -> bool:
        """Whether a value is of the field's list or within its bounds, and so nobody's identifier."""
        return not POLICY[name].pattern and self._is_allowed(name, value)

    def _kinds(self, text: str) -> tuple[Kind, ...]:
        if text not in self._held:
            self._held[text] = identifiers_in(text)
        return self._held[text]

    def _value_problems(self, record: Record) -> Iterator[str]:
        if record.get("record", "outcome") != "outcome":
            yield "record: not an outcome"
        for name in POLICY:
            if name in record and not self._is_allowed(name, record[name]):
                yield f"{name}: of the wrong type, or not a value the policy allows"
        for name in BESIDE:
            if name in record and not BESIDE[name].allows(record[name]):
                yield f"{name}: of the wrong type, or not a value the policy allows"

    def _is_allowed(self, name: str, value: object) -> bool:
        if isinstance(value, list | dict) or POLICY[name].treatment is Treatment.PSEUDONYMISE:
            return POLICY[name].allows(value)
        # The type is a part of the question: to a dictionary 1, 1.0 and true are the same.
        asked = (name, type(value), value)
        if asked not in self._allowed:
            self._allowed[asked] = POLICY[name].allows(value)
        return self._allowed[asked]


def is_nhs_number(text: str) -> bool:
    """Say whether ten digits carry a right modulus 11 check digit (NHS Data Dictionary: NHS NUMBER).

    Ten equal digits can pass the arithmetic but are only ever typed to fill a box, so they are no number.
    """
    total = sum(int(digit) * weight for digit, weight in zip(text[:9], range(10, 1, -1), strict=True))
    return len(set(text)) > 1 and (11 - total % 11) % 11 == int(text[9])


def _with_usable_number(record: Record) -> Record:
    """The record, without a number that cannot be anybody's."""
    number = record[NUMBER]
    return record if number is None or is_nhs_number(number) else {**record, NUMBER: None}


def _texts(value: object) -> Iterator[str]:
    """Every text in a value, however deep; a number as it may have been before it lost its leading nought."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from chain(value, chain.from_iterable(map(_texts, value.values())))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_texts, value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        digits = str(value) if isinstance(value, int) else f"{value:.0f}"
        yield from (digits, f"0{digits}")
