"""The follow-ups as a team works on them: who is due, how to reach them, what they answered, and when it stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.domain import follow_up as rules
from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.follow_up import MOST_CALLS, AskBy, FollowUpStatus, add_days, mobile_of
from app.domain.measures import Measure
from app.domain.message_templates import Channel
from app.domain.outcomes import SKIP_REASONS, Phase, Taken
from app.domain.vocabulary import Role
from app.services.follow_up import follow_up_plan
from app.services.follow_up.follow_up_asking import is_written_to, link_of, reached_of
from app.services.follow_up.follow_up_stops import check_may_be_asked, list_stopped, why_not_now
from app.services.incoming.duplicates import cautions_of
from app.services.measures import measures_taken
from app.services.shown.seen import Page, PersonBanner
from app.services.shown.seen_lines import person_banner
from app.store import follow_ups, outcomes, people, place_rules, referrals
from app.store.follow_ups import FollowUp
from app.store.outcomes import About
from app.store.session import Database, Tx

_ACT, _READ = "record follow-up", "read follow-up"
_UNDER_WAY = (FollowUpStatus.TO_CALL, FollowUpStatus.TO_SEND, FollowUpStatus.ASKED)
_SETTLED = (
    FollowUpStatus.ANSWERED,
    FollowUpStatus.SKIPPED,
    FollowUpStatus.COULD_NOT_REACH,
    FollowUpStatus.NOT_ASKED,
    FollowUpStatus.STOPPED,
)
_CAN_BE_UNDONE = (FollowUpStatus.SKIPPED, FollowUpStatus.COULD_NOT_REACH, FollowUpStatus.STOPPED)


@dataclass(frozen=True, slots=True)
class Line:
    """One follow-up on the team's list, with whom it is about."""

    follow_up: FollowUp
    person_name: str
    phones: tuple[str, ...]  # empty where they are kept secret
    can_be_rung: bool = True  # a number is known, or is to be had from whoever referred them

    @property
    def can_be_undone(self) -> bool:
        """Whether a wrong tick can be taken back."""
        return self.follow_up.status in _CAN_BE_UNDONE


@dataclass(frozen=True, slots=True)
class One:
    """All that somebody needs who asks one person: care to take, how to reach them, the questions, earlier answers."""

    follow_up: FollowUp
    person: PersonBanner
    take_care: tuple[str, ...]
    mobile: str | None
    measures: tuple[Measure, ...]
    earlier: tuple[Taken, ...]
    stopped: str | None = None  # why they must not be asked (STOP_REASONS): the next sweep settles it
    may_ring: bool = True
    may_write: bool = False

    @property
    def can_be_undone(self) -> bool:
        """Whether a wrong tick can be taken back."""
        return self.follow_up.status in _CAN_BE_UNDONE


def list_now(db: Database, actor: Actor, *, page: int = 1) -> Page[Line]:
    """Return a page of the team's follow-ups whose day has come, the longest due first."""
    return _list(db, actor, _UNDER_WAY, page=page)


def list_settled(db: Database, actor: Actor, *, page: int = 1) -> Page[Line]:
    """Return a page of the team's follow-ups that are done with, the newest first."""
    return _list(db, actor, _SETTLED, page=page)


def list_of_referral(db: Database, actor: Actor, referral_id: UUID) -> Sequence[FollowUp]:
    """Return those of one referral, for its team and whoever asked for it; raises NotFound for others."""
    check_acts_as(actor, Role.LINK_WORKER, Role.PRACTICE)
    with db.transaction(actor) as tx:
        referrals.get(tx, referral_id, audit=_READ)
        return follow_ups.list_for_referral(tx, referral_id, audit=_READ)


def get(db: Database, actor: Actor, follow_up_id: UUID) -> One:
    """Return one with all that is needed to ask; raises NotFound when it is another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        found = follow_ups.get(tx, follow_up_id, audit=_READ)
        person = people.get(tx, found.person_id, audit=_READ)
        about = About(found.referral_id, found.person_id)
        reached = reached_of(tx, found)
        return One(
            follow_up=found,
            person=person_banner(person, tx.today),
            take_care=cautions_of(tx, found.referral_id, audit=_READ).for_team(),
            mobile=None if person.restricted else mobile_of(person.details.phones),
            measures=tx.measures.asked(tx.today, phase=Phase.FOLLOW_UP),
            earlier=tuple(outcomes.list_measures(tx, about, audit=_READ)),
            stopped=why_not_now(tx, found, audit=_READ) if found.is_open else None,
            may_ring=rules.may_ring(reached),
            may_write=rules.may_write(reached),
        )


def make_text(db: Database, actor: Actor, follow_up_id: UUID, *, help_phone: str | None) -> str:
    """Return a text message with a new link of the person's own; it is told this once, and cannot be read again.

    Raises Conflict when the follow-up is settled, or no link may be made for the person.
    """
    with db.transaction(actor) as tx:
        found = _open(tx, actor, follow_up_id)
        told = {"link": link_of(tx, found), "phone": help_phone}
        template = tx.templates.newest("follow-up")
        theirs = people.get(tx, found.person_id, audit=_READ).details.language
        return template.filled(Channel.TEXT, told, language=template.language_for(Channel.TEXT, theirs)).text


def was_sent(db: Database, actor: Actor, follow_up_id: UUID) -> None:
    """Write that the team sent the text or the letter; a reminder follows if there is no answer.

    Who is on the call list and cannot be rung is written to instead, where that may be.
    """
    with db.transaction(actor) as tx:
        found = _open(tx, actor, follow_up_id)
        instead = found.status is FollowUpStatus.TO_CALL and is_written_to(tx, found)
        if found.status is not FollowUpStatus.TO_SEND and not instead:
            raise Conflict("Nothing is waiting to be sent here.")
        remind_on = add_days(tx.today, place_rules.of(tx).follow_up_remind_days)
        values: dict[str, Any] = {"status": FollowUpStatus.ASKED, "asked_at": tx.now, "look_on": remind_on}
        values |= {"way": AskBy.LETTER} if instead else {}
        _record(tx, found, values | {"asked_times": found.asked_times + 1})


def not_sent(db: Database, actor: Actor, follow_up_id: UUID) -> None:
    """Take back that a text or letter was sent."""
    with db.transaction(actor) as tx:
        found = _open(tx, actor, follow_up_id)
        if found.status is not FollowUpStatus.ASKED or found.way not in (AskBy.TEXT, AskBy.LETTER):
            raise Conflict("Nothing was marked as sent here.")
        give_up_on = add_days(tx.today, place_rules.of(tx).follow_up_give_up_days)
        values = {"status": FollowUpStatus.TO_SEND, "look_on": give_up_on}
        _record(tx, found, values | {"asked_times": max(0, found.asked_times - 1)})


def rang_in_vain(db: Database, actor: Actor, follow_up_id: UUID) -> bool:
    """Count a call that reached nobody; return whether it was the last, and they count as not reached."""
    with db.transaction(actor) as tx:
        found = _open(tx, actor, follow_up_id)
        calls = found.calls + 1
        values: dict[str, Any] = {"calls": calls, "status": FollowUpStatus.TO_CALL, "way": AskBy.PHONE}
        if calls >= MOST_CALLS:
            values["status"] = FollowUpStatus.COULD_NOT_REACH
        _record(tx, found, values)
        return calls >= MOST_CALLS


def could_not_reach(db: Database, actor: Actor, follow_up_id: UUID) -> None:
    """Write that the person could not be reached: an honest answer, and counted as one."""
    with db.transaction(actor) as tx:
        _record(tx, _open(tx, actor, follow_up_id), {"status": FollowUpStatus.COULD_NOT_REACH})


def skip(db: Database, actor: Actor, follow_up_id: UUID, *, reason: str | None) -> None:
    """Write that they were reached and left it out, with a reason of SKIP_REASONS. Raises Invalid without one."""
    if reason not in SKIP_REASONS:
        raise Invalid([FieldProblem("reason", "Choose why it is left out.", "required")])
    with db.transaction(actor) as tx:
        values = {"status": FollowUpStatus.SKIPPED, "reason": reason}
        _record(tx, _open(tx, actor, follow_up_id), values)


def answer(db: Database, actor: Actor, follow_up_id: UUID, taken: Sequence[Taken]) -> None:
    """Write what a person answered some months on; the phase and the months are the follow-up's own.

    Raises Invalid when nothing was answered and nothing left out with a reason.
    """
    with db.transaction(actor) as tx:
        found = _held(tx, actor, follow_up_id)
        record_answers(tx, found, taken)


def record_answers(tx: Tx, found: FollowUp, taken: Sequence[Taken]) -> None:
    """Keep answers to a follow-up that the caller has looked up and holds, and settle it; a late one is an answer too.

    Raises Invalid, and Conflict where the person must not be asked.
    """
    check_may_be_asked(tx, found, audit=_ACT)
    if not taken:
        raise Invalid([FieldProblem("measures", "Fill in an answer, or say why there is none.", "required")])
    of_now = [replace(each, phase=Phase.FOLLOW_UP, months=found.months) for each in taken]
    measures_taken.check(tx, of_now)
    measures_taken.write(tx, About(found.referral_id, found.person_id), of_now)
    if any(not each.skipped for each in of_now):
        settle(tx, found, FollowUpStatus.ANSWERED)
    else:
        settle(tx, found, FollowUpStatus.SKIPPED, reason=of_now[0].skipped)


def settle(tx: Tx, found: FollowUp, status: FollowUpStatus, *, reason: str | None = None) -> None:
    """Write that the person was heard; of one that was given up before, it is this day and this answer that count."""
    values: dict[str, Any] = {"status": status, "reason": reason}
    if found.status is not status:
        values |= {"settled_at": tx.now, "settled_by": tx.actor.user_id}
    _record(tx, found, values)


def stop(db: Database, actor: Actor, follow_up_id: UUID) -> None:
    """Ask this person no more, now or after any other referral: they said so to the link worker."""
    with db.transaction(actor) as tx:
        found = _held(tx, actor, follow_up_id)
        follow_up_plan.stop_for_person(tx, found.person_id, found.referral_id, source="link-worker")


def stop_of_referral(db: Database, actor: Actor, referral_id: UUID) -> None:
    """The same from a referral's page: the team's, or the practice's own to which the person said it."""
    check_acts_as(actor, Role.LINK_WORKER, Role.PRACTICE)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        source = "practice" if actor.role is Role.PRACTICE else "link-worker"
        follow_up_plan.stop_for_person(tx, referral.person_id, referral.id, source=source)


def undo(db: Database, actor: Actor, follow_up_id: UUID) -> None:
    """Take back a wrong tick: left out, not reached, or stopped by the team; the person is on the call list again."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        found = follow_ups.get_for_update(tx, follow_up_id, audit=_ACT)
        if found.status not in _CAN_BE_UNDONE:
            raise Conflict("This cannot be taken back.")
        if found.reason == "asked-not-to":
            _check_ticked_here(tx, found)
            follow_up_plan.allow_again(tx, found.person_id, found.referral_id)
        check_may_be_asked(tx, found, audit=_ACT, but_for=found.reason)
        give_up_on = add_days(tx.today, place_rules.of(tx).follow_up_give_up_days)
        calls = min(found.calls, MOST_CALLS - 1)
        values = {"status": FollowUpStatus.TO_CALL, "way": AskBy.PHONE, "look_on": give_up_on, "reason": None}
        _record(tx, found, values | {"calls": calls})


def _check_ticked_here(tx: Tx, found: FollowUp) -> None:
    """The person's own stop, or what they told their practice, is nobody's to take back."""
    with tx.as_system("follow-up") as system_tx:
        source = follow_ups.find_stopped_by(system_tx, found.person_id)
    if source != "link-worker":
        raise Conflict("The person said this themselves. They are not asked again.")


def _list(db: Database, actor: Actor, statuses: Sequence[FollowUpStatus], *, page: int) -> Page[Line]:
    check_acts_as(actor, Role.LINK_WORKER)
    newest = statuses == _SETTLED
    with db.transaction(actor) as tx:
        gone = () if newest or actor.organisation_id is None else list_stopped(tx, actor.organisation_id)
        found, total = follow_ups.list_page(tx, statuses, page=page, newest=newest, without=gone, audit=_READ)
        known = people.list_for_referrals(tx, [each.person_id for each in found], audit=_READ)
    lines = [
        Line(
            each,
            person.details.full_name,
            () if person.restricted else person.details.phones,
            person.restricted or bool(person.details.phones),
        )
        for each in found
        for person in (known[each.person_id],)
    ]
    return Page(lines, total, page, follow_ups.PAGE)


def _open(tx: Tx, actor: Actor, follow_up_id: UUID) -> FollowUp:
    found = _held(tx, actor, follow_up_id)
    check_may_be_asked(tx, found, audit=_ACT)
    return found


def _held(tx: Tx, actor: Actor, follow_up_id: UUID) -> FollowUp:
    check_acts_as(actor, Role.LINK_WORKER)
    found = follow_ups.get_for_update(tx, follow_up_id, audit=_ACT)
    if not found.is_open:
        raise Conflict("This follow-up is settled already. Look at the list again.")
    return found


def _record(tx: Tx, found: FollowUp, values: Mapping[str, Any]) -> None:
    follow_ups.record(tx, found.id, values, audit=_ACT)
