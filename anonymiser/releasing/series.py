"""Remembers what a series of releases has published, so that the next one adds to it and takes nothing back."""

import csv
import fcntl
import io
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from polars import selectors as cs

from anonymiser.engine.frozen import Cut, read_cut
from anonymiser.errors import Refusal
from anonymiser.releasing.columns import Dataset
from anonymiser.releasing.folder import sync, write_file
from anonymiser.releasing.frames import PEOPLE, WORDS
from anonymiser.releasing.protect import Protected

STATE = ".series"
ABOUT, PUBLISHED, NETWORKS = "about.json", "published", "networks.csv"
_KEPT = frozenset({"extracts", "contents", "kept_back", "told", "ledger", "manifest"})
_OF_EXTRACTS = frozenset({"plain", "sealed", "created_on", "watermark"})
_RELEASE = re.compile(r"release-(\d+)-")


@dataclass(frozen=True)
class Past:
    """One published release as the series keeps it: which referrals are in it, under tokens that never leave."""

    id: str
    folder: Path
    about: Mapping[str, Any]

    def rows(self, dataset: Dataset) -> pl.DataFrame:
        """`row`, `person`, the labels and the outcomes of everything that came out."""
        found = pl.read_parquet(self.folder / f"{dataset.name}.parquet")
        # Whatever they are held as in the file, which an earlier version may have written.
        return found.cast({cs.exclude("row", "person"): WORDS, "person": PEOPLE})


@dataclass(frozen=True)
class Series:
    """What lies beside the releases of a folder: 0700, for the anonymiser alone. `past` is oldest first."""

    out: Path
    state: Path
    past: Sequence[Past] = field(default_factory=tuple)

    @property
    def ledger(self) -> Path:
        """Where every number ever printed is written down."""
        return self.state / "tables.ledger"

    @property
    def ledger_head(self) -> str | None:
        """What the ledger must hold."""
        return self.past[-1].about["ledger"] if self.past else None

    def next_number(self) -> int:
        """One more than any release that is or was here."""
        names = [path.name for path in self.out.iterdir()] + [each.id for each in self.past]
        return max((int(found[1]) for name in names if (found := _RELEASE.match(name))), default=0) + 1

    def sources(self) -> dict[str, Path]:
        """The extracts of all releases so far: id -> where it lay."""
        return {key: Path(place) for each in self.past for key, place in each.about["extracts"].items()}

    def contents(self) -> dict[str, Mapping[str, str]]:
        """What each extract of all releases so far held, when it was made and up to when it reaches, by its id."""
        return {key: told for each in self.past for key, told in each.about["contents"].items()}

    def cut(self, dataset: Dataset) -> Cut | None:
        """The classes that later releases keep to."""
        found = [each.folder / f"{dataset.name}.cut.json" for each in self.past]
        return next((read_cut(path.read_text()) for path in found if path.exists()), None)

    def networks(self) -> dict[str, str | None]:
        """The practices whose network is settled, as the first release that had them told it."""
        settled: dict[str, str | None] = {}
        for each in reversed(self.past):
            with (each.folder / NETWORKS).open(newline="") as file:
                settled |= {practice: network or None for practice, network in csv.reader(file)}
        return settled

    def released(self, dataset: Dataset) -> list[pl.DataFrame]:
        """What each earlier release let out of a dataset, where it let out anything."""
        every = [each.rows(dataset) for each in self.past]
        return [rows for rows in every if rows.height]

    def prepare(
        self,
        release_id: str,
        kept: Mapping[str, bytes],
        networks: Mapping[str, str | None],
        about: Mapping[str, Any],
    ) -> None:
        """Write down what is about to be published. Only `settle`, after the publication, makes it count."""
        folder = self.state / release_id
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in kept.items():
            write_file(folder / name, content)
        text = io.StringIO(newline="")
        csv.writer(text).writerows(
            (practice, network or "") for practice, network in sorted(networks.items())
        )
        write_file(folder / NETWORKS, text.getvalue().encode())
        write_file(folder / ABOUT, (json.dumps(about, indent=1, sort_keys=True) + "\n").encode())

    def settle(self, release_id: str) -> None:
        """Say that a prepared release has been published."""
        write_file(self.state / release_id / PUBLISHED, b"")
        sync(self.state / release_id)


@contextmanager
def open_series(out: Path, state: Path | None = None) -> Iterator[Series]:
    """Open the series of a folder of releases, for one program at a time.

    What a killed run had prepared and not published is thrown away; what it had published counts.
    """
    out.mkdir(parents=True, exist_ok=True)
    place = state or out / STATE
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(place, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal("Another run is making a release here; wait until it has ended.") from None
        past = tuple(_past(out, place))
        _check_memory(out, place, past)
        yield Series(out, place, past)
    finally:
        os.close(descriptor)


def read_series(out: Path, state: Path | None = None) -> Series:
    """The series as it is published at this moment, for a program that only reads: takes no lock and tidies nothing."""
    place = state or out / STATE
    folders = [path for path in place.iterdir() if path.is_dir()] if place.is_dir() else []
    there = [path for path in folders if (path / PUBLISHED).exists() or (out / path.name).is_dir()]
    past = [Past(path.name, path, _about(path)) for path in sorted(there, key=_number)]
    return Series(out, place, tuple(past))


def _number(folder: Path) -> int:
    return int(folder.name.split("-")[1])


def _check_memory(out: Path, state: Path, past: Sequence[Past]) -> None:
    """Raise Refusal where releases are or were out that the series does not know: everybody would come out again."""
    known = {each.id for each in past}
    published = sorted(path.name for path in out.iterdir() if _RELEASE.match(path.name))
    unknown = [name for name in published if name not in known]
    remedy = (
        "Put back the state that it was made with, or name it with --state. If it is lost, withdraw all releases and "
        "begin a new series in an empty folder: beside an old one it would tell more than either."
    )
    if unknown:
        raise Refusal(
            f"{out} holds {', '.join(unknown)}, of which the series in {state} knows nothing. {remedy}"
        )
    numbers = {_number(each.folder) for each in past}
    missing = sorted(set(range(1, max(numbers, default=0))) - numbers)
    if missing:
        raise Refusal(f"The series in {state} has lost release {', '.join(map(str, missing))}. {remedy}")


def _past(out: Path, state: Path) -> Iterator[Past]:
    folders = [path for path in state.iterdir() if path.is_dir()]
    for folder in sorted(folders, key=_number):
        if not (folder / PUBLISHED).exists():
            if not (out / folder.name).is_dir():
                shutil.rmtree(folder)
                continue
            write_file(folder / PUBLISHED, b"")
        yield Past(folder.name, folder, _about(folder))


def _about(folder: Path) -> Mapping[str, Any]:
    """What is kept of a release. Raises Refusal where it is not all that is needed to go on."""
    about: Mapping[str, Any] = json.loads((folder / ABOUT).read_text())
    lacking = _KEPT - about.keys()
    lacking |= {name for told in about.get("contents", {}).values() for name in _OF_EXTRACTS - told.keys()}
    if lacking or not (folder / NETWORKS).exists():
        raise Refusal(
            f"{folder.name} was made by an earlier version of the anonymiser, which kept less than is needed to go on. "
            "Withdraw the releases of this series, and begin a new series in an empty folder."
        )
    return about


def kept_of(parts: Iterable[Protected]) -> dict[str, bytes]:
    """The files, by name, in which a series keeps the rows of a release and the classes that later ones keep to."""
    files = {}
    for part in parts:
        columns = ["row", "person", *part.dataset.quasi_names, *part.dataset.outcomes]
        held = (
            part.rows.select(columns).cast({"person": pl.String})
            if part.rows.height
            else pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        )
        # Most of it are tokens, which nothing makes smaller: to try harder takes twice the time for nothing.
        files[f"{part.dataset.name}.parquet"] = parquet(held, level=1)
        if part.cut is not None:
            files[f"{part.dataset.name}.cut.json"] = part.cut.to_json().encode()
    return files


def parquet(frame: pl.DataFrame, level: int | None = None) -> bytes:
    """A frame as the bytes of a Parquet file, the same for the same frame; `level` is how hard zstd tries."""
    out = io.BytesIO()
    frame.write_parquet(out, compression="zstd", compression_level=level, statistics=False)
    return out.getvalue()
