"""What a referral costs, each figure beside another of the same run: reading it, and taking it in."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from fhir.resources.R4B.bundle import Bundle

from app.services.incoming.intake import Reception
from app.store.session import Database
from fhir.inbound import read_message
from fhir.warm import warm
from tests.factories import make_message, make_place, send, sender_for

_TIMES = 60


def _milliseconds(work: Callable[[int], object]) -> float:
    taken = []
    for number in range(_TIMES):
        begun = time.perf_counter()
        work(number)
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


def test_reading_a_referral_beside_the_bare_library(database: Database) -> None:
    raw = make_message(make_place(database).practices[0])
    warm()
    bare = _milliseconds(lambda _: Bundle.model_validate_json(raw))
    ours = _milliseconds(lambda _: read_message(raw))
    ratio = ours / bare
    print(f"\nreading, median: the library's model {bare:.1f} ms, all checks {ours:.1f} ms ({ratio:.1f}x)")
    assert read_message(raw).identity.event == "servicerequest-request"


def test_taking_a_referral_in_beside_reading_it(database: Database) -> None:
    place = make_place(database)
    sender = sender_for(*place.practices)
    messages = [make_message(place.practices[0]) for _ in range(_TIMES)]
    received = []
    reading = _milliseconds(lambda number: read_message(messages[number]))
    whole = _milliseconds(lambda number: received.append(send(database, messages[number], sender)))
    ratio = whole / reading
    print(f"\nintake, median: reading {reading:.1f} ms, read and committed {whole:.1f} ms ({ratio:.1f}x)")
    assert {one.reception for one in received} == {Reception.TAKEN}
