"""The embedded Valkey forgets nothing that it has answered, and ends with its owner."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from app.embedded.valkey import ValkeyServer, start_valkey

ROOT = Path(__file__).parents[3]
OWNER = """
import sys
from pathlib import Path
from app.embedded.valkey import start_valkey
server = start_valkey(Path(sys.argv[1]))
print(server.process.pid, flush=True)
sys.stdin.read()  # until whoever started this goes
"""


def client(server: ValkeyServer) -> "redis.Redis":
    return redis.Redis.from_url(server.url, decode_responses=True)


def test_what_was_answered_is_there_after_a_stop(tmp_path: Path) -> None:
    with start_valkey(tmp_path) as server:
        client(server).set("kept", "yes")
    assert not server.socket_dir.exists()
    with start_valkey(tmp_path) as server:
        assert client(server).get("kept") == "yes"


def test_what_was_answered_is_there_after_kill_9_of_server_and_owner(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    server_pid = int(owner.stdout.readline())
    with start_valkey(tmp_path) as joined:
        assert joined.process is None
        client(joined).set("kept", "yes")
    os.kill(server_pid, signal.SIGKILL)
    owner.kill()
    owner.communicate()
    with start_valkey(tmp_path) as server:
        assert server.process is not None
        assert client(server).get("kept") == "yes"


def test_server_goes_when_its_owner_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    owner.stdout.readline()
    owner.kill()
    owner.communicate()
    with start_valkey(tmp_path) as server:  # refused as long as any process of the first one lives
        assert server.process is not None


def test_nothing_is_evicted_and_every_write_is_synced(tmp_path: Path) -> None:
    with start_valkey(tmp_path) as server:
        settings = client(server).config_get("*")
        wanted = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "port": "0"}
        assert {name: settings[name] for name in wanted} == wanted


def test_socket_is_private_and_its_path_short_enough(tmp_path: Path) -> None:
    with start_valkey(tmp_path / ("x" * 120)) as server:
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        assert len(os.fsencode(server.socket_dir / "valkey.sock")) <= 107
        assert client(server).ping()


def test_data_of_another_version_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "valkey-0.0.1").mkdir()
    (tmp_path / "valkey-0.0.1" / "lock").touch()
    with start_valkey(tmp_path) as server:
        version = client(server).info("server")["valkey_version"]
    assert server.data_dir == tmp_path / f"valkey-{version}"


def test_own_setting_of_the_environment_does_not_reach_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKSTITCH_CANARY", "secret")
    with start_valkey(tmp_path) as server:
        assert server.process is not None
        environment = Path(f"/proc/{server.process.pid}/environ").read_bytes()
    assert b"BACKSTITCH_CANARY" not in environment
