"""Pages that run from right to left: numbers keep the order of their groups, and what stays English says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from app.domain.access import system
from app.domain.outcomes import Phase, Taken
from app.runtime import Runtime
from app.store import outcomes
from app.store.outcomes import About
from app.web.frame import linked
from app.web.frame.from_the_left import set_apart
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

NUMBER = "01632 960100"
APART = f'<bdi dir="ltr">{NUMBER}</bdi>'
DIALLED = re.compile(r'<a\b[^>]*href="tel:[^>]*>(.*?)</a>', re.DOTALL)
WITHOUT_A_KEY = ("/my", "/my/nobody", "/offer-link/nobody", "/dial/nobody", "/still-right/nobody")
OWN = ("progress", "change", "seen", "comment", "answers")
ASKED = Taken("ons4", Phase.BEFORE, {"life-satisfaction": 4}, date(2026, 3, 2))
LONELY = Taken("ucla3", Phase.BEFORE, {"companionship": 3}, date(2026, 3, 2))


@pytest.fixture(autouse=True)
def _number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linked, "help_phone", lambda: NUMBER)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    made = make_referral(runtime.db, place)
    with runtime.db.transaction(system("test")) as tx:
        for each in (ASKED, LONELY):
            outcomes.add_measure(tx, About(made.id, made.person_id), each, audit="test")
    return made


def in_arabic(visitor: Visitor, path: str) -> str:
    html = visitor.client.get(path).text
    assert '<html lang="ar" dir="rtl"' in html, path
    return html


@pytest.mark.parametrize("path", WITHOUT_A_KEY)
def test_number_to_ring_stands_by_itself_on_a_page_without_a_key(path: str, visitor: Visitor) -> None:
    visitor.client.get("/privacy?lang=ar")
    assert DIALLED.findall(in_arabic(visitor, path)) == [APART]


def test_every_number_of_whom_to_turn_to_at_once_stands_by_itself(visitor: Visitor) -> None:
    visitor.client.get("/privacy?lang=ar")
    numbers = DIALLED.findall(in_arabic(visitor, "/self-referral"))
    assert len(numbers) > 1
    assert all(re.fullmatch(r'<bdi dir="ltr">[\d ]+</bdi>', each) for each in numbers), numbers


@pytest.mark.parametrize("part", OWN)
def test_number_to_ring_stands_by_itself_on_a_persons_own_page(
    part: str, visitor: Visitor, opened: str
) -> None:
    visitor.client.get("/privacy?lang=ar")
    numbers = DIALLED.findall(in_arabic(visitor, f"{opened}/{part}"))
    assert numbers
    assert {*numbers} == {APART}


def test_nhs_number_telephone_and_reference_of_what_is_kept_stand_by_themselves(
    visitor: Visitor, opened: str
) -> None:
    visitor.client.get("/privacy?lang=ar")
    html = in_arabic(visitor, f"{opened}/data")
    assert re.search(r'<bdi dir="ltr">\d{3} \d{3} \d{4}</bdi>', html)
    assert re.search(r'<bdi dir="ltr">BK-\w+</bdi>', html)


@pytest.mark.parametrize("part", ["progress", "data"])
def test_questions_and_answers_of_a_questionnaire_say_that_they_are_english(
    part: str, visitor: Visitor, opened: str
) -> None:
    visitor.client.get("/privacy?lang=ar")
    html = in_arabic(visitor, f"{opened}/{part}")
    assert len(re.findall("Overall, how satisfied", html)) == len(
        re.findall('<span lang="en" dir="ltr">Overall, how satisfied', html)
    )
    assert '<span lang="en" dir="ltr">Overall, how satisfied' in html
    assert '<span lang="en" dir="ltr">Often (3)</span>' in html


def test_page_that_runs_from_the_left_has_its_numbers_as_they_were(
    visitor: Visitor, open_page: Callable[[MadeReferral], str], made: MadeReferral
) -> None:
    html = visitor.client.get(f"{open_page(made)}/progress").text
    assert NUMBER in html
    assert "<bdi" not in html
    assert 'lang="en" dir="ltr">Overall' not in html


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<p>+44 1632 960100.</p>", '<p><bdi dir="ltr">+44 1632 960100</bdi>.</p>'),
        ("<p>(01632) 960100</p>", '<p><bdi dir="ltr">(01632) 960100</bdi></p>'),
        ("<p>(116 123)</p>", '<p>(<bdi dir="ltr">116 123</bdi>)</p>'),
        ('<a class="x" href="tel:999">999</a>', '<a class="x" href="tel:999"><bdi dir="ltr">999</bdi></a>'),
        ("<title>01632 960100</title>", "<title>01632 960100</title>"),
        ("<textarea>01632 960100</textarea>", "<textarea>01632 960100</textarea>"),
        ('<input value="01632 960100">', '<input value="01632 960100">'),
        ("<p>27 3 1951</p>", "<p>27 3 1951</p>"),
        ("<p>&#39; 12</p>", "<p>&#39; 12</p>"),
    ],
)
def test_what_is_a_number_and_where_it_can_be_set_apart(app: Flask, html: str, told: str) -> None:
    with app.test_request_context("/privacy?lang=ar"):
        assert set_apart(html) == told
    with app.test_request_context("/privacy?lang=cy"):
        assert set_apart(html) == html
