"""Behind each line stand the referrals that it counts, as far as the organisation is told whose they are."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, text

from app.domain.access import Actor
from app.domain.errors import NotAllowed, NotFound
from app.domain.pack import Filters
from app.runtime import Runtime
from app.services.evaluation.pack import evaluation
from app.services.evaluation.pack_rows import PAGE, list_rows
from tests.factories import MadePlace
from tests.integration.evaluation.conftest import Helped, figure

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))
LISTED = ("age", "need", "standing", "wait", "wait-from-referral", "sessions", "ended-early", "outcome")
LOOKED = "from audit_event where act = 'list people behind a figure'"
UNLISTED = ("area", "gender", "ethnicity", "deprivation", "source")


@pytest.fixture
def provider(place: MadePlace) -> Actor:
    return place.actor("provider-0")


def test_each_list_is_as_long_as_what_its_line_counts(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    helped(10, sessions=(True,), person={"birth_date": date(1990, 1, 1)})
    helped(15, waited=timedelta(days=40), outcome="worse", end_reason="moved-away")
    helped(30, by=1)
    pack = evaluation(runtime.db, provider, MARCH)
    for key in LISTED:
        lines = [line for line in figure(pack, key).lines if line.number.people and not line.is_apart]
        assert lines, key
        for line in lines:
            found = list_rows(runtime.db, provider, MARCH, figure=key, line=line.code)
            assert found.page.total == line.number.people, (key, line.code)
            assert found.line == line.words


@pytest.mark.parametrize("key", UNLISTED)
def test_what_an_organisation_is_not_told_of_one_person_is_not_listed(
    runtime: Runtime, provider: Actor, helped: Helped, key: str
) -> None:
    helped(12)
    line = next(each for each in figure(evaluation(runtime.db, provider, MARCH), key).lines)
    found = list_rows(runtime.db, provider, MARCH, figure=key, line=line.code)
    assert not found.is_listed
    assert not found.page.lines
    assert found.page.total == 0


def test_nobody_who_was_not_helped_is_named(
    runtime: Runtime, provider: Actor, helped: Helped, admin: Engine
) -> None:
    helped(3)
    helped(2)
    with admin.connect() as connection:
        connection.execute(
            text(
                "update placement set status = 'declined', reason = '22'"
                " where id in (select id from placement order by id limit 2)"
            )
        )
    said_no = list_rows(runtime.db, provider, MARCH, figure="standing", line="declined")
    assert [row.person_name for row in said_no.page.lines] == [None, None]
    by_need = list_rows(runtime.db, provider, MARCH, figure="need", line="social-connection")
    assert [row.person_name for row in by_need.page.lines] == ["Person Invented"] * 3
    assert any("did not help" in sentence for sentence in by_need.why)


def test_each_person_who_is_listed_stands_in_the_audit_and_nobody_else(
    runtime: Runtime, provider: Actor, helped: Helped, admin: Engine
) -> None:
    helped(PAGE + 5)
    found = list_rows(runtime.db, provider, MARCH, figure="outcome", line="better", page=2)
    assert (found.page.total, len(found.page.lines)) == (PAGE + 5, 5)
    with admin.connect() as connection:
        people = connection.execute(
            text(f"select count(distinct person_id) {LOOKED} and person_id is not null")
        ).scalar_one()
        asked = connection.execute(text(f"select detail {LOOKED} and person_id is null")).scalar_one()
    assert people == 5
    assert asked == {"figure": "outcome", "line": "better", "listed": 5}


def test_a_change_lists_whose_answers_the_organisation_wrote_down(
    runtime: Runtime, provider: Actor, helped: Helped, admin: Engine
) -> None:
    answers = (("ons4", "before", {"happy": 3}), ("ons4", "after", {"happy": 6}))
    helped(12, goal=(2, 6), measures=answers)
    with admin.connect() as connection:  # the link worker asked four of them, for the whole referral
        connection.execute(
            text(
                "update measure_response set placement_id = null"
                " where referral_id in (select referral_id from placement order by referral_id limit 4)"
            )
        )
    (found,) = [each for each in evaluation(runtime.db, provider, MARCH).changes if each.key == "ons4.happy"]
    assert found.better.people == 10  # 12
    listed = list_rows(runtime.db, provider, MARCH, figure="change:ons4.happy:after", line="better")
    assert listed.page.total == 8
    assert any("not listed" in sentence for sentence in listed.why)
    goals = list_rows(runtime.db, provider, MARCH, figure="change:goal:after", line="better")
    assert goals.page.total == 12
    assert not list_rows(runtime.db, provider, MARCH, figure="change:goal:after", line="worse").page.total


@pytest.mark.parametrize("said", ["withdrew", "national_opt_out"])
def test_a_list_does_not_tell_who_does_not_want_to_be_counted(
    runtime: Runtime, provider: Actor, helped: Helped, said: str
) -> None:
    """Somebody who were missing from it, and whose help is known to have ended, would be told of."""
    helped(12, goal=(2, 6))
    helped(3, goal=(2, 6), person={said: True, "given": ("Uncounted",)})
    pack = evaluation(runtime.db, provider, MARCH)
    assert pack.people.people == 10  # 12
    for key, line in (("outcome", "better"), ("standing", "completed"), ("change:goal:after", "better")):
        found = list_rows(runtime.db, provider, MARCH, figure=key, line=line)
        assert found.page.total == 15, key
        assert sum(row.person_name == "Uncounted Invented" for row in found.page.lines) == 3
        assert any("do not want to be counted" in sentence for sentence in found.why)


def test_a_line_that_is_not_there_is_not_found(runtime: Runtime, provider: Actor, helped: Helped) -> None:
    helped(12)
    for key, line in (("outcome", "nonsense"), ("nonsense", "better"), ("change:goal:after", "sideways")):
        with pytest.raises(NotFound):
            list_rows(runtime.db, provider, MARCH, figure=key, line=line)


def test_another_organisation_lists_nobody(
    runtime: Runtime, provider: Actor, place: MadePlace, helped: Helped
) -> None:
    helped(12)
    others = list_rows(runtime.db, place.actor("provider-1"), MARCH, figure="outcome", line="better")
    assert others.page.total == 0
    with pytest.raises(NotAllowed):
        list_rows(runtime.db, place.link_worker, MARCH, figure="outcome", line="better")
