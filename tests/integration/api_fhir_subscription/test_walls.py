"""Behind the door too a subscription is its organisation's alone, and what a hostile body holds breaks nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from app.cli import cli
from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.services.systems import notifying
from tests.factories import MadePlace, MadeReferral
from tests.integration.api_fhir_subscription.receiver import Receiver
from tests.integration.api_fhir_subscription.subscriber import Subscriber, wish

TABLES = ("subscription", "subscription_notice", "step_to_tell")
JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1.5,
    10**30,
    "",
    "\x00",
    "\ud800",
    "x" * 5000,
    [],
    {},
    [None],
    {"a": {}},
    "requested",
    "2016-12-31T23:59:60Z",
    "0001-01-01T00:00:00+14:00",
    "Task?" + "&" * 2000,
    "Task?%00=%ff",
    "Task?_lastUpdated=lt0001-01-01",
    "https://[",
    "https://\u2100.example/",
    "https://xn--/",
    "https://a..b/",
    "Authorization:",
)


def seen(engine: Engine, role: str, organisation: object) -> dict[str, int]:
    """How many rows of each table somebody sees with any SQL."""
    with engine.connect() as connection, connection.begin():
        connection.execute(
            text("select set_config('app.role', :role, true), set_config('app.org', :org, true)"),
            {"role": role, "org": str(organisation)},
        )
        return {
            table: connection.exec_driver_sql(f"select count(*) from {table}").scalar_one()  # noqa: S608
            for table in TABLES
        }


@pytest.fixture
def waiting(
    runtime: Runtime, subscriber: Subscriber, endpoint: Receiver, refer: Callable[..., MadeReferral]
) -> str:
    """A subscription with a notice that waits, and a step that nobody has looked at."""
    made = subscriber.subscribe(endpoint.url)
    refer(ReferralStatus.RECEIVED)
    notifying.gather(runtime.db, "http://localhost/FHIR/R4")
    refer(ReferralStatus.RECEIVED)
    return made


def test_rows_are_seen_by_their_organisation_alone(
    waiting: str, place: MadePlace, app_engine: Engine
) -> None:
    assert seen(app_engine, "system", "") == dict.fromkeys(TABLES, 1)
    own = seen(app_engine, Role.PRACTICE, place.practices[0].id)
    assert own == {"subscription": 1, "subscription_notice": 0, "step_to_tell": 0}
    strangers = [(role, place.practices[1].id) for role in Role if role is not Role.SYSTEM]
    strangers += [(Role.ANALYST, place.place.id), (Role.STEWARD, place.place.id)]
    for role, organisation in strangers:
        assert seen(app_engine, role, organisation) == dict.fromkeys(TABLES, 0), role


def test_a_row_cannot_be_written_for_another_organisation(
    waiting: str, place: MadePlace, app_engine: Engine
) -> None:
    with app_engine.connect() as connection, connection.begin():
        connection.execute(
            text("select set_config('app.role', 'practice', true), set_config('app.org', :org, true)"),
            {"org": str(place.practices[0].id)},
        )
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(
                text("update subscription set organisation_id = :other"), {"other": place.practices[1].id}
            )


def test_secrets_moved_to_another_row_do_not_open(
    subscriber: Subscriber, stranger: Subscriber, endpoint: Receiver, admin: Engine
) -> None:
    made = subscriber.subscribe(endpoint.url, header=["X-Key: the-practices-own"])
    moved = stranger.subscribe(endpoint.url)
    with admin.connect() as connection:
        connection.execute(
            text(
                "update subscription set told = o.told, data_key = o.data_key from subscription o"
                " where subscription.id = :to and o.id = :of"
            ),
            {"to": moved, "of": made},
        )
    answer = stranger.send("GET", f"Subscription/{moved}")
    assert answer.status_code == 500
    assert "hook" not in answer.text


def places_in(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in a body."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(found for key, value in pairs for found in places_in(value, (*path, key)))]


def test_no_body_breaks_the_door(subscriber: Subscriber, endpoint: Receiver, admin: Engine) -> None:
    chance = Random("hostile subscriptions")
    good = wish(
        endpoint.url, header=["X-Key: abc"], end="2099-01-01T00:00:00Z", contact=[{"system": "email"}]
    )
    for _ in range(400):
        body = copy.deepcopy(good)
        *parents, last = chance.choice([path for path in places_in(good) if path])
        node: Any = body
        for key in parents:
            node = node[key]
        node[last] = chance.choice(JUNK)
        answer = subscriber.ask(body)
        assert answer.status_code < 500, (parents, last, answer.text)
        with admin.connect() as connection:  # so that the most of one organisation is never reached
            connection.execute(text("delete from subscription"))


def test_who_runs_the_place_sees_whose_address_cannot_be_reached(
    runtime: Runtime,
    subscriber: Subscriber,
    endpoint: Receiver,
    place: MadePlace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint.answer = 410
    made = subscriber.subscribe(f"{endpoint.url}?token=secret")
    monkeypatch.setattr("app.cli_subscriptions.build_runtime", lambda _: runtime)
    monkeypatch.setattr("app.cli_subscriptions.from_environment", lambda _: runtime.settings)
    done = CliRunner().invoke(cli, ["subscriptions"])
    assert done.exit_code == 0, done.output
    assert f"{place.practices[0].name}: {made}" in done.output
    assert "off. The endpoint answered 410" in done.output
    assert "secret" not in done.output
