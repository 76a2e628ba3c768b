"""A carer whom the person lets look opens the page with a link of their own; it ends by itself and decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.runtime import Runtime
from app.services.own import carer_links
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor
from tests.own_links import ShownLink, shown_link


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place)


@pytest.fixture
def worker(app: Flask) -> Callable[[str], Visitor]:
    """Somebody of staff in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def form(clock: Clock) -> dict[str, Any]:
    """A carer to whom the person said yes today."""
    day = clock.today
    agreed = {"agreed": "yes", "agreed_day": day.day, "agreed_month": day.month, "agreed_year": day.year}
    return {"carer_name": "Ngozi Okonkwo", "carer_relation": "daughter", "days": "30"} | agreed


@pytest.fixture
def make(
    worker: Callable[[str], Visitor], made: MadeReferral, form: dict[str, Any]
) -> Callable[[], ShownLink]:
    """Make a link for the carer, as the page shows it with its digits."""

    def make_it() -> ShownLink:
        return shown_link(worker("link-worker").send(f"/referrals/{made.id}/own-page/carers", form).text)

    return make_it


@pytest.fixture
def carer(app: Flask, make: Callable[[], ShownLink]) -> tuple[Visitor, str]:
    """The carer at the person's page; its address."""
    link, visitor = make(), Visitor(app.test_client())
    assert visitor.send(link.path, link.form).status_code == 303
    return visitor, link.path


def test_pages_speak_of_the_person_whom_the_carer_helps(carer: tuple[Visitor, str]) -> None:
    visitor, path = carer
    for part in ("progress", "plan", "seen", "comment"):
        assert "the person you help" in visitor.get(f"{path}/{part}").text, part


def test_what_the_person_decides_is_refused_to_a_carer(carer: tuple[Visitor, str]) -> None:
    visitor, path = carer
    for part in ("change", "stop", "data", "data.pdf", "data.json", "about-you", "answers/stop"):
        answer = visitor.client.get(f"{path}/{part}")
        assert answer.status_code == 403, part
        assert "Only the person you help can do this" in answer.text
    token = visitor.get(f"{path}/comment").token
    for part in ("change/share", "change/goals", "stop", "stop/undo", "stories/end", "about-you"):
        sent = visitor.client.post(f"{path}/{part}", data={"answer": "no", "csrf_token": token})
        assert sent.status_code == 403, part
    progress = visitor.get(f"{path}/progress")
    assert f"{path}/change" not in progress.links
    assert f"{path}/data" not in progress.links


def test_looks_and_the_audit_tell_a_carer_from_the_person(
    carer: tuple[Visitor, str], visitor: Visitor, opened: str, made: MadeReferral, runtime: Runtime
) -> None:
    seen = visitor.get(f"{opened}/seen").text
    assert "Somebody you let look for you, through their own link" in seen
    assert "Ngozi" not in seen
    with runtime.db.engine.begin() as connection:
        connection.execute(text("select set_config('app.role', 'system', true)"))
        opened_by = connection.execute(
            text(
                "select actor, detail->>'proxy' from audit_event where act = 'open person''s link' order by seq"
            )
        ).all()
    assert [(each.actor.split(":")[1], each[1]) for each in opened_by] == [
        ("carer", "carer"),
        ("person", None),
    ]


def test_the_carers_name_is_sealed(carer: tuple[Visitor, str], runtime: Runtime) -> None:
    with runtime.db.engine.begin() as connection:
        connection.execute(text("select set_config('app.role', 'system', true)"))
        (kept,) = connection.execute(text("select carer from person_link")).scalars()
    assert b"Ngozi" not in bytes(kept)


def test_the_team_ends_a_carers_link_and_the_persons_own_still_opens(
    carer: tuple[Visitor, str],
    visitor: Visitor,
    opened: str,
    worker: Callable[[str], Visitor],
    made: MadeReferral,
    runtime: Runtime,
    place: MadePlace,
) -> None:
    (found,) = carer_links.list_for_team(runtime.db, place.link_worker, made.id)
    at = f"/referrals/{made.id}/own-page/carers"
    other = worker("other-link-worker")
    refused = other.send(f"{at}/{found.link.id}/end", at="/blockages/new")
    assert refused.status_code == 404
    assert worker("link-worker").send(f"{at}/{found.link.id}/end", at=at).status_code == 303
    assert carer[0].client.get(f"{carer[1]}/progress").location == carer[1]
    visitor.get(f"{opened}/progress")
    assert worker("link-worker").send(f"{at}/{found.link.id}/end", at=at).status_code == 404


def test_the_person_ends_the_carers_link_themselves(
    carer: tuple[Visitor, str],
    visitor: Visitor,
    opened: str,
    made: MadeReferral,
    runtime: Runtime,
    place: MadePlace,
) -> None:
    page = visitor.get(f"{opened}/change")
    assert "Ngozi Okonkwo (daughter)" in page.text
    (ending,) = [action for action in page.posts if "/change/carers/" in action]
    assert visitor.send(ending, at=f"{opened}/change").status_code == 303
    assert carer_links.list_for_team(runtime.db, place.link_worker, made.id) == []
    assert carer[0].client.get(f"{carer[1]}/progress").location == carer[1]


def test_answers_of_a_carer_are_told_as_a_carers(
    carer: tuple[Visitor, str], made: MadeReferral, runtime: Runtime
) -> None:
    visitor, path = carer
    start = visitor.get(f"{path}/answers")
    (first,) = {
        link for link in start.links if link.startswith(f"{path}/answers/") and not link.endswith("/stop")
    }
    assert visitor.send(first, {"step": "leave-out"}).status_code == 303
    with runtime.db.engine.begin() as connection:
        connection.execute(text("select set_config('app.role', 'system', true)"))
        assert connection.execute(text("select said_by from measure_response")).scalars().all() == ["proxy"]


def test_a_comment_of_a_carer_is_told_as_a_carers(
    carer: tuple[Visitor, str], visitor: Visitor, opened: str
) -> None:
    sender, path = carer
    said = {"kind": "comment", "about": "other", "words": "She likes mornings"}
    assert sender.send(f"{path}/comment", said).status_code == 303
    text_ = visitor.get(f"{opened}/progress").text
    assert "Written by a carer, for the person. She likes mornings" in text_
    assert "Somebody you let look for you, through their own link:" in text_


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"carer_name": ""}, "carer_name"),
        ({"carer_relation": ""}, "carer_relation"),
        ({"agreed": ""}, "agreed"),
        ({"agreed_day": "40"}, "agreed_day"),
        ({"agreed_year": "2999"}, "agreed_day"),
        ({"days": "9"}, "days"),
    ],
)
def test_without_the_persons_recorded_yes_there_is_no_link(
    worker: Callable[[str], Visitor],
    made: MadeReferral,
    form: dict[str, Any],
    wrong: dict[str, str],
    field: str,
) -> None:
    answer = worker("link-worker").send(f"/referrals/{made.id}/own-page/carers", form | wrong)
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert "/my/" not in answer.text


def test_another_team_makes_no_link(
    worker: Callable[[str], Visitor], made: MadeReferral, form: dict[str, Any]
) -> None:
    sent = worker("other-link-worker").send(
        f"/referrals/{made.id}/own-page/carers", form, at="/blockages/new"
    )
    assert sent.status_code == 404
