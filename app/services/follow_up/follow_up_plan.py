"""Whether somebody is asked how it goes after help has ended, and when; and that they are not, once they say so."""

from __future__ import annotations

from uuid import UUID

from app.domain.follow_up import Ended, FollowUpStatus, due_days, why_not
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Referral
from app.services.incoming.duplicates import cautions_of
from app.services.messages import contact_wishes
from app.store import departures, follow_ups, outcomes, people, place_rules, placements, tasks
from app.store.outcomes import About
from app.store.session import LONDON, Tx
from app.store.tasks import Consent

_ACT = "plan follow-up"
_STOP = "stop follow-up"
SHARE = "share-with-provider"
ENDED = (ReferralStatus.COMPLETED, ReferralStatus.ENDED_EARLY, ReferralStatus.CLOSED)


def plan(tx: Tx, referral: Referral) -> None:
    """Write the follow-ups of a referral that has just ended, none for somebody who must not be asked."""
    if referral.ended_at is None or why_not(facts_of(tx, referral, audit=_ACT)) is not None:
        return
    days = due_days(referral.ended_at.astimezone(LONDON).date(), place_rules.of(tx))
    follow_ups.plan(tx, referral.id, referral.team_id, days, audit=_ACT)


def facts_of(tx: Tx, referral: Referral, *, audit: str) -> Ended:
    """Return what decides whether somebody may be asked; to be looked up as the platform."""
    outcome = outcomes.find_outcome(tx, About(referral.id, referral.person_id), audit=audit)
    return Ended(
        helped=_was_helped(tx, referral, audit),
        outcome=outcome.state if outcome else None,
        end_reason=referral.end_reason,
        deceased=people.get(tx, referral.person_id, audit=audit).deceased,
        consent_withdrawn=tasks.find_consent(tx, referral.id, SHARE) is False,
        asked_not_to=follow_ups.asked_not_to(tx, referral.person_id),
        cautions=cautions_of(tx, referral.id, audit=audit),
        contact_refused=contact_wishes.why_held_back(tx, referral.person_id, None) is not None,
    )


def stop_for_person(
    tx: Tx, person_id: UUID, referral_id: UUID, *, source: str, wording: int | None = None
) -> None:
    """Write that a person wants to be asked no more: what is open of any referral stops.

    `source` is who said so: person, link-worker, practice; `wording` the version of our words that they were shown. It
    holds for referrals to come, too.
    """
    asked_by = tx.actor.user_id if source == "link-worker" else None
    word = Consent(follow_ups.ASK, given=False, source=source, asked_by=asked_by, wording=wording)
    with tx.as_system("follow-up") as system_tx:
        departures.shut(system_tx, person_id)
        tasks.add_consent(system_tx, word, person_id=person_id, referral_id=referral_id, audit=_STOP)
        for each in follow_ups.list_open_of_person(system_tx, person_id, audit=_STOP):
            values = {
                "status": FollowUpStatus.STOPPED,
                "reason": "asked-not-to",
                "settled_by": tx.actor.user_id,
            }
            follow_ups.record(system_tx, each.id, values, audit=_STOP)


def allow_again(
    tx: Tx,
    person_id: UUID,
    referral_id: UUID,
    *,
    source: str = "link-worker",
    wording: int | None = None,
) -> None:
    """Take back a stop: one that was ticked by mistake, or the person's own by the person (source "person")."""
    asked_by = tx.actor.user_id
    word = Consent(follow_ups.ASK, given=True, source=source, asked_by=asked_by, wording=wording)
    with tx.as_system("follow-up") as system_tx:
        tasks.add_consent(system_tx, word, person_id=person_id, referral_id=referral_id, audit=_STOP)


def _was_helped(tx: Tx, referral: Referral, audit: str) -> bool:
    """Help had begun somewhere; or it was completed, which has no reason, by the link worker's own support."""
    found = placements.list_for_referral(tx, referral.id, audit=audit)
    return referral.status in ENDED and (
        referral.end_reason is None or any(each.started_at is not None for each in found)
    )
