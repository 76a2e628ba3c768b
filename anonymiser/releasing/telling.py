"""Tells how many rows there are that nobody sees: rounded as in a table, from release to release in steps of ten."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from anonymiser.tables.rules import DEFAULT
from anonymiser.tables.updates import FEWEST_CHANGED

_NOBODY = (0, 0)


def told(rows: int) -> int | None:
    """A number of rows as a table would print it; None where it is of 1 to 9."""
    exact = np.array([rows], np.int64)
    return int(DEFAULT.rounded(exact)[0]) if DEFAULT.shows(exact)[0] else None


class Telling:
    """The numbers that a release tells of what is not in its files.

    `before` are those of the release before, each by its name with the exact one that it was told for; None in a new
    series. A number stays what it was until the exact one has moved by FEWEST_CHANGED: else the step itself would say
    that somebody came or left. What no release has told before was of nobody.
    """

    def __init__(self, before: Mapping[str, Sequence[Any]] | None) -> None:
        self._before = before
        self._now: dict[str, tuple[int | None, int]] = {}

    @property
    def noted(self) -> dict[str, list[int | None]]:
        """What the series keeps: every number, and the exact one that it was told for."""
        return {name: [*pair] for name, pair in {**(self._before or {}), **self._now}.items()}

    def tell(self, name: str, exact: int) -> int | None:
        """The number to print; None where it is of 1 to 9."""
        return self.tell_as(name, exact, anew=told(exact))

    def tell_as(self, name: str, exact: int, *, anew: int | None) -> int | None:
        """The same with other words for a number that is told anew."""
        pair = (anew, exact)
        if self._before is not None:
            number, then = self._before.get(name, _NOBODY)
            if abs(exact - then) < FEWEST_CHANGED:
                pair = (number, then)
        self._now[name] = pair
        return pair[0]
