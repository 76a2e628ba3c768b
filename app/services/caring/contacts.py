"""The team's contact log: who was tried and reached, and what is proposed when nobody answers; a person decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.cautions import Cautions
from app.domain.contacts import NO_ANSWER, PERSON, Attempts, KeptContact, TeamContact, attempts, check_contact
from app.domain.errors import Conflict
from app.domain.lifecycle import OPEN_REFERRAL, PlacementStatus, ReferralStatus
from app.domain.referral import Referral
from app.domain.sources import GoesBack
from app.domain.vocabulary import NewsKind, Role
from app.services.caring.triage import take_on
from app.services.feedback.progress import tell_not_reached
from app.services.helping import first_contact, waiting
from app.services.incoming.duplicates import cautions_of
from app.services.watching.calendar import limits_of
from app.store import contacts, directory, feedback, people, placements, referrals
from app.store.outcomes import About
from app.store.session import LONDON, Database, Tx

__all__ = ["ContactLog", "no_answer", "read_log", "record", "take_back", "tell_not_reached_so_far"]

_ACT = "record contact"
_READ = "read contacts"
_ENDED = "This referral has ended: open it again before you write down a contact."


@dataclass(frozen=True, slots=True)
class ContactLog:
    """The contacts of a referral, oldest first, and what is proposed; nothing of it happens by itself.

    `no_answer` says whether one button writes down a call without an answer: not where nobody can or must ring.
    """

    contacts: tuple[KeptContact, ...]
    attempts: Attempts
    is_open: bool
    no_answer: bool
    propose_letter: bool
    propose_news: bool  # whoever asked can be told by a message
    propose_call: bool  # whoever asked takes no messages on the way: somebody rings


def read_log(db: Database, actor: Actor, referral_id: UUID) -> ContactLog:
    """Return the log; raises NotFound when the referral is not the team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_READ)
        kept = tuple(contacts.list_kept(tx, About(referral.id, referral.person_id), audit=_READ))
        tried = attempts(kept)
        care = cautions_of(tx, referral_id, audit=_READ)
        is_open = referral.status in OPEN_REFERRAL
        ask = tried.enough and is_open
        hears, told = _who_asked(tx, referral, tried)
        return ContactLog(
            contacts=kept,
            attempts=tried,
            is_open=is_open,
            no_answer=is_open and _may_ring(tx, referral, care, audit=_READ),
            propose_letter=ask and not tried.letter_sent and not care.do_not_contact,
            propose_news=ask and hears is True and not told,
            propose_call=ask and hears is False and not tried.asker_told,
        )


def record(db: Database, actor: Actor, referral_id: UUID, contact: TeamContact) -> None:
    """Write a contact down. Whoever makes the first one takes the referral on, and one that was due comes back on the
    next working day.

    Raises Invalid with every problem, Conflict when the referral has ended, AlreadyThere for a form sent twice.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        if referral.status not in OPEN_REFERRAL:
            raise Conflict(_ENDED)
        check_contact(contact, today=tx.today, since=referral.received_at.astimezone(LONDON).date())
        contacts.add(tx, About(referral.id, referral.person_id), contact, audit=_ACT)
        if referral.status == ReferralStatus.RECEIVED:
            take_on(tx, referral)
        if contact.reached:
            _note_waiting(tx, referral_id)
        first_contact.note_contact(tx, referral_id, contact)
        _look_again(tx, referral_id, in_vain=contact.was_in_vain)


def no_answer(db: Database, actor: Actor, referral_id: UUID, contact_id: UUID) -> bool:
    """Write down that the person was rung today and did not answer; raises as `record` does.

    Returns whether it counts as an attempt of its own: calls within one hour are one. Raises Conflict too where they
    cannot or must not be rung: that is written down in full.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        care = cautions_of(tx, referral.id, audit=_ACT)
        if not _may_ring(tx, referral, care, audit=_ACT):
            raise Conflict("This person is not to be rung. Write the contact down in full if there was one.")
        today, before = tx.today, _in_a_row(tx, referral)
    record(db, actor, referral_id, TeamContact(contact_id, "phone", PERSON, NO_ANSWER, today))
    with db.transaction(actor) as tx:
        return _in_a_row(tx, referral) > before


def _may_ring(tx: Tx, referral: Referral, care: Cautions, *, audit: str) -> bool:
    phones = people.get(tx, referral.person_id, audit=audit).details.phones
    return bool(phones) and not care.do_not_contact and not care.no_telephone


def _in_a_row(tx: Tx, referral: Referral) -> int:
    about = About(referral.id, referral.person_id)
    return attempts(contacts.list_kept(tx, about, audit=_ACT)).in_a_row


def take_back(db: Database, actor: Actor, referral_id: UUID, contact_id: UUID) -> None:
    """Take a wrong contact of the team back: it counts no more and stays in the history.

    Raises NotFound when it is not one of the team's, Conflict when it was taken back before.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    act = "take contact back"
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=act)
        contacts.record_taken_back(tx, About(referral.id, referral.person_id), contact_id, audit=act)


def tell_not_reached_so_far(db: Database, actor: Actor, referral_id: UUID) -> None:
    """Tell whoever asked, on the way, that the person could not be reached.

    Raises Conflict when it is not due, was told already, or they take no news on the way.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        about = About(referral.id, referral.person_id)
        tried = attempts(contacts.list_kept(tx, about, audit=_ACT))
        if not tried.enough or referral.status not in OPEN_REFERRAL:
            raise Conflict("There is nothing to tell of yet: somebody may have reached the person meanwhile.")
        if _who_asked(tx, referral, tried)[1]:
            raise Conflict("They were told already that the person could not be reached.")
        with tx.as_system("not reached") as system_tx:
            if not tell_not_reached(system_tx, referral_id, attempts=tried.in_a_row):
                raise Conflict("They take no news on the way, or have heard that help has begun. Ring them.")


def _who_asked(tx: Tx, referral: Referral, tried: Attempts) -> tuple[bool | None, bool]:
    """Return whether whoever asked hears of it on the way (None: nobody is there), and whether they have."""
    if referral.source.goes_back is not GoesBack.TO_REQUESTER:
        return None, False
    news = feedback.list_on_the_way(tx, referral.id, audit=_READ)
    since = tried.since
    told = any(each.kind is NewsKind.NOT_REACHED and since and each.composed_at >= since for each in news)
    begun = any(each.kind is NewsKind.IN_PROGRESS for each in news)
    hears = directory.get_organisation(tx, referral.requester_id).hears_progress and not begun
    return hears, told


def _note_waiting(tx: Tx, referral_id: UUID) -> None:
    listed = [
        each.id
        for each in placements.list_for_referral(tx, referral_id, audit=_ACT)
        if each.status == PlacementStatus.WAITLISTED
    ]
    with tx.as_system("contact while waiting") as system_tx:
        for placement_id in listed:
            waiting.note_contact(system_tx, placement_id, by_team=True)


def _look_again(tx: Tx, referral_id: UUID, *, in_vain: bool) -> None:
    """What was due today or before was looked at: it comes back on the next day on which somebody works.

    So does everybody who did not answer, however far the next look was.
    """
    due = referrals.get(tx, referral_id, audit=_ACT).next_action_on
    if due is not None and (in_vain or due <= tx.today):
        tomorrow: date = limits_of(tx).days.on_or_after(tx.today + timedelta(days=1))
        referrals.record_next_look(tx, referral_id, tomorrow, audit=_ACT)
