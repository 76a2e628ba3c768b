"""A series is one chain of extracts and releases: nothing comes out twice, and nothing is swapped unseen."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from anonymiser.__main__ import main
from anonymiser.desk.opening import newest
from anonymiser.errors import Refusal
from anonymiser.keys import Keys
from anonymiser.releasing.build import make_candidate, make_release
from anonymiser.releasing.leaving_out import Lists
from anonymiser.releasing.recheck import attack_unprotected, recheck
from anonymiser.releasing.series import STATE
from anonymiser.releasing.sources import Order
from tests.unit.anonymiser.sample import EXTRACT_ID, Fields, outcome_records
from tests.unit.anonymiser_releasing.release_orders import LATER_ID, Sealing


@pytest.fixture(scope="module")
def parts() -> tuple[list[Fields], list[Fields]]:
    every = outcome_records(600, seed=11)
    return every[:400], every[400:]


@pytest.fixture(scope="module")
def first(sealed: Sealing, parts: tuple[list[Fields], list[Fields]]) -> Path:
    return sealed(parts[0])


@pytest.fixture(scope="module")
def second(sealed: Sealing, parts: tuple[list[Fields], list[Fields]]) -> Path:
    return sealed(parts[1], extract_id=LATER_ID)


@pytest.fixture(scope="module")
def made(first: Path, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Order:
    """A series of one release; tests work on a copy."""
    order = Order(extracts=[first], keys=keys, out=tmp_path_factory.mktemp("series") / "out")
    make_release(order)
    return order


@pytest.fixture
def order(made: Order, tmp_path: Path) -> Order:
    shutil.copytree(made.out, tmp_path / "out")
    return replace(made, out=tmp_path / "out")


def releases(order: Order) -> list[str]:
    return sorted(path.name for path in order.out.glob("release-*"))


def refused(order: Order) -> str:
    """What a release is refused with; nothing may be published by it."""
    before = releases(order)
    with pytest.raises(Refusal) as refusal:
        make_release(order)
    assert releases(order) == before
    assert not list(order.out.glob(".making-*"))
    return str(refusal.value)


def commanded(keys_folder: Path, out: Path, extracts: Sequence[Path], *more: str) -> int:
    named = [part for extract in extracts for part in ("--extract", str(extract))]
    return main(["release", *named, "--keys", str(keys_folder), "--out", str(out), *more], {})


def test_a_referral_that_is_in_two_extracts_stops_the_release(
    order: Order, sealed: Sealing, parts: tuple[list[Fields], list[Fields]]
) -> None:
    again = sealed([parts[0][0], *parts[1]], extract_id=LATER_ID)
    assert "A referral is in two extracts" in refused(replace(order, extracts=[*order.extracts, again]))


@pytest.mark.parametrize("lost", ["deleted", "another"])
def test_a_release_that_the_series_does_not_know_stops_the_next_one(
    order: Order, second: Path, tmp_path: Path, lost: str
) -> None:
    if lost == "deleted":
        shutil.rmtree(order.out / STATE)
    elsewhere = tmp_path / "elsewhere" if lost == "another" else None
    said = refused(replace(order, extracts=[*order.extracts, second], state=elsewhere))
    assert "release-1-2026-11-22" in said
    assert "--state" in said
    assert len(releases(order)) == 1


def test_a_series_with_a_release_gone_from_its_memory_is_refused(order: Order, second: Path) -> None:
    make_release(replace(order, extracts=[second]))
    shutil.rmtree(order.out / STATE / "release-1-2026-11-22")
    assert "release-1-2026-11-22" in refused(order)
    shutil.rmtree(order.out / "release-1-2026-11-22")
    assert "release 1" in refused(order)


def test_two_extracts_of_one_id_are_refused(
    order: Order, sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    records = outcome_records(400, seed=5)
    two = [sealed(records[:200]), sealed(records[200:])]
    said = refused(Order(extracts=two, keys=keys, out=tmp_path / "new"))
    assert EXTRACT_ID in said
    assert "two" in said


def test_an_extract_given_twice_is_refused(order: Order, first: Path, keys: Keys, tmp_path: Path) -> None:
    assert EXTRACT_ID in refused(Order(extracts=[first, first], keys=keys, out=tmp_path / "new"))


def test_a_changed_extract_of_an_earlier_release_is_refused(
    order: Order, parts: tuple[list[Fields], list[Fields]], sealed: Sealing, second: Path, tmp_path: Path
) -> None:
    forged = sealed([*parts[0][:-1], {**parts[0][-1], "need": "other"}])
    said = refused(replace(order, extracts=[forged, second]))
    assert EXTRACT_ID in said
    assert "changed" in said
    # Where it lay, too.
    lay = tmp_path / "lay.sealed"
    shutil.copy(order.extracts[0], lay)
    order = replace(order, out=tmp_path / "own", extracts=[lay])
    make_release(order)
    shutil.copy(forged, lay)
    assert "changed" in refused(replace(order, extracts=[second]))


def test_an_earlier_extract_sealed_again_is_the_same_extract(
    order: Order, parts: tuple[list[Fields], list[Fields]], sealed: Sealing, second: Path
) -> None:
    again = sealed(parts[0])
    assert again.read_bytes() != order.extracts[0].read_bytes()
    assert make_release(replace(order, extracts=[again, second])).name.startswith("release-2-")


@pytest.mark.parametrize("day", ["2031-01-01", "2999-01-01", "2026-11-24"])
def test_an_extract_of_a_day_to_come_is_refused(
    keys_folder: Path, sealed: Sealing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    monkeypatch.setattr("anonymiser.__main__.today", lambda: date(2026, 11, 22))
    extract = sealed(outcome_records(60), created_on=day, watermark=f"{day}T00:00:00Z")
    assert commanded(keys_folder, tmp_path / "out", [extract]) == 1
    assert not list((tmp_path / "out").glob("release-*"))


def test_an_extract_of_tomorrow_is_of_another_time_zone(
    keys_folder: Path, sealed: Sealing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anonymiser.__main__.today", lambda: date(2026, 11, 21))
    assert commanded(keys_folder, tmp_path / "out", [sealed(outcome_records(60))]) == 0


@pytest.mark.parametrize("month", ["2099-12", "2026-12"])
def test_a_referral_after_its_extract_was_made_is_refused(
    sealed: Sealing, keys: Keys, tmp_path: Path, month: str
) -> None:
    records = outcome_records(60)
    late = sealed([{**records[0], "referred_month": month}, *records[1:]])
    said = refused(Order(extracts=[late], keys=keys, out=tmp_path / "out"))
    assert said == "Row 1, referred_month: later than the day on which the extract was made."


@pytest.mark.parametrize(
    "watermark",
    ["banana", "", "2026-11-21", "2026-11-21T23:00:00", "2026-13-21T23:00:00Z", "2026-11-25T00:00:00Z"],
)
def test_a_watermark_that_is_no_instant_or_later_than_the_extract_is_refused(
    sealed: Sealing, keys: Keys, tmp_path: Path, watermark: str
) -> None:
    extract = sealed(outcome_records(60), watermark=watermark)
    assert "Header, watermark" in refused(Order(extracts=[extract], keys=keys, out=tmp_path / "out"))


def test_an_extract_whose_watermark_is_not_after_those_released_is_refused(
    order: Order, parts: tuple[list[Fields], list[Fields]], sealed: Sealing
) -> None:
    for watermark in ("2026-11-20T23:00:00Z", "2026-11-21T23:00:01Z", "2026-11-22T00:00:01+01:00"):
        older = sealed(parts[1], extract_id=LATER_ID, watermark=watermark)
        assert "watermark" in refused(replace(order, extracts=[older]))


def test_an_extract_made_before_the_newest_released_one_is_refused(
    order: Order, parts: tuple[list[Fields], list[Fields]], sealed: Sealing
) -> None:
    older = sealed(parts[1], extract_id=LATER_ID, created_on="2026-11-21", watermark="2026-11-21T23:30:00Z")
    assert "made before" in refused(replace(order, extracts=[older]))


def test_two_new_extracts_of_one_watermark_are_refused(
    parts: tuple[list[Fields], list[Fields]], sealed: Sealing, keys: Keys, tmp_path: Path
) -> None:
    same = "2026-11-21T23:00:00Z"
    two = [sealed(parts[0], watermark=same), sealed(parts[1], extract_id=LATER_ID, watermark=same)]
    assert "watermark" in refused(Order(extracts=two, keys=keys, out=tmp_path / "out"))


def test_the_manifest_and_the_series_tell_how_far_the_extracts_reach(order: Order) -> None:
    manifest = json.loads((order.out / "release-1-2026-11-22" / "manifest.json").read_text())
    assert [each["until"] for each in manifest["extracts"]] == ["2026-11-21"]
    about = json.loads((order.out / STATE / "release-1-2026-11-22" / "about.json").read_text())
    known = about["contents"][EXTRACT_ID]
    assert known["watermark"] == "2026-11-21T23:00:01+00:00"
    assert {len(known["plain"]), len(known["sealed"])} == {64}


def test_every_release_of_the_series_can_be_checked_and_attacked(
    order: Order, first: Path, second: Path
) -> None:
    one = order.out / "release-1-2026-11-22"
    two = make_release(replace(order, extracts=[second]))
    for extracts in ([first], [first, second], [second], []):
        for folder in (one, two):
            again = replace(order, extracts=extracts)
            assert [each.findings for each in recheck(folder, again)] == [(), ()]
    shown = attack_unprotected(one, replace(order, extracts=[first]))
    assert shown[0].review is not None
    assert shown[0].review.assessment.release.rows == 400


def test_a_release_that_is_not_the_one_of_the_series_is_not_checked(
    order: Order,
    keys: Keys,
    first: Path,
    parts: tuple[list[Fields], list[Fields]],
    sealed: Sealing,
    tmp_path: Path,
) -> None:
    strange = make_release(
        Order(extracts=[sealed(parts[1], extract_id=LATER_ID)], keys=keys, out=tmp_path / "other")
    )
    with pytest.raises(Refusal, match="not the one that this series"):
        recheck(strange, order)


@pytest.mark.parametrize("make", [make_release, make_candidate])
def test_the_same_extract_again_is_nothing_new(order: Order, make: object) -> None:
    assert callable(make)
    with pytest.raises(Refusal, match="Nothing new"):
        make(order)
    assert releases(order) == ["release-1-2026-11-22"]


def test_the_same_extract_with_another_list_of_who_said_no_is_something_new(
    order: Order, parts: tuple[list[Fields], list[Fields]], tmp_path: Path
) -> None:
    (tmp_path / "withdrawn").write_text(f"{parts[0][0]['nhs_number']}\n")
    listed = replace(order, lists=Lists(withdrawn=tmp_path / "withdrawn"))
    assert make_release(listed).name.startswith("release-2-")
    with pytest.raises(Refusal, match="Nothing new"):
        make_release(listed)


@pytest.mark.parametrize(("count", "seed"), [(60, 0), (60, 7), (80, 98)])
def test_a_small_release_is_coarser_and_never_refused_for_the_intruder(
    sealed: Sealing, keys: Keys, tmp_path: Path, count: int, seed: int
) -> None:
    order = Order(extracts=[sealed(outcome_records(count, seed=seed))], keys=keys, out=tmp_path)
    folder = make_release(order)
    inspected = recheck(folder, order)
    assert inspected[0].review is not None
    assert inspected[0].review.assessment.release.rows > count // 2
    assert [each.findings for each in inspected] == [(), ()]


@pytest.mark.parametrize("lost", ["kept_back", "contents", "plain", "networks"])
def test_a_series_of_an_earlier_version_is_refused_in_words(order: Order, second: Path, lost: str) -> None:
    kept = order.out / STATE / "release-1-2026-11-22"
    about = json.loads((kept / "about.json").read_text())
    if lost == "networks":
        (kept / "networks.csv").unlink()
    elif lost == "plain":
        del about["contents"][EXTRACT_ID]["plain"]
    else:
        del about[lost]
    (kept / "about.json").write_text(json.dumps(about))
    later = replace(order, extracts=[second])
    said = refused(later)
    assert "release-1-2026-11-22 was made by an earlier version of the anonymiser" in said
    assert "begin a new series in an empty folder" in said
    with pytest.raises(Refusal, match="an earlier version"):
        newest(later)  # the desk's look
