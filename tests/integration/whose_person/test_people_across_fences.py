"""One number on two sides of a fence is two people: nothing said on one side is read, or changed, from the other."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Person
from app.runtime import Runtime
from app.services.shown import views
from app.services.systems import sandbox
from app.store import people
from app.store.history import PastEpisode, PastPerson, load
from tests.conftest import Clock
from tests.factories import MadePlace, make_referral
from tests.integration.whose_person.conftest import ReferrerOf
from tests.integration.whose_person.referrer import (
    CONFIDENCES,
    NUMBER,
    OLDER,
    SAM,
    Change,
    Referrer,
    confidences,
    dead,
    nothing_more,
    number_of,
    phones_of,
    reached_at,
    replacing,
    restricted,
)

SIDES = ("live", "tested", "SANDBOX", "SECONDSBX")
CROSSINGS = list(permutations(SIDES, 2))
CHANGES = ("reached-elsewhere", "restricted", "dead", "replaced")
Facts = dict[str, Any]


@pytest.fixture
def sides(referrer_of: ReferrerOf, one: str, other: str) -> tuple[Referrer, Referrer]:
    """Two practices that stand on two sides."""
    return referrer_of(one), referrer_of(other)


@pytest.fixture
def person_of(runtime: Runtime) -> Callable[[Referrer], Person]:
    """The person that a practice has referred, as those who triage for it have them."""

    def read(referrer: Referrer) -> Person:
        with runtime.db.transaction(system("test")) as tx:
            return people.get(tx, UUID(referrer.patient()["id"]), audit="test")

    return read


@pytest.fixture
def facts_of(admin: Engine) -> Callable[[Referrer], Facts]:
    """All that the database holds of that person, sealed or not."""

    def read(referrer: Referrer) -> Facts:
        query = text("select * from person where id = :id")
        with admin.connect() as connection:
            return dict(connection.execute(query, {"id": referrer.patient()["id"]}).mappings().one())

    return read


@pytest.mark.parametrize(("one", "other"), CROSSINGS)
def test_what_one_side_told_is_not_read_on_the_other(
    sides: tuple[Referrer, Referrer], person_of: Callable[[Referrer], Person]
) -> None:
    first, second = sides
    first.refer(confidences)
    second.refer(nothing_more)
    assert first.patient()["id"] != second.patient()["id"]
    found = person_of(second).details
    assert (found.phones, found.address_lines, found.email, found.language) == ((), (), None, None)
    assert not [each for each in CONFIDENCES if each in str(second.patient())]
    assert second.fhir.ask_for("GET", f"Patient/{first.patient()['id']}").status_code == 404


@pytest.mark.parametrize(("one", "other"), CROSSINGS)
@pytest.mark.parametrize(
    "change", [reached_at("07700 900999"), restricted, dead, replacing(OLDER)], ids=CHANGES
)
def test_what_one_side_tells_changes_nobody_on_the_other(
    change: Change, sides: tuple[Referrer, Referrer], facts_of: Callable[[Referrer], Facts], clock: Clock
) -> None:
    first, second = sides
    first.refer(confidences)
    body = second.refer(nothing_more)
    before, read = facts_of(first), first.patient()
    clock.advance(minutes=2)
    second.update(body, change)
    if change is not dead:  # nobody can be referred after death
        second.refer(change, opted_out=True)
    assert facts_of(first) == before
    assert first.patient() == read


@pytest.mark.parametrize(("one", "other"), CROSSINGS)
def test_a_number_replaced_on_one_side_is_still_the_number_of_the_other(
    sides: tuple[Referrer, Referrer], person_of: Callable[[Referrer], Person]
) -> None:
    first, second = sides
    first.refer(confidences, number=OLDER)
    second.refer(nothing_more, number=OLDER)
    second.refer(replacing(OLDER), number=NUMBER)
    first.refer(number=OLDER)
    assert (number_of(first.patient()), number_of(second.patient())) == (OLDER, NUMBER)
    assert person_of(first).details.nhs_number == OLDER


def test_a_practice_under_test_and_a_live_one_of_the_same_team_are_shown_to_it_as_two(
    referrer_of: ReferrerOf, runtime: Runtime, place: MadePlace
) -> None:
    live, tested = referrer_of("live"), referrer_of("tested")
    live.refer(reached_at("07700 900001"))
    tested.refer(reached_at("07700 900002"))
    lines = views.list_referrals(runtime.db, place.link_worker).lines
    seen = [views.get_referral(runtime.db, place.link_worker, line.id) for line in lines]
    assert {each.referral.requester_name: each.person.phones for each in seen} == {
        place.live_practice.name: ("07700 900001",),
        place.practices[0].name: ("07700 900002",),
    }


@pytest.mark.parametrize("names", [("tested", "second"), ("live",), ("SANDBOX",)])
def test_on_one_side_the_same_number_is_the_same_person(
    names: tuple[str, ...], referrer_of: ReferrerOf
) -> None:
    known = [referrer_of(name) for name in (names * 2)[:2]]
    for each in known:
        each.refer()
    assert len({each.patient()["id"] for each in known}) == 1


@pytest.mark.parametrize("beside", ["live", "tested", "SECONDSBX"])
def test_emptying_a_sandbox_empties_nobody_elses_person(
    beside: str, referrer_of: ReferrerOf, runtime: Runtime, facts_of: Callable[[Referrer], Facts]
) -> None:
    emptied, kept = referrer_of("SANDBOX"), referrer_of(beside)
    emptied.refer()
    kept.refer(confidences)
    before, read = facts_of(kept), kept.patient()
    sandbox.reset(runtime.db, sandbox.client_of("SANDBOX"))
    assert emptied.all("Patient") == []
    assert (facts_of(kept), kept.patient()) == (before, read)
    emptied.refer(nothing_more)
    assert phones_of(emptied.patient()) == []


def test_the_database_itself_refuses_a_number_twice_on_one_side(
    referrer_of: ReferrerOf, admin: Engine
) -> None:
    for name in SIDES:
        referrer_of(name).refer()
    indexes = "select count(distinct nhs_number_index), count(*) from person"
    outside = "update person set fence_id = null where fence_id is not null"
    with admin.connect() as connection:
        assert tuple(connection.execute(text(indexes)).one()) == (1, len(SIDES))
        with pytest.raises(Exception, match="uq_person_nhs_number_index_fence_id"):
            connection.execute(text(outside))


def test_people_without_a_confirmed_number_may_be_many_on_one_side(referrer_of: ReferrerOf) -> None:
    live = referrer_of("live")
    live.refer(number=None)
    live.refer(number=None)
    assert len(live.all("Patient")) == 2


def test_a_history_is_loaded_on_the_side_of_those_who_asked(
    runtime: Runtime, place: MadePlace, clock: Clock, referrer_of: ReferrerOf
) -> None:
    tested = make_referral(runtime.db, place, ReferralStatus.RECEIVED).practice
    service = place.services[0]
    episode = PastEpisode(
        requester_id=tested.id,
        team_id=place.team.id,
        service_id=service.id,
        provider_id=service.provider_id,
        need="food",
        received_at=clock.now,
        waited=clock.now - clock.now,
        outcome="better",
        end_reason=None,
        goal=None,
        measures=(),
    )
    details = people.PersonDetails(
        nhs_number=NUMBER, family=SAM.family, birth_date=clock.today.replace(1948, 5, 6), phones=("01",)
    )
    with runtime.db.transaction(system("test")) as tx:
        load(tx, [PastPerson(details, type1_opt_out=False, episodes=(episode,))], audit="test")
        assert people.find_by_nhs_number(tx, NUMBER, fence_id=None, audit="test") is None
        assert people.find_by_nhs_number(tx, NUMBER, fence_id=place.team.id, audit="test") is not None
