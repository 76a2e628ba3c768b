"""A consent on research is no word on care: it says whether outcomes may be used, and is told so again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fhir.checks import resource_problems
from fhir.inbound_consent import consent_of, use_refused
from fhir.references import EntryIndex
from fhir.views_parties import consent
from fhir.views_values import ConsentShown

TYPE_1 = {"coding": [{"system": "http://snomed.info/sct", "code": "827241000000103"}]}


def entries(scope: str, **parts: Any) -> EntryIndex:
    resource = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": scope}]},
        **parts,
    }
    return EntryIndex.of([{"fullUrl": "urn:uuid:1f0c1d7e-6a0b-4c55-9d0e-0a4be2c0a001", "resource": resource}])


@pytest.mark.parametrize(
    ("scope", "parts", "refused"),
    [
        ("research", {"provision": {"type": "deny"}}, True),
        ("research", {"status": "rejected"}, True),
        ("research", {"status": "inactive"}, True),
        ("research", {"policyRule": {"coding": [{"code": "OPTOUT"}]}}, True),
        ("research", {"provision": {"type": "permit"}}, False),
        ("research", {"provision": {"type": "deny"}, "status": "entered-in-error"}, False),
        ("research", {"provision": {"type": "deny"}, "category": [TYPE_1]}, False),
        ("patient-privacy", {"provision": {"type": "deny"}}, False),
    ],
)
def test_only_a_no_to_research_is_a_no_to_the_use_of_outcomes(
    scope: str, parts: dict[str, Any], refused: bool
) -> None:
    found = entries(scope, **parts)
    assert use_refused(found) is refused
    assert consent_of(found).refused is (scope != "research")


@pytest.mark.parametrize(
    ("given", "status", "says"), [(False, "rejected", "deny"), (True, "active", "permit")]
)
def test_it_is_read_back_as_a_consent_on_research(given: bool, status: str, says: str) -> None:
    at = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    values: dict[str, Any] = dict.fromkeys(ConsentShown.__dataclass_fields__, "x")
    values |= {"id": "1", "kind": "secondary-use", "given": given, "status": status, "version": "1"}
    told = consent(ConsentShown(**values | {"authored": at, "updated": at}))
    assert told["scope"]["coding"][0]["code"] == "research"
    assert told["provision"]["type"] == says
    assert list(resource_problems(told)) == []
