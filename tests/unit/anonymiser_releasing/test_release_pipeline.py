"""From sealed extracts to a folder: what comes out, what is counted, and what never comes out."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from anonymiser.errors import Refusal
from anonymiser.extract import read_extract
from anonymiser.keys import Keys
from anonymiser.policy import OUTCOMES
from anonymiser.releasing.build import make_candidate, make_release
from anonymiser.releasing.columns import JOURNEYS, REFERRALS, Dataset
from anonymiser.releasing.frames import networks_in, raw_frame
from anonymiser.releasing.leaving_out import Lists
from anonymiser.releasing.protect import Protected
from anonymiser.releasing.recheck import attack_unprotected, attacks, recheck
from anonymiser.releasing.sources import Order
from anonymiser.releasing.verify import verify_release
from tests.unit.anonymiser.sample import Fields, lines, nhs_numbers, outcome_records
from tests.unit.anonymiser_releasing.release_orders import LATER_ID, ROWS, Sealing, files_of


def rows_of(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "data" / "outcomes.parquet")


def counts_of(folder: Path) -> Fields:
    counts: Fields = json.loads((folder / "manifest.json").read_text())["counts"]
    return counts


def with_new_names(records: list[Fields], seed: int) -> list[Fields]:
    """The same people's further referrals: the records under other keys."""
    fresh = outcome_records(len(records), seed=seed)
    return [
        {**record, "referral_key": new["referral_key"]} for record, new in zip(records, fresh, strict=True)
    ]


def test_release_is_numbered_dated_and_every_row_is_accounted_for(release: Path) -> None:
    assert release.name == "release-1-2026-11-22"
    counts = verify_release(release)["counts"]
    assert counts["rows_released"] == rows_of(release).height > 0.9 * ROWS
    assert abs(counts["rows_suppressed"] - (ROWS - counts["rows_released"])) <= 2
    assert counts["rows_extracted"] == counts["rows_released"] + counts["rows_suppressed"]
    assert (counts["opted_out"], counts["excluded"]) == (None, {"no-consent": None})  # 4 and 3


def test_same_extract_keys_and_number_give_the_same_bytes(
    release: Path, order: Order, tmp_path: Path
) -> None:
    assert files_of(make_release(replace(order, out=tmp_path))) == files_of(release)


def test_every_class_holds_ten_people_by_a_count_that_knows_neither_recoder_nor_checker(
    keys: Keys, sealed: Sealing, tmp_path: Path
) -> None:
    records = outcome_records(300, seed=7)
    people = dict(zip((r["nhs_number"] for r in records), range(300), strict=False))
    order = Order(extracts=[sealed(records)], keys=keys, out=tmp_path)
    made = make_release(order)
    inspected = recheck(made, order)
    released = inspected[0].review
    assert released is not None
    assert len(people) > 200
    coded = released.assessment.release
    crowds: dict[int, set[int]] = {}
    for crowd, person in zip(coded.crowd.values.tolist(), coded.person.values.tolist(), strict=True):
        crowds.setdefault(crowd, set()).add(person)
    assert min(len(crowd) for crowd in crowds.values()) >= 10


def test_nothing_of_a_record_that_points_at_a_person_is_in_any_file(
    release: Path, records: list[Fields], keys: Keys
) -> None:
    everything = b"\n".join(files_of(release).values())
    assert not [r for r in records if r["nhs_number"].encode() in everything]
    assert not [r for r in records if r["referral_key"].encode() in everything]
    assert b"ns1." not in everything
    assert b"E01001700" not in everything
    for secret in (keys.root.secret, keys.root.secret.hex().encode(), keys.private.private_bytes_raw()):
        assert secret not in everything


def test_rows_and_journeys_share_no_name(release: Path) -> None:
    journeys = pl.read_parquet(release / "data" / "journeys.parquet")
    assert journeys.height
    assert not set(journeys["row_id"]) & set(rows_of(release)["row_id"])
    assert set(journeys.columns) & set(rows_of(release).columns) == {"row_id", "gender", "need"}


def test_intruder_fails_on_the_release_and_succeeds_on_the_unprotected_rows(
    release: Path, order: Order
) -> None:
    protected = list(attacks(recheck(release, order)))
    unprotected = list(attacks(attack_unprotected(release, order)))
    assert len(protected) == len(unprotected) == len(REFERRALS.knowledge) + len(JOURNEYS.knowledge)
    assert all(attack.is_held_off(10) for _, _, attack in protected)
    assert max(attack.success for _, _, attack in unprotected) > 0.9


def test_planted_rare_people_never_come_out_alone(
    records: list[Fields], keys: Keys, sealed: Sealing, tmp_path: Path
) -> None:
    rare = {**records[0], "age_years": 97, "ethnicity": "B", "outward_code": "SW1A", "gender": "other"}
    made = make_release(Order(extracts=[sealed([rare, *records[1:]])], keys=keys, out=tmp_path))
    rows = rows_of(made)
    assert not rows.filter(pl.col("area").is_in(["SW", "SW1A"]) | (pl.col("gender") == "other")).height
    assert b"SW1A" not in b"\n".join(files_of(made).values())


def test_later_release_adds_what_is_new_and_repeats_nothing(
    records: list[Fields], keys: Keys, sealed: Sealing, tmp_path: Path
) -> None:
    first = make_release(Order(extracts=[sealed(records)], keys=keys, out=tmp_path))
    later = with_new_names(records, seed=99)
    order = Order(extracts=[sealed(later, extract_id=LATER_ID)], keys=keys, out=tmp_path)
    second = make_release(order)
    assert second.name.startswith("release-2-")
    counts = counts_of(second)
    assert counts["rows_released_before"] == rows_of(first).height
    assert abs(counts["rows_extracted"] - 2 * ROWS) <= 2
    assert 0 < counts["rows_released"] == rows_of(second).height
    parts = ("tripped", "left_out", "released_before", "suppressed", "waiting", "released")
    assert sum(counts[f"rows_{part}"] or 0 for part in parts) == counts["rows_extracted"]
    assert not set(rows_of(first)["row_id"]) & set(rows_of(second)["row_id"])
    assert [each.findings for each in recheck(second, order)] == [(), ()]


def test_later_release_refuses_to_start_without_the_earlier_extract(
    records: list[Fields], keys: Keys, sealed: Sealing, tmp_path: Path
) -> None:
    first = sealed(records[:200])
    make_release(Order(extracts=[first], keys=keys, out=tmp_path))
    first.unlink()
    with pytest.raises(Refusal, match="give it too"):
        make_release(Order(extracts=[sealed(records[200:], extract_id=LATER_ID)], keys=keys, out=tmp_path))


def test_record_with_an_identifier_in_a_coded_field_is_left_out_counted_and_told(
    records: list[Fields], keys: Keys, sealed: Sealing, tmp_path: Path
) -> None:
    told: list[str] = []
    tripped = [{**records[0], "need": "call 07700 900123"}, *records[1:200]]
    made = make_release(Order(extracts=[sealed(tripped)], keys=keys, out=tmp_path, warn=told.append))
    assert counts_of(made)["rows_tripped"] is None  # 1, which is for the steward alone
    assert len(told) == 2
    assert '"rows_tripped": 1,' in told[1]
    assert "Row 1, need: holds what looks like a telephone number" in told[0]
    assert "07700" not in told[0]


def test_records_without_a_number_are_people_of_their_own_and_told_as_a_table_tells(
    records: list[Fields], keys: Keys, sealed: Sealing, tmp_path: Path
) -> None:
    wrong = [None, "9434765918", "1111111111"]
    unknown = [{**record, "nhs_number": wrong[at % 3]} for at, record in enumerate(records[:21])]
    order = Order(extracts=[sealed([*unknown, *records[21:300]])], keys=keys, out=tmp_path)
    made = make_release(order)
    assert counts_of(made)["rows_without_number"] == 20
    assert b"9434765918" not in b"".join(files_of(made).values())
    shown = recheck(made, order)[0].review
    assert shown is not None
    rows = attack_unprotected(made, order)[0].review
    assert rows is not None
    people = len({record["nhs_number"] for record in records[21:300]}) + 21
    assert len(set(rows.assessment.release.person.values.tolist())) == people


def test_people_on_a_list_are_left_out_and_counted_by_reason(
    records: list[Fields], keys: Keys, sealed: Sealing, tmp_path: Path
) -> None:
    gone = records[0]["nhs_number"]
    (tmp_path / "withdrawn").write_text(f"{gone}\n")
    rows = sum(record["nhs_number"] == gone for record in records[:200])
    lists = Lists(withdrawn=tmp_path / "withdrawn")
    made = make_release(Order(extracts=[sealed(records[:200])], keys=keys, out=tmp_path / "out", lists=lists))
    assert 1 <= rows <= 9
    assert counts_of(made)["left_out"]["consent-withdrawn"] is None
    assert counts_of(made)["rows_left_out"] is None
    about = json.loads((tmp_path / "out" / ".series" / made.name / "about.json").read_text())
    assert about["counts"]["rows_left_out"] == about["counts"]["left_out"]["consent-withdrawn"] == rows


def test_extract_too_small_to_hide_anybody_releases_no_row_and_says_so(
    keys: Keys, sealed: Sealing, tmp_path: Path
) -> None:
    made = make_release(Order(extracts=[sealed(outcome_records(9))], keys=keys, out=tmp_path))
    counts = verify_release(made)["counts"]
    assert (counts["rows_released"], counts["rows_suppressed"]) == (0, None)
    assert set(pl.read_parquet(made / "data" / "tables.parquet")["status"]) <= {"shown", "small"}


def test_release_without_anybody_is_still_a_release(keys: Keys, sealed: Sealing, tmp_path: Path) -> None:
    made = make_release(Order(extracts=[sealed([])], keys=keys, out=tmp_path))
    assert verify_release(made)["rows"] == {"outcomes": 0, "journeys": 0}


def test_refused_release_leaves_nothing_behind(
    order: Order, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_fine(
        frame: pl.DataFrame, dataset: Dataset, _trees: object, _cut: object, _people: int
    ) -> Protected:
        # The rows as they are: what a broken recoder would let through.
        return Protected(dataset, frame, 0, None)

    monkeypatch.setattr("anonymiser.releasing.rows.protect", too_fine)
    with pytest.raises(Refusal, match="The checker refused the release"):
        make_release(replace(order, out=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [".series"]


def test_killed_run_is_made_again_to_the_same_bytes(
    order: Order, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_aside: Path, _target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("anonymiser.releasing.build.publish", killed)
        with pytest.raises(KeyboardInterrupt):
            make_release(replace(order, out=tmp_path))
    assert not list(tmp_path.glob("release-*"))
    assert files_of(make_release(replace(order, out=tmp_path))) == files_of(release)


def test_candidate_is_what_will_be_released_and_counts_for_nothing(
    order: Order, release: Path, tmp_path: Path
) -> None:
    candidate = make_candidate(replace(order, out=tmp_path))
    assert candidate.name == "candidate-release-1-2026-11-22"
    assert files_of(candidate) == files_of(release)
    made = make_release(replace(order, out=tmp_path))
    assert made.name == "release-1-2026-11-22"
    assert not candidate.exists()


def test_practice_lies_under_its_latest_network(records: list[Fields]) -> None:
    moved = [
        {**records[0], "practice": "F84000", "network": "U10000", "referred_month": "2025-06"},
        {**records[1], "practice": "F84000", "network": "U10001", "referred_month": "2026-06"},
    ]
    extract = read_extract(lines(moved))
    assert networks_in(raw_frame([extract])) == {"F84000": "U10001"}


def test_person_who_was_referred_lately_has_no_journey_yet(
    keys: Keys, sealed: Sealing, tmp_path: Path
) -> None:
    months = ["2026-10", "2026-05"]
    people = list(zip(nhs_numbers(), range(80), strict=False))
    records = [
        {**record, "nhs_number": people[at][0], "referred_month": months[at % 2], "outcome": OUTCOMES[at % 5]}
        for at, record in enumerate(outcome_records(80))
    ]
    made = make_release(Order(extracts=[sealed(records)], keys=keys, out=tmp_path))
    journeys = pl.read_parquet(made / "data" / "journeys.parquet")
    assert 0 < journeys.height <= 40
    assert made.name.endswith(date(2026, 11, 22).isoformat())
