"""A measure goes out as a FHIR Questionnaire and comes back whole; what cannot be meant is refused."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from fhir.resources.R4B.questionnaire import Questionnaire

from app.cli import cli
from app.domain.errors import Invalid
from app.domain.measures import Measure
from app.services.measures.measure_file import measure_of
from app.services.measures.measure_library import shipped
from app.services.measures.measure_questionnaires import measure_from, of, toml_of
from fhir.checks import resource_problems
from fhir.problems import FhirRejected
from fhir.questionnaire import EXT_COUNTED, EXT_MAX, EXT_MIN, EXT_ORDINAL

Json = dict[str, Any]
ALL = shipped().measures
BETTER: Json = {"url": EXT_COUNTED, "extension": [{"url": "better", "valueCode": "higher"}]}
FOREIGN: Json = {
    "resourceType": "Questionnaire",
    "url": "https://elsewhere.example/fhir/Questionnaire/Mood",
    "version": "3",
    "title": "Mood",
    "status": "active",
    "publisher": "Elsewhere",
    "copyright": "Free to use",
    "item": [
        {
            "linkId": "Mood.1",
            "text": "How is your mood?",
            "type": "integer",
            "extension": [BETTER, {"url": EXT_MIN, "valueInteger": 0}, {"url": EXT_MAX, "valueInteger": 5}],
        },
        {
            "linkId": "Mood.2",
            "text": "And at night?",
            "type": "choice",
            "extension": [BETTER],
            "answerOption": [
                {
                    "valueCoding": {
                        "display": words,
                        "extension": [{"url": EXT_ORDINAL, "valueDecimal": value}],
                    }
                }
                for value, words in enumerate(("Bad", "Fair", "Good"))
            ],
        },
    ],
}


@pytest.fixture(params=ALL, ids=lambda measure: measure.code)
def measure(request: pytest.FixtureRequest) -> Measure:
    found: Measure = request.param
    return found


def test_every_measure_is_a_sound_questionnaire(measure: Measure) -> None:
    body = json.loads(json.dumps(of(measure)))
    assert resource_problems(body) == ()
    Questionnaire.model_validate(body)
    assert [item["linkId"] for item in body["item"]] == [item.code for item in measure.items]
    assert ("text" in body["item"][0]) is (measure.items[0].wording is not None)


def test_every_measure_comes_back_whole_from_fhir_and_from_its_own_file(measure: Measure) -> None:
    assert measure_from(json.loads(json.dumps(of(measure)))) == measure
    assert measure_of(tomllib.loads(toml_of(measure))) == measure


def test_answers_carry_their_numbers_and_ranges_their_ends() -> None:
    ucla3, ons4 = of(shipped().get("ucla3")), of(shipped().get("ons4"))
    options = [option["valueCoding"] for option in ucla3["item"][0]["answerOption"]]
    told = [(option["display"], option["extension"][0]) for option in options]
    assert told[2] == ("Often", {"url": EXT_ORDINAL, "valueDecimal": 3})
    limits = {each["url"]: each.get("valueInteger") for each in ons4["item"][0]["extension"]}
    assert (limits[EXT_MIN], limits[EXT_MAX]) == (0, 10)


def test_published_codes_go_along() -> None:
    body = of(shipped().get("phq9"))
    assert body["item"][0]["code"] == [{"system": "http://loinc.org", "code": "44250-9"}]
    assert "code" not in body["item"][8]


def test_a_foreign_questionnaire_becomes_a_measure() -> None:
    found = measure_from(FOREIGN)
    assert (found.code, found.version, found.name) == ("mood", "3", "Mood")
    assert [(item.code, item.low, item.high) for item in found.items] == [("mood-1", 0, 5), ("mood-2", 0, 2)]
    assert found.items[1].words_of(2) == "Good"


def changed(change: Callable[[Json], object]) -> Json:
    body: Json = json.loads(json.dumps(FOREIGN))
    change(body)
    return body


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda body: body["item"][0].update(type="string"), "Questionnaire.item[0].type"),
        (lambda body: body["item"][0]["extension"].pop(), "Questionnaire.item[0].extension"),
        (lambda body: body["item"][0]["extension"].pop(0), "Questionnaire.item[0].extension"),
        (lambda body: body["item"][0].update(repeats=True), "Questionnaire.item[0].repeats"),
        (
            lambda body: body["item"][0].update(item=[FOREIGN["item"][1] | {"linkId": "other"}]),
            "Questionnaire.item[0].item",
        ),
        (
            lambda body: body["item"][1].update(
                enableWhen=[{"question": "Mood.1", "operator": "=", "answerInteger": 1}]
            ),
            "Questionnaire.item[1].enableWhen",
        ),
        (
            lambda body: body["item"][1]["answerOption"][0]["valueCoding"].pop("extension"),
            "Questionnaire.item[1].answerOption[0]",
        ),
        (lambda body: body["item"][1].pop("answerOption"), "Questionnaire.item[1].answerOption"),
        (lambda body: body.pop("item"), "Questionnaire.item"),
        (lambda body: body.pop("url"), "Questionnaire.url"),
    ],
)
def test_what_would_lose_its_meaning_is_refused_with_its_place(
    change: Callable[[Json], object], place: str
) -> None:
    with pytest.raises(FhirRejected) as caught:
        measure_from(changed(change))
    assert place in {problem.path for problem in caught.value.problems}


def test_all_that_cannot_be_meant_is_told_at_once() -> None:
    def spoil(body: Json) -> None:
        body["item"][0]["type"] = "text"
        body["item"][1]["answerOption"][1]["valueCoding"].pop("extension")
        body.pop("title")

    with pytest.raises(FhirRejected) as caught:
        measure_from(changed(spoil))
    assert len(caught.value.problems) >= 3


def test_answers_with_a_gap_are_refused_as_in_a_file() -> None:
    gap = changed(lambda body: body["item"][1]["answerOption"].pop(1))
    with pytest.raises(Invalid) as caught:
        measure_from(gap)
    assert caught.value.problems[0].field == "items.2.answers"


def test_the_command_prints_a_questionnaire_and_reads_it_again(tmp_path: Any) -> None:
    runner = CliRunner()
    told = runner.invoke(cli, ["measures", "questionnaire", "ucla3"])
    path = tmp_path / "questionnaire.json"
    path.write_text(told.stdout)
    back = runner.invoke(cli, ["measures", "from-questionnaire", str(path)])
    assert measure_of(tomllib.loads(back.stdout)) == shipped().get("ucla3")
    path.write_text(json.dumps(FOREIGN | {"item": []}))
    refused = runner.invoke(cli, ["measures", "from-questionnaire", str(path)])
    assert refused.exit_code == 1
    assert "Questionnaire.item" in refused.output


def test_the_command_lists_what_is_known_and_checks_a_file(tmp_path: Any) -> None:
    runner = CliRunner()
    listed = runner.invoke(cli, ["measures", "list"]).stdout
    assert all(measure.code in listed for measure in ALL)
    assert "Asked here (What is usually asked, version 1): ons4, ucla3, goal-progress." in listed
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(toml_of(shipped().get("ons4")).replace('"ons4"', '"ours"'))
    bad.write_text("low = 1\n")
    checked = runner.invoke(cli, ["measures", "check", str(good), str(bad)])
    assert checked.exit_code == 1
    assert "good.toml: the measure ours, version 1" in checked.output
    assert "bad.toml: low" in checked.output
    assert runner.invoke(cli, ["measures", "questionnaire", "none"]).exit_code == 1
