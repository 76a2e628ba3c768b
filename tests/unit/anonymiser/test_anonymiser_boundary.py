"""The program starts only where it cannot reach the platform's secrets and nobody can reach its own."""

import os
import re
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from anonymiser.__main__ import main
from anonymiser.boundary import FORBIDDEN_NAMES, check_environment
from anonymiser.errors import SetUpRefusal
from anonymiser.keys import FIRST_HALF, SECOND_HALF, Keys, load_keys, make_keys

ROOT = Path(__file__).parents[3]


def run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "anonymiser", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["DATABASE_URL", "BACKSTITCH_KEYS_FILE"])
def test_real_process_refuses_to_start_beside_a_secret_of_the_platform(name: str, tmp_path: Path) -> None:
    ended = run(["keygen", "--keys", str(tmp_path / "keys")], {name: "canary-value"})
    assert ended.returncode == 2
    assert name in ended.stderr
    assert "canary-value" not in ended.stderr
    assert not (tmp_path / "keys").exists()


def test_every_secret_that_the_platform_reads_is_refused() -> None:
    """A name that the platform's settings read is refused, or stands below because it is none."""
    source = (ROOT / "app" / "config.py").read_text()
    names = set(re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"', source)) - {
        "BACKSTITCH_OUTCOME",  # names of workflows and of a report's form
        "BACKSTITCH_OUTCOME_ACK",
        "GPFED_CONSULT_REPORT",
        "GPFED_CONSULT_REPORT_ACK",
    }
    assert {"SMTP_URL", "DATABASE_URL", "BACKSTITCH_KEYS"} <= names
    harmless = {
        *("PUBLIC_URL", "MAIL_FROM", "HELP_PHONE", "SWEEP_SECONDS", "WEB_THREADS", "LARGEST_UPLOAD_MIB"),
        *("HOOK_GIVE_UP_HOURS", "RECEIVER_IDS", "ALLOW_PRIVATE_ADDRESSES"),
        *("EXTRACT_DIR", "RELEASES_DIR", "DESK_DIR", "MEASURES_DIR", "MESSAGES_DIR"),
        *("MESSAGES_SHOWN_ONLY", "NOTIFY_URL", "NOTIFY_TEMPLATES_FILE", "DEMO_SIGN_INS"),
        *("CLIENT_REQUESTS_A_MINUTE", "TRUSTED_PROXIES"),
        *("CLIENT_CERT_HEADER", "CLIENT_CERT_PROXIES", "CLIENT_CERT_REQUIRED", "AUDIT_CHECKPOINTS"),
    }
    passed = set()
    for name in names:
        with suppress(SetUpRefusal):
            check_environment({name: "x"})
            passed.add(name)
    assert passed <= harmless


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "smtps://u:canary@h"),
        ("PGPASSFILE", "/x/canary"),
        ("PGSERVICE", "canary"),
        ("POSTGRES_PASSWORD", "canary"),
        ("mesh_password", "canary"),
        ("MY_TOKEN", "canary"),
        ("X_SECRET", "canary"),
        ("ANY_KEY_FILE", "/x/canary"),
        ("WHERE", "postgresql://app:canary@host/db"),
        ("QUEUE", "redis://:canary@host"),
        ("CONNINFO", "host=h password = canary"),
    ],
)
def test_what_looks_like_a_secret_is_refused_by_its_name_or_its_value(
    name: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keygen"], {name: value}) == 2
    said = capsys.readouterr().err
    assert name in said
    assert "canary" not in said


def test_a_plain_environment_is_none(tmp_path: Path) -> None:
    plain = {
        "PWD": "/x",
        "OLDPWD": "/y",
        "HOME": "/h",
        "LANG": "C.UTF-8",
        "PYTHONPATH": "/p",
        "SHLVL": "1",
        "KEYS": "/k",
    }
    assert main(["keygen", "--keys", str(tmp_path / "keys")], plain) == 0


@pytest.mark.parametrize("name", sorted(FORBIDDEN_NAMES | {"BACKSTITCH_ANYTHING"}))
@pytest.mark.parametrize(
    "command", ["keygen", "build", "check", "attack", "verify", "diff", "release", "twin"]
)
def test_no_command_starts_with_any_of_the_names(
    name: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command], {name: "x", "PATH": "/bin"}) == 2
    assert name in capsys.readouterr().err


def test_real_process_starts_in_an_empty_environment(tmp_path: Path) -> None:
    ended = run(["keygen", "--keys", str(tmp_path / "keys")], {})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "public.pem" in ended.stdout


def test_program_loads_nothing_of_the_platform_and_can_open_no_connection() -> None:
    listing = "import sys, anonymiser.__main__; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    ended = subprocess.run(
        [sys.executable, "-c", listing], cwd=ROOT, env={}, capture_output=True, text=True, check=True
    )
    loaded = set(ended.stdout.split())
    assert {"anonymiser", "cryptography", "polars"} <= loaded
    assert not loaded & {"app", "fhir", "sqlalchemy", "psycopg", "flask", "redis", "requests", "urllib3"}


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket().connect(('127.0.0.1', 9))",
        "socket.socket().bind(('127.0.0.1', 0))",
        "socket.getaddrinfo('localhost', 80)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    ],
)
def test_program_ends_at_the_first_attempt_to_use_the_network_also_where_errors_are_swallowed(
    attempt: str,
) -> None:
    ended = guarded(attempt)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "The anonymiser speaks to nobody, and something in it tried to use the network.\n"


@pytest.mark.parametrize(
    "attempt",
    [
        "subprocess.run(['/bin/echo', 'x'])",
        "subprocess.Popen('curl http://127.0.0.1:9', shell=True)",
        "os.system('echo x')",
        "os.popen('echo x')",
        "os.execv('/bin/echo', ['echo', 'x'])",
        "os.posix_spawn('/bin/echo', ['echo', 'x'], {})",
        "os.spawnv(os.P_WAIT, '/bin/echo', ['echo', 'x'])",
    ],
)
def test_program_starts_no_other_program(attempt: str) -> None:
    ended = guarded(attempt)
    assert ended.stdout == ""
    assert "The anonymiser starts no other program" in ended.stderr


def guarded(attempt: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import os, socket, subprocess; from anonymiser.boundary import forbid_network; forbid_network()\n"
        f"try:\n    {attempt}\nexcept BaseException:\n    pass\nprint('went on')"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )


def test_network_is_forbidden_before_any_command_runs() -> None:
    source = (ROOT / "anonymiser" / "__main__.py").read_text()
    assert source.index("    forbid_network()") < source.index("sys.exit(main(")


def test_secret_keys_are_for_their_owner_alone_and_the_public_one_for_all(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_keys(tmp_path / "keys")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert modes == {FIRST_HALF: 0o600, SECOND_HALF: 0o600, "private.pem": 0o600, "public.pem": 0o644}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_two_runs_of_keygen_make_different_keys(tmp_path: Path) -> None:
    make_keys(tmp_path / "one")
    make_keys(tmp_path / "two")
    one, two = load_keys(tmp_path / "one"), load_keys(tmp_path / "two")
    assert len({one.root.key_id, two.root.key_id, one.sealing_key_id, two.sealing_key_id}) == 4


def test_second_half_of_the_root_may_lie_with_another_role_who_must_be_another_user(tmp_path: Path) -> None:
    elsewhere = tmp_path / "other-role.half"
    make_keys(tmp_path / "keys", elsewhere)
    assert not (tmp_path / "keys" / SECOND_HALF).exists()
    with pytest.raises(SetUpRefusal, match="files of one user"):
        load_keys(tmp_path / "keys", elsewhere)


@pytest.mark.parametrize("name", [FIRST_HALF, SECOND_HALF, "private.pem", "public.pem"])
def test_keygen_never_overwrites_a_key(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text("precious")
    assert main(["keygen", "--keys", str(tmp_path)], {}) == 2
    assert name in capsys.readouterr().err
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "precious")]


@pytest.mark.parametrize("name", [FIRST_HALF, SECOND_HALF, "private.pem"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_program_refuses_a_key_that_group_or_others_can_reach(
    name: str, mode: int, extract_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_keys(tmp_path / "keys")
    (tmp_path / "keys" / name).chmod(mode)
    out = tmp_path / "out"
    command = ["release", "--extract", str(extract_file), "--keys", str(tmp_path / "keys"), "--out", str(out)]
    assert main(command, {}) == 2
    assert f"chmod 600 {tmp_path / 'keys' / name}" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_folder_of_keys_that_others_can_write_is_refused(
    mode: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_keys(tmp_path / "keys")
    (tmp_path / "keys").chmod(mode)
    with pytest.raises(SetUpRefusal, match=f"chmod 700 {tmp_path / 'keys'}"):
        load_keys(tmp_path / "keys")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(mode)
    assert main(["keygen", "--keys", str(tmp_path / "open")], {}) == 2
    assert not list((tmp_path / "open").iterdir())


@pytest.mark.parametrize("name", [FIRST_HALF, SECOND_HALF, "private.pem"])
def test_key_that_is_a_link_is_refused(name: str, tmp_path: Path) -> None:
    make_keys(tmp_path / "keys")
    (tmp_path / "keys" / name).rename(tmp_path / "elsewhere")
    (tmp_path / "keys" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SetUpRefusal, match="it is a link"):
        load_keys(tmp_path / "keys")


@pytest.mark.parametrize(
    ("name", "content"),
    [(FIRST_HALF, "zz"), (FIRST_HALF, "00"), (SECOND_HALF, "é"), ("private.pem", "not a key")],
)
def test_damaged_key_is_refused(
    name: str, content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_keys(tmp_path / "keys")
    (tmp_path / "keys" / name).write_text(content)
    assert main(["release", "--extract", "x", "--keys", str(tmp_path / "keys"), "--out", "y"], {}) == 2
    assert "damaged" in capsys.readouterr().err.lower()


def test_missing_key_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "--extract", "x", "--keys", str(tmp_path), "--out", "y"], {}) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_missing_extract_is_refused(
    keys_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        "release",
        "--extract",
        str(tmp_path / "none"),
        "--keys",
        str(keys_folder),
        "--out",
        str(tmp_path),
    ]
    assert main(command, {}) == 1
    assert "No such file" in capsys.readouterr().err


def test_keys_do_not_show_themselves(keys: Keys) -> None:
    assert keys.root.secret.hex() not in repr(keys)
    assert repr(keys.root.secret) not in repr(keys)


def test_unforeseen_error_is_told_without_its_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(_folder: Path) -> None:
        raise KeyError("Zebedee Canary")

    monkeypatch.setattr("anonymiser.__main__.verify_release", fail)
    assert main(["verify", "--release", str(tmp_path)], {}) == 1
    said = capsys.readouterr().err
    assert "KeyError" in said
    assert "Canary" not in said
