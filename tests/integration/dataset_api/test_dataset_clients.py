"""Analysts' own ways in, against the served application: two lines of Python, what R asks, and the notebook."""

from __future__ import annotations

import csv
import importlib.util
import io
import re
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest
import requests
from nbclient import NotebookClient

from app.services.dataset.releases import list_releases
from app.store.crypto import KeyRing
from tests.conftest import TestDatabase
from tests.integration.dataset_api.conftest import Analyst
from tests.serving import ROOT, free_address, serve

CLIENTS = ROOT / "clients"
NOTEBOOK = CLIENTS / "notebook" / "first_look.ipynb"
ROWS = "data/outcomes.csv"
Made = Callable[..., Analyst]


def load_client() -> Any:
    """The client as an analyst has it: one file, imported from where it lies."""
    spec = importlib.util.spec_from_file_location(
        "backstitch_dataset", CLIENTS / "python/backstitch_dataset.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


client = load_client()
Dataset, DatasetError = client.Dataset, client.DatasetError


@pytest.fixture
def url(
    test_database: TestDatabase, redis_url: str, keys: KeyRing, out: Path, box: Path, tmp_path: Path
) -> Iterator[str]:
    """The application under gunicorn, with the releases and the box."""
    told = {"DATABASE_URL": test_database.app_url, "REDIS_URL": redis_url}
    told |= {"RELEASES_DIR": str(out), "DESK_DIR": str(box)}
    address = free_address()
    with serve(address, tmp_path / "web.log", keys, **told):
        yield address


def rows_of(out: Path, name: str = ROWS) -> list[dict[str, str]]:
    """What lies on the disk, oldest release first."""
    found = []
    for release in reversed(list_releases(out)):
        with (release.folder / name).open(newline="") as file:
            found += list(csv.DictReader(file))
    return found


def test_a_release_is_pulled_in_two_lines_and_the_desk_is_asked(
    url: str, analyst: Analyst, out: Path, box: Path, desk: None
) -> None:
    frame = Dataset(url, analyst.token).referrals()
    assert isinstance(frame, pl.DataFrame)
    assert frame.to_dicts() == rows_of(out)
    newest = Dataset(url, analyst.token, release="latest")
    assert newest.referrals().height == newest.releases()[0]["rows"]["outcomes"]
    assert newest.journeys().height == newest.releases()[0]["rows"]["journeys"]

    tables = Dataset(url, analyst.token).tables()
    assert tables.schema["people"] == pl.Int64
    told = [int(row["people"]) if row["people"] else None for row in _tables_on_disk(out)]
    assert tables["people"].to_list() == told

    _wait_for(box / "desk.json")
    data = Dataset(url, analyst.token)
    answer = data.ask(["gender"], {"outcome": ["better"]})
    assert answer.columns == ["gender", "people"]
    assert answer.schema["people"] == pl.Int64
    assert answer["people"].drop_nulls().to_list()
    assert data.notes
    with pytest.raises(DatasetError, match="no column of this name"):
        data.ask(["name"])


def _tables_on_disk(out: Path) -> list[dict[str, str]]:
    with (list_releases(out)[0].folder / "data/tables.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _wait_for(path: Path) -> None:
    until = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < until, "the desk did not open"
        time.sleep(0.2)


def test_a_broken_download_goes_on_and_a_changed_byte_is_refused(
    url: str, analyst: Analyst, out: Path, tmp_path: Path
) -> None:
    newest = list_releases(out)[0]
    with breaking(url, after=5_000) as (nearer, seen):
        content = Dataset(nearer, analyst.token).file(ROWS)
    assert content == (newest.folder / ROWS).read_bytes()
    assert seen.ranges[0] is None
    assert [int(each.split("=")[1].rstrip("-")) > 0 for each in seen.ranges[1:] if each] == [True]

    folder = Dataset(url, analyst.token).download(tmp_path / "mine")
    assert _files(folder) == _files(newest.folder)
    rest = folder / "data/outcomes.parquet"
    whole = rest.read_bytes()
    rest.with_name(rest.name + ".part").write_bytes(whole[:100])
    rest.unlink()
    Dataset(url, analyst.token).download(tmp_path / "mine")
    assert _files(folder) == _files(newest.folder)

    _flip_a_byte(newest.folder / ROWS)
    for pull in (Dataset(url, analyst.token).referrals, lambda: Dataset(url, analyst.token).file(ROWS)):
        with pytest.raises(DatasetError, match="not what its manifest says"):
            pull()
    (folder / ROWS).unlink()
    with pytest.raises(DatasetError, match="not what its manifest says"):
        Dataset(url, analyst.token).download(tmp_path / "mine")
    assert not (folder / ROWS).exists()


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def _flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_rows_are_cut_where_not_all_is_agreed_and_a_bad_token_is_told(
    url: str, analyst_with: Made, out: Path
) -> None:
    part = analyst_with(tiers=("rows",), fields=("need", "outcome"))
    frame = Dataset(url, part.token).referrals()
    assert frame.columns == ["row_id", "need", "outcome"]
    assert frame.height == len(rows_of(out))
    with pytest.raises(DatasetError, match="tier"):
        Dataset(url, part.token).tables()
    with pytest.raises(DatasetError, match="page Projects"):
        Dataset(url, "bsd_nobody").referrals()


def test_what_the_r_file_asks_for_is_served_as_it_reads_it(url: str, analyst_with: Made, out: Path) -> None:
    """There is no R here: its file's own address is asked as R's url() asks, and read as read.csv reads."""
    analyst = analyst_with(fields=("need", "outcome", "age"))
    text = (CLIENTS / "r/backstitch_dataset.R").read_text()
    parts = re.search(
        r'address <- paste0\(sub\("/\+\$", "", url\), (".*?"), part, (".*?"), table, (".*?")\)', text
    )
    assert parts is not None
    base, rows, ending = (each.strip('"') for each in parts.groups())
    assert 'c(Authorization = paste("Bearer", token))' in text
    sent = {"Authorization": f"Bearer {analyst.token}"}
    for part in ("", "/releases/latest"):
        answer = requests.get(f"{url}{base}{part}{rows}referrals{ending}", headers=sent, timeout=30)
        assert answer.status_code == 200
        found = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        height = len(rows_of(out)) if not part else _newest_height(out)
        assert len(found) == height
        assert list(found[0]) == ["row_id", "age", "need", "outcome"]


def _newest_height(out: Path) -> int:
    return int(list_releases(out)[0].manifest["rows"]["outcomes"])


def test_the_notebook_holds_no_outputs_and_runs(
    url: str, analyst: Analyst, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    monkeypatch.setenv("BACKSTITCH_URL", url)
    monkeypatch.setenv("BACKSTITCH_TOKEN", analyst.token)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    drawn = [output for cell in code for output in cell.outputs if "image/png" in output.get("data", {})]
    assert len(drawn) == 2
    said = str([output.get("data") for cell in code for output in cell.outputs])
    assert "does not show what a service caused" in said


@dataclass
class Seen:
    """The Range of each request for the file of rows."""

    ranges: list[str | None] = field(default_factory=list)


@contextmanager
def breaking(url: str, *, after: int) -> Iterator[tuple[str, Seen]]:
    """A line to the server that breaks off in the middle of the first answer with the file of rows."""
    host, port = url.removeprefix("http://").split(":")
    seen = Seen()

    class Line(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += self.rfile.readline()
            of_rows = ROWS.encode() in head.split(b"\r\n")[0]
            if of_rows:
                asked = re.search(rb"\r\nRange: (.*?)\r\n", head)
                seen.ranges.append(asked[1].decode() if asked else None)
            left = after if of_rows and len(seen.ranges) == 1 else 10**9
            with socket.create_connection((host, int(port))) as upstream:
                upstream.sendall(head)
                while left > 0 and (part := upstream.recv(min(4096, left))):
                    self.wfile.write(part)
                    left -= len(part)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", seen
        finally:
            server.shutdown()
