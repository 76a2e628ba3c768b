"""The catalogue of the database: no hole beside row-level security, and no answer that tells of what others have."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app.domain.vocabulary import Role
from tests.conftest import TestDatabase
from tests.integration.store.test_store_row_level_security import GUARDED, scope
from tests.security.world import World

# Rows that anybody may leave, each with its reason.
LEFT_BY_ANYBODY = {"step_to_tell": "the number of a step; whoever takes one leaves it, and nobody reads them"}


@pytest.fixture(scope="module")
def app_role(test_database: TestDatabase, admin: Engine) -> str:
    """The name of the application's log-in."""
    return test_database.app_url.split("//")[1].split(":")[0]


def rows(engine: Engine, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def test_every_policy_says_what_is_seen_and_what_is_written(admin: Engine) -> None:
    query = "select tablename, policyname, cmd, permissive, qual, with_check from pg_policies"
    wrong = []
    for table, name, deed, permissive, seen, written in rows(admin, query):
        if deed in ("SELECT", "DELETE", "UPDATE", "ALL") and not seen:
            wrong.append(f"{table}.{name}: nothing bounds what is seen")
        if (deed in ("INSERT", "ALL") or (deed == "UPDATE" and permissive == "PERMISSIVE")) and not written:
            wrong.append(f"{table}.{name}: nothing bounds what is written")
        if permissive == "PERMISSIVE" and seen == "true":
            wrong.append(f"{table}.{name}: everybody sees everything")
    assert wrong == []


def test_no_function_lends_its_owners_rights(admin: Engine) -> None:
    query = (
        "select proname, prosecdef from pg_proc p where pronamespace = 'public'::regnamespace and not exists "
        "(select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')"  # what an extension brought
    )
    found = dict(rows(admin, query))
    assert "refuse_change" in found
    assert [name for name, lends in found.items() if lends] == []


def test_no_view_stands_beside_the_tables(admin: Engine) -> None:
    query = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm', 'f')"
    # a view reads with its owner's rights, and row-level security does not hold there
    assert rows(admin, query) == []


def test_application_owns_nothing_and_can_become_nobody_else(admin: Engine, app_role: str) -> None:
    told = {"role": app_role}
    owned = [
        rows(admin, f"select {name} from {catalogue} where {owner} = cast(:role as regrole)", **told)  # noqa: S608
        for catalogue, name, owner in (
            ("pg_class", "relname", "relowner"),
            ("pg_proc", "proname", "proowner"),
            ("pg_namespace", "nspname", "nspowner"),
            ("pg_database", "datname", "datdba"),
            ("pg_type", "typname", "typowner"),
        )
    ]
    assert owned == [[], [], [], [], []]
    assert rows(admin, "select 1 from pg_auth_members where member = cast(:role as regrole)", **told) == []
    powers = "rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication"
    assert rows(admin, f"select {powers} from pg_roles where rolname = :role", **told) == [(False,)]  # noqa: S608
    granted = (
        "select distinct privilege_type from information_schema.role_table_grants "
        "where grantee = :role and table_schema = 'public' order by 1"
    )
    assert rows(admin, granted, **told) == [("DELETE",), ("INSERT",), ("SELECT",), ("UPDATE",)]
    assert rows(admin, "select has_schema_privilege(:role, 'public', 'create')", **told) == [(False,)]


def test_only_rows_that_may_go_can_be_deleted_by_the_application(admin: Engine, app_role: str) -> None:
    query = (
        "select table_name from information_schema.role_table_grants where grantee = :role "
        "and privilege_type = 'DELETE' and table_schema = 'public'"
    )
    for (table,) in rows(admin, query, role=app_role):
        assert table not in (
            "person",
            "referral",
            "placement",
            "outcome",
            "contact",
            "audit_event",
            "transition",
        )


def test_without_a_scope_nothing_is_seen_changed_or_removed(world: World, app_engine: Engine) -> None:
    touched = []
    for table in GUARDED:
        for deed in (f'select 1 from "{table}"', f'delete from "{table}"', _same_again(world.admin, table)):  # noqa: S608
            for role, organisation in ((None, None), ("", ""), ("provider", "")):
                with scope(app_engine, role, organisation) as connection:
                    touched += [(table, deed, role)] if _touches(connection, deed) else []
    assert touched == []


def _same_again(admin: Engine, table: str) -> str:
    columns = rows(
        admin, "select column_name from information_schema.columns where table_name = :table", table=table
    )
    return f'update "{table}" set "{columns[0][0]}" = "{columns[0][0]}"'  # noqa: S608 - our own names


def _touches(connection: Connection, deed: str) -> bool:
    try:
        return connection.execute(text(deed)).rowcount > 0
    except ProgrammingError as fault:  # no right to it at all
        return "permission denied" not in str(fault)


@pytest.mark.parametrize("role", [each for each in Role if each not in (Role.SYSTEM, Role.STEWARD)])
def test_others_row_is_refused_as_foreign_and_never_as_known_already(
    world: World, app_engine: Engine, role: Role
) -> None:
    """A unique key that answered first would tell a stranger that the row is there."""
    stranger = world.place.live_practice.id  # it has referred nobody yet
    tried, wrong = 0, []
    for table in sorted(set(GUARDED) - set(LEFT_BY_ANYBODY)):
        query = f'select to_jsonb(t)::text from "{table}" t limit 3'  # noqa: S608
        found = rows(world.admin, query)
        for (row,) in found:
            tried += 1
            record = f'select * from jsonb_populate_record(null::"{table}", cast(:row as jsonb))'  # noqa: S608
            copy = text(f'insert into "{table}" {record}')
            with scope(app_engine, role.value, stranger) as connection, pytest.raises(DBAPIError) as fault:
                connection.execute(copy, {"row": row})
            if not any(word in str(fault.value) for word in ("row-level security", "permission denied")):
                wrong.append(f"{table}: {str(fault.value).splitlines()[0]}")
    assert wrong == []
    assert tried > 80
