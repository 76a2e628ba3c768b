"""Checks or attacks a release that lies on the disk, with the extracts and keys that it was made of."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from anonymiser.checking.intruder import Attack
from anonymiser.errors import Refusal
from anonymiser.releasing.columns import DATASETS, REFERRALS, Dataset
from anonymiser.releasing.folder import sha256
from anonymiser.releasing.frames import journey_frame
from anonymiser.releasing.inspecting import Inspected, Known, control, inspect_all
from anonymiser.releasing.lineage import check_unchanged
from anonymiser.releasing.protect import row_names
from anonymiser.releasing.series import Series, open_series
from anonymiser.releasing.sources import Order, Source, read_earlier, read_extracts, read_source
from anonymiser.releasing.verify import MANIFEST, verify_release


def recheck(folder: Path, order: Order) -> tuple[Inspected, ...]:
    """Verify a release, then hold its bytes against the people behind them.

    Raises Refusal where the files are not as they were made, or the extracts are not those of the release.
    """
    verify_release(folder)
    return inspect_all(folder, _known(folder, order))


def attack_unprotected(folder: Path, order: Order) -> tuple[Inspected, ...]:
    """The same attack on the exact rows behind a release: the control that shows that the attack can succeed."""
    return tuple(
        Inspected(known.dataset, found, found.findings)
        for known in _known(folder, order)
        if known.exact.height
        for found in [control(known)]
    )


def attacks(inspected: Sequence[Inspected]) -> Iterator[tuple[Dataset, str, Attack]]:
    """Each intruder's success against each table."""
    for each in inspected:
        if each.review is not None:
            for title, attack in each.review.assessment.attacks.items():
                yield each.dataset, title, attack


def _known(folder: Path, order: Order) -> tuple[Known, ...]:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    if manifest.get("synthetic"):
        raise Refusal("This is a synthetic twin: there is nobody in it to look for.")
    release_id, wanted = manifest["release_id"], {each["id"] for each in manifest["extracts"]}
    if missing := [str(path) for path in order.extracts if not path.is_file()]:
        raise Refusal(
            f"There is no such file: {', '.join(missing)}. Name the sealed extracts of the release."
        )
    given = read_extracts(order.extracts, order)
    with open_series(order.out, order.state) as series:
        _check_is_of(series, folder, release_id)
        before = [each for each in series.past if _number(each.id) < _number(release_id)]
        then = replace(series, past=tuple(before))
        known = wanted - given.keys() - then.sources().keys()
        lain = {key: place for key, place in series.sources().items() if key in known}
        found = {**given, **read_earlier(lain, order)}
        source = read_source(order, then, {key: each for key, each in found.items() if key in wanted})
        if source.extracts.keys() != wanted:
            raise Refusal("The extracts are not those that the release was made of; its manifest lists them.")
        check_unchanged(source.extracts, series)
        return tuple(_known_of(dataset, folder, order, (then, source)) for dataset in DATASETS)


def _check_is_of(series: Series, folder: Path, release_id: str) -> None:
    """Raise Refusal where the series has published something else under a release's name."""
    published = {each.id: each.about["manifest"] for each in series.past}
    if release_id in published and published[release_id] != sha256(folder / MANIFEST):
        raise Refusal(f"{folder.name} is not the one that this series published under its name.")


def _known_of(dataset: Dataset, folder: Path, order: Order, inside: tuple[Series, Source]) -> Known:
    series, source = inside
    frame = source.referrals if dataset is REFERRALS else journey_frame(source.referrals, source.created_on)
    release_id = json.loads((folder / MANIFEST).read_bytes())["release_id"]
    out = series.released(dataset)
    exact = frame.join(pl.concat(out).select("row"), on="row", how="anti") if out else frame
    names = row_names(exact, dataset, order.keys.root, f"{release_id} {source.digest}")
    published = pl.read_parquet(folder / dataset.path.replace(".csv", ".parquet"), columns=["row_id"])
    return Known(
        dataset=dataset,
        names=exact.select("row", "person", names).join(published, on="row_id", how="semi").sort("row_id"),
        exact=exact,
        trees=source.trees,
        earlier=out,
    )


def _number(release_id: str) -> int:
    return int(release_id.split("-")[1])
