"""Messages, check-ins and a practice's settings as people meet them: pages, links, forms that are wrong or old."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app import create_app, jobs
from app.config import SettingsProblem
from app.domain.access import system
from app.domain.check_in import Arrived, CheckInStatus
from app.runtime import Runtime, build_runtime
from app.services.caring import endings
from app.services.own import person_links
from app.store.check_ins import CheckIn
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.messages_out.conftest import FakeNotify, sweep
from tests.integration.web.conftest import Visitor

Asked = Callable[[], Sequence[CheckIn]]
SignIn = Callable[[str], Visitor]
BORN = {"born_day": "4", "born_month": "3", "born_year": "1951"}


@pytest.fixture
def own_page(posting: Runtime, notify: FakeNotify, clock: Clock, asked: Asked, visitor: Visitor) -> str:
    """The page behind the link of a text that has just gone out, opened with the date of birth."""
    sweep(posting.db)
    clock.set(asked()[0].due_on)
    jobs.sweep(posting)
    found = re.search(r"http://localhost(/my/\S+)", notify.taken[0]["personalisation"]["message"])
    assert found
    answer = visitor.send(found[1], BORN)
    assert answer.location == f"{found[1]}/arrived"
    return answer.location


@pytest.mark.parametrize("said", list(Arrived))
def test_one_press_answers_and_the_page_says_what_follows(
    said: Arrived, own_page: str, visitor: Visitor, asked: Asked
) -> None:
    assert "Has it started yet?" in visitor.get(own_page).text
    assert visitor.send(own_page, {"answer": said}).status_code == 303
    assert "Thank you" in visitor.get(own_page).text
    assert (asked()[0].answer, asked()[0].by_person) == (said, True)


def test_looking_answers_nothing(own_page: str, visitor: Visitor, asked: Asked) -> None:
    for _ in range(3):
        visitor.get(own_page)
        visitor.client.head(own_page)
        visitor.get(f"{own_page}?answer=yes")
    assert asked()[0].answer is None


def test_an_answer_can_be_changed_and_the_task_follows(
    own_page: str, visitor: Visitor, counted: Callable[[str], int]
) -> None:
    visitor.send(own_page, {"answer": "no-longer"})
    assert counted("task where kind = 'wants-no-help' and done_at is null") == 1
    visitor.send(own_page, {"answer": "not-yet"})
    assert counted("task where kind = 'wants-no-help' and done_at is null") == 0
    assert counted("task where kind = 'help-not-arrived' and done_at is null") == 1


def test_nonsense_is_told_and_kept_out(own_page: str, visitor: Visitor, asked: Asked) -> None:
    assert visitor.send(own_page, {"answer": "perhaps"}).status_code == 400
    assert (
        visitor.client.post(own_page, data={"answer": "yes"}).status_code == 400
    )  # without the form's token
    assert asked()[0].answer is None


def test_a_link_asks_for_the_date_of_birth_and_opens_nothing_else(
    own_page: str, visitor: Visitor, app: Flask
) -> None:
    stranger = Visitor(app.test_client())
    assert stranger.client.get(own_page).location == own_page.removesuffix("/arrived")
    wrong = stranger.send(own_page.removesuffix("/arrived"), BORN | {"born_year": "1952"})
    assert wrong.status_code == 404
    for elsewhere in ("progress", "answers"):
        answer = visitor.client.get(own_page.replace("arrived", elsewhere))
        assert (answer.status_code, answer.location) == (303, own_page)


def test_after_the_end_there_is_nothing_to_answer(
    own_page: str, runtime: Runtime, place: MadePlace, made: MadeReferral, visitor: Visitor, asked: Asked
) -> None:
    token = visitor.get(own_page).token
    endings.withdraw(runtime.db, place.link_worker, made.id, reason="other")
    late = visitor.client.post(own_page, data={"answer": "yes", "csrf_token": token})
    assert late.status_code == 409
    assert "Nothing to answer" in late.text
    assert asked()[0].answer is None


def test_another_link_of_the_person_does_not_answer_it(
    own_page: str, runtime: Runtime, made: MadeReferral, app: Flask, asked: Asked
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        address = person_links.make(
            tx, person_id=made.person_id, referral_id=made.id, purpose="progress", days=5
        )
    other = Visitor(app.test_client())
    path = address.removeprefix("http://localhost")
    other.send(path, BORN)
    assert other.client.get(f"{path}/arrived").location == f"{path}/progress"


def test_the_link_worker_sees_the_answer_on_the_referral_and_asks_by_telephone(
    runtime: Runtime, clock: Clock, made: MadeReferral, asked: Asked, sign_in: SignIn
) -> None:
    worker = sign_in("link-worker")
    assert "Nobody is due" in worker.get("/check-ins").text
    sweep(runtime.db)
    clock.set(asked()[0].due_on)
    sweep(runtime.db)
    worker = sign_in("link-worker")
    assert "To ring" in worker.get("/check-ins").text
    path = f"/check-ins/{asked()[0].id}"
    refused = worker.send(path, {})
    assert refused.status_code == 400
    assert "Choose what they say" in refused.text
    assert worker.send(path, {"answer": "yes"}).status_code == 303
    assert "Yes, help has arrived" in worker.get(f"/referrals/{made.id}").text
    assert "told by phone" in worker.get(f"/referrals/{made.id}").text
    assert sign_in("other-link-worker").client.get(path).status_code == 404
    assert sign_in("provider-0").client.get(path).status_code == 403


def test_who_cannot_be_reached_leaves_the_list_once(
    runtime: Runtime, clock: Clock, asked: Asked, sign_in: SignIn
) -> None:
    sweep(runtime.db)
    clock.set(asked()[0].due_on)
    sweep(runtime.db)
    worker, path = sign_in("link-worker"), f"/check-ins/{asked()[0].id}/could-not-reach"
    assert worker.send(path, at="/check-ins").status_code == 303
    assert worker.send(path, at="/check-ins").status_code == 409
    assert asked()[0].status is CheckInStatus.NO_ANSWER


def test_the_stewards_pages_show_words_versions_and_no_person(
    posting: Runtime, place: MadePlace, own_page: str, sign_in: SignIn
) -> None:
    steward = sign_in("steward")
    assert "Has it started?" in steward.get("/message-templates").text
    one = steward.get("/message-templates/check-in").text
    for told in ("Version 1", "Text message, English", "Text message, Welsh", "((link))", "020 7946 0001"):
        assert told in one
    steward.get("/message-templates/no-such", status=404)
    sent = steward.get("/messages").text
    assert "A quick question" in sent
    assert "a person" in sent
    for hidden in ("07700", "Okonkwo", "/my/"):
        assert hidden not in sent
    for username in ("link-worker", "practice-0", "provider-0"):
        for path in ("/message-templates", "/message-templates/check-in", "/messages"):
            assert sign_in(username).client.get(path).status_code == 403


def test_where_nothing_went_out_the_page_says_what_is_to_come(sign_in: SignIn, place: MadePlace) -> None:
    assert "appears here" in sign_in("steward").get("/messages").text


def test_the_page_of_an_installation_that_only_shows_says_so(
    posting: Runtime, clock: Clock, asked: Asked, place: MadePlace
) -> None:
    shown = replace(posting, settings=replace(posting.settings, shows_messages=True))
    sweep(shown.db)
    clock.set(asked()[0].due_on)
    jobs.sweep(shown)
    steward = Visitor(create_app(runtime=shown).test_client()).sign_in("steward")
    page = steward.get("/messages").text
    assert "Nothing leaves this installation" in page
    assert "has it started yet?" in page
    assert not re.search(r"/my/[\w-]{20}", page)


def test_the_program_does_not_start_with_a_template_that_breaks_a_rule(
    runtime: Runtime, tmp_path: Path, admin: Engine
) -> None:
    head = 'code = "check-in"\nversion = 9\nname = "x"\nto = "person"\ngoes = "x"\n'
    words = '[en]\nsubject = "x"\ntext = ["Your GP"]\n'
    (tmp_path / "bad.toml").write_text(head + words, encoding="utf-8")
    settings = replace(runtime.settings, messages_dir=tmp_path)
    with pytest.raises(SettingsProblem) as fault:
        build_runtime(settings, engine=runtime.db.engine)
    assert "bad.toml: en.text.1" in str(fault.value)


def test_nothing_of_a_person_stands_in_an_address_or_a_row_in_clear(own_page: str, admin: Engine) -> None:
    with admin.connect() as connection:
        rows = connection.execute(text("select * from mail_message")).all()
    assert all("Okonkwo" not in str(row) and "07700" not in str(row) for row in rows)
