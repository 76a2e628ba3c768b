"""A system finds the questionnaire that an answer names, in the version that it was given to."""

from __future__ import annotations

import pytest
from fhir.resources.R4B import get_fhir_model_class

from app.services.measures.measure_library import shipped
from fhir.views_words import QUESTIONNAIRE
from tests.factories import MadeReferral
from tests.integration.api_fhir_rest.reader import Reader, ids_of, link, matches, refusals

ALL = len(shipped().measures)


def test_every_measure_is_found_as_a_questionnaire(reader: Reader) -> None:
    bundle = reader.search("Questionnaire", {}, Prefer="handling=strict")
    assert set(ids_of(bundle)) == {f"{each.code}-{each.version}" for each in shipped().measures}
    for each in matches(bundle):
        get_fhir_model_class("Questionnaire").model_validate(each)
    assert reader.follow(link(bundle, "self") or "") == bundle


@pytest.mark.parametrize(
    ("name", "value", "finds"),
    [
        ("url", f"{QUESTIONNAIRE}ucla3", 1),
        ("url", f"{QUESTIONNAIRE}ucla3|1", 1),
        ("url", f"{QUESTIONNAIRE}ucla3|9", 0),
        ("_id", "ons4-1", 1),
        ("status", "active", ALL),
        ("status", "retired", 0),
        ("version", "1", ALL),
        ("title", "ucla", 1),
    ],
)
def test_each_parameter_of_questionnaires_finds_what_it_should(
    name: str, value: str, finds: int, reader: Reader
) -> None:
    bundle = reader.search("Questionnaire", {name: value})
    assert bundle["total"] == len(matches(bundle)) == finds
    assert reader.post("Questionnaire/_search", {name: value}).json["total"] == finds


def test_an_answer_leads_to_its_questionnaire(reader: Reader, closed: MadeReferral) -> None:
    bundle = reader.search("QuestionnaireResponse", {"based-on": f"ServiceRequest/{closed.id}"})
    answered = {each["questionnaire"] for each in matches(bundle)}
    assert answered == {f"{QUESTIONNAIRE}ons4|1", f"{QUESTIONNAIRE}ucla3|1"}
    for canonical in answered:
        (found,) = matches(reader.search("Questionnaire", {"url": canonical}))
        known = {item["linkId"] for item in found["item"]}
        told = [each for each in matches(bundle) if each["questionnaire"] == canonical]
        assert {item["linkId"] for each in told for item in each["item"]} <= known


def test_one_is_read_and_kept_until_it_changes(reader: Reader) -> None:
    etag = reader.get("Questionnaire/ons4-1").headers["ETag"]
    assert reader.get("Questionnaire/ons4-1", If_None_Match=etag).status_code == 304
    assert reader.read("Questionnaire/ons4")["version"] == "1"  # by the code alone: the newest
    assert refusals(reader.get("Questionnaire/none"), 404)


def test_wrong_and_unknown_parameters_of_questionnaires_are_told(reader: Reader) -> None:
    assert refusals(reader.get("Questionnaire", {"url": ""}), 400)
    assert refusals(reader.get("Questionnaire", {"colour": "red"}, Prefer="handling=strict"), 400)


def test_a_stranger_sees_no_questionnaire(reader: Reader) -> None:
    assert reader.http.get("/FHIR/R4/Questionnaire").status_code == 401
