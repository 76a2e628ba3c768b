"""The rows of the PRSB social prescribing standard as a rule: does a record hold them, in the shape asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

Tree = Mapping[str, Any]
NOT_RECORDED: Final = "Not recorded"
NO_KNOWN_RISKS: Final = "No known risks"
_MORE: Final = " …"
_WHOLE_PART: Final = 12  # " (12 of 12)" at most, behind a piece
# The standard's precisions, as ISO 8601 writes them; a longer one is allowed where a time may be left out.
_PRECISIONS: Final = {
    "YMD!": r"\d{4}-\d{2}-\d{2}",
    "YMD": r"\d{4}(-\d{2}(-\d{2})?)?",
    "YM": r"\d{4}(-\d{2})?",
    "YMDHM": r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?)?)?",
}


class Obligation(StrEnum):
    """How strongly the standard asks for a row; a few rows say nothing."""

    MANDATORY = "M"
    REQUIRED = "R"
    OPTIONAL = "O"
    UNSAID = "-"


class Kind(StrEnum):
    """What is wrong with a row: nothing is there, it does not fit, or the standard has no such row."""

    MISSING = "missing"
    SHAPE = "shape"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the standard; `most` None: as often as there are; lengths in characters; `rows` are nested in it."""

    name: str
    is_group: bool
    least: int
    most: int | None
    obligation: Obligation
    type: str = ""
    shortest: int | None = None
    longest: int | None = None
    precision: str = ""
    value_set: str = ""
    rows: tuple[Row, ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether its values stand in a list."""
        return self.most is None

    def count(self) -> int:
        """Return how many rows there are here, itself among them."""
        return 1 + sum(row.count() for row in self.rows)


@dataclass(frozen=True, slots=True)
class Gap:
    """A row that is not as the standard asks: help for whoever looks after the record, never a rating."""

    path: tuple[str, ...]
    kind: Kind
    sentence: str

    @property
    def where(self) -> str:
        """The path in words, as the standard nests it."""
        return " › ".join(self.path)


def check(rows: Sequence[Row], record: Tree) -> tuple[Gap, ...]:
    """Return what a record lacks or holds in another shape than the standard's; no value is quoted."""
    return tuple(_check(rows, record, ()))


def _check(rows: Sequence[Row], record: Tree, path: tuple[str, ...]) -> Iterator[Gap]:
    known = {row.name for row in rows}
    for name in record:
        if name not in known:
            yield Gap((*path, name), Kind.UNKNOWN, "The standard has no such row here.")
    for row in rows:
        yield from _check_row(row, record.get(row.name), (*path, row.name))


def _check_row(row: Row, value: Any, path: tuple[str, ...]) -> Iterator[Gap]:
    if value is None or value in ([], {}, ""):
        if row.obligation is Obligation.MANDATORY:
            yield Gap(path, Kind.MISSING, "The standard asks for this always. It is not recorded.")
        return
    if row.repeats != isinstance(value, list):
        yield Gap(path, Kind.SHAPE, "A list is asked for." if row.repeats else "One value is asked for.")
        return
    for each in value if isinstance(value, list) else [value]:
        if row.is_group != isinstance(each, dict):
            yield Gap(path, Kind.SHAPE, "Rows are asked for." if row.is_group else "A value is asked for.")
        elif row.is_group:
            yield from _check(row.rows, each, path)
        elif sentence := _wrong(row, each):
            yield Gap(path, Kind.SHAPE, sentence)


def _wrong(row: Row, value: Any) -> str | None:
    if row.type == "boolean":
        return None if isinstance(value, bool) else "Yes or no is asked for."
    if row.type in ("quantity", "decimal"):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return None if is_number else "A number is asked for."
    if not isinstance(value, str):
        return "A text is asked for."
    if row.precision and not re.fullmatch(_PRECISIONS[row.precision], value):
        return "A date is asked for, as 2026-11-22."
    if row.longest is not None and len(value) > row.longest:
        return f"At most {row.longest} characters are asked for."
    if row.shortest is not None and len(value) < row.shortest:
        return f"At least {row.shortest} characters are asked for."
    return None


def kept(node: Any) -> Any:
    """Return a record without the rows that have no data; a `False` and a 0 are data."""
    if isinstance(node, Mapping):
        told = {name: kept(value) for name, value in node.items()}
        return {
            name: value for name, value in told.items() if value is not None and value not in ("", [], {})
        }
    if isinstance(node, list | tuple):
        told_list = [kept(value) for value in node]
        return [value for value in told_list if value is not None and value not in ("", [], {})]
    return node.isoformat() if isinstance(node, date) else node


def marked(rows: Sequence[Row], record: Tree) -> dict[str, Any]:
    """Return a record in the standard's order, with null where a mandatory row has no data: told as absent."""
    return {row.name: value for row in rows for value in _marked(row, record.get(row.name))}


def _marked(row: Row, value: Any) -> Iterator[Any]:
    if value is None:
        if row.obligation is Obligation.MANDATORY:
            yield None
    elif row.is_group and isinstance(value, list):
        yield [marked(row.rows, each) for each in value]
    elif row.is_group:
        yield marked(row.rows, value)
    else:
        yield value


def shortened(words: str, longest: int) -> str:
    """Return words that fit a row; what was cut ends in an ellipsis and stands whole in a row without a length."""
    if len(words) <= longest:
        return words
    return words[: longest - len(_MORE)].rsplit(None, 1)[0] + _MORE


def pieces(words: str, longest: int) -> list[str]:
    """Return words as pieces that fit a row that may be repeated, numbered, so that nothing is lost."""
    if len(words) <= longest:
        return [words] if words.strip() else []
    room, found, line = longest - _WHOLE_PART, list[str](), ""
    for word in words.split():
        for part in (word[start : start + room] for start in range(0, len(word), room)):
            if line and len(line) + 1 + len(part) > room:
                found.append(line)
                line = ""
            line = f"{line} {part}".strip()
    found.append(line)
    return [f"{each} ({number} of {len(found)})" for number, each in enumerate(found, start=1)]
