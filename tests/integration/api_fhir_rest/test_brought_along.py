"""What comes along with a search: no further than the token reaches, and as far as a practice needs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.api_fhir_rest.reader import Reader, matches, refusals
from tests.integration.api_fhir_rest.world import World

ReaderOf = Callable[..., Reader]
ALONG = {"_include": "Task:patient,Task:focus"}


def along(bundle: dict) -> set[str]:
    return {each["resourceType"] for each in matches(bundle, "include")}


def test_a_token_for_tasks_alone_brings_no_patient_along(reader_of: ReaderOf, world: World) -> None:
    narrow = reader_of(world.place.practices[0], scopes=("system/Task.s",))
    (sentence,) = refusals(narrow.get("Task", ALONG), 403)
    assert "system/Patient.rs" in sentence
    assert "system/ServiceRequest.rs" in sentence
    assert refusals(narrow.post("Task/_search", ALONG), 403) == [sentence]
    assert refusals(narrow.get("Task", {"_include:iterate": "ServiceRequest:patient"}), 403)
    assert refusals(narrow.get("Task", {"_revinclude": "Provenance:target"}), 403)
    body = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"request": {"method": "GET", "url": "Task?_include=Task:patient"}}],
    }
    headers = {"Authorization": f"Bearer {narrow.token}", "Content-Type": "application/fhir+json"}
    done = narrow.http.post("/FHIR/R4", json=body, headers=headers)
    assert done.json["entry"][0]["response"]["status"].startswith("403")
    assert "Patient/" not in str(done.json.get("resource"))


def test_a_scope_to_read_or_to_search_lets_a_type_come_along(reader_of: ReaderOf, world: World) -> None:
    wide = reader_of(
        world.place.practices[0], scopes=("system/Task.s", "system/Patient.r", "system/ServiceRequest.s")
    )
    assert along(wide.search("Task", ALONG)) == {"Patient", "ServiceRequest"}


@pytest.mark.parametrize(
    ("kind", "query", "expected"),
    [
        ("Task", {"_include": "Task:part-of,Task:based-on,Task:subject"}, {"ServiceRequest", "Patient"}),
        ("ServiceRequest", {"_include": "ServiceRequest:performer"}, {"Organization"}),
        (
            "ServiceRequest",
            {"_revinclude": "Observation:based-on,QuestionnaireResponse:based-on,Provenance:target"},
            {"Observation", "QuestionnaireResponse", "Provenance"},
        ),
        ("HealthcareService", {"_include": "HealthcareService:organization"}, {"Organization"}),
        ("Provenance", {"_include": "Provenance:target:Task"}, {"Task"}),
        ("Provenance", {"_include": "Provenance:target"}, {"Task", "ServiceRequest"}),
        ("Observation", {"_include": "Observation:patient"}, {"Patient"}),
        ("CarePlan", {"_include": "CarePlan:subject"}, {"Patient"}),
        ("Consent", {"_include": "Consent:patient"}, {"Patient"}),
        ("Communication", {"_include": "Communication:based-on"}, {"ServiceRequest"}),
        (
            "Observation",
            {"_include": "Observation:based-on", "_include:iterate": "ServiceRequest:requester"},
            {"ServiceRequest", "Organization"},
        ),
    ],
)
def test_each_reference_is_followed(
    kind: str, query: dict[str, str], expected: set[str], reader: Reader, world: World
) -> None:
    assert along(reader.search(kind, query, Prefer="HANDLING=strict")) == expected


def test_a_person_s_tasks_come_with_their_parts(reader: Reader, world: World) -> None:
    query = {"_id": str(world.closed.id), "_revinclude": "Task:part-of"}
    (part,) = matches(reader.search("Task", query), "include")
    assert part["id"] == str(world.closed.placement_id)
