"""What our messages say beside themselves on their way to a practice's FHIR endpoint, heard by our own strict door."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from app import jobs
from app.clients.transport import Envelope, Receipt
from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import FeedbackFormat
from app.runtime import Runtime
from tests.factories import MadePlace, make_referral
from tests.integration.api_fhir.gp_system import GpSystem, register

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
TEAM = "A9X1Y"
NEEDED = {"NHSD-Target-Identifier", "NHSD-Requesting-Software", "NHSD-End-User-Organisation"}


@dataclass
class Way:
    """A way to a FHIR endpoint that remembers what it was given."""

    seen: list[Envelope] = field(default_factory=list)

    def send(self, envelope: Envelope) -> Receipt:
        self.seen.append(envelope)
        return Receipt(envelope.local_id)

    def find_sent(self, _: str) -> Receipt | None:
        return None


def unpacked(told: str) -> Any:
    return json.loads(base64.b64decode(told))


@pytest.fixture
def carried(runtime: Runtime, place: MadePlace, admin: Engine) -> Callable[[FeedbackFormat], Envelope]:
    """End a referral whose practice is told at its FHIR endpoint, in a form; return what was given to the transport."""

    def carry(form: FeedbackFormat) -> Envelope:
        with admin.connect() as connection:
            to_endpoint = "update organisation set feedback_transport = 'fhir', feedback_format = :form"
            told = {"form": form.value, "id": place.practices[0].id}
            connection.execute(text(f"{to_endpoint} where id = :id"), told)
            named = text("update organisation set ods = :ods where id = :id")
            connection.execute(named, {"ods": TEAM, "id": place.team.id})
        make_referral(runtime.db, place, ReferralStatus.COMPLETED)
        way = Way()
        jobs.sweep(replace(runtime, transports={"fhir": way}))
        (envelope,) = way.seen
        return envelope

    return carry


def read_with(gp: GpSystem, headers: Mapping[str, str]) -> TestResponse:
    signed_in = {"Authorization": f"Bearer {gp.token}", "X-Request-Id": str(uuid4())}
    return gp.http.get("/FHIR/R4/Task", headers=signed_in | dict(headers))


def test_an_outcome_says_for_whom_it_is_who_says_so_and_by_which_software(
    carried: Callable[..., Envelope], place: MadePlace, runtime: Runtime
) -> None:
    headers = carried(FeedbackFormat.BARS).headers
    assert headers["Accept"] == "application/fhir+json; version=1.4.0"
    target, software, user = (unpacked(headers[name]) for name in sorted(NEEDED, reverse=True))
    assert target == {"system": "https://fhir.nhs.uk/Id/dos-service-id", "value": "2222222222"}
    assert software["resourceType"] == "Device"
    assert software["url"] == runtime.settings.public_url
    assert user == {
        "resourceType": "Organization",
        "identifier": [{"system": ODS, "value": TEAM}],
        "name": place.team.name,
    }


def test_a_door_behind_the_proxy_takes_the_headers_of_our_messages(
    carried: Callable[..., Envelope], place: MadePlace, runtime: Runtime, gp: GpSystem
) -> None:
    headers = carried(FeedbackFormat.BARS).headers
    strict = {"practices": (), "behind_proxy": True, "scopes": ("referral.read",)}
    team = GpSystem(gp.http, register(runtime.db, place.team.id, gp.key, **strict), gp.key)
    assert read_with(team, headers).status_code == 200
    for name in (*NEEDED, "Accept"):
        without = {told: value for told, value in headers.items() if told != name}
        assert read_with(team, without).status_code == 400, name


def test_a_letter_says_none_of_it(carried: Callable[..., Envelope]) -> None:
    assert carried(FeedbackFormat.LETTER).headers == {}
