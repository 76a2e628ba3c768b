"""How a practice hears back, changed by itself: the way of its news, and its monthly summary, never silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import FieldProblem, Invalid, NotAllowed
from app.domain.message_templates import Channel
from app.domain.practice_settings import WAY_WORDS, WAYS, SummarySetting, way_of, ways_of
from app.domain.referral import Organisation
from app.domain.vocabulary import Role
from app.services.messages import links, messages_out
from app.services.messages.links import LinkGone
from app.services.messages.mailing import is_address
from app.services.messages.messages_out import Message
from app.store import directory, practice_settings
from app.store.audit import Entry
from app.store.session import Database, Tx

CONFIRM: Final = "confirm-address"
_DAYS: Final = 7
_LINKS: Final = system("practice-settings")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a practice hears back now, and what it can choose between."""

    practice: Organisation
    way: str | None
    ways: Mapping[str, str]
    summary: SummarySetting

    @property
    def is_silent(self) -> bool:
        """Whether nothing ever goes back to this kind of source."""
        return self.practice.source.is_silent


def get(db: Database, actor: Actor) -> Settings:
    """Return the settings of the actor's own practice."""
    practice_id = _own(actor)
    with db.transaction(actor) as tx:
        practice = directory.get_organisation(tx, practice_id)
        ways = {code: WAY_WORDS[code] for code in ways_of(practice)}
        return Settings(practice, way_of(practice), ways, practice_settings.get_summary(tx, practice_id))


def change_way(db: Database, actor: Actor, way: str | None) -> None:
    """Choose how news comes back from now on; raises Invalid for a way that nothing of the practice's can take."""
    practice_id = _own(actor)
    with db.transaction(actor) as tx:
        practice = directory.get_organisation(tx, practice_id)
        if way is None or way not in ways_of(practice):
            raise Invalid([FieldProblem("way", "Choose how the outcome comes back.", "required")])
        told_as, progress = WAYS[way]
        with tx.as_system("practice-settings") as system_tx:
            practice_settings.record_way(system_tx, practice_id, told_as, progress)
        tx.audit(Entry("change how a practice hears back", "practice", str(practice_id), None, {"way": way}))


def address_problems(to: str) -> list[FieldProblem]:
    """Return what is wrong with the address for the monthly summary."""
    wrong = not is_address(to)
    return [FieldProblem("summary_to", "Give an e-mail address such as surgery@nhs.net.")] if wrong else []


def change_summary(db: Database, actor: Actor, *, is_on: bool, to: str) -> bool:
    """Switch the summary on or off, and say where it goes; return whether a new address must be confirmed first.

    Raises Invalid for an address that is none, and for a summary that is on without one.
    """
    practice_id = _own(actor)
    if to and (problems := address_problems(to)):
        raise Invalid(problems)
    if is_on and not to:
        raise Invalid([FieldProblem("summary_to", "Give the practice’s shared e-mail address.", "required")])
    with db.transaction(actor) as tx:
        before = practice_settings.get_summary(tx, practice_id)
        is_new = bool(to) and (to != before.to or not before.is_confirmed) and is_on
        kept = {"confirmed_at": None} if to != before.to else {}
        practice_settings.record_summary(tx, practice_id, summary_on=is_on, summary_to=to or None, **kept)
        detail = {"on": is_on, "new_address": to != before.to}
        tx.audit(Entry("change monthly summary", "practice", str(practice_id), None, detail))
        if to != before.to or not is_on:
            links.revoke(tx, purpose=CONFIRM, subject_id=practice_id)
        if is_new:
            _ask_to_confirm(tx, practice_id, to)
    return is_new


def _ask_to_confirm(tx: Tx, practice_id: UUID, to: str) -> None:
    link = links.make_link(
        tx, purpose=CONFIRM, subject_id=practice_id, organisation_id=practice_id, days=_DAYS
    )
    until = tx.today + timedelta(days=_DAYS)
    told = {"link": link, "date": f"{until.day} {until:%B %Y}"}
    message = Message("confirm-address", Channel.EMAIL, to, told)
    messages_out.to_organisation(tx, message, organisation_id=practice_id)


def look_at_link(db: Database, code: str) -> None:
    """Raise LinkGone unless a link still confirms an address; looking changes nothing."""
    links.look(db, code, purpose=CONFIRM)


def confirm_address(db: Database, code: str) -> None:
    """Say yes by the link that went to the address. Raises LinkGone, TooOften."""
    link = links.knock(db, code, purpose=CONFIRM)
    with db.transaction(_LINKS) as tx:
        if practice_settings.get_summary(tx, link.subject_id).to is None:
            raise LinkGone
        links.use_up(tx, link)
        practice_settings.record_summary(tx, link.subject_id, confirmed_at=tx.now)
        tx.audit(Entry("confirm summary address", "practice", str(link.subject_id)))


def _own(actor: Actor) -> UUID:
    check_acts_as(actor, Role.PRACTICE)
    if actor.organisation_id is None:
        raise NotAllowed("Sign in for a practice first.")
    return actor.organisation_id
