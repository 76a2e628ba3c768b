"""What a provider's system may do with a Task: Gravity's steps, taken through the use cases of the provider's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from app.domain.access import Actor
from app.domain.errors import Conflict, NotAllowed
from app.domain.lifecycle import OPEN_PLACEMENT, UNANSWERED_PLACEMENT, Action
from app.domain.lifecycle import PlacementStatus as Placed
from app.domain.referral import Outcome, Placement
from app.domain.vocabulary import DECLINE_REASONS, END_REASONS, OutcomeState, Role
from app.services import delivery, endings, fhir_reads
from app.services.endings import LONGEST_TEXT, Ending
from app.services.rest_referral_change import Target
from app.store import placements
from app.store.session import Database
from fhir.problems import FhirRejected, Problem
from fhir.systems import DOS_REJECTED_REASONS, OUR_END_REASONS, SNOMED, SOCIAL_PRESCRIBING_DECLINED
from fhir.task_in import TaskChange, codes_of, read_change
from fhir.views_table import KINDS
from fhir.views_words import OUTCOME

Json = dict[str, Any]
_TASK: Final = KINDS["Task"]
_DECLINED: Final = "person-declined"
_ENDED_BEFORE_HELP: Final = "cancelled"
# What may come next (SDOHCC 3.0.0, Task state machine) and the steps of ours that lead there, each by its own use
# case. `received` is not one of Gravity's states: it says that the offer was seen, and the Task stays requested.
# A waiting list is what on-hold is here: it is said in answer to an offer.
WAYS: Final[Mapping[tuple[str, str], tuple[Action, ...]]] = MappingProxyType(
    {
        (Placed.OFFERED, "received"): (Action.OPEN,),
        (Placed.OPENED, "received"): (),
        (Placed.INFORMATION_REQUESTED, "received"): (),
        **{(each, "accepted"): (Action.ACCEPT,) for each in (*UNANSWERED_PLACEMENT, Placed.WAITLISTED)},
        **{(each, "rejected"): (Action.DECLINE,) for each in UNANSWERED_PLACEMENT},
        **{(each, "on-hold"): (Action.WAITLIST,) for each in UNANSWERED_PLACEMENT},
        (Placed.WAITLISTED, "in-progress"): (Action.ACCEPT, Action.START),
        (Placed.WAITLISTED, "completed"): (Action.ACCEPT, Action.START, Action.COMPLETE),
        (Placed.WAITLISTED, "cancelled"): (Action.END_EARLY,),
        (Placed.ACCEPTED, "in-progress"): (Action.START,),
        (Placed.ACCEPTED, "completed"): (Action.START, Action.COMPLETE),
        (Placed.ACCEPTED, "cancelled"): (Action.END_EARLY,),
        (Placed.STARTED, "completed"): (Action.COMPLETE,),
        (Placed.STARTED, "failed"): (Action.END_EARLY,),
        (Placed.STARTED, "cancelled"): (Action.END_EARLY,),
    }
)
_REASONED: Final = ("rejected", "on-hold", "failed", "cancelled")
_WITH_OUTCOME: Final = ("completed", "failed", "cancelled")
_ORDER: Final = ("received", "accepted", "rejected", "on-hold", "in-progress", *_WITH_OUTCOME)


def update(db: Database, actor: Actor, body: Json, target: Target) -> Json:
    """Bring a provider's Task to the state that a sound R4 Task wants; return it as it stands then.

    What stands already is taken as said again. Raises NotFound, NotAllowed, Conflict where the state does not follow
    from this one, FhirRejected: 412 for a version that is not the Task's, 422 with every problem of the content.
    """
    if actor.role is not Role.PROVIDER:
        raise NotAllowed(
            "Only the provider that is asked changes its Task. A practice takes a referral back by a message, or by"
            " an update of its ServiceRequest."
        )
    now = fhir_reads.read(db, actor, _TASK, target.id)
    if target.versions is not None and now["meta"]["versionId"] not in target.versions:
        sentence = "If-Match names another version than the Task has now. Read it again before you change it."
        raise FhirRejected([Problem("", "conflict", sentence)], status=412, rec_code="REC_CONFLICT")
    change = read_change(body, now, base_url=target.base_url, outcomes=list(OutcomeState))
    with db.transaction(actor) as tx:
        placement = placements.get(tx, UUID(target.id), audit="update task")
    _take(db, actor, placement, change, now)
    return fhir_reads.read(db, actor, _TASK, target.id)


def _take(db: Database, actor: Actor, placement: Placement, change: TaskChange, now: Json) -> None:
    said_again = change.status == now["status"]
    way = () if said_again else WAYS.get((placement.status, change.status))
    problems = list(change.problems)
    if said_again:
        problems += _contradictions(placement, change, now)
    elif way is not None:
        problems += _content_problems(placement, change)
    if problems:
        raise FhirRejected(problems, status=422, rec_code="REC_UNPROCESSABLE_ENTITY")
    if way is None:
        raise Conflict(_no_way(placement, change.status, now["status"]))
    for action in way:
        _do(db, actor, action=action, placement_id=placement.id, change=change)


def _do(db: Database, actor: Actor, *, action: Action, placement_id: UUID, change: TaskChange) -> None:
    match action:
        case Action.OPEN:
            delivery.open_offer(db, actor, placement_id)
        case Action.ACCEPT:
            delivery.accept(db, actor, placement_id)
        case Action.WAITLIST:
            delivery.waitlist(db, actor, placement_id)
        case Action.DECLINE:
            delivery.decline(db, actor, placement_id, reason=_reason(change))
        case Action.START:
            delivery.start(db, actor, placement_id)
        case Action.COMPLETE:
            endings.complete(db, actor, placement_id, _ending(change))
        case Action.END_EARLY:
            endings.end_placement_early(db, actor, placement_id, _ending(change))


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


def _content_problems(placement: Placement, change: TaskChange) -> Iterator[Problem]:
    yield from _reason_problems(placement, change)
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


def _reason_problems(placement: Placement, change: TaskChange) -> Iterator[Problem]:
    if change.status not in _REASONED:
        return
    place = "Task.statusReason"
    if not change.has_reason:
        yield Problem(
            place, "required", f"A Task that is {change.status} says why. {_codes_of(change.status)}"
        )
    elif change.status != "on-hold" and _reason(change) is None:
        yield Problem(place, "code-invalid", f"The reason has to be coded. {_codes_of(change.status)}")
    elif placement.status == Placed.STARTED and (_reason(change) == _DECLINED) is not (
        change.status == _ENDED_BEFORE_HELP
    ):
        sentence = (
            "Help had begun: an end before the aim is failed, or cancelled where the person did not want it"
            f" (reason {_DECLINED}). Send that status."
        )
        yield Problem("Task.status", "business-rule", sentence)


def _codes_of(status: str) -> str:
    if status == "on-hold":
        return "Say in statusReason.text or in a code why it waits."
    system, reasons = _LISTS[status]
    return f"Give a code of {system}: {', '.join(f'{code} ({words})' for code, words in reasons.items())}."


_ENDS: Final = (OUR_END_REASONS, END_REASONS)
_LISTS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = MappingProxyType(
    {"rejected": (DOS_REJECTED_REASONS, DECLINE_REASONS), "failed": _ENDS, "cancelled": _ENDS}
)


def _reason(change: TaskChange) -> str | None:
    """The first code that is of the list for this status; SNOMED CT's for the person's own no will do."""
    if change.status not in _LISTS:
        return None
    wanted, reasons = _LISTS[change.status]
    for system, code in change.reasons:
        if system == wanted and code in reasons:
            return code
        if (system, code) == (SNOMED, SOCIAL_PRESCRIBING_DECLINED) and _DECLINED in reasons:
            return _DECLINED
    return None


def _ending(change: TaskChange) -> Ending:
    """An end that tells no outcome is not known, but for somebody who stopped coming: no end is without one."""
    reason = _reason(change)
    untold = OutcomeState.DID_NOT_ENGAGE if reason == "did-not-engage" else OutcomeState.NOT_KNOWN
    words: dict[str, Any] = {code.replace("-", "_"): value for code, value in change.words.items()}
    state = OutcomeState(change.outcome) if change.outcome else untold
    outcome = Outcome(state, words.pop("summary", ""), words.pop("actions", ""), **words)
    return Ending(outcome, reason=reason)
