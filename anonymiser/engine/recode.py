"""The engine's door: which recoder serves which release, and the promise that its answer keeps the thresholds."""

from enum import StrEnum

from anonymiser.engine.cover import cover
from anonymiser.engine.lattice import optimum
from anonymiser.engine.model import Thresholds
from anonymiser.engine.recoding import Recoding, settled
from anonymiser.engine.table import Table
from anonymiser.engine.tree import specialise

# Beyond, the cover costs many times what the tree does and finds hardly anything that the tree has not found.
COVERED_ROWS = 200_000


class Method(StrEnum):
    """How the labels are found."""

    FULL_DOMAIN = "full-domain"
    """One level per column, the best there is: for series that keep one schema."""
    LOCAL = "local"
    """Each class as exact as it can be: for extracts. Small tables are also tried by cover refinement."""
    FAST = "fast"
    """Local, by the tree alone."""


def recode(table: Table, thresholds: Thresholds, method: Method = Method.LOCAL) -> Recoding:
    """Give every row labels under which it stands in a safe crowd; suppress what cannot be placed."""
    if method is Method.FULL_DOMAIN:
        return settled(optimum(table, thresholds).recoding, table, thresholds)
    found = specialise(table, thresholds)
    if method is Method.FAST or found.suppressed.all() or len(table) > COVERED_ROWS:
        return found
    other = specialise(table, thresholds, start=cover(table, thresholds))
    return min(found, other, key=lambda each: each.loss)
