"""What must be known before anybody contacts a person is carried out of the message."""

import copy

import pytest
from bars import add, part, read, refusal, told

from fhir.messages import CodedThing, FlagSeen, NhsNumberClaim
from fhir.systems import (
    EXT_CONTACT_PREFERENCE,
    EXT_INTERPRETER,
    EXT_NHS_COMMUNICATION,
    FLAG_CATEGORIES,
    HL7_FLAG_CATEGORIES,
    NHS_NUMBER,
    PREFERRED_CONTACT,
    SAFEGUARDING_CODES,
    SCENE_SAFETY_CODES,
    SDOHCC,
    SNOMED,
)

PATIENT = "Bundle.entry[6].resource"
NEW, OLD = "9434765919", "3478526985"


def patient(**elements):
    return lambda body: part(body, "Patient").update(elements)


def person(**elements):
    return read(patient(**elements)).person


def concept(system, code, display=None):
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"coding": [coding]}


def preference(*parts):
    told = [{"url": name, **value} for name, value in parts]
    return [{"url": EXT_CONTACT_PREFERENCE, "extension": told}]


def flag(category, code, *, system=FLAG_CATEGORIES, status="active"):
    return {
        "resourceType": "Flag",
        "status": status,
        "category": [concept(system, category)],
        "code": code,
        "subject": {"display": "the person"},
    }


def flagged(*flags):
    def change(body):
        for each in flags:
            add(body, each)

    return read(change)


class TestInterpreters:
    @pytest.mark.parametrize("url", [EXT_INTERPRETER, EXT_INTERPRETER.replace("http:", "https:")])
    def test_hl7s_extension_asks_for_an_interpreter(self, url):
        assert person(extension=[{"url": url, "valueBoolean": True}]).interpreter_required
        assert not person(extension=[{"url": url, "valueBoolean": False}]).interpreter_required

    def test_uk_cores_communication_asks_for_an_interpreter_on_person_or_language(self):
        asked = {
            "url": EXT_NHS_COMMUNICATION,
            "extension": [{"url": "interpreterRequired", "valueBoolean": True}],
        }
        assert person(extension=[asked]).interpreter_required
        language = {"language": {"coding": [{"code": "fr"}]}, "extension": [asked]}
        assert person(communication=[language]).interpreter_required
        assert not read().person.interpreter_required

    def test_the_language_of_uk_cores_communication_stands_in(self):
        told = {
            "url": EXT_NHS_COMMUNICATION,
            "extension": [{"url": "language", "valueCodeableConcept": concept("x", "fr")}],
        }

        def change(body):
            part(body, "Patient").pop("communication")
            part(body, "Patient")["extension"] = [told]

        assert read(change).person.language == "fr"


class TestCommunication:
    @pytest.mark.parametrize(
        ("words", "language", "needs"),
        [
            ("Somali", "so", []),
            (" british  sign Language", "bfi", ["british  sign Language"]),
            ("Makaton", "q5", ["Makaton"]),
            ("Tarifit of the north", None, ["Tarifit of the north"]),
        ],
    )
    def test_a_language_in_words_alone_is_known_by_its_name_or_carried_as_it_is(self, words, language, needs):
        found = person(communication=[{"language": {"text": words}}])
        assert found.language == language
        assert [each.text for each in found.communication_needs] == [
            each.replace("  ", " ") for each in needs
        ]

    def test_signs_and_formats_are_needs_and_spoken_languages_are_not(self):
        bsl = {"system": "urn:ietf:bcp:47", "code": "bfi", "display": "British Sign Language"}
        makaton = {"system": SNOMED, "code": "703963007", "display": "Makaton vocabulary"}
        written = "https://fhir.hl7.org.uk/CodeSystem/UKCore-PreferredWrittenCommunicationFormat"
        large = (
            "PreferredWrittenCommunicationFormat",
            {"valueCodeableConcept": concept(written, "11", "Large print")},
        )
        spoken = [{"language": {"coding": [bsl, makaton]}}, {"language": {"coding": [{"code": "en"}]}}]
        found = person(communication=spoken, extension=preference(large)).communication_needs
        assert found == (
            CodedThing("urn:ietf:bcp:47", "bfi", "British Sign Language"),
            CodedThing(SNOMED, "703963007", "Makaton vocabulary"),
            CodedThing(written, "11", "Large print"),
        )

    def test_the_preferred_method_and_times_of_contact_are_read(self):
        method = ("PreferredContactMethod", {"valueCodeableConcept": concept(PREFERRED_CONTACT, "9", "SMS")})
        times = ("PreferredContactTimes", {"valueString": "Not after <b>7pm</b>"})
        found = person(extension=preference(method, times))
        assert found.preferred_contact == CodedThing(PREFERRED_CONTACT, "9", "SMS")
        assert found.contact_times == "Not after 7pm"
        assert not found.no_telephone

    def test_no_telephone_contact_is_seen_beside_another_preference(self):
        letter = ("PreferredContactMethod", {"valueCodeableConcept": concept(PREFERRED_CONTACT, "1")})
        never = ("PreferredContactMethod", {"valueCodeableConcept": concept(PREFERRED_CONTACT, "8")})
        found = person(extension=preference(letter, never))
        assert found.no_telephone
        assert found.preferred_contact.code == "1"

    def test_a_person_who_says_nothing_prefers_nothing(self):
        found = read().person
        assert (found.preferred_contact, found.contact_times, found.no_telephone) == (None, None, False)
        assert found.communication_needs == ()

    def test_a_request_can_forbid_contact_with_its_subject(self):
        prohibited = concept(SDOHCC, "contacting-subject-prohibited")

        def forbid(body):
            part(body, "ServiceRequest").update(orderDetail=[prohibited], code=concept(SNOMED, "1"))

        assert read(forbid).do_not_contact
        assert not read().do_not_contact


class TestSafety:
    def test_safeguarding_concerns_keep_their_codes_and_displays(self):
        assert read(name="REFREQ01").safeguarding == tuple(
            each for each in read(name="REFREQ01").flags if each.category == "SG"
        )
        code = concept(SAFEGUARDING_CODES, "707087005", "At risk of domestic violence")
        assert flagged(flag("SG", code)).safeguarding == (
            FlagSeen("SG", "707087005", "At risk of domestic violence"),
        )

    def test_a_concern_is_seen_without_its_category_and_in_a_condition(self):
        code = concept(
            SAFEGUARDING_CODES.replace("https", "http"), "707087005", "At risk of domestic violence"
        )
        condition = {"resourceType": "Condition", "code": code, "subject": {"display": "the person"}}
        expected = (FlagSeen("SG", "707087005", "At risk of domestic violence"),)
        assert flagged(flag("API", code)).safeguarding == flagged(condition).safeguarding == expected

    def test_no_issue_an_ended_flag_and_a_refuted_finding_are_no_concern(self):
        none = concept(SAFEGUARDING_CODES, "861931000000100", "No safeguarding issues identified")
        code = concept(SAFEGUARDING_CODES, "707087005")
        refuted = {
            "resourceType": "Condition",
            "code": code,
            "verificationStatus": {"coding": [{"code": "refuted"}]},
            "subject": {"display": "the person"},
        }
        assert flagged(flag("SG", none), flag("SG", code, status="inactive"), refuted).safeguarding == ()

    def test_a_concern_in_words_alone_counts(self):
        assert flagged(flag("SG", {"text": "Afraid at home"})).safeguarding == (
            FlagSeen("SG", None, "Afraid at home"),
        )

    def test_risks_are_the_flags_that_warn(self):
        found = flagged(
            flag("SS", concept(SCENE_SAFETY_CODES, "U", "The Scene is unsafe")),
            flag("SS", concept(SCENE_SAFETY_CODES, "S", "The Scene is safe")),
            flag("CW", {"text": "Caller was threatened"}),
            flag("RC", {"text": "Calls often"}),
            flag("safety", {"text": "Dog bites"}, system=HL7_FLAG_CATEGORIES),
        ).risks
        assert found == (
            FlagSeen("SS", "U", "The Scene is unsafe"),
            FlagSeen("CW", None, "Caller was threatened"),
            FlagSeen("safety", None, "Dog bites"),
        )

    def test_a_flag_of_an_unknown_kind_or_of_none_is_a_risk_in_its_own_words(self):
        bare = {key: value for key, value in flag("x", {"text": "Suicidal"}).items() if key != "category"}
        worded = bare | {"category": [{"text": "Warning"}], "code": {"text": "Violent partner"}}
        found = flagged(
            bare,
            worded,
            flag("XX", concept("urn:local", "DOG"), system="urn:local"),
            flag("SS", concept(SCENE_SAFETY_CODES, "U", "The Scene is unsafe") | {"text": "Intoxicated"}),
        )
        assert [each.display or each.code for each in found.risks] == [
            "Suicidal",
            "Violent partner",
            "DOG",
            "The Scene is unsafe: Intoxicated",
        ]

    def test_every_reasonable_adjustment_is_carried_coded_or_not(self):
        worded = flag("RA", {"text": "Speak slowly"}) | {"category": [{"text": "Reasonable Adjustment"}]}
        found = flagged(
            flag("RA", concept("urn:adjustments", "provideextratime", "Provide longer appointment")),
            flag("RA", {"text": "Lip reads"}),
            worded,
        )
        assert [each.display for each in found.adjustments] == [
            "Provide longer appointment",
            "Lip reads",
            "Speak slowly",
        ]
        assert found.risks == found.notes == ()

    def test_what_is_flagged_otherwise_is_a_note_with_its_kind(self):
        found = flagged(
            flag("RT", {"text": "Form in the hall"}),
            flag("API", concept(SAFEGUARDING_CODES, "707087005", "At risk of domestic violence")),
            flag("diet", {"text": "Halal"}, system=HL7_FLAG_CATEGORIES),
            flag("AC", {"text": "Social services"}, status="inactive"),
        )
        assert found.notes == (FlagSeen("ReSPECT", None, "Form in the hall"), FlagSeen("Diet", None, "Halal"))

    def test_a_risk_assessment_is_a_risk(self):
        assessment = {
            "resourceType": "RiskAssessment",
            "status": "final",
            "subject": {"display": "the person"},
            "prediction": [{"outcome": concept(SNOMED, "129839007", "At risk for falls")}],
        }
        assert flagged(assessment).risks == (FlagSeen("RiskAssessment", "129839007", "At risk for falls"),)
        assert flagged({**assessment, "status": "entered-in-error"}).risks == ()


class TestNames:
    def test_a_name_that_is_one_text_is_taken_whole_with_a_warning(self):
        message = read(patient(name=[{"use": "official", "text": "Adaeze Okonkwo", "given": ["Adaeze"]}]))
        assert (message.person.family, message.person.given) == ("Adaeze Okonkwo", ())
        assert [each.path for each in message.warnings] == [f"{PATIENT}.name[0].family"]

    def test_a_name_in_parts_needs_no_text(self):
        message = read(patient(name=[{"family": "Okonkwo", "text": "Adaeze Okonkwo"}]))
        assert (message.person.family, message.warnings) == ("Okonkwo", ())


class TestLabels:
    @pytest.mark.parametrize(
        ("codes", "strictest", "restricted"),
        [(["U"], "U", False), (["N", "R"], "R", True), (["R", "V"], "V", True)],
    )
    def test_the_strictest_label_of_the_person_counts(self, codes, strictest, restricted):
        message = read(patient(meta={"security": [{"code": code} for code in codes], "versionId": "1"}))
        assert (message.person.confidentiality, message.person.restricted) == (strictest, restricted)
        assert message.sensitive == restricted

    def test_a_message_without_labels_has_none(self):
        message = read()
        assert (message.person.confidentiality, message.person.restricted, message.sensitive) == (
            None,
            False,
            False,
        )

    def test_a_label_on_any_part_makes_the_message_sensitive_and_not_the_person_restricted(self):
        message = read(lambda body: part(body, "Condition")["meta"].update(security=[{"code": "V"}]))
        assert message.sensitive
        assert not message.person.restricted


class TestReplacedNumbers:
    def link(self, kind="replaced-by", **other):
        return patient(link=[{"type": kind, "other": other}])

    def test_a_number_that_was_replaced_is_followed_to_the_new_one(self):
        message = read(self.link(identifier={"system": NHS_NUMBER, "value": "943 476 5919"}))
        assert (message.person.nhs_number, message.person.superseded_numbers) == (NEW, (OLD,))
        assert message.person.nhs_number_claim is NhsNumberClaim.ABSENT
        assert message.paths["person.nhs_number"] == f"{PATIENT}.link[0].other.identifier.value"
        assert message.warnings == ()

    def test_the_new_record_may_be_contained_with_its_own_claim(self):
        def change(body):
            found = part(body, "Patient")
            identifier = copy.deepcopy(found["identifier"][0])
            identifier["value"] = NEW
            found["contained"] = [{"resourceType": "Patient", "id": "new", "identifier": [identifier]}]
            found["link"] = [{"type": "replaced-by", "other": {"reference": "#new"}}]

        message = read(change)
        assert (message.person.nhs_number, message.person.nhs_number_claim) == (NEW, NhsNumberClaim.VERIFIED)
        assert message.paths["person.nhs_number"] == f"{PATIENT}.contained[0].identifier[0].value"

    def test_a_replacement_that_is_not_told_is_a_warning(self):
        message = read(self.link(reference="Patient/somewhere-else"))
        assert (message.person.nhs_number, message.person.superseded_numbers) == (OLD, ())
        assert [problem.path for problem in message.warnings] == [f"{PATIENT}.link"]

    def test_a_record_that_replaces_another_names_the_old_number(self):
        found = read(self.link(kind="replaces", identifier={"system": NHS_NUMBER, "value": NEW})).person
        assert (found.nhs_number, found.superseded_numbers) == (OLD, (NEW,))

    @pytest.mark.parametrize("position", [0, 1])
    def test_a_number_marked_old_is_passed_over_wherever_it_stands(self, position):
        def change(body):
            listed = part(body, "Patient")["identifier"]
            listed.insert(position, {"use": "old", "system": NHS_NUMBER, "value": NEW})

        message = read(change)
        assert (message.person.nhs_number, message.person.superseded_numbers) == (OLD, (NEW,))
        assert message.paths["person.nhs_number"] == f"{PATIENT}.identifier[{1 - position}].value"

    def test_two_numbers_that_both_hold_are_refused(self):
        def change(body):
            part(body, "Patient")["identifier"].append(
                {"use": "official", "system": NHS_NUMBER, "value": NEW}
            )

        assert told(refusal(change)) == {f"{PATIENT}.identifier[1].value": "invariant"}
