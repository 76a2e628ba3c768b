"""The headers of NHS England's proxy, and the names by which messages call a place."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from app.runtime import Runtime
from tests.factories import MadePlace, make_message
from tests.integration.api_fhir.gp_system import GpSystem, issues

MakeGp = Callable[..., GpSystem]
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
DOS = "https://fhir.nhs.uk/Id/dos-service-id"
OURS = "2000011147"


def packed(told: Any) -> str:
    return base64.b64encode(json.dumps(told).encode()).decode()


def organisation(ods: str | None) -> str:
    return packed({"resourceType": "Organization", "identifier": [{"system": ODS, "value": ods}]})


def proxied(place: MadePlace) -> dict[str, str | None]:
    """What a request through the proxy carries; the software as NHS England's own example has it."""
    return {
        "NHSD_Target_Identifier": packed({"system": DOS, "value": OURS}),
        "NHSD_Requesting_Software": packed({"resourceType": "Device", "deviceName": {"name": "Theirs"}}),
        "NHSD_End_User_Organisation": organisation(place.practices[0].ods),
    }


@pytest.mark.parametrize("told", ["banana", packed([]), packed({}), packed({"resourceType": "Patient"})])
def test_every_header_that_cannot_be_read_is_named_at_once(gp: GpSystem, place: MadePlace, told: str) -> None:
    wrong = dict.fromkeys(proxied(place), told) | {"NHSD_Requesting_Practitioner": told}
    answer = gp.post(make_message(place.practices[0]), **wrong, X_Request_Id=None)
    assert answer.status_code == 400
    said = [each["diagnostics"] for each in answer.get_json(force=True)["issue"]]
    for name in (*wrong, "X-Request-Id"):
        assert any(name.replace("_", "-") in each for each in said), name


def test_a_message_with_all_of_the_proxys_headers_is_taken(make_gp: MakeGp, place: MadePlace) -> None:
    gp = make_gp(behind_proxy=True)
    assert gp.post(make_message(place.practices[0]), **proxied(place)).status_code == 200


def test_a_client_behind_the_proxy_is_told_each_header_that_is_missing(
    make_gp: MakeGp, place: MadePlace
) -> None:
    answer = make_gp(behind_proxy=True).post(make_message(place.practices[0]), Accept=None)
    assert answer.status_code == 400
    assert issues(answer) == [("required", "REC_BAD_REQUEST", "")] * 4


def test_others_need_none_of_them(gp: GpSystem, place: MadePlace) -> None:
    assert gp.post(make_message(place.practices[0]), Accept=None).status_code == 200


def test_a_message_for_an_organisation_that_the_system_may_not_speak_for_is_refused(
    make_gp: MakeGp, place: MadePlace
) -> None:
    gp = make_gp(place.practices[0])
    told = {"NHSD_End_User_Organisation": organisation(place.practices[1].ods)}
    assert gp.post(make_message(place.practices[0]), **told).status_code == 403


class TestAPlaceThatSaysItsNames:
    @pytest.fixture(autouse=True)
    def names(self, runtime: Runtime) -> None:
        runtime.db.names = frozenset({f"{DOS}|{OURS}", "http://localhost"})

    @staticmethod
    def _sent_to(place: MadePlace, *destinations: dict[str, Any]) -> bytes:
        message = json.loads(make_message(place.practices[0]))
        message["entry"][0]["resource"]["destination"] = list(destinations)
        if not destinations:
            del message["entry"][0]["resource"]["destination"]
        return json.dumps(message).encode()

    def test_it_takes_what_calls_it_by_one_of_them(self, gp: GpSystem, place: MadePlace) -> None:
        team = {"system": ODS, "value": place.team.ods} if place.team.ods else None
        for endpoint in (f"{DOS}|{OURS}", "http://localhost/FHIR/R4/$process-message"):
            assert gp.post(self._sent_to(place, {"endpoint": endpoint})).status_code == 200, endpoint
        own = {"endpoint": f"{DOS}|{OURS}", "receiver": {"identifier": {"system": DOS, "value": OURS}}}
        if team:
            own["receiver"] = {"identifier": team}
        assert gp.post(self._sent_to(place, own)).status_code == 200

    @pytest.mark.parametrize(
        ("destination", "element"),
        [
            ({"endpoint": f"{DOS}|111111111"}, "[0].endpoint"),
            ({"endpoint": "http://localhost.example/"}, "[0].endpoint"),
            (
                {"endpoint": f"{DOS}|{OURS}", "receiver": {"identifier": {"system": ODS, "value": "RYE"}}},
                "[0].receiver",
            ),
        ],
    )
    def test_it_refuses_what_calls_somebody_else_and_says_where(
        self, gp: GpSystem, place: MadePlace, destination: dict[str, Any], element: str
    ) -> None:
        answer = gp.post(self._sent_to(place, destination))
        assert answer.status_code == 400
        path = f"Bundle.entry[0].resource.destination{element}"
        assert issues(answer) == [("value", "REC_BAD_REQUEST", path)]

    def test_it_refuses_what_names_nobody(self, gp: GpSystem, place: MadePlace) -> None:
        assert gp.post(self._sent_to(place)).status_code == 400

    def test_it_refuses_a_target_that_is_another(self, gp: GpSystem, place: MadePlace) -> None:
        body = self._sent_to(place, {"endpoint": f"{DOS}|{OURS}"})
        other = packed({"system": DOS, "value": "111111111"})
        assert gp.post(body, NHSD_Target_Identifier=other).status_code == 400
        ours = packed({"system": DOS, "value": OURS})
        assert gp.post(body, NHSD_Target_Identifier=ours).status_code == 200
