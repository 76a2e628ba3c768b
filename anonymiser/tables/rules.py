"""The rules by which a count of people may be shown, each as the body that made it wrote it down."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

UNBOUNDED: Final = 1 << 40  # more than any count; far enough from the end of int64 to be added up
FEWEST_VALUES: Final = 5  # a withheld count that can be narrowed to fewer values than this is given away


class Totals(StrEnum):
    """What a total is made from."""

    OF_SHOWN = "of-shown"  # the sum of the cells as published: tells nothing that they do not
    OF_PEOPLE = "of-people"  # the people themselves, then treated like a cell: can give a cell back


@dataclass(frozen=True)
class Dominance:
    """When so few people hold so much of a sum that a mean is about them.

    Withheld where the `largest` people hold `share` of it or more, or where all the others together hold less
    than `rest` of what the first holds (the (n,k) and p-ratio rules of the SACRO guide).
    """

    largest: int = 2
    share: float = 0.90
    rest: float = 0.10


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How counts are shown. `smallest` is the smallest count above zero that is; zero is shown as zero.

    Of a line of a table with fewer people than `line` nothing is shown, noughts neither: they would tell in which of
    its cells the few are. Nought is no such bound: then a rule is kept to the letter. `withheld` stands in a released
    file where a number is not shown.
    """

    name: str
    smallest: int
    to: int
    totals: Totals
    line: int = 0
    midpoint: bool = False
    withheld: str = ""
    complementary: bool = False
    dominance: Dominance | None = None

    def shows(self, people: Ints) -> Bools:
        """Whether each count may be shown."""
        return np.asarray((people == 0) | (people >= self.smallest), dtype=np.bool_)

    def rounded(self, people: Ints) -> Ints:
        """Each count as it would be printed; of counts that may not be shown it says nothing of use."""
        if self.midpoint:
            up = -(-people // self.to) * self.to
            return np.asarray(up - (self.to // 2) * (people != 0), dtype=np.int64)
        return np.asarray((people + self.to // 2) // self.to * self.to, dtype=np.int64)

    def bounds(self, people: Ints) -> tuple[Ints, Ints]:
        """The least and the greatest count that a reader of the printed value has to hold possible."""
        printed = self.rounded(people)
        if self.midpoint:
            low, high = printed - (self.to - 1) // 2, printed + self.to // 2
        else:
            low, high = printed - self.to // 2, printed + (self.to - 1) // 2
        low, high = np.maximum(low, self.smallest), high
        withheld = ~self.shows(people)
        low, high = np.where(withheld, 1, low), np.where(withheld, self.smallest - 1, high)
        return np.where(people == 0, 0, low), np.where(people == 0, 0, high)


# The strictest of the others; its sources are in the package's README.
DEFAULT: Final = Rule(
    name="default", smallest=10, to=5, totals=Totals.OF_SHOWN, line=10, dominance=Dominance()
)
# NHS Digital, disclosure control for HES and ECDS from September 2018, below national level; to the letter.
HES: Final = Rule(name="hes", smallest=8, to=5, totals=Totals.OF_PEOPLE, withheld="*")
# The same, with the further cells withheld that its totals would give back.
HES_GUARDED: Final = replace(HES, name="hes-guarded", line=8, complementary=True, dominance=Dominance())
# OpenSAFELY, statistical disclosure control: counts of 7 and fewer redacted, then rounding, then totals.
OPENSAFELY: Final = Rule(name="opensafely", smallest=8, to=5, totals=Totals.OF_SHOWN, line=8)
# OpenSAFELY's rounding where a rate needs every number: 0 is 0, 1 to 6 is 3, 7 to 12 is 9.
MIDPOINT_6: Final = Rule(name="midpoint-6", smallest=1, to=6, totals=Totals.OF_SHOWN, line=7, midpoint=True)

RULES: Final = {rule.name: rule for rule in (DEFAULT, HES, HES_GUARDED, OPENSAFELY, MIDPOINT_6)}
