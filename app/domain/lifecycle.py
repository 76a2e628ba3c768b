"""The lifecycle as ONE table: from it come the buttons, the diagram, the test matrix and whose turn it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.domain.errors import FieldProblem, Invalid, MovedOn, NotAllowed
from app.domain.vocabulary import (
    DECLINE_REASONS,
    END_REASONS,
    PAUSE_REASONS,
    REOPEN_REASONS,
    WITHDRAW_REASONS,
    OutcomeState,
    Role,
)


class Track(StrEnum):
    """What has a life: the referral, each onward placement, the outcome's way to the GP, and each word before it."""

    REFERRAL = "referral"
    PLACEMENT = "placement"
    FEEDBACK = "feedback"
    PROGRESS = "progress"


class ReferralStatus(StrEnum):
    """One GP request for one person."""

    RECEIVED = "received"
    IN_TRIAGE = "in-triage"
    ACTIVE = "active"
    WAITING = "waiting"
    COMPLETED = "completed"
    ENDED_EARLY = "ended-early"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    ENTERED_IN_ERROR = "entered-in-error"


class PlacementStatus(StrEnum):
    """An onward referral to one provider."""

    OFFERED = "offered"
    OPENED = "opened"
    INFORMATION_REQUESTED = "information-requested"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    STARTED = "started"
    PAUSED = "paused"
    COMPLETED = "completed"
    ENDED_EARLY = "ended-early"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class FeedbackStatus(StrEnum):
    """How far a message to the requester's practice got, of whatever kind."""

    COMPOSED = "composed"
    SENT = "sent"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"
    SUPERSEDED = "superseded"  # something newer was written before it got there


class Action(StrEnum):
    """Everything that can be done; past tenses are events, these are the deeds."""

    RECEIVE = "receive"
    START_TRIAGE = "start-triage"
    OFFER = "offer"
    RETURN_TO_TRIAGE = "return-to-triage"
    WAIT = "wait"
    RESUME = "resume"
    COMPLETE = "complete"
    END_EARLY = "end-early"
    CLOSE = "close"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    ENTER_IN_ERROR = "enter-in-error"
    OPEN = "open"
    ASK = "ask"
    ANSWER = "answer"
    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    WAITLIST = "waitlist"
    START = "start"
    PAUSE = "pause"
    COMPOSE = "compose"
    SEND = "send"
    DELIVER = "deliver"
    ACKNOWLEDGE = "acknowledge"
    FAIL = "fail"
    RETRY = "retry"
    SUPERSEDE = "supersede"


NEW = ""  # the status of what does not exist yet

OPEN_REFERRAL: frozenset[str] = frozenset(
    {ReferralStatus.RECEIVED, ReferralStatus.IN_TRIAGE, ReferralStatus.ACTIVE, ReferralStatus.WAITING}
)
OPEN_PLACEMENT: frozenset[str] = frozenset(
    {
        PlacementStatus.OFFERED,
        PlacementStatus.OPENED,
        PlacementStatus.INFORMATION_REQUESTED,
        PlacementStatus.ACCEPTED,
        PlacementStatus.WAITLISTED,
        PlacementStatus.STARTED,
        PlacementStatus.PAUSED,
    }
)
UNANSWERED_PLACEMENT: frozenset[str] = frozenset(
    {PlacementStatus.OFFERED, PlacementStatus.OPENED, PlacementStatus.INFORMATION_REQUESTED}
)
HELPS: frozenset[str] = frozenset({PlacementStatus.ACCEPTED, PlacementStatus.STARTED, PlacementStatus.PAUSED})
ANSWER_RUNS_OUT: frozenset[str] = UNANSWERED_PLACEMENT - {PlacementStatus.INFORMATION_REQUESTED}


@dataclass(frozen=True, slots=True)
class Rule:
    """Where an action leads, who may do it, and what must come with it."""

    after: str
    roles: frozenset[Role]
    reasons: Mapping[str, str] | None = None  # a coded reason of this list is demanded
    outcome: bool = False  # no end without an outcome


CALLED_OFF = "called-off"  # an offer that its provider cancelled instead of rejecting it


@dataclass(frozen=True, slots=True)
class Telling:
    """How whoever took a step put it: as which stage, where that says more than its status, and in which words."""

    stage: str | None = None
    said: str | None = None


PLAIN = Telling()


@dataclass(frozen=True, slots=True)
class Transition:
    """One step taken, before it is written down with its author and time."""

    track: Track
    action: Action
    before: str
    after: str
    reason: str | None = None
    told: Telling = PLAIN


_LW, _PROV, _PRAC, _STEW, _SYS = Role.LINK_WORKER, Role.PROVIDER, Role.PRACTICE, Role.STEWARD, Role.SYSTEM
_Key = tuple[Track, str, Action]


def _rules() -> dict[_Key, Rule]:
    table: dict[_Key, Rule] = {}
    rows_of = (_REFERRAL, _PLACEMENT, _FEEDBACK, _PROGRESS)
    for track, rows in zip(Track, rows_of, strict=True):
        order = (
            NEW,
            *STATUSES[track],
        )  # a set has another order in every process, and a picture is drawn from this
        for befores, action, after, roles, reasons, outcome in rows:
            for before in sorted(befores, key=order.index):
                table[track, before, action] = Rule(after, frozenset(roles), reasons, outcome)
    return table


_Row = tuple[Collection[str], Action, str, Collection[Role], Mapping[str, str] | None, bool]
_R, _P, _F = ReferralStatus, PlacementStatus, FeedbackStatus

STATUSES: Mapping[Track, tuple[str, ...]] = MappingProxyType(
    dict(zip(Track, (tuple(_R), tuple(_P), tuple(_F), tuple(_F)), strict=True))
)

_REFERRAL: tuple[_Row, ...] = (
    ([NEW], Action.RECEIVE, _R.RECEIVED, [_SYS], None, False),
    ([_R.RECEIVED], Action.START_TRIAGE, _R.IN_TRIAGE, [_LW], None, False),
    ([_R.IN_TRIAGE, _R.ACTIVE, _R.WAITING], Action.OFFER, _R.ACTIVE, [_LW, _SYS], None, False),
    ([_R.ACTIVE, _R.WAITING], Action.RETURN_TO_TRIAGE, _R.IN_TRIAGE, [_LW, _SYS], None, False),
    ([_R.ACTIVE], Action.WAIT, _R.WAITING, [_SYS], None, False),
    ([_R.WAITING], Action.RESUME, _R.ACTIVE, [_SYS], None, False),
    ([_R.IN_TRIAGE], Action.COMPLETE, _R.COMPLETED, [_LW], None, True),
    ([_R.ACTIVE, _R.WAITING], Action.COMPLETE, _R.COMPLETED, [_LW, _SYS], None, True),
    (OPEN_REFERRAL, Action.END_EARLY, _R.ENDED_EARLY, [_LW, _SYS], END_REASONS, True),
    (OPEN_REFERRAL, Action.WITHDRAW, _R.WITHDRAWN, [_LW, _PRAC, _SYS], WITHDRAW_REASONS, False),
    (OPEN_REFERRAL | {_R.WITHDRAWN}, Action.ENTER_IN_ERROR, _R.ENTERED_IN_ERROR, [_PRAC, _SYS], None, False),
    ([_R.COMPLETED, _R.ENDED_EARLY], Action.CLOSE, _R.CLOSED, [_SYS], None, False),
    ([_R.COMPLETED, _R.ENDED_EARLY, _R.CLOSED], Action.REOPEN, _R.IN_TRIAGE, [_LW], REOPEN_REASONS, False),
)

_TAKEN_ON = (_P.ACCEPTED, _P.WAITLISTED, _P.STARTED, _P.PAUSED)
_PLACEMENT: tuple[_Row, ...] = (
    ([NEW], Action.OFFER, _P.OFFERED, [_LW, _SYS], None, False),
    ([_P.OFFERED], Action.OPEN, _P.OPENED, [_PROV], None, False),
    ([_P.OFFERED, _P.OPENED], Action.ASK, _P.INFORMATION_REQUESTED, [_PROV], None, False),
    ([_P.INFORMATION_REQUESTED], Action.ANSWER, _P.OPENED, [_LW], None, False),
    (UNANSWERED_PLACEMENT | {_P.WAITLISTED}, Action.ACCEPT, _P.ACCEPTED, [_PROV], None, False),
    (UNANSWERED_PLACEMENT, Action.WAITLIST, _P.WAITLISTED, [_PROV], None, False),
    (UNANSWERED_PLACEMENT, Action.DECLINE, _P.DECLINED, [_PROV], DECLINE_REASONS, False),
    (ANSWER_RUNS_OUT, Action.EXPIRE, _P.EXPIRED, [_SYS], None, False),
    ([_P.ACCEPTED], Action.START, _P.STARTED, [_PROV], None, False),
    ([_P.ACCEPTED, _P.STARTED], Action.PAUSE, _P.PAUSED, [_PROV], PAUSE_REASONS, False),
    ([_P.PAUSED], Action.RESUME, _P.STARTED, [_PROV], None, False),
    ([_P.STARTED], Action.COMPLETE, _P.COMPLETED, [_PROV], None, True),
    (_TAKEN_ON, Action.END_EARLY, _P.ENDED_EARLY, [_PROV], END_REASONS, True),
    (OPEN_PLACEMENT, Action.WITHDRAW, _P.WITHDRAWN, [_LW, _SYS], WITHDRAW_REASONS, False),
)

# An acknowledgement may overtake our own note that the message was sent, or follow a report of failure.
_ON_ITS_WAY = (_F.COMPOSED, _F.SENT, _F.DELIVERED)
_UNANSWERED = (*_ON_ITS_WAY, _F.FAILED, _F.SUPERSEDED)


def _message(who_acknowledges: Collection[Role]) -> tuple[_Row, ...]:
    return (
        ([NEW], Action.COMPOSE, _F.COMPOSED, [_SYS], None, False),
        ([_F.COMPOSED], Action.SEND, _F.SENT, [_SYS], None, False),
        ([_F.SENT], Action.DELIVER, _F.DELIVERED, [_SYS], None, False),
        (_UNANSWERED, Action.ACKNOWLEDGE, _F.ACKNOWLEDGED, who_acknowledges, None, False),
        (_ON_ITS_WAY, Action.FAIL, _F.FAILED, [_SYS], None, False),
        ([_F.FAILED], Action.RETRY, _F.COMPOSED, [_LW, _STEW], None, False),
        ((*_ON_ITS_WAY, _F.FAILED), Action.SUPERSEDE, _F.SUPERSEDED, [_SYS], None, False),
    )


_FEEDBACK = _message([_SYS, _PRAC])
_PROGRESS = _message([_SYS])  # nobody files a word on the way by hand: only systems answer it

RULES: Mapping[_Key, Rule] = MappingProxyType(_rules())
_LEADS = {each: {(act, rule.after) for (of, _, act), rule in RULES.items() if of is each} for each in Track}


def decide(
    track: Track,
    status: str,
    action: Action,
    *,
    role: Role,
    reason: str | None = None,
    outcome: OutcomeState | None = None,
) -> Transition:
    """Return the step that `action` takes from `status`.

    Raises MovedOn when the step does not follow from this status, NotAllowed when this role may not
    take it, Invalid when the reason or the outcome that it demands is missing or not of its list.
    """
    rule = RULES.get((track, status, action))
    if rule is None:
        words = status.replace("-", " ") or "new"
        sentence = f"This {track} is {words}: '{action.replace('-', ' ')}' cannot be done from there."
        raise MovedOn(sentence, track=track, status=status, is_done=(action, status) in _LEADS[track])
    if role not in rule.roles:
        raise NotAllowed(f"Your role may not do '{action.replace('-', ' ')}' on a {track}.")
    problems = _missing(rule, reason, outcome)
    if problems:
        raise Invalid(problems)
    return Transition(track, action, status, rule.after, reason)


def _missing(rule: Rule, reason: str | None, outcome: OutcomeState | None) -> list[FieldProblem]:
    problems = []
    if rule.reasons is not None and reason not in rule.reasons:
        sentence = f"Give a reason, one of: {', '.join(rule.reasons)}."
        problems.append(FieldProblem("reason", sentence, "required" if reason is None else "code-invalid"))
    if rule.outcome and outcome is None:
        sentence = "Say how it ended: better, no change, worse, did not engage or not known."
        problems.append(FieldProblem("outcome", sentence, "required"))
    return problems


def available_actions(track: Track, status: str, role: Role) -> tuple[Action, ...]:
    """Return what this role may do now, in the order of the table: the page's buttons."""
    return tuple(
        action
        for (of, before, action), rule in RULES.items()
        if of is track and before == status and role in rule.roles
    )
