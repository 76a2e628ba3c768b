"""The intruder is held off by a protected release and succeeds on the unprotected control."""

import polars as pl
import pytest

from anonymiser.checking.columns import Layout, code
from anonymiser.checking.hierarchies import hierarchy
from anonymiser.checking.intruder import Attack, attack, sample
from anonymiser.checking.signatures import signatures
from anonymiser.errors import Refusal
from tests.unit.anonymiser_checking.releases import LAYOUT, QUASI, at_levels, hierarchies, protect, referrals

KNOWN = ("age", "sex", "lsoa", "practice", "month")


def known_of(frame: pl.DataFrame, *known: str) -> pl.DataFrame:
    return frame.select("person", *known)


@pytest.fixture(scope="module")
def release() -> pl.DataFrame:
    return protect(referrals())


@pytest.mark.parametrize("known", [KNOWN, QUASI, ("age", "month")], ids=["neighbour", "everything", "little"])
def test_intruder_does_no_better_than_one_in_k_on_a_protected_release(
    release: pl.DataFrame, known: tuple[str, ...]
) -> None:
    targets = known_of(sample(referrals(), 500), *known)
    found = attack(release, LAYOUT, hierarchies(), targets)
    assert found.targets == found.present == 500
    assert found.alone == 0
    assert found.fewest_people >= 10
    assert found.success <= 1 / 10
    assert found.is_held_off(10)
    assert not found.is_held_off(found.fewest_people + 1)


def test_the_same_intruder_finds_most_people_in_the_unprotected_control() -> None:
    found = attack(referrals(), LAYOUT, hierarchies(), known_of(sample(referrals(), 500), *KNOWN))
    assert found.known == ("age", "sex", "lsoa", "month", "practice")
    assert found.alone > 450
    assert found.success > 0.9
    assert not found.is_held_off(10)


def test_levels_without_suppression_leave_people_to_be_found() -> None:
    coarse = at_levels(referrals(), (3, 0, 2, 2, 2, 2, 1))
    found = attack(coarse, LAYOUT, hierarchies(), known_of(sample(referrals(), 500), *QUASI))
    assert not found.is_held_off(10)


AREA = hierarchy("area", [("E8", "E", "*"), ("E9", "E", "*"), ("N1", "N", "*"), ("N2", "N", "*")])
AGE = hierarchy("age", [("70", "*"), ("97", "*")])
SMALL = Layout(quasi=("area", "age"))
TREES = {"area": AREA, "age": AGE}


def small_attack(rows: list[tuple[str, str, int]], targets: dict[str, list[object]]) -> Attack:
    release = pl.DataFrame(rows, schema=["area", "age", "person"], orient="row")
    return attack(release, SMALL, TREES, pl.DataFrame(targets))


def test_chances_of_a_small_attack_by_hand() -> None:
    rows = [("E8", "*", 1), ("E8", "*", 2), ("E", "*", 1), ("E", "*", 3), ("*", "70", 4), ("N", "70", 5)]
    found = small_attack(rows, {"person": [1], "area": ["E8"], "age": ["70"]})
    # E8, E and * hold what is in E8: five rows of four people, two of them the target's.
    assert found.by_chance == pytest.approx(2 / 5)
    assert found.fewest_people == 4
    # By what they leave open: E8 with any age 0 + 1, E with any age 1/3 + 1, anywhere with age 70 1 + 0. Two classes
    # are finest, three rows together, one of them the target's.
    assert found.by_best_guess == pytest.approx(1 / 3)
    assert (found.alone, found.present) == (0, 1)


def test_facts_that_are_not_known_fit_every_label() -> None:
    rows = [("E8", "70", 1), ("E8", "97", 2), ("N1", "70", 3)]
    assert small_attack(rows, {"person": [1], "area": ["E8"]}).by_chance == pytest.approx(1 / 2)
    assert small_attack(rows, {"person": [1], "area": ["E8"], "age": ["70"]}).alone == 1


def test_a_target_who_was_suppressed_cannot_be_found() -> None:
    rows = [("E8", "70", 1)]
    found = small_attack(rows, {"person": [9, 8], "area": ["E8", "N2"], "age": ["70", "70"]})
    assert (found.targets, found.present, found.alone, found.success) == (2, 0, 0, 0.0)
    assert found.is_held_off(10)


def test_many_rows_about_one_person_make_a_guess_better_than_their_number_of_people_tells() -> None:
    rows = [("E8", "*", person) for person in range(10)] + [("E8", "*", 0)] * 10
    found = small_attack(rows, {"person": [0], "area": ["E8"]})
    assert found.fewest_people == 10
    assert found.by_chance == pytest.approx(11 / 20)
    assert not found.is_held_off(10)


def test_a_fact_outside_the_hierarchy_is_refused_without_naming_it() -> None:
    with pytest.raises(Refusal, match=r"^area: a value known is not in the hierarchy\.$"):
        small_attack([("E8", "70", 1)], {"person": [1], "area": ["Hogwarts"]})


def test_people_may_be_told_by_a_token_as_well_as_by_a_number(release: pl.DataFrame) -> None:
    targets = known_of(sample(referrals(), 100), *KNOWN)
    as_text = pl.col("person").cast(pl.String)
    by_number = attack(release, LAYOUT, hierarchies(), targets)
    by_token = attack(release.with_columns(as_text), LAYOUT, hierarchies(), targets.with_columns(as_text))
    assert by_number == by_token


def test_the_sample_is_the_same_every_time_and_reaches_both_ends() -> None:
    picked = sample(referrals(), 7)["row"].to_list()
    assert picked == sample(referrals(), 7)["row"].to_list()
    assert (picked[0], picked[-1], len(picked)) == (0, 9_999, 7)
    assert sample(referrals().head(3), 10).height == 3
    assert sample(referrals().head(0), 10).height == 0


# Rare people, planted among the others.
ORDINARY = {"ethnicity": "A", "need": "N01", "outcome": "goal_met", "wb_before": 20, "wb_after": 21}
PLACE = {"lsoa": "E01000007", "practice": "P80001", "month": "2025-03"}
PLANTED = {
    "a woman of 97": [{"age": "97", "sex": "F"}],
    "a family of three that is the only one of its kind in the area": [
        {"age": age, "sex": sex, "ethnicity": "R"} for age, sex in (("34", "F"), ("36", "M"), ("19", "I"))
    ],
    "twins": [{"age": "23", "sex": "X"}, {"age": "23", "sex": "X"}],
    "somebody famous, known to have been referred in May": [{"age": "61", "sex": "I", "month": "2025-05"}],
}
FACTS = {
    "a woman of 97": ("age", "sex"),
    "a family of three that is the only one of its kind in the area": ("ethnicity", "lsoa"),
    "twins": ("age", "sex", "lsoa"),
    "somebody famous, known to have been referred in May": ("age", "sex", "month"),
}


def with_planted() -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    others = referrals().filter(
        (pl.col("age") != "97")
        & ~((pl.col("ethnicity") == "R") & (pl.col("lsoa") == PLACE["lsoa"]))
        & ~pl.col("sex").is_in(["I", "X"])
    )
    rows, number = [], 1_000_000
    for name, people in PLANTED.items():
        for facts in people:
            number += 1
            rows.append({**ORDINARY, **PLACE, **facts, "person": number, "row": number, "story": name})
    planted = pl.DataFrame(rows)
    frame = pl.concat([others, planted.select(others.columns).cast(dict(others.schema))])
    return frame, {name: planted.filter(pl.col("story") == name) for name in PLANTED}


@pytest.mark.parametrize("story", PLANTED)
def test_planted_rare_people_never_stand_alone(story: str) -> None:
    everybody, planted = with_planted()
    targets = planted[story].select(pl.col("person").cast(pl.UInt32), *FACTS[story])
    exposed = attack(everybody, LAYOUT, hierarchies(), targets)
    assert exposed.fewest_people <= len(PLANTED[story])
    assert exposed.by_chance >= 1 / 3
    protected = attack(protect(everybody), LAYOUT, hierarchies(), targets)
    # Some are suppressed; who is there stands in a crowd.
    assert protected.alone == 0
    assert protected.success <= 1 / 10
    assert protected.present == 0 or protected.fewest_people >= 10


def test_a_person_token_would_single_out_nearly_everybody_with_two_referrals(release: pl.DataFrame) -> None:
    once, twice, more = signatures(code(release, LAYOUT))
    assert once.people + twice.people + more.people == release["person"].n_unique()
    assert twice.unique / twice.people > 0.9
    assert more.unique / more.people > 0.97
    assert twice.below / twice.people > 0.97


def test_signatures_by_hand() -> None:
    rows = [("E8", 1), ("N1", 1), ("E8", 2), ("N1", 2), ("E8", 3), ("E8", 3), ("E8", 4), ("E8", 5), ("E8", 6)]
    release = pl.DataFrame(rows, schema=["area", "person"], orient="row")
    once, twice, more = signatures(code(release, Layout(quasi=("area",))), people=3)
    assert (once.people, once.unique, once.below) == (3, 0, 0)  # 4, 5 and 6: E8 once
    assert (twice.people, twice.unique, twice.below) == (3, 1, 3)  # 1 and 2 alike, 3 with E8 twice
    assert (more.people, more.unique, more.below) == (0, 0, 0)
    assert signatures(code(release.head(0), Layout(quasi=("area",)))) == ()
