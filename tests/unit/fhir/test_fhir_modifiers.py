"""What would change the meaning of a message, or whose it is, refuses it: nothing of that is passed over."""

import orjson
import pytest
from bars import add, example, part, read, refusal, told

from fhir.checks import resource_problems
from fhir.systems import NHS_NUMBER

EXTENSION = [{"url": "https://example.org/not-this", "valueBoolean": True}]
OTHER = "Patient/somebody-else"
PATIENT_AT = 6


class TestModifiers:
    def test_a_request_not_to_do_something_is_no_referral(self):
        refused = refusal(lambda body: part(body, "ServiceRequest").update(doNotPerform=True))
        assert told(refused) == {"Bundle.entry[1].resource.doNotPerform": "business-rule"}
        assert read(lambda body: part(body, "ServiceRequest").update(doNotPerform=False))

    @pytest.mark.parametrize(
        "resource_type", ["MessageHeader", "ServiceRequest", "Patient", "Consent", "CarePlan"]
    )
    def test_a_modifier_extension_is_named_wherever_it_stands(self, resource_type):
        refused = refusal(lambda body: part(body, resource_type).update(modifierExtension=EXTENSION))
        position = [each["resource"]["resourceType"] for each in example()["entry"]].index(resource_type)
        assert told(refused) == {f"Bundle.entry[{position}].resource.modifierExtension": "extension"}

    def test_a_modifier_extension_inside_an_element_is_named(self):
        spoken = {"language": {"text": "Somali"}, "modifierExtension": EXTENSION}
        refused = refusal(lambda body: part(body, "Patient").update(communication=[spoken]))
        path = f"Bundle.entry[{PATIENT_AT}].resource.communication[0].modifierExtension"
        assert told(refused) == {path: "extension"}

    def test_implicit_rules_are_named_on_the_bundle_and_in_it(self):
        def change(body):
            body["implicitRules"] = "https://example.org/rules"
            part(body, "Patient")["implicitRules"] = "https://example.org/rules"

        assert told(refusal(change)) == {
            "Bundle.implicitRules": "not-supported",
            f"Bundle.entry[{PATIENT_AT}].resource.implicitRules": "not-supported",
        }

    def test_a_resource_by_itself_is_asked_the_same(self):
        flag = {
            "resourceType": "Flag",
            "status": "active",
            "code": {"text": "x"},
            "subject": {"display": "y"},
        }
        found = resource_problems(flag | {"modifierExtension": EXTENSION, "implicitRules": "urn:x"})
        assert [each.path for each in found] == ["Flag.modifierExtension", "Flag.implicitRules"]


CONTENT = [
    ({"resourceType": "Flag", "status": "active", "code": {"text": "Violent"}}, "subject"),
    ({"resourceType": "Observation", "status": "final", "code": {"text": "Weight"}}, "subject"),
    ({"resourceType": "Condition", "code": {"text": "Asthma"}}, "subject"),
    ({"resourceType": "ClinicalImpression", "status": "completed"}, "subject"),
    ({"resourceType": "QuestionnaireResponse", "status": "completed"}, "subject"),
    ({"resourceType": "Communication", "status": "completed"}, "subject"),
    ({"resourceType": "RiskAssessment", "status": "final"}, "subject"),
]


class TestWhoseItIs:
    @pytest.mark.parametrize(("resource", "name"), CONTENT, ids=lambda value: str(value)[:40])
    @pytest.mark.parametrize("reference", [OTHER, f"https://records.example/fhir/{OTHER}"])
    def test_what_is_about_somebody_else_is_named(self, resource, name, reference):
        refused = refusal(lambda body: add(body, resource | {name: {"reference": reference}}))
        at = len(example()["entry"])
        assert told(refused) == {f"Bundle.entry[{at}].resource.{name}": "invariant"}

    @pytest.mark.parametrize(
        ("resource_type", "name"),
        [
            ("CarePlan", "subject"),
            ("Consent", "patient"),
            ("Encounter", "subject"),
            ("ServiceRequest", "subject"),
        ],
    )
    def test_the_parts_of_the_published_message_are_looked_at_too(self, resource_type, name):
        refused = refusal(lambda body: part(body, resource_type).update({name: {"reference": OTHER}}))
        assert [path.rsplit(".", 1)[1] for path in told(refused)] == [name]

    def test_a_contained_patient_and_another_nhs_number_are_somebody_else(self):
        child = {"resourceType": "Patient", "id": "child", "name": [{"family": "Other"}]}
        flag = CONTENT[0][0]
        inside = flag | {"contained": [child], "subject": {"reference": "#child"}}
        assert len(told(refusal(lambda body: add(body, inside)))) == 1
        number = {"identifier": {"system": NHS_NUMBER, "value": "9434765919"}}
        assert len(told(refusal(lambda body: add(body, flag | {"subject": number})))) == 1

    def test_the_patient_may_be_called_by_address_by_id_by_version_by_number_or_in_words(self):
        patient = part(example(), "Patient")
        own = orjson.loads(orjson.dumps(patient["identifier"][0]))
        subjects = [
            {"reference": "Patient/of-the-message"},
            {"reference": "Patient/of-the-message/_history/2"},
            {"identifier": {"system": own["system"], "value": own["value"]}},
            {"display": "the person"},
            {"reference": "Location/the-house"},
        ]

        def change(body):
            part(body, "Patient")["id"] = "of-the-message"
            for subject in subjects:
                add(body, CONTENT[0][0] | {"subject": subject})

        assert len(read(change).flags) == len(subjects)
