"""Tells in sentences how two releases differ, from their files alone."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from anonymiser.errors import Refusal
from anonymiser.policy import ANY
from anonymiser.releasing.columns import DATASETS, Dataset
from anonymiser.releasing.counted import TABLES_PATH
from anonymiser.releasing.inspecting import read_csv
from anonymiser.releasing.verify import read_folder, verify_release


def differences(before: Path, after: Path) -> list[str]:
    """What an analyst has to know who changes from one release to another. Raises Refusal where one is damaged."""
    manifests = verify_release(before), verify_release(after)
    for manifest in manifests:
        if manifest.get("synthetic"):
            raise Refusal(
                f"{manifest['release_id']} is a synthetic twin: its rows are invented. Give diff two releases."
            )
    files = read_folder(before), read_folder(after)
    return [*_settings(*manifests), *_rows(*files), *_hierarchies(*files), *_numbers(*files)]


def _settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    yield f"{before['release_id']} -> {after['release_id']}"
    for name in ("policy", "key_id", "thresholds"):
        if before[name] != after[name]:
            yield f"{name}: {before[name]} -> {after[name]}."
    for name in sorted(after["counts"].keys() | before["counts"].keys()):
        was, now = before["counts"].get(name), after["counts"].get(name)
        if was != now:
            yield f"{name}: {_words(was)} -> {_words(now)}."


def _words(count: object) -> object:
    return "a few" if count is None else count


def _rows(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[str]:
    for dataset in DATASETS:
        was, now = read_csv(before[dataset.path]), read_csv(after[dataset.path])
        if was.columns != now.columns:
            yield f"{dataset.name}: the columns are not the same."
        elif not was.equals(now):
            yield f"{dataset.name}: {was.height} rows -> {now.height} rows."
            yield from _hidden(dataset, was, now)


def _hidden(dataset: Dataset, was: pl.DataFrame, now: pl.DataFrame) -> Iterator[str]:
    for name in dataset.quasi_names:
        yield f"{dataset.name}, {name}: {_hidden_share(was[name])} hidden -> {_hidden_share(now[name])}."


def _hidden_share(column: pl.Series) -> str:
    return f"{(column == ANY).sum() / len(column):.0%}" if len(column) else "no rows"


def _hierarchies(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        if name.startswith("hierarchies/") and before.get(name) != after.get(name):
            yield f"{name}: changed."


def _numbers(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[str]:
    at = ["table", "value", "answer"]
    was, now = (read_csv(files[TABLES_PATH]).select(*at, "people") for files in (before, after))
    both = was.join(now, on=at, how="full", suffix="_now", coalesce=True)
    changed = both.filter(pl.col("people").fill_null("") != pl.col("people_now").fill_null(""))
    yield f"tables: {changed.height} of {both.height} numbers changed."
