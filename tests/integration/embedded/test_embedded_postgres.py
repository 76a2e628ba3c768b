"""The embedded PostgreSQL keeps its data, its secrets and its manners through every kind of end."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from app.embedded.places import EmbeddedServerError
from app.embedded.postgres import PostgresServer, discard_postgres, start_postgres

ROOT = Path(__file__).parents[3]
OWNER = """
import sys
from pathlib import Path
from app.embedded.postgres import start_postgres
server = start_postgres(Path(sys.argv[1]))
print(server.process.pid, flush=True)
sys.stdin.read()  # until whoever started this goes
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "postgres"
    discard_postgres(tmp_path / "postgres")


def ask(server: PostgresServer, question: str) -> object:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def eventually(is_so: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def start_in_another_process(data_dir: Path) -> tuple[subprocess.Popen[str], int]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    return owner, int(owner.stdout.readline())


def test_data_are_there_again_after_a_clean_stop(data_dir: Path) -> None:
    with start_postgres(data_dir) as server, psycopg.connect(server.url) as connection:
        connection.execute("create table kept as select 42 as answer")
    with start_postgres(data_dir) as server:
        assert ask(server, "select answer from kept") == 42


def test_settings_are_those_that_the_store_relies_on(data_dir: Path) -> None:
    with start_postgres(data_dir) as server:
        assert ask(server, "show server_version_num") >= "180000"  # type: ignore[operator]
        for name, value in {
            "fsync": "on",
            "synchronous_commit": "on",
            "data_checksums": "on",
            "timezone": "UTC",
            "server_encoding": "UTF8",
            "max_connections": "100",
            "listen_addresses": "",
        }.items():
            assert ask(server, f"show {name}") == value
        assert ask(server, "select lower('ÉCOLE')") == "école"
        assert ask(server, "select 'Z' < 'a'") is True


def test_socket_is_private_and_its_path_short_enough(data_dir: Path) -> None:
    with start_postgres(data_dir) as server:
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        assert len(os.fsencode(server.socket_dir / ".s.PGSQL.5432")) <= 107
    assert not server.socket_dir.exists()


def test_path_of_the_data_may_be_long_and_hold_spaces(data_dir: Path) -> None:
    far = data_dir / "a place with spaces" / ("x" * 120)
    with start_postgres(far) as server:
        assert ask(server, "select 1") == 1
    discard_postgres(far)


def test_nobody_gets_in_without_the_password(data_dir: Path) -> None:
    with start_postgres(data_dir) as server:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url_for("postgres", "wrong"))
        assert stat.S_IMODE((data_dir / "superuser-password").stat().st_mode) == 0o600


def test_values_of_a_refused_row_stay_out_of_the_log(data_dir: Path) -> None:
    with start_postgres(data_dir) as server, psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("create table person (nhs_number text primary key)")
        connection.execute("insert into person values ('9449306060')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into person values ('9449306060')")
    log = (data_dir / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "9449306060" not in log


def test_server_goes_when_its_owner_is_killed_and_the_next_start_finds_the_data(data_dir: Path) -> None:
    owner, server_pid = start_in_another_process(data_dir)
    with start_postgres(data_dir) as joined:
        assert joined.process is None
        with psycopg.connect(joined.url) as connection:
            connection.execute("create table kept as select 42 as answer")
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    with start_postgres(data_dir) as server:
        assert has_ended(server_pid)
        assert server.process is not None
        assert ask(server, "select answer from kept") == 42


def test_stale_pid_file_of_a_killed_server_does_not_block_the_next_start(data_dir: Path) -> None:
    owner, server_pid = start_in_another_process(data_dir)
    os.kill(server_pid, signal.SIGKILL)
    owner.kill()
    owner.communicate()
    assert eventually(lambda: has_ended(server_pid))
    stale = (data_dir / "cluster" / "postmaster.pid").read_text()
    assert stale.startswith(str(server_pid))
    other = "\n".join(
        [str(os.getppid()), *stale.splitlines()[1:]]
    )  # the id has since gone to another process
    (data_dir / "cluster" / "postmaster.pid").write_text(other)
    with start_postgres(data_dir) as server:
        assert server.process is not None
        assert ask(server, "select 1") == 1


def test_second_start_joins_the_running_server_and_leaves_it_running(data_dir: Path) -> None:
    with start_postgres(data_dir) as server:
        with start_postgres(data_dir) as joined:
            assert joined.process is None
            assert ask(joined, "select 1") == 1
        assert ask(server, "select 1") == 1


def test_two_data_directories_run_side_by_side(data_dir: Path) -> None:
    other = data_dir.with_name("other")
    with start_postgres(data_dir) as one, start_postgres(other) as two:
        assert ask(one, "show data_directory") != ask(two, "show data_directory")
    discard_postgres(other)


def test_interrupted_first_start_is_done_again(data_dir: Path) -> None:
    (data_dir / "unfinished").mkdir(parents=True)
    (data_dir / "unfinished" / "PG_VERSION").write_text("18")
    with start_postgres(data_dir) as server:
        assert ask(server, "select 1") == 1


def test_server_that_cannot_start_says_why(data_dir: Path) -> None:
    start_postgres(data_dir).stop()
    (data_dir / "cluster" / "postgresql.conf").write_text("no_such_setting = on\n")
    with pytest.raises(EmbeddedServerError, match="no_such_setting"):
        start_postgres(data_dir)


def test_data_that_root_kept_elsewhere_and_that_are_gone_are_not_replaced_in_silence(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "cluster").symlink_to(data_dir / "nowhere")
    with pytest.raises(EmbeddedServerError, match="are gone"):
        start_postgres(data_dir)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary account runs the server as itself")
def test_root_opens_no_folder_and_adds_no_account(data_dir: Path) -> None:
    data_dir.parent.chmod(0o700)
    before = Path("/etc/passwd").read_text(), [folder.stat().st_mode for folder in data_dir.parents]
    with start_postgres(data_dir) as server:
        assert ask(server, "select 1") == 1
        kept = (data_dir / "cluster").resolve()
        assert kept.stat().st_uid == server.socket_dir.stat().st_uid != 0
    assert before == (Path("/etc/passwd").read_text(), [folder.stat().st_mode for folder in data_dir.parents])
    discard_postgres(data_dir)
    assert not kept.parent.exists()
