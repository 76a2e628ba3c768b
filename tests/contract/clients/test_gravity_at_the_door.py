"""Gravity's own examples, put into one transaction as its guide has it: a referral from a system of another country."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from fhir.xml_reading import load_xml
from tests.contract.clients.world import System

Json = dict[str, Any]
_GRAVITY = Path(__file__).parents[2] / "data" / "gravity-sdohcc"
EXAMPLES = {
    "Patient": "patient/pat-53234.xml",
    "ServiceRequest": "servicerequest/SDOHCC-ServiceRequestActiveFoodPantryApplicationAssistExample.xml",
    "Task": "task/SDOHCC-TaskReferralManagementOrderFulfillmentAcceptedExample.xml",
}


def transaction(**changes: Json) -> Json:
    """The examples with their references to each other made those of one Bundle."""
    names = {kind: f"urn:uuid:{uuid4()}" for kind in EXAMPLES}
    entries = []
    for kind, path in EXAMPLES.items():
        resource = load_xml((_GRAVITY / path).read_bytes()) | changes.get(kind, {})
        text = json.dumps(resource)
        for other, name in names.items():
            own = load_xml((_GRAVITY / EXAMPLES[other]).read_bytes())["id"]
            text = text.replace(f'"{other}/{own}"', f'"{name}"')
        entries.append(
            {"fullUrl": names[kind], "resource": json.loads(text), "request": {"method": "POST", "url": kind}}
        )
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def send(system: System, bundle: Json) -> requests.Response:
    headers = {"Authorization": f"Bearer {system.token()}", "Content-Type": "application/fhir+json"}
    return requests.post(system.base, data=json.dumps(bundle), headers=headers, timeout=60)


def test_a_task_that_is_already_accepted_is_not_made_and_nothing_with_it(
    practice: System, counted: Callable[[str], int]
) -> None:
    answer = send(practice, transaction())
    assert answer.status_code == 422
    assert [issue["expression"] for issue in answer.json()["issue"]] == [["Bundle.entry[2].resource.status"]]
    assert (counted("referral"), counted("person")) == (0, 0)


def test_the_same_task_requested_makes_a_referral_and_says_what_was_not_taken_over(
    practice: System, counted: Callable[[str], int]
) -> None:
    answer = send(practice, transaction(Task={"status": "requested"}))
    assert answer.status_code == 200, answer.text
    patient, request, task = (each["response"] for each in answer.json()["entry"])
    assert {each["status"] for each in (patient, request, task)} == {"201 Created"}
    assert [issue["expression"] for issue in task["outcome"]["issue"]] == [["Task.owner"]]
    assert counted("referral") == 1
