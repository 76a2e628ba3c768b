"""The units and images as files: they fit the programs they start, and keep the accounts apart."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from anonymiser import __main__ as program
from anonymiser.keys import SECOND_HALF
from app.cli import cli
from app.services.dataset import secondary_use
from app.store.crypto import KeyProblem, KeyRing

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
OF_THE_ANONYMISER = [path for path in SERVICES if "anonymiser" in path.name]
TMPFILES = DEPLOY / "backstitch.tmpfiles"


class _Repeated(dict[str, str]):
    """A unit may say a setting several times; each adds to it."""

    def __setitem__(self, name: str, value: str) -> None:
        said = self.get(name)
        if isinstance(value, list) and isinstance(said, list):
            value = [*said, *value]  # type: ignore[assignment]
        super().__setitem__(name, value)


def read(path: Path) -> configparser.RawConfigParser:
    unit = configparser.RawConfigParser(strict=False, dict_type=_Repeated, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(re.sub(r"\\\n\s*", " ", path.read_text()))
    return unit


def service(name: str) -> Mapping[str, str]:
    return dict(read(DEPLOY / "systemd" / name)["Service"])


def folders() -> dict[str, tuple[int, str, str]]:
    lines = (line.split() for line in TMPFILES.read_text().splitlines() if line.startswith("d "))
    return {path: (int(mode, 8), user, group) for _, path, mode, user, group, _ in lines}


def environment_of(unit: Mapping[str, str]) -> dict[str, str]:
    return dict(each.split("=", 1) for line in unit["Environment"].splitlines() for each in line.split())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_every_unit() -> None:
    told = subprocess.run(
        ["systemd-analyze", "verify", *map(str, UNITS)], capture_output=True, text=True, check=False
    )
    found = [line for line in told.stderr.splitlines() if "is not executable" not in line]
    assert found == [], "only the programs are missing, which lie elsewhere on this machine"


@pytest.mark.parametrize("path", OF_THE_ANONYMISER, ids=lambda path: path.name)
def test_the_anonymiser_has_an_account_without_network_and_without_the_platforms_secrets(path: Path) -> None:
    unit = service(path.name)
    assert unit["User"] == "backstitch-anonymiser"
    assert (unit["PrivateNetwork"], unit["RestrictAddressFamilies"]) == ("yes", "none")
    assert "/etc/backstitch" in unit["InaccessiblePaths"]
    assert "EnvironmentFile" not in unit
    assert "LoadCredential" not in unit


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_every_service_is_confined_alike(path: Path) -> None:
    unit = service(path.name)
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "LockPersonality", "RestrictSUIDSGID"):
        assert unit[name] == "yes", name
    assert (unit["ProtectSystem"], unit["CapabilityBoundingSet"]) == ("strict", "")


@pytest.mark.parametrize("path", OF_THE_ANONYMISER, ids=lambda path: path.name)
def test_the_other_roles_half_is_handed_in_and_no_file_of_this_account(path: Path) -> None:
    unit = service(path.name)
    assert unit["StandardInput"] == f"file:/etc/backstitch-risk-owner/{SECOND_HALF}"
    assert "/dev/stdin" in unit["ExecStart"] + unit["Environment"]


def test_the_desks_command_line_is_one_that_the_anonymiser_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []
    monkeypatch.setattr(program, "load_keys", lambda folder, _: seen.append(folder))
    monkeypatch.setattr(program, "serve", lambda _, box, *__, **___: seen.append(box.folder))
    words = shlex.split(service("backstitch-anonymiser-desk.service")["ExecStart"])
    assert words[1:3] == ["-m", "anonymiser"]
    assert program.main(words[3:], {}) == 0
    assert seen == [Path("/etc/backstitch-anonymiser"), Path("/var/lib/backstitch-desk")]


def test_the_releases_units_places_are_those_of_the_desk_and_of_web() -> None:
    places = environment_of(service("backstitch-anonymiser.service"))
    desk = service("backstitch-anonymiser-desk.service")["ExecStart"]
    assert f"--out {places['RELEASES']} " in f"{desk} "
    assert f"--keys {places['KEYS']} " in f"{desk} "
    assert f"{places['EXTRACTS']}/{secondary_use.TYPE_1}" in desk
    assert f"{places['EXTRACTS']}/{secondary_use.WITHDRAWN}" in desk
    sample = (DEPLOY / "env.sample").read_text()
    assert f"# RELEASES_DIR={places['RELEASES']}\n" in sample
    assert f"# EXTRACT_DIR={places['EXTRACTS']}\n" in sample
    assert "# DESK_DIR=/var/lib/backstitch-desk\n" in sample


def test_each_service_may_write_where_it_has_to_and_web_not_among_answers_or_releases() -> None:
    writes = {path.name: service(path.name).get("ReadWritePaths", "") for path in SERVICES}
    assert "/var/lib/backstitch-releases" in writes["backstitch-anonymiser.service"]
    assert "/var/lib/backstitch-desk" in writes["backstitch-anonymiser-desk.service"]
    web = writes["backstitch-web.service"].replace("-/", "/").split()
    assert web == ["/var/lib/backstitch-desk/questions", "/var/lib/backstitch-desk/asked"]
    assert writes["backstitch-extract.service"] == "/var/lib/backstitch/extracts"


def test_web_keeps_the_cache_of_its_charts_where_it_may_write() -> None:
    web = service("backstitch-web.service")
    assert environment_of(web)["MPLCONFIGDIR"] == "/tmp/matplotlib"  # noqa: S108 - the unit's own, not ours
    assert (web["PrivateTmp"], web["ProtectHome"]) == ("yes", "yes")


def test_folders_where_two_accounts_meet_have_a_writer_and_a_reader() -> None:
    found = folders()
    box = "/var/lib/backstitch-desk"
    assert found["/var/lib/backstitch-releases"] == (0o2750, "backstitch-anonymiser", "backstitch-web")
    assert found[f"{box}/answers"] == (0o2750, "backstitch-anonymiser", "backstitch-web")
    assert found[f"{box}/questions"] == (0o2770, "backstitch-web", "backstitch-anonymiser")
    assert found[f"{box}/asked"] == (0o700, "backstitch-web", "backstitch-web")
    assert found[box][0] & stat.S_ISVTX, (
        "else who writes desk.json could put another folder in a folder's place"
    )
    assert found["/var/lib/backstitch/extracts"] == (0o2750, "backstitch-worker", "backstitch-anonymiser")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other accounts may pass through, as the tests' own may not be."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(shutil.which("systemd-tmpfiles") is None, reason="needs systemd-tmpfiles")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_question_and_answer_pass_between_two_accounts_and_nothing_else_does(open_folder: Path) -> None:
    """The folders as systemd-tmpfiles makes them, with numbers for names; each step as the account that takes it."""
    names = {"backstitch-web": "10001", "backstitch-worker": "10002", "backstitch-anonymiser": "10003"}
    made = TMPFILES.read_text()
    for name, number in names.items():
        made = made.replace(f" {name} ", f" {number} ")
    (open_folder / "made.conf").write_text(made)
    root = open_folder / "root"
    (root / "var" / "lib").mkdir(parents=True)
    create = ["systemd-tmpfiles", "--create", f"--root={root}", str(open_folder / "made.conf")]
    told = subprocess.run(create, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    lib = root / "var" / "lib"

    def may(account: str, words: str, umask: str) -> bool:
        number = names[account]
        drop = ["setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups", "--"]
        command = [*drop, "sh", "-c", f"umask {umask}; {words}"]
        return subprocess.run(command, cwd=lib, capture_output=True, check=False).returncode == 0

    def web(words: str) -> bool:
        return may("backstitch-web", words, service("backstitch-web.service")["UMask"])

    def desk(words: str) -> bool:
        return may("backstitch-anonymiser", words, service("backstitch-anonymiser-desk.service")["UMask"])

    box = "backstitch-desk"
    assert web(f"echo q > {box}/questions/1.json")
    assert desk(
        f"grep -q q {box}/questions/1.json && echo a > {box}/answers/1.json && rm {box}/questions/1.json"
    )
    assert desk(f"echo d > {box}/desk.json")
    assert web(f"grep -q a {box}/answers/1.json && grep -q d {box}/desk.json")
    assert not web(f"echo b > {box}/answers/1.json")
    assert not web(f"rm {box}/answers/1.json")
    assert not web(f"echo d > {box}/desk.json")
    assert not desk(f"mv {box}/questions {box}/elsewhere")
    assert web(f"touch {box}/asked/1")
    assert not desk(f"ls {box}/asked")
    assert desk("mkdir -m 700 backstitch-releases/.series && echo s > backstitch-releases/.series/secret")
    assert desk("mkdir -m 755 backstitch-releases/release-1 && echo r > backstitch-releases/release-1/file")
    assert web("cat backstitch-releases/release-1/file")
    assert not web("cat backstitch-releases/.series/secret")
    assert not web("touch backstitch-releases/release-2")
    assert not may("backstitch-worker", "ls backstitch-releases", "0027")
    assert may("backstitch-worker", "echo x > backstitch/extracts/extract-1.sealed", "0027")
    assert desk("cat backstitch/extracts/extract-1.sealed")
    assert not desk("echo y > backstitch/extracts/extract-1.sealed")
    assert not web("ls backstitch/extracts")


def test_a_key_ring_that_systemd_hands_out_may_be_readable_by_its_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From version 254 on its copies are 0440, in a folder that only the service can enter."""
    ring = tmp_path / "keys.json"
    KeyRing.create(ring)
    ring.chmod(0o440)
    with pytest.raises(KeyProblem, match="read by others"):
        KeyRing.from_file(ring)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert KeyRing.from_file(ring)
    ring.chmod(0o444)
    with pytest.raises(KeyProblem, match="read by others"):
        KeyRing.from_file(ring)


def test_the_runbook_names_only_commands_that_there_are() -> None:
    runbook = (DEPLOY / "README.md").read_text()
    for words in re.findall(r"python -m anonymiser ([a-z]+(?:-[a-z]+)*)", runbook):
        with pytest.raises(SystemExit) as ended:
            program.main([words, "--help"], {})
        assert ended.value.code == 0, words
    commands = set(re.findall(r"`(?:python -m app )?(national-opt-outs|extracts) ([a-z]+)", runbook))
    assert {name for name, _ in commands} == {"national-opt-outs", "extracts"}
    for name, words in commands:
        assert CliRunner().invoke(cli, [name, words, "--help"]).exit_code == 0, (name, words)
    for path in re.findall(r"[ `]((?:deploy|anonymiser)/[a-z_/-]+\.[a-z]+)", runbook):
        assert (ROOT / path).exists(), path
