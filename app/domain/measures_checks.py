"""What must hold inside a measure for its scores to mean anything: checked once, when its file is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, product

from app.domain.errors import FieldProblem
from app.domain.frameworks import Prompt
from app.domain.measures import Band, Item, Measure, Scoring, Total
from app.domain.outcomes import ANSWERED_BY

_LAST_DIGIT = 9


def problems_of(measure: Measure) -> list[FieldProblem]:
    """Return everything that is wrong inside a measure; each `field` is the key in its file, lists counted from 1."""
    return [*_of_codes(measure), *_of_items(measure.items), *_of_totals(measure)]


def _of_codes(measure: Measure) -> Iterator[FieldProblem]:
    if not measure.items and not measure.narrative:
        yield FieldProblem("items", "A measure needs at least one question: add an [[items]] table.")
    seen: set[str] = set()
    told: tuple[tuple[str, Sequence[Item | Total | Prompt]], ...] = (
        ("items", measure.items),
        ("totals", measure.totals),
        ("narrative", measure.narrative),
    )
    for kind, found in told:
        for number, each in enumerate(found, 1):
            if each.code in seen:
                yield FieldProblem(
                    f"{kind}.{number}.code", f"{each.code} is used twice; give each its own code."
                )
            elif each.code == ANSWERED_BY:
                sentence = f"{each.code} is kept for who answered for somebody; give it another code."
                yield FieldProblem(f"{kind}.{number}.code", sentence)
            seen.add(each.code)


def _of_items(items: Sequence[Item]) -> Iterator[FieldProblem]:
    for number, item in enumerate(items, 1):
        where = f"items.{number}"
        if item.low >= item.high:
            yield FieldProblem(f"{where}.low", "The lowest number must be below the highest.")
            continue
        values = [answer.value for answer in item.answers]
        if values and sorted(set(values)) != list(range(item.low, item.high + 1)):
            sentence = (
                f"Give one answer for each whole number from {item.low} to {item.high}, or no answers at all."
            )
            yield FieldProblem(f"{where}.answers", sentence)
        if item.alerts_above is not None and not item.low <= item.alerts_above < item.high:
            sentence = f"Give a number from {item.low} to {item.high - 1}, so that an answer can be above it."
            yield FieldProblem(f"{where}.alerts_above", sentence)
        yield from _of_numbers(item, where)


def _of_numbers(counted: Item | Total, where: str) -> Iterator[FieldProblem]:
    matters = counted.change_that_matters
    if matters is not None and not 0 < matters <= counted.high - counted.low:
        sentence = f"Give a number above 0 and up to {counted.high - counted.low:g}."
        yield FieldProblem(f"{where}.change_that_matters", sentence)
    yield from _of_bands(counted.bands, counted, where)


def _of_bands(bands: Sequence[Band], counted: Item | Total, where: str) -> Iterator[FieldProblem]:
    if not bands:
        return
    if any(band.low > band.high for band in bands):
        yield FieldProblem(f"{where}.bands", "Each band's low must not be above its high.")
    elif any(after.low <= before.high for before, after in pairwise(bands)):
        yield FieldProblem(f"{where}.bands", "Put the bands in order, the lowest first, without overlaps.")
    elif bands[0].low != counted.low or bands[-1].high != counted.high:
        sentence = f"The bands must run from {counted.low:g} to {counted.high:g}, without an end left out."
        yield FieldProblem(f"{where}.bands", sentence)
    elif _is_whole(counted) and any(after.low != before.high + 1 for before, after in pairwise(bands)):
        yield FieldProblem(f"{where}.bands", "Each band must begin one above the end of the one before it.")


def _is_whole(counted: Item | Total) -> bool:
    return isinstance(counted, Item) or counted.scoring is Scoring.SUM


def _of_totals(measure: Measure) -> Iterator[FieldProblem]:
    for number, total in enumerate(measure.totals, 1):
        where = f"totals.{number}"
        items = [measure.item(code) for code in total.items]
        unknown = [code for code, item in zip(total.items, items, strict=True) if item is None]
        if unknown or not items:
            known = ", ".join(item.code for item in measure.items)
            yield FieldProblem(f"{where}.items", f"Name items of this measure: {known}.")
            continue
        if len(set(total.items)) < len(total.items):
            yield FieldProblem(f"{where}.items", "Name each item once.")
            continue
        told = [item for item in items if item]
        if problem := _of_parts(total, told):
            yield FieldProblem(f"{where}.items", problem)
            continue
        yield from _of_range(total, told, where)
        yield from _of_numbers(total, where)


def _of_parts(total: Total, items: Sequence[Item]) -> str | None:
    """Say why items cannot make one score together; None where they can."""
    if optional := [item.code for item in items if item.optional]:
        return (
            f"A missing answer gives no score, so none of its items can be optional: {', '.join(optional)}."
        )
    if total.scoring is Scoring.PROFILE:
        return None  # its answers are looked up in a row, each by itself
    if kinds := [item.code for item in items if item.is_category]:
        return f"Kinds cannot be added up, so none of its items can be a category: {', '.join(kinds)}."
    senses = {item.higher_is_better for item in items}
    if len(senses) > 1:
        return "Its items run both ways, so a sum of them says nothing: turn some round, or leave them out."
    if total.scoring is Scoring.SUM and total.higher_is_better not in senses:
        return "The sum runs the other way than its items: give both the same better."
    return None


def _of_range(total: Total, items: Sequence[Item], where: str) -> Iterator[FieldProblem]:
    """The range that a total says it has is the one that its items can reach."""
    lowest = sum(item.low for item in items)
    highest = sum(item.high for item in items)
    told: Iterable[float] = (lowest, highest)
    if total.scoring is not Scoring.SUM:
        if problem := _of_table(total, items, lowest, highest):
            yield FieldProblem(f"{where}.table", problem)
            return
        told = (min(total.table.values()), max(total.table.values()))
    elif total.table:
        yield FieldProblem(f"{where}.table", 'Take the table out, or write scoring = "table".')
    if (total.low, total.high) != tuple(told):
        low, high = told
        yield FieldProblem(
            f"{where}.low", f"Its items give a score from {low:g} to {high:g}: write low and high so."
        )


def _of_table(total: Total, items: Sequence[Item], lowest: int, highest: int) -> str | None:
    """Say what is wrong with the table of a score; None when it has every key that the answers can make."""
    if total.scoring is Scoring.TABLE:
        whole = set(range(lowest, highest + 1))
        return (
            None
            if total.table.keys() == whole
            else f"Give a score for each sum from {lowest} to {highest}, no other."
        )
    if any(item.low < 0 or item.high > _LAST_DIGIT for item in items):
        return "A value set reads the answers as digits: its items must lie between 0 and 9."
    profiles = {
        int("".join(map(str, answers)))
        for answers in product(*(range(item.low, item.high + 1) for item in items))
    }
    if total.table.keys() == profiles:
        return None
    return f"Give a value for each of the {len(profiles)} ways to answer, as 11111, and for no other."
