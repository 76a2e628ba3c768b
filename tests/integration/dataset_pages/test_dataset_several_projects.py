"""Somebody who works in several projects: which one is read for stands in the address, and is theirs."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from tests.integration.dataset_api.conftest import EVERY_COLUMN
from tests.integration.dataset_pages.conftest import SignIn
from tests.integration.projects.conftest import Bench, asked_of
from tests.integration.web.conftest import Visitor

QUESTIONS = "/dataset/questions"


@pytest.fixture
def narrow(bench: Bench) -> UUID:
    """The older project: questions by need, and tables."""
    return bench.approved(title="Needs alone", tiers=("tables", "queries"), fields=("need",))


@pytest.fixture
def rows(bench: Bench, narrow: UUID) -> UUID:
    """The younger one: rows of two columns, and questions."""
    return bench.approved(title="Rows and ages", tiers=("rows", "queries"), fields=("gender", "age"))


@pytest.fixture
def both(narrow: UUID, rows: UUID, sign_in: SignIn) -> Visitor:
    return sign_in("analyst")


def project_of(admin: Engine, act: str) -> list[Any]:
    asked = "select detail ->> 'project' from audit_event where act = :act order by seq"
    with admin.connect() as connection:
        return [row[0] for row in connection.execute(text(asked), {"act": act})]


def test_every_project_is_offered_and_kept_in_the_links(
    both: Visitor, narrow: UUID, rows: UUID, newest: Path
) -> None:
    for path in ("/dataset", f"/dataset/releases/{newest.name}", "/dataset/figures"):
        page = both.get(f"{path}?project={narrow}")
        assert f"{path}?project={rows}" in page.links
        assert "Needs alone" in page.text
        inside = [each for each in page.links if each.startswith(("/dataset/releases/", "/dataset/figures/"))]
        # the menu's own, folded and not, stands on every page and knows no project
        inside = [each for each in inside if each != "/dataset/figures/overview"]
        assert inside
        assert all(f"project={narrow}" in each or f"project={rows}" in each for each in inside), inside


def test_each_project_gets_its_own_files_and_the_audit_names_it(
    both: Visitor, narrow: UUID, rows: UUID, newest: Path, admin: Engine
) -> None:
    path = f"/dataset/releases/{newest.name}"
    of_rows = both.get(f"{path}?project={rows}")
    assert f"{path}/rows/referrals.csv?project={rows}" in of_rows.links
    lines = both.client.get(f"{path}/rows/referrals.csv?project={rows}").text.splitlines()
    assert lines[0] == "row_id,age,gender"
    assert both.client.get(f"{path}/rows/referrals.csv?project={narrow}").status_code == 403
    assert both.client.get(f"{path}/files/data/tables.csv?project={narrow}").status_code == 200
    assert both.client.get(f"{path}/files/data/tables.csv?project={rows}").status_code == 403
    assert project_of(admin, "download") == [str(rows), str(narrow)]
    both.client.get(f"{path}/papers/dictionary?project={rows}")
    assert project_of(admin, "read") == [str(rows)]


def test_what_is_taken_along_from_a_figure_is_in_the_audit(
    both: Visitor, narrow: UUID, newest: Path, admin: Engine
) -> None:
    path = f"/dataset/figures/{newest.name}/outcome-by-need"
    for shown in (f"?project={narrow}", f"/chart.svg?project={narrow}"):
        assert both.client.get(path + shown).status_code == 200
    assert not project_of(admin, "download chart") + project_of(admin, "download figure")
    page = both.get(f"{path}?project={narrow}")
    for link in (f"{path}/chart.svg?download&project={narrow}", f"{path}/numbers.csv?project={narrow}"):
        assert link in page.links
        assert both.client.get(link).status_code == 200
    assert project_of(admin, "download chart") == project_of(admin, "download figure") == [str(narrow)]


def test_a_project_that_is_not_theirs_is_none(both: Visitor, bench: Bench, newest: Path) -> None:
    theirs = bench.approved(people=asked_of(bench.clock, "colleague").people, fields=EVERY_COLUMN)
    for wrong in (theirs, uuid4(), "x", "latest"):
        for path in ("", f"/releases/{newest.name}", f"/releases/{newest.name}/files/data/tables.csv"):
            assert both.client.get(f"/dataset{path}?project={wrong}").status_code == 403
        assert both.client.get(f"{QUESTIONS}?project={wrong}").status_code == 403
        assert both.client.get(f"/dataset/figures?project={wrong}").status_code == 403


def test_questions_are_by_the_columns_of_the_project_chosen(
    both: Visitor, narrow: UUID, rows: UUID, box: Path, desk: None, admin: Engine
) -> None:
    _wait_for(box / "desk.json")
    for project, offered in ((narrow, {"need"}), (rows, {"gender", "age_band"})):
        page = both.get(f"{QUESTIONS}?project={project}")
        found = set(re.findall(r'name="dimensions"[^>]*value="([^"]+)"', page.html))
        assert offered <= found
        assert not found & ({"need", "gender", "age_band"} - offered)
    assert both.send(f"{QUESTIONS}?project={narrow}", {"dimensions": "gender"}).status_code == 400
    asked = both.send(f"{QUESTIONS}?project={rows}", {"dimensions": "gender"})
    assert asked.status_code == 303
    assert f"project={rows}" in asked.location
    assert project_of(admin, "ask") == [str(rows)]
    with admin.connect() as connection:
        detail = connection.execute(text("select detail from audit_event where act = 'ask'")).scalar_one()
    assert detail == {
        "project": str(rows),
        "dimensions": ["gender"],
        "filters": {},
        "measure": "people",
    }
    for _ in range(300):
        answer = both.client.get(asked.location)
        if "No answer yet" not in answer.text:
            break
        time.sleep(0.1)
    assert "The answer" in answer.text
    assert both.client.get(asked.location.replace(str(rows), str(narrow))).status_code == 404


def test_with_one_project_nothing_is_chosen(analyst: Visitor, newest: Path) -> None:
    for path in ("/dataset", f"/dataset/releases/{newest.name}", "/dataset/figures"):
        assert "project=" not in analyst.get(path).html


def _wait_for(path: Path) -> None:
    for _ in range(900):
        if path.exists():
            return
        time.sleep(0.1)
    raise AssertionError("the desk did not open")
