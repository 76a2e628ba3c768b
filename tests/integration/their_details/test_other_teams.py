"""Two teams that know one person, or one number: what holds for both, and what neither learns of the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.message_templates import Channel
from app.domain.vocabulary import Environment
from app.runtime import Runtime
from app.services.incoming.duplicates import cautions_of
from app.services.messages.held_back import FOLLOW_UP, held_back
from app.services.own import person_links
from app.services.rights import unusual_looks
from app.store import people
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_message, make_referral, send, sender_for
from tests.integration.their_details.conftest import Opened, SignIn, filled_in, open_tasks, path_of, person_of
from tests.integration.their_details.test_who_is_told import leave, write
from tests.integration.web.pages import read_page

SHARED, ABSENT = "4010232137", "4505577104"
OpenPage = Callable[..., Opened]
RING = "Ring Camden team before any contact"


@dataclass
class Two:
    """One person whom two teams know: each team's own referral."""

    here: MadeReferral
    elsewhere: UUID


@pytest.fixture
def real(made: MadeReferral, admin: Engine) -> None:
    """Outside every sandbox, where two teams' practices can name one person."""
    with admin.connect() as connection:
        connection.execute(text("update organisation set environment = 'live'"))


def sent_elsewhere(runtime: Runtime, place: MadePlace, admin: Engine, patient: Patient) -> UUID:
    other = replace(place.other_practice, environment=Environment.LIVE)
    send(
        runtime.db, make_message(other, patient=patient, words="What the other team reads"), sender_for(other)
    )
    with admin.connect() as connection:
        query = text("select id from referral where requester_id = :other")
        return UUID(str(connection.execute(query, {"other": other.id}).scalar_one()))


@pytest.fixture
def two(real: None, runtime: Runtime, place: MadePlace, admin: Engine) -> Two:
    patient = Patient(nhs_number=SHARED, family="Shared", given="Sue", phone="07700 900111")
    here = make_referral(
        runtime.db, place, ReferralStatus.IN_TRIAGE, practice=place.live_practice, patient=patient
    )
    return Two(here, sent_elsewhere(runtime, place, admin, patient))


@pytest.fixture
def put_right_elsewhere(sign_in: SignIn, two: Two) -> Callable[..., TestResponse]:
    """Have the other team put something right."""

    def put_right(**typed: object) -> TestResponse:
        visitor, path = sign_in("other-link-worker"), f"/referrals/{two.elsewhere}/their-details"
        page = read_page(visitor.client.get(path))
        return Opened(visitor, path, MultiDict({**filled_in(page.html).to_dict(flat=False)})).send(**typed)

    return put_right


def may_have_link(runtime: Runtime, two: Two) -> bool:
    with runtime.db.transaction(system("test")) as tx:
        return person_links.may_have(tx, two.here.person_id, two.here.id)


def why_held(runtime: Runtime, two: Two) -> str | None:
    with runtime.db.transaction(system("test")) as tx:
        return held_back(tx, two.here.id, FOLLOW_UP)


def page_of(sign_in: SignIn, path: str) -> str:
    return sign_in("link-worker").client.get(path).text


def test_danger_that_another_team_was_told_stands_beside_the_address_and_stops_what_is_sent_by_itself(
    put_right_elsewhere: Callable[..., TestResponse],
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    two: Two,
) -> None:
    assert may_have_link(runtime, two)
    write(runtime, place, two.here, Channel.TEXT, "07700900111")
    assert put_right_elsewhere(address="9 Refuge House", safe=["danger", "no-letter"]).status_code == 303
    for path in (f"/referrals/{two.here.id}", path_of(two.here)):
        page = page_of(sign_in, path)
        assert "9 Refuge House" in page or path != path_of(two.here)
        assert f"{RING}: contact may put the person in danger." in page
        assert "Do not send letters to the address" in page
        assert "What the other team reads" not in page
    assert not may_have_link(runtime, two)
    assert why_held(runtime, two) == "not-safe"
    assert leave(runtime) == []


def test_who_must_not_hear_is_not_named_to_another_team_but_contact_waits_for_a_call(
    put_right_elsewhere: Callable[..., TestResponse], sign_in: SignIn, runtime: Runtime, two: Two
) -> None:
    put_right_elsewhere(must_not_hear="the husband", why="Confidential to this team")
    page = page_of(sign_in, f"/referrals/{two.here.id}")
    assert f"{RING}: somebody in the home must not hear of it." in page
    assert "husband" not in page
    assert "Confidential" not in page
    assert "it may put them in danger" not in page
    assert not may_have_link(runtime, two)
    assert why_held(runtime, two) == "not-safe"


def test_a_group_is_told_to_go_through_its_team_and_never_which_team_knows_more(
    put_right_elsewhere: Callable[..., TestResponse], runtime: Runtime, place: MadePlace, two: Two
) -> None:
    put_right_elsewhere(must_not_hear="the husband", safe=["no-letter"])
    with runtime.db.transaction(place.link_worker) as tx:
        told = cautions_of(tx, two.here.id, audit="test").for_provider()
    assert told == (
        "Do not contact the person yourself: the link worker team arranges it.",
        "For safe contact: Do not send letters to the address.",
    )


def test_what_the_other_team_takes_away_holds_no_longer(
    put_right_elsewhere: Callable[..., TestResponse], sign_in: SignIn, runtime: Runtime, two: Two
) -> None:
    put_right_elsewhere(safe=["danger"], must_not_hear="the husband")
    put_right_elsewhere(safe=[], must_not_hear="", why="She lives alone now.")
    assert "Camden team" not in page_of(sign_in, f"/referrals/{two.here.id}")
    assert may_have_link(runtime, two)


def test_nothing_but_contact_is_told_and_without_a_rule_not_even_that_another_team_knows_them(
    put_right_elsewhere: Callable[..., TestResponse], sign_in: SignIn, two: Two
) -> None:
    put_right_elsewhere(contact_times="mornings", phones="07700 900333")
    page = page_of(sign_in, f"/referrals/{two.here.id}")
    assert "07700 900333" in page
    assert "mornings" not in page
    assert "Camden team" not in page


def test_danger_told_of_an_ended_request_holds_for_the_next_and_is_lifted_for_both(
    real: None, runtime: Runtime, place: MadePlace, open_page: OpenPage
) -> None:
    live = place.live_practice
    patient = Patient(nhs_number=SHARED, family="Shared", given="Sue")
    before = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE, practice=live, patient=patient)
    open_page(of=before).send(safe=["danger"])
    with runtime.db.transaction(system("test")) as tx:
        query = "update referral set status = 'withdrawn', ended_at = received_at where id = :id"
        tx.session.execute(text(query), {"id": before.id})
    after = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE, practice=live, patient=patient)
    assert after.person_id == before.person_id
    assert not may_have_link(runtime, Two(after, before.id))
    assert open_page(of=after).send(safe=[], why="She lives alone now.").status_code == 303
    assert may_have_link(runtime, Two(after, before.id))
    assert may_have_link(runtime, Two(before, after.id))


@pytest.fixture
def nameless(real: None, runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral of the team, that came without a number."""
    patient = Patient(nhs_number=None, family="Here", given="Hope")
    return make_referral(
        runtime.db, place, ReferralStatus.IN_TRIAGE, practice=place.live_practice, patient=patient
    )


def audited(admin: Engine, act: str) -> list[UUID]:
    with admin.connect() as connection:
        query = text("select person_id from audit_event where act = :act and actor like 'user:%'")
        return [row.person_id for row in connection.execute(query, {"act": act})]


def answer(runtime: Runtime, place: MadePlace, made: MadeReferral, sent: TestResponse) -> tuple[object, ...]:
    held = person_of(runtime, place, made)
    return sent.status_code, sent.location, held.identity_confirmed, sorted(open_tasks(runtime, place))


def test_another_teams_number_is_answered_as_one_that_nobody_has(
    nameless: MadeReferral, open_page: OpenPage, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    theirs = sent_elsewhere(runtime, place, admin, Patient(nhs_number=SHARED, family="Foreign", given="Zed"))
    first = answer(runtime, place, nameless, open_page(of=nameless).send(nhs_number=ABSENT))
    page = open_page(of=nameless)
    assert answer(runtime, place, nameless, page.send(nhs_number=SHARED)) == first
    assert first[:3] == (303, f"/referrals/{nameless.id}", False)
    text_there = page.visitor.client.get(f"/referrals/{nameless.id}").text
    assert "Foreign" not in text_there
    assert "somebody else here" not in text_there
    with admin.connect() as connection:
        owner = connection.execute(
            text("select person_id from referral where id = :id"), {"id": theirs}
        ).scalar_one()
        kinds = connection.execute(
            text("select kind from task where referral_id = :id"), {"id": theirs}
        ).scalars()
        assert "number-written-elsewhere" in list(kinds)
    assert audited(admin, "number of another team's person") == [owner]
    assert audited(admin, "write number that is in doubt") == [nameless.person_id]


def test_it_is_never_confirmed_and_the_number_stays_whose_it_is(
    nameless: MadeReferral, open_page: OpenPage, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    sent_elsewhere(runtime, place, admin, Patient(nhs_number=SHARED, family="Foreign", given="Zed"))
    assert open_page(of=nameless).send(nhs_number=ABSENT, number_is_checked="yes").status_code == 303
    assert person_of(runtime, place, nameless).identity_confirmed
    assert open_page(of=nameless).send(nhs_number=SHARED, number_is_checked="yes").status_code == 303
    held = person_of(runtime, place, nameless)
    assert (held.details.nhs_number, held.identity_confirmed) == (SHARED, False)
    with runtime.db.transaction(system("test")) as tx:
        found = people.find_by_nhs_number(tx, SHARED, fence_id=None, audit="test")
        assert found is not None
        assert found.details.family == "Foreign"
        assert people.find_by_nhs_number(tx, ABSENT, fence_id=None, audit="test") is None


def test_whoever_tries_numbers_is_shown_to_whoever_reviews_looks(
    nameless: MadeReferral,
    open_page: OpenPage,
    runtime: Runtime,
    place: MadePlace,
    admin: Engine,
    clock: Clock,
) -> None:
    sent_elsewhere(runtime, place, admin, Patient(nhs_number=SHARED, family="Foreign", given="Zed"))
    open_page(of=nameless).send(nhs_number=ABSENT)
    assert unusual_looks.note_due(runtime.db)
    assert noticed(admin) == []
    open_page(of=nameless).send(nhs_number=SHARED)
    clock.advance(hours=2)
    assert unusual_looks.note_due(runtime.db)
    assert noticed(admin) == ["numbers-elsewhere"]


def noticed(admin: Engine) -> list[str]:
    with admin.connect() as connection:
        query = text("select kind from look_alert where kind = 'numbers-elsewhere'")
        return list(connection.execute(query).scalars())
