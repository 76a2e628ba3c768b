"""A visit of one's own page ends on the server: by leaving, by time, with its link; for every copy of the cookie."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.carers import Carer
from app.domain.lifecycle import ReferralStatus
from app.domain.own_codes import Wish
from app.runtime import Runtime
from app.services.own import person_links
from app.store import referrals
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.person_links.test_own_door import BORN, born, new_link
from tests.integration.web.conftest import Visitor

OPEN = ("/progress", "/plan", "/data.json", "/seen")


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.CLOSED)


@pytest.fixture
def path(runtime: Runtime, made: MadeReferral) -> str:
    return new_link(runtime.db, made).removeprefix("http://localhost")


def copy_of(visitor: Visitor, app: Flask) -> Visitor:
    """A browser with a copy of every cookie of another."""
    copy = Visitor(app.test_client())
    for name in ("form", "session", "own"):
        cookie = visitor.client.get_cookie(name)
        if cookie is not None:
            copy.client.set_cookie(name, cookie.value)
    return copy


def test_copy_of_the_cookie_opens_nothing_after_leaving(visitor: Visitor, app: Flask, path: str) -> None:
    visitor.send(path, born(BORN))
    copy = copy_of(visitor, app)
    assert copy.client.get(f"{path}/data.json").status_code == 200, "while the visit lasts"
    out = visitor.client.get(f"{path}/leave")
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'
    for page in OPEN:
        answer = copy.client.get(f"{path}{page}")
        assert (answer.status_code, answer.location) == (303, path), page
    assert copy.client.get(path).status_code == 200, "the date of birth is asked for"


def test_visit_ends_after_two_hours_however_often_it_is_used(
    visitor: Visitor, path: str, clock: Clock
) -> None:
    visitor.send(path, born(BORN))
    for _ in range(5):
        clock.advance(minutes=20)
        assert visitor.client.get(f"{path}/progress").status_code == 200
    clock.advance(minutes=21)
    assert visitor.client.get(f"{path}/progress").location == path
    visitor.send(path, born(BORN))
    assert visitor.client.get(f"{path}/progress").status_code == 200, "and begins again by the date of birth"


def test_opening_again_ends_the_visit_before(
    visitor: Visitor, app: Flask, path: str, runtime: Runtime
) -> None:
    visitor.send(path, born(BORN))
    copy = copy_of(visitor, app)
    visitor.client.get(f"{path}/leave")
    visitor.send(path, born(BORN))
    assert copy.client.get(f"{path}/progress").location == path
    other = copy_of(visitor, app)
    person_links.open_link(runtime.db, path.rsplit("/", 1)[1], BORN)
    assert other.client.get(f"{path}/progress").status_code == 200, "one visit does not end another's"


def test_opening_again_without_having_left_ends_the_visit_before(
    visitor: Visitor, app: Flask, path: str
) -> None:
    form = born(BORN) | {"csrf_token": visitor.get(path).token}
    assert visitor.client.post(path, data=form).status_code == 303
    copy = copy_of(visitor, app)
    assert visitor.client.post(path, data=form).status_code == 303  # a second tab with the same door
    assert visitor.client.get(f"{path}/progress").status_code == 200
    assert copy.client.get(f"{path}/progress").location == path


def test_ended_link_ends_its_visits(
    visitor: Visitor, path: str, runtime: Runtime, made: MadeReferral
) -> None:
    visitor.send(path, born(BORN))
    with runtime.db.transaction(system("test")) as tx:
        person_links.revoke(tx, made.person_id)
    assert visitor.client.get(f"{path}/progress").location == path


def test_carer_who_leaves_has_left_in_every_copy(
    visitor: Visitor, app: Flask, runtime: Runtime, made: MadeReferral
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        referral = referrals.get(tx, made.id, audit="test")
        carer = Carer("Ada Lane", "daughter", date(2026, 1, 1))
        link = person_links.make_page(tx, referral, Wish(7), carer)
    path = link.address.removeprefix("http://localhost")
    visitor.send(path, born(BORN) | {"digits": link.digits})
    copy = copy_of(visitor, app)
    assert copy.client.get(f"{path}/progress").status_code == 200
    visitor.client.get(f"{path}/leave")
    assert copy.client.get(f"{path}/progress").location == path


def test_only_the_digest_of_a_visit_is_kept_and_leaving_is_in_the_audit(
    visitor: Visitor, path: str, admin: Engine
) -> None:
    visitor.send(path, born(BORN))
    with visitor.client.session_transaction() as session:
        secret = session["my_visit"]
    visitor.client.get(f"{path}/leave")
    visitor.client.get(f"{path}/leave")
    with admin.connect() as connection:
        kept = "".join(connection.execute(text("select t::text from own_visit t")).scalars())
        acts = connection.execute(text("select act from audit_event where act = 'leave own page'")).all()
    assert kept
    assert secret not in kept
    assert len(acts) == 1


def test_visits_that_are_over_are_forgotten(visitor: Visitor, path: str, admin: Engine, clock: Clock) -> None:
    visitor.send(path, born(BORN))
    clock.advance(hours=1)
    visitor.send(path, born(BORN))
    with admin.connect() as connection:
        assert connection.execute(text("select count(*) from own_visit")).scalar_one() == 1
