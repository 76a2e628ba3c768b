"""What a project may be given of a release: by its tiers whole files, by its agreed columns parts of the rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from app.domain.errors import Conflict, NotAllowed, NotFound
from app.domain.projects import Project, Tier
from app.services.dataset.releases import TABLES, WITHHELD, Release, file_of, names_of, read_checked

ROW_ID: Final = "row_id"
# The words of this door for the files of a release; each is also known by its file's own name.
KINDS: Final[Mapping[str, str]] = {
    "referrals": "data/outcomes.csv",
    "journeys": "data/journeys.csv",
    "tables": TABLES,
}
# A column that tells the same more coarsely is agreed with the finer one.
_TOLD_BY: Final[Mapping[str, str]] = {
    "age_band": "age",
    "ethnic_group": "ethnicity",
    "month": "referred",
    "need_group": "need",
    "quarter": "referred",
    "first_referred": "referred",
    "uptake": "weeks_to_start",
    "help": "provider_kind",
    "first_outcome": "outcome",
    "last_outcome": "outcome",
    "weeks_waited": "weeks_to_start",
    "contacts_made": "contacts",
}
_COUNTS: Final = tuple(TABLES.removesuffix(".csv") + after for after in ".-")
"""What the names of counted tables begin with: those of every release, and those with noise."""
_POINTS, _CHANGE = "_points", "_change"  # the mean change of a measure is agreed with its direction


@dataclass(frozen=True, slots=True)
class Rows:
    """One table of a release as far as a project may have it, cell by cell as the CSV has it."""

    name: str
    columns: tuple[str, ...]
    lines: Callable[[], Iterator[tuple[str, ...]]]
    numbers: frozenset[str] = frozenset()

    def as_csv(self) -> Iterator[str]:
        """Yield the heading and every row as RFC 4180 has them."""
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        for row in (self.columns, *self.lines()):
            writer.writerow(row)
            yield out.getvalue()
            out.seek(0)
            out.truncate()

    def as_ndjson(self) -> Iterator[str]:
        """Yield every row as a JSON object on a line; an empty cell is null, a number is a number or withheld: null."""
        for row in self.lines():
            told = {name: self._value(name, cell) for name, cell in zip(self.columns, row, strict=True)}
            yield json.dumps(told, ensure_ascii=False) + "\n"

    def _value(self, name: str, cell: str) -> str | int | None:
        if not cell or (name in self.numbers and cell in WITHHELD):
            return None
        return int(cell) if name in self.numbers else cell


def is_agreed(fields: Collection[str], column: str) -> bool:
    """Tell whether a column, or the finer one that it is told by, is among the agreed ones."""
    finer = (
        column.removesuffix(_POINTS) + _CHANGE if column.endswith(_POINTS) else _TOLD_BY.get(column, column)
    )
    return column in fields or finer in fields


def tier_of(name: str) -> Tier | None:
    """Return the tier that a file of a release belongs to; None for what only describes it, which all may read."""
    if not name.startswith("data/") or not name.endswith((".csv", ".parquet")):
        return None
    return Tier.TABLES if name.startswith(_COUNTS) else Tier.ROWS


def check_tier(project: Project, tier: Tier) -> None:
    """Raise NotAllowed unless a project was given a tier."""
    if tier not in project.tiers:
        raise NotAllowed(
            f"Your project was not given the tier {tier.value!r}, but {_listed(sorted(project.tiers))}. "
            "Ask on the page Projects for a change."
        )


def check_file(project: Project, release: Release, name: str) -> None:
    """Raise NotAllowed unless a project may have a whole file; of rows, only when every column of it is agreed."""
    tier = tier_of(name)
    if tier is None:
        return
    check_tier(project, tier)
    if tier is Tier.ROWS:
        table = f"{name.rpartition('.')[0]}.csv"
        missing = [each for each in _heading(release, table) if not _may_have(project, each)]
        if missing:
            kind = next((kind for kind, path in KINDS.items() if path == table), "")
            raise NotAllowed(
                f"Not agreed for your project: {_listed(missing)}. The file as far as it is agreed is at "
                f"/dataset/v1/releases/{release.id}/rows/{kind}.csv and .ndjson."
            )


def may_have_file(project: Project, release: Release, name: str) -> bool:
    """Tell whether a project may have a whole file."""
    try:
        check_file(project, release, name)
    except (NotAllowed, NotFound):
        return False
    return True


def rows_of(project: Project, release: Release, kind: str) -> Rows:
    """Return a table of a release, cut to the agreed columns where it holds rows about people.

    Raises NotFound for an unknown table, NotAllowed without its tier or any agreed column, Damaged.
    """
    name = KINDS.get(kind) or next((path for path in KINDS.values() if path == f"data/{kind}.csv"), "")
    if name not in names_of(release):
        raise NotFound(f"There is no such table in {release.id}: it has {_listed(kinds_in(release))}.")
    tier = tier_of(name) or Tier.ROWS
    check_tier(project, tier)
    heading = _heading(release, name)
    kept = [at for at, each in enumerate(heading) if tier is Tier.TABLES or _may_have(project, each)]
    if [heading[at] for at in kept] in ([], [ROW_ID]):
        raise NotAllowed(f"No column of {kind} is agreed for your project.")

    def lines() -> Iterator[tuple[str, ...]]:
        told = csv.reader(io.StringIO(read_checked(release, name).decode(), newline=""))
        next(told, None)
        return (tuple(line[at] for at in kept) for line in told)

    numbers = frozenset({"people"}) if tier is Tier.TABLES else frozenset()
    return Rows(kind, tuple(heading[at] for at in kept), lines, numbers)


def rows_of_series(project: Project, releases: Sequence[Release], kind: str) -> Rows:
    """Return a table of all releases (newest first): rows add up, the oldest first; counts are the newest's alone.

    Raises what `rows_of` raises, and NotFound without any release.
    """
    if not releases:
        raise NotFound("There is no release yet.")
    newest = rows_of(project, releases[0], kind)
    if KINDS.get(kind, kind) == TABLES:
        return newest
    parts = [rows_of(project, each, kind) for each in reversed(releases)]
    if any(part.columns != newest.columns for part in parts):
        raise Conflict("The releases have different columns: take them one by one.")
    return Rows(kind, newest.columns, lambda: chain.from_iterable(part.lines() for part in parts))


def kinds_in(release: Release) -> Sequence[str]:
    """Return the words for the tables that a release has."""
    return tuple(kind for kind, path in KINDS.items() if path in release.manifest["files"])


def kinds_for(project: Project, release: Release) -> Sequence[str]:
    """Return the tables of a release of which a project may have something."""
    found = []
    for kind in kinds_in(release):
        try:
            rows_of(project, release, kind)
        except (NotAllowed, NotFound):  # a file that is away is told by the list of files
            continue
        found.append(kind)
    return tuple(found)


def count_of(release: Release, kind: str) -> int:
    """Return how many rows a table of a release has; raises Damaged."""
    told: Mapping[str, Any] = release.manifest.get("rows", {})
    name = KINDS[kind].removeprefix("data/").removesuffix(".csv")
    if name in told:
        return int(told[name])
    lines = csv.reader(io.StringIO(read_checked(release, KINDS[kind]).decode(), newline=""))
    return sum(1 for _ in lines) - 1


def _may_have(project: Project, column: str) -> bool:
    return column == ROW_ID or is_agreed(project.fields, column)


def _heading(release: Release, name: str) -> list[str]:
    with file_of(release, name).open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file), [])


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"
