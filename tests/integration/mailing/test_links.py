"""A link in an e-mail: nothing happens on a GET, one sentence for every link that does not work, and no trace of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.vocabulary import Capacity
from app.runtime import Runtime
from app.services.messages import links
from app.services.messages.links import MOST_TRIES, LinkGone, TooOften
from app.store import directory
from tests.application import application_of
from tests.conftest import Clock
from tests.factories import MadePlace, make_place
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page

Open = Callable[[str], str]


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    return make_place(runtime.db)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return application_of(runtime)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture
def make(runtime: Runtime, place: MadePlace) -> Callable[[str], str]:
    """Return the path of a new link to the first service."""

    def make(purpose: str) -> str:
        service = place.services[0]
        with runtime.db.transaction(system("test")) as tx:
            return links.make_link(
                tx, purpose=purpose, subject_id=service.id, organisation_id=service.provider_id, days=30
            ).removeprefix("http://localhost")

    return make


def capacity_of(runtime: Runtime, service_id: UUID) -> Capacity:
    with runtime.db.transaction(system("test")) as tx:
        return directory.get_service(tx, service_id).capacity


def test_link_holds_256_random_bits_and_only_their_digest_is_kept(make: Open, admin: Engine) -> None:
    first, second = make("dial"), make("dial")
    assert first != second
    code = first.removeprefix("/dial/")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", code)
    with admin.connect() as connection:
        for table in ("one_tap_link", "audit_event"):
            rows = connection.execute(text(f"select t::text from {table} t")).scalars()  # noqa: S608
            assert code not in "".join(rows)


@pytest.mark.parametrize("purpose", ["dial", "still-right"])
def test_a_hundred_looks_leave_a_link_unused(
    visitor: Visitor, make: Open, admin: Engine, purpose: str
) -> None:
    path = make(purpose)
    before = everything(admin)
    for _ in range(50):
        assert visitor.client.head(path).status_code == 200
        assert visitor.client.get(path).status_code == 200
    assert everything(admin) == before
    page = visitor.get(path)
    assert page.posts


def everything(admin: Engine) -> dict[str, list[str]]:
    """The rows that acting would change."""
    tables = ("one_tap_link", "service", "service_dial", "entry_change", "task", "mail_message")
    with admin.connect() as connection:
        return {
            table: sorted(connection.execute(text(f"select t::text from {table} t")).scalars())  # noqa: S608
            for table in tables
        }


def test_dial_is_turned_by_its_link_as_often_as_it_takes(
    visitor: Visitor, runtime: Runtime, place: MadePlace, make: Open, admin: Engine
) -> None:
    path, service = make("dial"), place.services[0]
    answer = visitor.send(path, {"capacity": "full"})
    assert answer.status_code == 303
    assert capacity_of(runtime, service.id) is Capacity.FULL
    assert f"{service.name}: Is full." in visitor.get(path).text
    visitor.send(path, {"capacity": "open"})
    assert capacity_of(runtime, service.id) is Capacity.OPEN
    with admin.connect() as connection:
        who = connection.scalar(text("select actor from audit_event where act = 'turn dial' limit 1"))
    assert who.startswith("process:link:")


def test_page_behind_a_link_tells_no_other_site_and_is_kept_by_nobody(visitor: Visitor, make: Open) -> None:
    for path in (make("dial"), make("still-right"), "/dial/unknown"):
        headers = visitor.client.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in headers["Cache-Control"]
        assert headers["X-Robots-Tag"] == "noindex"


def test_form_behind_a_link_is_taken_over_https_without_a_referrer(app: Flask, make: Open) -> None:
    path, client = make("dial"), app.test_client()
    token = read_page(client.get(path, base_url="https://localhost")).token
    form = {"capacity": "full", "csrf_token": token}
    assert client.post(path, data=form, base_url="https://localhost").status_code == 303


def test_form_of_another_site_is_refused(app: Flask, runtime: Runtime, place: MadePlace, make: Open) -> None:
    assert app.test_client().post(make("dial"), data={"capacity": "full"}).status_code == 400
    assert capacity_of(runtime, place.services[0].id) is Capacity.OPEN


def test_every_link_that_does_not_work_says_the_same(
    visitor: Visitor, runtime: Runtime, place: MadePlace, make: Open, clock: Clock
) -> None:
    good = make("dial")
    token = visitor.get(good).token
    used, revoked, old = make("still-right"), make("dial"), make("dial")
    visitor.send(f"{used}/yes", at=used)
    with runtime.db.transaction(system("test")) as tx:
        links.revoke(tx, purpose="dial", subject_id=place.services[0].id)
    clock.advance(days=31)
    purpose_of_another = make("still-right").replace("still-right", "dial")
    said = set()
    for path in (
        used,
        revoked,
        old,
        good,
        purpose_of_another,
        f"/dial/{'x' * 43}",
        "/dial/%00",
        f"/dial/{uuid4()}",
    ):
        said.add(visitor.get(path, status=404).text)
        posted = visitor.client.post(path.replace("still-right/", "dial/"), data={"csrf_token": token})
        assert posted.status_code == 404
        said.add(read_page(posted).text)
    assert len(said) == 1
    (sentence,) = said
    assert "Ring your link worker team" in sentence


def test_link_used_very_often_is_slowed_down_and_comes_back(
    runtime: Runtime, make: Open, clock: Clock
) -> None:
    code = make("dial").removeprefix("/dial/")
    for _ in range(MOST_TRIES):
        links.knock(runtime.db, code, purpose="dial")
    with pytest.raises(TooOften):
        links.knock(runtime.db, code, purpose="dial")
    links.look(runtime.db, code, purpose="dial")
    clock.advance(hours=2)
    links.knock(runtime.db, code, purpose="dial")


def test_link_for_one_answer_is_used_up_once(runtime: Runtime, make: Open) -> None:
    code = make("still-right").removeprefix("/still-right/")
    link = links.look(runtime.db, code, purpose="still-right")
    with runtime.db.transaction(link.actor) as tx:
        links.use_up(tx, link)
    with runtime.db.transaction(link.actor) as tx, pytest.raises(LinkGone):
        links.use_up(tx, link)
