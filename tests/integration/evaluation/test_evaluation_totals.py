"""One population has one number: the cover, every table of the same people, and the lines that they stand in."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from io import StringIO

import pytest

from app.domain.access import Actor
from app.domain.pack import Filters, Number
from app.runtime import Runtime
from app.services.evaluation.pack import evaluation
from app.store.history import PastDecline
from tests.factories import MadePlace
from tests.integration.evaluation.conftest import Helped, figure, told
from tests.integration.web.conftest import Visitor

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))
OF_THE_HELPED = ("area", "age", "gender", "ethnicity", "deprivation", "source", "wait", "sessions")
ROUNDED = "Each number is rounded to 5 by itself: the lines add up to"


@pytest.fixture
def provider(place: MadePlace) -> Actor:
    return place.actor("provider-0")


@pytest.fixture
def uneven(helped: Helped) -> None:
    """38 people: 12 and 16 and 10, which are 10 and 15 and 10 where each is rounded."""
    helped(12, person={"gender": "female"}, outcome="better")
    helped(16, person={"gender": "male"}, outcome="no-change")
    helped(10, person={"gender": None}, outcome="worse", end_reason="moved-away")


@pytest.mark.usefixtures("uneven")
def test_every_table_of_the_people_for_whom_help_began_has_the_number_of_the_cover(
    runtime: Runtime, provider: Actor
) -> None:
    pack = evaluation(runtime.db, provider, MARCH)
    assert pack.people == Number(40)
    assert {key: figure(pack, key).everybody.people for key in OF_THE_HELPED} == dict.fromkeys(
        OF_THE_HELPED, 40
    )


@pytest.mark.usefixtures("uneven")
def test_those_who_ended_are_as_many_in_both_tables(runtime: Runtime, provider: Actor) -> None:
    pack = evaluation(runtime.db, provider, MARCH)
    standing = told(pack, "standing")
    assert standing == {"completed": 30, "ended-early": 10}
    assert told(pack, "outcome") == {"better": 10, "no-change": 15, "worse": 10}
    assert figure(pack, "outcome").everybody.people == 40
    assert figure(pack, "ended-early").everybody.people == standing["ended-early"]


def test_where_a_line_is_withheld_those_who_ended_tell_nothing_more_of_it(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    helped(33, outcome="better")
    helped(33, outcome="worse")
    helped(2, outcome="worse", end_reason="moved-away")
    pack = evaluation(runtime.db, provider, MARCH)
    assert told(pack, "standing")["ended-early"] is None
    assert told(pack, "outcome") == {"better": 35, "worse": 35}
    assert figure(pack, "outcome").everybody == Number(70)  # what its own lines add up to


def test_where_one_of_two_lines_is_withheld_those_who_ended_are_what_their_own_lines_add_up_to(
    runtime: Runtime, place: MadePlace, provider: Actor, helped: Helped
) -> None:
    helped(23, outcome="better")
    helped(17, outcome="worse")
    helped(4, outcome="worse", end_reason="moved-away")
    helped(12, by=1, declined=(PastDecline(place.services[0].id, place.providers[0].id, "22"),))
    pack = evaluation(runtime.db, provider, MARCH)
    standing = told(pack, "standing")
    assert (standing["completed"], standing["ended-early"]) == (40, None)
    assert told(pack, "outcome") == {"better": 25, "worse": 20}
    assert figure(pack, "outcome").everybody == Number(45)


def test_people_who_are_counted_nowhere_else_are_what_their_own_lines_add_up_to(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    for count, value in ((12, 5), (16, 4), (10, 3)):
        helped(count, measures=(("service-experience", "after", {"help": value}),))
    found = figure(evaluation(runtime.db, provider, MARCH), "service-experience.help")
    assert sorted(line.number.people or 0 for line in found.lines)[-3:] == [10, 10, 15]
    assert found.everybody == Number(35)
    assert ROUNDED not in " ".join(found.notes)


def test_a_table_whose_lines_make_its_last_line_has_no_word_of_rounding(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    helped(20, person={"gender": "female"})
    helped(15, person={"gender": "male"})
    assert ROUNDED not in " ".join(figure(evaluation(runtime.db, provider, MARCH), "gender").notes)


@pytest.mark.usefixtures("uneven")
def test_the_page_and_the_file_say_the_same_total_and_why_lines_differ(
    sign_in: Callable[[str], Visitor],
) -> None:
    visitor = sign_in("provider-0")
    period = "since=2026-03-01&until=2026-03-31"
    page = visitor.get(f"/evaluation?{period}").text
    file = visitor.client.get(f"/evaluation.csv?{period}").data.decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(file)))
    gender = [row for row in rows if row["figure"] == "gender"]
    assert [(row["people"], row["words"]) for row in gender if row["line"] == "everybody"] == [
        ("40", "Everybody")
    ]
    assert f"{ROUNDED} 35, and everybody is 40. Shares are of the lines." in gender[0]["note"]
    assert f"{ROUNDED} 35, and everybody is 40. Shares are of the lines." in page
