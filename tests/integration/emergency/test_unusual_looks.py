"""What the audit shows that is unusual: counted once an hour, shown as a count, decided on by somebody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from app.domain.likeness import same_family
from app.runtime import Runtime
from app.services.rights import unusual_looks
from app.services.shown import views
from app.store.audit import Entry
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
LIST = "/privacy-officer/unusual"


def refused(runtime: Runtime, place: MadePlace, times: int, username: str = "provider-0") -> None:
    with runtime.db.transaction(place.actor(username)) as tx:
        for number in range(times):
            tx.audit(Entry("refuse", "address", str(number)))


@pytest.fixture
def steward(sign_in: SignIn) -> Visitor:
    return sign_in("steward")


@pytest.fixture
def limit() -> int:
    return unusual_looks.limits()["refused"].at_least


def test_what_reaches_the_limit_is_shown_and_what_does_not_is_not(
    runtime: Runtime, place: MadePlace, steward: Visitor, limit: int
) -> None:
    refused(runtime, place, limit)
    refused(runtime, place, limit - 1, "provider-1")
    unusual_looks.note_due(runtime.db)
    page = steward.get(LIST).text
    assert f"Was refused often within an hour, or asked for what is not there: {limit}" in page
    assert "Invented provider-0" in page
    assert "Invented provider-1" not in page


def test_it_is_counted_once_an_hour_and_grows_within_its_hour(
    runtime: Runtime, place: MadePlace, clock: Clock, limit: int, admin: Engine
) -> None:
    clock.now = clock.now.replace(minute=0, second=0)
    refused(runtime, place, limit)
    assert unusual_looks.note_due(runtime.db)
    refused(runtime, place, 5)
    assert not unusual_looks.note_due(runtime.db)
    clock.advance(hours=1, minutes=1)
    assert unusual_looks.note_due(runtime.db)
    with admin.connect() as connection:
        assert connection.execute(text("select count from look_alert")).scalars().all() == [limit + 5]


def test_what_was_decided_on_stays_decided(
    runtime: Runtime, place: MadePlace, clock: Clock, limit: int, steward: Visitor, admin: Engine
) -> None:
    refused(runtime, place, limit)
    unusual_looks.note_due(runtime.db)
    with admin.connect() as connection:
        alert_id = connection.execute(text("select id from look_alert")).scalar_one()
    assert steward.send(f"{LIST}/{alert_id}", {}, at=LIST).status_code == 400
    assert steward.send(f"{LIST}/{alert_id}", {"verdict": "explained"}, at=LIST).status_code == 303
    assert "plain reason" in steward.get(LIST).text
    token = steward.get("/attention").token
    again = steward.client.post(f"{LIST}/{alert_id}", data={"verdict": "wrong", "csrf_token": token})
    assert again.status_code == 409
    clock.advance(hours=2)
    unusual_looks.note_due(runtime.db)
    with admin.connect() as connection:
        assert connection.execute(text("select verdict from look_alert")).scalars().all() == ["explained"]


def test_somebody_of_ones_own_name_is_noticed_and_the_name_is_not_kept(
    runtime: Runtime, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    with admin.connect() as connection:
        rename = text("update user_account set full_name = 'Ruth Penhallow' where username = 'link-worker'")
        connection.execute(rename)
    for username in ("link-worker", "second-link-worker"):
        views.get_referral(runtime.db, place.actor(username), made.id)
    unusual_looks.note_due(runtime.db)
    with admin.connect() as connection:
        rows = connection.execute(text("select kind, user_id, person_id from look_alert")).all()
    assert rows == [("own-name", place.accounts["link-worker"].id, made.person_id)]


@pytest.mark.parametrize(
    ("staff", "family", "same"),
    [
        ("Ruth Okafor", "OKAFOR", True),
        ("Ruth Okafor", "Smith-Okafor", True),
        ("Ruth Okafor", "Okaforson", False),
        ("Ruth", None, False),
        ("", "", False),
    ],
)
def test_own_name_is_told_by_the_last_name(staff: str, family: str | None, same: bool) -> None:
    assert same_family(staff, family) is same


def test_an_empty_page_teaches_and_the_second_page_is_there(
    runtime: Runtime, place: MadePlace, steward: Visitor, limit: int, clock: Clock
) -> None:
    assert "Nothing went over a limit" in steward.get(LIST).text
    clock.now = clock.now.replace(minute=0, second=0)
    for _ in range(26):
        refused(runtime, place, limit)
        clock.advance(hours=1)
    clock.advance(minutes=-70)
    unusual_looks.note_due(runtime.db)
    steward.sign_in("steward")
    assert "Page 2 of 2" in steward.get(LIST).text
    assert steward.get(f"{LIST}?page=2").text.count("Invented provider-0") >= 1
