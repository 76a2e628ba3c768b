"""What a group told of help that was ended before it could write the outcome: read, then passed on or left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.capacity import day
from app.domain.errors import Conflict, NotFound
from app.domain.late_words import KNOWN_LATER, Settled, last_day
from app.domain.lifecycle import OPEN_REFERRAL, Action, ReferralStatus
from app.domain.referral import Outcome, Referral
from app.domain.vocabulary import Role
from app.services.caring import endings
from app.services.caring.endings import LONGEST_TEXT, Ending
from app.services.helping.late_words import TASK, open_until
from app.store import late_words, outcomes, referrals, tasks
from app.store.late_words import LateWord
from app.store.outcomes import About
from app.store.session import LONDON, Database, Tx

_READ, _PASS_ON, _LEAVE = "read late outcome", "pass late outcome on", "leave late outcome"
_ENDED: Final = (ReferralStatus.COMPLETED, ReferralStatus.ENDED_EARLY, ReferralStatus.CLOSED)
_IS_OPEN: Final = "This referral is open again: use what the group told when you end it."
_SETTLED: Final = "Somebody of your team has decided on this already."


@dataclass(frozen=True, slots=True)
class LateOfReferral:
    """What groups told late, oldest first, and the placements whose group may still tell: somebody can ring them."""

    told: Sequence[LateWord] = ()
    can_pass_on: bool = False
    may_tell: Collection[UUID] = ()


def list_for_referral(db: Database, actor: Actor, referral_id: UUID) -> LateOfReferral:
    """Return what was told late of a referral; raises NotFound when it is not the team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_READ)
        told = late_words.list_for_referral(tx, About(referral.id, referral.person_id), audit=_READ)
        has_told = {word.placement_id for word in told}
        may_tell = [
            placement_id
            for placement_id, ended in late_words.list_ended(tx, referral_id)
            if placement_id not in has_told and last_day(ended) and open_until(tx, placement_id, referral_id)
        ]
        return LateOfReferral(told, referral.status in _ENDED, may_tell)


def pass_on(db: Database, actor: Actor, referral_id: UUID, word_id: UUID) -> None:
    """Make a group's word the outcome: the referral is opened and ended anew, so that whoever asked is told anew.

    What was told before stands below it. Raises NotFound, Conflict when it was decided on or the referral is open.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral, word = _to_decide(tx, referral_id, word_id, _PASS_ON)
        if referral.status in OPEN_REFERRAL:
            raise Conflict(_IS_OPEN)
        ending = Ending(_outcome(tx, referral, word), reason=referral.end_reason)
        endings.open_again(tx, referral_id, reason=KNOWN_LATER)
        action = Action.END_EARLY if referral.end_reason else Action.COMPLETE
        endings.end_for_team(tx, referral_id, action, ending)
        _settle(tx, referral, word, Settled.PASSED_ON, _PASS_ON)


def leave(db: Database, actor: Actor, referral_id: UUID, word_id: UUID) -> None:
    """Write that a group's word was read and the outcome stays; raises NotFound, Conflict when it was decided on."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral, word = _to_decide(tx, referral_id, word_id, _LEAVE)
        _settle(tx, referral, word, Settled.LEFT, _LEAVE)


def _to_decide(tx: Tx, referral_id: UUID, word_id: UUID, audit: str) -> tuple[Referral, LateWord]:
    referral = referrals.get_for_update(tx, referral_id, audit=audit)
    told = late_words.list_for_referral(tx, About(referral.id, referral.person_id), audit=audit)
    word = next((each for each in told if each.id == word_id), None)
    if word is None:
        raise NotFound
    if word.settled_as is not None:
        raise Conflict(_SETTLED)
    return referral, word


def _settle(tx: Tx, referral: Referral, word: LateWord, settled: Settled, audit: str) -> None:
    late_words.record_settled(tx, word.id, settled, audit=audit)
    about = About(referral.id, referral.person_id)
    if all(each.settled_as for each in late_words.list_for_referral(tx, about, audit=audit)):
        tasks.record_done_for_referral(tx, referral.id, (TASK,), audit=audit)


def _outcome(tx: Tx, referral: Referral, word: LateWord) -> Outcome:
    """What is told anew: the group's word first, then what was told before, where both fit."""
    before = outcomes.find_outcome(tx, About(referral.id, referral.person_id), audit=_PASS_ON)
    told_on = day(word.told_at.astimezone(LONDON).date())
    told = f"{word.provider_name} told us on {told_on}, after the help had been ended"
    told = f"{told}: {word.words}" if word.words else f"{told}."
    if before is None:
        return Outcome(word.state, told, "")
    both = "\n".join(filter(None, (told, before.summary)))
    return replace(before, state=word.state, summary=both if len(both) <= LONGEST_TEXT else told)
