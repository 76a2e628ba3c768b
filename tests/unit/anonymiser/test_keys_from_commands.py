"""Through the real process: half of a key may come from a command, such as a key service's, and no other is started."""

import subprocess
import sys
from pathlib import Path

import pytest

from anonymiser.keys import FIRST_HALF, SECOND_HALF, SOURCES, load_keys, make_keys

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of keys whose second half lies with a script that prints it."""
    make_keys(tmp_path / "keys")
    half = (tmp_path / "keys" / SECOND_HALF).read_text()
    (tmp_path / "keys" / SECOND_HALF).unlink()
    script = tmp_path / "service"
    script.write_text(f"#!/bin/sh\n[ \"$1\" = decrypt ] && printf '%s' '{half.strip()}'\n")
    script.chmod(0o700)
    say(tmp_path / "keys", f'information-risk-owner = ["{script}", "decrypt"]')
    return tmp_path / "keys"


def say(keys: Path, *lines: str) -> None:
    path = keys / SOURCES
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o600)


def build(keys: Path) -> subprocess.CompletedProcess[str]:
    words = ["build", "--extract", str(keys / "none"), "--keys", str(keys), "--out", str(keys / "out")]
    return subprocess.run(
        [sys.executable, "-m", "anonymiser", *words],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )


def test_half_comes_from_the_command_that_is_named(folder: Path) -> None:
    told = build(folder)
    assert (told.returncode, "No such file" in told.stderr) == (1, True), (
        told.stderr
    )  # past the keys, to the extract


def test_key_that_is_told_is_the_one_that_is_made(folder: Path) -> None:
    line = (folder / SOURCES).read_text()
    say(folder, line, f'key_id = "{load_keys(folder).root.key_id}"')
    assert build(folder).returncode == 1
    say(folder, line, 'key_id = "0123456789abcdef"')
    told = build(folder)
    assert told.returncode == 2
    assert "not 0123456789abcdef" in told.stderr


def test_command_that_fails_is_told_without_what_it_printed(folder: Path) -> None:
    say(folder, 'information-risk-owner = ["/bin/sh", "-c", "echo canary; exit 3"]')
    told = build(folder)
    assert told.returncode == 2
    assert "ended with code 3" in told.stderr
    assert "echo canary" not in told.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('information-risk-owner = ["service"]', "whole path"),
        ("information-risk-owner = []", "whole path"),
        ('information-risk-owner = "service"', "something else"),
        ('other = ["/bin/true"]', "something else"),
        ("key_id = 5", "something else"),
        ("[", "not TOML"),
        ('data-custodian = ["/bin/true"]', "keep one of the two"),
    ],
)
def test_file_that_is_not_understood_is_refused(folder: Path, line: str, said: str) -> None:
    say(folder, line)
    told = build(folder)
    assert told.returncode == 2
    assert said in told.stderr


def test_file_that_others_can_reach_is_refused(folder: Path) -> None:
    (folder / SOURCES).chmod(0o622)
    told = build(folder)
    assert told.returncode == 2
    assert f"chmod 600 {folder / SOURCES}" in told.stderr


def test_first_half_may_come_from_a_command_too(folder: Path) -> None:
    (folder / FIRST_HALF).rename(folder.parent / "first")
    line = (folder / SOURCES).read_text()
    say(folder, line, f'data-custodian = ["/bin/cat", "{folder.parent / "first"}"]')
    assert "No such file" in build(folder).stderr
