"""A message becomes plain values: who asked, for whom, why, and what they may know."""

from datetime import UTC, date, datetime, timedelta, timezone

import orjson
import pytest
from bars import add, example, part, read, refusal, told

from fhir.inbound import read_message
from fhir.messages import CodedThing, FlagSeen, IncomingAcknowledgement, NhsNumberClaim, OrganisationSeen
from fhir.systems import BARS_USE_CASES, OUR_NEEDS, SNOMED

ROLE_OF_REQUESTER = "urn:uuid:b923aa53-2376-4015-a07d-afe8bf2310eb"
ORG_OF_REQUESTER = "urn:uuid:b5e27389-3ca5-4cbc-9173-73f0c74915d9"
REGISTERED_PRACTICE = "G82080"


def entry(body, full_url):
    return next(each["resource"] for each in body["entry"] if each["fullUrl"] == full_url)


def give_ods(
    body, full_url=ORG_OF_REQUESTER, code="y01234", system="https://fhir.nhs.uk/Id/ods-organization-code"
):
    entry(body, full_url)["identifier"] = [{"system": system, "value": code}]


def patient(**elements):
    return lambda body: part(body, "Patient").update(elements)


class TestWhoAsked:
    def test_the_requesters_own_organisation_is_taken(self):
        message = read(give_ods)
        assert message.requester == OrganisationSeen("Y01234", "Practitioner Org")
        assert message.sender == OrganisationSeen("RND", "Sender Organization")
        assert message.requester_name == "Marcy BLAKE"
        assert message.paths["requester"] == "Bundle.entry[1].resource.requester"

    def test_the_sender_stands_in_for_a_requester_without_a_code(self):
        message = read()
        assert message.requester == OrganisationSeen("RND", "Sender Organization")
        assert message.paths["requester"] == "Bundle.entry[0].resource.sender"

    def test_the_outcome_never_goes_to_where_the_person_is_registered(self):
        def nobody_else_has_a_code(body):
            for each in body["entry"]:
                if each["resource"].get("name") in (
                    "Sender Organization",
                    "Receiving/performing Organization",
                ):
                    each["resource"].pop("identifier")

        message = read(nobody_else_has_a_code)
        assert message.requester.ods is None
        assert message.person.gp_practice.ods == REGISTERED_PRACTICE

    def test_a_role_with_a_coded_organisation_goes_before_one_without(self):
        def change(body):
            role = {
                "resourceType": "PractitionerRole",
                "practitioner": part(body, "ServiceRequest")["requester"],
                "organization": {
                    "identifier": {
                        "system": "https://fhir.nhs.uk/id/ods-organization-code",
                        "value": "b82001",
                    }
                },
            }
            add(body, role)

        assert read(change).requester == OrganisationSeen("B82001", None)

    def test_a_requester_may_be_a_role_or_an_organisation(self):
        def ask(as_whom):
            def change(body):
                give_ods(body)
                part(body, "ServiceRequest")["requester"] = {"reference": as_whom}

            return read(change)

        as_role, as_organisation = ask(ROLE_OF_REQUESTER), ask(ORG_OF_REQUESTER)
        assert as_role.requester.ods == as_organisation.requester.ods == "Y01234"
        assert as_role.requester_name == "Marcy BLAKE"
        assert as_organisation.requester_name is None

    @pytest.mark.parametrize(
        "system",
        [
            "https://fhir.nhs.uk/id/ods-organization-code",
            "https://fhir.nhs.uk/Id/ods-organization-code",
            "http://fhir.nhs.uk/Id/ods-organization-code",
            "HTTPS://FHIR.NHS.UK/Id/ODS-Organization-Code",
        ],
    )
    def test_all_spellings_of_the_ods_system_are_read(self, system):
        assert read(lambda body: give_ods(body, system=system)).requester.ods == "Y01234"

    def test_the_requesters_own_number_is_kept(self):
        def numbered(body):
            part(body, "ServiceRequest")["identifier"] = [{"value": "REQ-77"}]

        assert read(numbered).requester_reference == "REQ-77"
        assert read().requester_reference == "sender1234"


class TestThePerson:
    @pytest.mark.parametrize(
        ("system", "code", "claim"),
        [
            ("UKCore-NHSNumberVerificationStatus", "number-present-and-verified", NhsNumberClaim.VERIFIED),
            ("UKCore-NHSNumberVerificationStatus", "01", NhsNumberClaim.VERIFIED),
            ("UKCore-NHSNumberVerificationStatusEngland", "01", NhsNumberClaim.VERIFIED),
            ("UKCore-NHSNumberVerificationStatusEngland", "02", NhsNumberClaim.NOT_TRACED),
            (
                "UKCore-NHSNumberVerificationStatus",
                "number-present-but-not-traced",
                NhsNumberClaim.NOT_TRACED,
            ),
            ("UKCore-NHSNumberVerificationStatus", "trace-required", NhsNumberClaim.OTHER),
        ],
    )
    def test_three_dialects_of_verification_are_read(self, system, code, claim):
        def change(body):
            coding = {"system": f"https://fhir.hl7.org.uk/CodeSystem/{system}", "code": code}
            status = part(body, "Patient")["identifier"][0]["extension"][0]
            status["valueCodeableConcept"] = {"coding": [coding]}

        assert read(change).person.nhs_number_claim is claim

    def test_a_number_that_is_written_in_groups_is_read_as_digits(self):
        def change(body):
            part(body, "Patient")["identifier"][0]["value"] = "347 852-6985"

        assert read(change).person.nhs_number == "3478526985"

    def test_a_person_may_have_no_number(self):
        person = read(lambda body: part(body, "Patient").pop("identifier")).person
        assert (person.nhs_number, person.nhs_number_claim) == (None, NhsNumberClaim.ABSENT)

    def test_two_numbers_are_refused(self):
        def change(body):
            part(body, "Patient")["identifier"].append(
                {"system": "http://fhir.nhs.uk/id/nhs-number", "value": "9434765919"}
            )

        (problem,) = refusal(change).problems
        assert problem.path == "Bundle.entry[6].resource.identifier[1].value"
        assert "9434765919" not in problem.sentence

    def test_only_the_persons_own_numbers_are_taken_best_first(self):
        person = read().person
        assert person.phones == ("07736312544", "01138698975")
        assert person.email == "jjones@hotmail.co.uk"

    def test_numbers_of_the_patient_itself_are_taken_too(self):
        telecom = [
            {"system": "phone", "value": "0113 1", "rank": 1},
            {"system": "phone", "value": "0", "use": "old"},
        ]
        assert read(
            patient(telecom=telecom, contact=[{"name": {"text": "A"}, "telecom": telecom}])
        ).person.phones == ("0113 1",)

    def test_death_restriction_language_and_ethnicity_are_read(self):
        label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
        message = read(patient(deceasedDateTime="2024", meta={"security": [label]}))
        assert message.person.deceased
        assert message.person.restricted
        assert (message.person.language, message.person.ethnicity) == ("en", "A")
        assert message.paths["person.deceased"].endswith(".deceasedDateTime")
        assert not read(patient(deceasedBoolean=False)).person.deceased

    def test_a_label_on_the_whole_message_restricts_too(self):
        assert read(lambda body: body["meta"].update(security=[{"code": "R"}])).person.restricted

    def test_a_partial_date_of_birth_is_no_day(self):
        assert read(patient(birthDate="1959-05")).person.birth_date is None
        assert read(patient(birthDate="2999-01-01")).person.birth_date == date(2999, 1, 1)

    def test_the_official_name_and_the_home_address_go_first(self):
        names = [{"use": "nickname", "given": ["Jules"]}, {"use": "official", "family": "Jones"}]
        addresses = [{"use": "temp", "postalCode": "LS1 1AA"}, {"use": "home", "postalCode": "LS10 4YU"}]
        message = read(patient(name=names, address=addresses))
        assert (message.person.family, message.person.postcode) == ("Jones", "LS10 4YU")
        assert message.paths["person.family"] == "Bundle.entry[6].resource.name[1].family"
        assert message.paths["person.postcode"] == "Bundle.entry[6].resource.address[1].postalCode"

    def test_a_bare_patient_is_read_with_all_paths(self):
        def bare(body):
            kept = part(body, "Patient")
            kept.clear()
            kept["resourceType"] = "Patient"

        message = read(bare)
        assert message.person.family is None
        wanted = "person person.nhs_number person.birth_date person.family person.postcode person.deceased requester"
        wanted += " use_case authored_on reason_text status identity.sent_at"
        assert set(wanted.split()) <= set(message.paths)


class TestTheRequest:
    @pytest.mark.parametrize("code", ["a5t1", "A5T1"])
    @pytest.mark.parametrize("system", [BARS_USE_CASES, BARS_USE_CASES.replace("https", "http")])
    def test_the_use_case_is_read_in_either_case(self, code, system):
        def change(body):
            part(body, "ServiceRequest")["category"][0]["coding"][1].update(code=code, system=system)

        message = read(change)
        assert (message.use_case, message.use_case_system) == ("a5t1", BARS_USE_CASES)

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("2023-03-08T12:01:08.4677672+00:00", datetime(2023, 3, 8, 12, 1, 8, 467767, UTC)),
            (
                "2023-03-08T12:01:08+10:00",
                datetime(2023, 3, 8, 12, 1, 8, tzinfo=timezone(timedelta(hours=10))),
            ),
            ("2023-03-08T12:01:08Z", datetime(2023, 3, 8, 12, 1, 8, tzinfo=UTC)),
            ("2023-03-08", datetime(2023, 3, 8, tzinfo=UTC)),
            ("2023", datetime(2023, 1, 1, tzinfo=UTC)),
        ],
    )
    def test_times_are_read_with_their_zone(self, written, meant):
        assert read(lambda body: part(body, "ServiceRequest").update(authoredOn=written)).authored_on == meant

    def test_the_header_is_named_by_its_id_else_by_its_full_url(self):
        assert read().identity.header_id == "c89a8895-56fe-41de-b20b-fab6efa99c99"
        assert read(lambda body: part(body, "MessageHeader").update(id="h-1")).identity.header_id == "h-1"

    def test_the_words_are_joined_without_markup(self):
        def change(body):
            part(body, "Condition")["code"] = {"text": "Lonely &amp; <b>sad</b><script>alert('x')</script>"}
            activity = part(body, "CarePlan")["activity"][0]
            activity["outcomeCodeableConcept"] = [{"text": "Lives alone\\n\\nBP <140"}]
            part(body, "ServiceRequest").update(
                reasonCode=[{"coding": [{"system": SNOMED, "code": "1", "display": "Loneliness"}]}],
                note=[{"text": "Please ring first"}, {"text": "Please ring first"}],
            )

        message = read(change)
        assert (
            message.reason_text == "Loneliness\n\nLonely & sad\n\nLives alone\nBP <140\n\nPlease ring first"
        )
        assert message.paths["reason_text"] == "Bundle.entry[1].resource.reasonCode[0].text"

    def test_a_narrative_is_never_kept(self):
        def change(body):
            div = '<div xmlns="http://www.w3.org/1999/xhtml"><script>steal()</script>secret</div>'
            for each in body["entry"]:
                each["resource"]["text"] = {"status": "generated", "div": div}

        message = read(change)
        assert "secret" not in repr(message)
        assert "steal" not in repr(message)

    def test_needs_are_read_in_any_system(self):
        def change(body):
            ours = {"system": OUR_NEEDS.replace("https", "http"), "code": "social-connection"}
            snomed = {"system": SNOMED, "code": "267076002", "display": "Feeling lonely"}
            part(body, "ServiceRequest")["reasonCode"] = [{"coding": [ours, snomed], "text": "Lonely"}]

        assert read(change).needs == (
            CodedThing(OUR_NEEDS, "social-connection", None, "Lonely"),
            CodedThing(SNOMED, "267076002", "Feeling lonely", "Lonely"),
            CodedThing(text="Vomiting"),
        )

    def test_a_refuted_condition_is_no_need(self):
        def change(body):
            part(body, "Condition")["verificationStatus"]["coding"][0]["code"] = "refuted"

        message = read(change)
        assert message.needs == ()
        assert "Vomiting" not in message.reason_text

    def test_only_active_flags_are_read_one_for_each_code(self):
        flags = read(name="REFREQ01").flags
        assert [flag.category for flag in flags] == ["SG", "RA", "RS"]
        assert flags[1] == FlagSeen("RA", "adjustforneedlephobia", "Adjust for needle phobia")

        def close(body):
            part(body, "Flag")["status"] = "inactive"

        assert [flag.category for flag in read(close, "REFREQ01").flags] == ["RA", "RS"]


class TestConsent:
    def consent(self, **elements):
        def change(body):
            part(body, "Consent").update(elements)

        message = read(change)
        return message.consent_given, message.consent_refused

    def test_an_active_direct_care_consent_is_given(self):
        assert self.consent() == (True, False)

    @pytest.mark.parametrize("status", ["inactive", "rejected"])
    def test_an_ended_consent_is_a_no(self, status):
        assert self.consent(status=status) == (False, True)

    def test_a_denial_is_a_no(self):
        assert self.consent(provision={"type": "deny"}) == (False, True)

    @pytest.mark.parametrize(
        ("elements", "element"),
        [({"status": "rejected"}, "status"), ({"provision": {"type": "deny"}}, "provision.type")],
    )
    def test_a_no_is_told_at_the_consent_that_says_it(self, elements, element):
        message = read(lambda body: part(body, "Consent").update(elements))
        position = [each["resource"]["resourceType"] for each in example()["entry"]].index("Consent")
        assert message.paths["consent"] == f"Bundle.entry[{position}].resource.{element}"

    def test_a_yes_with_an_exception_inside_is_not_read_as_a_yes(self):
        inside = {"provision": [{"type": "permit", "provision": [{"type": "deny"}]}]}
        refused = refusal(lambda body: part(body, "Consent").update(provision={"type": "permit", **inside}))
        (path,) = told(refused)
        assert path.endswith(".resource.provision.provision[0].provision[0].type")

    @pytest.mark.parametrize("status", ["draft", "entered-in-error"])
    def test_a_consent_that_does_not_hold_says_nothing(self, status):
        assert self.consent(status=status) == (False, False)

    def test_a_message_without_consent_says_nothing(self):
        def change(body):
            body["entry"] = [each for each in body["entry"] if each["resource"]["resourceType"] != "Consent"]

        message = read(change)
        assert (message.consent_given, message.consent_refused) == (False, False)

    @pytest.mark.parametrize("resource_type", ["Consent", "Flag", "Observation", "Condition"])
    def test_a_type_1_opt_out_is_found_anywhere_and_is_no_refusal_of_care(self, resource_type):
        concept = {"coding": [{"system": SNOMED, "code": "827241000000103"}]}
        subject = {"display": "the person"}
        resources = {
            "Consent": {
                "status": "active",
                "scope": {"coding": [{"code": "patient-privacy"}]},
                "category": [concept],
                "provision": {"type": "deny"},
                "policyRule": {"coding": [{"code": "OPTOUT"}]},
            },
            "Flag": {"status": "active", "code": concept, "subject": subject},
            "Observation": {"status": "final", "code": concept},
            "Condition": {"code": concept, "subject": subject},
        }
        opted = {"resourceType": resource_type, **resources[resource_type]}
        message = read(lambda body: add(body, opted))
        assert message.type1_opt_out
        assert (message.consent_given, message.consent_refused) == (True, False)
        assert not read().type1_opt_out


class TestAcknowledgements:
    def answer(self, **response):
        body = example("SERVREQ01")
        header = part(body, "MessageHeader")
        header["eventCoding"]["code"] = "servicerequest-response"
        header["response"] = {"identifier": "our-message", "code": "ok", **response}
        body["entry"] = [
            each for each in body["entry"] if each["resource"]["resourceType"] != "ServiceRequest"
        ]
        header.pop("focus")
        return body

    def test_a_message_with_a_response_is_an_acknowledgement_without_a_request(self):
        message = read_message(orjson.dumps(self.answer()))
        assert isinstance(message, IncomingAcknowledgement)
        assert (message.answers, message.code, message.sender.ods) == ("our-message", "ok", "RND")

    def test_the_reason_of_a_failure_is_read(self):
        body = self.answer(code="fatal-error", details={"reference": "urn:uuid:details"})
        issue = {"severity": "error", "code": "not-found", "diagnostics": "No <b>such</b> referral"}
        add(body, {"resourceType": "OperationOutcome", "issue": [issue]}, "urn:uuid:details")
        message = read_message(orjson.dumps(body))
        assert isinstance(message, IncomingAcknowledgement)
        assert (message.code, message.details) == ("fatal-error", "No such referral")

    @pytest.mark.parametrize(
        ("response", "path"), [({"code": "perhaps"}, "code"), ({"identifier": None}, "identifier")]
    )
    def test_an_acknowledgement_says_what_it_answers_and_how(self, response, path):
        body = self.answer(**response)
        refused = refusal(lambda other: (other.clear(), other.update(body)))
        assert [problem.path for problem in refused.problems] == [f"Bundle.entry[0].resource.response.{path}"]
