"""The hazard log: whole, its controls proved by tests that are there, and signed by nobody who has not signed."""

from __future__ import annotations

import re

import pytest

from deploy.assurance.evidence import HERE, document_problem, hazards
from deploy.assurance.evidence import test_problem as problem_of_test
from deploy.assurance.pages import hazard_page

SEVERITIES = {"minor", "significant", "considerable", "major", "catastrophic"}
LIKELIHOODS = {"very-low", "low", "medium", "high", "very-high"}
SEED = {f"HZ{number:02}" for number in range(1, 21)}  # those that were known when it was begun


def test_log_is_whole() -> None:
    found = hazards()["hazard"]
    assert {each["id"] for each in found} >= SEED
    assert len({each["id"] for each in found}) == len(found)
    for hazard in found:
        assert {"name", "cause", "effect", "before", "after", "owner", "status", "control"} <= set(hazard)
        for when in ("before", "after"):
            assert hazard[when]["severity"] in SEVERITIES, hazard["id"]
            assert hazard[when]["likelihood"] in LIKELIHOODS, hazard["id"]
        assert hazard["owner"] in ("maker", "deployer")
        # A hazard of which nothing is proved would be a wish.
        assert any("proof" in control for control in hazard["control"]), hazard["id"]


def test_every_control_names_one_kind_of_proof() -> None:
    for hazard in hazards()["hazard"]:
        for control in hazard["control"]:
            told = {"proof", "page", "not_proven"} & set(control)
            assert len(told) == 1, f"{hazard['id']}: {control['text']}"
            assert control[told.pop()], f"{hazard['id']}: {control['text']}"
            assert "PENDING" not in str(control), hazard["id"]


def test_every_named_test_is_there_and_runs() -> None:
    named = [test for h in hazards()["hazard"] for c in h["control"] for test in c.get("proof", ())]
    assert [problem for test in named if (problem := problem_of_test(test))] == []


def test_every_named_page_is_there() -> None:
    named = [c["page"] for h in hazards()["hazard"] for c in h["control"] if "page" in c]
    assert [problem for page in named if (problem := document_problem(page))] == []


def test_nobody_has_signed_and_nothing_says_so() -> None:
    """This project is no clinical safety officer: only a place's own copy may be signed."""
    assert not any(hazards()["signed"].values())
    assert {each["status"] for each in hazards()["hazard"]} == {"open"}
    for name in ("hazard-log.md", "clinical-safety-case.md", "clinical-risk-management-plan.md"):
        text = (HERE / name).read_text()
        assert "**Not signed.**" in text, name
        assert "clinical safety officer" in text.lower(), name


def test_page_is_what_the_data_say() -> None:
    assert (HERE / "hazard-log.md").read_text() == hazard_page(hazards()), "run `make assurance`"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("tests/contract/test_that_is_not.py::test_x", "no such file"),
        ("tests/contract/test_assurance_hazards.py::test_that_is_not", "0 of that name"),
        ("tests/contract/test_assurance_hazards.py::SEED", "0 of that name"),
        ("tests/conftest.py::Clock", "no test"),
    ],
)
def test_a_proof_that_is_none_would_be_found(named: str, said: str) -> None:
    problem = problem_of_test(named)
    assert problem is not None
    assert re.search(said, problem)
