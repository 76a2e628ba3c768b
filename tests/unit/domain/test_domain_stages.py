"""How far a referral has come, as its practice is shown it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.domain.lifecycle import Action, Track
from app.domain.referral import Step
from app.domain.stages import Stage, stages_reached

R, P, F = Track.REFERRAL, Track.PLACEMENT, Track.FEEDBACK
START = datetime(2026, 11, 1, 9, tzinfo=UTC)
TO_STARTED = [
    (R, Action.RECEIVE, "received"),
    (R, Action.START_TRIAGE, "in-triage"),
    (P, Action.OFFER, "offered"),
    (R, Action.OFFER, "active"),
    (P, Action.ACCEPT, "accepted"),
    (P, Action.START, "started"),
]
TO_CLOSED = [
    *TO_STARTED,
    (P, Action.COMPLETE, "completed"),
    (R, Action.COMPLETE, "completed"),
    (F, Action.COMPOSE, "composed"),
    (F, Action.SEND, "sent"),
    (F, Action.ACKNOWLEDGE, "acknowledged"),
    (R, Action.CLOSE, "closed"),
]


def _stages(rows: list[tuple[Track, Action, str]]) -> list[Stage]:
    return [reached.stage for reached in stages_reached(_steps(rows))]


def _steps(rows: list[tuple[Track, Action, str]]) -> list[Step]:
    return [
        Step(START + timedelta(hours=hour), track, action, "", after, None, "system", "Backstitch")
        for hour, (track, action, after) in enumerate(rows)
    ]


def test_a_closed_loop_has_reached_every_stage_in_order() -> None:
    assert _stages(TO_CLOSED) == list(Stage)


def test_a_stage_keeps_the_time_it_was_first_reached() -> None:
    twice = [*TO_STARTED, (P, Action.DECLINE, "declined"), (P, Action.OFFER, "offered")]
    offered = next(each for each in stages_reached(_steps(twice)) if each.stage is Stage.OFFERED)
    assert offered.at == START + timedelta(hours=2)


def test_a_referral_back_in_triage_has_lost_its_offers() -> None:
    back = [*TO_STARTED, (R, Action.RETURN_TO_TRIAGE, "in-triage")]
    assert _stages(back) == [Stage.RECEIVED, Stage.IN_TRIAGE]


def test_a_reopened_referral_has_to_be_told_of_again() -> None:
    assert _stages([*TO_CLOSED, (R, Action.REOPEN, "in-triage")]) == [Stage.RECEIVED, Stage.IN_TRIAGE]


def test_news_that_is_only_composed_or_failed_has_told_nobody() -> None:
    failed = [*TO_CLOSED[:9], (F, Action.FAIL, "failed")]
    assert _stages(failed)[-1] is Stage.ENDED
