"""What a provider's system may do with a Task: Gravity's steps, taken through the use cases of the provider's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from app.domain.access import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound
from app.domain.lifecycle import CALLED_OFF, OPEN_PLACEMENT, UNANSWERED_PLACEMENT, Action, Telling
from app.domain.lifecycle import PlacementStatus as Placed
from app.domain.referral import Outcome, Placement
from app.domain.vocabulary import OutcomeState, Role
from app.services.caring import endings
from app.services.caring.endings import LONGEST_TEXT, Ending
from app.services.fhir_reading import fhir_reads
from app.services.fhir_reading.fhir_reads_values import read_id
from app.services.fhir_writing.rest_referral_change import Target
from app.services.fhir_writing.task_reasons import reason_problems, why_of
from app.services.helping import delivery
from app.store import placements
from app.store.joined import Joined, joined
from app.store.session import Database
from fhir.problems import FhirRejected, Problem
from fhir.task_in import TaskChange, read_change
from fhir.views_table import KINDS
from fhir.views_words import OUTCOME

Json = dict[str, Any]
_TASK: Final = KINDS["Task"]
_ACT: Final = "update task"
_TAKEN_ON: Final = (Placed.WAITLISTED, Placed.ACCEPTED, Placed.STARTED, Placed.PAUSED)
# What may come next (SDOHCC 3.0.0, Task state machine) and the steps of ours that lead there, each by its own use
# case. `received` is not one of Gravity's states: it says that the offer was seen, and the Task stays requested.
# Gravity leads from requested to no on-hold: a waiting list is a yes, which of the two is told by businessStatus.
LATER: Final = "accepted with businessStatus waitlisted"
PLACE_FREE: Final = "accepted with businessStatus accepted"
WAYS: Final[Mapping[tuple[str, str], tuple[Action, ...]]] = MappingProxyType(
    {
        (Placed.OFFERED, "received"): (Action.OPEN,),
        (Placed.OPENED, "received"): (),
        (Placed.INFORMATION_REQUESTED, "received"): (),
        **{(each, "accepted"): (Action.ACCEPT,) for each in UNANSWERED_PLACEMENT},
        **{(each, LATER): (Action.WAITLIST,) for each in UNANSWERED_PLACEMENT},
        **{(each, "rejected"): (Action.DECLINE,) for each in UNANSWERED_PLACEMENT},
        **{(each, "cancelled"): (Action.DECLINE,) for each in UNANSWERED_PLACEMENT},
        **{(each, end): (Action.END_EARLY,) for each in _TAKEN_ON for end in ("failed", "cancelled")},
        (Placed.WAITLISTED, PLACE_FREE): (Action.ACCEPT,),
        (Placed.WAITLISTED, "on-hold"): (Action.ACCEPT, Action.PAUSE),
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
        (Action.DECLINE, "cancelled"): CALLED_OFF,
        (Action.END_EARLY, "cancelled"): "ended-before-it-began",
        (Action.END_EARLY, "failed"): "ended-early",
    }
)
_WITH_OUTCOME: Final = ("completed", "failed", "cancelled")
_ORDER: Final = (
    "received",
    "accepted",
    PLACE_FREE,
    LATER,
    "rejected",
    "on-hold",
    "in-progress",
    *_WITH_OUTCOME,
)


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
    said_again = change.status == now["status"] and change.stage is None
    wanted = _wanted(change, now)
    way = () if said_again else WAYS.get((placement.status, wanted))
    problems = list(change.problems)
    if said_again or way == ():
        problems += _contradictions(placement, change, now)
    elif way:
        problems += _content_problems(way[-1], change)
    if problems:
        raise FhirRejected(problems, status=422, rec_code="REC_UNPROCESSABLE_ENTITY")
    if way is None:
        raise Conflict(_no_way(placement, wanted, now["status"]))
    for action in way:
        _do(db, actor, action=action, placement_id=placement.id, change=change)


def _wanted(change: TaskChange, now: Json) -> str:
    """What is wanted as WAYS has it: which yes only matters where it is not the plain one in answer to an offer."""
    is_plain = change.stage == Placed.ACCEPTED and now["status"] != "accepted"
    if change.stage is None or is_plain:
        return change.status
    return f"accepted with businessStatus {change.stage}"


def _do(db: Joined, actor: Actor, *, action: Action, placement_id: UUID, change: TaskChange) -> None:
    match action:
        case Action.OPEN:
            delivery.open_offer(db, actor, placement_id)
        case Action.ACCEPT:
            delivery.accept(db, actor, placement_id, over_limit=True)  # its system has nobody to ask
        case Action.WAITLIST:
            delivery.waitlist(db, actor, placement_id, told=_telling(change, action))
        case Action.DECLINE:
            why, told = why_of(change, action), _telling(change, action)
            delivery.decline(db, actor, placement_id, reason=why.code, told=told)
        case Action.START:
            delivery.start(db, actor, placement_id)
        case Action.PAUSE:
            why, told = why_of(change, action), _telling(change, action)
            delivery.pause(db, actor, placement_id, reason=why.code, told=told)
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
    """What is said otherwise than it stands: nothing of an end, or of why it waits, is changed after it."""
    if change.has_reason and not _is_why(placement, change):
        yield Problem("Task.statusReason", "business-rule", _STANDS)
    if placement.status in OPEN_PLACEMENT:
        if change.places or change.activities:
            yield Problem("Task.output", "business-rule", _OUTPUT_AT_THE_END)
        return
    known = [each["valueCodeableConcept"] for each in now.get("output", ()) if "valueCodeableConcept" in each]
    state = known[0]["coding"][0]["code"] if known else None
    if change.outcome not in (None, state):
        yield Problem(change.places[OUTCOME], "business-rule", _STANDS)
    told = {each["type"]["coding"][0]["code"]: each for each in now.get("output", ())}
    for code, value in _words(change).items():
        if value not in told.get(code, {}).values():
            yield Problem(_place(change, code), "business-rule", _STANDS)


def _is_why(placement: Placement, change: TaskChange) -> bool:
    action = _REASON_OF.get(placement.status)
    if action is None:
        return not change.has_news
    why = why_of(change, action)
    is_code = not change.reasons or (why.code is not None and why.code == placement.reason)
    return is_code and why.said in (None, placement.said)


_REASON_OF: Final[Mapping[str, Action]] = MappingProxyType(
    {
        Placed.WAITLISTED: Action.WAITLIST,
        Placed.PAUSED: Action.PAUSE,
        Placed.DECLINED: Action.DECLINE,
        Placed.ENDED_EARLY: Action.END_EARLY,
    }
)
_STANDS: Final = "What was said of this state stands. Send it as it was read, or leave it out."
_OUTPUT_AT_THE_END: Final = "Outputs are taken with the end: completed, failed or cancelled."


def _content_problems(action: Action, change: TaskChange) -> Iterator[Problem]:
    yield from reason_problems(change, action)
    if change.status == "completed" and OUTCOME not in change.places and not change.activities:
        codes = ", ".join(OutcomeState)
        sentence = (
            f"A completed Task has an output of type outcome: say how it ended, one of: {codes}. Gravity's"
            " resulting-activity or additional-content will do: the outcome is then not known."
        )
        yield Problem("Task.output", "required", sentence)
    if (change.places or change.activities) and change.status not in _WITH_OUTCOME:
        yield Problem("Task.output", "business-rule", _OUTPUT_AT_THE_END)
    for code, value in _words(change).items():
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            yield Problem(_place(change, code), "too-long", f"Keep it under {LONGEST_TEXT} characters.")
        if isinstance(value, int) and not 0 <= value <= 10:
            yield Problem(_place(change, code), "value", "Give a whole number from 0 to 10.")


def _words(change: TaskChange) -> dict[str, str | int]:
    """The outputs in words by our codes; what Gravity's say is part of the summary."""
    summary = [change.words.get("summary"), *(words for _, words in change.activities)]
    told = "\n".join(str(each) for each in summary if each)
    return {**change.words, **({"summary": told} if told else {})}


def _place(change: TaskChange, code: str) -> str:
    return change.places.get(code) or change.activities[0][0]


def _telling(change: TaskChange, action: Action) -> Telling:
    return Telling(_STAGES.get((action, change.status)), why_of(change, action).said)


def _ending(change: TaskChange, action: Action) -> Ending:
    """An end that tells no outcome is not known, but for somebody who stopped coming: no end is without one."""
    reason = why_of(change, action).code
    untold = OutcomeState.DID_NOT_ENGAGE if reason == "did-not-engage" else OutcomeState.NOT_KNOWN
    words: dict[str, Any] = {code.replace("-", "_"): value for code, value in _words(change).items()}
    state = OutcomeState(change.outcome) if change.outcome else untold
    outcome = Outcome(state, words.pop("summary", ""), words.pop("actions", ""), **words)
    return Ending(outcome, reason=reason, told=_telling(change, action))
