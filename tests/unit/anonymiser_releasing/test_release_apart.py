"""What two files, or one class, would tell is kept apart: rows and journeys, first outcomes, reasons to end."""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import polars as pl
import pytest

from anonymiser.errors import Refusal
from anonymiser.keys import Keys
from anonymiser.policy import OUTCOMES
from anonymiser.releasing.build import make_release
from anonymiser.releasing.columns import DATASETS, JOURNEYS, REFERRALS, WITHHELD
from anonymiser.releasing.recheck import recheck
from anonymiser.releasing.sources import Order
from tests.unit.anonymiser.sample import Fields, nhs_numbers, outcome_records
from tests.unit.anonymiser_releasing.release_orders import LATER_ID, Sealing

NUMBERS = list(islice(nhs_numbers(), 600))
ALIKE = {
    "age_years": 40,
    "gender": "female",
    "ethnicity": "A",
    "deprivation_decile": 1,
    "need": "housing",
    "practice": "F84001",
    "network": "U10001",
    "source": "practice",
}


def referral(who: int, area: str, month: str, outcome: str) -> Fields:
    made = {**outcome_records(1)[0], **ALIKE, "nhs_number": NUMBERS[who], "outward_code": area}
    key = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{who} {area} {month}"))
    return {**made, "referred_month": month, "outcome": outcome, "referral_key": key}


def first_year() -> Iterator[Fields]:
    months = ["2025-08", "2025-09", "2025-10", "2025-11", "2025-12", "2026-01"]
    for i in range(150):
        yield referral(i, "E8", months[(i // 5) % 6], OUTCOMES[i % 5])
        yield referral(150 + i, "E8", months[(i // 5) % 3], OUTCOMES[(i // 2) % 5])
        yield referral(150 + i, "E8", months[3 + (i // 5) % 3], OUTCOMES[i % 5])
    for i in range(15):
        yield referral(300 + i, "E5", "2026-02" if i < 8 else "2026-04", OUTCOMES[i % 5])


def summer() -> Iterator[Fields]:
    """Number 400 comes twice from E5, and `worse` is the one outcome of its row's crowd and its journey's crowd."""
    yield referral(400, "E5", "2026-07", "worse")
    yield referral(400, "E5", "2026-08", "worse")
    for i in range(11):
        yield referral(401 + i, "E5", "2026-07", OUTCOMES[i % 2])
    for i in range(12):
        yield referral(420 + i, "E8", "2026-07", OUTCOMES[i % 5])
        yield referral(420 + i, "E8", "2026-08", OUTCOMES[2 + i % 3])
    for i in range(60):
        yield referral(440 + i, "E8", "2026-07", OUTCOMES[i % 5])


def rows_of(release: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(release / "data" / f"{name}.csv", infer_schema=False)


def left_possible(release: Path, referrals: Sequence[str]) -> set[str]:
    """What somebody concludes who reads one release's files alone of 400: of E5, with two referrals since July."""
    rows = rows_of(release, "outcomes").filter(pl.col("area") == "E5")
    journeys = rows_of(release, "journeys").filter(pl.col("referrals").is_in(referrals))
    if not journeys.height:
        return {*OUTCOMES}
    return {*rows["outcome"]} & {*journeys["last_outcome"]}


@pytest.fixture
def series(sealed: Sealing, keys: Keys, tmp_path: Path) -> Order:
    first = sealed(list(first_year()), created_on="2026-04-30")
    order = Order(extracts=[first], keys=keys, out=tmp_path / "out")
    make_release(order)
    return replace(order, extracts=[sealed(list(summer()), extract_id=LATER_ID)])


def test_one_releases_rows_and_journeys_never_leave_a_single_outcome(series: Order) -> None:
    second = make_release(series)
    found = rows_of(second, "outcomes").filter(pl.col("area") == "E5")
    assert {*found["outcome"]} == {"better", "no-change", "worse"}
    assert len(left_possible(second, ["2", "2 or more"])) > 1
    assert [each.findings for each in recheck(second, series)] == [(), ()]


def test_the_checker_refuses_what_was_put_out_side_by_side(
    series: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "anonymiser.releasing.composition._tells", lambda mine, name, _: mine.told[name][:, 0] & False
    )
    with pytest.raises(Refusal, match="together two of their files leave fewer than 2 outcomes"):
        make_release(series)


def test_a_referral_that_comes_after_its_persons_journey_waits_where_both_would_tell(
    sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    # 0 to 11 have a journey of better, no-change, worse; their rows of July are worse, did-not-engage, not-known.
    one = [referral(i, "E8", "2026-01", OUTCOMES[i % 3]) for i in range(12)]
    one += [{**referral(20 + i, "E8", "2025-05", OUTCOMES[2 + i % 3]), "need": "food"} for i in range(12)]
    two = [referral(i, "E8", "2026-07", OUTCOMES[2 + i % 3]) for i in range(12)]
    order = Order(extracts=[sealed(one, created_on="2026-05-30")], keys=keys, out=tmp_path / "out")
    first = make_release(order)
    journeys = rows_of(first, "journeys")
    assert journeys.height == 24
    assert Counter(journeys.filter(pl.col("need") == "housing")["last_outcome"]).keys() == {*OUTCOMES[:3]}
    second = make_release(replace(order, extracts=[sealed(two, extract_id=LATER_ID)]))
    assert not rows_of(second, "outcomes").height
    assert make_release(replace(order, out=tmp_path / "alone", extracts=[sealed(two)])).is_dir()
    assert rows_of(tmp_path / "alone" / "release-1-2026-11-22", "outcomes").height == 12


def test_a_class_of_one_first_outcome_or_one_reason_to_end_withholds_it(
    sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    records = [
        {**referral(i, "E8", month, outcome), "end": "completed", "end_reason": "completed"}
        for i in range(30)
        for month, outcome in (("2026-01", "better"), ("2026-03", OUTCOMES[i % 5]))
    ]
    release = make_release(Order(extracts=[sealed(records)], keys=keys, out=tmp_path / "out"))
    journeys, rows = rows_of(release, "journeys"), rows_of(release, "outcomes")
    assert journeys.height == 30
    assert {*journeys["first_outcome"]} == {WITHHELD}
    assert len({*journeys["last_outcome"]}) == 5
    assert rows.height
    assert {*rows["end"]} == {*rows["end_reason"]} == {WITHHELD}


def test_no_class_of_the_common_release_tells_fewer_values_than_asked_for(release: Path) -> None:
    shown = 0
    for dataset in DATASETS:
        rows = rows_of(release, dataset.name)
        for name, fewest in dataset.fewest.items():
            for _, group in rows.group_by(dataset.quasi_names):
                values = {*group[name]}
                assert values == {WITHHELD} or (WITHHELD not in values and len(values) >= fewest)
                shown += values != {WITHHELD}
            assert "withheld" in next(each.missing for each in dataset.columns if each.name == name)
    assert shown
    assert {*REFERRALS.fewest, *JOURNEYS.fewest} == {"end", "end_reason", "first_outcome"}
    assert "withheld" in (release / "dictionary.html").read_text()


def test_the_checker_refuses_a_class_that_shows_what_it_should_withhold(
    sealed: Sealing, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anonymiser.releasing.rows.withhold", lambda made: made)
    records = [
        {**each, "end": "completed", "end_reason": "completed"} for each in outcome_records(60, seed=7)
    ]
    with pytest.raises(Refusal, match=r"end_reason: .* fewer than 3 different values, and they are shown"):
        make_release(Order(extracts=[sealed(records)], keys=keys, out=tmp_path / "out"))
