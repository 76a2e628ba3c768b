"""What the library's model lets pass is caught, each with its FHIRPath, all at once."""

import orjson
import pytest
from bars import PATIENT, add, example, part, read, refusal, refusal_of, told

from fhir.problems import operation_outcome

CANARY = "Marmaduke Featherstonehaugh"


def request(**elements):
    return lambda body: part(body, "ServiceRequest").update(elements)


def patient(**elements):
    return lambda body: part(body, "Patient").update(elements)


SHAPES = {
    "an unknown status code": (request(status="banana"), "Bundle.entry[1].resource.status", "value"),
    "a status BaRS has not": (request(status="completed"), "Bundle.entry[1].resource.status", "value"),
    "a status against the reason": (
        request(status="revoked"),
        "Bundle.entry[1].resource.status",
        "invariant",
    ),
    "an unknown priority": (request(priority="soon"), "Bundle.entry[1].resource.priority", "value"),
    "an unknown gender": (patient(gender="F"), "Bundle.entry[6].resource.gender", "value"),
    "a truth in quotes": (patient(active="true"), "Bundle.entry[6].resource.active", "invalid"),
    "a number for a truth": (patient(active=1), "Bundle.entry[6].resource.active", "invalid"),
    "a number for a date": (patient(birthDate=19590504), "Bundle.entry[6].resource.birthDate", "invalid"),
    "a date that is none": (patient(birthDate="04/05/1959"), "Bundle.entry[6].resource.birthDate", "value"),
    "a day that is none": (patient(birthDate="1959-02-30"), "Bundle.entry[6].resource.birthDate", "value"),
    "a time without zone": (
        request(authoredOn="2023-06-26T11:30:00"),
        "Bundle.entry[1].resource.authoredOn",
        "value",
    ),
    "an element as text": (
        request(subject=f'{{"reference": "{PATIENT}"}}'),
        "Bundle.entry[1].resource.subject",
        "invalid",
    ),
    "one value for a list": (patient(name={"family": "x"}), "Bundle.entry[6].resource.name", "invalid"),
    "a list for one value": (request(status=["active"]), "Bundle.entry[1].resource.status", "invalid"),
    "an empty list": (patient(name=[]), "Bundle.entry[6].resource.name", "invalid"),
    "an empty object": (request(subject={}), "Bundle.entry[1].resource.subject", "invalid"),
    "a blank text": (
        request(patientInstruction="  "),
        "Bundle.entry[1].resource.patientInstruction",
        "invalid",
    ),
    "a null": (request(occurrencePeriod=None), "Bundle.entry[1].resource.occurrencePeriod", "invalid"),
    "an unknown element": (request(colour="red"), "Bundle.entry[1].resource.colour", "invalid"),
    "a long id": (patient(id="a" * 65), "Bundle.entry[6].resource.id", "value"),
    "two of one choice": (
        patient(deceasedBoolean=False, deceasedDateTime="2020-01-01"),
        "Bundle.entry[6].resource",
        "invariant",
    ),
    "a wrong target": (
        request(encounter={"reference": PATIENT}),
        "Bundle.entry[1].resource.encounter.reference",
        "invariant",
    ),
    "a wrong logical target": (
        request(encounter={"reference": "Patient/1"}),
        "Bundle.entry[1].resource.encounter.reference",
        "invariant",
    ),
    "a claimed wrong type": (
        request(encounter={"type": "Patient", "display": "x"}),
        "Bundle.entry[1].resource.encounter.reference",
        "invariant",
    ),
    "a dangling reference": (
        request(encounter={"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"}),
        "Bundle.entry[1].resource.encounter.reference",
        "invariant",
    ),
    "no reference at all": (
        request(encounter={"reference": "over there"}),
        "Bundle.entry[1].resource.encounter.reference",
        "invariant",
    ),
    "a type R4 has not": (
        request(resourceType="Referral"),
        "Bundle.entry[1].resource.resourceType",
        "not-supported",
    ),
    "a type of R5 only": (
        request(resourceType="Transport"),
        "Bundle.entry[1].resource.resourceType",
        "not-supported",
    ),
    "a number for a type": (
        request(resourceType=5),
        "Bundle.entry[1].resource.resourceType",
        "not-supported",
    ),
    "a data type for a type": (
        request(resourceType="HumanName"),
        "Bundle.entry[1].resource.resourceType",
        "not-supported",
    ),
    "an unknown contained type": (
        patient(contained=[{"resourceType": "Spell", "id": "x"}]),
        "Bundle.entry[6].resource.contained[0].resourceType",
        "not-supported",
    ),
    "a contained resource that is not there": (
        request(encounter={"reference": "#nowhere"}),
        "Bundle.entry[1].resource.encounter.reference",
        "invariant",
    ),
    "a missing requester": (
        lambda body: part(body, "ServiceRequest").pop("requester"),
        "Bundle.entry[1].resource.requester",
        "required",
    ),
    "a requester who is not there": (
        request(requester={"reference": "Practitioner/unknown"}),
        "Bundle.entry[1].resource.requester",
        "invariant",
    ),
    "a missing subject": (
        lambda body: part(body, "ServiceRequest").pop("subject"),
        "Bundle.entry[1].resource.subject",
        "invariant",
    ),
    "a missing intent": (
        lambda body: part(body, "ServiceRequest").pop("intent"),
        "Bundle.entry[1].resource.intent",
        "required",
    ),
    "no use case": (request(category=[{"text": "help"}]), "Bundle.entry[1].resource.category", "required"),
    "no focus": (
        lambda body: part(body, "MessageHeader").pop("focus"),
        "Bundle.entry[0].resource.focus",
        "invariant",
    ),
    "no sender": (
        lambda body: part(body, "MessageHeader").pop("sender"),
        "Bundle.entry[0].resource.sender",
        "required",
    ),
    "an unknown reason": (
        lambda body: part(body, "MessageHeader")["reason"]["coding"][0].update(code="perhaps"),
        "Bundle.entry[0].resource.reason",
        "invariant",
    ),
    "an unknown event": (
        lambda body: part(body, "MessageHeader")["eventCoding"].update(code="booking-request"),
        "Bundle.entry[0].resource.eventCoding.code",
        "not-supported",
    ),
    "an event of another system": (
        lambda body: part(body, "MessageHeader")["eventCoding"].update(system="https://example.org/events"),
        "Bundle.entry[0].resource.eventCoding.system",
        "not-supported",
    ),
    "a response that answers nothing": (
        lambda body: part(body, "MessageHeader")["eventCoding"].update(code="servicerequest-response"),
        "Bundle.entry[0].resource.response",
        "required",
    ),
    "another kind of Bundle": (lambda body: body.update(type="collection"), "Bundle.type", "value"),
    "no Bundle id": (lambda body: body.pop("id"), "Bundle.id", "required"),
    "no timestamp": (lambda body: body.pop("timestamp"), "Bundle.timestamp", "required"),
    "no entries": (lambda body: body.update(entry=[]), "Bundle.entry", "invalid"),
    "an entry without resource": (
        lambda body: body["entry"].append({"fullUrl": "urn:uuid:x"}),
        "Bundle.entry[17].resource",
        "required",
    ),
    "a header that is not first": (lambda body: body["entry"].reverse(), "Bundle.entry[0]", "invariant"),
    "one fullUrl twice": (
        lambda body: add(body, {"resourceType": "Basic", "code": {"text": "x"}}, PATIENT),
        "Bundle.entry[17].fullUrl",
        "invariant",
    ),
    "two patients": (lambda body: add(body, {"resourceType": "Patient"}), "Bundle.entry", "invariant"),
    "two requests": (lambda body: add(body, part(body, "ServiceRequest")), "Bundle.entry", "invariant"),
    "two headers": (lambda body: add(body, part(body, "MessageHeader")), "Bundle.entry", "invariant"),
    "an NHS number of nine digits": (
        lambda body: part(body, "Patient")["identifier"][0].update(value="347852698"),
        "Bundle.entry[6].resource.identifier[0].value",
        "value",
    ),
}


@pytest.mark.parametrize("case", SHAPES)
def test_a_message_is_refused_for(case: str):
    change, path, code = SHAPES[case]
    refused = refusal(change)
    assert (refused.status, refused.rec_code) == (400, "REC_BAD_REQUEST")
    assert told(refused).get(path) == code, told(refused)
    assert all(problem.sentence.endswith(".") for problem in refused.problems)


def test_every_problem_is_told_at_once():
    def spoil(body):
        part(body, "ServiceRequest").update(status="banana", resourceNote=1)
        part(body, "ServiceRequest").pop("requester")
        part(body, "Patient").update(gender="F", birthDate="yesterday")
        part(body, "Consent").pop("scope")
        add(body, {"resourceType": "Spell"})

    problems = told(refusal(spoil))
    assert set(problems) == {
        "Bundle.entry[1].resource.status",
        "Bundle.entry[1].resource.resourceNote",
        "Bundle.entry[1].resource.requester",
        "Bundle.entry[6].resource.gender",
        "Bundle.entry[6].resource.birthDate",
        "Bundle.entry[16].resource.scope",
        "Bundle.entry[17].resource.resourceType",
    }


def test_a_rule_of_the_message_hides_no_fault_below_it():
    def spoil(body):
        part(body, "ServiceRequest").pop("intent")
        add(body, {"resourceType": "Patient"})

    assert told(refusal(spoil)) == {
        "Bundle.entry": "invariant",
        "Bundle.entry[1].resource.intent": "required",
    }


def test_codes_whose_list_the_library_cuts_short_are_known_whole():
    statuses = ("Encounter", "entered-in-error"), ("Task", "failed"), ("Observation", "corrected")
    for resource_type, status in statuses:

        def change(body, resource_type=resource_type, status=status):
            if resource_type == "Observation":
                add(body, {"resourceType": "Observation", "status": "final", "code": {"text": "x"}})
            part(body, resource_type)["status"] = status

        assert read(change).status == "active"


def test_an_unknown_code_is_answered_with_the_list_and_never_repeated():
    assert "active" in refusal(request(status="banana")).problems[0].sentence
    for value in ("banana", CANARY, "9000000009", "Quillfeather", "x" * 41, "naïve"):
        assert value not in refusal(request(status=value)).problems[0].sentence


def test_no_value_of_the_message_is_quoted():
    def spoil(body):
        part(body, "Patient").update(
            birthDate=CANARY, active=CANARY, name=CANARY, deceasedDateTime=CANARY, **{CANARY: CANARY}
        )
        part(body, "ServiceRequest").update(subject={"reference": CANARY}, authoredOn=CANARY, status=CANARY)

    outcome = orjson.dumps(operation_outcome(refusal(spoil).problems, "REC_BAD_REQUEST")).decode()
    assert "Marmaduke" not in outcome
    assert "Featherstonehaugh" not in outcome


@pytest.mark.parametrize("reference", ["EpisodeOfCare/abc", "https://ehr.example/fhir/EpisodeOfCare/abc"])
def test_a_logical_reference_outside_the_message_is_allowed(reference: str):
    def change(body):
        part(body, "Encounter")["episodeOfCare"] = [{"reference": reference}]

    assert read(change).journey_id == "abc"


def test_references_by_type_and_id_resolve_to_entries():
    def change(body):
        part(body, "Patient")["id"] = "p1"
        part(body, "ServiceRequest")["subject"] = {"reference": "Patient/p1"}

    assert read(change).person.family == "Jones"


def test_a_uuid_is_compared_without_case():
    assert read(request(subject={"reference": PATIENT.upper().replace("URN:UUID", "urn:uuid")})).person.family


def test_gaps_in_a_list_of_primitives_with_extensions_are_allowed():
    extension = {"extension": [{"url": "https://example.org/why", "valueString": "masked"}]}

    def change(body):
        part(body, "Patient")["name"][0].update(given=["Julie", None], _given=[None, extension])

    assert read(change).person.given == ("Julie",)


def test_another_resource_than_a_bundle_is_refused():
    assert told(refusal_of(b'{"resourceType": "Patient"}')) == {"Bundle.resourceType": "not-supported"}
    assert told(refusal_of(b"{}")) == {"Bundle.resourceType": "not-supported"}


def test_a_booking_is_refused_as_not_supported_and_for_nothing_else():
    def change(body):
        part(body, "MessageHeader")["eventCoding"]["code"] = "booking-request"
        body["entry"] = [
            each for each in body["entry"] if each["resource"]["resourceType"] != "ServiceRequest"
        ]
        part(body, "MessageHeader").pop("focus")

    assert told(refusal(change)) == {"Bundle.entry[0].resource.eventCoding.code": "not-supported"}


def test_thousands_of_unknown_elements_give_a_bounded_list():
    refused = refusal(lambda body: part(body, "Patient").update({f"x{n}": n for n in range(10_000)}))
    assert len(refused.problems) == 200
    shown = operation_outcome(refused.problems)["issue"]
    assert len(shown) == 51


def test_a_message_of_the_future_is_read_when_only_unknown_values_are_new():
    def change(body):
        body["meta"]["versionId"] = "9.9.9"
        body["meta"]["profile"] = ["https://fhir.nhs.uk/StructureDefinition/BARSBundleMessage-9"]
        part(body, "MessageHeader")["definition"] = "https://fhir.nhs.uk/MessageDefinition/bars-message-new"
        part(body, "Patient")["extension"].append({"url": "https://fhir.nhs.uk/new", "valueString": "x"})

    assert read(change).application_version == "9.9.9"


def test_checking_leaves_the_message_as_it_was():
    body = example()
    before = orjson.dumps(body)
    read(lambda other: other.update(body))
    assert orjson.dumps(body) == before
