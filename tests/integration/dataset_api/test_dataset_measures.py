"""What a report measures can be read where it says, and what an address does not take is refused, never left aside."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fhir.resources.R4B.measure import Measure

from tests.integration.dataset_api.conftest import Analyst

Made = Callable[..., Analyst]


def test_each_report_leads_to_what_it_measures(analyst: Analyst, newest: dict[str, Any]) -> None:
    lines = analyst.get(f"/releases/{newest['id']}/rows/MeasureReport.ndjson").text.splitlines()
    assert lines
    for line in lines:
        report = json.loads(line)
        answer = analyst.get(report["measure"].removeprefix("http://localhost/dataset/v1"))
        assert answer.mimetype == "application/fhir+json"
        Measure.model_validate_json(answer.text)
        told = json.loads(answer.text)
        assert told["url"] == report["measure"]
        assert told["group"][0]["code"] == report["group"][0]["code"]
        assert told["description"]


def test_measure_that_no_release_has_is_not_found_and_one_without_its_tier_is_refused(
    analyst_with: Made,
) -> None:
    analyst_with().get("/measures/people-by-nothing", 404)
    analyst_with(tiers=("rows",)).get("/measures/people-by-need", 403)


@pytest.mark.parametrize(
    "path",
    ["/rows/referrals.csv", "/releases/{id}/rows/referrals.csv", "/releases/{id}/rows/referrals.ndjson"],
)
def test_parameter_that_rows_do_not_take_is_refused_by_its_name(
    analyst: Analyst, newest: dict[str, Any], path: str
) -> None:
    where = path.format(id=newest["id"])
    analyst.get(where)
    answer = analyst.get(f"{where}?columns=need,age", 400)
    (problem,) = answer.json["error"]["problems"]  # type: ignore[index]
    assert problem["field"] == "columns"
    assert "columns agreed for your project" in problem["sentence"]
