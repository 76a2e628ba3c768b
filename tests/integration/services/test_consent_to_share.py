"""A person's no to sharing: what is taken back, what goes on, and who may write it down."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.access import Actor
from app.domain.disclosure import Disclosure
from app.domain.errors import Conflict, NotAllowed, NotFound
from app.domain.lifecycle import ReferralStatus
from app.services.caring import triage
from app.services.helping import delivery
from app.services.rights import consent
from app.services.shown import views
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral


@pytest.fixture
def active(database: Database, place: MadePlace, clock: Clock) -> MadeReferral:
    """Offered to the first provider a while ago; the second is asked next."""
    made = make_referral(database, place, ReferralStatus.ACTIVE, services=(0, 1))
    clock.advance(minutes=5)
    return made


def _pause(database: Database, provider: Actor, placement_id: UUID) -> None:
    delivery.pause(database, provider, placement_id, reason="other")


def take_to(database: Database, place: MadePlace, made: MadeReferral, status: str) -> None:
    """Let the first provider answer."""
    provider = place.actor("provider-0")
    steps = {
        "offered": (),
        "opened": (delivery.open_offer,),
        "waitlisted": (delivery.waitlist,),
        "accepted": (delivery.accept,),
        "started": (delivery.accept, delivery.start),
        "paused before help": (delivery.accept, _pause),
        "paused": (delivery.accept, delivery.start, _pause),
    }
    for step in steps[status]:
        step(database, provider, made.placement_id)


@pytest.mark.parametrize("status", ["offered", "opened", "waitlisted", "accepted", "paused before help"])
def test_no_takes_back_what_has_not_started_and_asks_nobody_else(
    database: Database, place: MadePlace, active: MadeReferral, status: str
) -> None:
    take_to(database, place, active, status)
    provider = place.actor("provider-0")
    assert views.get_placement(database, provider, active.placement_id).person.name
    consent.record(database, place.link_worker, active.id, given=False)
    found = views.get_referral(database, place.link_worker, active.id)
    assert (found.referral.status, found.consent_to_share, found.plan) == ("in-triage", False, ())
    assert [(each.status, each.reason) for each in found.placements] == [("withdrawn", "consent-withdrawn")]
    assert views.get_placement(database, provider, active.placement_id).person == Disclosure()
    assert views.list_placements(database, provider).lines[0].person_name is None


@pytest.mark.parametrize("status", ["started", "paused"])
def test_no_does_not_stop_help_that_has_started(
    database: Database, place: MadePlace, active: MadeReferral, status: str
) -> None:
    take_to(database, place, active, status)
    second = triage.offer(database, place.link_worker, active.id, [place.services[1].id])
    consent.record(database, place.link_worker, active.id, given=False)
    found = views.get_referral(database, place.link_worker, active.id)
    assert found.referral.status == "active"
    assert {each.id: each.status for each in found.placements} == {
        active.placement_id: status,
        second: "withdrawn",
    }


def test_nobody_is_asked_after_a_no_until_there_is_a_yes(
    database: Database, place: MadePlace, active: MadeReferral, clock: Clock
) -> None:
    worker, services = place.link_worker, [place.services[1].id]
    consent.record(database, worker, active.id, given=False)
    with pytest.raises(Conflict, match="does not agree"):
        triage.offer(database, worker, active.id, services)
    clock.advance(minutes=5)
    consent.record(database, worker, active.id, given=True)
    triage.offer(database, worker, active.id, services)
    assert views.get_referral(database, worker, active.id).consent_to_share is True


@pytest.mark.parametrize("at", [ReferralStatus.RECEIVED, ReferralStatus.IN_TRIAGE])
def test_no_before_anybody_was_asked_is_only_written_down(
    database: Database, place: MadePlace, clock: Clock, at: ReferralStatus
) -> None:
    made = make_referral(database, place, at)
    clock.advance(minutes=5)
    consent.record(database, place.link_worker, made.id, given=False)
    found = views.get_referral(database, place.link_worker, made.id)
    assert (found.referral.status, found.consent_to_share) == (at, False)


@pytest.mark.parametrize(
    ("username", "refusal"),
    [
        ("provider-0", NotAllowed),
        ("practice-0", NotAllowed),
        ("steward", NotAllowed),
        ("other-link-worker", NotFound),
    ],
)
def test_only_the_persons_own_team_writes_it_down(
    database: Database, place: MadePlace, active: MadeReferral, username: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        consent.record(database, place.actor(username), active.id, given=False)
    assert views.get_referral(database, place.link_worker, active.id).consent_to_share is True


def test_every_word_is_kept_with_who_told_it_and_audited(
    database: Database, place: MadePlace, active: MadeReferral, admin: Engine, clock: Clock
) -> None:
    for given in (False, True):
        consent.record(database, place.link_worker, active.id, given=given)
        clock.advance(minutes=5)
    kept = text("select given, source from consent order by recorded_at")
    noted = text("select count(*) from audit_event where act = 'record consent' and subject = 'consent'")
    with admin.connect() as connection:
        assert connection.execute(kept).all() == [
            (True, "message"),
            (False, "link-worker"),
            (True, "link-worker"),
        ]
        assert connection.scalar(noted) == 2
