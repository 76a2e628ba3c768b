"""The question back: a provider asks before it answers, and its clock stands still until the link worker replied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.disclosure import NOTHING, PROFILES
from app.domain.lifecycle import Action, PlacementStatus, ReferralStatus, Track, decide
from app.domain.place import PlaceRules
from app.domain.questions import LONGEST_ANSWER, LONGEST_QUESTION, checked, days_left, respond_by
from app.domain.referral import Placement
from app.domain.vocabulary import Role
from app.services.by_link import safe_links
from app.services.watching.calendar import limits_of
from app.store import placements, questions, referrals, tasks
from app.store.questions import Question
from app.store.session import Database

_ACT = "read questions"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with whose it is; `is_open` while it waits for its answer and the provider has not gone on."""

    question: Question
    service_name: str
    provider_name: str
    is_open: bool


def ask(db: Database, actor: Actor, placement_id: UUID, words: str) -> UUID:
    """Ask the link worker something about the person before saying yes or no; return the question's id.

    The day by which the provider must answer the offer stands still until the answer, and the link worker has a task.
    Raises Invalid for no words or more than LONGEST_QUESTION characters, Conflict where nothing can be asked.
    """
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="ask")
        step = decide(Track.PLACEMENT, placement.status, Action.ASK, role=actor.role)
        words = checked(words, "question", longest=LONGEST_QUESTION)
        placements.record(tx, placement_id, step, audit="ask")
        left = days_left(limits_of(tx).days, tx.today, placement.respond_by)
        person_id = referrals.get(tx, placement.referral_id, audit="ask").person_id
        question_id = questions.add(tx, placement_id, person_id, words, days_left=left, audit="ask")
        with tx.as_system("asked") as system_tx:
            referral = referrals.get(system_tx, placement.referral_id, audit="ask")
            tasks.add_task(
                system_tx, "question-back", organisation_id=referral.team_id, referral_id=referral.id
            )
            referrals.record_next_look(
                system_tx, referral.id, limits_of(tx).days.on_or_after(tx.today), audit="ask"
            )
        return question_id


def answer(
    db: Database, actor: Actor, placement_id: UUID, words: str, *, rules: PlaceRules | None = None
) -> date:
    """Answer a provider's question; return the day by which it must answer the offer now.

    Raises Invalid for no words or more than LONGEST_ANSWER characters, Conflict when no question waits.
    """
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="answer")
        step = decide(Track.PLACEMENT, placement.status, Action.ANSWER, role=actor.role)
        words = checked(words, "answer", longest=LONGEST_ANSWER)
        referral = referrals.get_for_update(tx, placement.referral_id, audit="answer")
        asked = questions.list_for_placement(tx, placement_id, referral.person_id, audit="answer")
        open_one = asked[-1]
        questions.record_answer(tx, open_one.id, referral.person_id, words, audit="answer")
        placements.record(tx, placement_id, step, audit="answer")
        due = respond_by(limits_of(tx, rules).days, tx.today, open_one.days_left)
        placements.respond_by(tx, placement_id, due)
        safe_links.announce(tx, placement_id, again=True)
        if referral.status == ReferralStatus.ACTIVE:
            referrals.record_next_look(tx, referral.id, due, audit="answer")
        return due


def list_for_placement(db: Database, actor: Actor, placement_id: UUID) -> Sequence[Asked]:
    """Return what was asked and answered about one placement, oldest first, for its provider and its team.

    A provider that is not helping reads nothing about the person any more, and so none of this.
    """
    check_acts_as(actor, Role.PROVIDER, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        placement = placements.get(tx, placement_id, audit=_ACT)
        if actor.role is Role.PROVIDER and not PROFILES.get(placement.status, NOTHING):
            return ()
        person_id = referrals.get(tx, placement.referral_id, audit=_ACT).person_id
        found = questions.list_for_placement(tx, placement_id, person_id, audit=_ACT)
        return _asked(found, [placement])


def list_for_referral(db: Database, actor: Actor, referral_id: UUID) -> Sequence[Asked]:
    """Return what every provider asked about a referral, oldest first, for its team."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        found = questions.list_for_referral(tx, referral_id, referral.person_id, audit=_ACT)
        asked_of = placements.list_for_referral(tx, referral_id, audit=_ACT) if found else ()
        return _asked(found, asked_of)


def _asked(found: Sequence[Question], asked_of: Sequence[Placement]) -> Sequence[Asked]:
    known = {placement.id: placement for placement in asked_of}
    return [
        Asked(
            question=one,
            service_name=known[one.placement_id].service_name,
            provider_name=known[one.placement_id].provider_name,
            is_open=one.answer is None
            and known[one.placement_id].status == PlacementStatus.INFORMATION_REQUESTED,
        )
        for one in found
    ]
