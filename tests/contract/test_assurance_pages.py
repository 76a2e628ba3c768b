"""The written pages of the assurance pack: every link leads somewhere, every named test is there, nothing is signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.assurance import pages as generated
from deploy.assurance.evidence import HERE, ROOT, broken_links, document_problem, named_tests, pages
from deploy.assurance.evidence import test_problem as problem_of_test

WANTED = {
    "dtac.md",
    "dspt.md",
    "dpia.md",
    "security.md",
    "clinical-safety-case.md",
    "README.md",
    "SECURITY.md",
}


def test_pack_is_whole() -> None:
    assert {page.name for page in pages()} >= WANTED


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert list(broken_links(page)) == []


def test_every_test_that_a_page_names_is_there_and_runs() -> None:
    assert [problem for test in sorted(named_tests()) if (problem := problem_of_test(test))] == []


def test_generated_pages_are_what_their_data_say() -> None:
    for path, text in generated.written().items():
        assert path.read_text() == text, f"{path.name}: run `make assurance`"


def test_security_policy_tells_route_versions_and_times() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    for heading in ("how-to-report", "supported-versions", "how-soon-a-fix-comes"):
        assert document_problem(f"SECURITY.md#{heading}") is None
    assert "for how long" in text.lower()
    for severity in ("critical", "high", "medium", "low"):
        assert f"| {severity} |" in text


def test_templates_leave_to_a_place_what_is_a_places() -> None:
    for name in ("dpia.md", "clinical-risk-management-plan.md"):
        assert (HERE / name).read_text().count("To fill in:") >= 5, name
    assert "**Not an assessment.**" in (HERE / "dpia.md").read_text()


@pytest.mark.parametrize(
    ("named", "there"),
    [
        ("SECURITY.md#how-to-report", True),
        ("SECURITY.md#how-to-dance", False),
        ("SECURITY-NOT.md", False),
        ("../outside.md", False),
        ("deploy/assurance", True),
    ],
)
def test_a_document_that_is_none_would_be_found(named: str, there: bool) -> None:
    assert (document_problem(named) is None) is there


def test_a_broken_link_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[one](no-such.md), [web](https://example.org), [here](#a-heading)\n\n# Another\n")
    assert len(list(broken_links(page))) == 2
