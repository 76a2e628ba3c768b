"""What a practice is told of consent when a referral has ended: what was recorded on the way, by whom and when."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.services.caring import endings, triage
from app.services.helping import delivery
from app.services.rights import consent
from app.store import outbox, placements
from app.store.session import Database
from tests.conftest import Clock, Woken
from tests.factories import (
    MadePlace,
    make_ending,
    make_message,
    make_referral,
    send,
    sender_for,
)

Json = dict[str, Any]


def without_consent(body: bytes) -> bytes:
    bundle = json.loads(body)
    bundle["entry"] = [each for each in bundle["entry"] if each["resource"]["resourceType"] != "Consent"]
    return json.dumps(bundle).encode()


def consent_told(database: Database, woken: Woken) -> Json:
    """The Consent of the message that is on its way to the practice."""
    with database.transaction(system("carrier")) as tx:
        found = outbox.lease(tx, woken.ids[-1])
    assert found is not None
    (told,) = [
        each["resource"]
        for each in json.loads(found.body)["entry"]
        if each["resource"]["resourceType"] == "Consent"
    ]
    return dict(told)


def finish(database: Database, place: MadePlace, placement_id: Any, *, ask: bool | None = None) -> None:
    """Help to the end; on the way the link worker writes down what the person says, if anything."""
    provider = place.actor("provider-0")
    delivery.accept(database, provider, placement_id)
    delivery.start(database, provider, placement_id)
    if ask is not None:
        with database.transaction(system("test")) as tx:
            referral_id = placements.get(tx, placement_id, audit="test").referral_id
        consent.record(database, place.link_worker, referral_id, given=ask)
    endings.complete(database, provider, placement_id, make_ending(database.clock().date()))


def test_a_referral_that_said_nothing_of_consent_ends_with_none_claimed(
    database: Database, place: MadePlace, woken: Woken
) -> None:
    practice = place.practices[0]
    received = send(database, without_consent(make_message(practice)), sender_for(practice))
    (focus,) = [
        each["reference"]
        for each in json.loads(received.answer.body)["entry"][0]["resource"]["focus"]
        if each["reference"].startswith("ServiceRequest/")
    ]
    referral_id = UUID(focus.removeprefix("ServiceRequest/"))
    triage.start(database, place.link_worker, referral_id)
    placement_id = triage.offer(database, place.link_worker, referral_id, [place.services[0].id])
    finish(database, place, placement_id)
    told = consent_told(database, woken)
    assert told["status"] == "proposed"
    assert "dateTime" not in told
    assert "IMPLIED" not in json.dumps(told)


def test_what_the_message_said_is_told_as_of_when_it_came(
    database: Database, place: MadePlace, woken: Woken, clock: Clock
) -> None:
    clock.advance(days=-2)  # what is composed in a future is not carried today
    came = clock.now
    made = make_referral(database, place, ReferralStatus.ACTIVE)
    clock.advance(days=2)
    finish(database, place, made.placement_id)
    told = consent_told(database, woken)
    assert (told["status"], told["dateTime"]) == ("active", came.isoformat())


@pytest.mark.parametrize(("said", "status"), [(True, "active"), (False, "rejected")])
def test_the_newest_word_is_the_one_that_the_link_worker_was_told(
    said: bool, status: str, database: Database, place: MadePlace, woken: Woken, clock: Clock
) -> None:
    clock.advance(hours=-5)
    made = make_referral(database, place, ReferralStatus.ACTIVE)
    clock.advance(hours=5)
    asked = clock.now
    finish(database, place, made.placement_id, ask=said)
    told = consent_told(database, woken)
    assert (told["status"], told["dateTime"]) == (status, asked.isoformat())
