"""The practice's acknowledgement, matched to the message it answers: the one thing that closes a referral."""

from __future__ import annotations

from uuid import UUID

from app.domain.errors import NotFound
from app.domain.lifecycle import Action, FeedbackStatus, ReferralStatus, Track, decide
from app.domain.referral import Feedback, Referral
from app.domain.vocabulary import NewsKind
from app.services.feedback.outgoing import fail, settle
from app.store import feedback, referrals, tasks
from app.store.session import Tx

_ACT = "receive acknowledgement"
_CLOSABLE = (ReferralStatus.COMPLETED, ReferralStatus.ENDED_EARLY)


def record(tx: Tx, *, answers: str, code: str, practice_id: UUID, how: str) -> UUID:
    """Write the acknowledgement and close the referral; return the referral's id.

    `code` is MessageHeader.response.code; `how` says by which door it came. Raises NotFound when no message
    of ours to this practice is answered: another practice's message is as absent as an unknown one.
    """
    found, referral = _told(tx, answers, practice_id)
    if code != "ok":
        _refused(tx, found, code, team_id=referral.team_id)
    elif found.status != FeedbackStatus.ACKNOWLEDGED:  # said before: saying it again is harmless
        acknowledge(tx, found, how=how)
    return referral.id


def record_arrival(tx: Tx, *, answers: str, practice_id: UUID) -> UUID:
    """Write that the practice's system has the news, which nobody there has filed yet; return the referral's id.

    Raises NotFound as `record` does. What is known to be further on, or to have failed, stays as it is.
    """
    found, referral = _told(tx, answers, practice_id)
    if found.status == FeedbackStatus.SENT:
        with tx.as_system("loop") as system_tx:
            step = decide(found.track, found.status, Action.DELIVER, role=system_tx.actor.role)
            feedback.record(system_tx, found.id, step, audit=_ACT)
    return referral.id


def _told(tx: Tx, answers: str, practice_id: UUID) -> tuple[Feedback, Referral]:
    found = feedback.find_for_update_by_message(tx, answers, audit=_ACT)
    referral = referrals.get_for_update(tx, found.referral_id, audit=_ACT) if found else None
    if found is None or referral is None or referral.requester_id != practice_id:
        raise NotFound("No message of ours to your practice has this identifier.")
    return found, referral


def acknowledge(tx: Tx, found: Feedback, *, how: str) -> None:
    """Write that the practice has the news; that of the newest outcome closes a referral that was not reopened.

    The answer to a word on the way closes nothing.
    """
    step = decide(found.track, found.status, Action.ACKNOWLEDGE, role=tx.actor.role)
    feedback.record(tx, found.id, step, audit=_ACT, how=how)
    with tx.as_system("loop") as system_tx:
        settle(system_tx, found)
        if found.kind is NewsKind.OUTCOME:
            _close(system_tx, found)


def _close(tx: Tx, found: Feedback) -> None:
    newest = feedback.list_for_referral(tx, found.referral_id, audit=_ACT)[-1]
    referral = referrals.get_for_update(tx, found.referral_id, audit=_ACT)
    if newest.id == found.id and referral.status in _CLOSABLE:
        close = decide(Track.REFERRAL, referral.status, Action.CLOSE, role=tx.actor.role)
        referrals.record(tx, referral.id, close, audit=_ACT)


def _refused(tx: Tx, found: Feedback, code: str, *, team_id: UUID) -> None:
    """The practice's system could not file it: a person must tell the GP another way, and the loop stays open."""
    if found.status in (FeedbackStatus.FAILED, FeedbackStatus.SUPERSEDED):
        return
    with tx.as_system("loop") as system_tx:
        if (
            found.status == FeedbackStatus.ACKNOWLEDGED
        ):  # filed first and refused later: only people can tell which
            kind = "refused-after-filing"
            tasks.add_task(system_tx, kind, organisation_id=team_id, referral_id=found.referral_id)
        else:
            fail(system_tx, found, f"practice-{code}", team_id=team_id)
