"""Imports a directory: what is new and changed is written, what was changed here stays, what is wrong is kept aside."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.domain.access import Actor, check_acts_as
from app.domain.directory import OWN_SOURCE
from app.domain.directory_words import ServiceStatus
from app.domain.errors import FieldProblem, Invalid
from app.domain.feed import FeedService, More, with_more
from app.domain.vocabulary import Role
from app.services.directory.directory_columns import column_of
from app.services.feeds.categories import unknown_among
from app.services.feeds.feed_v3 import read_service
from app.services.feeds.import_report import Line, Outcome, Report
from app.services.feeds.import_writing import Joined, Joining
from app.store import imports, listings, places
from app.store.audit import Entry
from app.store.imports import SERVICE, SetAside
from app.store.session import Database, Tx

_MOST_NAMED: Final = 20
_MOST_GONE: Final = 0.5  # of a source's services; more is rather a fault of the source than the truth


@dataclass(frozen=True, slots=True)
class Feed:
    """Rows of one source, each a service in the shape of Open Referral UK 3.0 or 1.0.

    `source` is its name for good: by it and the source's ids entries are found again. `complete` says that a service
    that is missing is offered no more. `wrong` is what whoever read its file found wrong, by the place of the row, and
    `more` what else it tells there.
    """

    source: str
    rows: Sequence[Any]
    complete: bool = False
    wrong: Mapping[int, tuple[FieldProblem, ...]] = field(default_factory=dict)
    more: Mapping[int, More] = field(default_factory=dict)


def import_directory(db: Database, actor: Actor, feed: Feed, *, apply: bool) -> Report:
    """Return what the import does; without `apply` what it would do, and nothing is written. Raises NotAllowed."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    if not feed.source.strip() or feed.source == OWN_SOURCE:
        raise Invalid(
            [FieldProblem("source", f"Give the source a name, and not {OWN_SOURCE}: that is ours.")]
        )
    with db.transaction(actor) as tx, tx.as_system("import directory") as inside:
        run = _Run(inside, feed, apply=apply)
        lines = [
            run.take(row, feed.wrong.get(place, ()), feed.more.get(place))
            for place, row in enumerate(feed.rows)
        ]
        gone, warnings = run.gone()
        report = Report(feed.source, apply, (*lines, *gone), (*warnings, *run.unsaid()))
        if apply:
            counts = {outcome.name.lower(): report.count(outcome) for outcome in Outcome}
            tx.audit(Entry("import directory", "source", feed.source, None, counts))
    return report


def list_set_aside(db: Database, actor: Actor) -> Sequence[SetAside]:
    """Return the rows that could not be taken yet. Raises NotAllowed."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        return imports.list_set_aside(tx)


class _Run:
    """One import: what is known of the source, and which of its services came."""

    def __init__(self, tx: Tx, feed: Feed, *, apply: bool):
        self.tx, self.feed, self.apply = tx, feed, apply
        self.joining = Joining(tx, feed.source, apply=apply)
        self.terms = {term.key: term for term in places.list_terms(tx)}
        self.before = dict(imports.list_known(tx, SERVICE, feed.source))
        self.waiting = imports.list_waiting(tx, feed.source)
        self.unknown: Counter[str] = Counter()  # categories that say nothing, by their keys
        self.came: set[str] = set()

    def take(self, row: Any, wrong: tuple[FieldProblem, ...] = (), more: More | None = None) -> Line:
        """Take one row, or set it aside with all that is wrong with it; `wrong` is known already."""
        external_id = _id_of(row)
        if external_id is not None and external_id in self.came:
            wrong = (*wrong, FieldProblem("id", "Another row before has the same id.", "duplicate"))
        if external_id is not None:
            self.came.add(external_id)
        notes: tuple[FieldProblem, ...] = ()
        try:
            read = read_service(row, self.terms, source=self.feed.source, today=self.tx.today)
            read, notes = with_more(read, more), read.notes
            self._check(read, (*wrong, *read.problems))
            joined = self.joining.join(read)
        except Invalid as fault:
            if self.apply:
                self._set_aside(row, external_id, fault.problems)
            return Line(Outcome.SET_ASIDE, external_id, _name_of(row), problems=fault.problems, notes=notes)
        self._taken(read)
        line = (read.told.external_id, read.told.values["name"], joined.taken, joined.kept)
        return Line(_outcome(joined), *line, notes=notes)

    def _check(self, read: FeedService, wrong: tuple[FieldProblem, ...]) -> None:
        """Refuse a row that something is wrong with, and tell then what our own rules would refuse of it too."""
        if wrong:
            found = {column_of(each.field) or each.field for each in wrong}
            ours = self.joining.problems(read, read.told.values)
            raise Invalid((*wrong, *(each for each in ours if column_of(each.field) not in found)))

    def _taken(self, read: FeedService) -> None:
        if self.apply:
            places.record_terms(self.tx, read.terms)
            if read.told.external_id in self.waiting:
                imports.settle(self.tx, self.feed.source, read.told.external_id)
        self.terms |= {term.key: term for term in read.terms}
        met = (self.terms[key] for key in read.told.values["terms"])
        self.unknown.update(term.key for term in unknown_among(met, self.terms))

    def _set_aside(self, row: Any, external_id: str | None, problems: tuple[FieldProblem, ...]) -> None:
        raw = json.dumps(row, sort_keys=True, default=str)
        digest = hashlib.sha256(raw.encode()).hexdigest()
        imports.record_set_aside(self.tx, SetAside(self.feed.source, digest, external_id, raw, problems))

    def unsaid(self) -> Iterable[str]:
        """Name the categories of which nobody knows what they mean, those of most services first."""
        if self.unknown:
            named = [
                f"{self.terms[key].name} ({key}; {times} service{'' if times == 1 else 's'})"
                for key, times in self.unknown.most_common(_MOST_NAMED)
            ]
            more = len(self.unknown) - len(named)
            listed = "; ".join(named) + (f"; and {more} more" if more else "")
            yield (
                f"Nobody has said yet which needs these categories mean: {listed}. Say it on the page of categories "
                'or with "directory category": until then they help nobody to be found.'
            )

    def gone(self) -> tuple[list[Line], tuple[str, ...]]:
        """Let those rest that a complete source has no more; never most of them at once."""
        missing = {key: ours for key, ours in self.before.items() if key not in self.came}
        known = self.joining.services
        active = {key: ours for key, ours in missing.items() if known[ours].status is ServiceStatus.ACTIVE}
        if not self.feed.complete or not active:
            return [], ()
        if len(active) > _MOST_GONE * len(self.before):
            sentence = f"{len(active)} of {len(self.before)} services are missing: they are left as they are."
            return [], (sentence,)
        inactive = {"status": ServiceStatus.INACTIVE.value}
        for ours in active.values() if self.apply else ():
            imports.record_origins(self.tx, SERVICE, ours, self.feed.source, inactive)
            listings.record_status(self.tx, ours, ServiceStatus.INACTIVE)
        return [Line(Outcome.GONE, key, known[ours].name) for key, ours in sorted(active.items())], ()


def _outcome(joined: Joined) -> Outcome:
    if joined.is_new:
        return Outcome.NEW
    return Outcome.CHANGED if joined.taken else Outcome.UNCHANGED


def _id_of(row: Any) -> str | None:
    told = row.get("id") if isinstance(row, Mapping) else None
    return str(told) if isinstance(told, str | int) and str(told).strip() else None


def _name_of(row: Any) -> str:
    told = row.get("name") if isinstance(row, Mapping) else None
    return told[:80] if isinstance(told, str) else ""
