"""The data map: every column that tells of somebody, on which basis it is kept, how it is told and how it is erased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

ANY: Final = "*"  # in a table's columns: whatever has no words of its own


class Told(StrEnum):
    """How a column is told to whoever asks for all that is kept of them; every other word is a reason why not."""

    BUNDLE = "bundle"
    READ_FIRST = "read-first"
    ON_REQUEST = "on-request"  # of staff and helpers: by the steward, by hand


class Erased(StrEnum):
    """What an erasure does to a column."""

    KEY = "key"
    BLANK = "blank"
    STAYS = "stays"
    GONE = "gone"


PERSON: Final = "person"
_OWN: Final = frozenset({"what", "whose", "path", "basis", "told", "kept", "erased", "columns"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `told` is a word of Told or a reason of `DataMap.not_told`."""

    table: str
    name: str
    what: str
    whose: str
    basis: str
    told: str
    kept: str
    erased: Erased

    @property
    def is_told(self) -> bool:
        """Whether it stands in the person's bundle."""
        return self.told in (Told.BUNDLE, Told.READ_FIRST)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its columns; `path` is the column by which a person's rows are found, None where none are."""

    name: str
    what: str
    whose: str
    path: str | None
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class DataMap:
    """All of it, with the words for each basis, each time of keeping and each reason not to tell."""

    tables: Mapping[str, Table]
    nobody: Mapping[str, str]
    basis: Mapping[str, str]
    kept: Mapping[str, str]
    not_told: Mapping[str, str]

    def of_people(self) -> tuple[Table, ...]:
        """Return the tables whose rows can be found by the person whom they tell of."""
        return tuple(each for each in self.tables.values() if each.whose == PERSON and each.path)


def read(told: Mapping[str, Any], columns: Mapping[str, tuple[str, ...]]) -> DataMap:
    """Return the map of a file, for the tables that there are (their columns by table).

    Raises KeyError for a column without an entry, ValueError for an entry without a column, or a word off the lists.
    """
    missing = sorted(set(columns) - set(told["tables"]) - set(told["nobody"]))
    if missing:
        raise KeyError(f"No entry in the data map: {', '.join(missing)}")
    vanished = sorted((set(told["tables"]) | set(told["nobody"])) - set(columns))
    if vanished:
        raise ValueError(f"In the data map, and no table: {', '.join(vanished)}")
    tables = {name: _table(told, name, columns[name]) for name in sorted(told["tables"])}
    found = DataMap(tables, told["nobody"], told["basis"], told["kept"], told["not_told"])
    for table in tables.values():
        for column in table.columns.values():
            _check(found, column)
    return found


def _table(told: Mapping[str, Any], name: str, columns: tuple[str, ...]) -> Table:
    entry = told["tables"][name]
    if strange := set(entry) - _OWN:
        raise ValueError(f"{name}: {', '.join(sorted(strange))}")
    own, common = entry["columns"], told["columns"]
    if vanished := set(own) - {*columns, ANY}:
        raise ValueError(f"{name} has no column {', '.join(sorted(vanished))}")
    return Table(
        name,
        entry["what"],
        entry["whose"],
        entry.get("path"),
        {each: _column(name, each, entry, own, common) for each in columns},
    )


def _column(
    table: str, name: str, entry: Mapping[str, Any], own: Mapping[str, Any], common: Mapping[str, Any]
) -> Column:
    told = own.get(name, common.get(name, own.get(ANY)))
    if told is None:
        raise KeyError(f"No entry in the data map: {table}.{name}")
    said: dict[str, str] = {"what": told} if isinstance(told, str) else dict(told)
    usual = {"told": entry.get("told", Told.BUNDLE), "erased": entry.get("erased", Erased.STAYS)}
    if "told" in entry:  # a table that is told as a whole is told so column by column
        said.pop("told", None)
    said = usual | said
    return Column(
        table,
        name,
        said["what"],
        entry["whose"],
        said.get("basis", entry["basis"]),
        said["told"],
        said.get("kept", entry["kept"]),
        Erased(said["erased"]),
    )


def _check(found: DataMap, column: Column) -> None:
    for word, known in (
        (column.basis, found.basis),
        (column.kept, found.kept),
        (column.told, {*found.not_told, *Told}),
    ):
        if word not in known:
            raise ValueError(f"{column.table}.{column.name}: {word}")
