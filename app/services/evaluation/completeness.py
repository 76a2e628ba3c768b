"""What an organisation's own records lack of the minimum dataset, as help: how many, who, and where to add it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.completeness import DEMOGRAPHICS, LACKS, PARTS, Case, Line
from app.domain.disclosure import Request, disclosed_to_provider
from app.domain.errors import NotFound
from app.domain.referral import Person
from app.domain.sheet import write_csv
from app.domain.small_numbers import rounded
from app.domain.vocabulary import Role
from app.services.shown.seen import Page
from app.store import completeness as store
from app.store import people, people_counted
from app.store.session import Database, Tx

PERIOD: Final = timedelta(days=365)
PAGE: Final = 25
COUNT, LIST = "count what records lack", "list whose records lack something"
_OWN: Final = (Role.LINK_WORKER, Role.PRACTICE, Role.PROVIDER)
# A provider does not learn who people are beyond what it needs to help them, and what is missing is the team's to ask;
# a practice sees no placement, so what was offered is not its to add.
_COUNTED_ONLY: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.PROVIDER: DEMOGRAPHICS,
    Role.STEWARD: tuple(LACKS),
}
_LEFT_OUT: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.PRACTICE: ("support", "contacts", "before", "outcome", "after"),
    Role.LINK_WORKER: ("contacts",),
    Role.PROVIDER: ("support",),
    Role.STEWARD: ("contacts",),
}


@dataclass(frozen=True, slots=True)
class Completeness:
    """What is lacking among `people` people of the last year; by part, in the minimum dataset's order."""

    people: int | None
    parts: Mapping[str, Sequence[Line]]

    def as_csv(self) -> bytes:
        """Return the lines as a file that a spreadsheet opens safely; a withheld number is empty."""
        rows = [
            (PARTS[part], LACKS[line.code].many, "" if line.people is None else line.people)
            for part, lines in self.parts.items()
            for line in lines
        ]
        return write_csv([("part", "people who", "people"), *rows])


@dataclass(frozen=True, slots=True)
class Lacking:
    """One record that lacks something, and who it is as far as the viewer may know."""

    case: Case
    name: str


def completeness(db: Database, actor: Actor) -> Completeness:
    """Return what the actor's own records of the last year lack; the steward's numbers are the whole place's."""
    check_acts_as(actor, *_OWN, Role.STEWARD)
    with db.transaction(actor) as tx:
        if actor.role is not Role.STEWARD:
            return _counted(actor.role, _found(tx))
        with tx.as_system(COUNT) as system_tx:
            return _counted(actor.role, _found(system_tx))


def list_lacking(db: Database, actor: Actor, code: str, *, page: int = 1) -> Page[Lacking]:
    """Return a page of those whose records lack one thing. Raises NotFound for a list not theirs."""
    check_acts_as(actor, *_OWN)
    hidden = (*_LEFT_OUT[actor.role], *_COUNTED_ONLY.get(actor.role, ()))
    if code not in LACKS or code in hidden:
        raise NotFound
    with db.transaction(actor) as tx:
        found = _found(tx, (code,))[code]
        cases = list({each.person_id: each for each in reversed(found)}.values())[::-1]
        shown = cases[(page - 1) * PAGE : page * PAGE]
        known = people.list_for_referrals(tx, [each.person_id for each in shown], audit=LIST)
        lines = [Lacking(each, _name(tx, each, known[each.person_id])) for each in shown]
    return Page(lines, len(cases), page, PAGE)


def _name(tx: Tx, case: Case, person: Person) -> str:
    """A provider knows a name only once a placement's status lets it."""
    if tx.actor.role is Role.PROVIDER:
        return disclosed_to_provider(person, Request(), status=case.status, today=tx.today).name or ""
    return person.details.full_name


def _found(tx: Tx, codes: Collection[str] = tuple(LACKS)) -> Mapping[str, Sequence[Case]]:
    """Return the cases that lack each thing, and all of them under ""; nobody is opened for what no person tells."""
    read = store.list_placements if tx.actor.role is Role.PROVIDER else store.list_referrals
    cases = read(tx, since=tx.now - PERIOD, audit=COUNT)
    unknown: Mapping[UUID, frozenset[str]] = {}
    if not set(codes).isdisjoint(DEMOGRAPHICS):
        unknown = people_counted.list_unknown(tx, {each.person_id for each in cases}, audit=COUNT)
    lacks = {each: each.lacks | unknown.get(each.person_id, frozenset()) for each in cases}
    return {"": cases} | {code: [each for each in cases if code in lacks[each]] for code in codes}


def _counted(role: Role, found: Mapping[str, Sequence[Case]]) -> Completeness:
    only_counted = _COUNTED_ONLY.get(role, ())
    parts: dict[str, list[Line]] = {part: [] for part in PARTS}
    whole = _people(found[""])
    in_all = rounded(whole) if role is Role.STEWARD else whole
    for code, lack in LACKS.items():
        if code in _LEFT_OUT[role]:
            continue
        people_count = _people(found[code])
        listed = code not in only_counted
        told = people_count if listed else _at_most(in_all, rounded(people_count))
        parts[lack.part].append(Line(code, told, listed))
    return Completeness(in_all, {k: v for k, v in parts.items() if v})


def _at_most(in_all: int | None, told: int | None) -> int | None:
    """A rounded number beside an exact whole: never more than all, which tells no more than both of them do."""
    return told if told is None or in_all is None else min(told, in_all)


def _people(cases: Sequence[Case]) -> int:
    people_ids: set[UUID] = {each.person_id for each in cases}
    return len(people_ids)
