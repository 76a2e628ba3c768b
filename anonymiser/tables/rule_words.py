"""Words what each rule does to a count, once for the README, the dictionary, the report and the desk."""

from typing import Final

import numpy as np

from anonymiser.tables.cell_keys import FURTHEST_OFF
from anonymiser.tables.noughts import FEWEST_OF_AN_ANSWER
from anonymiser.tables.rules import Rule

FEWEST_LISTED: Final = 10
"""A line of an answer with a smaller number is not listed: nobody can tell a few people from nobody then."""

BY_CELL_KEYS: Final = f"up to {FURTHEST_OFF} off (cell keys: the same people always have the same number)"


def how_told(rule: Rule) -> str:
    """What is done to a number that is shown."""
    return "as the middle of each six" if rule.midpoint else f"to the nearest {rule.to}"


def what_is_shown(rule: Rule) -> str:
    """Which counts are shown."""
    if rule.smallest == 1:
        return "0 is 0, 1 to 6 is 3, 7 to 12 is 9"
    return f"0, or at least {rule.smallest} people"


def few(rule: Rule) -> str:
    """The counts that are too small to be shown; a rule that shows them all has none."""
    return f"fewer than {rule.smallest} people" if rule.smallest > 1 else "no number is too small"


def most_unlisted(rule: Rule) -> int:
    """The most people that can be in a line which an answer does not list."""
    least = np.arange(1, 3 * FEWEST_LISTED, dtype=np.int64)
    return int(least[rule.shows(least) & (rule.rounded(least) >= FEWEST_LISTED)][0]) - 1


def whole_lines(rule: Rule) -> str:
    """What is told of a line of a table, and of an answer, that has few people."""
    if not rule.line:
        return (
            "By this rule, kept to the letter, a line of few people keeps its noughts, and so does an answer of few: "
            "they can tell of them."
        )
    return (
        f"A line of fewer than {rule.line} people, or of nobody, tells no number at all, nor does one of which no "
        "number above 0 may be shown: its noughts would tell of the few. A table of such lines alone is left out. An "
        f"answer whose shown numbers add up to less than {FEWEST_OF_AN_ANSWER} over all lines tells no number either, "
        "and one with a single small number tells no 0: a gap there does not mean that somebody gave the answer."
    )


def when_empty(rule: Rule) -> str:
    """Why a number is missing."""
    why = "a few people could be worked out from other numbers"
    gap = f'"{rule.withheld}"' if rule.withheld else "Empty"
    empty = f"{gap} where {few(rule)}, or where {why}." if rule.smallest > 1 else f"{gap} where {why}."
    return f"{empty} {whole_lines(rule)}"
