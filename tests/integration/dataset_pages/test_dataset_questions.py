"""Questions from a form to the real desk: answers as tables, refusals in plain words, each project its own."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from tests.integration.dataset_pages.conftest import Cells, SignIn
from tests.integration.projects.conftest import Bench
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import Page

PATH = "/dataset/questions"


@pytest.fixture
def opened(box: Path, desk: None) -> None:
    """The desk has sat down."""
    for _ in range(900):
        if (box / "desk.json").exists():
            return
        time.sleep(0.1)
    raise AssertionError("the desk did not open")


def ask(visitor: Visitor, **chosen: object) -> TestResponse:
    return visitor.send(PATH, chosen)


def answer_to(visitor: Visitor, asked: TestResponse) -> Page:
    """The page of an answer, looked at again while it waits."""
    assert asked.status_code == 303, asked.text[:2000]
    for _ in range(300):
        response = visitor.client.get(asked.location)
        if "No answer yet" not in response.text:
            break
        time.sleep(0.1)
    return visitor.get(asked.location, status=response.status_code)


@pytest.mark.usefixtures("opened")
def test_an_answer_is_a_table_with_a_file(
    analyst: Visitor, cells: Cells, newest: Path, admin: Engine
) -> None:
    page = answer_to(analyst, ask(analyst, dimensions="gender"))
    assert page.headings == ["The answer"]
    assert "You asked: how many people, by sex or gender as recorded." in page.text
    assert "does not show what a service caused" in page.text
    (link,) = [each for each in page.links if each.endswith(".csv")]
    told = {
        line["gender"]: line["people"] for line in csv.DictReader(io.StringIO(analyst.client.get(link).text))
    }
    assert int(told["female"]) >= 10
    assert f"{int(told['female']):,}" in page.text
    assert all(not people or int(people) % 5 == 0 for people in told.values())
    with admin.connect() as connection:
        asked = connection.execute(text("select subject_id, detail from audit_event where act = 'ask'")).one()
    assert asked[0] == newest.name


@pytest.mark.usefixtures("opened")
def test_a_question_among_some_says_whom(analyst: Visitor) -> None:
    page = answer_to(analyst, ask(analyst, **{"dimensions": "outcome", "among-gender": "female"}))
    assert "by what came of it, among sex or gender as recorded “Female”." in page.text
    again = analyst.get(next(each for each in page.links if each.startswith(f"{PATH}?")))
    assert re.search(r'name="dimensions"[^>]*value="outcome"[^>]*checked', again.html)
    assert 'value="female" selected' in again.html


@pytest.mark.usefixtures("opened")
def test_group_of_several_values_is_offered_explained_and_asked(analyst: Visitor) -> None:
    form = analyst.get(PATH)
    assert '<option value="money-work-and-home">Money work and home</option>' in form.html
    assert re.search(r"<li>Money work and home: [^<]*Housing[^<]*</li>", form.html)
    page = answer_to(analyst, ask(analyst, **{"dimensions": "gender", "among-need": "money-work-and-home"}))
    assert page.headings == ["The answer"]
    assert "among need “Money work and home”" in page.text
    again = analyst.get(next(each for each in page.links if each.startswith(f"{PATH}?")))
    assert 'value="money-work-and-home" selected' in again.html


@pytest.mark.usefixtures("opened")
def test_what_would_tell_of_a_few_is_refused_in_words(analyst: Visitor) -> None:
    """All, and all but one small group: between the two answers stand a few people."""
    seen = [
        answer_to(analyst, ask(analyst, **chosen))
        for chosen in (
            {"dimensions": "need"},
            {"dimensions": "need", "among-age_band": "80 and over"},
            {"dimensions": ["need", "practice"], "among-gender": "other"},
        )
    ]
    assert all(page.headings[0] in ("The answer", "This cannot be answered") for page in seen)
    assert any(
        "not listed has from 0 to 9 people" in page.text or "cannot be answered" in page.headings[0]
        for page in seen
    )


@pytest.mark.usefixtures("opened")
def test_a_form_that_is_wrong_keeps_what_was_chosen(analyst: Visitor) -> None:
    nothing = ask(analyst)
    assert nothing.status_code == 400
    assert "Choose at least one thing to count by" in nothing.text
    many = ask(analyst, dimensions=["need", "area", "gender", "age_band", "source", "practice", "outcome"])
    assert many.status_code == 400
    assert re.search(r"At most \d+ dimensions in one question", many.text)
    assert len(re.findall(r'name="dimensions"[^>]*checked', many.text)) == 7


@pytest.mark.usefixtures("opened")
def test_only_agreed_columns_are_offered_and_taken(analyst_with: Callable[..., Visitor]) -> None:
    visitor = analyst_with("queries", fields=("need", "age"))
    page = visitor.get(PATH)
    offered = set(re.findall(r'name="dimensions"[^>]*value="([^"]+)"', page.html))
    assert {"need", "age_band"} <= offered
    assert not offered & {"gender", "area", "practice", "outcome"}
    refused = ask(visitor, dimensions="gender")
    assert refused.status_code == 400
    assert "not among the columns agreed for your project" in refused.text


@pytest.mark.usefixtures("opened")
def test_an_answer_is_the_projects_own(analyst: Visitor, sign_in: SignIn, bench: Bench) -> None:
    asked = ask(analyst, dimensions="source")
    answer_to(analyst, asked)
    steward = sign_in("steward")
    assert steward.client.get(asked.location).status_code == 404
    assert analyst.client.get(f"{PATH}/{uuid4()}").status_code == 404


def test_without_a_desk_the_page_says_what_to_do_instead(analyst: Visitor) -> None:
    page = analyst.get(PATH, status=503)
    assert "not open yet" in page.text
    assert "/dataset/figures" in page.links


def test_tables_alone_give_no_questions(analyst_with: Callable[..., Visitor]) -> None:
    assert "was not given the tier" in analyst_with("tables").get(PATH, status=403).text
