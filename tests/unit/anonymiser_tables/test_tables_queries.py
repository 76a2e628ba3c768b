"""A question is read strictly, refused with every problem at once, and is the same however it is put."""

import pytest

from anonymiser.tables.queries import Allowed, Query, QueryRefused, read_query

ALLOWED = Allowed(
    columns={
        "need": frozenset({"food", "debt"}),
        "sex": frozenset({"F", "M"}),
        "month": frozenset({"2026-01"}),
    },
    numbers=frozenset({"weeks"}),
    most_dimensions=2,
)


def test_a_question_is_read() -> None:
    asked = {"dimensions": ["need"], "filters": {"sex": ["F"]}, "measure": {"mean": "weeks"}}
    assert read_query(asked, ALLOWED) == Query(("need",), {"sex": ("F",)}, "weeks")


def test_by_default_all_people_are_counted() -> None:
    assert read_query({}, ALLOWED) == Query()


def test_every_problem_is_told_at_once_and_where_it_is() -> None:
    asked = {
        "dimensions": ["need", "need", "postcode"],
        "filters": {"nhs_number": ["1"], "sex": ["Q"], "need": []},
        "measure": {"mean": "salary"},
        "order": "people",
    }
    with pytest.raises(QueryRefused) as refused:
        read_query(asked, ALLOWED)
    assert refused.value.problems == (
        "'order' is no part of a question.",
        "dimensions: 'postcode' may not be asked for; allowed are month, need, sex.",
        "dimensions: name each column once.",
        "dimensions: at most 2 at once.",
        "filters: 'nhs_number' may not be asked for; allowed are month, need, sex.",
        "filters: sex has values that its list does not know.",
        "filters: give need a list of at least one value.",
        "measure: a mean may be taken of weeks.",
    )


@pytest.mark.parametrize(
    "asked",
    [
        None,
        [],
        "need",
        {"dimensions": "need"},
        {"dimensions": [1]},
        {"dimensions": [["need"]]},
        {"filters": ["sex"]},
        {"filters": {"sex": "F"}},
        {"filters": {"sex": [None]}},
        {"measure": "max"},
        {"measure": {"max": "weeks"}},
        {"measure": {"mean": ["weeks"]}},
        {"dimensions": ['need" FROM x; --']},
    ],
)
def test_a_question_of_another_shape_is_refused(asked: object) -> None:
    with pytest.raises(QueryRefused):
        read_query(asked, ALLOWED)


def test_a_filter_that_lets_everybody_in_is_none() -> None:
    assert read_query({"filters": {"sex": ["M", "F"]}}, ALLOWED) == read_query({}, ALLOWED)


def test_the_order_of_a_filters_values_makes_no_other_question() -> None:
    one = Query(("need",), {"sex": ("F", "M"), "need": ("food",)})
    assert one.identity == Query(("need",), {"need": ("food",), "sex": ("M", "F", "F")}).identity
    assert Query.from_identity(one.identity).identity == one.identity
