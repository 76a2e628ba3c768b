"""The migrations lead from nothing to exactly what the models say, and back; a careless role is not let in."""

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, inspect, pool, text

from app.store.migrate import Roles, drift, is_current, migrate, provision, roll_back
from app.store.session import UnsafeRole, check_role, engine_for
from app.store.tables import Base
from tests.conftest import TestDatabase, admin_of, drop_database


@pytest.fixture(scope="module")
def empty(admin_url: str) -> Iterator[Roles]:
    """A database of this module's own: it goes up and down."""
    name = f"backstitch_up_{secrets.token_hex(4)}"
    yield provision(admin_url, name)
    drop_database(admin_url, name)


def tables_of(url: str) -> set[str]:
    engine = create_engine(url, poolclass=pool.NullPool)
    return set(inspect(engine).get_table_names())


def test_migrated_database_is_what_the_models_say(empty: Roles) -> None:
    assert is_current(empty.app_url)
    assert drift(empty.owner_url) == []
    assert tables_of(empty.owner_url) == {*Base.metadata.tables, "alembic_version"}


def test_migrations_go_down_to_nothing_and_up_again(empty: Roles) -> None:
    roll_back(empty.owner_url, empty.app_url)
    assert tables_of(empty.owner_url) == {"alembic_version"}
    assert not is_current(empty.owner_url)
    migrate(empty.owner_url, empty.app_url)
    assert drift(empty.owner_url) == []
    check_role(engine_for(empty.app_url, poolclass=pool.NullPool))


def test_drift_would_be_seen(empty: Roles) -> None:
    with admin_of(empty.owner_url).connect() as connection:
        connection.execute(text("alter table service add column forgotten text"))
        assert len(drift(empty.owner_url)) == 1
        connection.execute(text("alter table service drop column forgotten"))


def test_provisioning_again_keeps_the_tables_and_changes_the_passwords(empty: Roles, admin_url: str) -> None:
    name = empty.app_url.rsplit("@/", 1)[1].split("?")[0]
    again = provision(admin_url, name)
    assert again.app_url != empty.app_url
    assert is_current(again.app_url)
    for url in (again.owner_url, again.app_url):  # give the module's log-ins their passwords back
        assert url
    with admin_of(admin_url).connect() as connection:
        for role, url in (("owner", empty.owner_url), ("app", empty.app_url)):
            password = url.split("://", 1)[1].split("@", 1)[0].split(":", 1)[1]
            connection.execute(text(f"alter role \"{name}_{role}\" password '{password}'"))


@pytest.mark.parametrize("who", ["owner_url", "admin_url"])
def test_process_refuses_to_start_as_owner_or_superuser(test_database: TestDatabase, who: str) -> None:
    engine = engine_for(getattr(test_database, who), poolclass=pool.NullPool)
    with pytest.raises(UnsafeRole, match="superuser, owns tables or bypasses"):
        check_role(engine)


BYPASSING = '"a_role_round_policies"'


@pytest.mark.parametrize("power", ["bypassrls", "member", "member of a bypassing role", "reader of files"])
def test_process_refuses_a_role_that_gained_power_later(empty: Roles, admin_url: str, power: str) -> None:
    name = empty.app_url.rsplit("@/", 1)[1].split("?")[0]
    give, take = {
        "bypassrls": (f'alter role "{name}_app" bypassrls', f'alter role "{name}_app" nobypassrls'),
        "member": (f'grant "{name}_owner" to "{name}_app"', f'revoke "{name}_owner" from "{name}_app"'),
        "member of a bypassing role": (
            f'create role {BYPASSING} nologin bypassrls; grant {BYPASSING} to "{name}_app"',
            f"drop role {BYPASSING}",
        ),
        "reader of files": (
            f'grant pg_read_server_files to "{name}_app"',
            f'revoke pg_read_server_files from "{name}_app"',
        ),
    }[power]
    with admin_of(admin_url).connect() as connection:
        connection.execute(text(give))
        try:
            with pytest.raises(UnsafeRole):
                check_role(engine_for(empty.app_url, poolclass=pool.NullPool))
        finally:
            connection.execute(text(take))
    check_role(engine_for(empty.app_url, poolclass=pool.NullPool))


def test_process_refuses_a_database_without_tables(admin_url: str) -> None:
    with pytest.raises(UnsafeRole, match="run the migrations first"):
        check_role(engine_for(admin_url, poolclass=pool.NullPool))
