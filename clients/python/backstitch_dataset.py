"""Pulls Backstitch's dataset into a data frame; one file, needs Python 3.9 and polars or pandas.

    from backstitch_dataset import Dataset
    frame = Dataset(URL, TOKEN).referrals()

Every file is held against the SHA-256 in its release's manifest; a download that breaks off goes on where it stopped.
"""

from __future__ import annotations

import csv
import hashlib
import importlib
import importlib.util
import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

_FILES = {"referrals": "data/outcomes.csv", "journeys": "data/journeys.csv", "tables": "data/tables.csv"}
_NUMBERS = {"people": int, "mean": float, "to_the_nearest": float}
_WITHHELD = ("", "*")  # of a number: which of them stands where there is none depends on the release's rule
_FRAMES = ("polars", "pandas")
_TRIES = 6  # of a download that breaks off
_CHUNK = 2**18


class DatasetError(Exception):
    """What the server refused, or what is wrong with what it sent; `problems` lists every one."""

    def __init__(self, sentence: str, problems: Any = (), status: int | None = None):
        self.problems, self.status = list(problems), status
        super().__init__(" ".join([sentence, *self.problems]))


class _StayHere(HTTPRedirectHandler):
    """The token goes to the address that it is for, and is not carried on to another."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class Dataset:
    """The dataset behind an address, as one project may read it.

    Without `release`, rows are those of all releases, which add up, and tables are the newest's; with the id of one
    (or "latest"), everything is of that release. `frames` is "polars" or "pandas", else whichever is installed.
    `notes` is what the desk said to the last question.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        release: str | None = None,
        frames: str | None = None,
        timeout: float = 60,
    ):
        if frames not in (None, *_FRAMES):
            raise DatasetError(f"frames is one of {', '.join(_FRAMES)}, not {frames!r}.")
        self.url, self._token, self.release = url.rstrip("/"), token, release
        self._frames, self._timeout, self.notes = frames, timeout, []
        self._opener = build_opener(_StayHere)

    def releases(self) -> list[dict[str, Any]]:
        """Return the releases, the newest first, each with its files, sizes and sums."""
        return self._json("/releases")["releases"]

    def referrals(self) -> Any:
        """Return the rows of referrals that have come to their end."""
        return self._table("referrals")

    def journeys(self) -> Any:
        """Return a row for each person; nothing joins them to referrals."""
        return self._table("journeys")

    def tables(self) -> Any:
        """Return the counts of people; a withheld count is missing, and `status` says why."""
        return self._table("tables")

    def dictionary(self) -> dict[str, Any]:
        """Return what every column means, what it may hold, and the caveats."""
        return json.loads(self.file("dictionary.json"))

    def file(self, name: str) -> bytes:
        """Return the bytes of one file of a release, the newest where none was chosen."""
        release, out = self._chosen()[0], io.BytesIO()
        self._fetch(release, name, out)
        return out.getvalue()

    def download(self, folder: str | Path) -> Path:
        """Write every file that the project may have into `folder`; what broke off before is gone on with."""
        release = self._chosen()[0]
        target = Path(folder) / release["id"]
        for each in release["files"]:
            if each["yours"] and not self._is_there(target, each):
                path = target / _safe(each["name"])
                path.parent.mkdir(parents=True, exist_ok=True)
                part = path.with_name(path.name + ".part")
                with part.open("a+b") as out:
                    self._fetch(release, each["name"], out)
                part.replace(path)
        return target

    def queryable(self) -> dict[str, Any]:
        """Return what may be asked: columns with their values, numbers, limits."""
        return self._json("/queryable")

    def ask(
        self,
        dimensions: Any = (),
        filters: dict[str, list[str]] | None = None,
        measure: Any = "people",
        wait: float = 120,
    ) -> Any:
        """Ask how many people (or the mean of a number) there are by dimensions, and return the answer as a frame.

        `filters` names columns, each with a list: one value, all, or a group (the name alone, see `queryable`);
        `measure` is "people" or {"mean": name}.
        """
        told = {"dimensions": list(dimensions), "filters": filters or {}, "measure": measure}
        if self.release:
            told["release"] = self.release
        answer, until = self._json("/queries", told), time.monotonic() + wait
        while answer["status"] == "waiting":
            if time.monotonic() > until:
                raise DatasetError(f"The desk has not answered yet. Look later: {answer['url']}")
            time.sleep(1)
            answer = self._json(f"/queries/{answer['id']}")
        self.notes = answer["notes"]
        return self._framed(answer["columns"], answer["rows"])

    def _chosen(self) -> list[dict[str, Any]]:
        found = self.releases()
        if self.release not in (None, "latest"):
            found = [each for each in found if each["id"] == self.release]
        if not found:
            raise DatasetError("There is no such release." if self.release else "There is no release yet.")
        return found

    def _table(self, kind: str) -> Any:
        chosen = self._chosen()
        if self.release is not None or kind == "tables":
            chosen = chosen[:1]
        columns, rows = [], []
        for release in reversed(chosen):
            columns, found = self._rows_of(release, kind)
            rows += found
        return self._framed(columns, rows)

    def _rows_of(self, release: dict[str, Any], kind: str) -> tuple[list[str], list[list[str]]]:
        name = _FILES[kind]
        whole = any(each["name"] == name and each["yours"] for each in release["files"])
        if whole:
            out = io.BytesIO()
            self._fetch(release, name, out)
            content = out.getvalue()
        else:  # as far as it is agreed: made for the project, so no sum of it is in the manifest
            with self._heard(), self._open(f"/releases/{release['id']}/rows/{kind}.csv") as answer:
                content = answer.read()
        lines = csv.reader(io.StringIO(content.decode(), newline=""))
        columns, rows = next(lines), list(lines)
        expected = release["rows"].get(PurePosixPath(name).stem, len(rows))
        if len(rows) != expected or any(len(row) != len(columns) for row in rows):
            raise DatasetError(
                f"{kind} of {release['id']} did not come whole: {len(rows)} of {expected} rows."
            )
        return columns, rows

    def _fetch(self, release: dict[str, Any], name: str, out: BinaryIO) -> None:
        """Write a file to the end of `out`, which may hold the beginning of it; hold all of it against its sum."""
        told = next((each["sha256"] for each in release["files"] if each["name"] == name), None)
        if told is None:
            raise DatasetError(f"{release['id']} has no file {name}.")
        for left in range(_TRIES, 0, -1):
            try:
                self._go_on(f"/releases/{release['id']}/files/{name}", told, out)
                break
            except (HTTPException, URLError, OSError) as fault:
                if left == 1:
                    raise DatasetError(f"{name} broke off {_TRIES} times: {fault}") from fault
                time.sleep(0.5)
        out.seek(0)
        found = hashlib.sha256()
        for chunk in iter(lambda: out.read(_CHUNK), b""):
            found.update(chunk)
        if found.hexdigest() != told:
            out.seek(0)
            out.truncate()
            raise DatasetError(f"{name} of {release['id']} is not what its manifest says: do not use it.")

    def _go_on(self, path: str, told: str, out: BinaryIO) -> None:
        have = out.seek(0, io.SEEK_END)
        headers = {"Range": f"bytes={have}-", "If-Range": f'"{told}"'} if have else {}
        try:
            answer = self._open(path, headers=headers)
        except DatasetError as fault:
            if fault.status == 416:  # all of it is there
                return
            raise
        with answer:
            if answer.status != 206:
                out.seek(0)
                out.truncate()
            expected = answer.length
            for chunk in iter(lambda: answer.read(_CHUNK), b""):
                out.write(chunk)
                expected = None if expected is None else expected - len(chunk)
            if expected:
                raise URLError("the connection ended early")

    def _is_there(self, target: Path, each: dict[str, Any]) -> bool:
        path = target / _safe(each["name"])
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == each["sha256"]

    def _json(self, path: str, body: Any = None) -> Any:
        with self._heard(), self._open(path, body) as answer:
            return json.load(answer)

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Say in a DatasetError that nobody answers at the address, or something else than the dataset does."""
        try:
            yield
        except (HTTPException, OSError) as fault:
            raise DatasetError(
                f"{self.url} does not answer, or broke off: {fault}. Try again later."
            ) from fault
        except ValueError as fault:
            raise DatasetError(f"{self.url} is not the address of a dataset: {fault}") from fault

    def _open(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        sent = {"Authorization": f"Bearer {self._token}", **(headers or {})}
        data = None
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            request = Request(f"{self.url}/dataset/v1{path}", data, sent)  # noqa: S310  (the caller's own address)
            return self._opener.open(request, timeout=self._timeout)
        except HTTPError as fault:
            raise _refused(fault) from None

    def _framed(self, columns: list[str], rows: list[Any]) -> Any:
        """Return rows as a frame: text as text, counts as whole numbers, what is empty as missing."""
        told = {name: [_cell(name, row[at]) for row in rows] for at, name in enumerate(columns)}
        name = self._frames or _installed()
        try:
            library = importlib.import_module(name)
        except ImportError as fault:
            raise DatasetError(f"Install {name}, or leave out frames={name!r}.") from fault
        if name == "polars":
            kinds = {int: library.Int64, float: library.Float64}
            schema = {each: kinds.get(_NUMBERS.get(each), library.String) for each in columns}
            return library.DataFrame(told, schema=schema)
        words = {int: "Int64", float: "Float64"}
        series = {
            each: library.array(told[each], dtype=words.get(_NUMBERS.get(each), "string")) for each in columns
        }
        return library.DataFrame(series, columns=columns)


def _cell(name: str, value: Any) -> Any:
    if value in ("", None) or (name in _NUMBERS and value in _WITHHELD):
        return None
    return _NUMBERS.get(name, str)(value)


def _installed() -> str:
    for name in _FRAMES:
        if importlib.util.find_spec(name):
            return name
    raise DatasetError("Install polars or pandas: the rows come as a data frame.")


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise DatasetError("The release names a file outside its folder: tell the steward.")
    return path


def _refused(fault: HTTPError) -> DatasetError:
    try:
        told = json.load(fault)["error"]
        problems = [f"{each['field']}: {each['sentence']}" for each in told["problems"]]
        return DatasetError(told["sentence"], problems, fault.code)
    except (ValueError, KeyError, TypeError):
        return DatasetError(f"The server answered {fault.code}.", status=fault.code)
