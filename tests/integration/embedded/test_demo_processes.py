"""The demonstration's programs leave nothing behind, and its mistakes are told with how to mend them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.demo.processes import DemoProblem, Program, find_port

ROOT = Path(__file__).parents[3]
SLEEPER = ["-c", "import time; time.sleep(600)"]
OWNER = f"""
import sys, time
from pathlib import Path
from app.demo.processes import Program
program = Program("The sleeper", {SLEEPER!r}, {{}}, Path(sys.argv[1]))
print(program.pid, flush=True)
time.sleep(600)
"""


def ends(pid: int) -> bool:
    """Whether a process ends; a parent that is nobody's may leave it as a zombie."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_a_program_ends_when_the_demonstration_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "log")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    owner.kill()
    owner.communicate()
    assert ends(pid)


def test_a_program_that_has_stopped_is_told_with_its_log(tmp_path: Path) -> None:
    program = Program("The sleeper", SLEEPER, {}, tmp_path / "log")
    program.check()
    program.stop()
    with pytest.raises(DemoProblem, match="The sleeper has stopped"):
        program.check()


@pytest.mark.parametrize("wanted", ["abc", "0", "-1", "65536", "80 80", "8²"])
def test_what_is_no_port_is_said(wanted: str) -> None:
    with pytest.raises(DemoProblem, match="is not a port"):
        find_port(wanted)
