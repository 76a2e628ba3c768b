"""At the door: a message that would be misread, by a modifier or by whose it is, is refused at its element."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.factories import MadePlace, make_message
from tests.integration.api_fhir.gp_system import GpSystem, issues

Json = dict[str, Any]
MODIFIER = {"modifierExtension": [{"url": "https://example.org/not-this", "valueBoolean": True}]}
OTHERS = {"reference": "Patient/somebody-else"}


@pytest.mark.parametrize(
    ("resource_type", "elements", "element"),
    [
        ("ServiceRequest", {"doNotPerform": True}, "doNotPerform"),
        ("Consent", MODIFIER, "modifierExtension"),
        ("Patient", {"implicitRules": "https://example.org/rules"}, "implicitRules"),
        ("CarePlan", {"subject": OTHERS}, "subject"),
        ("Consent", {"patient": OTHERS}, "patient"),
        ("Encounter", {"subject": OTHERS}, "subject"),
    ],
)
def test_the_element_is_named_and_nothing_is_kept(
    gp: GpSystem,
    place: MadePlace,
    counted: Callable[[str], int],
    resource_type: str,
    elements: Json,
    element: str,
) -> None:
    body = json.loads(make_message(place.practices[0]))
    types = [each["resource"]["resourceType"] for each in body["entry"]]
    position = types.index(resource_type)
    body["entry"][position]["resource"].update(elements)
    answer = gp.post(json.dumps(body).encode())
    assert answer.status_code == 400
    assert [path for _, _, path in issues(answer)] == [f"Bundle.entry[{position}].resource.{element}"]
    assert counted("referral") == 0


def test_a_refusal_to_agree_is_told_at_the_consent(gp: GpSystem, place: MadePlace) -> None:
    body = json.loads(make_message(place.practices[0]))
    types = [each["resource"]["resourceType"] for each in body["entry"]]
    position = types.index("Consent")
    body["entry"][position]["resource"]["status"] = "rejected"
    answer = gp.post(json.dumps(body).encode())
    assert answer.status_code == 422
    assert [path for _, _, path in issues(answer)] == [f"Bundle.entry[{position}].resource.status"]
