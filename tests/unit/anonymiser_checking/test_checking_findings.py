"""What stands against a release is found: a small class, a label out of nowhere, releases that add up to too much."""

import json
from collections.abc import Mapping

import polars as pl
import pytest

from anonymiser.checking.classes import measure
from anonymiser.checking.columns import Layout, code
from anonymiser.checking.findings import Limits, find_class_faults, find_faults
from anonymiser.checking.hierarchies import Hierarchy, hierarchy, read_hierarchy
from anonymiser.checking.joint import measure_jointly
from anonymiser.checking.loss import losses, overall
from anonymiser.errors import Refusal
from tests.unit.anonymiser_checking.releases import (
    DATA,
    LADDER,
    LAYOUT,
    QUASI,
    at_levels,
    crowded,
    hierarchies,
    protect,
    referrals,
)

PEOPLE_ONLY = Limits(distinct=1, distance=1)


def faults(frame: pl.DataFrame, limits: Limits = PEOPLE_ONLY) -> tuple[str, ...]:
    release = code(frame, LAYOUT)
    return find_faults(release, measure(release), hierarchies(), limits)


@pytest.fixture(scope="module")
def release() -> pl.DataFrame:
    return protect(referrals())


def test_nothing_stands_against_a_protected_release(release: pl.DataFrame) -> None:
    assert faults(release) == ()


def test_one_label_made_finer_is_found(release: pl.DataFrame) -> None:
    at = release.with_row_index("at").filter(pl.col("lsoa") == "*")["at"][0]
    exact = referrals().filter(pl.col("row") == release["row"][at])["lsoa"][0]
    here = pl.int_range(pl.len()) == at
    finer = release.with_columns(lsoa=pl.when(here).then(pl.lit(exact)).otherwise("lsoa"))
    assert any("fewer than 10 people (the smallest 1)" in sentence for sentence in faults(finer))


def test_one_person_less_in_a_class_of_ten_is_found(release: pl.DataFrame) -> None:
    people = pl.col("person").n_unique().over(QUASI)
    tight = release.filter(people == 10)["person"][0]
    classes_of = release.filter(people == 10, pl.col("person") == tight)
    without = release.join(classes_of, on=[*QUASI, "person"], how="anti")
    [sentence] = faults(without)
    assert "fewer than 10 people (the smallest 9)" in sentence


def test_ten_rows_of_nine_people_are_not_ten_people(release: pl.DataFrame) -> None:
    people = pl.col("person").n_unique().over(QUASI)
    tight = release.filter(people == 10).head(1).select(QUASI)
    members = release.join(tight, on=QUASI)["person"].unique().sort()
    merged = release.with_columns(
        person=pl.when(pl.col("person") == members[0]).then(pl.lit(members[1], pl.UInt32)).otherwise("person")
    )
    assert measure(code(merged, LAYOUT)).k_rows >= 10
    [sentence] = faults(merged)
    assert "fewer than 10 people (the smallest 9)" in sentence


def test_a_label_that_is_not_published_is_found_and_not_named(release: pl.DataFrame) -> None:
    strange = release.with_columns(
        age=pl.when(pl.int_range(pl.len()) < 3).then(pl.lit("33 and a half")).otherwise("age"),
        sex=pl.when(pl.int_range(pl.len()) == 5).then(None).otherwise("sex"),
    )
    found = faults(strange)
    assert "age: 3 rows have a label that is not in the published hierarchy." in found
    assert "sex: 1 rows have a label that is not in the published hierarchy." in found
    assert not any("half" in sentence for sentence in found)


def test_a_column_without_hierarchy_and_a_release_without_rows_are_found(release: pl.DataFrame) -> None:
    coded = code(release, Layout(quasi=(*QUASI, "outcome")))
    sentences = find_faults(coded, measure(coded), hierarchies(), PEOPLE_ONLY)
    assert "outcome: no hierarchy is published for this column." in sentences
    assert faults(release.head(0)) == ("The release has no rows.",)


def test_a_class_that_tells_the_outcome_is_found() -> None:
    one_class = at_levels(referrals(), LADDER[-1])
    told = one_class.with_columns(outcome=pl.lit("goal_met"))
    assert faults(told, Limits(distance=1)) == (
        "outcome: 1 classes have fewer than 3 different values (the fewest 1).",
    )
    two = pl.concat([one_class, told.with_columns(sex=pl.lit("F"))])
    assert any(
        "outcome: 2 classes are further than 0.1 from the whole" in sentence
        for sentence in faults(two, Limits(distinct=1, distance=0.1))
    )


def test_loss_is_that_of_arx_for_the_same_levels() -> None:
    expected = json.loads((DATA / "expected.json").read_text())["arx_3_9_2_optimal_full_domain"]["10000"]
    recoded = at_levels(referrals(), expected["levels"])
    kept = recoded.filter(pl.len().over(QUASI) >= 10)
    suppressed = recoded.height - kept.height
    assert suppressed / recoded.height == pytest.approx(expected["suppressed"], abs=5e-5)
    columns = losses(code(kept, LAYOUT), hierarchies(), suppressed)
    assert overall(columns) == pytest.approx(expected["ncp"], abs=5e-5)


def test_loss_of_a_small_release_by_hand() -> None:
    area = hierarchy("area", [("E8", "E", "*"), ("E9", "E", "*"), ("N1", "N", "*"), ("N2", "N", "*")])
    release = code(pl.DataFrame({"area": ["E8", "E", "*"]}), Layout(quasi=("area",), person=None))
    # E8 loses nothing, E leaves one of three others open, * and the suppressed row lose all: 2 1/3 of 4 rows.
    assert losses(release, {"area": area}, 1) == {"area": pytest.approx((1 / 3 + 1 + 1) / 4)}


def test_hierarchy_knows_what_each_label_covers() -> None:
    age = read_hierarchy(DATA / "h_age.csv", "age")
    assert len(age.leaves) == 87
    assert age.covers["80-84"] == {"80", "81", "82", "83", "84"}
    assert age.above["104"] == ("104", "100-104", "80+", "65+", "*")
    sex = hierarchies()["sex"]
    assert (sex.loss("F"), sex.loss("*"), sex.loss("no such label")) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "the hierarchy is empty"),
        ([("a", "A", "*"), ("b", "*")], "not all of one length"),
        ([("a", "A", "all")], "the last level of the hierarchy is not *"),
        ([("a", "A", "*"), ("a", "A", "*")], "an exact value stands twice"),
        ([("a", "A", "X", "*"), ("b", "A", "Y", "*")], "A at level 1 lies under more than one label"),
        ([("a", "A", "*"), ("b", "A", "*"), ("A", "B", "*")], "A means two things"),
    ],
)
def test_hierarchy_that_is_no_tree_is_refused(lines: list[tuple[str, ...]], problem: str) -> None:
    with pytest.raises(Refusal) as refused:
        hierarchy("area", lines)
    assert any(problem in sentence for sentence in refused.value.problems)


MONTH = "2025-12"


def two_releases(levels: Mapping[str, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same referrals twice, the second time with other levels: each safe by itself."""
    first = crowded(at_levels(referrals(), (3, 0, 2, 2, 2, 2, 1)), 10)
    second = crowded(at_levels(referrals(), tuple(levels[name] for name in QUASI)), 10)
    return first, second


def test_two_releases_each_safe_may_together_leave_people_alone() -> None:
    first, second = two_releases(
        {"age": 4, "sex": 0, "ethnicity": 1, "lsoa": 3, "month": 2, "practice": 2, "need": 2}
    )
    for each in (first, second):
        assert faults(each) == ()
    jointly = measure_jointly([first, second], LAYOUT, "row")
    assert jointly.k_people == 1
    [sentence] = find_class_faults(jointly, PEOPLE_ONLY, over="All releases together")
    assert sentence.startswith("All releases together: ")
    # By hand: joining the two tables and grouping by both sets of labels.
    both = first.join(second, on="row", how="inner", suffix="_2")
    names = [*QUASI, *(f"{name}_2" for name in QUASI)]
    lonely = both.filter(pl.col("person").n_unique().over(names) < 10).height
    only_one = sum(
        mine.join(other, on="row", how="anti").filter(pl.col("person").n_unique().over(QUASI) < 10).height
        for mine, other in ((first, second), (second, first))
    )
    assert jointly.rows_below(10) == lonely + only_one


def test_releases_that_only_add_months_stay_as_safe_as_each_is() -> None:
    old = protect(referrals().filter(pl.col("month") != MONTH))
    new = protect(referrals().filter(pl.col("month") == MONTH))
    jointly = measure_jointly([old, new], LAYOUT, "row")
    assert jointly.rows == old.height + new.height
    assert find_class_faults(jointly, PEOPLE_ONLY) == ()


def test_somebody_who_left_between_two_versions_is_found_by_their_absence() -> None:
    first = protect(referrals())
    second = first.filter(pl.col("row") != first["row"][0])
    jointly = measure_jointly([first, second], LAYOUT, "row")
    assert jointly.k_people == 1


def test_a_referral_twice_in_one_release_is_refused() -> None:
    first = at_levels(referrals().head(20), LADDER[-1])
    with pytest.raises(Refusal, match="Release 2: a referral stands in it more than once"):
        measure_jointly([first, pl.concat([first, first])], LAYOUT, "row")


def test_the_sample_hierarchies_are_trees() -> None:
    assert all(isinstance(each, Hierarchy) for each in hierarchies().values())
