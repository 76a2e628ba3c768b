"""Two who read one version and write at one moment: the first is taken, the second is told that it is too late."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from app.domain.lifecycle import ReferralStatus
from tests.factories import MadePlace, MadeReferral
from tests.integration.api_fhir_rest.reader import Json, Reader
from tests.integration.api_fhir_rest.test_providers_updating import NO_CAPACITY

Refer = Callable[..., MadeReferral]
ReaderOf = Callable[..., Reader]
ROUNDS = range(5)


def at_once(app: Flask, reader: Reader, path: str, bodies: list[Json], **headers: str) -> list[int]:
    """Put all bodies at one moment, each by a client of its own; the statuses, sorted."""
    begin = Barrier(len(bodies))

    def put(body: Json) -> int:
        own = Reader(app.test_client(use_cookies=False), reader.token)
        begin.wait()
        return own.put(path, body, **headers).status_code

    with ThreadPoolExecutor(len(bodies)) as pool:
        return sorted(pool.map(put, bodies))


@pytest.mark.parametrize("_", ROUNDS)
def test_of_two_answers_to_one_offer_one_counts(_: int, app: Flask, provider: Reader, refer: Refer) -> None:
    path = f"Task/{refer(ReferralStatus.ACTIVE).placement_id}"
    now = provider.get(path)
    bodies = [
        now.json | {"status": "accepted"},
        now.json | {"status": "rejected", "statusReason": NO_CAPACITY},
    ]
    assert at_once(app, provider, path, bodies, If_Match=now.headers["ETag"]) == [200, 412]
    assert provider.get(path).headers["ETag"] == 'W/"2"'


@pytest.mark.parametrize("_", ROUNDS)
def test_of_two_updates_of_one_referral_one_counts(
    _: int, app: Flask, reader_of: ReaderOf, place: MadePlace, refer: Refer
) -> None:
    writer = reader_of(place.practices[0], scopes=("referral.read", "referral.write"))
    path = f"ServiceRequest/{refer(ReferralStatus.IN_TRIAGE).id}"
    now = writer.get(path)

    def noted(words: str) -> Any:
        return now.json | {"note": [{"text": words}]}

    bodies = [noted("Comes by bus."), noted("Would rather meet on Tuesdays.")]
    assert at_once(app, writer, path, bodies, If_Match=now.headers["ETag"]) == [200, 412]
