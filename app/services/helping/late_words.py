"""A group tells what came of help that the link worker had ended: a word to the team, who decides what is told on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.late_words import LONGEST, last_day
from app.domain.vocabulary import OutcomeState, Role
from app.domain.wording import worded
from app.store import late_words, placements, referrals, tasks
from app.store.late_words import LateWord
from app.store.outcomes import About
from app.store.session import AlreadyThere, Database, Tx
from app.store.sharing import SHARE

TASK: Final = "late-outcome"
_ACT, _READ = "write late outcome", "read late outcome"
_NOT_NOW: Final = worded(
    "What came of this help cannot be told here, or not any more. Ring the link worker if you need to say something."
)


@dataclass(frozen=True, slots=True)
class LateSeen:
    """What the group of a placement reads: until when it may still tell, None where it may not, and what it told."""

    until: date | None
    told: LateWord | None


def find(db: Database, actor: Actor, placement_id: UUID) -> LateSeen:
    """Return how a placement of the provider's stands to a late word; raises NotFound when it is not theirs."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        about = _about(tx, placement_id, audit=_READ)
        told = late_words.find_for_placement(tx, about, audit=_READ)
        return LateSeen(None if told else open_until(tx, placement_id, about.referral_id), told)


def tell(db: Database, actor: Actor, placement_id: UUID, *, state: OutcomeState, words: str) -> None:
    """Write what came of it and give the team a task; the practice hears of it when the link worker passes it on.

    Raises NotFound when it is not theirs, Conflict where it cannot be told, Invalid (field "words") for too many
    words, AlreadyThere when it was told before: there is one word for each placement.
    """
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        placements.get_for_update(tx, placement_id, audit=_ACT)
        about = _about(tx, placement_id, audit=_ACT)
        if late_words.find_for_placement(tx, about, audit=_ACT) is not None:
            raise AlreadyThere("This was told before.")
        if open_until(tx, placement_id, about.referral_id) is None:
            raise Conflict(_NOT_NOW)
        if len(words) > LONGEST:
            sentence = worded("Keep it under %(count)s characters.", count=LONGEST)
            raise Invalid([FieldProblem("words", sentence)])
        late_words.add(tx, about, state, words, audit=_ACT)
        with tx.as_system("late outcome") as system_tx:  # the task is the team's
            team_id = referrals.get(system_tx, about.referral_id, audit=_ACT).team_id
            tasks.add_task(system_tx, TASK, organisation_id=team_id, referral_id=about.referral_id)


def open_until(tx: Tx, placement_id: UUID, referral_id: UUID) -> date | None:
    """Return the last day on which the group of a placement may tell late; None where it may not, or not any more."""
    with tx.as_system("late outcome") as system_tx:
        ended = late_words.find_ended(system_tx, placement_id)
        until = last_day(ended) if ended else None
        if until is None or until < tx.today or tasks.find_consent(system_tx, referral_id, SHARE) is False:
            return None
        return until


def _about(tx: Tx, placement_id: UUID, *, audit: str) -> About:
    placement = placements.get(tx, placement_id, audit=audit)
    referral = referrals.get(tx, placement.referral_id, audit=audit)
    return About(referral.id, referral.person_id, placement_id)
