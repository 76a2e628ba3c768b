"""A real Chromium for the journeys, wherever they run: the system's, Playwright's, or one unpacked from npm."""

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from playwright.sync_api import Browser, Playwright

_ROOT = Path(__file__).parents[2]
_NAMES_ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PACKAGE = "@sparticuz/chromium"
_VERSION = "147.0.0"
_SHA512 = "4ZKeAQQa8up2mt675qSitztLdbQrlf8BKdC5naeap+5Mv1OV1OlJdPoU+EJC/p5sQUJUQmN4r+q5+EhaaOUHpQ=="
_ARGUMENTS = (
    "--no-sandbox",  # containers and root have none; only our own pages are opened
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_UNBROTLI = """
const { createReadStream, createWriteStream } = require("node:fs");
const { createBrotliDecompress } = require("node:zlib");
const { pipeline } = require("node:stream");
const [from, to] = process.argv.slice(1);
pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to), (e) => { if (e) throw e; });
"""


class NoBrowserError(RuntimeError):
    """There is no Chromium and none can be fetched; the sentence says what to install."""


@dataclass(frozen=True)
class Chromium:
    """A program and what it needs to run."""

    program: Path
    arguments: tuple[str, ...] = _ARGUMENTS
    environment: Mapping[str, str] = field(default_factory=dict)


def launch(playwright: Playwright) -> Browser:
    """A headless browser; NoBrowserError when there is none.

    For a conftest.py:

        @pytest.fixture(scope="session")
        def browser() -> Iterator[Browser]:
            with sync_playwright() as playwright, closing(launch(playwright)) as browser:
                yield browser
    """
    chromium = find_chromium(Path(playwright.chromium.executable_path))
    return playwright.chromium.launch(
        executable_path=chromium.program,
        args=list(chromium.arguments),
        env={**os.environ, **chromium.environment},
    )


def find_chromium(playwrights_own: Path, *, cache: Path = _ROOT / "var" / "browser") -> Chromium:
    """The one that CHROMIUM names, else the system's, else Playwright's, else one from npm kept in `cache`."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            raise NoBrowserError(f"CHROMIUM names {named}, which is not a program that can be run.")
        return Chromium(Path(named))
    for name in _NAMES_ON_PATH:
        if found := shutil.which(name):
            return Chromium(Path(found))
    if playwrights_own.is_file():
        return Chromium(playwrights_own)
    return _find_unpacked(cache)


def _find_unpacked(cache: Path) -> Chromium:
    home = cache / f"chromium-{_VERSION}"
    if not home.exists():
        _fetch(home)
    return Chromium(
        home / "chromium",
        (*_ARGUMENTS, "--no-zygote"),
        {"LD_LIBRARY_PATH": str(home / "lib"), "FONTCONFIG_PATH": str(home / "fonts")},
    )


def _fetch(home: Path) -> None:
    """Unpacks beside `home` and moves it there when complete, so that an interrupted fetch is done again."""
    if not (shutil.which("npm") and shutil.which("node")):
        raise NoBrowserError(
            "The journeys need a browser: install Chromium or Chrome (Debian: apt install chromium), or name one in "
            "CHROMIUM, or install Node.js with npm, with which the tests fetch one by themselves."
        )
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        package = _download(Path(scratch))
        unpacked = Path(scratch) / "unpacked"
        unpacked.mkdir()
        _unbrotli(package / "bin" / "chromium.br", unpacked / "chromium")
        (unpacked / "chromium").chmod(0o755)
        for name in ("al2023", "fonts"):
            archive = Path(scratch) / f"{name}.tar"
            _unbrotli(package / "bin" / f"{name}.tar.br", archive)
            _untar(archive, unpacked)
        _write_fonts_conf(home, unpacked / "fonts" / "fonts.conf")
        try:
            unpacked.rename(home)
        except OSError:
            if not home.exists():  # else another run was quicker
                raise


def _download(scratch: Path) -> Path:
    command = [
        "npm",
        "pack",
        "--silent",
        "--ignore-scripts",
        "--cache",
        str(scratch / "npm"),
        f"{_PACKAGE}@{_VERSION}",
    ]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    archives = list(scratch.glob("*.tgz"))
    if done.returncode != 0 or not archives:
        raise NoBrowserError(
            f"npm could not fetch {_PACKAGE}: {done.stderr.strip()}. Install Chromium or Chrome instead."
        )
    digest = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
    if digest != _SHA512:
        raise NoBrowserError(
            f"{_PACKAGE} {_VERSION} from npm is not the file that was reviewed: its SHA-512 differs."
        )
    _untar(archives[0], scratch)
    return scratch / "package"


def _untar(archive: Path, target: Path) -> None:
    with tarfile.open(archive) as contents:
        if hasattr(
            tarfile, "data_filter"
        ):  # not in Debian 12's Python 3.11.2; the package's digest was checked
            contents.extraction_filter = tarfile.data_filter
        contents.extractall(target)  # noqa: S202


def _unbrotli(source: Path, target: Path) -> None:
    subprocess.run(["node", "-e", _UNBROTLI, str(source), str(target)], check=True, capture_output=True)


def _write_fonts_conf(home: Path, path: Path) -> None:
    """Without it pages have no text at all."""
    path.parent.mkdir(exist_ok=True)
    folders = (
        f"<dir>{escape(str(home / 'fonts'))}</dir><cachedir>{escape(str(home / 'font-cache'))}</cachedir>"
    )
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>{folders}</fontconfig>\n'
    )
