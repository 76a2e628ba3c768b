"""The referrals behind a line of an evaluation, as far as the organisation is told of whom it is; each look is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.disclosure import PROFILES, Disclosable, Request, disclosed_to_provider
from app.domain.errors import NotFound
from app.domain.measure_parts import Audience
from app.domain.pack import Filters
from app.domain.vocabulary import Role
from app.services.evaluation.pack import Asked, asked_for, gathered_for, specs_of
from app.services.evaluation.pack_cases import Case, Gathered
from app.services.evaluation.pack_changes import SENSES, sense, series_of
from app.services.evaluation.pack_experience import NO_ANSWER, experiences, is_experience
from app.services.evaluation.pack_figures import Sight, folded_codes
from app.services.shown.seen import Page
from app.store import people
from app.store.audit import Entry
from app.store.session import Database, Tx

PAGE: Final = 25
CHANGE: Final = "change:"  # what a figure's key begins with where it is a change: "change:ons4.happy:after"
LIST_AUDIT: Final = "list people behind a figure"
_BEFORE_US: Final = (
    "Answers that somebody gave to their link worker, or after the end, are counted and are not listed: "
    "you are not told whose they are."
)
ROUNDED: Final = (
    "The number in your evaluation is rounded or withheld, and does not count people who do not want to be counted. "
    "This list has everybody whom you see anyway, so it can be a few people longer or shorter than its number."
)
_PAST_SIGHT: Final = "People whom you did not help are not listed here: you are told no more of them."
NO_SIGHT: Final = (
    "There is no list for this figure. It is counted for you, and you are not told it of single people."
)


_NO_SILENT: Final = (
    "There is no list of who gave no answer: somebody may have answered their link worker, "
    "and you are not told who."
)
_OLDER: Final = "@"  # in the code of an answer to an older version of the question


@dataclass(frozen=True, slots=True)
class Row:
    """One referral behind a line; `person_name` None where the organisation may no longer know it.

    `id` is the offer's for a group, the referral's for whoever asked and for a team.
    """

    id: UUID
    reference: str
    person_name: str | None
    offered_on: date
    started_on: date | None
    status: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of the referrals behind a line, which line it is, and why it is not as long as the number says."""

    title: str
    line: str
    page: Page[Row]
    why: tuple[str, ...]
    is_listed: bool = True  # False: nobody is told whom this counts


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a line counts, what it is called, and why the list is not as long as the number says."""

    title: str
    line: str
    cases: Sequence[Case]
    why: tuple[str, ...]
    is_listed: bool = True


def list_rows(db: Database, actor: Actor, filters: Filters, *, figure: str, line: str, page: int = 1) -> Rows:
    """Return the referrals behind a line of a figure, or of a change (better, same, worse), newest first.

    Raises NotFound for a figure or line that the evaluation does not have.
    """
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        found = _found(tx, asked_for(tx, filters), figure, line)
        cases = sorted(
            found.cases, key=lambda case: (case.came.offered_on, case.came.reference), reverse=True
        )
        shown = cases[(page - 1) * PAGE : page * PAGE]
        rows = _rows(tx, shown)
        detail = {"figure": figure, "line": line, "listed": len(rows)}
        tx.audit(Entry(LIST_AUDIT, "organisation", str(actor.organisation_id), None, detail))
    listed = Page(rows, len(cases), page, PAGE)
    return Rows(found.title, found.line, listed, found.why, found.is_listed)


def _found(tx: Tx, asked: Asked, figure: str, line: str) -> Found:
    """Of what people answered, only what the organisation is told: whose answers were counted is not shown.

    Also whoever does not want to be counted is listed: whoever were missing beside the other pages would be told of.
    """
    if figure.startswith(CHANGE):
        return _of_change(tx, _gathered(tx, asked, own_measures=True), figure, line)
    if is_experience(tx.measures, figure):
        return _of_experience(_gathered(tx, asked, own_measures=True), figure, line)
    return _of_figure(_gathered(tx, asked), figure, line)


def _gathered(tx: Tx, asked: Asked, *, own_measures: bool = False) -> Gathered:
    return gathered_for(tx, asked, own_measures=own_measures, counts_all=True)


def _of_experience(gathered: Gathered, key: str, line: str) -> Found:
    """As a figure, but that a line that is counted may have nobody of whom the organisation is told."""
    spec = next((each for each in experiences(gathered) if each.key == key), None)
    if line == NO_ANSWER:
        title = spec.title if spec else gathered.library.get(key.split(".")[0]).name
        return Found(title, "No answer", (), (_NO_SILENT,), is_listed=False)
    if spec is None or (_OLDER in line and line not in spec.words):
        name = gathered.library.get(key.split(".")[0]).name
        return Found(name, "People who answered", (), (ROUNDED, _BEFORE_US))
    found = _of_figure(gathered, key, line)
    return replace(found, why=(*found.why, _BEFORE_US)) if found.is_listed else found


def _of_figure(gathered: Gathered, key: str, line: str) -> Found:
    spec = next((each for each in specs_of(gathered) if each.key == key), None)
    if spec is None or line not in spec.words:
        raise NotFound
    title, words = spec.title, spec.words[line]
    if spec.sight is Sight.NOBODY:
        return Found(title, words, (), (NO_SIGHT,), is_listed=False)
    wanted = set(folded_codes(spec, line))
    cases = [case for case in spec.of if wanted.intersection(spec.codes(case))]
    if spec.sight is Sight.EVERYBODY:
        return Found(title, words, cases, (ROUNDED,))
    told = [case for case in cases if Disclosable.NAME in PROFILES.get(case.came.status, frozenset())]
    why = (ROUNDED, _PAST_SIGHT) if len(told) < len(cases) else (ROUNDED,)
    return Found(title, words, told, why)


def _of_change(tx: Tx, gathered: Gathered, figure: str, line: str) -> Found:
    key, _, phase = figure.removeprefix(CHANGE).rpartition(":")
    if line not in SENSES or not key:
        raise NotFound
    measure = tx.measures.find(key.split(".")[0].split("@")[0])
    if measure is not None and measure.audience is Audience.LINK_WORKER:
        return Found(measure.name, line, (), (NO_SIGHT,), is_listed=False)
    known = series_of(gathered.helped, tx.measures, gathered.today)
    series = next((each for each in known if (each.scale.key, each.phase) == (key, phase)), None)
    if series is None:
        return Found("Change", line, (), (ROUNDED, _BEFORE_US))
    cases = [case for case, before, after in series.pairs if sense(series.scale, before, after) == line]
    return Found(series.scale.title, line, cases, (ROUNDED, _BEFORE_US))


def _rows(tx: Tx, cases: Sequence[Case]) -> list[Row]:
    """Names as the profile of each placement allows; every person that is opened is written into the audit."""
    known = people.list_for_referrals(tx, [case.came.person_id for case in cases], audit=LIST_AUDIT)
    rows = []
    for case in cases:
        came = case.came
        person = known[came.person_id]
        shown = disclosed_to_provider(person, Request(), status=came.status, today=tx.today)
        rows.append(
            Row(came.placement_id, came.reference, shown.name, came.offered_on, came.started_on, came.status)
        )
    return rows
