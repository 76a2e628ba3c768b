"""Tells everybody who asked how it ended, each of its own request and in its own way; and some, nothing."""

from __future__ import annotations

from uuid import UUID, uuid4

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.lifecycle import Action, FeedbackStatus, ReferralStatus, Track, decide
from app.domain.referral import Referral
from app.domain.sources import GoesBack
from app.domain.standing import standing
from app.domain.vocabulary import NewsKind, Role
from app.services.feedback.acknowledgement import acknowledge
from app.services.feedback.compose import compose_feedback
from app.services.feedback.outgoing import Composed, clear_the_way, post
from app.services.follow_up import follow_up_plan
from app.store import directory, duplicates, feedback, outcomes, referrals, tasks
from app.store.outcomes import About
from app.store.session import Database, Tx

_ACT = "tell who asked"
_ENDED = (ReferralStatus.COMPLETED, ReferralStatus.ENDED_EARLY)
TELL_PERSON = "tell-person"
WAYS: dict[str, str] = {
    "rang": "I rang them",
    "posted": "I posted the letter",
    "gave": "I gave it to them in person",
    "not-possible": "They could not be told, or it would not be safe",
}


def tell_end(tx: Tx, referral_id: UUID) -> None:
    """Leave word of an end for whoever asked, and for those whose requests were worked together with it."""
    led = referrals.get_for_update(tx, referral_id, audit=_ACT)
    follow_up_plan.plan(tx, led)  # of the one that led alone: nobody is asked twice
    _tell(tx, led)
    for follower_id in duplicates.list_followers(tx, referral_id):
        follower = referrals.get_for_update(tx, follower_id, audit=_ACT)
        if follower.status in _ENDED:
            _copy_end(tx, led, follower)
            _tell(tx, follower)


def _copy_end(tx: Tx, led: Referral, follower: Referral) -> None:
    """Write how it ended beside the other request too: there its requester finds it, and nothing of the one that led.

    A copy and not a pointer: two requesters may look at one outcome only where each has its own.
    """
    theirs, own = About(led.id, led.person_id), About(follower.id, follower.person_id)
    outcome = outcomes.find_outcome(tx, theirs, audit=_ACT)
    if outcome is not None:
        outcomes.add_outcome(tx, own, outcome, audit=_ACT)
    known = outcomes.list_measures(tx, own, audit=_ACT)
    for taken in standing(outcomes.list_measures(tx, theirs, audit=_ACT)):
        if taken not in known:
            outcomes.add_measure(tx, own, taken, audit=_ACT)


def _tell(tx: Tx, referral: Referral) -> None:
    match referral.source.goes_back:
        case GoesBack.TO_REQUESTER:
            compose_feedback(tx, referral.id)
        case GoesBack.TO_PERSON:
            _leave_for_person(tx, referral)
        case GoesBack.NOWHERE:  # nobody is there to say that they have it: the loop ends here
            step = decide(Track.REFERRAL, referral.status, Action.CLOSE, role=tx.actor.role)
            referrals.record(tx, referral.id, step, audit=_ACT)


def _leave_for_person(tx: Tx, referral: Referral) -> None:
    requester = directory.get_organisation(tx, referral.requester_id)
    clear_the_way(tx, referral.id)
    post(tx, referral, requester, Composed(NewsKind.OUTCOME, str(uuid4()), str(uuid4()), "", None))
    tasks.add_task(tx, TELL_PERSON, organisation_id=referral.team_id, referral_id=referral.id)


def person_was_told(db: Database, actor: Actor, referral_id: UUID, *, how: str | None) -> None:
    """Write that the person who asked for themselves was told how it ended, or cannot be: the loop closes.

    Raises Invalid for a way that is not of WAYS, Conflict when somebody else asked or there is nothing to tell.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    if how not in WAYS:
        raise Invalid([FieldProblem("how", "Choose how the person was told.", "required")])
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit="person told")
        told = feedback.list_for_referral(tx, referral_id, audit="person told")
        if referral.source.goes_back is not GoesBack.TO_PERSON or referral.status not in _ENDED or not told:
            raise Conflict("There is nothing to tell the person of this referral just now.")
        with tx.as_system("person told") as system_tx:
            if told[-1].status != FeedbackStatus.ACKNOWLEDGED:
                acknowledge(system_tx, told[-1], how=f"person:{how}")
            tasks.record_done_for_referral(system_tx, referral_id, (TELL_PERSON,), audit="person told")
