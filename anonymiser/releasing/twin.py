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
from anonymiser.releasing.counted import SHOWN, TABLES_PATH
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

# A released column and the table column that counts the same at its own detail.
COUNTED = {"ethnic_group": "ethnic_group", "provider_kind": "help"}
DETAIL = {"ethnicity": "ethnic_group", "age": "age_band", "referred": "month", "first_referred": "quarter"}
ROWS = {"outcomes": 1.0, "journeys": 0.8}
"""How many rows a twin has, as a part of the people in its release's tables: a round figure, not the true one."""

Marginals = Mapping[str, Mapping[str, int]]


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
    counted = read_csv(files[TABLES_PATH])
    marginals = _marginals(counted)
    parts = [(dataset, _invent(dataset, about, marginals, chance)) for dataset in DATASETS]
    with making(out) as aside:
        content = table_files(counted.clear())
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


def _marginals(counted: pl.DataFrame) -> Marginals:
    """Column -> its values with the people that some printed table gives them, as far as it was printed."""
    shown = counted.filter(pl.col("status") == SHOWN).with_columns(pl.col("people").cast(pl.Int64))
    by = shown.filter(pl.col("measure") == "outcome").select(pl.col("by").alias("name"), "value", "people")
    across = shown.filter(pl.col("by") == "need").select(
        pl.col("measure").alias("name"), pl.col("answer").alias("value"), "people"
    )
    summed = (
        pl.concat([by, across]).group_by("name", "value").agg(pl.col("people").sum()).sort("name", "value")
    )
    found: dict[str, dict[str, int]] = {}
    for name, value, people in summed.iter_rows():
        found.setdefault(name, {})[value] = people
    for month, people in found.get("month", {}).items():
        quarter = f"{month[:5]}Q{(int(month[5:]) + 2) // 3}"
        quarters = found.setdefault("quarter", {})
        quarters[quarter] = quarters.get(quarter, 0) + people
    return found


def _invent(dataset: Dataset, about: Described, marginals: Marginals, chance: Generator) -> pl.DataFrame:
    people = sum(marginals.get("need", {}).values())
    rows = round(people * ROWS[dataset.name] / 10) * 10
    columns: dict[str, Any] = {"row_id": [f"synthetic.{number:07}" for number in range(1, rows + 1)]}
    for column in dataset.columns[1:]:
        weights = _weights(column, about, marginals)
        values = list(weights)
        total = sum(weights.values())
        drawn = chance.choice(len(values), size=rows, p=[weight / total for weight in weights.values()])
        columns[column.name] = [values[at] for at in drawn]
    return pl.DataFrame(columns, schema=dict.fromkeys(dataset.names, pl.String))


def _weights(column: Column, about: Described, marginals: Marginals) -> dict[str, float]:
    """Each value that may be drawn and its weight: as counted, shared evenly among the exact values below it."""
    name = DETAIL.get(column.name, COUNTED.get(column.name, column.name))
    counted = marginals.get(name, {})
    if not column.tree:
        return {value: counted.get(value, 0) + 1.0 for value in column.values}
    leaves = [row for row in about.trees[column.tree] if not row[0].startswith("others")]
    leaves = leaves or [(ANY,)]
    above = {row[0]: next((label for label in row if label in counted), None) for row in leaves}
    below = {label: sum(found == label for found in above.values()) for label in counted}
    return {
        leaf: 0.001 if label is None else max(counted[label] / below[label], 0.001)
        for leaf, label in above.items()
    }


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
        "counts": {"rows_extracted": 0, "rows_released": parts[0][1].height},
        "rows": {dataset.name: frame.height for dataset, frame in parts},
    }


def _readme(twin_id: str, release_id: str) -> bytes:
    return (
        f"{twin_id}\n\n{SYNTHETIC}.\n\nThe columns and hierarchies are those of {release_id}, so that programs can be "
        "written before access is approved. Each column was drawn by itself from the published counts of people: no "
        "row is about anybody, columns do not belong together, and nothing may be concluded from it.\n"
    ).encode()
