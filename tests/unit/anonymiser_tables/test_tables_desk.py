"""Answers follow the rules, agree between engines, and do not give a few people away together."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from anonymiser.tables.aggregates import aggregates_by_duckdb, aggregates_by_polars
from anonymiser.tables.answering import ruled
from anonymiser.tables.desk import Answer, Desk, Rows
from anonymiser.tables.ledger import Ledger, open_ledger
from anonymiser.tables.queries import Allowed, Query, QueryRefused
from anonymiser.tables.releasing import release_table
from anonymiser.tables.rules import DEFAULT, HES, Rule
from tests.unit.anonymiser_tables.referrals import KEY, referrals, sample

SAMPLE_QUERIES = [
    Query(),
    Query(("need",)),
    Query(("practice", "need")),
    Query(("ethnicity", "sex"), {"need": ("N01", "N02")}),
    Query((), {"sex": ("F",)}),
    Query((), {"sex": ("nobody",)}),
    Query(("need",), mean_of="wb_after"),
    Query(("practice", "need"), {"sex": ("M",)}, "wb_before"),
    Query(mean_of="wb_after"),
    Query((), {"sex": ("nobody",)}, "wb_after"),
]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger", KEY) as opened:
        yield opened


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    sample().write_parquet(path)
    return path


def desk(frame: pl.DataFrame, ledger: Ledger, *, release: str = "r1", rule: Rule = DEFAULT) -> Desk:
    words = [name for name, kind in frame.schema.items() if kind == pl.String]
    allowed = Allowed(
        columns={name: frozenset(frame[name].to_list()) for name in words},
        numbers=frozenset({"weeks", "wb_after"}) & frozenset(frame.columns),
    )
    return Desk(Rows(release, frame, partial(aggregates_by_polars, frame)), allowed, ledger, rule=rule)


def rows(answer: Answer) -> list[tuple[object, ...]]:
    return answer.cells.rows()


PEOPLE: Mapping[tuple[str, ...], int] = {
    ("F", "food"): 30,
    ("F", "debt"): 12,
    ("M", "food"): 20,
    ("M", "debt"): 3,
}


@pytest.mark.parametrize("query", SAMPLE_QUERIES, ids=lambda query: query.identity)
def test_both_engines_give_the_same_answer(query: Query, parquet: Path) -> None:
    one, other = aggregates_by_polars(sample(), query), aggregates_by_duckdb(parquet, query)
    assert ruled(one, query, DEFAULT).equals(ruled(other, query, DEFAULT))
    assert one.equals(other)


def test_a_columns_name_and_a_filters_value_are_never_read_as_commands(tmp_path: Path) -> None:
    odd = 'a" FROM x; --'
    frame = pl.DataFrame({odd: ["it's", "it's", "b"], "person": [1, 2, 3]})
    frame.write_parquet(tmp_path / "odd.parquet")
    query = Query((odd,), {odd: ("it's",)})
    assert aggregates_by_duckdb(tmp_path / "odd.parquet", query).rows() == [("it's", 2)]


def test_an_answer_withholds_and_rounds(ledger: Ledger) -> None:
    answer = desk(referrals(PEOPLE, "sex", "need"), ledger).answer({"dimensions": ["sex", "need"]})
    assert rows(answer) == [("F", "debt", 10), ("F", "food", 30), ("M", "food", 20)]


def test_two_questions_that_differ_by_a_few_people_are_not_both_answered(ledger: Ledger) -> None:
    asked = desk(referrals(PEOPLE, "sex", "need"), ledger)
    asked.answer({"filters": {"sex": ["M"]}})
    with pytest.raises(QueryRefused, match="differ by a few people"):
        asked.answer({"filters": {"sex": ["M"], "need": ["food"]}})  # the three men in debt


def test_two_questions_that_differ_by_ten_people_are_both_answered(ledger: Ledger) -> None:
    people = {**PEOPLE, ("M", "debt"): 10}
    asked = desk(referrals(people, "sex", "need"), ledger)
    asked.answer({"filters": {"sex": ["M"]}})
    assert rows(asked.answer({"filters": {"sex": ["M"], "need": ["food"]}})) == [(20,)]


def test_the_smallest_part_is_withheld_beside_a_total_if_the_parts_would_leave_a_few_people(
    ledger: Ledger,
) -> None:
    # 37 prints 35: at most 37. Twice 18 prints 20: at least 36. So the third is one person.
    asked = desk(referrals({("a",): 18, ("b",): 18, ("c",): 1}, "need"), ledger)
    asked.answer({})
    assert rows(asked.answer({"dimensions": ["need"]})) == [("b", 20)]


def test_the_parts_and_then_their_total_are_refused_too(ledger: Ledger) -> None:
    asked = desk(referrals({("a",): 18, ("b",): 18, ("c",): 1}, "need"), ledger)
    asked.answer({"dimensions": ["need"]})
    with pytest.raises(QueryRefused):
        asked.answer({})


def test_a_total_and_many_parts_are_answered_where_rounding_hides_what_is_left(ledger: Ledger) -> None:
    people = {(name,): 23 for name in "abcd"} | {("e",): 5}
    asked = desk(referrals(people, "need"), ledger)
    asked.answer({})
    assert [people for _, people in rows(asked.answer({"dimensions": ["need"]}))] == [25, 25, 25, 25]


def test_an_answer_is_the_same_whenever_it_is_asked_again(ledger: Ledger) -> None:
    asked = desk(referrals(PEOPLE, "sex", "need"), ledger)
    first = asked.answer({"dimensions": ["need"]})
    assert rows(asked.answer({"dimensions": ["need"]})) == rows(first)
    assert len(ledger.entries) == 1


def test_what_was_answered_before_a_restart_is_not_forgotten(ledger: Ledger) -> None:
    frame = referrals(PEOPLE, "sex", "need")
    desk(frame, ledger).answer({"filters": {"sex": ["M"]}})
    with pytest.raises(QueryRefused):
        desk(frame, ledger).answer({"filters": {"sex": ["M"], "need": ["food"]}})


def test_a_table_of_the_release_counts_as_a_question_that_was_answered(ledger: Ledger) -> None:
    frame = referrals(PEOPLE, "sex", "need")
    release_table(frame, Query(("sex",)), DEFAULT, ledger, release="r1")
    with pytest.raises(QueryRefused):
        desk(frame, ledger).answer({"filters": {"sex": ["M"], "need": ["food"]}})


def test_a_refused_question_leaves_nothing_behind(ledger: Ledger) -> None:
    asked = desk(referrals(PEOPLE, "sex", "need"), ledger)
    asked.answer({"filters": {"sex": ["M"]}})
    with pytest.raises(QueryRefused):
        asked.answer({"filters": {"sex": ["M"], "need": ["food"]}})
    assert len(ledger.entries) == 1


def test_the_next_releases_answer_holds_a_change_of_a_few_people_back(ledger: Ledger) -> None:
    asked = {"dimensions": ["need"]}
    desk(referrals({("food",): 100, ("debt",): 50}, "need"), ledger).answer(asked)
    later = desk(referrals({("food",): 105, ("rent",): 60}, "need"), ledger, release="r2").answer(asked)
    assert rows(later) == [("food", 100), ("rent", 60)]
    assert [cell.labels for cell in ledger.entries[-1].cells if cell.held_back] == [("food",)]


def with_weeks(weeks: list[float]) -> pl.DataFrame:
    frame = referrals({("food",): len(weeks)}, "need")
    return frame.with_columns(weeks=pl.Series(weeks))


MEAN = {"dimensions": ["need"], "measure": {"mean": "weeks"}}


@pytest.mark.parametrize(
    ("weeks", "mean"),
    [
        ([2.0, 4.0] * 5, 3.0),
        ([2.0] * 9, None),  # nine people
        ([0.0] * 10, 0.0),
        ([450.0, 450.0, *[10.0] * 10], None),  # two hold 90%
        ([440.0, 440.0, *[10.0] * 10], 81.7),
        ([900.0, 1.0, *[8.0] * 11], None),  # the others hold less than a tenth of the first
    ],
)
def test_a_mean_needs_ten_people_and_none_that_hold_nearly_all(
    weeks: list[float], mean: float | None, ledger: Ledger
) -> None:
    asked = desk(with_weeks(weeks), ledger)
    if mean is None:
        with pytest.raises(QueryRefused):
            asked.answer(MEAN)
    else:
        assert rows(asked.answer(MEAN)) == [("food", mean)]


def test_a_person_with_many_referrals_is_one_of_the_ten(ledger: Ledger) -> None:
    frame = with_weeks([5.0] * 12).with_columns(person=pl.col("person").clip(upper_bound=9))
    with pytest.raises(QueryRefused):
        desk(frame, ledger).answer(MEAN)


def test_only_people_who_have_the_number_count_towards_its_mean(ledger: Ledger) -> None:
    frame = with_weeks([5.0] * 12).with_columns(weeks=pl.when(pl.col("person") > 4).then("weeks"))
    with pytest.raises(QueryRefused):
        desk(frame, ledger).answer(MEAN)


def test_a_mean_is_of_each_persons_first_referral_that_has_the_number(ledger: Ledger) -> None:
    first, again = with_weeks([5.0] * 12), with_weeks([9.0] * 12)
    none = first.head(2).with_columns(weeks=pl.lit(None, pl.Float64))
    frame = pl.concat([none, first, again.with_columns(need=pl.lit("debt"))])
    asked = desk(frame, ledger)
    assert rows(asked.answer(MEAN)) == [("food", 5.0)]
    with pytest.raises(QueryRefused):  # what came after is in no mean
        asked.answer({**MEAN, "filters": {"need": ["debt"]}})


def test_the_hes_rule_gives_means_of_eight_people_and_asks_nothing_of_dominance(ledger: Ledger) -> None:
    answer = desk(with_weeks([900.0, *[1.0] * 7]), ledger, rule=HES).answer(MEAN)
    assert rows(answer) == [("food", 113.4)]


def test_a_mean_is_held_back_when_even_one_person_may_have_changed_places(ledger: Ledger) -> None:
    desk(with_weeks([5.0] * 20), ledger).answer(MEAN)
    answer = desk(with_weeks([25.0, *[5.0] * 19]), ledger, release="r2").answer(MEAN)
    assert rows(answer) == [("food", 5.0)]
    later = desk(with_weeks([25.0, *[5.0] * 29]), ledger, release="r3").answer(MEAN)
    assert rows(later) == [("food", 5.7)]
