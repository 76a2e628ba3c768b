"""What a series keeps of the rows is read alike, however the version that wrote it held their words."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from anonymiser.releasing.columns import REFERRALS
from anonymiser.releasing.frames import PEOPLE, WORDS
from anonymiser.releasing.series import Past

NAMES = [*REFERRALS.quasi_names, *REFERRALS.outcomes]
HELD: Mapping[str, pl.DataType] = {
    "texts": pl.String(),
    "words in four octets": pl.Categorical(),
    "words in two octets": WORDS,
}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD.keys())
def test_rows_of_a_series_are_held_as_those_of_today(tmp_path: Path, held: pl.DataType) -> None:
    kept = pl.DataFrame(
        {"row": ["r1", "r2"], "person": ["p1", "p2"], **{name: ["one", "*"] for name in NAMES}}
    )
    kept.cast(dict.fromkeys(NAMES, held)).write_parquet(tmp_path / f"{REFERRALS.name}.parquet")
    found = Past("release-1", tmp_path, {}).rows(REFERRALS)
    assert found.cast(pl.String).equals(kept)
    assert found.schema == {"row": pl.String(), "person": PEOPLE, **dict.fromkeys(NAMES, WORDS)}
