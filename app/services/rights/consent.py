"""What the person says about being told of to providers: a no stops whatever has not started yet."""

from __future__ import annotations

from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.consent_wordings import Kind
from app.domain.errors import Conflict
from app.domain.follow_up import add_months
from app.domain.lifecycle import OPEN_PLACEMENT, OPEN_REFERRAL, Action, Track, decide
from app.domain.referral import Placement, Referral
from app.domain.vocabulary import Role
from app.services.caring.triage import back_to_triage_if_nothing_open
from app.services.rights import consent_wordings, stop_notices
from app.store import departures, duplicates, placements, referrals, tasks
from app.store.session import Database, Tx
from app.store.tasks import Consent

_ACT = "record consent"


def record(
    db: Database,
    actor: Actor,
    referral_id: UUID,
    *,
    given: bool,
    wording: int | None = None,
    months: int | None = None,
) -> None:
    """Write whether the person agrees that providers are told about them; the newest word counts.

    On a no, offers and placements that have not started are withdrawn, nobody else is asked, and the referral
    returns to triage when nothing else is open. Help that has started goes on: to end it is a step of its own.
    `wording` is the version of our words that was read to them; `months` is for how long they said that a yes counts.
    Raises Conflict when the referral has ended, Invalid (field "given") when the words are others today.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        if referral.status not in OPEN_REFERRAL:
            raise Conflict("This referral has ended: nobody is asked any more.")
        read = consent_wordings.shown(tx, Kind.SHARE, wording, field="given")
        consent = Consent(
            Kind.SHARE,
            given=given,
            source="link-worker",
            asked_by=actor.user_id,
            wording=read,
            expires_on=add_months(tx.today, months) if months else None,
        )
        tasks.add_consent(tx, consent, person_id=referral.person_id, referral_id=referral_id, audit=_ACT)
        if not given:
            _stop(tx, referral_id)
            _stop_leading(tx, referral_id, consent)


def record_own(tx: Tx, referral: Referral, *, given: bool, wording: int | None = None) -> None:
    """Write what the person says on their own page; a no stops as the link worker's does. As the platform.

    Raises Conflict when the referral has ended, Invalid (field "answer") when our words are others today.
    """
    if referral.status not in OPEN_REFERRAL:
        raise Conflict("This has ended, so nobody new is asked.")
    shown = consent_wordings.shown(tx, Kind.SHARE, wording, field="answer")
    consent = Consent(Kind.SHARE, given=given, source="person", wording=shown)
    tasks.add_consent(tx, consent, person_id=referral.person_id, referral_id=referral.id, audit=_ACT)
    if not given:
        _stop(tx, referral.id)
        _stop_leading(tx, referral.id, consent)


def record_refusal_told(tx: Tx, referral: Referral) -> bool:
    """Write that the requester's message says no; False when that is the newest word already.

    A no stops as the link worker's does. A message's yes is never written over a no: who talked to the person knows.
    """
    if tasks.find_consent(tx, referral.id, "share-with-provider") is False:
        return False
    consent = Consent("share-with-provider", given=False, source="message")
    tasks.add_consent(tx, consent, person_id=referral.person_id, referral_id=referral.id, audit=_ACT)
    _stop(tx, referral.id)
    _stop_leading(tx, referral.id, consent)
    return True


def would_stop(placement: Placement) -> bool:
    """Tell whether a no takes a placement back: its provider was asked, and help has not begun."""
    return placement.status in OPEN_PLACEMENT and placement.started_at is None


def helps_now(placement: Placement) -> bool:
    """Tell whether help has begun and goes on, which a no does not end by itself."""
    return placement.status in OPEN_PLACEMENT and placement.started_at is not None


def _stop_leading(tx: Tx, referral_id: UUID, consent: Consent) -> None:
    """A no is the person's, whichever of their requests it was said of: what is done for both stops too."""
    leader_id = duplicates.find_leader(tx, referral_id)
    if leader_id is not None:
        leader = referrals.get_for_update(tx, leader_id, audit=_ACT)
        tasks.add_consent(tx, consent, person_id=leader.person_id, referral_id=leader_id, audit=_ACT)
        _stop(tx, leader_id)


def _stop(tx: Tx, referral_id: UUID) -> None:
    referral = referrals.get(tx, referral_id, audit=_ACT)
    departures.shut(
        tx, referral.person_id
    )  # what is leaving at this moment has left, and is stopped by a notice
    placements.record_plan(tx, referral_id, [])
    found = placements.list_for_referral(tx, referral_id, audit=_ACT)
    stopped = [each for each in found if would_stop(each)]
    for placement in stopped:
        step = decide(
            Track.PLACEMENT,
            placement.status,
            Action.WITHDRAW,
            role=tx.actor.role,
            reason="consent-withdrawn",
        )
        placements.record(tx, placement.id, step, audit=_ACT)
    stop_notices.tell(tx, referral, stopped, helping=[each for each in found if helps_now(each)])
    if stopped:
        back_to_triage_if_nothing_open(tx, referral_id)
