"""Makes a release of sealed extracts: reads, names, protects, counts, checks, describes, and only then publishes."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from anonymiser.errors import Refusal
from anonymiser.hashing import beside
from anonymiser.memory import give_back, share_one_heap
from anonymiser.releasing.columns import JOURNEYS, REFERRALS
from anonymiser.releasing.dictionary import dictionary_json, dictionary_page
from anonymiser.releasing.earlier import since_of
from anonymiser.releasing.folder import CANDIDATE, Content, making, publish, sha256, write_files
from anonymiser.releasing.further import check_further, further_files
from anonymiser.releasing.inspecting import Inspected, report_files
from anonymiser.releasing.lineage import Given, contents_of
from anonymiser.releasing.manifest import exact_counts, left_of, manifest_of, sealed
from anonymiser.releasing.package import (
    Described,
    csvw_files,
    data_package,
    hierarchy_files,
    table_files,
)
from anonymiser.releasing.protect import Protected
from anonymiser.releasing.rows import hold_off, published_trees
from anonymiser.releasing.series import Series, kept_of, open_series
from anonymiser.releasing.sources import Order, Source, read_extracts, read_source
from anonymiser.releasing.tables import Counted, count_tables, table_frame, tables_ledger
from anonymiser.releasing.telling import Telling
from anonymiser.releasing.verify import MANIFEST, verify_release
from anonymiser.releasing.words import changes, licence, readme
from anonymiser.tables.ledger import Ledger
from anonymiser.tables.rules import RULES


@dataclass(frozen=True)
class Made:
    """A release before it is published: its rows and its files, and what the series keeps of the rows.

    `kept` are the series' files of the rows, a tenth of the room that the rows take.
    """

    shown: "Shown"
    files: Mapping[str, Content]
    kept: Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The rows of a release, written: what was found and is told about them.

    `name` is that of the release and its extracts. `noted` is what the series keeps of the extracts, with the exact
    counts that the manifest rounds.
    """

    name: str
    noted: Mapping[str, Any]
    networks: Mapping[str, str | None]
    about: Described
    files: Mapping[str, Content]
    inspected: Sequence[Inspected]
    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """What a release is made in: the series and its ledger, open for this run alone, and the unpublished folder."""

    order: Order
    series: Series
    ledger: Ledger
    aside: Path


def make_release(order: Order) -> Path:
    """Publish a new release in `order.out` and give its path.

    Raises Refusal, with nothing published, if an extract or the result fails any check. A run that was killed is
    simply run again: what was not published is made anew, and the same extracts give the same bytes.
    """
    return _make(order, _write)


def make_candidate(order: Order) -> Path:
    """Make and check the same folder, but under a name that says that it is not published, readable by nobody else."""
    return _make(order, _write_candidate)


def _make(order: Order, write: "Writer") -> Path:
    share_one_heap()
    try:
        given = read_extracts(order.extracts, order)
        with open_series(order.out, order.state) as series, making(order.out) as aside:
            check_further(series, order)
            source, since = _put_together(order, series, given)
            # For this run alone until it has published: what the desk is asked meanwhile waits.
            with tables_ledger(series, order) as ledger:
                run = Run(order, series, ledger, aside)
                made = _made(run, source, since)
                del source, since
                return write(run, made)
    except OSError as error:
        which = f"{error.filename}: " if error.filename else ""
        raise Refusal(
            f"{which}the file cannot be read or written ({error.strerror}); nothing was released."
        ) from None


def _made(run: Run, source: Source, since: pl.Series | None) -> Made:
    """Everything of a release: its rows, and beside them in a thread its tables, which keep the second core busy."""
    with beside(partial(_count, run, source, since)) as counting:
        shown, rows = _show_rows(run, source, counting)
        # While the descriptions are written, which keeps one core busy and takes little room.
        with beside(partial(kept_of, rows)) as kept:
            return _compose(run, shown, *counting(), kept)


def _count(run: Run, source: Source, since: pl.Series | None) -> tuple[pl.DataFrame, Counted]:
    """The referrals as the tables count them, and the tables."""
    frame, release = table_frame(source.referrals, source.created_on, since), source.name_in(run.series)
    return frame, count_tables(frame, run.series, run.order, ledger=run.ledger, release=release)


def _put_together(order: Order, series: Series, given: Given) -> tuple[Source, pl.Series | None]:
    """The referrals of a series, and since when each is out (earlier.py); empties `given`."""
    source = read_source(order, series, given)
    since, source = since_of(source, series), source.without_records()
    given.clear()
    give_back()
    _check_something_is_new(series, source)
    return source, since


def _show_rows(run: Run, source: Source, room: Callable[[], object]) -> tuple[Shown, Sequence[Protected]]:
    """Write the rows that may come out, and check and attack them as they are written; gives the rows too.

    `room` waits for room to write in.
    """
    order, series = run.order, run.series
    parts, files, inspected = hold_off(order, series, source, run.aside, room)
    telling = Telling(series.past[-1].about["told"] if series.past else None)
    manifest = manifest_of(order, series, source, parts=parts, telling=telling)
    left = [left_of(part, telling) for part in parts]
    shown = Shown(
        name=source.name_in(series),
        noted={
            "extracts": {key: str(path) for key, (path, _) in source.extracts.items()},
            "contents": contents_of(source.extracts),
            "kept_back": source.kept_back,
            "counts": exact_counts(source, parts[0]),
            "told": telling.noted,
        },
        networks=source.networks,
        about=Described(
            id=source.release_id(series),
            created_on=source.created_on,
            trees=published_trees(parts, source.trees),
        ),
        files=files,
        inspected=[replace(each, left=rows) for each, rows in zip(inspected, left, strict=True)],
        manifest=manifest | {"release_id": source.release_id(series)},
    )
    return shown, [part.protected for part in parts]


def _check_something_is_new(series: Series, source: Source) -> None:
    """Raise Refusal where the newest release is of these very extracts and lists already."""
    last = series.past[-1].about if series.past else None
    if last and last["extracts"].keys() == source.extracts.keys() and last["kept_back"] == source.kept_back:
        raise Refusal(
            f"Nothing new: {series.past[-1].id} is of the same extracts, and the lists of who said no leave out the "
            "same records. Nothing was released."
        )


def _compose(
    run: Run, shown: Shown, frame: pl.DataFrame, counted: Counted, kept: Callable[[], Mapping[str, bytes]]
) -> Made:
    """The files of a release, every one checked but the manifest; those of its rows lie aside already."""
    order, series = run.order, run.series
    drawn_for = f"{shown.name} {shown.noted['kept_back']}"
    further = further_files(frame, counted, series, order, release=drawn_for)
    exact = {**shown.noted["counts"], "numbers_held_back": counted.held_back}
    order.warn(f"For the steward alone, exact: {json.dumps(exact)}")
    manifest = {**shown.manifest, "table_rule": counted.rule, "ledger": counted.ledger, **further.told}
    lean = replace(
        shown,
        inspected=(),
        noted={**shown.noted, "counts": exact, **further.noted},
        about=replace(shown.about, rule=RULES[counted.rule], also=further.also),
        files={**shown.files, **further.files},
    )
    files = {
        **_all_files(lean, counted.tables, series, manifest),
        **report_files(lean.about, shown.inspected, counted.tables),
    }
    return Made(lean, sealed(files, manifest), kept())


def _all_files(
    shown: Shown, tables: pl.DataFrame, series: Series, manifest: Mapping[str, Any]
) -> dict[str, Content]:
    about, content = shown.about, {**shown.files, **table_files(tables)}
    numbers = {
        "rows_released": manifest["rows"][REFERRALS.name],
        "journeys_released": manifest["rows"][JOURNEYS.name],
        "table_rows": tables.height,
    }
    return {
        **content,
        **hierarchy_files(about.trees),
        **csvw_files(about, content),
        "datapackage.json": data_package(about, content),
        "dictionary.json": dictionary_json(about),
        "dictionary.html": dictionary_page(about),
        "README.txt": readme(about, numbers),
        "LICENCE.txt": licence(about),
        "CHANGES.txt": changes(
            about.id, [each.id for each in series.past], manifest["counts"]["rows_waiting"]
        ),
    }


def _write(run: Run, made: Made) -> Path:
    """Write aside, verify, note in the series and beside the ledger, rename into place, and let the notes count."""
    order, series = run.order, run.series
    shown, release_id = made.shown, made.shown.about.id
    target = order.out / release_id
    manifest = _write_aside(run, made.files)
    about = {
        **shown.noted,
        "ledger": manifest["ledger"],
        "manifest": sha256(made.files[MANIFEST]),
    }
    series.prepare(release_id, made.kept, shown.networks, about)
    run.ledger.prepare(target)
    publish(run.aside, target)
    run.ledger.settle()
    series.settle(release_id)
    shutil.rmtree(order.out / f"{CANDIDATE}{release_id}", ignore_errors=True)
    return target


def _write_candidate(run: Run, made: Made) -> Path:
    """Write and verify. Nothing is noted: what nobody but the anonymiser's own user has seen was never printed."""
    target = run.order.out / f"{CANDIDATE}{made.shown.about.id}"
    _write_aside(run, made.files)
    shutil.rmtree(target, ignore_errors=True)
    run.aside.rename(target)
    return target


def _write_aside(run: Run, files: Mapping[str, Content]) -> Mapping[str, Any]:
    run.order.progress("write and verify")
    write_files(run.aside, files)
    return verify_release(run.aside)


Writer = Callable[[Run, Made], Path]
