"""Holds a number back where its change since any earlier release would be about a few people."""

from collections.abc import Sequence, Set
from typing import Final

from anonymiser.errors import Refusal
from anonymiser.tables.ledger import Cell, Entry
from anonymiser.tables.rules import DEFAULT, RULES, Rule

FEWEST_CHANGED: Final = 10  # a change of 1 to 9 people is a group too small to speak of


def held_back(
    now: Sequence[Cell], earlier: Sequence[Entry], *, smallest: int, is_mean: bool = False
) -> list[Cell]:
    """What may be printed of `now` beside everything that was printed of the same question before.

    A number that would change visibly keeps its last printed value while its people differ by less than ten from
    those behind any earlier value that was true when it was printed and is another: from each, not from the last
    alone, because a reader has them all. Also while they are as many: a number that was withheld beside another would
    come out when one person more is in the other. What was not there before was nought. Of counts that are not
    printed, those below the `smallest` are told apart from the others, so this is held back alike.
    """
    if not earlier:
        return list(now)
    nought = None if is_mean else 0.0
    before = [{cell.labels: cell for cell in entry.cells} for entry in earlier]
    settled = []
    for cell in now:
        seen = [cells.get(cell.labels) or Cell(cell.labels, 0, nought) for cells in before]
        true = [each for each in seen if not each.held_back]
        if _is_other(cell, true[-1], smallest) and any(
            _tells_of_a_few(cell, each, smallest) for each in true
        ):
            cell = cell._replace(printed=seen[-1].printed, held_back=True)
        settled.append(cell)
    return settled


def last_true(earlier: Sequence[Entry]) -> dict[tuple[str | None, ...], Cell]:
    """The newest cells that were as their people were: of what is held back since, they have the reason."""
    return {cell.labels: cell for entry in earlier for cell in entry.cells if not cell.held_back}


def as_before(cells: Sequence[Cell], earlier: Sequence[Entry]) -> Set[tuple[str | None, ...]]:
    """The labels of the cells that are printed as they last were: they tell a reader nothing new."""
    if not earlier:
        return frozenset()
    last = {cell.labels: cell.printed for cell in earlier[-1].cells}
    return {cell.labels for cell in cells if cell.printed in (None, last.get(cell.labels, 0.0))}


def _tells_of_a_few(now: Cell, then: Cell, smallest: int) -> bool:
    return _is_other(now, then, smallest) and abs(now.people - then.people) < FEWEST_CHANGED


def _is_other(one: Cell, two: Cell, smallest: int) -> bool:
    """Whether a reader sees a difference: another number, or another reason why there is none."""
    if one.printed is None and two.printed is None:
        return (one.people < smallest) != (two.people < smallest)
    return one.printed != two.printed


def rule_of(entries: Sequence[Entry], wanted: str | None = None) -> Rule:
    """The rule that a ledger was begun with; in a new one that which is wanted. Refuses to change it."""
    if wanted is not None and wanted not in RULES:
        raise Refusal(f"There is no rule {wanted} for tables; there are {', '.join(RULES)}.")
    kept = entries[0].rule if entries else wanted or DEFAULT.name
    if wanted not in (None, kept):
        raise Refusal(
            f"The tables of this series are told by the rule {kept}, which cannot be changed to {wanted}: two rules "
            "beside each other tell more than either. Leave the option away, or begin a new series in another folder."
        )
    return RULES[kept]


def check_rule_kept(rule: str, earlier: Sequence[Entry]) -> None:
    """Refuse another rule than before: the two printed beside each other narrow what each leaves open."""
    others = sorted({entry.rule for entry in earlier} - {rule})
    if others:
        raise Refusal(f"This table was released under the rule {others[0]}; it has to keep to it.")
