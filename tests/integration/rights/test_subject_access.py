"""Asking for everything, at the doors: asked by the person or the team, read through, released, taken along."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.own import person_links
from app.services.rights import subject_access
from app.services.shown import views
from app.store import outcomes
from app.store.outcomes import About, Contact
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
_WORDS = "Her neighbour Mrs Quillfeather brings the shopping."


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.COMPLETED, words=_WORDS)


@pytest.fixture
def own(app: Flask, runtime: Runtime, made: MadeReferral) -> tuple[Visitor, str]:
    """The person in their own browser, and the path of their page."""
    visitor = Visitor(app.test_client())
    with runtime.db.transaction(system("test")) as tx:
        address = person_links.make(
            tx, person_id=made.person_id, referral_id=made.id, purpose="progress", days=60
        )
    path = address.removeprefix("http://localhost")
    born = {"born_day": "4", "born_month": "3", "born_year": "1951"}
    assert visitor.send(path, born).status_code == 303
    return visitor, path


def ask(own: tuple[Visitor, str]) -> int:
    visitor, path = own
    return visitor.send(f"{path}/data/ask", at=f"{path}/data").status_code


def open_request(steward: Visitor) -> str:
    (path,) = re.findall(r'href="(/own-data/[0-9a-f-]{36})"', steward.client.get("/own-data").text)
    return str(path)


def pieces_of(page: str, words: str) -> list[str]:
    """The names of the pieces whose value holds these words."""
    found = re.findall(r'value="([a-z_]+\.[a-z_]+:[^"]+)"(.*?)</label>', page, re.DOTALL)
    return [name for name, told in found if words in told]


def release(steward: Visitor, path: str) -> int:
    return steward.send(
        f"{path}/release", {"has_read": "yes", "seen": seen_on(steward, path)}, at=path
    ).status_code


def seen_on(steward: Visitor, path: str) -> str:
    """The digest of all that was read, which stands beside the button on the last page."""
    (seen,) = re.findall(r'name="seen" value="([0-9a-f]+)"', steward.client.get(f"{path}?page=999").text)
    return str(seen)


def test_what_belongs_to_another_is_withheld_and_the_rest_is_taken_along(
    own: tuple[Visitor, str], sign_in: SignIn, database: Database, place: MadePlace, made: MadeReferral
) -> None:
    visitor, mine = own
    assert ask(own) == 303
    assert visitor.client.get(f"{mine}/data/all.html").status_code == 404
    steward = sign_in("steward")
    path = open_request(steward)
    page = steward.client.get(path).text
    withheld = pieces_of(page, "Quillfeather")
    assert {each.partition(":")[0] for each in withheld} >= {"referral.reason", "inbox_message.body"}
    form = {"pieces": withheld, "reason": "third-party"}
    assert steward.send(f"{path}/withhold", form, at=path).status_code == 303
    assert release(steward, path) == 303
    taken = visitor.client.get(f"{mine}/data/all.html")
    assert taken.headers["Content-Disposition"].startswith("attachment")
    assert "Quillfeather" not in taken.text
    assert "It tells about somebody else, who has not agreed" in taken.text
    assert "Goes to the lunch club every week." in taken.text
    assert "Okonkwo" in taken.text
    tasks = [each.kind for each in views.list_tasks(database, place.link_worker).lines]
    assert "subject-access-ready" in tasks


def test_a_piece_can_be_given_after_all(own: tuple[Visitor, str], sign_in: SignIn) -> None:
    ask(own)
    steward = sign_in("steward")
    path = open_request(steward)
    (reason,) = [
        each for each in pieces_of(steward.client.get(path).text, "Quillfeather") if "referral.reason" in each
    ]
    steward.send(f"{path}/withhold", {"pieces": [reason], "reason": "third-party"}, at=path)
    assert "Give it after all" in steward.client.get(path).text
    assert steward.send(f"{path}/give-back", {"piece": reason}, at=path).status_code == 303
    release(steward, path)
    visitor, mine = own
    assert "Quillfeather" in visitor.client.get(f"{mine}/data/all.html").text


def test_a_long_record_is_read_page_by_page_and_released_from_the_last(
    own: tuple[Visitor, str], sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(own)
    steward = sign_in("steward")
    path = open_request(steward)
    monkeypatch.setattr("app.web.stewardship.subject_access.in_pages", lambda all_: [[each] for each in all_])
    first = steward.get(path)
    assert f"{path}/release" not in " ".join(first.posts)
    last = int(re.findall(r"Page 1 of (\d+)", first.text)[0])
    (number,) = [
        each
        for each in range(1, last + 1)
        if pieces_of(steward.get(f"{path}?page={each}").html, "Quillfeather")
        and "referral.reason" in steward.get(f"{path}?page={each}").html
    ]
    at = f"{path}?page={number}"
    (reason,) = [
        each for each in pieces_of(steward.get(at).html, "Quillfeather") if "referral.reason" in each
    ]
    form = {"pieces": [reason], "reason": "third-party"}
    assert steward.send(f"{path}/withhold?page={number}", form, at=at).location == at
    assert "Give it after all" in steward.get(at).text
    assert steward.get(f"{path}?page=9999").posts[-1].startswith(f"{path}/release")


def test_nothing_is_released_unread_nor_withheld_without_a_reason(
    own: tuple[Visitor, str], sign_in: SignIn
) -> None:
    ask(own)
    steward = sign_in("steward")
    path = open_request(steward)
    assert steward.send(f"{path}/release", {"seen": seen_on(steward, path)}, at=path).status_code == 400
    assert steward.send(f"{path}/withhold", {"reason": "third-party"}, at=path).status_code == 400
    (reason,) = [
        each for each in pieces_of(steward.client.get(path).text, "Quillfeather") if "referral.reason" in each
    ]
    for form in (
        {"pieces": [reason], "reason": ""},
        {"pieces": ["person.names:no"], "reason": "third-party"},
    ):
        assert steward.send(f"{path}/withhold", form, at=path).status_code == 400
    assert "Withheld" not in steward.client.get(path).text


def test_an_answer_that_was_given_stays_as_it_was(own: tuple[Visitor, str], sign_in: SignIn) -> None:
    ask(own)
    steward = sign_in("steward")
    path = open_request(steward)
    token_page = steward.get(path)
    release(steward, path)
    token = token_page.token
    again = steward.client.post(f"{path}/release", data={"has_read": "yes", "seen": "0", "csrf_token": token})
    late = {"pieces": ["person.names:1"], "reason": "legal", "csrf_token": token}
    assert again.status_code == 409
    assert steward.client.post(f"{path}/withhold", data=late).status_code == 409


def test_asking_twice_is_one_request_and_a_new_one_only_after_the_answer(
    own: tuple[Visitor, str], sign_in: SignIn, admin: Engine
) -> None:
    assert [ask(own), ask_again(own)] == [303, 303]
    steward = sign_in("steward")
    release(steward, open_request(steward))
    assert ask(own) == 303
    with admin.connect() as connection:
        assert connection.scalar(text("select count(*) from subject_access")) == 2


def ask_again(own: tuple[Visitor, str]) -> int:
    """As a second press of the same form: the page has the button no more."""
    visitor, path = own
    token = visitor.get(f"{path}/change").token
    return visitor.client.post(f"{path}/data/ask", data={"csrf_token": token}).status_code


def test_the_team_writes_it_down_for_whoever_rings(
    sign_in: SignIn, made: MadeReferral, place: MadePlace, database: Database
) -> None:
    path = f"/referrals/{made.id}/own-data"
    assert sign_in("link-worker").send(path, {"how": "telephone"}).status_code == 303
    assert sign_in("link-worker").send(path, {"how": "own-page"}).status_code == 400
    assert sign_in("other-link-worker").client.get(path).status_code == 404
    (found,) = subject_access.list_requests(database, place.actor("steward"))
    assert found.asked_how == "telephone"


@pytest.mark.parametrize(
    ("asked_on", "due_on"),
    [
        (date(2027, 1, 31), date(2027, 3, 1)),  # the 28th of February is a Sunday
        (date(2027, 3, 26), date(2027, 4, 26)),
        (date(2026, 11, 25), date(2026, 12, 29)),  # Christmas, Saturday, Sunday, the day kept for Boxing Day
    ],
)
def test_the_answer_is_due_one_calendar_month_on_or_the_next_working_day(
    database: Database, place: MadePlace, made: MadeReferral, clock: Clock, asked_on: date, due_on: date
) -> None:
    clock.set(asked_on)
    subject_access.ask_for(database, place.link_worker, made.id, how="letter")
    (found,) = subject_access.list_requests(database, place.actor("steward"))
    assert found.due_on == due_on


def test_every_look_at_the_bundle_is_audited_as_the_stewards(
    own: tuple[Visitor, str], sign_in: SignIn, admin: Engine, made: MadeReferral
) -> None:
    ask(own)
    steward = sign_in("steward")
    steward.get(open_request(steward))
    query = text("select role from audit_event where act = 'look through own data' and person_id = :id")
    with admin.connect() as connection:
        assert "steward" in connection.scalars(query, {"id": made.person_id}).all()


def test_nobody_but_the_steward_reads_requests(sign_in: SignIn, own: tuple[Visitor, str]) -> None:
    ask(own)
    path = open_request(sign_in("steward"))
    for username in ("link-worker", "provider-0", "practice-0", "analyst"):
        assert sign_in(username).client.get(path).status_code == 403


def test_what_was_written_since_the_page_was_read_is_not_released_unread(
    own: tuple[Visitor, str], sign_in: SignIn, made: MadeReferral, database: Database, clock: Clock
) -> None:
    ask(own)
    steward = sign_in("steward")
    path = open_request(steward)
    seen = seen_on(steward, path)
    with database.transaction(system("test")) as tx:
        note = Contact("phone", True, clock.today, 5, "Her son Wigbert drinks.")
        outcomes.add_contact(tx, About(made.id, made.person_id), note, audit="test")
    answer = steward.send(f"{path}/release", {"has_read": "yes", "seen": seen}, at=path)
    assert answer.status_code == 400
    assert "Something was written since you opened this page." in answer.text
    assert "Wigbert" in answer.text
    assert release(steward, path) == 303
