"""Exports and questions at the dataset's door: lines of JSON, the desk's answers, and how each is refused."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fhir.resources.R4B.measurereport import MeasureReport
from flask import Flask
from openapi_spec_validator import validate

from app.services.dataset import dataset_questions
from app.services.dataset.releases import cells, list_releases
from tests.integration.dataset_api.conftest import Analyst

Made = Callable[..., Analyst]
MAY = {
    "release": "release-2-2026-11-22",
    "columns": {
        "need": ["a", "b"],
        "gender": ["female", "male"],
        "age_band": ["65 and over"],
        "help": ["none"],
    },
    "groups": {"need": {"both": ["a", "b"]}, "gender": {"all": ["female", "male"]}},
    "numbers": ["contacts"],
    "most_dimensions": 2,
    "most_filters": 1,
}


@pytest.fixture
def open_box(box: Path) -> Path:
    """A box whose desk is open, and never comes to the next question."""
    (box / "desk.json").write_text(json.dumps(MAY))
    return box


def write_answer(box: Path, query_id: str, **told: Any) -> None:
    """Answer as the desk does."""
    (box / "answers").mkdir(exist_ok=True)
    (box / "answers" / f"{query_id}.json").write_text(json.dumps({"id": query_id, **told}))
    (box / "questions" / f"{query_id}.json").unlink()


def problems_of(answer: Any) -> dict[str, str]:
    return {each["field"]: each["sentence"] for each in answer.json["error"]["problems"]}


def test_an_export_is_begun_looked_after_and_fetched(analyst: Analyst, newest: dict[str, Any]) -> None:
    begun = analyst.get(f"/releases/{newest['id']}/$export?_type=referrals,tables", 202)
    where = begun.headers["Content-Location"].removeprefix("http://localhost/dataset/v1")
    manifest = analyst.get(where).json
    assert manifest["requiresAccessToken"] is True
    assert [each["type"] for each in manifest["output"]] == ["referrals", "tables"]
    for each in manifest["output"]:
        answer = analyst.get(each["url"].removeprefix("http://localhost/dataset/v1"))
        assert answer.mimetype == "application/ndjson"
        lines = answer.text.splitlines()
        assert len(lines) == each["count"] > 0
        table = analyst.get(f"/releases/{newest['id']}/rows/{each['type']}.csv").text
        rows = list(csv.DictReader(io.StringIO(table, newline="")))
        for line, row in zip(lines, rows, strict=True):
            told = json.loads(line)
            people = {"people": int(row["people"]) if row["people"] else None} if "people" in row else {}
            assert told == {name: value or None for name, value in row.items()} | people
    ended = analyst.client.delete(
        begun.headers["Content-Location"], headers={"Authorization": f"Bearer {analyst.token}"}
    )
    assert ended.status_code == 202


def test_an_export_of_all_is_all_that_the_project_may_have(
    analyst_with: Made, newest: dict[str, Any]
) -> None:
    def types(who: Analyst) -> list[str]:
        manifest = who.get(f"/releases/{newest['id']}/$export/status").json
        return [each["type"] for each in manifest["output"]]

    assert types(analyst_with()) == ["referrals", "journeys", "tables", "MeasureReport"]
    assert types(analyst_with(tiers=("tables",))) == ["tables", "MeasureReport"]
    assert types(analyst_with(tiers=("rows",), fields=("deprivation",))) == ["referrals"]
    analyst_with(tiers=("tables",)).get(f"/releases/{newest['id']}/$export?_type=referrals", 403)


def test_an_export_is_refused_with_every_problem(analyst: Analyst, newest: dict[str, Any]) -> None:
    asked = f"/releases/{newest['id']}/$export?_type=Patient,nobody&_since=2026&_outputFormat=text/csv"
    answer = analyst.get(asked, 400)
    fields = [each["field"] for each in answer.json["error"]["problems"]]  # type: ignore[index]
    assert sorted(fields) == ["_outputFormat", "_since", "_type", "_type"]


def test_tables_are_measure_reports_of_fhir_with_the_same_numbers(
    analyst: Analyst, newest: dict[str, Any], out: Path
) -> None:
    answer = analyst.get(
        f"/releases/{newest['id']}/rows/MeasureReport.ndjson", Accept="application/fhir+ndjson"
    )
    assert answer.mimetype == "application/fhir+ndjson"
    found: list[tuple[str, str, str, int | None]] = []
    for line in answer.text.splitlines():
        MeasureReport.model_validate_json(line)
        report = json.loads(line)
        stratifier = report["group"][0]["stratifier"][0]
        for stratum in stratifier["stratum"]:
            for each in stratum["population"]:
                absent = each.get("_count", {}).get("extension", [{}])[0].get("valueCode")
                assert (absent == "masked") == ("count" not in each)
                table = report["measure"].rpartition("/")[2]
                found.append((table, stratum["value"]["text"], each["code"]["text"], each.get("count")))
    told = [(cell.table, cell.value, cell.answer, cell.people) for cell in cells(list_releases(out)[0])]
    assert found == told


def test_without_a_desk_nobody_is_kept_waiting(analyst: Analyst) -> None:
    for answer in (analyst.get("/queryable", 503), analyst.ask(503, dimensions=["need"])):
        assert "desk" in answer.json["error"]["sentence"]  # type: ignore[index]
        assert answer.headers["Retry-After"]


def test_what_may_be_asked_is_what_the_desk_knows_and_the_project_agreed(
    analyst_with: Made, open_box: Path
) -> None:
    told = analyst_with().get("/queryable").json
    assert told["columns"] == MAY["columns"]
    assert (told["numbers"], told["most_dimensions"]) == (["contacts"], 2)
    some = analyst_with(fields=("need", "age")).get("/queryable").json
    assert set(some["columns"]) == {"need", "age_band"}
    assert (told["groups"], set(some["groups"])) == (MAY["groups"], {"need"})
    assert some["numbers"] == []


def test_a_question_goes_into_the_box_as_it_was_asked(analyst: Analyst, open_box: Path) -> None:
    asked = {"dimensions": ["need"], "filters": {"gender": ["female"]}, "measure": {"mean": "contacts"}}
    answer = analyst.ask(202, **asked)
    query_id = answer.json["id"]  # type: ignore[index]
    assert answer.headers["Location"] == f"/dataset/v1/queries/{query_id}"
    letter = json.loads((open_box / "questions" / f"{query_id}.json").read_text())
    assert letter == {
        "id": query_id,
        "project": str(analyst.project.id),
        "release": "release-2-2026-11-22",
        "question": asked,
    }
    assert [path.name for path in (open_box / "questions").iterdir()] == [f"{query_id}.json"]


def test_an_answer_is_found_once_it_is_there(analyst: Analyst, open_box: Path) -> None:
    query_id = analyst.ask(202, dimensions=["need"]).json["id"]  # type: ignore[index]
    assert analyst.get(f"/queries/{query_id}", 202).json["status"] == "waiting"  # type: ignore[index]
    told = {
        "columns": ["need", "people"],
        "rows": [["a", 25], ["b", None]],
        "notes": ["Rounded."],
    }
    write_answer(
        open_box, query_id, status="answered", release="release-2-2026-11-22", rule="default", **told
    )
    answer = analyst.get(f"/queries/{query_id}").json
    assert {name: answer[name] for name in told} == told
    assert (answer["status"], answer["rule"]) == ("answered", "default")


def test_what_the_audit_refuses_is_a_conflict_with_its_sentences(analyst: Analyst, open_box: Path) -> None:
    query_id = analyst.ask(202, dimensions=["need"]).json["id"]  # type: ignore[index]
    write_answer(
        open_box, query_id, status="refused", problems=["It differs by a few people.", "Ask for less."]
    )
    answer = analyst.get(f"/queries/{query_id}", 409)
    sentences = [each["sentence"] for each in answer.json["error"]["problems"]]  # type: ignore[index]
    assert sentences == ["It differs by a few people.", "Ask for less."]


def test_nobody_reads_the_answer_to_another_projects_question(analyst_with: Made, open_box: Path) -> None:
    query_id = analyst_with().ask(202, dimensions=["need"]).json["id"]  # type: ignore[index]
    other = analyst_with()
    waiting = other.get(f"/queries/{query_id}", 404)
    write_answer(open_box, query_id, status="answered", columns=["people"], rows=[[10]])
    answered = other.get(f"/queries/{query_id}", 404)
    unknown = other.get(f"/queries/{uuid4()}", 404)
    assert waiting.json == answered.json == unknown.json


def test_everything_wrong_with_a_question_is_told_at_once(analyst_with: Made, open_box: Path) -> None:
    some = analyst_with(fields=("need", "outcome", "gender"))
    answer = some.ask(
        400,
        dimensions=["need", "name", "age_band"],
        filters={"gender": ["female", "robot"], "help": ["none"]},
        measure={"mean": "salary"},
    )
    assert set(problems_of(answer)) == {
        "name",
        "age_band",
        "help",
        "filters.gender",
        "measure",
        "dimensions",
        "filters",
    }
    assert "not among the columns agreed" in problems_of(answer)["age_band"]
    assert not (open_box / "questions").exists()


NO_QUESTIONS: tuple[dict[str, Any], ...] = (
    {"dimensions": "need"},
    {"dimensions": [7]},
    {"filters": ["gender"]},
    {"filters": {"gender": "female"}},
    {"filters": {"gender": []}},
    {"measure": "everybody"},
    {"measure": {"mean": 7}},
    {"measure": None},
    {"sql": "select 1"},
    {"dimensions": ["need", "need"]},
    {"filters": {"need": ["both", "a"]}},
    {"filters": {"need": ["all"]}},
)


def test_a_question_of_another_shape_is_refused(analyst: Analyst, open_box: Path) -> None:
    for question in NO_QUESTIONS:
        assert analyst.ask(400, **question).json["error"]["problems"], question  # type: ignore[index]
    assert not (open_box / "questions").exists()


def test_a_release_that_is_not_there_cannot_be_asked(analyst: Analyst, open_box: Path) -> None:
    answer = analyst.ask(404, dimensions=["need"], release="../.series")
    assert answer.json["error"]["code"] == "not-found"  # type: ignore[index]
    assert not (open_box / "questions").exists()


def test_a_project_asks_so_often_a_minute_and_no_more(analyst: Analyst, open_box: Path) -> None:
    for _ in range(dataset_questions.MOST_A_MINUTE):
        analyst.ask(202, dimensions=["need"])
    answer = analyst.ask(429, dimensions=["need"])
    assert answer.json["error"]["code"] == "throttled"  # type: ignore[index]


def test_the_real_desk_answers_refuses_and_goes(analyst: Analyst, box: Path, desk: None) -> None:
    until = time.monotonic() + 120
    while not (box / "desk.json").exists():
        assert time.monotonic() < until, "the desk did not open"
        time.sleep(0.2)
    may = analyst.get("/queryable").json
    assert may["release"] == "release-2-2026-11-22"
    answer = ask_until_answered(analyst, dimensions=["gender"])
    assert answer["columns"] == ["gender", "people"]
    assert {row[0] for row in answer["rows"]} <= set(may["columns"]["gender"])
    shown = [row[1] for row in answer["rows"] if row[1] is not None]
    assert shown
    assert all(people == 0 or people >= 10 for people in shown)
    assert all(people % 5 == 0 for people in shown)
    assert answer["notes"]
    assert ask_until_answered(analyst, dimensions=["gender"])["rows"] == answer["rows"]


def ask_until_answered(analyst: Analyst, **question: Any) -> dict[str, Any]:
    query_id = analyst.ask(202, **question).json["id"]  # type: ignore[index]
    until = time.monotonic() + 60
    while time.monotonic() < until:
        sent = {"Authorization": f"Bearer {analyst.token}"}
        answer = analyst.client.get(f"/dataset/v1/queries/{query_id}", headers=sent)
        if answer.status_code == 200:
            found: dict[str, Any] = answer.json
            return found
        assert answer.status_code == 202, answer.text
        time.sleep(0.2)
    raise AssertionError("the desk did not answer")


def test_the_openapi_document_is_valid_and_has_every_address(app: Flask) -> None:
    answer = app.test_client().get("/dataset/v1/openapi.json")
    document = answer.json
    validate(document)
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/dataset/v1/")]
    assert rules
    served = {
        (rule.endpoint.removeprefix("dataset_api."), method)
        for rule in rules
        for method in rule.methods or ()
    }
    told = {
        (operation["operationId"], method.upper())
        for methods in document["paths"].values()
        for method, operation in methods.items()
        if method != "parameters"
    }
    assert told == {(name, method) for name, method in served if method not in ("HEAD", "OPTIONS")}
    for methods in document["paths"].values():
        for method, operation in methods.items():
            if method != "parameters":
                assert operation["summary"].endswith(".")
