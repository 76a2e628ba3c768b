"""Unmet need as evidence: for the steward by need, area, reason and month; for commissioners as a guarded table."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from app.domain import capacity, unmet_need
from app.domain.access import Actor, check_acts_as
from app.domain.areas import covers
from app.domain.directory_words import ServiceStatus
from app.domain.unmet_need import REASON_WORDS, AreaKind, Gap, Unmet
from app.domain.unmet_need_table import ALL, Table, table
from app.domain.vocabulary import NEED_WORDS, Need, Role
from app.services.evaluation.evaluation_files import no_formula
from app.store import directory, unmet_needs
from app.store.audit import Entry
from app.store.session import LONDON, Database, Tx

MONTHS: Final = 12
HIDDEN: Final = "fewer than 10, or hidden"


@dataclass(frozen=True, slots=True)
class Report:
    """A year of unmet need for the steward: people by each of four questions, the trend, and the gaps."""

    since: date
    kind: AreaKind
    people: int
    by_need: Mapping[str, int]
    by_area: Mapping[str, int]
    by_reason: Mapping[str, int]
    by_month: Mapping[str, int]
    trend: str
    gaps: Sequence[Gap]
    area_names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ForCommissioners:
    """The table that may leave the house: twelve whole months, `until` its last day."""

    since: date
    until: date
    place: str
    table: Table
    area_names: Mapping[str, str]


def find_report(db: Database, actor: Actor, *, kind: AreaKind = AreaKind.NEIGHBOURHOOD) -> Report:
    """Return the unmet need of this month and the twelve before it. Raises NotAllowed."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        since = _months_before(tx.today, MONTHS)
        found = _found(tx, since, None)
        tx.audit(Entry("see unmet needs", "place", "unmet needs"))
        areas = unmet_need.count_people(found, lambda each: each.area(kind))
        return Report(
            since=since,
            kind=kind,
            people=len({each.person_id for each in found}),
            by_need=unmet_need.count_people(found, lambda each: each.need),
            by_area=areas,
            by_reason=unmet_need.count_reasons(found),
            by_month=dict(sorted(unmet_need.count_people(found, lambda each: each.month).items())),
            trend=unmet_need.trend(found, tx.today),
            gaps=_gaps(tx, found, kind),
            area_names=_names(tx, areas),
        )


def for_commissioners(db: Database, actor: Actor) -> ForCommissioners:
    """Return what commissioners may have: the last twelve whole months, always the same cut. Raises NotAllowed.

    Another cut of the same people beside it could give somebody away: there is none. Those whose whereabouts are
    restricted are left out.
    """
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        until = tx.today.replace(day=1)
        since = _months_before(until, MONTHS)
        made = table(_found(tx, since, until, with_restricted=False))
        tx.audit(Entry("see unmet needs for commissioners", "place", "unmet needs"))
        last = date.fromordinal(until.toordinal() - 1)
        return ForCommissioners(since, last, directory.get_place(tx).name, made, _names(tx, made.areas))


def commissioners_csv(view: ForCommissioners) -> str:
    """Return the table as a file: one line a need and area, its rules beside it."""
    told = io.StringIO()
    lines = csv.writer(told)
    lines.writerow(("from", "to", "need", "area", "people", "note"))
    made = view.table
    for (need, area), people in made.cells.items():
        need_words = NEED_WORDS[Need(need)] if need != ALL else "All needs"
        area_words = view.area_names.get(area, area) if area != ALL else "All areas"
        lines.writerow((view.since, view.until, need_words, no_formula(area_words), *_told(people)))
    for why, people in made.reasons.items():
        lines.writerow(
            (view.since, view.until, f"Why: {REASON_WORDS.get(why, why)}", "All areas", *_told(people))
        )
    return told.getvalue()


def report_csv(report: Report) -> str:
    """Return the steward's gaps as a file; it holds small numbers and is not for others."""
    told = io.StringIO()
    lines = csv.writer(told)
    lines.writerow(("need", "area", "people", "services that take people"))
    for gap in report.gaps:
        area = report.area_names.get(gap.area, gap.area)
        lines.writerow((NEED_WORDS[Need(gap.need)], no_formula(area), gap.people, gap.services))
    return told.getvalue()


def _told(people: int | None) -> tuple[int | str, str]:
    return ("", HIDDEN) if people is None else (people, "rounded to 5")


def _found(tx: Tx, since: date, until: date | None, *, with_restricted: bool = True) -> Sequence[Unmet]:
    end = _start(until) if until else None
    with tx.as_system("unmet needs") as system_tx:  # of all teams, without anybody's name
        return unmet_needs.list_since(system_tx, _start(since), end, with_restricted=with_restricted)


def _gaps(tx: Tx, found: Sequence[Unmet], kind: AreaKind) -> list[Gap]:
    services = [
        each
        for each in directory.list_services(tx, beside=None)
        if each.status is ServiceStatus.ACTIVE and capacity.takes_people(each, tx.today)
    ]

    def helps(need: str, codes: frozenset[str]) -> int:
        return sum(1 for each in services if need in each.needs and covers(each.areas, codes) is not False)

    return unmet_need.gaps(found, kind, helps)


def _names(tx: Tx, codes: Collection[str]) -> Mapping[str, str]:
    """Names of areas; a neighbourhood's code holds its name."""
    told = {
        code: code.partition(":")[2].replace("-", " ").title()
        for code in codes
        if code.startswith("neighbourhood:")
    }
    return {unmet_need.UNKNOWN: "Area not known"} | told | dict(unmet_needs.list_area_names(tx, codes))


def _months_before(day: date, months: int) -> date:
    """Return the first day of the month so many months before."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)
