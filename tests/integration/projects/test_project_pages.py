"""The pages of projects as people use them: an analyst asks, two stewards decide, a token is shown once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.domain.projects import DecidesAs
from app.services.dataset import project_deciding, project_papers, project_tokens, projects
from tests.integration.projects.conftest import SHA256, Bench, asked_of
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


def day(name: str, when: date) -> dict[str, str]:
    return {f"{name}_{part}": str(getattr(when, part)) for part in ("day", "month", "year")}


def typed(bench: Bench, **changes: Any) -> dict[str, Any]:
    today = bench.clock.today
    return {
        "title": "Waits and who waits",
        "purpose": "To see whether people in poorer areas wait longer.",
        "public_benefit": "Help can be moved.",
        "lawful_basis": "not-personal",
        "will_not_do": "Look for anybody.",
        "setting": "A secure research environment.",
        "outputs": "A second analyst reads every table.",
        "tiers": ["tables", "rows"],
        "fields": ["age", "need"],
        "rows": "1",
        "person_0_username": "analyst",
        "person_0_organisation": "Brook Vale University",
        **day("person_0_trained_on", today - timedelta(days=9)),
        **day("person_0_trained_until", today + timedelta(days=300)),
        **day("expires_on", today + timedelta(days=60)),
    } | changes


def test_project_goes_from_the_form_to_a_token(sign_in: SignIn, bench: Bench) -> None:
    analyst, steward, guardian = (sign_in(name) for name in ("analyst", "steward", "guardian"))
    assert 'value="analyst"' in analyst.get("/projects/new").html
    path = analyst.send("/projects/new", typed(bench)).location
    assert "Nothing is sent yet" in analyst.get(path).text
    assert analyst.send(f"{path}/submit", at=path).location == path
    assert "Waits and who waits" in steward.get("/projects").text
    signed = {
        "reference": "DSA-7",
        "version": "2",
        "signed_by": "Invented Dean",
        "document": (BytesIO(b"%PDF signed"), "a.pdf"),
    }
    steward.send(f"{path}/agreement", signed | day("signed_on", bench.clock.today), at=path)
    assert hashlib.sha256(b"%PDF signed").hexdigest() in steward.get(path).text
    seen = re.search(r'name="round" value="(\d+)"', steward.get(path).html)
    assert seen is not None
    approval = {"round": seen[1], "decides_as": "steward"}
    steward.send(f"{path}/approve", approval, at=path)
    assert "second approval is another person's" in steward.get(path).text
    assert "1 of 2 approvals" in analyst.get(path).text
    guardian.send(f"{path}/approve", approval | {"decides_as": "guardian"}, at=path)
    answer = analyst.send(f"{path}/tokens", {"name": "my notebook"}, at=path)
    (token,) = re.findall(r"bsd_[A-Za-z0-9_-]{43}", answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert projects.find_by_token(bench.db, token) is not None
    again = analyst.get(path)
    assert "my notebook" in again.text
    assert token not in again.html


def test_form_tells_every_problem_beside_its_input_and_keeps_what_was_typed(
    sign_in: SignIn, bench: Bench
) -> None:
    wrong = typed(
        bench, title="", person_0_username="nobody-here", expires_on_day="31", expires_on_month="2", fields=[]
    )
    answer = sign_in("analyst").send("/projects/new", wrong)
    assert answer.status_code == 400
    for field in ("title", "person_0_username", "expires_on_day", "fields"):
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}"' in answer.text
    for kept in ("nobody-here", "To see whether people in poorer areas wait longer.", 'value="31"'):
        assert kept in answer.text
    assert projects.list_seen(bench.db, bench.analyst) == []
    summary = re.findall(r'<a href="#([a-z_0-9]+)"', answer.text)
    assert summary == ["title", "expires_on_day", "person_0_username", "fields"]


def test_problem_of_a_person_stands_in_their_row_when_a_row_before_is_empty(
    sign_in: SignIn, bench: Bench
) -> None:
    rows = typed(bench, rows="3", person_2_username="nobody-here", person_2_organisation="There")
    answer = sign_in("analyst").send("/projects/new", rows)
    assert 'href="#person_2_username"' in answer.text
    assert 'href="#person_2_trained_on_day"' in answer.text
    assert "#person_1" not in answer.text


def test_another_person_is_added_without_losing_anything(sign_in: SignIn, bench: Bench) -> None:
    answer = sign_in("analyst").send("/projects/new", typed(bench, add="person"))
    assert answer.status_code == 200
    assert 'id="person_1_username"' in answer.text
    assert "Brook Vale University" in answer.text
    assert projects.list_seen(bench.db, bench.analyst) == []


def test_change_form_begins_with_what_is_asked_for(sign_in: SignIn, bench: Bench) -> None:
    project_id = bench.approved(people=asked_of(bench.clock, "analyst", "colleague").people)
    analyst = sign_in("analyst")
    page = analyst.get(f"/projects/{project_id}/change")
    assert 'value="colleague"' in page.html
    assert "both approvals again" in page.text
    analyst.send(f"/projects/{project_id}/change", typed(bench))
    assert [person.full_name for person in bench.project(project_id).people] == ["Invented analyst"]
    assert "0 of 2 approvals" in analyst.get(f"/projects/{project_id}").text


def test_draft_that_time_has_overtaken_is_put_right_before_it_is_sent(sign_in: SignIn, bench: Bench) -> None:
    project_id = bench.draft(expires_on=bench.clock.today)
    bench.clock.advance(days=1)
    answer = sign_in("analyst").send(f"/projects/{project_id}/submit", at=f"/projects/{project_id}")
    assert answer.status_code == 400
    assert 'href="#expires_on_day"' in answer.text


def test_agreement_is_asked_for_whole(sign_in: SignIn, bench: Bench) -> None:
    path = f"/projects/{bench.sent()}"
    answer = sign_in("steward").send(f"{path}/agreement", {"reference": "DSA-9", "sha256": "abc"}, at=path)
    assert answer.status_code == 400
    for field in ("version", "signed_by", "signed_on_day", "sha256"):
        assert f'href="#{field}"' in answer.text
    assert 'value="DSA-9"' in answer.text


def test_sum_may_be_typed_in_place_of_the_document(sign_in: SignIn, bench: Bench) -> None:
    project_id = bench.sent()
    told = {"reference": "R", "version": "1", "signed_by": "Dean", "sha256": f" {SHA256.upper()} "}
    path = f"/projects/{project_id}"
    sign_in("steward").send(f"{path}/agreement", told | day("signed_on", bench.clock.today), at=path)
    agreement = bench.project(project_id).agreement
    assert agreement is not None
    assert agreement.sha256 == SHA256


@pytest.mark.parametrize(
    ("who", "deed", "act"),
    [("steward", "refuse", "refused"), ("steward", "end", "ended"), ("analyst", "withdraw", "withdrawn")],
)
def test_stopping_asks_for_a_reason_and_tells_it(
    who: str, deed: str, act: str, sign_in: SignIn, bench: Bench
) -> None:
    path = f"/projects/{bench.approved() if deed == 'end' else bench.agreed()}"
    visitor = sign_in(who)
    answer = visitor.send(f"{path}/{deed}", at=path)
    assert answer.status_code == 400
    assert f'href="#reason_{act}"' in answer.text
    assert visitor.send(f"{path}/{deed}", {f"reason_{act}": "Because of this."}, at=path).location == path
    page = sign_in("analyst").get(path)
    assert page.text.count("Because of this.") == 2


def test_capacity_must_be_chosen(sign_in: SignIn, bench: Bench) -> None:
    path = f"/projects/{bench.agreed()}"
    answer = sign_in("steward").send(f"{path}/approve", {"round": "3"}, at=path)
    assert answer.status_code == 400
    assert 'href="#decides_as"' in answer.text


@pytest.mark.parametrize("who", ["colleague", "neighbour", "other-steward"])
def test_foreign_project_reads_as_an_absent_one(who: str, sign_in: SignIn, bench: Bench) -> None:
    project_id = bench.approved()
    visitor = sign_in(who)
    foreign = visitor.get(f"/projects/{project_id}", status=404)
    assert foreign.text == visitor.get(f"/projects/{uuid4()}", status=404).text
    for deed in ("tokens", "withdraw", "submit", "approve", "end"):
        answer = visitor.send(
            f"/projects/{project_id}/{deed}",
            {
                "name": "x",
                "reason_ended": "x",
                "reason_withdrawn": "x",
                "round": "3",
                "decides_as": "steward",
            },
            at="/projects",
        )
        assert answer.status_code in (403, 404)
    assert projects.current(bench.db, bench.analyst)


@pytest.mark.parametrize("who", ["link-worker", "provider-0", "practice-0", "resident"])
def test_other_roles_have_no_projects(who: str, sign_in: SignIn, bench: Bench) -> None:
    draft, visitor = bench.draft(), sign_in(who)
    for path in ("/projects", "/projects/new", f"/projects/{draft}"):
        assert "Waits and who waits" not in visitor.get(path, status=403).text


def test_analyst_cannot_decide_on_the_pages(sign_in: SignIn, bench: Bench) -> None:
    path = f"/projects/{bench.agreed()}"
    analyst = sign_in("analyst")
    for deed in ("agreement", "approve", "refuse", "end"):
        assert (
            analyst.send(f"{path}/{deed}", {"decides_as": "steward", "round": "3"}, at=path).status_code
            == 403
        )
    assert analyst.send("/projects/open-view", {"on": "yes"}, at="/projects").status_code == 403
    assert not projects.open_view_is_on(bench.db)


def test_member_sees_the_project_and_is_offered_no_change(sign_in: SignIn, bench: Bench) -> None:
    project_id = bench.approved(people=asked_of(bench.clock, "analyst", "colleague").people)
    page = sign_in("colleague").get(f"/projects/{project_id}")
    assert "Make a token" in page.html
    assert "When the referral came\nWhere the person lives\nDeprivation" in page.html
    assert "Withdraw it" not in page.html
    assert f"/projects/{project_id}/change" not in page.html
    sign_in("colleague").get(f"/projects/{project_id}/change", status=403)


def test_steward_revokes_a_token_and_switches_the_open_view(sign_in: SignIn, bench: Bench) -> None:
    project_id = bench.approved()
    token = project_tokens.make(bench.db, bench.analyst, project_id, name="my notebook")
    steward = sign_in("steward")
    page = steward.get(f"/projects/{project_id}")
    (path,) = re.findall(r'action="(/projects/tokens/[^"]+/revoke)"', page.html)
    steward.send(path, at=f"/projects/{project_id}")
    assert projects.find_by_token(bench.db, token) is None
    steward.send("/projects/open-view", {"on": "yes"}, at="/projects")
    assert projects.open_view_is_on(bench.db)
    assert "Ask for a log-in again" in steward.get("/projects").html


def test_lists_say_what_to_expect_and_where_each_project_stands(sign_in: SignIn, bench: Bench) -> None:
    analyst, steward = sign_in("analyst"), sign_in("steward")
    assert "appears here" in analyst.get("/projects").text
    assert "appears here" in steward.get("/projects").text
    bench.approved(title="In force now")
    bench.sent(title="Still waiting")
    ended = bench.approved(title="Over and done")
    project_deciding.end(bench.db, bench.steward, ended, "Done.")
    words = {"In force now": "In force", "Still waiting": "Waits for two approvals", "Over and done": "Ended"}
    for visitor in (analyst, steward):
        text = visitor.get("/projects").text
        for title, state in words.items():
            assert re.search(f"{title}.{{0,60}}{state}", text, re.DOTALL), title
    bench.clock.advance(days=91)
    assert re.search(
        "In force now.{0,60}Last day is past", sign_in("steward").get("/projects").text, re.DOTALL
    )


def test_change_of_a_project_that_has_ended_leads_nowhere(sign_in: SignIn, bench: Bench) -> None:
    project_id: UUID = bench.sent()
    project_papers.withdraw(bench.db, bench.analyst, project_id, "Done.")
    analyst = sign_in("analyst")
    analyst.get(f"/projects/{project_id}/change", status=409)
    answer = analyst.send(f"/projects/{project_id}/change", typed(bench), at=f"/projects/{project_id}")
    assert answer.status_code == 409


def test_token_with_a_day_that_is_none_is_not_made(sign_in: SignIn, bench: Bench) -> None:
    path = f"/projects/{bench.approved()}"
    form = {"name": "mine", "expires_on_day": "31", "expires_on_month": "2", "expires_on_year": "2027"}
    answer = sign_in("analyst").send(f"{path}/tokens", form, at=path)
    assert answer.status_code == 400
    assert 'href="#expires_on_day"' in answer.text
    assert "bsd_" not in answer.text


def test_approval_of_a_page_that_is_too_old_is_refused(sign_in: SignIn, bench: Bench) -> None:
    project_id = bench.agreed()
    path = f"/projects/{project_id}"
    steward = sign_in("steward")
    seen = bench.project(project_id).round
    project_papers.change(bench.db, bench.analyst, project_id, bench.asked(fields=("age",)))
    answer = steward.send(f"{path}/approve", {"round": str(seen), "decides_as": DecidesAs.STEWARD}, at=path)
    assert answer.status_code == 409
    assert "changed since you looked" in answer.text
