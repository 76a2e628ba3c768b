"""The program starts only where it cannot reach the platform's secrets and nobody can reach its own."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from anonymiser.__main__ import main
from anonymiser.boundary import FORBIDDEN_NAMES
from anonymiser.keys import Keys, load_keys, make_keys

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


@pytest.mark.parametrize("name", sorted(FORBIDDEN_NAMES | {"BACKSTITCH_ANYTHING"}))
@pytest.mark.parametrize("command", ["keygen", "release", "verify"])
def test_no_command_starts_with_any_of_the_names(
    name: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command], {name: "x", "PATH": "/bin"}) == 2
    assert name in capsys.readouterr().err


def test_real_process_starts_in_an_empty_environment(tmp_path: Path) -> None:
    ended = run(["keygen", "--keys", str(tmp_path / "keys")], {})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "public.pem" in ended.stdout


def test_program_loads_nothing_of_the_platform_and_no_network() -> None:
    listing = "import sys, anonymiser.__main__; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    ended = subprocess.run(
        [sys.executable, "-c", listing], cwd=ROOT, env={}, capture_output=True, text=True, check=True
    )
    loaded = set(ended.stdout.split())
    assert {"anonymiser", "cryptography"} <= loaded
    assert not loaded & {
        "app",
        "fhir",
        "sqlalchemy",
        "flask",
        "redis",
        "requests",
        "socket",
        "http",
        "urllib3",
    }


def test_secret_keys_are_for_their_owner_alone_and_the_public_one_for_all(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_keys(tmp_path / "keys")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert modes == {"root.key": 0o600, "private.pem": 0o600, "public.pem": 0o644}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_two_runs_of_keygen_make_different_keys(tmp_path: Path) -> None:
    make_keys(tmp_path / "one")
    make_keys(tmp_path / "two")
    one, two = load_keys(tmp_path / "one"), load_keys(tmp_path / "two")
    assert one.root != two.root
    assert len({one.pseudonym_key_id, two.pseudonym_key_id, one.sealing_key_id, two.sealing_key_id}) == 4


@pytest.mark.parametrize("name", ["root.key", "private.pem", "public.pem"])
def test_keygen_never_overwrites_a_key(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text("precious")
    assert main(["keygen", "--keys", str(tmp_path)], {}) == 2
    assert name in capsys.readouterr().err
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "precious")]


@pytest.mark.parametrize("name", ["root.key", "private.pem"])
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


@pytest.mark.parametrize(
    ("name", "content"),
    [("root.key", "zz"), ("root.key", "00"), ("root.key", "é"), ("private.pem", "not a key")],
)
def test_damaged_key_is_refused(
    name: str, content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_keys(tmp_path / "keys")
    (tmp_path / "keys" / name).write_text(content)
    assert main(["release", "--extract", "x", "--keys", str(tmp_path / "keys"), "--out", "y"], {}) == 2
    assert "key in" in capsys.readouterr().err.lower()


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
    assert keys.root.hex() not in repr(keys)
    assert repr(keys.root) not in repr(keys)


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
