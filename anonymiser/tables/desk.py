"""The desk that answers questions: allowed, audited, ruled and written down, in that order."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Final

import polars as pl

from anonymiser.tables.aggregates import aggregates_by_polars
from anonymiser.tables.answering import ruled
from anonymiser.tables.auditing import Audit
from anonymiser.tables.counting import PERSON
from anonymiser.tables.ledger import Cell, Entry, Ledger
from anonymiser.tables.overlaps import Labels
from anonymiser.tables.queries import PEOPLE, Allowed, Query, QueryRefused, read_query
from anonymiser.tables.rule_words import FEWEST_LISTED, most_unlisted
from anonymiser.tables.rules import DEFAULT, Rule
from anonymiser.tables.steps import fewest_told, step_of, steps_told
from anonymiser.tables.updates import as_before, check_rule_kept, held_back

_MEAN: Final = "mean"
_REFUSAL: Final = (
    "No line of this answer can be told: {most} people or fewer are in each, or it and what was told before differ by "
    "a few people. Ask of more people, by fewer or coarser groups, or by those that were asked for before."
)


@dataclass(frozen=True)
class Answer:
    """A table that may be shown: the dimensions, and `people` or `mean`.

    Listed are lines of FEWEST_LISTED people and more alone, and values that may be named. A line that is not there has
    `most_unlisted` people or fewer, or nobody, or is withheld: which of them, nothing tells. Each mean is told to the
    nearest of `steps`, which has one for each line, and none where people are counted. `noisy` says that a table of the
    release has told it already by cell keys (cell_keys.py), and not by the rule.
    """

    query: Query
    rule: Rule
    release: str
    cells: pl.DataFrame
    most_unlisted: int
    steps: tuple[float, ...] = ()
    noisy: bool = False


@dataclass(frozen=True)
class Rows:
    """One release's rows, and those of earlier releases by the name that the ledger has of each, oldest first.

    `ask` gives the exact aggregates (aggregates.py, polars or DuckDB over the same rows as `frame`).
    """

    release: str
    frame: pl.DataFrame
    ask: Callable[[Query], pl.DataFrame]
    past: Mapping[str, pl.DataFrame] = field(default_factory=dict)


class Desk:
    """Answers questions about one release's rows. All that the ledger remembers, tables too, is audited beside them.

    A question is answered as if it had been asked of every earlier release too, else the same people under another
    question would show what an update brought.
    """

    def __init__(self, rows: Rows, allowed: Allowed, ledger: Ledger, *, rule: Rule = DEFAULT) -> None:
        self._rows, self._allowed, self._rule = rows, allowed, rule
        self._ledger, self._audit = ledger, self._recalled(ledger)

    def go_on_with(self, ledger: Ledger) -> None:
        """Use a ledger that was opened again, and learn what others have written into it since."""
        if self._ledger.head != ledger.head:
            self._audit = self._recalled(ledger)
        self._ledger = ledger

    def _recalled(self, ledger: Ledger) -> Audit:
        audit = Audit(self._rows.frame, self._rule, person=PERSON, past=self._rows.past, freely=True)
        audit.recall(ledger.entries, release=self._rows.release)
        return audit

    def answer(self, document: object) -> Answer:
        """Answer a question, or refuse it: what it asks, or where no line of the answer may be listed.

        What a table or an answer of the release tells already is told again as it stands there. That few people are in
        all, and that too much would be told beside another answer, is refused in the same words.
        """
        query = read_query(document, self._allowed)
        made = [
            entry
            for entry in self._ledger.entries
            if entry.release == self._rows.release and Query.from_identity(entry.question).is_like(query)
        ]
        if made:
            return self._told(query, made[0])
        return self._told(query, self._new(replace(query, dimensions=tuple(sorted(query.dimensions)))))

    def _new(self, query: Query) -> Entry:
        earlier = self._ledger.of(query.identity)
        check_rule_kept(self._rule.name, earlier)
        before = self._before(query, earlier)
        cells = self._cells(query, self._rows.ask(query), before, self._audit.beside_the_past(query))
        self._check_told(query, cells, before)
        same = as_before(cells, before)
        cells = self._checked(query, cells, before, same)
        for entry in before:
            if entry.release in self._rows.past:
                self._audit.recall_past(self._record(entry.release, query, entry.cells))
        entry = self._record(self._rows.release, query, cells)
        self._audit.remember(query, {cell.labels for cell in cells if cell.printed is None}, same)
        return entry

    def _checked(
        self, query: Query, cells: Sequence[Cell], before: Sequence[Entry], same: Set[Labels]
    ) -> list[Cell]:
        """Without what gives a few people away beside an earlier answer; where nothing is left, it is refused."""
        known = {cell.labels for cell in cells if cell.printed is None}
        further = self._audit.to_withhold(query, known, same)
        checked = [
            cell._replace(printed=None, held_back=False) if cell.labels in further else cell for cell in cells
        ]
        self._check_told(query, checked, before)
        return checked

    def _check_told(self, query: Query, cells: Sequence[Cell], before: Sequence[Entry]) -> None:
        steps = self._steps(query, [*(entry.cells for entry in before), cells])
        if not any(self._is_listed(query, cell, steps) for cell in cells):
            raise QueryRefused(self._refusal(query))

    def _refusal(self, query: Query) -> str:
        """What is true under the series' rule, and the same whatever the reason."""
        return _REFUSAL.format(most=self._most_unlisted(query))

    def _most_unlisted(self, query: Query) -> int:
        if query.mean_of is None:
            return most_unlisted(self._rule)
        return fewest_told(self._rule, self._widest(query), self._coarsest(query)) - 1

    def _widest(self, query: Query) -> float:
        return self._allowed.widest.get(query.mean_of or "", 0.0)

    def _coarsest(self, query: Query) -> float:
        return self._allowed.coarsest.get(query.mean_of or "", math.inf)

    def _steps(self, query: Query, releases: Iterable[Sequence[Cell]]) -> Mapping[Labels, float]:
        """The step beside each mean; of counts none."""
        if query.mean_of is None:
            return {}
        return steps_told(releases, lambda people: step_of(people, self._rule, self._widest(query)))

    def _is_listed(self, query: Query, cell: Cell, steps: Mapping[Labels, float]) -> bool:
        """Whether a cell is that of a line which an answer lists: by its printed number, so as it was told before."""
        if cell.printed is None or None in cell.labels:
            return False
        if query.mean_of is None:
            is_many = cell.printed >= FEWEST_LISTED
        else:
            is_many = steps.get(cell.labels, math.inf) <= self._coarsest(query)
        pairs = zip(query.dimensions, cell.labels, strict=False)
        return is_many and all(label in self._allowed.columns[name] for name, label in pairs)

    def _before(self, query: Query, earlier: Sequence[Entry]) -> list[Entry]:
        """What earlier releases answered, or would have answered."""
        before = [entry for entry in earlier if entry.release not in self._rows.past]
        made = {entry.release: entry for entry in earlier}
        for release, frame in self._rows.past.items():
            if release not in made:
                far = self._audit.beside_the_past(query, release)
                cells = self._cells(query, aggregates_by_polars(frame, query), before, far)
                made[release] = Entry(0, release, query.identity, self._rule.name, tuple(cells), "")
            before.append(made[release])
        return before

    def _cells(
        self, query: Query, exact: pl.DataFrame, before: Sequence[Entry], withheld: Set[Labels]
    ) -> list[Cell]:
        shown = ruled(exact, query, self._rule, widest=self._widest(query))
        told = _with_the_gone(_told_of(exact, shown, query), before, query)
        told = [cell._replace(printed=None) if cell.labels in withheld else cell for cell in told]
        return held_back(told, before, smallest=self._rule.smallest, is_mean=query.mean_of is not None)

    def _record(self, release: str, query: Query, cells: Sequence[Cell]) -> Entry:
        return self._ledger.record(release, query.identity, self._rule.name, cells)

    def _told(self, query: Query, entry: Entry) -> Answer:
        made = Query.from_identity(entry.question)
        order = [made.dimensions.index(name) for name in query.dimensions]

        def turned(labels: Labels) -> Labels:
            return *(labels[at] for at in order), *labels[len(made.dimensions) :]

        told = self._steps(query, [each.cells for each in self._ledger.of(entry.question)])
        steps = {turned(labels): each for labels, each in told.items()}
        cells = [cell._replace(labels=turned(cell.labels)) for cell in entry.cells]
        cells = sorted((cell for cell in cells if self._is_listed(query, cell, steps)), key=_place)
        if not cells:
            raise QueryRefused(self._refusal(query))
        return Answer(
            query,
            self._rule,
            self._rows.release,
            _frame(cells, query),
            self._most_unlisted(query),
            tuple(steps[cell.labels] for cell in cells) if steps else (),
            made.noisy,
        )


def _told_of(exact: pl.DataFrame, shown: pl.DataFrame, query: Query) -> list[Cell]:
    """Each group's people, and what the rule shows of it: their number, or the mean of one."""
    labels = exact.select(query.dimensions).rows() if query.dimensions else [()] * exact.height
    printed = shown[_MEAN if query.mean_of is not None else PEOPLE]
    return [
        Cell(at, people, None if number is None else float(number))
        for at, people, number in zip(labels, exact["people"], printed, strict=True)
    ]


def _with_the_gone(now: list[Cell], before: Sequence[Entry], query: Query) -> list[Cell]:
    """Also the cells that earlier releases had, and that nobody is in any more."""
    there = {cell.labels for cell in now}
    known = {cell.labels: None for entry in before for cell in entry.cells}
    gone = [labels for labels in known if labels not in there and None not in labels]
    return [*now, *(Cell(labels, 0, None if query.mean_of is not None else 0.0) for labels in gone)]


def _place(cell: Cell) -> list[str]:
    """Where a line stands in an answer: by its labels."""
    return [str(label) for label in cell.labels]


def _frame(cells: Sequence[Cell], query: Query) -> pl.DataFrame:
    """The printed numbers, as they are given."""
    columns = {name: [cell.labels[at] for cell in cells] for at, name in enumerate(query.dimensions)}
    number, kind = (PEOPLE, pl.Int64()) if query.mean_of is None else (_MEAN, pl.Float64())
    printed = pl.Series(number, [cell.printed for cell in cells], dtype=pl.Float64).cast(kind)
    return pl.DataFrame(
        {**columns, number: printed}, schema={**dict.fromkeys(columns, pl.String), number: kind}
    )
