"""Files that people upload, where a virus scanner is set up: one it warns of is not read, nor any while it is away."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from app.clients.scanner import ScannerAddress
from app.config import Settings
from tests.clamd import HARMFUL, Clamd, listening
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import Page, read_page

SignIn = Callable[[str], Visitor]
COHORT = (
    b"family_name,first_name,date_of_birth,nhs_number,phone,needs,agrees\r\n"
    b"Doe,Ben,1/2/1980,,07700 900462,food,yes\r\n"
)
WARNS, AWAY = "The virus scanner warns of this file", "The virus scanner does not answer just now"
DOORS = [
    ("practice-0", "/cohort", {"name": "Frailty review"}),
    ("steward", "/directory-import", {"source": "Council list"}),
    ("steward", "/measures", {}),
]


@pytest.fixture
def clamd() -> Iterator[Clamd]:
    with listening() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, clamd: Clamd) -> Settings:
    """The house of each test, with a scanner."""
    return replace(settings, scanner=ScannerAddress(host="127.0.0.1", port=clamd.port))


def upload(visitor: Visitor, path: str, body: bytes, form: dict[str, str]) -> Page:
    token = visitor.get(path).token
    sent = {"csrf_token": token, "file": (io.BytesIO(body), "people.csv"), **form}
    answer = visitor.client.post(path, data=sent)
    return visitor.get(answer.location) if answer.status_code == 303 else read_page(answer)


def cohorts(admin: Engine) -> int:
    with admin.connect() as connection:
        return int(connection.scalar(text("select count(*) from cohort")) or 0)


def test_a_clean_file_is_looked_at_and_taken(sign_in: SignIn, clamd: Clamd, admin: Engine) -> None:
    page = upload(sign_in("practice-0"), "/cohort", COHORT, {"name": "Frailty review"})
    assert "Frailty review" in page.text
    assert (clamd.read, cohorts(admin)) == ([COHORT], 1)


@pytest.mark.parametrize(("username", "path", "form"), DOORS)
def test_a_file_that_it_warns_of_is_read_by_nobody(
    sign_in: SignIn, clamd: Clamd, admin: Engine, username: str, path: str, form: dict[str, str]
) -> None:
    page = upload(sign_in(username), path, COHORT + HARMFUL, form)
    assert WARNS in page.text
    assert all(typed in page.html for typed in form.values()), "what was typed stays"
    assert (len(clamd.read), cohorts(admin)) == (1, 0)


@pytest.mark.parametrize(("username", "path", "form"), DOORS)
def test_while_it_is_away_no_file_is_taken(
    sign_in: SignIn, clamd: Clamd, admin: Engine, username: str, path: str, form: dict[str, str]
) -> None:
    clamd.says = b"INSTREAM: no database ERROR\0"
    assert AWAY in upload(sign_in(username), path, COHORT, form).text
    assert cohorts(admin) == 0
    clamd.says = None
    assert AWAY not in upload(sign_in(username), path, COHORT, form).text, "and then again"


def test_no_file_at_all_is_not_asked_about(sign_in: SignIn, clamd: Clamd) -> None:
    page = upload(sign_in("practice-0"), "/cohort", b"", {"name": "Frailty review"})
    assert WARNS not in page.text
    assert AWAY not in page.text
    assert clamd.read == []
