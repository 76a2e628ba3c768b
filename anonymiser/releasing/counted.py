"""Describes the files of counted people: what their columns mean under the rule that their numbers are told by."""

import re
from dataclasses import dataclass

from anonymiser.releasing.columns import NOT_A_CAUSE, Column
from anonymiser.tables.cell_keys import FEWEST, FURTHEST_OFF
from anonymiser.tables.rule_words import few, how_told, what_is_shown, when_empty
from anonymiser.tables.rules import DEFAULT, Rule
from anonymiser.tables.updates import FEWEST_CHANGED

TABLES = "tables"
TABLES_PATH = f"data/{TABLES}.csv"
SHOWN, SMALL, FURTHER = "shown", "small", "further"
"""Which number is that of an earlier release is not said: just those changed, and so they would tell of a few."""
_WITHHELD = "further, withheld so that no other number gives people away"
_AS_BEFORE = (
    f"What fewer than {FEWEST_CHANGED} people would have changed since an earlier release is as it was."
)


@dataclass(frozen=True, kw_only=True)
class CountedFile:
    """A file of counts: its title, and what its numbers, its gaps and its reasons mean.

    `withheld` stands in the CSV where there is no number; in Parquet there is none.
    """

    name: str
    title: str
    people: str
    missing: str
    status: str
    withheld: str = ""

    @property
    def path(self) -> str:
        """Where the CSV lies in a release; the Parquet file lies beside it."""
        return f"data/{self.name}.csv"

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in the order in which they come out."""
        people = Column(
            name="people",
            meaning=self.people,
            source=("nhs_number",),
            pattern=rf"\d+|{re.escape(self.withheld)}" if self.withheld else r"\d*",
            missing=self.missing,
            type="integer",
            gaps=tuple(dict.fromkeys(("", self.withheld))),
        )
        status = Column(name="status", meaning=self.status, source=(), values=(SHOWN, SMALL, FURTHER))
        return (*_PLACES, people, status)


_PLACES = (
    Column(
        name="table",
        meaning="Which table: what was counted, by what.",
        source=(),
        pattern=r"[a-z_]+-by-[a-z_]+",
    ),
    Column(name="by", meaning="The column that the rows are told apart by.", source=(), pattern=r"[a-z_]+"),
    Column(name="value", meaning="Its value.", source=(), pattern=r"[A-Za-z0-9 ._-]+"),
    Column(name="measure", meaning="What was counted.", source=(), pattern=r"[a-z_]+"),
    Column(name="answer", meaning="Its value. " + NOT_A_CAUSE, source=(), pattern=r"[A-Za-z0-9 ._-]+"),
)


def tables_by(rule: Rule) -> CountedFile:
    """The tables that are in every release, under the series' rule."""
    return CountedFile(
        name=TABLES,
        title="Counts of people",
        people=f"Different people, {how_told(rule)}: {what_is_shown(rule)}.",
        missing=when_empty(rule),
        status=f"Why the number is as it is: shown; small, {few(rule)}; {_WITHHELD}. {_AS_BEFORE}",
        withheld=rule.withheld,
    )


PERTURBED = CountedFile(
    name="tables-perturbed",
    title="Counts of people by two things at once, with cell keys",
    people=f"Different people, at least {FEWEST}, up to {FURTHEST_OFF} off: the same people always have the same "
    "number (cell keys, the method of the Office for National Statistics). Nought is nought.",
    missing=when_empty(DEFAULT),
    status=f"Why the number is as it is: shown; small, {few(DEFAULT)}; {_WITHHELD}. {_AS_BEFORE}",
)
PRIVATE = CountedFile(
    name="tables-private",
    title="Counts of people, differentially private",
    people="Different people with noise that was drawn once (differential privacy, OpenDP); manifest.json says how "
    "much. Each person is in two cells of a table at the most.",
    missing=f"Empty where the number with its noise is below {FEWEST}.",
    status=f"Why the number is as it is: shown; small, with its noise below {FEWEST}.",
)
FURTHER_FILES = (PERTURBED, PRIVATE)
"""What is there only where it was asked for."""
TABLE_COLUMNS = tables_by(DEFAULT).columns
"""What the tables hold under any rule; in words, under that of most series."""
