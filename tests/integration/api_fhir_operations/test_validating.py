"""$validate: everything that would be refused and why, and nothing kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.store.tables import Base
from fhir.operations import VALIDATED
from fhir.xml_writing import to_xml
from tests.factories import MadePlace, Patient, make_message, make_referral
from tests.integration.api_fhir_operations.asking import Asking, errors

Counted = Callable[[str], int]
Json = dict[str, Any]
TASK = {"resourceType": "Task", "status": "requested", "intent": "order"}
OUR_OWN = {"api_token", "api_assertion", "audit_event"}  # signing in, and the one line about the validation


@pytest.fixture
def rows(admin: Engine) -> Callable[[], dict[str, int]]:
    """How many rows every table has, as the superuser sees them."""

    def count() -> dict[str, int]:
        with admin.connect() as connection:
            names = sorted(set(Base.metadata.tables) - OUR_OWN)
            return {
                name: connection.execute(text(f"select count(*) from {name}")).scalar_one()  # noqa: S608
                for name in names
            }

    return count


def message(place: MadePlace, **values: Any) -> Json:
    found: Json = json.loads(make_message(values.pop("practice", place.practices[0]), **values))
    return found


def part(bundle: Json, resource_type: str) -> Json:
    """The first resource of a type in a message."""
    return next(
        each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == resource_type
    )


class TestAResource:
    def test_a_sound_one_is_said_to_be_so(self, system: Asking) -> None:
        (issue,) = system.validate("Task/", wrap(TASK, mode=("valueCode", "profile")))
        assert (issue["severity"], issue["code"]) == ("information", "informational")
        assert "no write was tried" in issue["diagnostics"]

    def test_everything_wrong_is_told_at_once_with_its_place(self, system: Asking) -> None:
        wrong = {**TASK, "status": "banana", "colour": "green", "authoredOn": "yesterday"}
        found = errors(system.validate("Task/", wrong))
        assert {place for _, place in found} == {"Task.status", "Task.colour", "Task.authoredOn"}

    def test_the_systems_own_address_takes_every_type(self, system: Asking) -> None:
        assert errors(system.validate("", {**TASK, "status": "banana"})) == [("value", "Task.status")]

    def test_every_type_that_is_taken_has_its_address(self, system: Asking) -> None:
        for each in VALIDATED:
            found = errors(system.validate(f"{each}/", {"resourceType": each, "colour": "green"}))
            assert ("invalid", f"{each}.colour") in found

    def test_a_resource_of_another_type_than_the_address_is_an_error(self, system: Asking) -> None:
        assert errors(system.validate("Patient/", TASK)) == [("invalid", "resourceType")]

    def test_a_resource_of_another_id_than_the_address_is_an_error(self, system: Asking) -> None:
        wrong = ("value", "Task.id")
        assert wrong not in errors(system.validate("Task/abc/", {**TASK, "id": "abc"}))
        assert wrong in errors(system.validate("Task/abc/", {**TASK, "id": "xyz"}))

    def test_a_type_that_is_not_taken_here_is_an_error(self, system: Asking) -> None:
        assert ("not-supported", "Slot.resourceType") in errors(system.validate("", {"resourceType": "Slot"}))

    def test_a_body_that_is_no_json_is_an_answer_and_no_fault(self, system: Asking) -> None:
        (issue,) = system.validate("Task/", b'{"resourceType": "Task", ')
        assert issue["severity"] == "error"
        assert "line 1" in issue["diagnostics"]

    def test_xml_gives_the_same_answer_as_json(self, system: Asking) -> None:
        wrong = {**TASK, "status": "banana"}
        in_xml = system.validate("Task/", to_xml(wrong), Content_Type="application/fhir+xml")
        assert in_xml == system.validate("Task/", wrong)

    @pytest.mark.parametrize("kind", ["Patient", "Task", "Observation", "Appointment", "Organization"])
    def test_what_goes_nowhere_by_itself_is_never_said_to_be_taken(self, system: Asking, kind: str) -> None:
        found = system.validate(f"{kind}/", wrap(_least(kind), mode=("valueCode", "create")))
        assert ("not-supported", kind) in errors(found)
        told = {(each["severity"], each["code"]) for each in system.validate(f"{kind}/", _least(kind))}
        assert ("warning", "not-supported") in told

    def test_a_patient_alone_is_held_against_the_rules_for_persons(self, system: Asking) -> None:
        number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "4857773456"}
        patient = {"resourceType": "Patient", "identifier": [number], "birthDate": "2999-01-01"}
        found = errors(system.validate("Patient/", patient))
        assert {place.split("[")[0] for _, place in found} >= {"Patient.identifier", "Patient.birthDate"}


class TestParameters:
    def test_a_resource_wrapped_with_a_mode_and_its_own_profile_is_validated(self, system: Asking) -> None:
        wrapped = wrap(
            {**TASK, "status": "banana"},
            mode=("valueCode", "create"),
            profile=("valueUri", "http://hl7.org/fhir/StructureDefinition/Task"),
        )
        assert ("value", "Task.status") in errors(system.validate("Task/", wrapped))

    def test_mode_and_profile_are_also_read_from_the_address(self, system: Asking) -> None:
        answer = system.ask_for("POST", "Task/$validate?mode=banana", TASK)
        assert answer.status_code == 400
        assert "create, update, delete, profile" in answer.text

    def test_a_profile_that_cannot_be_checked_is_refused(self, system: Asking) -> None:
        wrapped = wrap(TASK, profile=("valueUri", "https://example.org/StructureDefinition/Ours"))
        answer = system.ask_for("POST", "Task/$validate", wrapped)
        assert answer.status_code == 400
        assert answer.json["issue"][0]["code"] == "not-supported"
        assert "example.org" not in answer.text

    def test_a_deletion_would_be_refused(self, system: Asking) -> None:
        wrapped = wrap(TASK, mode=("valueCode", "delete"))
        assert errors(system.validate("Task/", wrapped)) == [("not-supported", "")]

    def test_no_resource_and_an_unknown_parameter_are_refused(self, system: Asking) -> None:
        nothing = {"resourceType": "Parameters", "parameter": [{"name": "mode", "valueCode": "create"}]}
        assert system.ask_for("POST", "Task/$validate", nothing).status_code == 400
        unknown = wrap(TASK, usageContext=("valueCode", "x"))
        assert system.ask_for("POST", "Task/$validate", unknown).status_code == 400

    def test_an_empty_body_is_refused(self, system: Asking) -> None:
        assert system.ask_for("POST", "Task/$validate", b"").status_code == 400


def _least(kind: str) -> Json:
    """A resource of a type that R4 has nothing against."""
    code, person = {"text": "Something"}, [{"actor": {"display": "Somebody"}, "status": "accepted"}]
    more: dict[str, Json] = {
        "Patient": {"name": [{"family": "Okonkwo"}], "birthDate": "1951-03-04"},
        "Task": {"status": "requested", "intent": "order"},
        "Observation": {"status": "final", "code": code},
        "Appointment": {"status": "proposed", "participant": person},
        "Organization": {"name": "Somewhere"},
    }
    return {"resourceType": kind, **more[kind]}


def wrap(resource: Json, **parameters: tuple[str, str]) -> Json:
    told = [{"name": name, key: value} for name, (key, value) in parameters.items()]
    return {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": resource}, *told]}


class TestAMessage:
    @pytest.mark.parametrize("path", ["", "Bundle/"])
    def test_a_good_one_is_said_to_be_so_and_nothing_is_kept(
        self, system: Asking, place: MadePlace, rows: Callable[[], dict[str, int]], path: str
    ) -> None:
        before = rows()
        assert errors(system.validate(path, message(place))) == []
        assert rows() == before

    def test_one_line_of_the_audit_tells_of_it_and_names_nobody(
        self, system: Asking, place: MadePlace, counted: Counted
    ) -> None:
        system.validate("", message(place))
        assert counted("audit_event where act = 'validate' and person_id is null") == 1
        assert counted("audit_event where act = 'receive referral'") == 0

    def test_what_was_validated_can_then_be_sent(self, system: Asking, place: MadePlace) -> None:
        body = make_message(place.practices[0])
        assert errors(system.validate("", body)) == []
        assert system.post(body).status_code == 200

    def test_faults_of_form_of_the_person_of_the_practice_and_of_ids_are_told_together(
        self, system: Asking, place: MadePlace
    ) -> None:
        sent = message(place)
        assert system.post(json.dumps(sent).encode()).status_code == 200
        bad = message(place, practice=place.practices[1], bundle_id=sent["id"])
        bad["entry"][0]["resource"]["id"] = sent["entry"][0]["fullUrl"].rsplit(":", 1)[-1]
        part(bad, "ServiceRequest")["status"] = "banana"
        part(bad, "Patient")["birthDate"] = "2999-01-01"
        found = system.validate("", bad)
        said = " ".join(each["diagnostics"] for each in found)
        assert "used before with another body" in said
        assert "may not speak for the organisation" in said
        assert "date of birth lies in the future" in said
        assert any(place.endswith("resource.status") for _, place in errors(found))

    def test_all_that_the_rules_refuse_is_told_even_behind_a_practice_of_others(
        self, system: Asking, place: MadePlace
    ) -> None:
        bad = message(
            place,
            practice=place.practices[1],
            use_case="unheard-of",
            patient=Patient(birth_date="2999-01-01"),
        )
        said = " ".join(each["diagnostics"] for each in system.validate("", bad))
        assert "may not speak for" in said
        assert "not set up for" in said
        assert "date of birth lies in the future" in said

    def test_a_practice_that_nobody_knows_is_a_warning_because_the_message_would_be_kept(
        self, make_system: Callable[..., Asking], place: MadePlace
    ) -> None:
        unknown = message(place)
        for each in unknown["entry"]:
            for identifier in each["resource"].get("identifier", ()):
                if identifier.get("value") == place.practices[0].ods:
                    identifier["value"] = "Z99999"
        found = make_system().validate("", unknown)
        assert errors(found) == []
        assert any(
            "waits for a person" in each["diagnostics"] for each in found if each["severity"] == "warning"
        )

    def test_a_message_that_was_taken_is_a_duplicate_in_the_standards_dialect_only(
        self, make_system: Callable[..., Asking], place: MadePlace
    ) -> None:
        for dialect, wanted in (("bars", [("duplicate", "Bundle.id")]), ("fhir", [])):
            sender = make_system(dialect=dialect)
            body, ids = make_message(place.practices[0]), {"X_Request_Id": str(uuid4())}
            assert sender.post(body, **ids).status_code == 200
            found = sender.validate("", body, **ids)
            assert errors(found) == wanted
            assert "duplicate" in {each["code"] for each in found}

    @pytest.mark.parametrize("dialect", ["bars", "fhir"])
    def test_a_message_that_was_taken_is_no_duplicate_under_a_new_request_id(
        self, make_system: Callable[..., Asking], place: MadePlace, dialect: str
    ) -> None:
        sender = make_system(dialect=dialect)
        body = make_message(place.practices[0])
        assert [sender.post(body).status_code for _ in range(2)] == [200, 200]
        found = sender.validate("", body)
        assert errors(found) == []
        assert "duplicate" not in {each["code"] for each in found}
        assert "taken before" in found[0]["diagnostics"]

    def test_a_wrapped_message_is_judged_as_it_would_be_by_itself(
        self, system: Asking, place: MadePlace
    ) -> None:
        bad = message(place, patient=Patient(birth_date="2999-01-01"))
        assert errors(system.validate("", wrap(bad))) == errors(system.validate("", bad)) != []

    def test_an_acknowledgement_that_answers_nothing_would_be_refused(
        self, system: Asking, place: MadePlace
    ) -> None:
        from_practice = message(place)
        header = from_practice["entry"][0]["resource"]
        header["response"] = {"identifier": str(uuid4()), "code": "ok"}
        header["eventCoding"]["code"] = "servicerequest-response"
        assert system.post(json.dumps(from_practice).encode()).status_code >= 400
        assert errors(system.validate("", from_practice)) != []

    def test_the_same_sentences_are_told_as_on_sending(self, system: Asking, place: MadePlace) -> None:
        for change in (
            {"use_case": "unheard-of"},
            {"patient": Patient(family="")},
            {"practice": place.practices[1]},
        ):
            body = make_message(change.pop("practice", place.practices[0]), **change)  # type: ignore[arg-type]
            refused = {each["diagnostics"] for each in system.post(body).get_json(force=True)["issue"]}
            assert refused <= {each["diagnostics"] for each in system.validate("", body)}


class TestWhoMayAsk:
    def test_nobody_without_a_token(self, system: Asking) -> None:
        assert system.ask_for("POST", "Task/$validate", TASK, Authorization=None).status_code == 401

    @pytest.mark.parametrize("scope", ["system/Task.r", "system/Task.c", "referral.read", "referral.write"])
    def test_whoever_may_read_or_make_the_type(self, make_system: Callable[..., Asking], scope: str) -> None:
        assert errors(make_system(scopes=(scope,)).validate("", TASK)) == []

    def test_another_scope_is_refused(self, make_system: Callable[..., Asking]) -> None:
        answer = make_system(scopes=("system/Patient.rs",)).ask_for("POST", "Task/$validate", TASK)
        assert answer.status_code == 403

    def test_only_who_may_send_a_message_is_told_what_would_become_of_it(
        self, make_system: Callable[..., Asking], place: MadePlace
    ) -> None:
        reader = make_system(scopes=("referral.read",))
        assert reader.ask_for("POST", "$validate", message(place)).status_code == 403


class TestAWrite:
    def test_a_transaction_that_would_be_taken_is_said_to_be_so_and_makes_nothing(
        self, system: Asking, rows: Callable[[], dict[str, int]]
    ) -> None:
        before = rows()
        assert errors(system.validate("Bundle/", transaction())) == []
        assert rows() == before
        assert system.ask_for("POST", "", transaction()).status_code == 200

    def test_a_transaction_is_refused_as_its_sending_would_be(self, system: Asking) -> None:
        bad = transaction()
        bad["entry"][0]["resource"]["birthDate"] = "2999-01-01"
        refused = system.ask_for("POST", "", bad)
        assert refused.status_code == 422
        found = system.validate("", bad)
        assert {each["diagnostics"] for each in found} == {
            each["diagnostics"] for each in refused.json["issue"]
        }

    def test_a_patient_is_not_created_by_itself(self, system: Asking) -> None:
        patient = {"resourceType": "Patient", "name": [{"family": "Okonkwo"}], "birthDate": "1951-03-04"}
        wrapped = wrap(patient, mode=("valueCode", "create"))
        assert errors(system.validate("Patient/", wrapped)) == [("not-supported", "Patient")]

    def test_a_task_is_tried_through_all_its_steps_and_stays_as_it_was(
        self,
        make_system: Callable[..., Asking],
        place: MadePlace,
        runtime: Runtime,
        rows: Callable[[], dict[str, int]],
    ) -> None:
        made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
        provider = make_system(organisation=place.providers[0])
        task = provider.ask_for("GET", f"Task/{made.placement_id}").json
        before = rows()
        for status, wanted in (("accepted", []), ("rejected", ["Task.statusReason"])):
            wrapped = wrap({**task, "status": status}, mode=("valueCode", "update"))
            assert [path for _, path in errors(provider.validate("Task/", wrapped))] == wanted
        assert rows() == before
        assert provider.ask_for("GET", f"Task/{made.placement_id}").json == task

    @pytest.mark.parametrize("subject", ["Patient/1", "Patient/8c6a1f5e-6a3c-4f0c-9a52-0d3f5f1f7a10"])
    def test_a_request_by_itself_is_tried_without_being_asked_to(self, system: Asking, subject: str) -> None:
        request = {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "subject": {"reference": subject},
            "note": [{"text": "Lives alone since the autumn."}],
        }
        refused = system.ask_for("POST", "ServiceRequest", request)
        assert refused.status_code == 422
        wanted = {each["diagnostics"] for each in refused.json["issue"]}
        assert {each["diagnostics"] for each in system.validate("ServiceRequest/", request)} == wanted

    def test_a_subscription_is_held_against_all_that_its_creation_is(
        self, make_system: Callable[..., Asking], rows: Callable[[], dict[str, int]]
    ) -> None:
        asker = make_system(scopes=("system/*.cruds",))
        wish: Json = {
            "resourceType": "Subscription",
            "status": "requested",
            "reason": "To follow our referrals",
            "criteria": "Medication?",
            "channel": {"type": "email", "endpoint": "http://localhost/"},
        }
        refused = asker.ask_for("POST", "Subscription", wish)
        assert refused.status_code == 422
        found = asker.validate("Subscription/", wish)
        assert {each["diagnostics"] for each in found} == {
            each["diagnostics"] for each in refused.json["issue"]
        }
        before = rows()
        channel = {"type": "rest-hook", "endpoint": "https://93.184.215.14/hook"}
        good = wish | {"criteria": "Task?status=rejected", "channel": channel}
        assert errors(asker.validate("Subscription/", good)) == []
        assert rows() == before

    def test_a_write_that_the_token_does_not_cover_is_not_tried_and_this_is_told(
        self, make_system: Callable[..., Asking]
    ) -> None:
        reader = make_system(scopes=("system/Subscription.r",))
        wish = {
            "resourceType": "Subscription",
            "status": "requested",
            "reason": "To follow",
            "criteria": "Task?",
            "channel": {"type": "rest-hook", "endpoint": "http://localhost/"},
        }
        (issue,) = reader.validate("Subscription/", wish)
        assert (issue["severity"], issue["code"]) == ("warning", "security")

    def test_a_write_is_tried_only_for_who_may_write(self, make_system: Callable[..., Asking]) -> None:
        reader = make_system(scopes=("referral.read",))
        assert reader.ask_for("POST", "$validate", transaction()).status_code == 403


def transaction() -> Json:
    """Patient, request and task of a referral that is good."""
    patient, request = f"urn:uuid:{uuid4()}", f"urn:uuid:{uuid4()}"
    resources: list[tuple[str, Json]] = [
        (
            patient,
            {
                "resourceType": "Patient",
                "name": [{"family": "Okonkwo", "given": ["Adaeze"]}],
                "birthDate": "1951-03-04",
            },
        ),
        (
            request,
            {
                "resourceType": "ServiceRequest",
                "status": "active",
                "intent": "order",
                "subject": {"reference": patient},
                "note": [{"text": "Lives alone since the autumn."}],
            },
        ),
        (
            f"urn:uuid:{uuid4()}",
            {
                "resourceType": "Task",
                "status": "requested",
                "intent": "order",
                "focus": {"reference": request},
                "for": {"reference": patient},
            },
        ),
    ]
    entries = [
        {"fullUrl": url, "resource": each, "request": {"method": "POST", "url": each["resourceType"]}}
        for url, each in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}
