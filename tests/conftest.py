"""A real PostgreSQL, a real Valkey and a clock that tests set; every test starts from empty tables."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import hypothesis
import pytest
from psycopg import Connection
from sqlalchemy import Engine, create_engine, event, make_url, pool, text

from app.config import Settings
from app.embedded.postgres import PostgresServer, discard_postgres, start_postgres
from app.embedded.valkey import start_valkey
from app.runtime import Runtime, build_runtime
from app.store.crypto import KeyRing
from app.store.migrate import provision
from app.store.session import LONDON, Database, check_role, engine_for
from app.store.tables import Base

pytest_plugins = ["tests.proofs"]  # a test that the assurance pack names as a proof must run
hypothesis.settings.register_profile("any machine", deadline=None)  # slow is no failure
hypothesis.settings.load_profile("any machine")


@dataclass
class Clock:
    """The time that the house believes it is.

    It starts at the real present: leases and signed tokens go by the real clock, so what is composed in a future is
    not carried today.
    """

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.now

    @property
    def today(self) -> date:
        """The date in London, as every time limit has it."""
        return self.now.astimezone(LONDON).date()

    def advance(self, **amount: float) -> None:
        """Move on, with the words of timedelta: `clock.advance(days=3)`."""
        self.now += timedelta(**amount)

    def set(self, day: date, hour: int = 12) -> None:
        """Move to an hour (UTC) of a day."""
        self.now = datetime.combine(day, time(hour), UTC)


@dataclass
class Woken:
    """Stands where the queue is woken and remembers for what; nothing is carried until a test does it."""

    ids: list[UUID] = field(default_factory=list)

    def __call__(self, ids: list[UUID]) -> None:
        self.ids.extend(ids)


@dataclass(frozen=True)
class TestDatabase:
    """One migrated database of this run: as its administrator (a superuser), its owner and the application see it."""

    __test__ = False
    admin_url: str
    owner_url: str
    app_url: str
    bin_dir: Path | None  # of the embedded server: pg_dump and the rest


@pytest.fixture(scope="session")
def embedded_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer | None]:
    """A server of this run's own, None when TEST_DATABASE_ADMIN_URL or DATABASE_URL names an administrator's log-in."""
    if _named_admin():
        yield None
        return
    data_dir = tmp_path_factory.mktemp("postgres")
    try:
        with start_postgres(data_dir) as server:
            yield server
    finally:
        discard_postgres(data_dir)


def _named_admin() -> str | None:
    return os.environ.get("TEST_DATABASE_ADMIN_URL") or os.environ.get("DATABASE_URL")


@pytest.fixture(scope="session")
def admin_url(embedded_postgres: PostgresServer | None) -> str:
    """A superuser's log-in."""
    return embedded_postgres.url if embedded_postgres else _named_admin() or ""


@pytest.fixture(scope="session")
def test_database(admin_url: str, embedded_postgres: PostgresServer | None) -> Iterator[TestDatabase]:
    """The database of this run; dropped at its end, with its roles, on a server that is not ours."""
    name = f"backstitch_test_{secrets.token_hex(4)}"
    roles = provision(admin_url, name, fresh=True)
    here = make_url(admin_url).set(database=name).render_as_string(hide_password=False)
    with admin_of(admin_url).connect() as connection:
        # Nothing here has to outlive a power cut.
        connection.execute(text(f'alter database "{name}" set synchronous_commit = off'))
    bin_dir = embedded_postgres.bin_dir if embedded_postgres else None
    yield TestDatabase(here, roles.owner_url, roles.app_url, bin_dir)
    if embedded_postgres is None:
        drop_database(admin_url, name)


def drop_database(admin_url: str, name: str) -> None:
    """Drop a provisioned database and its two roles."""
    with admin_of(admin_url).connect() as connection:
        connection.execute(text(f'drop database if exists "{name}" with (force)'))
        for role in ("owner", "app"):
            connection.execute(text(f'drop role if exists "{name}_{role}"'))


def admin_of(url: str) -> Engine:
    """An engine for a superuser: outside transactions, no connection kept."""
    return create_engine(url, poolclass=pool.NullPool, isolation_level="AUTOCOMMIT")


@pytest.fixture(scope="session")
def admin(test_database: TestDatabase) -> Iterator[Engine]:
    """The superuser in the test database, for looking behind the walls and for tampering."""
    engine = create_engine(test_database.admin_url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture
def counted(admin: Engine) -> Callable[[str], int]:
    """Count rows by a condition, as the superuser: `counted("referral where status = 'received'")`."""

    def count(what: str) -> int:
        with admin.connect() as connection:
            return int(connection.execute(text(f"select count(*) from {what}")).scalar_one())  # noqa: S608

    return count


def _plan_once(connection: Connection, _: object) -> None:
    """Plan each statement once: tests send many to few rows, and planning round the policies is most of the cost."""
    connection.prepare_threshold = 0
    connection.execute("set plan_cache_mode = force_generic_plan")
    connection.commit()


@pytest.fixture(scope="session")
def app_engine(test_database: TestDatabase) -> Iterator[Engine]:
    """The application's own log-in; its connections, and what they have prepared, outlive a test."""
    engine = engine_for(test_database.app_url)
    event.listen(engine, "connect", _plan_once)
    check_role(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of this run's own: tests may empty it, so none that others use is taken."""
    with start_valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server.url


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    """The run's key ring."""
    return KeyRing("k1", {"k1": secrets.token_bytes(32)}, secrets.token_bytes(32))


@pytest.fixture(scope="session")
def _emptying() -> str:
    """One round trip; for few rows quicker than truncating, and triggers and foreign keys stand back."""
    deletes = "; ".join(str(table.delete()) for table in Base.metadata.tables.values())
    return f"set session_replication_role = replica; {deletes}; set session_replication_role = origin"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def settings(test_database: TestDatabase, redis_url: str, keys: KeyRing, tmp_path: Path) -> Settings:
    return Settings(
        database_url=test_database.app_url,
        redis_url=redis_url,
        keys=keys,
        secret_key="a-secret-of-the-tests-and-of-nobody-else",
        public_url="http://localhost",
        extract_dir=tmp_path / "extracts",
        metrics_token="metrics-token-of-the-tests",
    )


@pytest.fixture
def runtime(
    settings: Settings, clock: Clock, woken: Woken, app_engine: Engine, admin: Engine, _emptying: str
) -> Runtime:
    """The house put together as web and worker have it, on empty tables; wakes are remembered, not queued."""
    with admin.connect() as connection:
        connection.exec_driver_sql(_emptying)
    house = build_runtime(settings, clock=clock, wake=woken, engine=app_engine)
    house.limiter.forget_all()
    return house


@pytest.fixture
def database(runtime: Runtime) -> Database:
    """What services take first."""
    return runtime.db
