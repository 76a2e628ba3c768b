"""Makes a synthetic twin: the same columns and hierarchies, and rows invented from published numbers alone."""

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator

from anonymiser.errors import Refusal, SetUpRefusal
from anonymiser.policy import ANY, POLICY_VERSION
from anonymiser.policy_trees import Rows
from anonymiser.releasing.columns import DATASETS, Column, Dataset
from anonymiser.releasing.counted import TABLES_PATH
from anonymiser.releasing.dictionary import dictionary_json, dictionary_page
from anonymiser.releasing.folder import Content, making, publish, write_files
from anonymiser.releasing.inspecting import read_csv
from anonymiser.releasing.manifest import sealed
from anonymiser.releasing.package import (
    SYNTHETIC,
    Described,
    csvw_files,
    data_package,
    hierarchy_files,
    table_files,
    write_rows,
)
from anonymiser.releasing.verify import MANIFEST, read_folder, verify_release
from anonymiser.tables.rules import DEFAULT, RULES

ROUND_TO = 100
"""A twin has about as many rows as its release: a round number of them."""
STEPS, RARE = 20, 0.005


def make_twin(folder: Path, out: Path) -> Path:
    """Write the twin of a verified release into `out` and give its path; the same release gives the same bytes."""
    manifest = verify_release(folder)
    files = read_folder(folder)
    twin_id = f"twin-of-{manifest['release_id']}"
    _check_place(out, twin_id)
    chance = np.random.default_rng(list(hashlib.sha256(files[MANIFEST]).digest()))
    about = Described(
        id=twin_id,
        created_on=date.fromisoformat(manifest["created_on"]),
        trees=_trees(files),
        synthetic=True,
        rule=RULES[manifest.get("table_rule", DEFAULT.name)],
    )
    parts = [(each, _invent(each, read_csv(files[each.path]), chance)) for each in DATASETS]
    with making(out) as aside:
        content = table_files(_shuffled(read_csv(files[TABLES_PATH]), chance))
        for dataset, rows in parts:
            content |= write_rows(aside, dataset, rows)
        made = _described(about, content)
        made["README.txt"] = _readme(twin_id, manifest["release_id"])
        made["LICENCE.txt"] = files["LICENCE.txt"]
        write_files(aside, sealed(made, _manifest(about, manifest, parts)))
        verify_release(aside)
        publish(aside, out / twin_id)
    return out / twin_id


def _check_place(out: Path, name: str) -> None:
    """Make the folder that it goes into. Raises Refusal where it cannot be made, or has the twin already."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetUpRefusal(
            f"--out {out}: this folder cannot be made ({error.strerror}). Name one that you may write in."
        ) from None
    if (out / name).exists():
        raise Refusal(f"{out / name} is there already. Take it away, or give --out another folder.")


def _described(about: Described, content: dict[str, Content]) -> dict[str, Content]:
    return {
        **content,
        **hierarchy_files(about.trees),
        **csvw_files(about, content),
        "datapackage.json": data_package(about, content),
        "dictionary.json": dictionary_json(about),
        "dictionary.html": dictionary_page(about),
    }


def _trees(files: Mapping[str, bytes]) -> dict[str, Rows]:
    return {
        name.removeprefix("hierarchies/").removesuffix(".csv"): tuple(
            tuple(line.split(";")) for line in content.decode().splitlines()
        )
        for name, content in files.items()
        if name.startswith("hierarchies/")
    }


def _invent(dataset: Dataset, published: pl.DataFrame, chance: Generator) -> pl.DataFrame:
    rows = max(round(published.height / ROUND_TO) * ROUND_TO, ROUND_TO)
    columns: dict[str, Any] = {"row_id": [f"synthetic.{number:07}" for number in range(1, rows + 1)]}
    for column in dataset.columns[1:]:
        weights = _weights(column, published[column.name])
        values, total = list(weights), sum(weights.values())
        drawn = chance.choice(len(values), size=rows, p=[weight / total for weight in weights.values()])
        columns[column.name] = [values[at] for at in drawn]
    return pl.DataFrame(columns, schema=dict.fromkeys(dataset.names, pl.String))


def _weights(column: Column, published: pl.Series) -> dict[str, float]:
    """Each value that may be drawn, as coarse as it came out, and its share of the rows to the nearest twentieth."""
    counted = dict(published.value_counts().sort(published.name).iter_rows())
    values = list(counted) if column.tree and counted else column.values or (ANY,)
    share = {value: counted.get(value, 0) / max(published.len(), 1) for value in values}
    return {value: max(round(part * STEPS) / STEPS, RARE) for value, part in share.items()}


def _shuffled(counted: pl.DataFrame, chance: Generator) -> pl.DataFrame:
    """The lines of the published tables, with the numbers of each table dealt among its lines anew."""
    parts = []
    for table in counted.partition_by("table", "measure", maintain_order=True):
        told = table.select("people", "status")[chance.permutation(table.height)]
        parts.append(table.with_columns(told.get_columns()))
    return pl.concat(parts) if parts else counted


def _manifest(
    about: Described, release: Mapping[str, Any], parts: list[tuple[Dataset, pl.DataFrame]]
) -> dict[str, Any]:
    return {
        "release_id": about.id,
        "synthetic": True,
        "notice": SYNTHETIC,
        "twin_of": release["release_id"],
        "created_on": release["created_on"],
        "policy": POLICY_VERSION,
        "table_rule": about.rule.name,
        "counts": {"rows_extracted": 0, "rows_released": parts[0][1].height},
        "rows": {dataset.name: frame.height for dataset, frame in parts},
    }


def _readme(twin_id: str, release_id: str) -> bytes:
    return (
        f"{twin_id}\n\n{SYNTHETIC}.\n\nThe columns and hierarchies are those of {release_id}, so that programs can be "
        "written before access is approved. Each column was drawn by itself from how often its values come in the rows "
        "of the release, to the nearest twentieth, and the numbers of each table were dealt among its lines anew: no "
        "row is about anybody, columns do not belong together, and nothing may be concluded from it.\n"
    ).encode()
