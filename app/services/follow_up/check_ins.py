"""Whether help has arrived, as the team asks on the telephone and as people answer by their own link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.check_in import ANSWERABLE, OPEN, STOP_WORDS, TASKS, Arrived, CheckInStatus
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.lifecycle import OPEN_REFERRAL
from app.domain.vocabulary import Role
from app.services.follow_up.check_in_asking import why_not_now
from app.services.incoming.duplicates import cautions_of
from app.services.shown.seen import Page, PersonBanner
from app.services.shown.seen_lines import person_banner
from app.store import check_ins, people, referrals, tasks
from app.store.check_ins import CheckIn
from app.store.person_links import PersonLink
from app.store.session import Database, Tx

_READ: Final = "read check-in"
_ACT: Final = "record whether help has arrived"
_UNDER_WAY: Final = (CheckInStatus.TO_CALL, CheckInStatus.ASKED)


@dataclass(frozen=True, slots=True)
class Line:
    """One asking on the team's list; `stopped` says in words why nobody may ring, and then there is no number."""

    check_in: CheckIn
    person_name: str
    phones: tuple[str, ...]
    stopped: str | None


@dataclass(frozen=True, slots=True)
class One:
    """All that somebody needs who asks on the telephone."""

    check_in: CheckIn
    person: PersonBanner
    take_care: tuple[str, ...]
    stopped: str | None

    @property
    def can_be_answered(self) -> bool:
        """Whether an answer can be written down, the first or another one."""
        return self.stopped is None and self.check_in.status in ANSWERABLE


@dataclass(frozen=True, slots=True)
class OwnCheckIn:
    """What the holder of a link is asked now: whether anything, and what they said before."""

    is_asked: bool
    answer: Arrived | None


def list_now(db: Database, actor: Actor, *, page: int = 1) -> Page[Line]:
    """Return a page of the team's askings that are to ring or wait for an answer, the longest due first."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        found, total = check_ins.list_page(tx, _UNDER_WAY, page=page, audit=_READ)
        known = people.list_for_referrals(tx, [each.person_id for each in found], audit=_READ)
        lines = []
        for each in found:
            person, stopped = known[each.person_id], _stopped(tx, each)
            phones = () if person.restricted or stopped else person.details.phones
            lines.append(Line(each, person.details.full_name, phones, stopped))
        return Page(lines, total, page, check_ins.PAGE)


def list_of_referral(db: Database, actor: Actor, referral_id: UUID) -> Sequence[CheckIn]:
    """Return all of a referral, for its team; raises NotFound for others."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referrals.get(tx, referral_id, audit=_READ)
        return check_ins.list_for_referral(tx, referral_id, audit=_READ)


def get(db: Database, actor: Actor, check_in_id: UUID) -> One:
    """Return one with all that is needed to ask; raises NotFound when it is another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        found = check_ins.get(tx, check_in_id, audit=_READ)
        person = people.get(tx, found.person_id, audit=_READ)
        care = cautions_of(tx, found.referral_id, audit=_READ).for_team()
        return One(found, person_banner(person, tx.today), care, _stopped(tx, found))


def answer_by_phone(db: Database, actor: Actor, check_in_id: UUID, said: str | None) -> None:
    """Write down what somebody told the link worker; a later word stands in place of an earlier one.

    Raises NotFound, Invalid without an answer, Conflict where nobody may ask or its day has not come.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    arrived = _read(said)
    with db.transaction(actor) as tx:
        found = check_ins.get(tx, check_in_id, audit=_ACT, hold=True)
        if (stopped := _stopped(tx, found)) is not None:
            raise Conflict(f"{stopped}. Nobody asks any more.")
        if found.status not in ANSWERABLE:
            raise Conflict("This is not asked yet, or not any more.")
        _record(tx, found, arrived)


def could_not_reach(db: Database, actor: Actor, check_in_id: UUID) -> None:
    """Take somebody off the call list who could not be reached. Raises NotFound, Conflict."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        found = check_ins.get(tx, check_in_id, audit=_ACT, hold=True)
        if found.status not in _UNDER_WAY:
            raise Conflict("Nobody is to be rung about this any more. Look at the list again.")
        check_ins.record(tx, found.id, {"status": CheckInStatus.NO_ANSWER}, audit=_ACT)


def get_own(db: Database, link: PersonLink) -> OwnCheckIn:
    """Return what the holder of a link is asked now, and what they said."""
    with db.transaction(link.actor) as tx:
        found = _own(tx, link)
        return OwnCheckIn(found is not None, found.answer if found else None)


def answer_own(db: Database, link: PersonLink, said: str | None) -> Arrived:
    """Keep what the person says; a later word stands in place of an earlier one.

    Raises Invalid without an answer, Conflict when nothing is asked any more.
    """
    arrived = _read(said)
    with db.transaction(link.actor) as tx:
        found = _own(tx, link)
        if found is None:
            raise Conflict("We are not asking anything just now. Thank you.")
        with tx.as_system("own answers") as system_tx:
            _record(system_tx, check_ins.get(system_tx, found.id, audit=_ACT, hold=True), arrived)
    return arrived


def _read(said: str | None) -> Arrived:
    if said not in list(Arrived):
        raise Invalid([FieldProblem("answer", "Choose an answer.", "required")])
    return Arrived(said)


def _own(tx: Tx, link: PersonLink) -> CheckIn | None:
    """The newest whose day has come; none once the referral has ended or nobody may ask."""
    if referrals.get(tx, link.referral_id, audit=_READ).status not in OPEN_REFERRAL:
        return None
    asked = [
        each
        for each in check_ins.list_for_referral(tx, link.referral_id, audit=_READ)
        if each.status in ANSWERABLE and each.asked_at is not None
    ]
    return asked[-1] if asked else None


def _record(tx: Tx, found: CheckIn, arrived: Arrived) -> None:
    """Keep the answer and let it move the work: a no is a task of today, a yes ticks it off."""
    values = {
        "status": CheckInStatus.ANSWERED,
        "answer": arrived,
        "answered_at": tx.now,
        "answered_by": tx.actor.user_id,
        "reason": None,
    }
    check_ins.record(tx, found.id, values, audit=_ACT)
    with tx.as_system("check-in") as system_tx:
        wanted = TASKS.get(arrived)
        done = [kind for kind in TASKS.values() if kind != wanted]
        tasks.record_done_for_referral(system_tx, found.referral_id, done, audit=_ACT)
        if wanted is not None:
            tasks.add_task(system_tx, wanted, organisation_id=found.team_id, referral_id=found.referral_id)
            referrals.record_next_look(system_tx, found.referral_id, tx.today, audit=_ACT)


def _stopped(tx: Tx, found: CheckIn) -> str | None:
    """Why nobody may ask now, in words; what was stopped for good says so itself."""
    if found.status not in OPEN and found.status is not CheckInStatus.ANSWERED:
        return None if found.status is CheckInStatus.NO_ANSWER else STOP_WORDS.get(found.reason or "")
    reason = why_not_now(tx, found)
    return STOP_WORDS[reason] if reason is not None else None
