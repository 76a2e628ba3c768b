"""Brings a database to the newest tables, and makes the two roles that a fresh one needs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, make_url, pool, text

from app.store import (
    tables_async,
    tables_care,
    tables_messages,
    tables_subscriptions,
    tables_versions,
    tables_words,
)
from app.store.tables import Base

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_METADATA = (
    Base.metadata,
    tables_async,
    tables_care,
    tables_messages,
    tables_subscriptions,
    tables_versions,
    tables_words,
)[0]


@dataclass(frozen=True, slots=True)
class Roles:
    """Two log-ins to one database: the owner runs migrations, the application can never be the owner."""

    owner_url: str
    app_url: str


def _config(owner_url: str, app_role: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    config.attributes["app_role"] = app_role
    return config


def migrate(owner_url: str, app_url: str, *, to: str = "head") -> None:
    """Apply the migrations up to `to`; grants go to the role that `app_url` names."""
    command.upgrade(_config(owner_url, make_url(app_url).username or ""), to)


def roll_back(owner_url: str, app_url: str, *, to: str = "base") -> None:
    """Undo migrations down to `to`; for tests and for a first installation gone wrong, never in production."""
    command.downgrade(_config(owner_url, make_url(app_url).username or ""), to)


def is_current(url: str) -> bool:
    """Tell whether the database stands at the newest migration."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    engine = create_engine(url, poolclass=pool.NullPool, connect_args={"connect_timeout": 3})
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def drift(owner_url: str) -> list[object]:
    """Return the differences between the migrated database and the models; empty is right."""
    engine = create_engine(owner_url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_server_default": True, "compare_type": True}
        )
        return list(compare_metadata(context, _METADATA))


def provision(admin_url: str, database: str, *, fresh: bool = False) -> Roles:
    """Make (or find) a database with an owner role and an application role, with new passwords, and migrate it.

    `admin_url` names a log-in that may create databases and roles. `fresh` drops the database first.
    """
    admin = make_url(admin_url.replace("postgres://", "postgresql://", 1))
    owner, app = f"{database}_owner", f"{database}_app"
    passwords = {role: secrets.token_urlsafe(24) for role in (owner, app)}
    engine = create_engine(admin, poolclass=pool.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for role, password in passwords.items():
            _make_role(connection, role, password)
        if fresh:
            connection.execute(text(f'drop database if exists "{database}" with (force)'))
        if not connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": database}):
            connection.execute(text(f'grant "{owner}" to current_user'))
            connection.execute(text(f'create database "{database}" owner "{owner}"'))
    roles = Roles(*(_url(admin, database, role, passwords[role]) for role in (owner, app)))
    migrate(roles.owner_url, roles.app_url)
    return roles


def _make_role(connection: Connection, role: str, password: str) -> None:
    exists = connection.scalar(text("select 1 from pg_roles where rolname = :role"), {"role": role})
    verb = "alter" if exists else "create"
    # A role's password cannot be a bound parameter; token_urlsafe holds no quote.
    options = "login nosuperuser nobypassrls nocreatedb nocreaterole"
    connection.execute(text(f"{verb} role \"{role}\" {options} password '{password}'"))


def _url(admin: URL, database: str, role: str, password: str) -> str:
    url = admin.set(username=role, password=password, database=database)
    return url.render_as_string(hide_password=False)
