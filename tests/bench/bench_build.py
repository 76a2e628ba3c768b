"""A whole release of a million rows by the command that an operator types: time, memory, the same bytes, every flip."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from anonymiser.errors import Refusal
from anonymiser.keys import PUBLIC_KEY, make_keys
from anonymiser.releasing.verify import verify_release
from tests.bench.bars import Bar, Bars
from tests.bench.million import write_extract

ROOT = Path(__file__).parents[2]
ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
SECONDS, GIB = 12.0, 1.0

pytestmark = pytest.mark.timeout(3600)


@dataclass(frozen=True)
class Made:
    """A release, and what making it took: seconds on the clock, of the processor, and the most memory at once."""

    folder: Path
    seconds: float
    processor: float
    gib: float


def release(extract: Path, keys: Path, out: Path) -> Made:
    command = [sys.executable, "-m", "anonymiser", "release"]
    command += ["--extract", str(extract), "--keys", str(keys), "--out", str(out)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    most = _watch(process)
    said, seconds = process.communicate()[0], time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert process.returncode == 0
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Made(Path(said.splitlines()[-1]), seconds, spent, most)


def _watch(process: subprocess.Popen[str]) -> float:
    """The most memory that a process has had, in GiB; asked of the kernel until it ends."""
    most, status = 0, Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        try:
            lines = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        except OSError:
            break
        most = max([most, *(int(line.split()[1]) for line in lines)])
        time.sleep(0.05)
    return most / 2**20


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Made, Made]]:
    folder = tmp_path_factory.mktemp("build")
    make_keys(folder / "keys")
    extract = write_extract(folder / "extract.sealed", (folder / "keys" / PUBLIC_KEY).read_bytes(), ROWS)
    yield tuple(release(extract, folder / "keys", folder / name) for name in ("one", "two"))  # type: ignore[misc]
    shutil.rmtree(folder)


def test_the_same_bytes_twice(made: tuple[Made, Made]) -> None:
    one, two = (
        {
            path.relative_to(each.folder): path.read_bytes()
            for path in each.folder.rglob("*")
            if path.is_file()
        }
        for each in made
    )
    assert one == two


def test_verify_takes_a_second_and_finds_any_flipped_byte(made: tuple[Made, Made], bars: Bars) -> None:
    folder, taken = made[0].folder, []
    for _ in range(3):
        begun = time.perf_counter()
        verify_release(folder)
        taken.append(time.perf_counter() - begun)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) // 2] ^= 1
        path.write_bytes(flipped)
        with pytest.raises(Refusal):
            verify_release(folder)
        path.write_bytes(whole)
    bars.check(
        Bar(what=f"verify {ROWS:,} rows, s", ours=f"{min(taken):.2f}", theirs="", ratio=min(taken), most=1)
    )


def test_memory_of_a_whole_build(made: tuple[Made, Made], bars: Bars) -> None:
    most = max(each.gib for each in made)
    bars.check(Bar(what=f"build {ROWS:,} rows, GiB", ours=f"{most:.2f}", theirs="", ratio=most, most=GIB))


def test_time_of_a_whole_build(made: tuple[Made, Made], bars: Bars) -> None:
    best = min(made, key=lambda each: each.seconds)
    ours = f"{best.seconds:.1f} ({best.processor:.1f} of the processor)"
    what = f"build {ROWS:,} rows, intruder and report, s"
    bars.check(Bar(what=what, ours=ours, theirs="", ratio=best.seconds, most=SECONDS))
