"""Makes the files of counts that stand beside the tables where they were asked for, and says how they were made."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from anonymiser.releasing.counted import PERTURBED, PRIVATE, CountedFile
from anonymiser.releasing.folder import Content
from anonymiser.releasing.package import table_files
from anonymiser.releasing.private import HEAD, check_before, draw
from anonymiser.releasing.series import Series
from anonymiser.releasing.sources import Order
from anonymiser.releasing.tables import Counted
from anonymiser.tables.cell_keys import FEWEST, FURTHEST_OFF, KEYS, ptable_centred

_NOISE: Final = {
    "method": "cell keys: cell-key-perturbation of the Office for National Statistics",
    "record_keys": f"one octet of HMAC-SHA256 of each person's inside token, 0 to {KEYS - 1}; the same in each release",
    "cell_key": f"the sum of the record keys of a cell's people, modulo {KEYS}",
    "noise": f"-{FURTHEST_OFF} to {FURTHEST_OFF}, as eight coins fall; what would come out below {FEWEST} is {FEWEST}",
    "threshold": FEWEST,
    "ptable_sha256": hashlib.sha256(ptable_centred().astype("<i8").tobytes()).hexdigest(),
}


@dataclass(frozen=True)
class Further:
    """Files by name, how each is described, what the manifest says of them and what the series keeps."""

    files: Mapping[str, Content] = field(default_factory=dict)
    also: tuple[CountedFile, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)
    noted: Mapping[str, Any] = field(default_factory=dict)


def check_further(series: Series, order: Order) -> None:
    """Raise Refusal, before the long work, for what cannot be made after it."""
    if order.also_private is not None:
        check_before(series, order)


def further_files(
    frame: pl.DataFrame, counted: Counted, series: Series, order: Order, *, release: str
) -> Further:
    """What `order` asks for beside the tables; `release` names what it is drawn for."""
    files: dict[str, Content] = {}
    also: list[CountedFile] = []
    told: dict[str, Any] = {}
    noted: dict[str, Any] = {}
    if order.also_perturbed:
        files |= table_files(counted.perturbed, PERTURBED.path)
        also.append(PERTURBED)
        told["perturbed"] = _NOISE
    if order.also_private is not None and frame.height:
        drawn = draw(frame, series, order, release=release)
        files |= table_files(drawn.tables, PRIVATE.path)
        also.append(PRIVATE)
        told["private"] = drawn.told
        noted[HEAD] = drawn.ledger
    return Further(files, tuple(also), told, noted)
