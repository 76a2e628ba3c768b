"""Every number of an evaluation by a second way: plain SQL, plain Python, and none of the code that makes packs."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from app.demo import directory
from app.demo.directory import POSTCODES
from app.domain.vocabulary import DECLINE_REASONS, END_REASONS, NEED_WORDS, OUTCOME_WORDS
from app.store.history import PastPerson
from tests.integration.evaluation.raw_change import change_cells
from tests.integration.evaluation.raw_counts import Cell, added_up, alone, overlapping, together

Key = tuple[str, str, str]  # figure, when, line: as the CSV has them
Cells = Mapping[Key, tuple[str, ...]]  # people, percent, area_percent, mean, low, high
LONDON = ZoneInfo("Europe/London")
_LISTS = Path(directory.__file__).parents[1] / "measures" / "lists"
_BANDS = (
    (17, "0-17"),
    (24, "18-24"),
    (34, "25-34"),
    (44, "35-44"),
    (54, "45-54"),
    (64, "55-64"),
    (74, "65-74"),
)
_AGES = (*(words for _, words in _BANDS), "75-84", "85+", "not-known")
_GROUPS = {"asian": "HJKLR", "black": "MNP", "mixed": "DEFG", "white": "ABC", "other": "S"}
_WAITS = ("under-1", "1", "2-3", "4-7", "8-12", "13+")
_SESSIONS = ("0", "1", "2-3", "4-5", "6-11", "12+", "no-register")
_SOURCES = ("practice", "hospital", "council", "faith", "vcs", "jobcentre", "self")
_STANDS = {
    "completed": "completed",
    "ended-early": "ended-early",
    "declined": "declined",
    "expired": "not-answered",
}
_STANDING = ("to-answer", "to-start", "with-us", *_STANDS.values(), "taken-back")
_OTHER_AREAS = "other-areas"

_PLACED = """
select p.id, p.referral_id, r.person_id, p.service_id, p.status, p.reason, r.needs, o.source_kind,
       r.received_at, p.offered_at, p.started_at, p.ended_at
from placement p join referral r on r.id = p.referral_id join organisation o on o.id = r.requester_id
where p.provider_id = :provider and r.status <> 'entered-in-error'
order by p.offered_at, p.id
"""
# What somebody said again through the same door counts as they said it last, and not at all where they left it out.
_ANSWERED = """
select * from (
    select *, row_number() over (
        partition by referral_id, placement_id, measure, phase, months, way, replace(said_by, 'proxy', 'person')
        order by recorded_at desc, id desc
    ) as of_door from measure_response
) told where of_door = 1 and skipped is null order by taken_on, recorded_at, id
"""
_UNCOUNTED = """
select id from person where type1_opt_out or national_opt_out
union select c.person_id from consent c where c.kind = 'secondary-use' and not c.given
"""


@dataclass(frozen=True)
class Wanted:
    """Whose pack, of which days, of which service."""

    provider: UUID
    since: date | None = None
    until: date | None = None
    service: UUID | None = None


@dataclass
class Raw:
    """The raw rows that packs are made of, read once; what is sealed in them is as it was invented."""

    connection: Connection
    past: Sequence[PastPerson]
    today: date
    homes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    details: dict[UUID, PastPerson] = field(default_factory=dict)  # by referral

    def __post_init__(self) -> None:
        with POSTCODES.open(newline="") as lines:
            self.homes = {line["pcds"]: line for line in csv.DictReader(lines)}
        self.details = {episode.id: person for person in self.past for episode in person.episodes}
        self.uncounted = {row.id for row in self._all(_UNCOUNTED)}
        self.population: dict[str, dict[str, int]] = defaultdict(dict)
        for row in self._all("select area, kind, of_group, people from population"):
            kind = self.population[row.kind]
            group = row.area if row.kind == "everybody" else row.of_group
            kind[group] = kind.get(group, 0) + row.people
        self.came: dict[UUID, dict[date, bool]] = defaultdict(dict)
        for row in self._all("select placement_id, held_on, answer from attendance order by number"):
            self.came[row.placement_id][row.held_on] = row.answer == "came"
        outcomes = "select * from outcome where placement_id is not null order by recorded_at, id"
        self.outcomes = {row.placement_id: row for row in self._all(outcomes)}
        self.measures: dict[UUID, list[Any]] = defaultdict(list)
        for row in self._all(_ANSWERED):
            self.measures[row.referral_id].append(row)

    def _all(self, query: str, **values: Any) -> Sequence[Any]:
        return self.connection.execute(text(query), values).all()

    def pack(self, wanted: Wanted) -> Cells:
        """Return every number of a pack as its CSV prints it."""
        placed = [row for row in self._all(_PLACED, provider=wanted.provider) if self._is_of(row, wanted)]
        people: dict[UUID, Any] = {}
        for row in placed:
            if row.started_at or row.person_id not in people or not people[row.person_id].started_at:
                people[row.person_id] = row
        everybody = list(people.values())
        helped = [row for row in everybody if row.started_at]
        cells: dict[Key, tuple[str, ...]] = {
            ("everybody", "", "people"): _count(alone(len(helped))),
            ("everybody", "", "referrals"): _count(alone(len(placed))),
        }
        for figure in (*self._reach(helped), *self._journeys(everybody, helped)):
            cells |= figure
        cells |= change_cells(helped, self.outcomes, self.measures, self.today)
        return cells

    def _is_of(self, row: Any, wanted: Wanted) -> bool:
        day = _day(row.offered_at)
        of_days = (wanted.since or day) <= day <= (wanted.until or day)
        return of_days and wanted.service in (None, row.service_id) and row.person_id not in self.uncounted

    def _reach(self, helped: Sequence[Any]) -> Iterable[Cells]:
        def told(row: Any) -> Any:
            return self.details[row.referral_id].details

        yield self._area([self.homes.get(told(row).postcode, {}).get("osward") for row in helped])
        ages = [_age(_day(row.offered_at), told(row).birth_date) for row in helped]
        yield self._figure("age", _AGES, ages)
        yield self._figure(
            "gender",
            ("female", "male", "other", "not-known"),
            [told(row).gender or "not-known" for row in helped],
        )
        yield self._ethnicity([told(row).ethnicity for row in helped])
        deciles = [self.homes.get(told(row).postcode, {}).get("imd_decile") for row in helped]
        fifths = [str(-(-int(decile) // 2)) if decile else "not-known" for decile in deciles]
        yield self._figure("deprivation", ("1", "2", "3", "4", "5", "not-known"), fifths)
        needs = [row.needs for row in helped]
        yield self._several("need", [str(need) for need in NEED_WORDS], needs, leave_out_nought=True)
        yield self._figure("source", None, [row.source_kind for row in helped], order=_SOURCES)
        for question in tomllib.loads((_LISTS / "characteristics.toml").read_text())["questions"]:
            yield from self._characteristic(question, helped)

    def _characteristic(self, question: Mapping[str, Any], helped: Sequence[Any]) -> Iterable[Cells]:
        said = [self.details[row.referral_id].characteristics.get(question["code"], ()) for row in helped]
        answers = dict(question["answers"])
        told = [[code for code in codes if code in answers] for codes in said]
        if not any(told):
            return
        codes = (*answers, "not-known")
        lines = [each or ["not-known"] for each in told]
        if question.get("several"):
            yield self._several(question["code"], codes, lines)
        else:
            yield self._figure(question["code"], codes, [line[0] for line in lines])

    def _journeys(self, everybody: Sequence[Any], helped: Sequence[Any]) -> Iterable[Cells]:
        stands = [_STANDS[row.status] for row in everybody]
        standing = self._figure("standing", _STANDING, stands)
        yield standing
        yield self._figure("wait", _WAITS, [_waited(row.offered_at, row.started_at) for row in helped])
        in_all = [_waited(row.received_at, row.started_at) for row in helped]
        yield self._figure("wait-from-referral", _WAITS, in_all)
        yield self._figure("sessions", _SESSIONS, [self._sessions(row.id) for row in helped])
        for key, words in (("ended-early", END_REASONS), ("declined", DECLINE_REASONS)):
            reasons = [row.reason for row in everybody if _STANDS[row.status] == key]
            hidden = standing["standing", "", key][0] == "withheld"
            yield self._figure(key, [code for code in words if code in reasons], reasons, hidden=hidden)
        ended = [row for row in everybody if row.status in ("completed", "ended-early")]
        states = [self.outcomes[row.id].state if row.id in self.outcomes else "not-known" for row in ended]
        whole = added_up([standing["standing", "", key][0] for key in ("completed", "ended-early")])
        yield self._figure("outcome", [str(state) for state in OUTCOME_WORDS], states, of=whole)
        yield self._experience(helped)

    def _experience(self, helped: Sequence[Any]) -> Cells:
        """The newest answer of each person, beside all who could have given one."""
        asked = [(self._found_the_help(row), row.ended_at) for row in helped]
        if not any(answer for answer, _ in asked):
            return {}
        told = [answer or "no-answer" for answer, ended in asked if answer or ended]
        return self._figure("service-experience.help", (*"12345", "no-answer"), told, of="sum")

    def _found_the_help(self, row: Any) -> str:
        return next(
            (
                str(taken.answers["help"])
                for taken in reversed(self.measures.get(row.referral_id, ()))
                if taken.measure == "service-experience"
                and taken.placement_id in (None, row.id)
                and "help" in taken.answers
            ),
            "",
        )

    def _sessions(self, placement_id: UUID) -> str:
        if placement_id not in self.came:
            return "no-register"
        times = sum(self.came[placement_id].values())
        return next(
            code
            for least, code in ((12, "12+"), (6, "6-11"), (4, "4-5"), (2, "2-3"), (1, "1"), (0, "0"))
            if times >= least
        )

    def _area(self, wards: Sequence[str | None]) -> Cells:
        counts = Counter(f"ward:{ward}" if ward else _OTHER_AREAS for ward in wards)
        folded = [_OTHER_AREAS if counts[code] < 10 else code for code in counts.elements()]
        names = {row.code: row.name or row.code for row in self._all("select code, name from area")}
        order = sorted(
            {*folded} - {_OTHER_AREAS}, key=lambda code: (names.get(code, code.removeprefix("ward:")), code)
        )
        found = [*order, *([_OTHER_AREAS] if _OTHER_AREAS in folded else [])]
        return self._figure("area", found, folded, population="everybody")

    def _ethnicity(self, told: Sequence[str | None]) -> Cells:
        known = "".join(_GROUPS.values())
        fine = [code if code and code in known else "not-known" for code in told]
        if all(count >= 10 for count in Counter(fine).values()):
            return self._figure("ethnicity", (*sorted(known), "not-known"), fine)
        group_of = {code: group for group, codes in _GROUPS.items() for code in codes}
        coarse = [group_of.get(code, code) for code in fine]
        return self._figure("ethnicity", (*_GROUPS, "not-known"), coarse, regroup=group_of)

    def _figure(self, key: str, codes: Collection[str] | None, told: Sequence[str], **more: Any) -> Cells:
        codes = more.get("order", ()) if codes is None else codes
        counts = [told.count(code) for code in codes]
        assert sum(counts) == len(told), (key, set(told) - {*codes})
        shown, apart, whole = together(counts, hidden=more.get("hidden", False), whole=more.get("of", "once"))
        beside = {(key, "", "withheld-together"): _count(apart)} if apart else {}
        return {**self._printed(key, codes, shown, whole, **more), **beside}

    def _several(
        self, key: str, codes: Sequence[str], told: Sequence[Collection[str]], **more: bool
    ) -> Cells:
        counts = {code: sum(code in each for each in told) for code in codes}
        left = {code: count for code, count in counts.items() if count or "leave_out_nought" not in more}
        shown, whole = overlapping(list(left.values()), len(told))
        return self._printed(key, list(left), shown, whole)

    def _printed(
        self, key: str, codes: Iterable[str], shown: Sequence[Cell], whole: Cell, **more: Any
    ) -> Cells:
        groups: dict[str, int] = defaultdict(int)
        for group, people in self.population.get(more.get("population", key), {}).items():
            groups[group if group in codes else more.get("regroup", {}).get(group, group)] += people
        in_all = sum(groups.values())
        area = (
            {group: str(round(round(100 * people / in_all, 1))) for group, people in groups.items()}
            if in_all
            else {}
        )
        lines = {
            (key, "", code): _count(one, area.get(code, "")) for code, one in zip(codes, shown, strict=True)
        }
        return {**lines, (key, "", "everybody"): _count(whole)}


def _count(cell: Cell, area: str = "") -> tuple[str, ...]:
    return (cell.words, cell.share, area, "", "", "")


def _day(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


def _age(on: date, born: date | None) -> str:
    if born is None:
        return "not-known"
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return next((words for oldest, words in _BANDS if years <= oldest), "75-84" if years <= 84 else "85+")


def _waited(since: datetime, until: datetime) -> str:
    weeks = (_day(until) - _day(since)) // timedelta(weeks=1)
    return next(
        code
        for most, code in ((0, "under-1"), (1, "1"), (3, "2-3"), (7, "4-7"), (12, "8-12"), (9999, "13+"))
        if weeks <= most
    )
