"""Makes the rows of a release: protected, written, checked and attacked, in larger crowds where that is needed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from anonymiser.checking.review import find_attack_faults
from anonymiser.errors import Refusal
from anonymiser.hashing import beside
from anonymiser.memory import give_back
from anonymiser.policy import MINIMUM_PEOPLE
from anonymiser.policy_trees import Rows, published_rows, years_from
from anonymiser.releasing.columns import DATASETS, JOURNEYS, REFERRALS, ROW_ID, Dataset
from anonymiser.releasing.composition import withhold, without_composition
from anonymiser.releasing.folder import Content
from anonymiser.releasing.frames import journey_frame
from anonymiser.releasing.inspecting import LIMITS, Inspected, Known, inspect_all
from anonymiser.releasing.manifest import Part
from anonymiser.releasing.package import write_rows
from anonymiser.releasing.protect import in_order_of_names, protect, row_names
from anonymiser.releasing.series import Series
from anonymiser.releasing.sources import Order, Source
from anonymiser.releasing.tables import PLACES

CROWDS = (MINIMUM_PEOPLE, 11, 12, 14, 17, 21, 2**31 - 1)
"""How many people stand in each crowd, tried in this order until an intruder is held off; in the last nobody can."""

TIMES = ("month", "quarter")
"""The hierarchies that grow with time."""


Write = Callable[[Part], Part]
"""Writes the rows of a part, and gives it without what lies in files then: a million rows have to fit."""


def make_parts(
    order: Order, series: Series, source: Source, people: Mapping[str, int], write: Write
) -> tuple[Part, Part]:
    """Protect and write what no earlier release has let out; `people` says how large a dataset's crowds must be.

    The one table is written while the other is protected.
    """

    def made(dataset: Dataset, frame: pl.DataFrame, shown: Sequence[pl.DataFrame], other: Dataset) -> Part:
        order.progress(f"protect {dataset.name}")
        earlier = series.released(dataset)
        gone = [rows.select("row") for rows in earlier]
        fresh = frame.join(pl.concat(gone), on="row", how="anti", maintain_order="left") if gone else frame
        found = protect(fresh, dataset, source.trees, series.cut(dataset), people[dataset.name])
        found = withhold(without_composition(found, shown, other))
        checked = ("row", "person", *dataset.quasi_names, *dataset.outcomes)
        # `row`, `person` and `key` are there and do not come out; names are made when they do.
        coming = (name for name in dataset.names if name != ROW_ID.name)
        rows = found.rows.select("row", "person", "key", *coming)
        kept = replace(found, rows=found.rows.select(checked))
        return Part(protected=kept, exact=fresh.select(checked), rows=rows, earlier=earlier)

    # What is out is out: rows that would tell too much beside a journey of an earlier release wait.
    held = [made(REFERRALS, source.referrals, series.released(JOURNEYS), JOURNEYS)]
    shown = [held[0].protected.rows, *held[0].earlier]
    # Handed over and not kept: else its rows, which take much room, would be there twice when they are put in order.
    with beside(lambda: write(held.pop())) as referrals:
        journeys = made(JOURNEYS, journey_frame(source.referrals, source.created_on), shown, REFERRALS)
        return referrals(), write(journeys)


def hold_off(
    order: Order, series: Series, source: Source, aside: Path, room: Callable[[], object]
) -> tuple[Sequence[Part], Mapping[str, Content], Sequence[Inspected]]:
    """Protect, write, check and attack; in larger crowds where an intruder's guesses are too often right in these.

    Somebody with several rows in a crowd of ten is guessed more often than one time in ten. In a large release that is
    made up for by others; in a small one larger crowds are needed, and in the end no rows come out. `room` is called
    before rows are written, and comes back when what else is in memory leaves room to.
    """
    steps = {dataset.name: iter(CROWDS) for dataset in DATASETS}
    people = {name: next(sizes) for name, sizes in steps.items()}
    files: dict[str, Content] = {}
    project = source.name_in(series)

    def write(part: Part) -> Part:
        room()
        order.progress(f"write {part.protected.dataset.name}")
        give_back()
        dataset = part.protected.dataset
        names = row_names(part.rows, dataset, order.keys.root, project)
        # The order of the names tells nothing.
        part = replace(part, rows=in_order_of_names(part.rows.drop("key").with_columns(names)))
        files.update(write_rows(aside, dataset, part.rows))
        return part.written()

    while True:
        parts = make_parts(order, series, source, people, write)
        order.progress("check and attack")
        inspected = inspect_all(aside, [_known(part, source, order) for part in parts])
        found = [each for each in inspected if each.findings]
        if not found:
            return [part.checked() for part in parts], files, inspected
        larger = {each.dataset.name: next(steps[each.dataset.name], 0) for each in found}
        if not all(map(_is_guessed, found)) or not all(larger.values()):
            told = (sentence for each in found for sentence in each.findings)
            raise Refusal("The checker refused the release; nothing was written.", *told)
        people |= larger


def _is_guessed(each: Inspected) -> bool:
    """Whether all that stands against a dataset is that an intruder's guesses are too often right."""
    if each.review is None:
        return False
    guesses = find_attack_faults(each.review.assessment.attacks, LIMITS)
    return len(each.findings) == len(guesses) and each.review.findings == guesses


def _known(part: Part, source: Source, order: Order) -> Known:
    """What the check is given to hold against a dataset's finished bytes."""
    return Known(
        dataset=part.protected.dataset,
        names=part.rows,
        exact=part.exact,
        trees=source.trees,
        earlier=part.earlier,
        population=order.population,
    )


def published_trees(parts: Sequence[Part], trees: Mapping[str, Rows]) -> dict[str, Rows]:
    """The hierarchies as they come out: of places and years none of which nothing came out."""
    labels: dict[str, list[str]] = {column.tree: [] for dataset in DATASETS for column in dataset.quasi}
    for part in parts:
        for column in part.protected.dataset.quasi:
            labels[column.tree] += part.protected.rows[column.name].unique().to_list()
    cut = dict.fromkeys(PLACES, published_rows) | dict.fromkeys(TIMES, years_from)
    return {
        name: cut[name](trees[name], found) if name in cut else trees[name] for name, found in labels.items()
    }
