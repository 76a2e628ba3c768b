"""Who may do what, from where: the table of rules against a second one that was written by hand."""

import pytest

from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.lifecycle import (
    NEW,
    OPEN_PLACEMENT,
    OPEN_REFERRAL,
    RULES,
    STATUSES,
    UNANSWERED_PLACEMENT,
    Action,
    Track,
    Transition,
    available_actions,
    decide,
)
from app.domain.turns import whose_turn
from app.domain.vocabulary import (
    DECLINE_REASONS,
    END_REASONS,
    PAUSE_REASONS,
    REOPEN_REASONS,
    WITHDRAW_REASONS,
    OutcomeState,
    Role,
)

# A line: the status, who, and what they may do from there. What has no line may be done by nobody.
MAY = {
    Track.REFERRAL: """
        new          system       receive
        received     link-worker  start-triage end-early withdraw
        received     practice     withdraw enter-in-error
        received     system       end-early withdraw enter-in-error
        in-triage    link-worker  offer complete end-early withdraw
        in-triage    practice     withdraw enter-in-error
        in-triage    system       offer end-early withdraw enter-in-error
        active       link-worker  offer return-to-triage complete end-early withdraw
        active       practice     withdraw enter-in-error
        active       system       offer return-to-triage wait complete end-early withdraw enter-in-error
        waiting      link-worker  offer return-to-triage complete end-early withdraw
        waiting      practice     withdraw enter-in-error
        waiting      system       offer return-to-triage resume complete end-early withdraw enter-in-error
        completed    link-worker  reopen
        completed    system       close
        ended-early  link-worker  reopen
        ended-early  system       close
        closed       link-worker  reopen
        withdrawn    practice     enter-in-error
        withdrawn    system       enter-in-error
        entered-in-error
    """,
    Track.PLACEMENT: """
        new          link-worker  offer
        new          system       offer
        offered      provider     open ask accept waitlist decline
        offered      link-worker  withdraw
        offered      system       expire withdraw
        opened       provider     ask accept waitlist decline
        opened       link-worker  withdraw
        opened       system       expire withdraw
        information-requested  provider     accept waitlist decline
        information-requested  link-worker  answer withdraw
        information-requested  system       withdraw
        accepted     provider     start pause end-early
        accepted     link-worker  withdraw
        accepted     system       withdraw
        waitlisted   provider     accept end-early
        waitlisted   link-worker  withdraw
        waitlisted   system       withdraw
        started      provider     pause complete end-early
        started      link-worker  withdraw
        started      system       withdraw
        paused       provider     resume end-early
        paused       link-worker  withdraw
        paused       system       withdraw
        completed
        ended-early
        declined
        expired
        withdrawn
    """,
    Track.FEEDBACK: """
        new          system       compose
        composed     system       send acknowledge fail supersede
        composed     practice     acknowledge
        sent         system       deliver acknowledge fail supersede
        sent         practice     acknowledge
        delivered    system       acknowledge fail supersede
        delivered    practice     acknowledge
        failed       system       acknowledge supersede
        failed       practice     acknowledge
        failed       link-worker  retry
        failed       steward      retry
        superseded   system       acknowledge
        superseded   practice     acknowledge
        acknowledged
    """,
    Track.PROGRESS: """
        new          system       compose
        composed     system       send acknowledge fail supersede
        sent         system       deliver acknowledge fail supersede
        delivered    system       acknowledge fail supersede
        failed       system       acknowledge supersede
        failed       link-worker  retry
        failed       steward      retry
        superseded   system       acknowledge
        acknowledged
    """,
}

LEADS_TO = {
    Track.REFERRAL: "receive received, start-triage in-triage, offer active, return-to-triage in-triage, "
    "wait waiting, resume active, complete completed, end-early ended-early, withdraw withdrawn, "
    "enter-in-error entered-in-error, close closed, reopen in-triage",
    Track.PLACEMENT: "offer offered, open opened, ask information-requested, answer opened, accept accepted, "
    "waitlist waitlisted, decline declined, expire expired, start started, pause paused, "
    "resume started, complete completed, end-early ended-early, withdraw withdrawn",
    Track.FEEDBACK: "compose composed, send sent, deliver delivered, acknowledge acknowledged, fail failed, "
    "retry composed, supersede superseded",
    Track.PROGRESS: "compose composed, send sent, deliver delivered, acknowledge acknowledged, fail failed, "
    "retry composed, supersede superseded",
}

DEMANDS = {  # the list that the reason must be of
    (Track.REFERRAL, Action.END_EARLY): END_REASONS,
    (Track.REFERRAL, Action.WITHDRAW): WITHDRAW_REASONS,
    (Track.REFERRAL, Action.REOPEN): REOPEN_REASONS,
    (Track.PLACEMENT, Action.DECLINE): DECLINE_REASONS,
    (Track.PLACEMENT, Action.PAUSE): PAUSE_REASONS,
    (Track.PLACEMENT, Action.END_EARLY): END_REASONS,
    (Track.PLACEMENT, Action.WITHDRAW): WITHDRAW_REASONS,
}
NEEDS_OUTCOME = {
    (track, action)
    for track in (Track.REFERRAL, Track.PLACEMENT)
    for action in (Action.COMPLETE, Action.END_EARLY)
}
EVERY_STATUS = [(track, status) for track in Track for status in (NEW, *STATUSES[track])]


def classified(track: Track) -> dict[tuple[str, str], set[str]]:
    """(status, role) -> actions; the status alone with an empty role says only that it was thought of."""
    found: dict[tuple[str, str], set[str]] = {}
    for line in MAY[track].strip().splitlines():
        status, *rest = line.split()
        role, *actions = rest or [""]
        found[NEW if status == "new" else status, role] = set(actions)
    return found


def attempt(track: Track, status: str, action: Action, role: Role) -> Transition:
    """Take a step with everything that it may demand."""
    reason = next(iter(DEMANDS.get((track, action), {None: ""})))
    return decide(track, status, action, role=role, reason=reason, outcome=OutcomeState.NOT_KNOWN)


@pytest.mark.parametrize("track", Track)
def test_every_status_is_classified_by_hand_and_no_other(track: Track) -> None:
    assert {status for status, _ in classified(track)} == {NEW, *STATUSES[track]}


@pytest.mark.parametrize(("track", "status"), EVERY_STATUS)
def test_every_step_is_refused_unless_it_is_listed(track: Track, status: str) -> None:
    listed = classified(track)
    leads_to = dict(pair.split() for pair in LEADS_TO[track].split(", "))
    wrong = []
    for role in Role:
        for action in Action:
            try:
                after = attempt(track, status, action, role).after
            except (Conflict, NotAllowed):
                after = None
            expected = leads_to[action] if action in listed.get((status, role), set()) else None
            if after != expected:
                wrong.append((role.value, action.value, after, expected))
    assert wrong == []


@pytest.mark.parametrize(("track", "status"), EVERY_STATUS)
def test_buttons_are_exactly_what_may_be_done(track: Track, status: str) -> None:
    listed = classified(track)
    for role in Role:
        assert set(available_actions(track, status, role)) == listed.get((status, role), set()), role


def test_step_that_does_not_follow_is_a_conflict_and_one_that_is_not_yours_is_not_allowed() -> None:
    with pytest.raises(Conflict, match="This placement is offered: 'complete' cannot be done from there"):
        decide(Track.PLACEMENT, "offered", Action.COMPLETE, role=Role.PROVIDER)
    with pytest.raises(NotAllowed, match="Your role may not do 'accept' on a placement"):
        decide(Track.PLACEMENT, "offered", Action.ACCEPT, role=Role.LINK_WORKER)


@pytest.mark.parametrize(("track", "action"), [(t, a) for t, _, a in RULES])
@pytest.mark.parametrize("reason", [None, "because", ""])
def test_reason_of_the_right_list_is_demanded(track: Track, action: Action, reason: str | None) -> None:
    (before, role) = next(
        (b, next(iter(r.roles))) for (t, b, a), r in RULES.items() if (t, a) == (track, action)
    )
    if (track, action) not in DEMANDS:
        step = decide(track, before, action, role=role, reason=reason, outcome=OutcomeState.BETTER)
        assert step.reason == reason
        return
    with pytest.raises(Invalid) as refused:
        decide(track, before, action, role=role, reason=reason, outcome=OutcomeState.BETTER)
    (problem,) = refused.value.problems
    assert (problem.field, problem.code) == ("reason", "required" if reason is None else "code-invalid")
    assert all(code in problem.sentence for code in DEMANDS[track, action])


@pytest.mark.parametrize(("key", "rule"), RULES.items())
def test_nothing_ends_without_an_outcome(key: tuple[Track, str, Action], rule: object) -> None:
    track, before, action = key
    role = next(iter(RULES[key].roles))
    reason = next(iter(DEMANDS.get((track, action), {None: ""})))
    if (track, action) in NEEDS_OUTCOME:
        with pytest.raises(Invalid, match="Say how it ended"):
            decide(track, before, action, role=role, reason=reason)
    else:
        assert decide(track, before, action, role=role, reason=reason).before == before


def test_missing_reason_and_missing_outcome_are_told_together() -> None:
    with pytest.raises(Invalid) as refused:
        decide(Track.REFERRAL, "active", Action.END_EARLY, role=Role.LINK_WORKER)
    assert [problem.field for problem in refused.value.problems] == ["reason", "outcome"]


@pytest.mark.parametrize("track", Track)
def test_every_status_can_be_reached_from_the_beginning(track: Track) -> None:
    reached, waiting = {NEW}, [NEW]
    while waiting:
        here = waiting.pop()
        following = {rule.after for (of, before, _), rule in RULES.items() if of is track and before == here}
        waiting += following - reached
        reached |= following
    assert reached == {NEW, *STATUSES[track]}


@pytest.mark.parametrize("track", Track)
def test_somebody_holds_the_ball_exactly_where_somebody_can_act(track: Track) -> None:
    for status in STATUSES[track]:
        afterthoughts = (Action.REOPEN, Action.ENTER_IN_ERROR)
        goes_on = any(of is track and before == status and a not in afterthoughts for of, before, a in RULES)
        assert (whose_turn(track, status) is not None) == goes_on, status


def test_only_the_platform_closes_and_only_after_an_end() -> None:
    closing = {(before, *rule.roles) for (_, before, a), rule in RULES.items() if a is Action.CLOSE}
    assert closing == {("completed", Role.SYSTEM), ("ended-early", Role.SYSTEM)}


def test_open_and_unanswered_are_what_the_words_say() -> None:
    assert set(STATUSES[Track.REFERRAL]) - OPEN_REFERRAL == {
        "completed",
        "ended-early",
        "closed",
        "withdrawn",
        "entered-in-error",
    }
    assert set(STATUSES[Track.PLACEMENT]) - OPEN_PLACEMENT == {
        "completed",
        "ended-early",
        "declined",
        "expired",
        "withdrawn",
    }
    assert {"offered", "opened", "information-requested"} == UNANSWERED_PLACEMENT
