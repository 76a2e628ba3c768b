"""The register of a session: a whole group at once, put right for two weeks, and what it says of each person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.attendance import (
    Attendance,
    Attended,
    can_be_corrected,
    line_problems,
    session_days,
)
from app.domain.disclosure import Request, disclosed_to_provider
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.lifecycle import PlacementStatus
from app.domain.place import PlaceRules
from app.domain.referral import Service
from app.domain.vocabulary import Role
from app.services.caring.disclosure import DISCLOSE
from app.services.helping import delivery
from app.services.helping.sessions_attended import attended_of
from app.services.watching.next_looks import plan_look
from app.store import attendance, directory, people, place_rules, placements, places, referrals, tasks
from app.store.attendance import Placed, SaidLine
from app.store.session import Database, Tx

_ACT = "keep register"
_READ = "read register"
TEAMS_TASK, PROVIDERS_TASK = "stays-away", "stays-away-here"
_DAYS_SHOWN = 56


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one person: an answer of Attendance, and a word beside it."""

    placement_id: UUID
    answer: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One person on the register of a day; the name is None where the profile discloses nothing."""

    placement_id: UUID
    reference: str
    name: str | None
    status: str
    answer: str | None
    note: str
    can_change: bool
    earlier: tuple[SaidLine, ...]  # what was said of this day before, the oldest first
    attended: Attended


@dataclass(frozen=True, slots=True)
class Register:
    """Everybody who is placed at a service on a day."""

    service: Service
    held_on: date
    is_future: bool
    lines: tuple[RegisterLine, ...]


@dataclass(frozen=True, slots=True)
class RegisterDays:
    """A service with the days of its sessions, and those that have a register, the newest first."""

    service: Service
    days: Sequence[date]
    told: Sequence[date]


def list_days(db: Database, actor: Actor) -> Sequence[RegisterDays]:
    """Return the provider's services with the days on which they meet, or have a register."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        own = [
            each
            for each in directory.list_services(tx, beside=actor.organisation_id)
            if each.provider_id == actor.organisation_id
        ]
        sessions = places.list_sessions(tx, [each.id for each in own])
        return [
            RegisterDays(
                each,
                session_days(sessions.get(each.id, ()), tx.today),
                attendance.session_days_told(tx, each.id, days=_DAYS_SHOWN),
            )
            for each in own
        ]


def get_register(
    db: Database, actor: Actor, service_id: UUID, held_on: date, *, rules: PlaceRules | None = None
) -> Register:
    """Return a day's register of the provider's own service; raises NotFound for another's."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        service = _own_service(tx, service_id)
        placed = attendance.list_placed(tx, service_id, held_on, audit=_READ)
        return Register(
            service,
            held_on,
            held_on > tx.today,
            tuple(_lines(tx, placed, held_on, place_rules.of(tx, rules))),
        )


def keep(
    db: Database,
    actor: Actor,
    service_id: UUID,
    held_on: date,
    said: Sequence[Said],
    *,
    rules: PlaceRules | None = None,
) -> int:
    """Write what is said of a day's group in one go; return how many lines were new or changed.

    Saying the same again changes nothing. The first "came" starts an accepted placement, as a contact does. Three
    sessions in a row without a word are a quiet task for the provider and the team. Raises Invalid with every problem
    (fields "held_on", "lines.N.answer"), NotFound for another provider's service.
    """
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        _own_service(tx, service_id)
        placed = {
            each.placement_id: each for each in attendance.list_placed(tx, service_id, held_on, audit=_ACT)
        }
        within = place_rules.of(tx, rules).register_days
        known = _by_placement(_said_on(tx, placed.values(), held_on))
        problems = _problems(tx, held_on, said, placed, known, within)
        if problems:
            raise Invalid(problems)
        new = [each for each in said if not _is_said(each, known[each.placement_id])]
        for each in sorted(new, key=lambda one: str(placed[one.placement_id].referral_id)):
            _write(tx, placed[each.placement_id], held_on, each)
        return len(new)


def list_tasks(db: Database, actor: Actor) -> Sequence[tasks.Task]:
    """Return whom the provider could ring because they stay away."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        return tasks.list_open(tx, audit=_READ, kind=PROVIDERS_TASK)


def _own_service(tx: Tx, service_id: UUID) -> Service:
    service = directory.get_service(tx, service_id)
    if service.provider_id != tx.actor.organisation_id:
        raise NotFound
    return service


def _lines(tx: Tx, placed: Sequence[Placed], held_on: date, rules: PlaceRules) -> list[RegisterLine]:
    known = people.list_for_referrals(tx, [each.person_id for each in placed], audit=DISCLOSE)
    said = _by_placement(_said_on(tx, placed, held_on))
    so_far = attended_of(tx, [each.placement_id for each in placed])
    lines = []
    for each in placed:
        shown = disclosed_to_provider(known[each.person_id], Request(), status=each.status, today=tx.today)
        words = said[each.placement_id]
        line = RegisterLine(
            placement_id=each.placement_id,
            reference=each.reference,
            name=shown.name,
            status=each.status,
            answer=words[-1].answer if words else None,
            note=words[-1].note if words else "",
            can_change=_can_change(tx, words, rules.register_days),
            earlier=tuple(words[:-1]),
            attended=so_far.get(each.placement_id, Attended()),
        )
        lines.append(line)
    return sorted(lines, key=lambda line: (line.name is None, line.name or "", line.reference))


def _said_on(tx: Tx, placed: Collection[Placed], held_on: date) -> Sequence[SaidLine]:
    whose = {each.placement_id: each.person_id for each in placed}
    return attendance.list_said(tx, whose, held_on=held_on, audit=_READ)


def _by_placement(lines: Sequence[SaidLine]) -> Mapping[UUID, Sequence[SaidLine]]:
    found: dict[UUID, list[SaidLine]] = defaultdict(list)
    for line in lines:
        found[line.placement_id].append(line)
    return found


def _can_change(tx: Tx, words: Sequence[SaidLine], within: int) -> bool:
    return not words or can_be_corrected(words[0].recorded_on, tx.today, within_days=within)


def _is_said(new: Said, words: Sequence[SaidLine]) -> bool:
    return bool(words) and (words[-1].answer, words[-1].note) == (new.answer, new.note.strip())


def _problems(
    tx: Tx,
    held_on: date,
    said: Sequence[Said],
    placed: Mapping[UUID, Placed],
    known: Mapping[UUID, Sequence[SaidLine]],
    within: int,
) -> list[FieldProblem]:
    problems = []
    if held_on > tx.today:
        problems.append(
            FieldProblem("held_on", "This session is still to come: its register opens on the day.")
        )
    if len({each.placement_id for each in said}) != len(said):
        problems.append(FieldProblem("lines", "Say one thing of each person."))
    for number, each in enumerate(said):
        field = f"lines.{number}"
        problems += line_problems(each.answer, each.note.strip(), field)
        words = known.get(each.placement_id, ())
        if each.placement_id not in placed:
            sentence = "This person is not on the register of that day."
            problems.append(FieldProblem(f"{field}.answer", sentence, "not-found"))
        elif not _is_said(each, words) and not _can_change(tx, words, within):
            sentence = f"This was written more than {within} days ago: it can no longer be changed."
            problems.append(FieldProblem(f"{field}.answer", sentence, "business-rule"))
    return problems


def _write(tx: Tx, placed: Placed, held_on: date, said: Said) -> None:
    placement = placements.get_for_update(tx, placed.placement_id, audit=_ACT)
    attendance.add(tx, placed, held_on=held_on, answer=said.answer, note=said.note.strip(), audit=_ACT)
    if placement.status == PlacementStatus.ACCEPTED and said.answer == Attendance.CAME:
        delivery.begin(tx, placement)
    plan_look(tx, placed.referral_id)
    _tell_of_absence(tx, placed)


def _tell_of_absence(tx: Tx, placed: Placed) -> None:
    """Give both the quiet task when three sessions went by, and take it back when the person came, or told us."""
    about = placed.referral_id
    away = attended_of(tx, [placed.placement_id])[placed.placement_id].stays_away
    if away:
        tasks.add_task(tx, PROVIDERS_TASK, organisation_id=tx.actor.organisation_id, referral_id=about)
    else:
        tasks.record_done_for_referral(tx, about, [PROVIDERS_TASK], audit=_ACT)
    with tx.as_system("register") as system_tx:
        if away:
            team_id = referrals.get(system_tx, about, audit=_ACT).team_id
            tasks.add_task(system_tx, TEAMS_TASK, organisation_id=team_id, referral_id=about)
        elif not _anybody_away(system_tx, about):
            tasks.record_done_for_referral(system_tx, about, [TEAMS_TASK], audit=_ACT)


def _anybody_away(tx: Tx, referral_id: UUID) -> bool:
    placed = placements.list_for_referral(tx, referral_id, audit=_ACT)
    return any(each.stays_away for each in attended_of(tx, [one.id for one in placed]).values())
