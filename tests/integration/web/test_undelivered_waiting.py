"""What could not be carried, twice over: no rest while its sender thinks that we have it, no second copy of news."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.domain.undelivered import Kind
from app.runtime import Runtime
from app.services.feedback.carrying import Attempt, Result, deliver, due
from app.store.outbox import Outgoing
from tests.factories import MadePlace, MadeReferral
from tests.integration.web.test_undelivered import PAGE, SignIn, at, failed, line, waiting

__all__ = ["failed", "waiting"]


@pytest.mark.parametrize("reason", ["out-of-date", "address-mended"])
def test_waiting_message_does_not_rest_before_its_sender_knows(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waiting: UUID, reason: str
) -> None:
    steward, path = sign_in("steward"), at(Kind.WAITING, waiting, "set-aside")
    assert reason not in {each.get("value") for each in steward.get(path).inputs}
    refused = steward.send(path, {"reason": reason})
    assert refused.status_code == 400
    assert "Tell whoever sent it first" in refused.text
    assert "To do (1)" in steward.get("/attention").text, "a task stands until somebody was told"
    assert steward.send(path, {"reason": "told-otherwise"}).status_code == 303
    assert "Nothing needs you now" in steward.get("/attention").text


def test_news_that_is_pressed_twice_goes_once(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, failed: MadeReferral
) -> None:
    steward, path = sign_in("steward"), at(Kind.NEWS, line(runtime, place, Kind.NEWS), "send-again")
    assert steward.send(path, at=PAGE).status_code == 303
    assert steward.send(path, at=PAGE).status_code == 404
    carried: list[UUID] = []

    def carry(outgoing: Outgoing) -> Attempt:
        carried.append(outgoing.feedback_id)
        return Attempt(Result.SENT, reference="1")

    for _ in range(2):
        for each in due(runtime.db):
            deliver(runtime.db, each, carry)
    assert len(carried) == 1
