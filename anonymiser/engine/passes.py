"""The two steps that touch every row, as plain SQL: who holds more rows than one machine can runs them elsewhere.

Everything between them works on classes, of which there are few. The statements keep to what DuckDB, polars and
Spark SQL alike understand, take Parquet files and give one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from anonymiser.engine.grouping import Levels
from anonymiser.engine.hierarchies import Hierarchy
from anonymiser.engine.model import Policy, Role, Thresholds
from anonymiser.engine.recoding import Recoding
from anonymiser.errors import SetUpRefusal

ROWS, PLACED, CLASSES = "records", "placed", "classes"
"""The names of the tables: the extract, each row's class, and each class's labels. `label_NAME` maps leaf to label."""
ROW, CLASS = "row_number", "class_number"
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


@dataclass(frozen=True)
class Passes:
    """The statements over an extract with these columns. Raises SetUpRefusal for a name that would need quoting."""

    quasi: tuple[str, ...]
    sensitive: tuple[str, ...]
    person: str

    def __post_init__(self) -> None:
        names = (*self.quasi, *self.sensitive, self.person)
        if wrong := [name for name in names if not _NAME.fullmatch(name)]:
            raise SetUpRefusal(
                *(f"Column {name}: write it in small letters, digits and _." for name in wrong)
            )

    @property
    def counting(self) -> str:
        """The counting pass: each class at a choice of levels, its rows, people and different sensitive values."""
        values = "".join(f", COUNT(DISTINCT r.{name}) AS {name}_values" for name in self.sensitive)
        counts = f"COUNT(*) AS row_count, COUNT(DISTINCT r.{self.person}) AS person_count{values}"
        return _select(f"{self._labels}, {counts}", f"{self._joined} GROUP BY {self._grouped}")

    def values(self, sensitive: str) -> str:
        """The counting pass for t: the rows of each class with each value of one of the sensitive columns."""
        if sensitive not in self.sensitive:
            raise SetUpRefusal(f"Column {sensitive} is not sensitive.")
        return _select(
            f"{self._labels}, r.{sensitive} AS sensitive_value, COUNT(*) AS row_count",
            f"{self._joined} GROUP BY {self._grouped}, r.{sensitive}",
        )

    def by_level(self, thresholds: Thresholds) -> str:
        """The final recode at a choice of levels: the labels of every row whose class has k people and l values."""
        enough = [f"c.person_count >= {thresholds.k}"]
        enough += [f"c.{name}_values >= {thresholds.l}" for name in self.sensitive]
        same = " AND ".join(f"label_{name}.label = c.{name}" for name in self.quasi)
        safe = f"JOIN ({self.counting}) AS c ON {same} WHERE {' AND '.join(enough)}"
        return _select(f"r.{ROW}, {self._labels}", f"{self._joined} {safe}")

    @property
    def by_class(self) -> str:
        """The final recode of local recoding: every placed row takes the labels of its class."""
        labels = ", ".join(f"c.{name} AS {name}" for name in self.quasi)
        classes = f"JOIN {PLACED} AS p ON r.{ROW} = p.{ROW} JOIN {CLASSES} AS c ON p.{CLASS} = c.{CLASS}"
        return _select(f"r.{ROW}, {labels}", classes)

    @property
    def _labels(self) -> str:
        return ", ".join(f"label_{name}.label AS {name}" for name in self.quasi)

    @property
    def _grouped(self) -> str:
        return ", ".join(f"label_{name}.label" for name in self.quasi)

    @property
    def _joined(self) -> str:
        return " ".join(f"JOIN label_{name} ON r.{name} = label_{name}.leaf" for name in self.quasi)


def _select(columns: str, rest: str) -> str:
    return " ".join(("SELECT", columns, "FROM", ROWS, "AS r", rest))


def passes_of(policy: Policy) -> Passes:
    """The passes of a policy. Raises SetUpRefusal where it has no person to count."""
    people = policy.named(Role.PERSON)
    if not people:
        raise SetUpRefusal("No column is the person; the passes count people.")
    return Passes(
        tuple(column.name for column in policy.named(Role.QUASI_IDENTIFIER)),
        tuple(column.name for column in policy.named(Role.SENSITIVE)),
        people[0].name,
    )


def records(frame: pl.DataFrame, passes: Passes) -> pl.DataFrame:
    """The extract as the statements read it: exact values as words, rows numbered from 0."""
    words = pl.col(*passes.quasi, *passes.sensitive, passes.person).cast(pl.String)
    return frame.select(words).with_row_index(ROW).cast({ROW: pl.Int64})


def labels_at(hierarchies: Sequence[Hierarchy], levels: Levels) -> dict[str, pl.DataFrame]:
    """The tables `label_NAME` of a choice of levels: each leaf and its label."""
    return {
        f"label_{each.name}": pl.DataFrame(
            {"leaf": each.leaves, "label": [row[level] for row in each.rows]},
            schema=dict.fromkeys(("leaf", "label"), pl.String),
        )
        for each, level in zip(hierarchies, levels, strict=True)
    }


def classes_of(recoding: Recoding) -> dict[str, pl.DataFrame]:
    """The tables of a local recoding: each released row's class, and each class's labels."""
    placed = pl.DataFrame({CLASS: recoding.class_of}).with_row_index(ROW).cast(pl.Int64)
    labels = {
        each.name: pl.Series(each.labels, dtype=pl.String).gather(recoding.nodes[:, column])
        for column, each in enumerate(recoding.hierarchies)
    }
    classes = pl.DataFrame(labels).with_row_index(CLASS).cast({CLASS: pl.Int64})
    return {PLACED: placed.filter(pl.col(CLASS) >= 0), CLASSES: classes}


def run_by_polars(statement: str, tables: Mapping[str, Path], out: Path) -> None:
    """Run a statement over Parquet files, by name, into another."""
    frames = {name: pl.scan_parquet(path) for name, path in tables.items()}
    pl.SQLContext(frames).execute(statement, eager=False).sink_parquet(out)


def run_by_duckdb(statement: str, tables: Mapping[str, Path], out: Path) -> None:
    """The same by DuckDB, which reads and writes no more at a time than it has memory for."""
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as database:
        for name, path in tables.items():
            database.read_parquet(str(path)).create_view(name)
        database.sql(statement).write_parquet(str(out))


def in_order(result: pl.DataFrame) -> pl.DataFrame:
    """A result in one order and with one type for whole numbers, so that two engines' can be compared as bytes."""
    kinds = {name: pl.Int64 for name, dtype in result.schema.items() if dtype.is_integer()}
    return result.cast(kinds).sort(result.columns)  # type: ignore[arg-type]
