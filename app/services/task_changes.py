"""What a provider's system may do with a Task: Gravity's steps, taken through the use cases of the provider's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from app.domain.access import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound
from app.domain.lifecycle import OPEN_PLACEMENT, UNANSWERED_PLACEMENT, Action
from app.domain.lifecycle import PlacementStatus as Placed
from app.domain.referral import Outcome, Placement
from app.domain.vocabulary import DECLINE_REASONS, END_REASONS, PAUSE_REASONS, OutcomeState, Role
from app.services import delivery, endings, fhir_reads
from app.services.endings import LONGEST_TEXT, Ending
from app.services.fhir_reads_values import read_id
from app.services.rest_referral_change import Target
from app.store import placements
from app.store.joined import Joined, joined
from app.store.session import Database
from fhir.problems import FhirRejected, Problem
from fhir.systems import (
    DOS_REJECTED_REASONS,
    OUR_END_REASONS,
    OUR_PAUSE_REASONS,
    SNOMED,
    SOCIAL_PRESCRIBING_DECLINED,
)
from fhir.task_in import TaskChange, codes_of, read_change
from fhir.views_table import KINDS
from fhir.views_words import OUTCOME

Json = dict[str, Any]
_TASK: Final = KINDS["Task"]
_ACT: Final = "update task"
_TAKEN_ON: Final = (Placed.WAITLISTED, Placed.ACCEPTED, Placed.STARTED, Placed.PAUSED)
# What may come next (SDOHCC 3.0.0, Task state machine) and the steps of ours that lead there, each by its own use
# case. `received` is not one of Gravity's states: it says that the offer was seen, and the Task stays requested.
# On-hold in answer to an offer is a waiting list, after a yes a pause.
WAYS: Final[Mapping[tuple[str, str], tuple[Action, ...]]] = MappingProxyType(
    {
        (Placed.OFFERED, "received"): (Action.OPEN,),
        (Placed.OPENED, "received"): (),
        (Placed.INFORMATION_REQUESTED, "received"): (),
        **{(each, "accepted"): (Action.ACCEPT,) for each in (*UNANSWERED_PLACEMENT, Placed.WAITLISTED)},
        **{(each, "rejected"): (Action.DECLINE,) for each in UNANSWERED_PLACEMENT},
        **{(each, "cancelled"): (Action.DECLINE,) for each in UNANSWERED_PLACEMENT},
        **{(each, "on-hold"): (Action.WAITLIST,) for each in UNANSWERED_PLACEMENT},
        **{(each, end): (Action.END_EARLY,) for each in _TAKEN_ON for end in ("failed", "cancelled")},
        (Placed.WAITLISTED, "in-progress"): (Action.ACCEPT, Action.START),
        (Placed.WAITLISTED, "completed"): (Action.ACCEPT, Action.START, Action.COMPLETE),
        (Placed.ACCEPTED, "in-progress"): (Action.START,),
        (Placed.ACCEPTED, "on-hold"): (Action.PAUSE,),
        (Placed.ACCEPTED, "completed"): (Action.START, Action.COMPLETE),
        (Placed.STARTED, "on-hold"): (Action.PAUSE,),
        (Placed.STARTED, "completed"): (Action.COMPLETE,),
        (Placed.PAUSED, "in-progress"): (Action.RESUME,),
        (Placed.PAUSED, "completed"): (Action.RESUME, Action.COMPLETE),
    }
)
# What an end is told as when the provider's own word for it is one of several that lead there.
_STAGES: Final[Mapping[tuple[Action, str], str]] = MappingProxyType(
    {
        (Action.DECLINE, "cancelled"): "called-off",
        (Action.END_EARLY, "cancelled"): "ended-before-it-began",
        (Action.END_EARLY, "failed"): "ended-early",
    }
)
_REASONED: Final = ("rejected", "on-hold", "failed", "cancelled")
_WITH_OUTCOME: Final = ("completed", "failed", "cancelled")
_ORDER: Final = ("received", "accepted", "rejected", "on-hold", "in-progress", *_WITH_OUTCOME)


def update(db: Database, actor: Actor, body: Json, target: Target) -> Json:
    """Bring a provider's Task to the state that a sound R4 Task wants; return it as it stands then.

    All steps that lead there are taken or none, and nobody else changes the Task meanwhile: of two that name one
    version at one moment the second is refused. What stands already is taken as said again. Raises NotFound,
    NotAllowed, Conflict where the state does not follow from this one, FhirRejected: 412 for a version that is not
    the Task's, 422 with every problem of the content.
    """
    if actor.role is not Role.PROVIDER:
        raise NotAllowed(
            "Only the provider that is asked changes its Task. A practice takes a referral back by a message, or by"
            " an update of its ServiceRequest."
        )
    with joined(db, actor) as whole:
        placement = _held(whole, actor, target.id)
        now = fhir_reads.read(whole, actor, _TASK, target.id)
        if target.versions is not None and now["meta"]["versionId"] not in target.versions:
            sentence = (
                "If-Match names another version than the Task has now. Read it again before you change it."
            )
            raise FhirRejected([Problem("", "conflict", sentence)], status=412, rec_code="REC_CONFLICT")
        change = read_change(body, now, base_url=target.base_url, outcomes=list(OutcomeState))
        _take(whole, actor, placement, change, now)
        return fhir_reads.read(whole, actor, _TASK, target.id)


def _held(db: Joined, actor: Actor, id: str) -> Placement:
    """Return the placement of a provider's Task and hold it until the end of all."""
    wanted = read_id(_TASK, id)
    if not isinstance(wanted, UUID):
        raise NotFound
    try:
        with db.transaction(actor) as tx:
            return placements.get_for_update(tx, wanted, audit=_ACT)
    except NotFound:
        fhir_reads.read(db, actor, _TASK, id)
        raise NotAllowed("This is the link workers' Task: change your own, which is part of it.") from None


def _take(db: Joined, actor: Actor, placement: Placement, change: TaskChange, now: Json) -> None:
    said_again = change.status == now["status"]
    way = () if said_again else WAYS.get((placement.status, change.status))
    problems = list(change.problems)
    if said_again:
        problems += _contradictions(placement, change, now)
    elif way:
        problems += _content_problems(way[-1], change)
    if problems:
        raise FhirRejected(problems, status=422, rec_code="REC_UNPROCESSABLE_ENTITY")
    if way is None:
        raise Conflict(_no_way(placement, change.status, now["status"]))
    for action in way:
        _do(db, actor, action=action, placement_id=placement.id, change=change)


def _do(db: Joined, actor: Actor, *, action: Action, placement_id: UUID, change: TaskChange) -> None:
    match action:
        case Action.OPEN:
            delivery.open_offer(db, actor, placement_id)
        case Action.ACCEPT:
            delivery.accept(db, actor, placement_id)
        case Action.WAITLIST:
            delivery.waitlist(db, actor, placement_id)
        case Action.DECLINE:
            stage = _STAGES.get((action, change.status))
            delivery.decline(db, actor, placement_id, reason=_reason(change, action), stage=stage)
        case Action.START:
            delivery.start(db, actor, placement_id)
        case Action.PAUSE:
            delivery.pause(db, actor, placement_id, reason=_reason(change, action) or _SAID_IN_WORDS)
        case Action.RESUME:
            delivery.resume(db, actor, placement_id)
        case Action.COMPLETE:
            endings.complete(db, actor, placement_id, _ending(change, action))
        case Action.END_EARLY:
            endings.end_placement_early(db, actor, placement_id, _ending(change, action))


def _no_way(placement: Placement, wanted: str, status: str) -> str:
    known = [each for each in _ORDER if (placement.status, each) in WAYS]
    told = f"Allowed from here: {', '.join(known)}." if known else "Nothing follows: it has ended."
    ours = placement.status.replace("-", " ")
    return f"This Task is {status} (placement {ours}): it cannot become {wanted} from there. {told}"


def _contradictions(placement: Placement, change: TaskChange, now: Json) -> Iterator[Problem]:
    """What is said otherwise than it stands: nothing of an end is changed after it."""
    if placement.status in OPEN_PLACEMENT:
        if change.places:
            yield Problem("Task.output", "business-rule", _OUTPUT_AT_THE_END)
        return
    if not set(change.reasons) <= set(codes_of(now.get("statusReason", {}))):
        yield Problem("Task.statusReason", "business-rule", _STANDS)
    known = [each["valueCodeableConcept"] for each in now.get("output", ()) if "valueCodeableConcept" in each]
    state = known[0]["coding"][0]["code"] if known else None
    if change.outcome not in (None, state):
        yield Problem(change.places[OUTCOME], "business-rule", _STANDS)
    told = {each["type"]["coding"][0]["code"]: each for each in now.get("output", ())}
    for code, value in change.words.items():
        if value not in told.get(code, {}).values():
            yield Problem(change.places[code], "business-rule", _STANDS)


_STANDS: Final = "The Task has ended, and what was said then stands. Send it as it was read, or leave it out."
_OUTPUT_AT_THE_END: Final = "Outputs are taken with the end: completed, failed or cancelled."


def _content_problems(action: Action, change: TaskChange) -> Iterator[Problem]:
    yield from _reason_problems(action, change)
    if change.status == "completed" and OUTCOME not in change.places:
        codes = ", ".join(OutcomeState)
        sentence = f"A completed Task has an output of type outcome: say how it ended, one of: {codes}."
        yield Problem("Task.output", "required", sentence)
    if change.places and change.status not in _WITH_OUTCOME:
        yield Problem("Task.output", "business-rule", _OUTPUT_AT_THE_END)
    for code, value in change.words.items():
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            yield Problem(change.places[code], "too-long", f"Keep it under {LONGEST_TEXT} characters.")
        if isinstance(value, int) and not 0 <= value <= 10:
            yield Problem(change.places[code], "value", "Give a whole number from 0 to 10.")


def _reason_problems(action: Action, change: TaskChange) -> Iterator[Problem]:
    if change.status not in _REASONED:
        return
    place = "Task.statusReason"
    if not change.has_reason:
        yield Problem(place, "required", f"A Task that is {change.status} says why. {_codes_for(action)}")
    elif change.status != "on-hold" and _reason(change, action) is None:
        yield Problem(place, "code-invalid", f"The reason has to be coded. {_codes_for(action)}")


def _codes_for(action: Action) -> str:
    if action not in _LISTS:
        return "Say in statusReason.text or in a code why it waits."
    system, reasons, _ = _LISTS[action]
    known = ", ".join(f"{code} ({words})" for code, words in reasons.items())
    in_words = " Where none of them fits, statusReason.text will do." if action is Action.PAUSE else ""
    return f"Give a code of {system}: {known}.{in_words}"


# Of which list the reason for a step is, and which of its codes is the person's own no.
_LISTS: Final[Mapping[Action, tuple[str, Mapping[str, str], str | None]]] = MappingProxyType(
    {
        Action.DECLINE: (DOS_REJECTED_REASONS, DECLINE_REASONS, "26"),
        Action.END_EARLY: (OUR_END_REASONS, END_REASONS, "person-declined"),
        Action.PAUSE: (OUR_PAUSE_REASONS, PAUSE_REASONS, None),
    }
)
_SAID_IN_WORDS: Final = "other"


def _reason(change: TaskChange, action: Action) -> str | None:
    """The first code that is of the list for this step; SNOMED CT's for the person's own no will do."""
    if action not in _LISTS:
        return None
    wanted, reasons, persons_no = _LISTS[action]
    for system, code in change.reasons:
        if system == wanted and code in reasons:
            return code
        if (system, code) == (SNOMED, SOCIAL_PRESCRIBING_DECLINED) and persons_no:
            return persons_no
    return None


def _ending(change: TaskChange, action: Action) -> Ending:
    """An end that tells no outcome is not known, but for somebody who stopped coming: no end is without one."""
    reason = _reason(change, action)
    untold = OutcomeState.DID_NOT_ENGAGE if reason == "did-not-engage" else OutcomeState.NOT_KNOWN
    words: dict[str, Any] = {code.replace("-", "_"): value for code, value in change.words.items()}
    state = OutcomeState(change.outcome) if change.outcome else untold
    outcome = Outcome(state, words.pop("summary", ""), words.pop("actions", ""), **words)
    return Ending(outcome, reason=reason, stage=_STAGES.get((action, change.status)))
