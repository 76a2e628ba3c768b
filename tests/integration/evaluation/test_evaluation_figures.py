"""An organisation's evaluation, counted by hand: its own people, each once, small numbers withheld."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from app.domain.access import Actor, system
from app.domain.errors import NotAllowed, NotFound
from app.domain.geography import Area, Located
from app.domain.grants import Grant
from app.domain.pack import Filters, Number
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.evaluation import grants
from app.services.evaluation.pack import evaluation, evaluation_of
from app.store import geography
from tests.factories import MadePlace
from tests.integration.evaluation.conftest import Helped, figure, told

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))
APRIL = datetime(2026, 4, 15, 10, tzinfo=UTC)


@pytest.fixture
def provider(place: MadePlace) -> Actor:
    return place.actor("provider-0")


def test_people_are_counted_by_who_they_are(runtime: Runtime, provider: Actor, helped: Helped) -> None:
    helped(12, person={"birth_date": date(1950, 5, 1), "gender": "female", "ethnicity": "A"})
    helped(16, person={"birth_date": date(1980, 5, 1), "gender": "male", "ethnicity": "H"})
    helped(10, person={"birth_date": None, "gender": None, "ethnicity": None, "postcode": None})
    pack = evaluation(runtime.db, provider, MARCH)
    assert (pack.people, pack.referrals) == (Number(40), Number(40))  # 38, rounded
    assert told(pack, "age") == {"75-84": 10, "45-54": 15, "not-known": 10}
    assert told(pack, "gender") == {"female": 10, "male": 15, "not-known": 10}
    assert told(pack, "ethnicity") == {"A": 10, "H": 15, "not-known": 10}
    assert told(pack, "area") == {"E8": 30, "other-areas": 10}
    assert told(pack, "need") == {"social-connection": 40}
    assert told(pack, "source") == {"practice": 40}
    assert figure(pack, "gender").everybody == Number(
        40
    )  # as on the cover; the lines make 35, and the note says so
    assert "the lines add up to 35, and everybody is 40" in " ".join(figure(pack, "gender").notes)
    shares = {line.code: line.number.percent for line in figure(pack, "gender").lines}
    assert shares == {"female": 28.6, "male": 42.9, "other": 0.0, "not-known": 28.6}


def test_ethnicity_is_told_in_five_groups_where_a_category_is_small(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    for category, people in {"A": 11, "C": 4, "H": 6, "K": 8}.items():
        helped(people, person={"ethnicity": category})
    found = evaluation(runtime.db, provider, MARCH)
    assert told(found, "ethnicity") == {"white": 15, "asian": 15}  # 15 and 14


def test_wards_and_deprivation_come_from_the_places_own_postcodes(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        geography.record_postcodes(
            tx,
            [
                Located("E8 1EA", ward="E05009367", imd_decile=2),
                Located("E9 1AA", ward="E05009368", imd_decile=9),
            ],
        )
        geography.record_areas(tx, [Area("ward:E05009367", name="Dalston")])
    helped(20)
    helped(9, person={"postcode": "E9 1AA"})
    helped(3, person={"postcode": "ZZ9 9ZZ"})
    pack = evaluation(runtime.db, provider, MARCH)
    assert {line.words: line.number.people for line in figure(pack, "area").lines} == {
        "Dalston": 20,
        "Other areas, or not known": 10,  # 9 and 3 together
    }
    # 9 and 3 are withheld; the 20 beside them stays, because both of them stay open
    assert told(pack, "deprivation") == {
        "1": 20,
        "5": None,
        "not-known": None,
        "withheld-together": 10,  # 12
    }


@pytest.mark.parametrize(("people", "printed"), [(9, None), (10, 10)])
def test_nine_people_are_withheld_and_ten_are_told(
    runtime: Runtime, provider: Actor, helped: Helped, people: int, printed: int | None
) -> None:
    helped(people, outcome="worse")
    pack = evaluation(runtime.db, provider, MARCH)
    assert pack.people == Number(printed)
    assert told(pack, "outcome") == {"worse": printed}
    assert not pack.is_empty


def test_another_organisations_people_are_never_counted(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    helped(30, by=1)
    pack = evaluation(runtime.db, provider, MARCH)
    assert pack.is_empty
    assert all(line.number.people == 0 for each in pack.figures for line in each.lines)
    assert not pack.changes


def test_somebody_who_came_twice_counts_once_and_both_referrals_count(
    runtime: Runtime, provider: Actor, helped: Helped, admin: Engine
) -> None:
    helped(12)
    helped(12, outcome="no-change", received_at=APRIL)
    with admin.connect() as connection:  # the second twelve are the first twelve, come back
        people = "(select id, row_number() over (order by created_at, id) as place from person)"
        connection.execute(
            text(
                f"update referral r set person_id = first.id from {people} first, {people} second "  # noqa: S608
                "where r.person_id = second.id and first.place = second.place - 12"
            )
        )
    both = evaluation(runtime.db, provider, Filters())
    assert (both.people, both.referrals) == (Number(10), Number(25))  # 12 and 24
    assert told(both, "outcome") == {"no-change": 10}  # by the newest
    assert told(evaluation(runtime.db, provider, MARCH), "outcome") == {"better": 10}


def test_each_state_at_the_end_is_counted_and_shown(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    for place, state in enumerate(OutcomeState):
        helped(10 + 5 * place, outcome=str(state))
    shown = figure(evaluation(runtime.db, provider, MARCH), "outcome")
    assert [line.number.people for line in shown.lines] == [10, 15, 20, 25, 30, 35, 40]
    assert {line.code for line in shown.lines} == set(OutcomeState)


def test_waits_sessions_and_reasons_are_counted(runtime: Runtime, provider: Actor, helped: Helped) -> None:
    helped(10, waited=timedelta(days=6), sessions=(True, True, False))
    helped(15, waited=timedelta(days=13), sessions=(False,))
    helped(20, waited=timedelta(days=91), end_reason="did-not-engage")
    helped(12, waited=None, end_reason="moved-away")
    pack = evaluation(runtime.db, provider, MARCH)
    assert (pack.people, pack.referrals) == (Number(45), Number(55))
    assert told(pack, "wait") == {"under-1": 10, "1": 15, "13+": 20}
    assert told(pack, "sessions") == {"2-3": 10, "0": 15, "no-register": 20}
    assert told(pack, "standing") == {"completed": 25, "ended-early": 30}
    assert told(pack, "ended-early") == {"did-not-engage": 20, "moved-away": 10}


def test_reasons_are_withheld_with_the_number_that_they_add_up_to(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    helped(4, end_reason="moved-away")
    helped(60)
    pack = evaluation(runtime.db, provider, MARCH)
    assert told(pack, "standing") == {"completed": None, "ended-early": None, "withheld-together": 65}
    assert told(pack, "ended-early") == {"moved-away": None}
    assert figure(pack, "ended-early").everybody == Number(None)


def test_who_does_not_want_to_be_counted_is_not(runtime: Runtime, provider: Actor, helped: Helped) -> None:
    helped(10)
    helped(5, person={"withdrew": True})
    helped(5, person={"national_opt_out": True})
    pack = evaluation(runtime.db, provider, MARCH)
    assert (pack.people, pack.referrals) == (Number(10), Number(10))


def test_filters_by_period_service_and_grant(
    runtime: Runtime, provider: Actor, place: MadePlace, helped: Helped
) -> None:
    helped(10)
    helped(20, received_at=APRIL)
    grant = Grant(
        "A trust", "Company", date(2026, 4, 10), date(2026, 4, 20), service_ids=(place.services[0].id,)
    )
    grant_id = grants.add_grant(runtime.db, provider, grant)

    def referred(**chosen: object) -> int | None:
        return evaluation(runtime.db, provider, Filters(**chosen)).referrals.people  # type: ignore[arg-type]

    assert referred() == 30
    assert referred(since=date(2026, 4, 1)) == 20
    assert referred(until=date(2026, 3, 31)) == 10
    assert referred(service_id=place.services[0].id) == 30
    assert referred(grant_id=grant_id) == 20
    assert referred(grant_id=grant_id, until=date(2026, 3, 31)) == 0
    assert referred(since=date(2026, 4, 16), until=date(2026, 4, 16)) == 20  # whole months only
    words = evaluation(runtime.db, provider, Filters(grant_id=grant_id)).filters_in_words
    assert words[-1] == "Under the grant Company of A trust, from 10 April 2026 to 20 April 2026"


def test_anothers_service_and_grant_are_as_if_they_were_not(
    runtime: Runtime, provider: Actor, place: MadePlace
) -> None:
    theirs = grants.add_grant(
        runtime.db, place.actor("provider-1"), Grant("A trust", "Advice", date(2026, 1, 1))
    )
    for filters in (Filters(service_id=place.services[1].id), Filters(grant_id=theirs)):
        with pytest.raises(NotFound):
            evaluation(runtime.db, provider, filters)


@pytest.mark.parametrize("username", ["link-worker", "practice-0", "steward", "analyst"])
def test_only_a_provider_has_an_evaluation_of_its_own(
    runtime: Runtime, place: MadePlace, username: str
) -> None:
    with pytest.raises(NotAllowed):
        evaluation(runtime.db, place.actor(username), Filters())


def test_the_steward_gets_the_same_for_a_group_that_does_not_sign_in(
    runtime: Runtime, provider: Actor, place: MadePlace, helped: Helped
) -> None:
    helped(14)
    own = evaluation(runtime.db, provider, MARCH)
    assert evaluation_of(runtime.db, place.providers[0].id, MARCH) == own
    with pytest.raises(NotFound):
        evaluation_of(runtime.db, place.team.id, MARCH)
