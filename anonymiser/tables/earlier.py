"""Holds today's tables against other tables of earlier releases, each on the rows of its own day."""

from collections.abc import Iterable, Sequence, Set

import polars as pl

from anonymiser.tables.auditing import Audit
from anonymiser.tables.ledger import Cell, Entry
from anonymiser.tables.overlaps import Labels
from anonymiser.tables.queries import Query
from anonymiser.tables.rules import Rule
from anonymiser.tables.updates import as_before, held_back


def apart_by_few(
    frame: pl.DataFrame,
    questions: Sequence[Query],
    rule: Rule,
    past: Iterable[tuple[str, pl.DataFrame]],
    entries: Sequence[Entry],
) -> dict[str, set[Labels]]:
    """The cells of each question (by its identity) that a few people part from what an earlier release printed.

    `past` gives each release's name in the ledger with the rows that it counted; they are held one release at a time.
    What each release printed anew is set against what today's would print anew: a cell is found where it differs by 1
    to 9 people from a cell of another question. What would stand as it stood tells nothing new. Nor is a question held
    against itself: updates.py does that.
    """
    found: dict[str, set[Labels]] = {each.identity: set() for each in questions}
    standing: dict[str, Set[Labels]] = {}
    for release, then in past:
        audit = Audit(frame, rule, past={release: then})
        for question in questions if not standing else ():
            before = [entry for entry in entries if entry.question == question.identity]
            standing[question.identity] = _standing(audit.cells(question), before, rule)
        for entry in entries:
            audit.recall_past(entry)
        for question in questions:
            stands = standing[question.identity]
            found[question.identity] |= audit.beside_the_past(question, standing=stands)
    return found


def _standing(cells: Sequence[Cell], before: Sequence[Entry], rule: Rule) -> Set[Labels]:
    """The labels of what would be printed as it last was."""
    return as_before(held_back(cells, before, smallest=rule.smallest), before)
