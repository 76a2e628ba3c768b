"""The steward's questionnaires: looked at, kept, used, withdrawn; every problem at once, no answer lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from app.config import Settings
from app.runtime import Runtime, build_runtime
from app.services.measures import measure_questionnaires
from app.services.measures.measure_library import shipped
from tests.conftest import Clock
from tests.factories import MadePlace
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page

SignIn = Callable[[str], Visitor]
BELONGING = """
code = "belonging"
version = "{version}"
name = "Belonging"
about = "isolation"
attribution = "The valley's groups"
licence = "Free to use here"
languages = ["en", "cy"]
audience = "link-worker"

[[items]]
code = "home"
wording = "{wording}"
low = 0
high = 4
better = "higher"
"""
VALLEY = """
code = "valley"
version = "1"
name = "What the valley asks"
author = "The valley's groups"
agreed_by = ["groups", "people who use them"]
effective_from = 2026-01-01
core = ["belonging"]
"""


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> SignIn:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def steward(sign_in: SignIn) -> Visitor:
    return sign_in("steward")


def send(visitor: Visitor, body: str | bytes, **more: str) -> TestResponse:
    """Choose a file on the page and send it."""
    told = body.encode() if isinstance(body, str) else body
    token = read_page(visitor.client.get("/measures")).token
    form = {"csrf_token": token, "file": (BytesIO(told), "file.toml"), **more}
    return visitor.client.post("/measures", data=form, content_type="multipart/form-data")


def keep(visitor: Visitor, body: str | bytes) -> None:
    """Look at a file, then keep it."""
    looked = send(visitor, body)
    assert looked.status_code == 200, looked.text
    digest = looked.text.partition('name="digest" value="')[2].partition('"')[0]
    assert send(visitor, body, step="keep", digest=digest).status_code == 303


def press(visitor: Visitor, word: str, number: int = -1) -> int:
    """Press the button of a file that was taken up."""
    posts = [each for each in visitor.get("/measures").posts if each.endswith(f"/{word}")]
    return visitor.send(posts[number], at="/measures").status_code


def belonging(version: str = "1", wording: str = "Do you feel at home here?") -> str:
    return BELONGING.format(version=version, wording=wording)


def asked(runtime: Runtime) -> list[tuple[str, str]]:
    today = runtime.db.clock().date()
    return [(each.code, each.version) for each in runtime.db.measures.asked(today)]


def test_page_tells_what_is_known_and_what_is_asked_here(steward: Visitor) -> None:
    page = steward.get("/measures")
    assert "You have not taken any up yet" in page.text
    for measure in shipped().measures:
        assert f"/measures/{measure.code}" in page.links
    one = steward.get("/measures/ucla3")
    assert "How often do you feel left out?" in one.text
    assert shipped().get("ucla3").licence in one.text


def test_a_file_is_looked_at_then_kept_then_used_and_asked(steward: Visitor, runtime: Runtime) -> None:
    before = asked(runtime)
    looked = send(steward, belonging())
    assert "Do you feel at home here?" in looked.text
    assert "Nothing was kept yet" in looked.text
    assert "You have not taken any up yet" in steward.get("/measures").text
    keep(steward, belonging())
    keep_framework_needs_it = send(steward, VALLEY)
    assert "belonging" in keep_framework_needs_it.text
    assert keep_framework_needs_it.status_code == 400
    assert press(steward, "use") == 303
    keep(steward, VALLEY)
    assert asked(runtime) == before
    assert press(steward, "use") == 303
    assert asked(runtime) == [("belonging", "1")]
    page = steward.get("/measures")
    assert "What the valley asks, version 1" in page.text
    assert "The team; others see totals alone" in page.text


def test_what_is_withdrawn_is_asked_no_more_and_stays_readable_and_comes_back(
    steward: Visitor, runtime: Runtime
) -> None:
    for version, wording in (("1", "At home?"), ("2", "At home now?")):
        keep(steward, belonging(version, wording))
        press(steward, "use")
    keep(steward, VALLEY)
    press(steward, "use")
    assert asked(runtime) == [("belonging", "2")]
    assert press(steward, "withdraw", 1) == 303
    assert asked(runtime) == [("belonging", "1")]
    assert runtime.db.measures.display("belonging", "home", "2") == "At home now?"
    assert press(steward, "withdraw", 0) == 303
    assert asked(runtime) == []
    assert press(steward, "use", 0) == 303
    assert asked(runtime) == [("belonging", "1")]


def test_every_problem_of_a_file_is_told_at_once_and_nothing_is_kept(steward: Visitor) -> None:
    wrong = belonging().replace('about = "isolation"', 'about = "weather"').replace("high = 4", "high = 0")
    answer = send(steward, wrong.replace('better = "higher"', 'better = "sideways"'))
    assert answer.status_code == 400
    assert 'href="#file"' in answer.text
    assert answer.text.count("Use one of:") == 2
    assert "about:" in answer.text
    assert "items.1.better:" in answer.text
    assert "You have not taken any up yet" in steward.get("/measures").text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Choose a file"),
        (b"\xff\xfe\x00", "save it as UTF-8"),
        (b"code = [", "cannot be read as TOML"),
        (b'{"resourceType": "Patient"}', "Questionnaire"),
        (b'{"resourceType": ', "problem"),
    ],
)
def test_what_is_no_questionnaire_is_refused_in_words(steward: Visitor, body: bytes, said: str) -> None:
    answer = send(steward, body)
    assert answer.status_code == 400
    assert said in answer.text


def test_a_fhir_questionnaire_is_taken_up_and_asked_as_it_was_sent(
    steward: Visitor, runtime: Runtime
) -> None:
    measure = shipped().get("ucla3")
    told = measure_questionnaires.of(measure) | {"version": "9"}
    keep(steward, json.dumps(told))
    press(steward, "use")
    taken = runtime.db.measures.get("ucla3", "9")
    assert [each.wording for each in taken.items] == [each.wording for each in measure.items]
    assert ("ucla3", "9") in asked(runtime)


def test_a_version_is_never_written_over(steward: Visitor) -> None:
    keep(steward, belonging())
    assert (
        send(steward, belonging(wording="Other words?")).status_code == 200
    )  # not in use yet: nothing clashes
    press(steward, "use")
    again = send(steward, belonging(wording="Other words?"))
    assert "There is such a version here already" in again.text
    shipped_one = send(steward, belonging().replace('code = "belonging"', 'code = "ons4"'))
    assert "There is such a version here already" in shipped_one.text


def test_another_file_than_the_one_looked_at_is_not_kept(steward: Visitor) -> None:
    answer = send(steward, belonging(), step="keep", digest="0" * 64)
    assert answer.status_code == 400
    assert "This is another file" in answer.text


def test_pressing_twice_and_what_is_not_there(steward: Visitor, sign_in: SignIn) -> None:
    keep(steward, belonging())
    (use,) = [each for each in steward.get("/measures").posts if each.endswith("/use")]
    late = use.replace("/use", "/withdraw")
    refused = steward.send(late, at="/measures")
    assert refused.status_code == 409
    assert "This is not in use" in refused.text
    nowhere = use.replace(use.split("/")[3], str(uuid4()))
    assert steward.send(nowhere, at="/measures").status_code == 404
    assert steward.client.get("/measures/no-such-thing").status_code == 404
    assert sign_in("link-worker").client.get("/measures").status_code == 403


def test_another_process_knows_within_seconds(
    steward: Visitor, runtime: Runtime, settings: Settings, clock: Clock
) -> None:
    other = build_runtime(settings, clock=clock, wake=lambda _: None, engine=runtime.db.engine)
    assert other.db.measures.find("belonging") is None
    keep(steward, belonging())
    press(steward, "use")
    clock.advance(seconds=6)
    assert other.db.measures.find("belonging") is not None


def test_a_file_that_came_to_clash_is_left_out_and_the_house_goes_on(
    steward: Visitor, runtime: Runtime, admin: Engine, clock: Clock
) -> None:
    for version in ("1", "2"):
        keep(steward, belonging(version))
        press(steward, "use")
    with admin.begin() as connection:
        broken = text("update measure_file set content = 'code = [', changed_at = :now where version = '1'")
        connection.execute(broken, {"now": clock() + timedelta(seconds=1)})
    clock.advance(seconds=6)
    assert [each.version for each in runtime.db.measures.measures if each.code == "belonging"] == ["2"]
    assert steward.get("/measures").headings


def test_who_took_it_up_stands_beside_it_and_in_the_audit(
    steward: Visitor, place: MadePlace, admin: Engine
) -> None:
    keep(steward, belonging())
    press(steward, "use")
    assert place.accounts["steward"].full_name in steward.get("/measures").text
    with admin.connect() as connection:
        acts = connection.execute(
            text("select act from audit_event where subject = 'measure file' order by seq")
        )
        assert [row.act for row in acts] == ["take up questionnaire", "change questionnaire"]
