"""Proves a release from its files alone: any flipped byte, lost file or untrue count is found."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from polars import selectors as cs
from polars.exceptions import PolarsError

from anonymiser.checking.classes import measure
from anonymiser.checking.columns import Layout, code
from anonymiser.checking.findings import find_class_faults
from anonymiser.checking.shared import find_kept_faults
from anonymiser.errors import Refusal
from anonymiser.hashing import beside
from anonymiser.policy import POLICY_VERSION
from anonymiser.releasing.columns import DATASETS, ROW_ID, WITHHELD, Column, Dataset
from anonymiser.releasing.counted import FURTHER_FILES, SHOWN, CountedFile, tables_by
from anonymiser.releasing.folder import CANDIDATE, MAKING, sha256
from anonymiser.releasing.inspecting import LIMITS, read_csv
from anonymiser.releasing.lines import lines_of
from anonymiser.releasing.listed import read_listed
from anonymiser.releasing.package import parquet_beside
from anonymiser.tables.rules import DEFAULT, RULES

MANIFEST = "manifest.json"
MANIFEST_SUM = "manifest.sha256"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_FORMULA = f"^[{''.join(FORMULA_STARTS).replace('-', chr(92) + '-')}]"


def manifest_sum(manifest: bytes) -> str:
    """The text of manifest.sha256, in the form that `sha256sum -c` reads."""
    return f"{sha256(manifest)}  {MANIFEST}\n"


def verify_release(folder: Path) -> Mapping[str, Any]:
    """Check a release folder and give its manifest. Raises Refusal with every finding."""
    try:
        if strange := list(_strange_entries(folder)):
            raise Refusal(*strange)
        manifest = _verified(paths_in(folder))
        name, own = folder.resolve().name, manifest.get("release_id")
    except OSError as error:
        raise _unreadable(error) from None
    if name not in (own, f"{CANDIDATE}{own}") and not name.startswith(MAKING):
        raise Refusal(f"{name}: the folder has another name than its release, {own}.")
    return manifest


def _strange_entries(folder: Path) -> Iterator[str]:
    """What no release has: links, which can lead anywhere, other things that are no files, and empty folders."""
    inside = sorted(folder.rglob("*"))
    holding = {parent for path in inside if not path.is_dir() for parent in path.parents}
    for path in inside:
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            yield f"{name}: not a file of its own, but a link or the like."
        elif path.is_dir() and path not in holding:
            yield f"{name}: an empty folder, not part of this release."


def _verified(files: Mapping[str, Path]) -> Mapping[str, Any]:
    manifest = _read_manifest(files)
    expected = manifest["files"]
    # What the tables hold is looked at meanwhile, and counts only where every file is as it was made.
    with beside(partial(content_findings, files, manifest)) as content:
        findings = _file_findings(files, expected) or content()
    if findings:
        raise Refusal(*findings)
    return manifest


def _file_findings(files: Mapping[str, Path], expected: Mapping[str, str]) -> list[str]:
    """What stands against the files by their hashes: missing, strange or changed ones."""
    names = [name for name in files if name not in (MANIFEST, MANIFEST_SUM)]
    with ThreadPoolExecutor() as threads:
        found = dict(zip(names, threads.map(sha256, [files[name] for name in names]), strict=True))
    findings = [f"{name}: missing." for name in sorted(expected.keys() - found.keys())]
    findings += [f"{name}: not part of this release." for name in sorted(found.keys() - expected.keys())]
    return findings + [
        f"{name}: changed since the release was made."
        for name in sorted(found.keys() & expected.keys())
        if found[name] != expected[name]
    ]


def content_findings(files: Mapping[str, Path], manifest: Mapping[str, Any]) -> list[str]:
    """What stands against the tables themselves: cells, crowds by rows, counts that do not add up."""
    there = [dataset for dataset in DATASETS if dataset.path in files]
    with ThreadPoolExecutor() as threads:  # side by side: one table alone does not keep two cores busy
        each_ones = threads.map(lambda dataset: _dataset_findings(dataset, files, manifest), there)
        findings = [finding for found in each_ones for finding in found]
    rule = RULES.get(manifest.get("table_rule", DEFAULT.name))
    if rule is None:
        return [*findings, f"{MANIFEST}: there is no rule for tables of the name that it gives."]
    for each in (tables_by(rule), *FURTHER_FILES):
        if each.path in files:
            findings += _counted_findings(each, files)
    return findings + list(_count_findings(manifest))


def paths_in(folder: Path) -> dict[str, Path]:
    """Where every file of a folder lies, by its path in it. Raises Refusal where it is no folder."""
    if not folder.is_dir():
        raise Refusal(f"{folder} is not a release folder.")
    paths = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    return {path.relative_to(folder).as_posix(): path for path in paths}


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path in it. Raises Refusal where it is none or cannot be read."""
    try:
        return {name: path.read_bytes() for name, path in paths_in(folder).items()}
    except OSError as error:
        raise _unreadable(error) from None


def _unreadable(error: OSError) -> Refusal:
    return Refusal(f"A file of the release cannot be read: {error.strerror}.")


def _read_manifest(files: Mapping[str, Path]) -> Mapping[str, Any]:
    missing = [f"{name}: missing." for name in (MANIFEST, MANIFEST_SUM) if name not in files]
    if missing:
        raise Refusal(*missing)
    written = files[MANIFEST].read_bytes()
    if files[MANIFEST_SUM].read_bytes() != manifest_sum(written).encode():
        raise Refusal(f"{MANIFEST} or {MANIFEST_SUM}: changed since the release was made.")
    try:
        manifest: Mapping[str, Any] = json.loads(written)
        if manifest["policy"] != POLICY_VERSION:
            raise Refusal(
                f"The release was made under another policy than {POLICY_VERSION}, which this checks."
            )
        if not manifest["files"].keys() or not manifest["counts"].keys() or not manifest["rows"].keys():
            raise Refusal(f"{MANIFEST} tells of no files or counts.")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refusal(f"{MANIFEST} is not the manifest of a release.") from None
    return manifest


def _dataset_findings(dataset: Dataset, files: Mapping[str, Path], manifest: Mapping[str, Any]) -> list[str]:
    path = dataset.path
    try:
        frame = _read_parquet(files[parquet_beside(path)], dataset, files)
        named = _are_named(frame)
        with beside(partial(_is_written_as, files[path], frame, [ROW_ID.name] if named else [])) as written:
            findings = _row_findings(dataset, frame, files, manifest, named=named)
            is_same = written()
        if not is_same:
            beside_it, frame = frame, read_csv(files[path])
            is_same = frame.equals(beside_it.cast({cs.categorical() | cs.enum(): pl.String}))
            findings = _row_findings(dataset, frame, files, manifest)
    except (KeyError, PolarsError):
        return [f"{path}: it or its Parquet file cannot be read as a table."]
    if frame.columns != list(dataset.names) or is_same:
        return findings
    return [f"{path}: not the same as its Parquet file.", *findings]


def _are_named(frame: pl.DataFrame) -> bool:
    """Whether each row has a name that is right, and so needs no quotes in a CSV."""
    if frame.schema.get(ROW_ID.name) != pl.String:
        return False
    names = frame[ROW_ID.name]
    return not names.null_count() and not _strange_lines(names, ROW_ID, frozenset())


def _row_findings(
    dataset: Dataset,
    frame: pl.DataFrame,
    files: Mapping[str, Path],
    manifest: Mapping[str, Any],
    *,
    named: bool = False,
) -> list[str]:
    """What stands against the rows of a dataset, from whichever of its two files; `named` where the names are right."""
    path = dataset.path
    if frame.columns != list(dataset.names):
        return [f"{path}: the heading is not the columns of the dictionary."]
    findings = _cell_findings(path, frame, dataset.columns[named:], files)
    names = frame["row_id"]
    is_sorted = names.is_sorted()
    # Of names in order only neighbours can be the same.
    if (
        (names.slice(1) == names.head(max(len(names) - 1, 0))).any()
        if is_sorted
        else names.is_duplicated().any()
    ):
        findings.append(f"{path}: a row_id appears twice.")
    if not is_sorted:
        findings.append(f"{path}: the rows are not in the order of their random names.")
    if manifest["rows"].get(dataset.name) != frame.height:
        findings.append(f"{MANIFEST}: rows of {dataset.name} is not the number of rows in {path}.")
    if frame.height and not manifest.get("synthetic"):
        # From the files alone each row counts as one person, which is the most there can be.
        layout = Layout(quasi=dataset.quasi_names, sensitive=(dataset.sensitive.name,), person=None)
        coded = code(frame, layout)
        faults = find_class_faults(measure(coded), LIMITS)
        faults += find_kept_faults(coded.crowd, frame, dataset.fewest, WITHHELD)
        findings += [f"{path}: {fault}" for fault in faults]
    return findings


def _read_parquet(path: Path, dataset: Dataset, files: Mapping[str, Path]) -> pl.DataFrame:
    """The rows, with the words that may stand in a column as numbers unless something else stands in one."""
    words = {each.name: sorted({*_labels(each, files), *each.values}) for each in dataset.columns}
    return read_listed(path, words)


def _is_written_as(path: Path, frame: pl.DataFrame, plain: Sequence[str]) -> bool:
    """Whether a CSV is, byte for byte, what a frame without empty cells is written as; `plain` ones need no quotes."""
    if sum(frame.null_count().row(0)):
        return False
    with path.open("rb") as file:
        return all(file.read(len(lines)) == lines for lines in lines_of(frame, plain)) and not file.read(1)


def _cell_findings(
    path: str, frame: pl.DataFrame, columns: tuple[Column, ...], files: Mapping[str, Path]
) -> list[str]:
    findings = []
    for column in columns:
        lines = _strange_lines(frame[column.name], column, _labels(column, files))
        if lines:
            findings.append(f"{path}, {column.name}: not an allowed value ({lines} such lines).")
    return findings


def _counted_findings(counted: CountedFile, files: Mapping[str, Path]) -> list[str]:
    path = counted.path
    cells = read_csv(files[path])
    if cells.columns != [column.name for column in counted.columns]:
        return [f"{path}: the heading is not the columns of the dictionary."]
    findings = _cell_findings(path, cells, counted.columns, files)
    if not findings and ((cells["people"] == counted.withheld) == (cells["status"] == SHOWN)).any():
        findings = [f"{path}: a number is told that is withheld, or is not there although it is shown."]
    return findings


def _strange_lines(cells: pl.Series, column: Column, labels: frozenset[str]) -> int:
    if column.pattern and cells.dtype == pl.String:
        # Names differ from row to row: all at once, and only what does not look right one by one.
        plain = column.pattern.replace(r"\d", "[0-9]")
        cells = cells.filter(~cells.str.contains(f"^(?:{plain})$") | cells.str.contains(_FORMULA))
    # Of what is in a list of words, the list is looked at; who has which of them, only where one is not right.
    listed = cells.dtype.categories if isinstance(cells.dtype, pl.Enum) else cells.unique().cast(pl.String)
    strange = [
        value
        for value in listed.to_list()
        if not column.allows(value, labels) or value.startswith(FORMULA_STARTS)
    ]
    return int(cells.cast(pl.String).is_in(strange).sum()) if strange else 0


def _labels(column: Column, files: Mapping[str, Path]) -> frozenset[str]:
    path = files.get(f"hierarchies/{column.tree}.csv")
    lines = path.read_bytes().decode().splitlines() if path else []
    return frozenset(label for line in lines for label in line.split(";"))


def _count_findings(manifest: Mapping[str, Any]) -> Iterator[str]:
    counts = manifest["counts"]
    if not counts.get("rows_extracted") and manifest.get("synthetic"):
        return
    parts = ("tripped", "left_out", "released_before", "suppressed", "waiting", "released")
    if counts.get("rows_extracted") != sum(counts.get(f"rows_{part}") or 0 for part in parts):
        yield f"{MANIFEST}: its counts of rows do not add up to rows_extracted."
    if counts.get("rows_released") != manifest["rows"].get(DATASETS[0].name):
        yield f"{MANIFEST}: rows_released is not the number of rows in {DATASETS[0].path}."
