"""Which counts may be printed, worked out by trying every number that a reader must hold possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

_LEAST, _POSSIBLE = 10, 5


@dataclass(frozen=True)
class Cell:
    """People as they are printed, None where they are withheld, and their share in per cent."""

    people: int | None
    percent: Fraction | None = None

    @property
    def words(self) -> str:
        return "withheld" if self.people is None else str(self.people)

    @property
    def share(self) -> str:
        """A whole number of per cents, by way of one decimal."""
        return "" if self.percent is None else str(round(round(float(self.percent), 1)))


def alone(people: int, *, of: int | None = None) -> Cell:
    """A count that stands on its own: withheld from 1 to 9, else the nearest multiple of five."""
    printed = None if people in range(1, _LEAST) else _to_five(people)
    return _with_share(printed, of)


def together(
    counts: Sequence[int], *, hidden: bool = False, whole: str | int = "once"
) -> tuple[list[Cell], Cell | None, Cell]:
    """Counts that make up a whole, which a reader knows too, those withheld together, and all of them.

    All of them are rounded "once", are the "sum" of what is printed, or the number that is given.

    The smallest go until no withheld one is given away and those withheld are ten.
    """
    open_ = {at for at, people in enumerate(counts) if people >= _LEAST and not hidden}
    while open_ and (0 < _left(counts, open_) < _LEAST or _can_be_told(counts, open_, is_told_apart=True)):
        open_.remove(min(open_, key=lambda at: (counts[at], at)))
    shown = _shown(counts, open_)
    if None not in shown:
        added = sum(people or 0 for people in shown)
        return [_with_share(people, added) for people in shown], None, _all(counts, added, whole)
    if hidden or sum(counts) < _LEAST:
        return [Cell(people) for people in shown], None, Cell(None)
    apart = _to_five(_left(counts, open_))
    added = apart + sum(people or 0 for people in shown)
    told = [_with_share(people, added) for people in shown]
    return told, _with_share(apart, added), _all(counts, added, whole)


def added_up(printed: Sequence[str]) -> str | int:
    """The number that printed lines make up, "sum" where one of them is withheld."""
    return "sum" if "withheld" in printed else sum(map(int, printed))


def _all(counts: Sequence[int], added: int, whole: str | int) -> Cell:
    return Cell(whole if isinstance(whole, int) else added if whole == "sum" else _to_five(sum(counts)))


def overlapping(counts: Sequence[int], people: int) -> tuple[list[Cell], Cell]:
    """Counts of groups in several of which somebody may be, with shares of everybody."""
    open_ = {at for at, each in enumerate(counts) if each >= _LEAST}
    while open_ and _can_be_told(counts, open_, is_told_apart=False):
        open_.remove(min(open_, key=lambda at: (counts[at], at)))
    whole = alone(people)
    return [_with_share(each, whole.people) for each in _shown(counts, open_)], whole


def _shown(counts: Sequence[int], open_: set[int]) -> list[int | None]:
    return [_to_five(people) if at in open_ else None if people else 0 for at, people in enumerate(counts)]


def _left(counts: Sequence[int], open_: set[int]) -> int:
    return sum(people for at, people in enumerate(counts) if at not in open_)


def _to_five(people: int) -> int:
    return round(Fraction(people, 5)) * 5  # never half way between: a fifth is no half


def _with_share(people: int | None, of: int | None) -> Cell:
    return Cell(people, Fraction(100 * people, of) if people is not None and of else None)


def _can_be_told(counts: Sequence[int], open_: set[int], *, is_told_apart: bool) -> bool:
    """Whether fewer than five values are possible for a withheld count, given all that is printed and the rule."""
    withheld = sum(1 for at, people in enumerate(counts) if people and at not in open_)
    if not withheld or sum(counts) < _LEAST:
        return False
    if withheld == 1:
        return True
    whole, left = _to_five(sum(counts)), _left(counts, open_)
    printed = sorted(_to_five(counts[at]) for at in open_)
    fewest = [max(each - 2, _LEAST) for each in printed]
    sums = set(range(whole - 2 - sum(each + 2 for each in printed), whole + 3 - sum(fewest)))
    if is_told_apart and left >= _LEAST:
        sums &= {*range(max(_LEAST, _to_five(left) - 2), _to_five(left) + 3)}
    possible = set()
    for all_of_them in sums:
        # none that is withheld is larger than the smallest that is not, which makes up the whole with the others
        largest = min(printed[0] + 2, whole + 2 - all_of_them - sum(fewest[1:])) if printed else whole + 2
        for value in range(1, min(largest, all_of_them) + 1):
            most = (withheld - 1) * largest
            if value >= _LEAST:  # one of the others is small, then
                most += _LEAST - 1 - largest
            if withheld - 1 <= all_of_them - value <= most:
                possible.add(value)
    return len(possible) < _POSSIBLE
