"""The codes that we ask for are those of HL7's own definitions, derived again and compared."""

from __future__ import annotations

import json

import pytest

from fhir.checks import resource_problems
from tests.contract.clients.derive_required_codes import TABLE, derive


def test_the_table_of_required_codes_is_what_the_definitions_give() -> None:
    assert json.loads(TABLE.read_text()) == derive()


@pytest.mark.parametrize(
    ("resource", "place"),
    [
        (
            {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "too costly"}]},
            "OperationOutcome.issue[0].code",
        ),
        (
            {
                "resourceType": "Questionnaire",
                "status": "active",
                "item": [{"linkId": "1", "type": "tick"}],
            },
            "Questionnaire.item[0].type",
        ),
    ],
    ids=["an issue", "a question"],
)
def test_a_code_that_the_library_takes_is_refused_by_the_table(resource: dict, place: str) -> None:
    assert [problem.path for problem in resource_problems(resource)] == [place]


def test_an_extension_holds_a_value_or_extensions() -> None:
    patient = {"resourceType": "Patient", "extension": [{"url": "https://example.org/a"}]}
    assert [problem.path for problem in resource_problems(patient)] == ["Patient.extension[0]"]
    patient["extension"][0]["valueString"] = "a"
    assert resource_problems(patient) == ()
    patient["extension"][0]["extension"] = [{"url": "b", "valueBoolean": True}]
    assert [problem.path for problem in resource_problems(patient)] == ["Patient.extension[0]"]


def test_no_address_has_blanks_and_no_null_stands_for_nothing() -> None:
    patient = {
        "resourceType": "Patient",
        "meta": {"profile": ["https://example.org/a b"]},
        "generalPractitioner": [{"reference": "https://example.org/a b"}],
        "name": [{"given": ["Ann", None]}],
    }
    assert {problem.path for problem in resource_problems(patient)} == {
        "Patient.meta.profile[0]",
        "Patient.generalPractitioner[0].reference",
        "Patient.name[0].given",
    }


def test_the_id_of_an_element_is_any_text_and_that_of_a_resource_is_not() -> None:
    named = {"resourceType": "Patient", "name": [{"id": "Patient.name:official", "family": "Okonkwo"}]}
    assert resource_problems(named) == ()
    assert [problem.path for problem in resource_problems(named | {"id": "a:b"})] == ["Patient.id"]


def test_what_came_after_r4_is_no_resource_of_r4() -> None:
    (problem,) = resource_problems({"resourceType": "NutritionProduct", "status": "active"})
    assert (problem.path, problem.code) == ("Resource.resourceType", "not-supported")
