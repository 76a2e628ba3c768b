"""Draws a release's differentially private counts once, within what the whole series may spend, and keeps them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, Final

import polars as pl

from anonymiser.errors import Refusal
from anonymiser.releasing.counted import SHOWN, SMALL, TABLE_COLUMNS
from anonymiser.releasing.definitions import MEASURES, OPEN, title
from anonymiser.releasing.series import Series
from anonymiser.releasing.sources import Order
from anonymiser.tables.cell_keys import FEWEST
from anonymiser.tables.ledger import Cell, Entry, open_ledger

CELLS_A_PERSON: Final = 2
MOST_IN_ALL: Final = 2.0
"""Epsilon of a series: whether somebody was counted is made likelier by no more than e to the 2, seven times."""
LEDGER: Final = "private.ledger"
HEAD: Final = "private_ledger"
_PURPOSE: Final = b"anonymiser/v1|private-ledger"
_CAP_PURPOSE: Final = b"anonymiser/v1|private-cap"
_LIBRARY: Final = "anonymiser.tables.private_counts"
_MISSING: Final = (
    "--also-private needs the library OpenDP, and it is not installed here. Install it beside the anonymiser (pip "
    "install opendp), or leave the option away."
)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What one table was drawn with: its epsilon, that of the whole series, and how far off 95% of its numbers are."""

    epsilon: float
    total: float
    accuracy: float


@dataclass(frozen=True)
class Drawn:
    """The counts in the words of a table, the ledger's head, and what the manifest tells of the noise."""

    tables: pl.DataFrame
    ledger: str
    told: dict[str, Any]


def check_before(series: Series, order: Order) -> None:
    """Raise Refusal before the long work where nothing could be drawn after it: terms, budget, and OpenDP itself."""
    key = order.keys.root.derive(_PURPOSE)
    with open_ledger(series.state / LEDGER, key, head=_head(series)) as ledger:
        # What was drawn for a candidate of the next release may be what is asked for again.
        spent = [
            each for each in ledger.entries if not each.release.startswith(f"release-{series.next_number()}-")
        ]
        _check_share(_share(order), _total(order, ledger.entries), spent, [])
    _library()


def draw(frame: pl.DataFrame, series: Series, order: Order, *, release: str) -> Drawn:
    """The private counts of a release: drawn and written down, or those that were drawn for it already.

    Each drawing spends epsilon, whether the release is published or not, because somebody may have seen it. Raises
    Refusal where the series has not so much left, where its terms would change, and where OpenDP is not there.
    """
    key = order.keys.root.derive(_PURPOSE)
    with open_ledger(series.state / LEDGER, key, head=_head(series)) as ledger:
        made = {each.question: each for each in ledger.entries if each.release == release}
        total = _total(order, ledger.entries)
        share = _share(order)
        _check_share(share, total, ledger.entries, [*made.values()])
        for by, measure in OPEN:
            if (name := title(by, measure)) not in made:
                order.progress(f"table {name}")
                cells, accuracy = _drawn(frame, (by, measure), share, order)
                terms = Terms(epsilon=share, total=total, accuracy=accuracy)
                made[name] = ledger.record(release, name, json.dumps(asdict(terms), sort_keys=True), cells)
        spent = _spent(ledger.entries)
        tables = pl.concat(_words(by, measure, made[title(by, measure)]) for by, measure in OPEN)
        return Drawn(tables, ledger.head, _told([*made.values()], total, spent))


def _share(order: Order) -> float:
    return (order.also_private or 0.0) / len(OPEN)


def _head(series: Series) -> str | None:
    """What the ledger must hold: the newest head that a release has noted."""
    return next((each.about[HEAD] for each in reversed(series.past) if HEAD in each.about), None)


def _terms(entry: Entry) -> Terms:
    return Terms(**json.loads(entry.rule))


def _spent(entries: Sequence[Entry]) -> float:
    return sum(_terms(each).epsilon for each in entries)


def _total(order: Order, entries: Sequence[Entry]) -> float:
    """What the series may spend: as it began, or as it is told to begin."""
    kept, wanted = _terms(entries[0]).total if entries else None, order.private_total
    if kept is not None and wanted not in (None, kept):
        raise Refusal(
            f"This series may spend an epsilon of {kept:g} in all, as its first private counts were drawn with; that "
            "cannot be changed. Leave --private-total away."
        )
    total = kept or wanted
    if total is None or not 0 < total <= MOST_IN_ALL:
        raise Refusal(
            "The first private counts of a series need --private-total: how much epsilon all its releases together "
            f"may spend, above 0 and at most {MOST_IN_ALL:g}."
        )
    return total


def _check_share(share: float, total: float, entries: Sequence[Entry], made: Sequence[Entry]) -> None:
    """Raise Refusal for an epsilon that is none, that the series has not left, or that is not what was drawn with."""
    if not share > 0:
        raise Refusal("--also-private needs an epsilon above 0, for example 0.5.")
    if any(_terms(each).epsilon != share for each in made):
        raise Refusal(
            f"The private counts of this release were drawn with an epsilon of {_terms(made[0]).epsilon * len(OPEN):g} "
            "and are kept; ask for the same, or leave --also-private away."
        )
    spent, more = _spent(entries), share * (len(OPEN) - len(made))
    if spent + more > total * (1 + 1e-9):
        raise Refusal(
            f"The privacy budget of this series is an epsilon of {total:g}, and {spent:g} of it is spent: {more:g} "
            "more is not left. Nothing was drawn. Ask for less, or leave --also-private away."
        )


def _drawn(
    frame: pl.DataFrame, table: tuple[str, str], epsilon: float, order: Order
) -> tuple[list[Cell], float]:
    """The noisy cells of a table, and how far off 95% of them are. The exact numbers are written down nowhere."""
    library = _library()
    words = frame.select("person", *(pl.col(name).cast(pl.String) for name in table))
    counts = library.private_counts(
        words,
        {name: MEASURES[name].answers for name in table},
        library.Budget(epsilon=epsilon, cap=CELLS_A_PERSON),
        key=order.keys.root.derive(_CAP_PURPOSE),
    )
    cells = [Cell(tuple(labels), 0, float(people)) for *labels, people in counts.cells.iter_rows()]
    return cells, float(counts.accuracy)


def _library() -> ModuleType:
    """OpenDP's part of the program: a quarter of a gigabyte, which is read only where it is asked for."""
    try:
        return import_module(_LIBRARY)
    except ModuleNotFoundError:
        raise Refusal(_MISSING) from None


def _words(by: str, measure: str, entry: Entry) -> pl.DataFrame:
    rows = []
    for cell in entry.cells:
        people = int(cell.printed or 0)
        told = (str(people), SHOWN) if people >= FEWEST else ("", SMALL)
        rows.append((title(by, measure), by, cell.labels[0], measure, cell.labels[1], *told))
    return pl.DataFrame(rows, schema={each.name: pl.String for each in TABLE_COLUMNS}, orient="row")


def _told(made: Sequence[Entry], total: float, spent: float) -> dict[str, Any]:
    return {
        "mechanism": "geometric noise (discrete Laplace) of OpenDP, drawn once and kept",
        "epsilon": round(_spent(made), 9),
        "epsilon_spent_in_series": round(spent, 9),
        "epsilon_of_series": total,
        "cells_a_person": CELLS_A_PERSON,
        "off_by_at_most_in_95_percent": {each.question: _terms(each).accuracy for each in made},
    }
