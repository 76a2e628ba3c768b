"""Applies what a provider's own system answers to a referral that was sent on to it, as if said on its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.access import Actor, system
from app.domain.errors import Conflict, DomainError
from app.domain.lifecycle import UNANSWERED_PLACEMENT, PlacementStatus, Telling
from app.domain.referral import Organisation, Outcome, Placement
from app.domain.vocabulary import (
    DECLINE_REASONS,
    END_REASONS,
    PAUSE_REASONS,
    OrganisationKind,
    OutcomeState,
    Role,
)
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.helping import delivery
from app.services.incoming.reception import (
    ACT,
    NotYours,
    Received,
    Reception,
    Sender,
    park,
    said,
    seen_before,
)
from app.store import directory, inbox, machines, placements, referrals, tasks
from app.store.inbox import Envelope
from app.store.session import AlreadyThere, Database, Tx
from fhir.messages import IncomingAcknowledgement

_RECORDED: Final = "The answer was recorded."
_KEPT: Final = (
    "The answer was kept, but it does not follow from where the referral stands: the link worker team looks at it. "
    "You need not send it again."
)


class Word(StrEnum):
    """What an answer says of a placement."""

    ACCEPTED = "accepted"
    WAITS = "waits"  # a waiting list in answer to the offer, a pause after a yes
    STARTED = "started"
    COMPLETED = "completed"
    REFUSED = "refused"  # declined before it was accepted, ended early after


# Gravity SDOHCC Task.status; BaRS tells the same by the answering side's Encounter.status.
_BY_TASK: Final = {
    "accepted": Word.ACCEPTED,
    "on-hold": Word.WAITS,
    "in-progress": Word.STARTED,
    "completed": Word.COMPLETED,
    "rejected": Word.REFUSED,
    "cancelled": Word.REFUSED,
    "failed": Word.REFUSED,
}
_BY_ENCOUNTER: Final = {
    "planned": Word.ACCEPTED,
    "arrived": Word.STARTED,
    "in-progress": Word.STARTED,
    "finished": Word.COMPLETED,
    "cancelled": Word.REFUSED,
}
# rejected-reasons-bars 1.1.0 in the words that we keep; `fhir.outbound_status` maps the other way.
_DECLINED: Final = {"RRNA": "22", "FC": "27", "OTH": "99"}
_ENDED: Final = {"FC": "could-not-contact", "27": "could-not-contact", "26": "person-declined"}
_ON: Final = (
    PlacementStatus.ACCEPTED,
    PlacementStatus.WAITLISTED,
    PlacementStatus.STARTED,
    PlacementStatus.PAUSED,
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer with what it takes to apply it."""

    db: Database
    actor: Actor
    placement_id: UUID
    message: IncomingAcknowledgement


def find_provider(db: Database, sender: Sender) -> Organisation | None:
    """Return the provider that the sending system is bound to, None when it is no provider's."""
    with db.transaction(system(f"intake:{sender.name}")) as tx:
        client = machines.find_client(tx, sender.name)
        found = directory.get_organisation(tx, client.organisation_id) if client is not None else None
    return found if found is not None and found.kind == OrganisationKind.PROVIDER else None


def receive(
    db: Database,
    message: IncomingAcknowledgement,
    envelope: Envelope,
    *,
    sender: Sender,
    provider: Organisation,
) -> Received:
    """Take a provider's answer, once, through the same steps as its page; what cannot be applied is a person's task.

    A step is written before the message is: when the house stops between the two, the sender repeats what had no
    answer, and finds the step taken. One of no placement of this provider is kept for the steward. Raises NotYours
    when the message speaks for another organisation.
    """
    for attempt in (1, 2, 3):
        try:
            return _receive(db, message, envelope, sender=sender, provider=provider)
        except AlreadyThere:  # the same answer came in parallel: look again
            if attempt == 3:
                raise
    raise AssertionError("unreachable")


def _receive(
    db: Database,
    message: IncomingAcknowledgement,
    envelope: Envelope,
    *,
    sender: Sender,
    provider: Organisation,
) -> Received:
    actor = Actor(Role.PROVIDER, provider.id, process=sender.name)
    with db.transaction(system(f"intake:{sender.name}")) as tx:
        seen = inbox.find(tx, envelope)
        if seen is not None:
            return seen_before(seen)
        _check_speaks_for(tx, message, provider)
    placement = _find_placement(db, actor, message)
    if placement is None:
        with db.transaction(system(f"intake:{sender.name}")) as tx:
            return park(tx, envelope, "answer-to-unknown-placement")
    is_applied = _apply(_Answer(db, actor, placement.id, message), placement)
    answer = said(200, _RECORDED) if is_applied else said(202, _KEPT)
    with db.transaction(system(f"intake:{sender.name}")) as tx:
        inbox.add(tx, envelope, answer, referral_id=placement.referral_id, audit=ACT)
        if not is_applied:
            referral = referrals.get(tx, placement.referral_id, audit=ACT)
            tasks.add_task(tx, "partner-answer", organisation_id=referral.team_id, referral_id=referral.id)
    return Received(Reception.TAKEN, answer)


def _check_speaks_for(tx: Tx, message: IncomingAcknowledgement, provider: Organisation) -> None:
    named = message.sender
    other = directory.find_organisation_by_ods(tx, named.ods) if named.ods else None
    is_other = other is not None and other.id != provider.id
    if is_other or (named.own_id is not None and named.own_id != str(provider.id)):
        sentence = (
            "This system speaks for its own organisation only, and the message names another as its sender."
        )
        raise NotYours(sentence, message.paths.get("sender", ""))


def _find_placement(db: Database, actor: Actor, message: IncomingAcknowledgement) -> Placement | None:
    """Return the provider's placement that an answer names, itself or by its referral; an open or newest one first.

    Row-level security makes the placements of others absent, whatever ids a message holds.
    """
    with db.transaction(actor) as tx:
        found = [
            placement
            for named in (message.answers, *message.about)
            for placement in placements.list_named(tx, named, audit=ACT)
        ]
    live = (*UNANSWERED_PLACEMENT, *_ON)
    return max(found, key=lambda each: (each.status in live, each.offered_at), default=None)


def _apply(answer: _Answer, placement: Placement) -> bool:
    """Take the steps that lead to what the answer says; False when it says nothing, or what cannot follow."""
    message = answer.message
    word = _BY_TASK.get(message.task_status or "") or _BY_ENCOUNTER.get(message.encounter_status or "")
    if word is None or message.code not in ("", "ok"):
        return False
    try:
        for step in _steps(word, placement.status, message):
            step(answer)
    except DomainError:
        return False
    return True


_Step = Callable[[_Answer], None]


def _steps(word: Word, status: str, message: IncomingAcknowledgement) -> list[_Step]:
    """Return the steps from a status to what is said, none when it was said before.

    Raises Conflict when the one does not lead to the other. "In progress" from a service that never said yes means
    yes as well.
    """
    if word is Word.REFUSED:
        return _steps_of_a_no(status)
    if word is Word.WAITS:
        if status in (PlacementStatus.WAITLISTED, PlacementStatus.PAUSED):
            return []
        return [_pause if status in _ON else _waitlist]
    path = [PlacementStatus.ACCEPTED, PlacementStatus.STARTED, PlacementStatus.COMPLETED]
    steps: list[_Step] = [_accept, _start, _complete]
    wanted = {Word.ACCEPTED: 1, Word.STARTED: 2, Word.COMPLETED: 3}[word]
    if status == PlacementStatus.PAUSED:
        steps, done = [_accept, _resume, _complete], 1
    elif status in path:
        done = path.index(PlacementStatus(status)) + 1
    elif status in UNANSWERED_PLACEMENT or status == PlacementStatus.WAITLISTED:
        done = 0
    else:
        raise Conflict("This placement has ended.")
    if done < wanted == 3 and not (message.outcome or message.summary):
        raise Conflict("An end is told without an outcome.")  # nobody can tell the practice what became of it
    return steps[done:wanted]


def _steps_of_a_no(status: str) -> list[_Step]:
    if status in (PlacementStatus.DECLINED, PlacementStatus.ENDED_EARLY):
        return []
    if status in UNANSWERED_PLACEMENT:
        return [_decline]
    if status in _ON:
        return [_end_early]
    raise Conflict("This placement has ended.")


def _accept(answer: _Answer) -> None:
    delivery.accept(answer.db, answer.actor, answer.placement_id, over_limit=True)  # nobody there to ask


def _waitlist(answer: _Answer) -> None:
    delivery.waitlist(answer.db, answer.actor, answer.placement_id, told=_said(answer.message))


def _pause(answer: _Answer) -> None:
    codes = [thing.code for thing in answer.message.reasons if thing.code in PAUSE_REASONS]
    reason, told = next(iter(codes), "other"), _said(answer.message)
    delivery.pause(answer.db, answer.actor, answer.placement_id, reason=reason, told=told)


def _resume(answer: _Answer) -> None:
    delivery.resume(answer.db, answer.actor, answer.placement_id)


def _start(answer: _Answer) -> None:
    delivery.start(answer.db, answer.actor, answer.placement_id)


def _complete(answer: _Answer) -> None:
    endings.complete(answer.db, answer.actor, answer.placement_id, Ending(_outcome(answer.message)))


def _decline(answer: _Answer) -> None:
    codes = [thing.code for thing in answer.message.reasons if thing.code]
    named = [code for code in codes if code in DECLINE_REASONS]
    reason = next(iter(named), None) or next((_DECLINED[code] for code in codes if code in _DECLINED), "99")
    told = _said(answer.message)
    delivery.decline(answer.db, answer.actor, answer.placement_id, reason=reason, told=told)


def _end_early(answer: _Answer) -> None:
    codes = [thing.code for thing in answer.message.reasons if thing.code]
    named = [code for code in codes if code in END_REASONS]
    reason = next(iter(named), None) or next((_ENDED[code] for code in codes if code in _ENDED), "other")
    ending = Ending(_outcome(answer.message), reason=reason, told=_said(answer.message))
    endings.end_placement_early(answer.db, answer.actor, answer.placement_id, ending)


def _said(message: IncomingAcknowledgement) -> Telling:
    """Why, in the provider's words: a text that only repeats what its code is called says nothing more."""
    words = dict.fromkeys(
        thing.text for thing in message.reasons if thing.text and thing.text != thing.display
    )
    return Telling(said="; ".join(words)[: endings.LONGEST_TEXT] or None)


def _outcome(message: IncomingAcknowledgement) -> Outcome:
    """What became of it; words without a code of ours are kept, and say "not known" of the change."""
    known = message.outcome in set(OutcomeState)
    state = OutcomeState(message.outcome) if known and message.outcome else OutcomeState.NOT_KNOWN
    return Outcome(state, message.summary[: endings.LONGEST_TEXT], "")
