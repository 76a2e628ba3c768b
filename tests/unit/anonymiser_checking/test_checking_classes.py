"""The measures of the checker: by hand, against pycanon's answers, and against counting it all the slow way."""

import json
from collections import Counter, defaultdict
from math import exp, log
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymiser.checking.classes import Measured, measure
from anonymiser.checking.columns import Layout, code
from anonymiser.errors import Refusal
from tests.unit.anonymiser_checking.releases import LAYOUT, QUASI, at_levels, referrals

ANSWERS = json.loads((Path(__file__).parents[2] / "data" / "pycanon" / "answers.json").read_text())


def measured(frame: pl.DataFrame, layout: Layout) -> Measured:
    return measure(code(frame, layout))


def test_a_class_is_counted_in_rows_in_people_and_in_the_part_of_its_busiest_person() -> None:
    frame = pl.DataFrame(
        {
            "area": ["N", "N", "N", "N", "S", "S"],
            "person": [1, 1, 1, 2, 3, 4],
        }
    )
    found = measured(frame, Layout(quasi=("area",)))
    assert (found.rows, found.classes) == (6, 2)
    assert found.k_rows == 2  # S
    assert found.k_people == 2  # N holds four rows of two people; S two of two
    assert found.largest_share == 3 / 4  # person 1 has three of the four rows of N
    assert found.rows_below(3) == 6
    assert found.rows_below(2) == 0


def test_diversity_of_two_classes_worked_out_by_hand() -> None:
    frame = pl.DataFrame(
        {
            "area": ["N"] * 4 + ["S"] * 4,
            "outcome": ["better", "better", "worse", "same", "better", "better", "better", "better"],
            "person": list(range(8)),
        }
    )
    outcome = measured(frame, Layout(quasi=("area",), sensitive=("outcome",))).diversity["outcome"]
    assert outcome.distinct.tolist() == [3, 1]
    assert outcome.l_distinct == 1
    # N: 1/2, 1/4, 1/4 has the entropy 1/2 ln 2 + 2 * 1/4 ln 4 = 1.5 ln 2; S has none, and e to the 0 is 1.
    assert outcome.entropy.tolist() == pytest.approx([1.5 * log(2), 0])
    assert outcome.l_entropy == pytest.approx(1)
    # The whole: better 6/8, worse 1/8, same 1/8. N: (|4-6| + |2-1| + |2-1|) / 8 / 2 = 1/4. S: (2 + 1 + 1) / 8 / 2.
    assert outcome.distance.tolist() == pytest.approx([1 / 4, 1 / 4])


def test_distance_of_ordered_values_counts_how_far_the_earth_is_moved() -> None:
    frame = pl.DataFrame(
        {
            "area": ["N", "N", "S", "S"],
            "change": ["worse", "same", "same", "better"],
            "person": [1, 2, 3, 4],
        }
    )
    layout = Layout(quasi=("area",), sensitive=("change",), orders={"change": ("worse", "same", "better")})
    # The whole: 1/4, 1/2, 1/4. N: 1/2, 1/2, 0. Running differences 1/4, 1/4, 0; their sum over 3 - 1 steps is 1/4.
    assert measured(frame, layout).diversity["change"].t == pytest.approx(1 / 4)
    plain = Layout(quasi=("area",), sensitive=("change",))
    # Half of |1/4| + |0| + |-1/4|: the same here, because everything moves by one place or none.
    assert measured(frame, plain).diversity["change"].t == pytest.approx(1 / 4)


def test_order_matters_to_the_distance_of_ordered_values() -> None:
    frame = pl.DataFrame({"area": ["N", "N", "S", "S"], "change": [0, 0, 9, 9], "person": [1, 2, 3, 4]})
    with_middle = pl.concat([frame, pl.DataFrame({"area": ["M", "M"], "change": [5, 5], "person": [5, 6]})])
    far = measured(with_middle, Layout(quasi=("area",), sensitive=("change",))).diversity["change"]
    # The whole: a third each. M: running differences -1/3, 1/3, 0 over 2 steps = 1/3; N: 2/3, 1/3 = 1/2; S the same.
    assert sorted(far.distance.tolist()) == pytest.approx([1 / 3, 1 / 2, 1 / 2])


@pytest.mark.parametrize("case", ANSWERS["cases"], ids=lambda case: case["name"])
def test_k_l_and_t_are_those_of_pycanon(case: dict[str, object]) -> None:
    frame = at_levels(referrals(), case["levels"])  # type: ignore[arg-type]
    found = measured(frame, Layout(quasi=QUASI, sensitive=("outcome", "wb_before")))
    assert found.k_rows == case["k"]
    for name in ("outcome", "wb_before"):
        theirs: dict[str, float] = case[name]  # type: ignore[assignment]
        ours = found.diversity[name]
        assert ours.l_distinct == theirs["l"]
        assert ours.t == pytest.approx(theirs["t"], abs=1e-9)
        # pycanon cuts the entropy l down to a whole number.
        assert int(ours.l_entropy + 1e-9) == theirs["entropy_l"]


LETTERS = st.sampled_from(["a", "b", "c", None])
ROWS = st.lists(
    st.tuples(LETTERS, LETTERS, st.integers(0, 4), st.sampled_from(["x", "y", "z"]), st.integers(0, 3)),
    min_size=1,
    max_size=60,
)


@given(rows=ROWS)
@settings(max_examples=150, deadline=None)
def test_every_measure_is_what_slow_counting_gives(rows: list[tuple[str, str, int, str, int]]) -> None:
    frame = pl.DataFrame(rows, schema=["p", "q", "person", "outcome", "score"], orient="row")
    frame = frame.with_columns(pl.col("p", "q").cast(pl.String))
    found = measured(frame, Layout(quasi=("p", "q"), sensitive=("outcome", "score")))
    classes = defaultdict(list)
    for row in rows:
        classes[row[:2]].append(row)
    assert sorted(found.class_rows.tolist()) == sorted(map(len, classes.values()))
    people = [len({row[2] for row in members}) for members in classes.values()]
    assert sorted(found.class_people.tolist()) == sorted(people)
    shares = [max(Counter(row[2] for row in members).values()) / len(members) for members in classes.values()]
    assert found.largest_share == pytest.approx(max(shares))
    for at, name in ((3, "outcome"), (4, "score")):
        values = sorted({row[at] for row in rows})
        whole = [sum(row[at] == value for row in rows) / len(rows) for value in values]
        parts = [
            [sum(row[at] == value for row in members) / len(members) for value in values]
            for members in classes.values()
        ]
        ours = found.diversity[name]
        assert ours.l_distinct == min(sum(share > 0 for share in part) for part in parts)
        assert ours.l_entropy == pytest.approx(min(exp(-sum(s * log(s) for s in p if s)) for p in parts))
        distance = equal_distance if name == "outcome" else earth_movers
        assert ours.t == pytest.approx(max(distance(part, whole) for part in parts), abs=1e-12)


def equal_distance(part: list[float], whole: list[float]) -> float:
    return sum(abs(p - w) for p, w in zip(part, whole, strict=True)) / 2


def earth_movers(part: list[float], whole: list[float]) -> float:
    if len(whole) == 1:
        return 0.0
    running, moved = 0.0, 0.0
    for p, w in zip(part, whole, strict=True):
        running += p - w
        moved += abs(running)
    return moved / (len(whole) - 1)


def test_measures_do_not_depend_on_the_order_of_rows_or_on_how_columns_are_held() -> None:
    frame = at_levels(referrals(), (3, 0, 2, 2, 2, 2, 1))
    other = frame.sample(fraction=1, shuffle=True, seed=4).with_columns(
        pl.col(QUASI).cast(pl.Categorical), pl.col("person").cast(pl.String)
    )
    first, second = measured(frame, LAYOUT), measured(other, LAYOUT)
    assert first.class_rows.tolist() == second.class_rows.tolist()
    assert first.class_people.tolist() == second.class_people.tolist()
    assert first.diversity["outcome"].distance.tolist() == second.diversity["outcome"].distance.tolist()


def test_columns_with_more_combinations_than_a_number_can_hold_are_still_told_apart() -> None:
    rows = 3_000
    frame = pl.DataFrame(
        {f"q{at}": [f"{(row * (at + 3)) % rows}" for row in range(rows)] for at in range(8)}
        | {"person": [2**40 + row for row in range(rows)]}
    )
    doubled = pl.concat([frame, frame.with_columns(pl.col("person") + 1_000_000)])
    found = measured(doubled, Layout(quasi=tuple(f"q{at}" for at in range(8))))
    assert (found.classes, found.k_rows, found.k_people) == (rows, 2, 2)


def test_without_people_every_row_counts_as_one() -> None:
    frame = pl.DataFrame({"area": ["N", "N", "S"], "person": [1, 1, 2]})
    assert measured(frame, Layout(quasi=("area",), person=None)).class_people.tolist() == [2, 1]


def test_people_who_are_not_told_are_nobody_else_than_one() -> None:
    frame = pl.DataFrame({"area": ["N", "N", "N"], "person": ["a", None, None]})
    assert measured(frame, Layout(quasi=("area",))).k_people == 2


def test_a_missing_column_and_a_value_outside_its_order_are_refused_by_name() -> None:
    frame = pl.DataFrame({"area": ["N", "S"], "change": ["worse", "Mrs Example"], "person": [1, 2]})
    with pytest.raises(Refusal) as missing:
        code(frame, Layout(quasi=("area", "sex"), sensitive=("outcome",)))
    assert missing.value.problems == (
        "sex: the release has no such column.",
        "outcome: the release has no such column.",
    )
    with pytest.raises(Refusal) as strange:
        code(frame, Layout(quasi=("area",), sensitive=("change",), orders={"change": ("worse", "better")}))
    assert strange.value.problems == ("change: 1 rows have a value that is not in the order of its values.",)


def test_an_empty_release_has_no_classes() -> None:
    frame = pl.DataFrame(schema={"area": pl.String, "person": pl.UInt32, "outcome": pl.String})
    found = measured(frame, Layout(quasi=("area",), sensitive=("outcome",)))
    assert (found.rows, found.classes, found.k_rows, found.k_people, found.largest_share) == (0, 0, 0, 0, 0.0)
