"""One transaction = one actor's scope: sets who asks for row-level security, writes the audit, wakes after commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.domain.access import Actor, system
from app.domain.errors import Conflict
from app.domain.measures import Library
from app.domain.message_templates import Templates
from app.store import audit
from app.store.crypto import Cipher, KeysAway

log = logging.getLogger(__name__)
LONDON = ZoneInfo("Europe/London")
_SCOPE = text(
    "select set_config('app.role', :role, true), set_config('app.org', :org, true), set_config('app.now', :now, true),"
    " set_config('app.by', :by, true), set_config('app.user', :user, true),"
    " set_config('app.person', :person, true), set_config('app.placement', :placement, true)"
)

Clock = Callable[[], datetime]
Wake = Callable[[list[UUID]], None]


@dataclass(frozen=True)
class Tx:
    """What every store function takes first: the session, who asks, when, and the keys."""

    session: Session
    actor: Actor
    now: datetime
    cipher: Cipher
    audited: list[audit.Line] = field(default_factory=list)
    outgoing: list[UUID] = field(default_factory=list)
    public_url: str = ""  # what links in letters begin with
    measures: Library = field(default_factory=Library)  # the questionnaires known here
    templates: Templates = field(default_factory=Templates)  # what goes out in fixed words

    @property
    def today(self) -> date:
        """The date in London: time limits are people's days."""
        return self.now.astimezone(LONDON).date()

    def audit(self, entry: audit.Entry) -> None:
        """Note a read or a write; the line joins the chain just before the commit."""
        self.audited.append(audit.Line(entry, self.actor, self.now))

    @contextmanager
    def as_system(self, process: str) -> Iterator[Tx]:
        """Do what a rule makes follow from the actor's step, in the same transaction, as the platform itself."""
        inner = replace(self, actor=system(process))
        inner.enter_scope()
        yield inner
        self.enter_scope()

    def enter_scope(self) -> None:
        """Tell the database who asks, and when; pending rows go first, under the scope that they were made in."""
        self.session.flush()
        org = str(self.actor.organisation_id or "")
        told = {"role": self.actor.role.value, "org": org, "now": self.now.isoformat()}
        told |= {"by": str(self.actor.entered_by or ""), "user": str(self.actor.user_id or "")}
        told |= {"person": str(self.actor.person_id or ""), "placement": str(self.actor.placement_id or "")}
        self.session.execute(_SCOPE, told)


class AlreadyThere(Conflict):
    """A row with the same unique key was written first, perhaps a moment ago by another process."""


@contextmanager
def conflicts_told() -> Iterator[None]:
    """Tell in the domain's words what the database says of others who were faster."""
    try:
        yield
    except StaleDataError as fault:
        raise Conflict("Somebody else has just changed this. Look at it again before you go on.") from fault
    except IntegrityError as fault:
        if is_duplicate(fault):
            raise AlreadyThere("The same was written a moment ago.") from fault
        raise


class Database:
    """The one door to PostgreSQL; services take it as their first argument.

    `names` are those by which messages call this place; none when it does not say. `public_url` is where people
    find it. `shelf` tells the questionnaires that are known at a moment, where they can change while it runs.
    """

    names: frozenset[str] = frozenset()
    public_url: str = ""
    shelf: Callable[[], Library] | None = None
    templates: Templates = Templates()
    _measures: Library = Library()

    def __init__(self, engine: Engine, *, cipher: Cipher, clock: Clock, wake: Wake):
        self.engine = engine
        self.cipher = cipher
        self.clock = clock
        self.wake = wake

    @property
    def measures(self) -> Library:
        """The questionnaires that are known now."""
        return self.shelf() if self.shelf else self._measures

    @measures.setter
    def measures(self, known: Library) -> None:
        self._measures, self.shelf = known, None

    @contextmanager
    def transaction(self, actor: Actor) -> Iterator[Tx]:
        """Run one use case: commit when the block ends well, and only then wake the carriers.

        Raises Conflict when somebody else changed the same row first, AlreadyThere when they wrote the same key.
        """
        fresh = Session(self.engine, expire_on_commit=False, autoflush=True)
        with conflicts_told(), fresh as session, session.begin():
            tx = Tx(
                session,
                actor,
                self.clock(),
                self.cipher,
                public_url=self.public_url,
                measures=self.measures,
                templates=self.templates,
            )
            tx.enter_scope()
            yield tx
            session.flush()
            audit.append(session, self.cipher, tx.audited)
        if tx.outgoing:
            self._wake(tx.outgoing)

    def _wake(self, ids: list[UUID]) -> None:
        try:
            self.wake(ids)
        except Exception as fault:  # the queue is only a wake-up call: the sweep finds what it missed
            log.warning("wake-up call failed", extra={"fault": type(fault).__name__, "count": len(ids)})


class UnsafeRole(Exception):
    """The database role could step round row-level security: the process must not start."""


# Roles of PostgreSQL's own by which files of the server are read, and programs run: round every policy.
_POWERFUL = ["pg_read_server_files", "pg_write_server_files", "pg_execute_server_program"]
_SELF_TEST = text("""
    select r.rolsuper, r.rolbypassrls,
           exists (select 1 from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p')
                     and c.relnamespace = current_schema()::regnamespace) as owns_tables,
           exists (select 1 from pg_class c where c.relname = 'referral' and c.relkind = 'r'
                     and c.relnamespace = current_schema()::regnamespace) as migrated,
           exists (select 1 from pg_roles other where other.oid <> r.oid
                     and pg_has_role(r.oid, other.oid, 'member')
                     and (other.rolsuper or other.rolbypassrls or other.rolname = any(:powerful)
                          or exists (select 1 from pg_class c where c.relowner = other.oid
                                     and c.relnamespace = current_schema()::regnamespace))) as may_become
    from pg_roles r where r.rolname = current_user
""")


def check_role(engine: Engine) -> None:
    """Raise UnsafeRole when the connection's role, or one that it may take on, steps round row-level security.

    That is a superuser, one that bypasses policies, owns a table, or reads the server's files.
    """
    with engine.connect() as connection:
        connection.detach()  # never left in the pool: a server may fork after this, and two would share it
        role = connection.execute(_SELF_TEST, {"powerful": _POWERFUL}).mappings().one()
    if not role["migrated"]:
        raise UnsafeRole(
            "The database has no tables yet: run the migrations first (python -m app db migrate)."
        )
    if role["rolsuper"] or role["rolbypassrls"] or role["owns_tables"] or role["may_become"]:
        raise UnsafeRole(
            "DATABASE_URL names a role that is superuser, owns tables or bypasses row-level security, or is a member "
            "of one that does. "
            "Give the application a role of its own: python -m app db provision."
        )


def engine_for(url: str, **options: Any) -> Engine:
    """Return an engine with explicit time-outs; the statement limit keeps a slow query from holding a request."""
    url = url.replace("postgres://", "postgresql://", 1)  # the short name that hosting services hand out
    settings = "-c timezone=UTC -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000"
    return create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,  # an error's text may reach a log
        connect_args={"connect_timeout": 5, "options": settings, "application_name": "backstitch"},
        **options,
    )


def is_duplicate(fault: IntegrityError) -> bool:
    """Tell whether an integrity error is a unique key that exists already."""
    return getattr(fault.orig, "sqlstate", None) == "23505"


def is_away(fault: BaseException) -> bool:
    """Tell whether the database could not serve just now, as opposed to having refused: asking again may help.

    Gone (08, 57), out of room (53), a deadlock that another transaction won (40), no connection free in time, or
    whoever keeps the keys is away.
    """
    if isinstance(fault, PoolTimeout | KeysAway):
        return True
    if not isinstance(fault, OperationalError | InterfaceError):
        return False
    state = getattr(fault.orig, "sqlstate", None) or ""
    return bool(fault.connection_invalidated) or state[:2] in ("", "08", "40", "53", "57")
