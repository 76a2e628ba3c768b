"""A restricted person's whereabouts stand on none of the later pages either: lists to ring, letters, papers, links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.cautions import Cautions
from app.domain.hand_overs import Cover
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings, ownership
from app.services.caring.endings import Ending
from app.services.follow_up import check_in_asking, follow_up_asking, follow_ups
from app.services.follow_up.follow_up_asking import House
from app.services.helping import delivery
from app.store import cautions, check_ins
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor, sign_in
from tests.security.planted import text_in

__all__ = ["sign_in"]
SignIn = Callable[[str], Visitor]
PHONE, STREET, NOTHING = "07700 900461", "Cardamom", ""
SECRETS = (PHONE, PHONE.replace(" ", ""), STREET, "E8 1EA")
BY_HAND = House(has_mail=False, help_phone="020 7946 0001")


@dataclass(frozen=True)
class Cases:
    """People of one address and number: one waits, one is helped, two had help that has ended."""

    waits: MadeReferral
    helped: MadeReferral
    closed: MadeReferral
    ended: MadeReferral


@pytest.fixture
def cases(runtime: Runtime, place: MadePlace) -> Cases:
    db, provider = runtime.db, place.actor("provider-0")
    waits, closed = (make_referral(db, place, at) for at in (ReferralStatus.WAITING, ReferralStatus.CLOSED))
    helped, ended = make_referral(db, place), make_referral(db, place)
    for each in (helped, ended):
        delivery.accept(db, provider, each.placement_id)
    delivery.start(db, provider, ended.placement_id)
    not_known = Ending(Outcome(OutcomeState.NOT_KNOWN, "", ""), reason="moved-away")
    endings.end_early(db, place.link_worker, ended.id, not_known)
    ownership.hand_over(db, place.link_worker, helped.id, None, cover=Cover("Ring on Mondays."))
    return Cases(waits, helped, closed, ended)


def read(visitor: Visitor, path: str) -> str:
    """What a person can read there, be it a page or a letter."""
    answer = visitor.client.get(path)
    assert answer.status_code == 200, path
    return text_in(answer.data, answer.content_type or "")


def restrict(admin: Engine) -> None:
    with admin.begin() as connection:
        connection.execute(text("update person set restricted = true"))


def check_that_all_hide(visitor: Visitor, pages: dict[str, str], admin: Engine) -> None:
    """Each page tells this of anybody else, and nothing secret of who is restricted."""
    assert [path for path, told in pages.items() if told not in read(visitor, path)] == []
    restrict(admin)
    found = {path: [each for each in SECRETS if each in read(visitor, path)] for path in pages}
    assert {path: secrets for path, secrets in found.items() if secrets} == {}


def test_pages_and_papers_of_the_team_hide_where_they_are(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, cases: Cases, admin: Engine
) -> None:
    waits, helped, closed, ended = (
        f"/referrals/{each.id}" for each in (cases.waits, cases.helped, cases.closed, cases.ended)
    )
    pages = {
        f"{waits}/waiting/{cases.waits.placement_id}/letter": STREET,
        f"{waits}/waiting/{cases.waits.placement_id}": NOTHING,
        f"{closed}/paper": NOTHING,
        f"{helped}/their-details": STREET,
        f"{helped}/own-page": NOTHING,
        f"{helped}/record": NOTHING,
        f"{helped}/record.json": STREET,
        f"{helped}/record.fhir.json": STREET,
        f"{helped}/hand-over": NOTHING,
        ended: NOTHING,
        "/referrals": NOTHING,
        "/tasks": NOTHING,
    }
    check_that_all_hide(sign_in("link-worker"), pages, admin)


def test_lists_of_whom_to_ring_hide_the_number(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, cases: Cases, clock: Clock, admin: Engine
) -> None:
    db = runtime.db
    check_in_asking.plan_new(db)
    with db.transaction(place.link_worker) as tx:
        check_in = check_ins.list_for_referral(tx, cases.helped.id, audit="test")[0]
    clock.set(check_in.due_on)
    for due in check_in_asking.due(db):
        check_in_asking.take_step(db, due, BY_HAND)
    ringing = sign_in("link-worker")
    check_that_all_hide(ringing, {"/check-ins": PHONE, f"/check-ins/{check_in.id}": NOTHING}, admin)


def test_askings_of_later_hide_the_number_and_the_address(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, cases: Cases, clock: Clock, admin: Engine
) -> None:
    db = runtime.db
    with db.transaction(system("test")) as tx:  # who needs an interpreter is rung
        cautions.record(tx, cases.closed.id, Cautions(interpreter=True), audit="test")
    later = follow_ups.list_of_referral(db, place.link_worker, cases.closed.id)[0]
    clock.set(later.due_on)
    for due in follow_up_asking.due(db):
        follow_up_asking.take_step(db, due, BY_HAND)
    page = f"/follow-ups/{later.id}"
    check_that_all_hide(
        sign_in("link-worker"), {"/follow-ups": PHONE, page: PHONE, f"{page}/letter": STREET}, admin
    )


def test_pages_of_the_group_hide_the_number(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, cases: Cases, admin: Engine
) -> None:
    pages = {
        f"/offers/{cases.helped.placement_id}": PHONE,
        f"/offers/{cases.ended.placement_id}/late-outcome": NOTHING,
        f"/waiting/{cases.waits.placement_id}/contact": NOTHING,
        "/waiting": NOTHING,
        "/offers": NOTHING,
    }
    check_that_all_hide(sign_in("provider-0"), pages, admin)
