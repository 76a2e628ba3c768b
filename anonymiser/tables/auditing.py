"""Finds the question that is harmless by itself, and with one asked before it gives a few people away."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from functools import lru_cache, reduce

import numpy as np
import polars as pl

from anonymiser.tables.counting import PERSON
from anonymiser.tables.ledger import Cell, Entry
from anonymiser.tables.overlaps import Asked, Known, Labels, Within, close, conflicts
from anonymiser.tables.people import People
from anonymiser.tables.placed import NOWHERE, Placed
from anonymiser.tables.queries import Query
from anonymiser.tables.rules import Bools, Ints, Rule
from anonymiser.tables.twins import are_all, meaning, twins
from anonymiser.tables.two_rules import told_by_both
from anonymiser.tables.updates import as_before

_read = lru_cache(maxsize=1_000)(Query.from_identity)


class Audit:
    """Everything that was answered from one set of rows, by whomever, because readers talk to each other.

    Two printed cells of different answers may not differ by 1 to 9 people; and where printed cells lie
    within a printed cell of another answer, the few people who are left may not be narrowed to fewer than five values.
    Given the rows of earlier releases (`past`, by the name that the ledger has of each), it also holds a cell of
    today against what each of them printed of its own rows. Where readers ask `freely`, nobody counts as a few too:
    they can choose questions whose answers one person alone parts, and see which is told. `apart` are the cells of
    tables, by the question's identity, of which that is known already (earlier.py).
    """

    def __init__(
        self,
        frame: pl.DataFrame,
        rule: Rule,
        *,
        person: str = PERSON,
        past: Mapping[str, pl.DataFrame] | None = None,
        apart: Mapping[str, Set[Labels]] | None = None,
        freely: bool = False,
    ) -> None:
        self._rule, self._apart, self._freely = rule, apart or {}, freely
        frames = [frame, *(past or {}).values()]
        who = pl.concat([each[person] for each in frames]).rank("dense").cast(pl.Int64).to_numpy() - 1
        everybody = int(who.max(initial=-1)) + 1
        ends = np.cumsum([each.height for each in frames])
        numbered = [
            People(each, who[int(end) - each.height : int(end)], everybody)
            for each, end in zip(frames, ends, strict=True)
        ]
        self.today, self._past = numbered[0], dict(zip(past or {}, numbered[1:], strict=True))
        self._asked: dict[str, Asked] = {}
        self._before: dict[tuple[str, str], Asked] = {}
        self._settled: set[str] = set()
        self._anew: dict[str, Bools] = {}
        self._last: tuple[tuple[str, str], Asked] | None = None

    def recall(self, entries: Iterable[Entry], *, release: str) -> None:
        """Remember all tables and answers of a ledger that these rows can make again; of `release`, as settled."""
        printed: dict[str, dict[Labels, bool]] = {}
        anew: dict[str, set[Labels]] = {}
        last: dict[str, Entry] = {}
        for entry in entries:
            width = len(_read(entry.question).dimensions)
            cells = printed.setdefault(entry.question, {})
            for cell in entry.cells:
                at = cell.labels[:width]
                cells[at] = cells.get(at, False) or cell.printed is not None
            if entry.release == release:
                self._settled.add(entry.question)
                before = [last[entry.question]] if entry.question in last else []
                same = as_before(entry.cells, before)
                anew[entry.question] = {
                    cell.labels[:width] for cell in entry.cells if cell.labels not in same
                }
            last[entry.question] = entry
            self.recall_past(entry)
        for question, cells in printed.items():
            query = _read(question)
            if self._knows(query):
                withheld = {at for at, was_printed in cells.items() if not was_printed}
                self._keep(query, withheld, anew.get(question, frozenset()))

    def recall_past(self, entry: Entry) -> None:
        """Remember what an earlier release printed anew, as its own rows have it and with the numbers of that day."""
        query = _read(entry.question)
        if entry.release not in self._past or not self._knows(query):
            return
        cells = [cell for cell in entry.cells if cell.printed is not None and not cell.held_back]
        told = {cell.labels[: len(query.dimensions)]: cell.people for cell in cells}
        asked = self._membership(query, entry.release)
        # Who said no since then is in no row any more, and was counted.
        people = [
            told.get(labels, now) for labels, now in zip(asked.labels, asked.people.tolist(), strict=True)
        ]
        hidden = np.array([labels not in told for labels in asked.labels], np.bool_)
        asked = replace(asked, people=np.array(people, np.int64)).without(hidden)
        self._before[entry.release, entry.question] = asked

    def apart_from_earlier(self, query: Query) -> Set[Labels]:
        """The cells of a table that a few people part from what an earlier release printed of another."""
        return self._apart.get(query.identity, frozenset())

    def cells(self, query: Query) -> list[Cell]:
        """The cells of today's rows that the rule shows; one with noise as if it were exact."""
        new = self._membership(query)
        printed = new.people if query.noisy else self._rule.rounded(new.people)
        told = zip(new.labels, new.people.tolist(), printed.tolist(), new.hidden.tolist(), strict=True)
        return [Cell(labels, people, number) for labels, people, number, is_hidden in told if not is_hidden]

    def beside_the_past(
        self, query: Query, release: str = "", *, standing: Set[Labels] = frozenset()
    ) -> set[Labels]:
        """The cells of today's (or an earlier `release`'s) rows that a few people part from what was printed then.

        Those that are left `standing`, as they were printed before, are not looked at.
        """
        new = self._membership(query, release)
        new = new.without(_marked(new, standing))
        if new.hidden.all():
            return set()
        found = np.zeros(new.cells, np.bool_)
        for (when, question), old in self._before.items():
            if _is_beside(query, question):
                found |= self._too_much(query, new, question, old, is_of_the_day=when == release)
        if self._freely and release:
            found |= self._twins(
                query, new, {each: old for (when, each), old in self._before.items() if when == release}
            )
        for question in self._settled & self._asked.keys():
            if release and _is_beside(query, question):
                found |= close(new, self._asked[question])
        return {labels for labels, is_close in zip(new.labels, found, strict=True) if is_close}

    def to_withhold(
        self, query: Query, withheld: Set[Labels] = frozenset(), same: Set[Labels] = frozenset()
    ) -> set[Labels]:
        """Which cells of a table or an answer have to be withheld too, so that the others may be printed.

        Those that are the `same` as in an earlier release are no danger to each other: they were told together
        before, and that one of them went would tell that today, of a few people more or fewer, it is one.
        """
        new = self._membership(query)
        new = new.without(_marked(new, withheld))
        hidden, kept = np.zeros(new.cells, np.bool_), _marked(new, same)
        while (found := self._conflicts(query, new, kept)).any():
            hidden, new = hidden | found, new.without(found)
        return {labels for labels, is_hidden in zip(new.labels, hidden, strict=True) if is_hidden}

    def remember(
        self, query: Query, withheld: Set[Labels] = frozenset(), same: Set[Labels] = frozenset()
    ) -> None:
        """Count a question among those that this release answers, but for the cells that were withheld."""
        if query.identity not in self._settled:
            self._settled.add(query.identity)
            self._keep(query, withheld, {*self._membership(query).labels} - same)

    def _keep(self, query: Query, withheld: Set[Labels], anew: Set[Labels]) -> None:
        new = self._membership(query)
        self._asked[query.identity] = new.without(_marked(new, withheld))
        self._anew[query.identity] = _marked(new, anew)

    def _conflicts(self, query: Query, new: Asked, kept: Bools) -> Bools:
        """The cells of an answer that are too much beside that of another question, and not so before."""
        found = np.zeros(new.cells, np.bool_)
        if self._freely:
            found |= self._twins(query, new, self._asked) & ~kept
        for question, old in self._asked.items():
            if not _is_beside(query, question):
                continue
            beside = self._too_much(query, new, question, old)
            if (beside & kept).any():
                beside &= ~kept | self._is_new(query, question, new, kept)
            found |= beside
        return found

    def _is_new(self, query: Query, question: str, new: Asked, kept: Bools) -> Bools:
        """Where a conflict is not only between numbers that both stand as they stood before."""
        old, anew = self._asked[question], self._anew[question]
        known = self._known(query, new, question, old)
        found = ~conflicts(new.without(~kept), old.without(anew), known=known)
        return found | conflicts(new, old.without(~anew), known=known) if anew.any() else found

    def _too_much(
        self, query: Query, new: Asked, question: str, old: Asked, *, is_of_the_day: bool = True
    ) -> Bools:
        """The cells of a question that are too much beside those of another (`question`), of the same rows or not."""
        known = self._known(query, new, question, old)
        within = self._within(query, new, _read(question), old)
        found = conflicts(new, old, known=known, within=within) if is_of_the_day else close(new, old)
        is_by_two = query.noisy != _read(question).noisy
        return found | told_by_both(new, old) if is_by_two else found

    def _within(self, query: Query, new: Asked, other: Query, old: Asked) -> Within | None:
        """Which cells of two questions about today's rows lie within one another by their words alone."""
        is_plain = not any(each.filters or each.mean_of for each in (query, other))
        if not is_plain or any(each.placed.begins is not self.today.begins for each in (new, old)):
            return None
        return lambda: (self._above(query, new, other, old), self._above(other, old, query, new))

    def _above(self, query: Query, parts: Asked, other: Query, wholes: Asked) -> Ints:
        """The cell of another question that each cell's words imply, as a person's row in the one is in the other."""
        place = {labels: at for at, labels in enumerate(wholes.labels)}
        words = [self._implied(query, parts, name) for name in other.dimensions]
        found = [place.get(labels, NOWHERE) for labels in zip(*words, strict=True)] if words else []
        return np.array(found or [NOWHERE] * parts.cells, np.int64)

    def _implied(self, query: Query, parts: Asked, name: str) -> Sequence[str | None]:
        """The word of a column that each cell's words imply; None where they imply none."""
        if name in query.dimensions:
            return [labels[query.dimensions.index(name)] for labels in parts.labels]
        ways = [(at, self.today.implied(each, name)) for at, each in enumerate(query.dimensions)]
        ways = [(at, implied) for at, implied in ways if implied]
        every = ([implied.get(labels[at] or "") for labels in parts.labels] for at, implied in ways)
        none: list[str | None] = [None] * parts.cells
        return reduce(lambda one, two: [a or b for a, b in zip(one, two, strict=True)], every, none)

    def _known(self, query: Query, new: Asked, question: str, old: Asked) -> Known | None:
        """What makes of nobody a few; where nobody asks freely, nothing does."""
        if not self._freely:
            return None
        other = _read(question)

        def known(parts: list[int], whole: int, is_new: bool) -> bool:
            (part, of), (all_of, asked) = (
                ((other, old), (query, new)) if is_new else ((query, new), (other, old))
            )
            return are_all(
                meaning(all_of, asked.labels[whole]), [meaning(part, of.labels[each]) for each in parts]
            )

        return known

    def _twins(self, query: Query, new: Asked, asked: Mapping[str, Asked]) -> Bools:
        """The cells that hold the very people of a cell that was told in other words, and were not told in the same."""
        found, told = np.zeros(new.cells, np.bool_), np.zeros(new.cells, np.bool_)
        for question, old in asked.items():
            if _is_beside(query, question):
                otherwise, alike = twins(new, query, old, _read(question))
                found, told = found | otherwise, told | alike
        return found & ~told

    def _knows(self, query: Query) -> bool:
        needed = {*query.dimensions, *query.filters} | ({query.mean_of} if query.mean_of else set())
        return needed <= self.today.columns

    def _membership(self, query: Query, release: str = "") -> Asked:
        """Who is in which cell; that of the last question is kept, as it is asked for before and after the answer."""
        if self._last is None or self._last[0] != (query.identity, release):
            self._last = (query.identity, release), self._made(query, release)
        return self._last[1]

    def _made(self, query: Query, release: str) -> Asked:
        conditions = [pl.col(column).is_in(values) for column, values in query.filters.items()]
        names = list(query.dimensions)
        everybody = self._past[release] if release else self.today
        combined = everybody.placed(names, conditions, first_with=query.mean_of)
        found = np.flatnonzero(combined.counts)
        place = np.full(combined.number + 1, NOWHERE, np.min_scalar_type(-len(found) - 1))
        place[found] = np.arange(len(found))
        people = combined.counts[found].astype(np.int64)
        # Of noise, and of a mean, no bounds are taken to hide anybody: as if its numbers were exact.
        is_exact = query.noisy or query.mean_of is not None
        low, high = (people, people) if is_exact else self._rule.bounds(people)
        words: list[Labels] = [*everybody.words_of(names, found)]
        placed = Placed(everybody.begins, everybody.who, place[combined.cell], people)
        return Asked(
            placed, people, low, high, words, ~self._rule.shows(people), everybody.sides(names, found)
        )


def _is_beside(query: Query, question: str) -> bool:
    """Whether another question tells of the same: of people, or of one number's means, which say not how many."""
    return question != query.identity and _read(question).mean_of == query.mean_of


def _marked(asked: Asked, labels: Set[Labels]) -> Bools:
    return np.array([each in labels for each in asked.labels], np.bool_)
