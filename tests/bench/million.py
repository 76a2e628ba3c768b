"""Makes a sealed extract of the sample's million rows, so that a whole build is measured on what its parts are."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from anonymiser.policy import NEED_GROUP_OF, POLICY, Field
from app.store.sealing import seal
from tests.unit.anonymiser.sample import header
from tests.unit.anonymiser_engine.engine_tables import SAMPLES, sample

SEED = 20261122
OUTCOMES = {
    "goal_met": "better",
    "goal_part": "better",
    "no_change": "no-change",
    "escalated": "worse",
    "dna": "did-not-engage",
    "declined": "did-not-engage",
    "lost_contact": "did-not-engage",
}
GENDERS = {"F": "female", "M": "male", "I": "other"}


def extract_rows(rows: int) -> pl.DataFrame:
    """The sample as records of the policy: the same people, places, months and practices; what it lacks is drawn."""
    chance = np.random.default_rng(SEED)
    data = sample(rows)
    place = data.select(pl.col("lsoa").replace_strict(_outward()).alias("area"))["area"]
    weeks = pl.Series(chance.integers(-4, 30, rows))
    told = {
        "record": pl.lit("outcome"),
        "nhs_number": pl.col("nhs"),
        "referral_key": _keys(chance, rows),
        "age_years": pl.col("age"),
        "gender": pl.col("sex").replace_strict(GENDERS, default="unknown"),
        "ethnicity": pl.col("ethnicity"),
        "outward_code": place,
        "small_area": pl.col("lsoa"),
        "deprivation_decile": pl.col("lsoa").str.slice(3).cast(pl.Int64) * 7 % 10 + 1,
        "referred_month": pl.col("month"),
        "weeks_to_start": pl.when(weeks >= 0).then(weeks),
        "need": pl.col("need").replace_strict(_needs()),
        "practice": pl.col("practice"),
        "network": pl.col("practice").replace_strict(_networks()),
        "outcome": pl.col("outcome").replace_strict(OUTCOMES, default="not-known"),
    }
    drawn = {name: _drawn(chance, field, rows) for name, field in POLICY.items() if name not in told}
    return data.select(expression.alias(name) for name, expression in {**told, **drawn}.items())


def write_extract(path: Path, public_pem: bytes, rows: int) -> Path:
    """Seal the rows as the platform does."""
    records = extract_rows(rows)
    assert set(records.columns) == {"record", *POLICY}

    def lines() -> Iterator[bytes]:
        counts = {"rows": rows, "opted_out": 0, "excluded": {}}
        yield json.dumps(header(rows, counts=counts)).encode()
        for part in records.iter_slices(50_000):
            text = io.BytesIO()
            part.write_ndjson(text)
            yield from text.getvalue().splitlines()

    with path.open("wb") as out:
        seal(lines(), public_pem, out)
    return path


def _levels(name: str) -> pl.DataFrame:
    return pl.read_csv(SAMPLES / f"h_{name}.csv", separator=";", has_header=False)


def _outward() -> dict[str, str]:
    """Ten places, told by their letters, with ten outward codes each."""
    found, letters = {}, "ABCDEFGHKL"
    for number, (area, _, place, _) in enumerate(_levels("lsoa").iter_rows()):
        found[area] = f"{letters[int(place[2:])]}{number % 10}"
    return found


def _networks() -> dict[str, str]:
    return {practice: f"U{int(network[3:]):05}" for practice, network, *_ in _levels("practice").iter_rows()}


def _needs() -> dict[str, str]:
    found = list(NEED_GROUP_OF)
    return {f"N{number:02}": found[number % len(found)] for number in range(24)}


def _drawn(chance: np.random.Generator, field: Field, rows: int) -> pl.Series:
    if field.values:
        return pl.Series(field.values).gather(chance.integers(0, len(field.values), rows))
    assert field.bounds is not None
    numbers = pl.Series(chance.integers(field.bounds[0], min(field.bounds[1], 15), rows, endpoint=True))
    missing = pl.Series(chance.random(rows) < (0.2 if field.nullable else 0))
    return pl.select(pl.when(~missing).then(numbers)).to_series()


def _keys(chance: np.random.Generator, rows: int) -> pl.Series:
    digits = chance.bytes(16 * rows).hex()
    whole = pl.Series([digits[at : at + 32] for at in range(0, len(digits), 32)])
    parts = [whole.str.slice(start, length) for start, length in ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))]
    return pl.select(pl.concat_str(parts, separator="-")).to_series()
