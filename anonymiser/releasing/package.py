"""Describes a release to programs: Frictionless Data Package and CSV on the Web, from the one list of columns."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import polars as pl

from anonymiser.hashing import beside
from anonymiser.policy_trees import Rows
from anonymiser.releasing.columns import DATASETS, Column, Dataset
from anonymiser.releasing.counted import TABLES_PATH, CountedFile, tables_by
from anonymiser.releasing.folder import Content, Laid, laid, sha256, size
from anonymiser.releasing.series import parquet
from anonymiser.tables.rules import DEFAULT, Rule

SYNTHETIC = "SYNTHETIC: every row is invented"
LINE_END = "\r\n"
ROWS_AT_ONCE = 65_536
"""Rows of a group of a Parquet file, which is read and written at once: more at once take more room."""
_TAKEN_AT_ONCE = 8_192
"""Rows whose words are made at once for such a group: the bytes are the same, and they take a third of the room."""
NEEDS_QUOTES = '^$|[",\r\n]'
_SCHEMA = "ARROW:schema"


@dataclass(frozen=True, kw_only=True)
class Described:
    """A release as its descriptions need it; `trees` are the published hierarchies by name.

    `rule` is that of its tables, `also` are the further files of counts that were asked for.
    """

    id: str
    created_on: date
    trees: Mapping[str, Rows]
    synthetic: bool = False
    rule: Rule = DEFAULT
    also: tuple[CountedFile, ...] = ()

    @property
    def counted(self) -> tuple[CountedFile, ...]:
        """The files of counted people."""
        return (tables_by(self.rule), *self.also)

    def labels(self, column: Column) -> tuple[str, ...]:
        """Every value that a column with a hierarchy may hold, finest first."""
        rows = self.trees.get(column.tree, ())
        depth = len(rows[0]) if rows else 0
        return tuple(dict.fromkeys(row[level] for level in range(depth) for row in rows))

    def title(self, words: str) -> str:
        """A title that says what is invented."""
        return f"{words} ({SYNTHETIC})" if self.synthetic else words


def write_rows(folder: Path, dataset: Dataset, rows: pl.DataFrame) -> dict[str, Content]:
    """Write the released columns of a dataset into a folder, as CSV and as Parquet; where each file lies, by name.

    Not by way of bytes: of a million rows they would take as much room as all the rest.
    """
    as_csv, as_parquet = (folder / name for name in (dataset.path, parquet_beside(dataset.path)))
    as_csv.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shown = rows.select(dataset.names)

    def write_csv() -> Laid:
        shown.write_csv(as_csv, line_terminator=LINE_END, quote_style=quotes_for(shown))
        return laid(as_csv)

    with beside(write_csv) as written:
        _write_parquet(shown, as_parquet)
        return {parquet_beside(dataset.path): laid(as_parquet), dataset.path: written()}


def _write_parquet(shown: pl.DataFrame, path: Path) -> None:
    """Write words, held as numbers, as a Parquet file of texts: the bytes are those of texts, in a third of the time.

    Such a file holds each word of a group of rows once anyway. What says of words that they were held as numbers is
    only the schema in its metadata, which is given here as it is of texts.
    """
    texts = io.BytesIO()
    shown.clear().cast(pl.String).write_parquet(texts)
    texts.seek(0)
    with pl.Config(streaming_chunk_size=_TAKEN_AT_ONCE):
        shown.lazy().sink_parquet(
            path,
            compression="zstd",
            statistics=False,
            row_group_size=ROWS_AT_ONCE,
            metadata={_SCHEMA: pl.read_parquet_metadata(texts)[_SCHEMA]},
        )


def quotes_for(frame: pl.DataFrame) -> Literal["never", "necessary"]:
    """How to quote cells that are texts: where none needs it, not looking again in each takes half the time.

    The bytes are the same either way.
    """
    # Of words that come again each is looked at once; texts that are different are as quickly looked at as told apart.
    needed = (_need_quotes(each) for each in frame.iter_columns())
    return "necessary" if any(needed) else "never"


def _need_quotes(cells: pl.Series) -> bool:
    kind = cells.dtype
    if isinstance(kind, pl.Categorical):
        # The words that all columns of this kind have: seldom is there one among them that needs any.
        if not _any_needs(kind.categories.to_series()):
            return False
        cells = cells.unique()
    return _any_needs(cells.cast(pl.String))


def _any_needs(words: pl.Series) -> bool:
    return bool(words.str.contains(NEEDS_QUOTES).any())


def table_files(tables: pl.DataFrame, path: str = TABLES_PATH) -> dict[str, Content]:
    """Counted tables as CSV and as Parquet, in which a number that is withheld is missing, whatever stands for it."""
    is_number = pl.col("people").str.contains("^[0-9]+$")
    counted = tables.with_columns(pl.when(is_number).then(pl.col("people")).cast(pl.Int64))
    return {path: csv_bytes(tables), parquet_beside(path): parquet(counted)}


def hierarchy_files(trees: Mapping[str, Rows]) -> dict[str, bytes]:
    """Each hierarchy as a CSV without heading: exact value, its coarser values, "*"."""
    return {f"hierarchies/{name}.csv": _lines(rows) for name, rows in sorted(trees.items())}


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """CSV as RFC 4180 has it: comma, double quote, CRLF."""
    out = io.BytesIO()
    frame.write_csv(out, line_terminator=LINE_END)
    return out.getvalue()


def data_package(about: Described, files: Mapping[str, Content]) -> bytes:
    """datapackage.json as the Data Package standard 2.0 has it, for the files that are there."""
    resources = [
        resource
        for name, title, columns in _tables(about)
        if f"data/{name}.csv" in files
        for resource in _resources(about, files, name, (title, columns))
    ]
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": about.id,
        "title": about.title(f"Social prescribing outcomes: {about.id}"),
        "description": "See README.txt and dictionary.html.",
        "version": about.id,
        "created": f"{about.created_on.isoformat()}T00:00:00Z",
        "licenses": [{"path": "LICENCE.txt", "title": "Conditions of use"}],
        "synthetic": about.synthetic,
        "resources": resources,
    }
    return json_bytes(package)


def csvw_files(about: Described, files: Mapping[str, Content]) -> dict[str, bytes]:
    """A description beside each CSV, as CSV on the Web has it."""
    made = {}
    for name, title, columns in _tables(about):
        path = f"data/{name}.csv"
        if path not in files:
            continue
        described: dict[str, Any] = {
            "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
            "url": f"{name}.csv",
            "dc:title": about.title(title),
            "dc:license": "../LICENCE.txt",
            "tableSchema": {"columns": [_csvw_column(column) for column in columns]},
        }
        if columns[0].name == "row_id":
            described["tableSchema"]["primaryKey"] = "row_id"
        made[f"{path}-metadata.json"] = json_bytes(described)
    return made


def json_bytes(value: object) -> bytes:
    """JSON for reading, ended by a newline."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _tables(about: Described) -> Iterator[tuple[str, str, tuple[Column, ...]]]:
    for dataset in DATASETS:
        yield dataset.name, dataset.title, dataset.columns
    for each in about.counted:
        yield each.name, each.title, each.columns


def _resources(
    about: Described, files: Mapping[str, Content], name: str, said: tuple[str, tuple[Column, ...]]
) -> Iterator[dict[str, Any]]:
    title, columns = said
    path = f"data/{name}.csv"
    yield {
        "name": name,
        "type": "table",
        "path": path,
        "title": about.title(title),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **_proof(files[path]),
        "schema": {
            "fields": [_field(about, column) for column in columns],
            "missingValues": list(dict.fromkeys(gap for column in columns for gap in column.gaps)),
            **({"primaryKey": ["row_id"]} if columns[0].name == "row_id" else {}),
        },
        # The same again, not a resource of its own: what validates a package takes it for a table that it cannot read.
        "alternates": [
            {
                "path": parquet_beside(path),
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
                **_proof(files[parquet_beside(path)]),
            }
        ],
    }


def _field(about: Described, column: Column) -> dict[str, Any]:
    allowed = (*about.labels(column), *column.values)
    constraints: dict[str, Any] = {} if column.type == "integer" else {"required": True}
    if allowed:
        constraints["enum"] = list(dict.fromkeys(allowed))
    elif column.pattern and column.type == "string":
        constraints["pattern"] = column.pattern
    return {
        "name": column.name,
        "type": column.type,
        "description": f"{column.meaning} {column.missing}",
        "constraints": constraints,
    }


def _csvw_column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "titles": column.name,
        "dc:description": f"{column.meaning} {column.missing}",
        "datatype": column.type,
        **({"null": list(column.gaps)} if column.gaps != ("",) else {}),
        "required": column.type != "integer",
    }


def _proof(content: Content) -> dict[str, Any]:
    return {"bytes": size(content), "hash": f"sha256:{sha256(content)}"}


def parquet_beside(path: str) -> str:
    """Where the Parquet file lies that holds what a CSV holds."""
    return path.removesuffix(".csv") + ".parquet"


def _lines(rows: Rows) -> bytes:
    return "".join(";".join(row) + "\n" for row in rows).encode()
