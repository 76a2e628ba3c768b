"""The second wall round projects: whatever SQL the application runs, another's project is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from app.domain.access import Actor
from app.domain.vocabulary import Role
from app.services.dataset import project_tokens
from tests.factories import MadePlace
from tests.integration.projects.conftest import Bench, asked_of

TABLES = ("project", "project_step", "project_token")
OUTSIDE = "row-level security"


@contextmanager
def scope(engine: Engine, role: str, organisation: UUID | None, user: UUID | None) -> Iterator[Connection]:
    """A transaction of the application's own log-in, as one person."""
    told = {"role": role, "org": str(organisation or ""), "user": str(user or "")}
    with engine.connect() as connection, connection.begin() as transaction:
        for name, value in told.items():
            connection.execute(
                text("select set_config('app.' || :name, :value, true)"), {"name": name, "value": value}
            )
        yield connection
        transaction.rollback()


def seen(engine: Engine, actor: Actor) -> dict[str, int]:
    with scope(engine, actor.role, actor.organisation_id, actor.user_id) as connection:
        return {
            table: connection.scalar(text(f"select count(*) from {table}")) or 0  # noqa: S608 - names above
            for table in TABLES
        }


@pytest.fixture
def made(bench: Bench) -> UUID:
    """A project of two people in force, with a token of the first, and one that was never sent."""
    project_id = bench.approved(people=asked_of(bench.clock, "analyst", "colleague").people)
    project_tokens.make(bench.db, bench.analyst, project_id, name="mine")
    bench.draft()
    return project_id


def test_each_sees_what_is_theirs(made: UUID, bench: Bench, app_engine: Engine) -> None:
    who = {
        "asked": bench.analyst,
        "member": bench.colleague,
        "steward": bench.steward,
        "second steward": bench.guardian,
        "analyst elsewhere": bench.neighbour,
        "steward elsewhere": bench.other_steward,
    }
    assert {name: tuple(seen(app_engine, actor).values()) for name, actor in who.items()} == {
        "asked": (2, 6, 1),
        "member": (1, 5, 0),
        "steward": (1, 5, 1),
        "second steward": (1, 5, 1),
        "analyst elsewhere": (0, 0, 0),
        "steward elsewhere": (0, 0, 0),
    }


def test_no_other_role_sees_anything(made: UUID, bench: Bench, place: MadePlace, app_engine: Engine) -> None:
    found = {}
    for role in set(Role) - {Role.SYSTEM, Role.STEWARD}:
        for organisation in (None, place.place.id, place.team.id):
            with scope(app_engine, role, organisation, None) as connection:
                for table in TABLES:
                    found[role, table] = connection.scalar(text(f"select count(*) from {table}"))  # noqa: S608
    assert set(found.values()) == {0}


@pytest.mark.parametrize(
    "statement",
    [
        "update project set status = 'approved'",
        "update project set status = 'ended'",
        "insert into project_step (project_id, number, act, at, by_id, round, decides_as, papers) select id, 99, "
        "'approved', now(), '{analyst}', round, 'steward', '{{}}' from project limit 1",
        "insert into project_step (project_id, number, act, at, by_id, round, papers) select id, 99, 'changed', "
        "now(), '{guardian}', round, '{{}}' from project limit 1",
        "insert into project_token (id, project_id, user_id, name, token_hash, made_at, expires_on) select "
        "gen_random_uuid(), id, '{guardian}', 'x', 'x', now(), now() from project limit 1",
    ],
)
def test_analyst_can_write_neither_an_approval_nor_for_another(
    statement: str, made: UUID, bench: Bench, app_engine: Engine
) -> None:
    told = statement.format(analyst=bench.analyst.user_id, guardian=bench.guardian.user_id)
    who = (bench.analyst.role, bench.analyst.organisation_id, bench.analyst.user_id)
    with scope(app_engine, *who) as connection, pytest.raises(ProgrammingError, match=OUTSIDE):
        connection.execute(text(told))


def test_steward_who_works_in_a_project_cannot_write_it(made: UUID, bench: Bench, app_engine: Engine) -> None:
    who = (Role.STEWARD, bench.steward.organisation_id, bench.colleague.user_id)
    with scope(app_engine, *who) as connection, pytest.raises(ProgrammingError, match=OUTSIDE):
        connection.execute(text("update project set status = 'approved'"))


@pytest.mark.parametrize(
    "statement",
    ["update project_step set reason = 'other'", "delete from project_step", "delete from project"],
)
def test_history_is_neither_rewritten_nor_removed(statement: str, made: UUID, app_engine: Engine) -> None:
    with (
        scope(app_engine, Role.SYSTEM, None, None) as connection,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        connection.execute(text(statement))
