"""The sweep does each thing by itself: what fails must not keep the rest waiting."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app import jobs
from app.clients.transport import Envelope, PermanentFailure, Receipt
from app.domain.lifecycle import FeedbackStatus, ReferralStatus
from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.services.shown import views
from tests.conftest import Clock
from tests.factories import MadePlace, make_place, make_referral


class Carrier:
    """A way out that stumbles over some messages and carries the others."""

    def __init__(self, faults: dict[int, Exception]):
        self.faults, self.carried, self.tries = faults, [], 0

    def send(self, envelope: Envelope) -> Receipt:
        self.tries += 1
        if fault := self.faults.get(self.tries):
            raise fault
        self.carried.append(envelope.local_id)
        return Receipt(f"sent-{self.tries}")

    def find_sent(self, _: str) -> Receipt | None:
        return None


def _ended(runtime: Runtime, place: MadePlace, count: int) -> list[UUID]:
    return [make_referral(runtime.db, place, ReferralStatus.COMPLETED).id for _ in range(count)]


def _statuses(runtime: Runtime, place: MadePlace, ids: list[UUID]) -> list[str]:
    return sorted(views.get_referral(runtime.db, place.link_worker, one).feedback[-1].status for one in ids)


def test_a_message_that_stumbles_does_not_hold_up_the_others(runtime: Runtime) -> None:
    place = make_place(runtime.db)
    ids = _ended(runtime, place, 3)
    carrier = Carrier({2: RuntimeError("a defect of ours")})
    jobs.sweep(replace(runtime, transports={"mesh": carrier}))
    assert len(carrier.carried) == 2
    assert _statuses(runtime, place, ids) == [
        FeedbackStatus.COMPOSED,
        FeedbackStatus.SENT,
        FeedbackStatus.SENT,
    ]


def test_a_message_that_can_never_arrive_becomes_a_task_for_the_team(runtime: Runtime) -> None:
    place = make_place(runtime.db)
    ids = _ended(runtime, place, 1)
    jobs.sweep(replace(runtime, transports={"mesh": Carrier({1: PermanentFailure("mesh-12")})}))
    assert _statuses(runtime, place, ids) == [FeedbackStatus.FAILED]
    found = views.get_referral(runtime.db, place.link_worker, ids[0])
    assert [task.kind for task in found.tasks] == ["feedback-failed"]
    assert found.turn is not Role.PROVIDER


def test_silent_offers_are_swept_although_the_post_stumbles(runtime: Runtime, clock: Clock) -> None:
    place = make_place(runtime.db)
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    other = _ended(runtime, place, 1)
    clock.advance(days=20)
    jobs.sweep(replace(runtime, transports={"mesh": Carrier({1: RuntimeError("a defect of ours")})}))
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert found.referral.status == ReferralStatus.IN_TRIAGE
    assert _statuses(runtime, place, other) == [FeedbackStatus.COMPOSED]
