"""People who ask for themselves: on the public page, or on the telephone with a link worker who types for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.consent_wordings import Kind
from app.domain.errors import DomainError, NotFound
from app.domain.place import PlaceRules
from app.domain.referral import Organisation, Referral
from app.domain.vocabulary import Role
from app.services.incoming.web_referral import (
    Asked,
    Door,
    Taken,
    check_door,
    check_wording,
    hand_in,
    with_note,
)
from app.store import directory, overviews, tasks
from app.store.audit import Entry
from app.store.session import Database
from app.store.tasks import Consent

MOST_AN_HOUR = 60  # of one team's public page: more is no borough, but a machine
AGREED_HOW: dict[str, str] = {
    "spoken-telephone": "They said so on the telephone",
    "spoken-in-person": "They said so in person",
    "through-somebody": "Somebody who speaks for them said so",
}
_PAGE = system("self-referral")


class TooMany(DomainError):
    """The public page was sent too often just now."""

    status = 429
    issue = "throttled"


class NotOpen(DomainError):
    """Nobody here takes people who ask for themselves yet."""

    status = 409
    issue = "business-rule"


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody who asks for somebody else, with their agreement."""

    name: str
    relation: str
    phone: str = ""

    @property
    def words(self) -> str:
        """Who asked, as the team reads it."""
        return ", ".join(filter(None, (f"{self.name} ({self.relation})", self.phone)))


def list_teams(db: Database) -> Sequence[Organisation]:
    """Return through whom people may ask for themselves, by name: one for each team that is open for it."""
    with db.transaction(_PAGE) as tx:
        return directory.list_self_sources(tx)


def ask(
    db: Database,
    source_id: UUID,
    asked: Asked,
    *,
    helper: Helper | None,
    request_id: UUID,
    rules: PlaceRules | None = None,
) -> Taken:
    """Take what somebody typed on the public page; it waits for a person, its identity not confirmed.

    They are asked here whether we may be in touch, and their yes is kept with the words that stood there: `wording` of
    `asked` is the version. Of sharing nothing is asked: a service is told when it was talked over. Raises Invalid with
    every problem (field "agrees" for words that are others today), NotOpen when the team is not open for it, TooMany
    when it was sent too often.
    """
    check_wording(db, asked.wording, field="agrees", kind=Kind.CONTACT)
    source = _source(db, source_id)
    with db.transaction(_PAGE) as tx:
        if overviews.count_received(tx, source.id, since=tx.now - timedelta(hours=1)) >= MOST_AN_HOUR:
            raise TooMany("So many people are asking just now that we cannot take another on this page.")
    asked_by = f"{helper.words}, with their agreement" if helper else "The person themselves"
    if helper:
        asked = with_note(asked, f"{helper.words} asked for them, with their agreement.")
    door = Door("self-referral", source, asked_by)
    taken = hand_in(db, door, replace(asked, wording=None), request_id=request_id, rules=rules)
    if taken.is_new:
        _write_contact(db, taken.referral, wording=asked.wording, is_told=helper is not None)
    return taken


def _write_contact(db: Database, referral: Referral, *, wording: int | None, is_told: bool) -> None:
    source = "through-somebody" if is_told else "page"
    consent = Consent(Kind.CONTACT, given=True, source=source, wording=wording)
    with db.transaction(_PAGE) as tx:
        whose = {"person_id": referral.person_id, "referral_id": referral.id}
        tasks.add_consent(tx, consent, **whose, audit="ask on the public page")


def check(db: Database, source_id: UUID, asked: Asked) -> None:
    """Raise Invalid with what stands in the way, before it is sent."""
    check_door(db, Door("self-referral", _source(db, source_id), ""), asked)


def _source(db: Database, source_id: UUID) -> Organisation:
    found = [each for each in list_teams(db) if each.id == source_id]
    if not found:
        raise NotOpen(
            "This page does not take referrals just now. Ring your GP practice and ask for a link worker."
        )
    return found[0]


def enter(
    db: Database,
    actor: Actor,
    asked: Asked,
    *,
    agreed_how: str,
    request_id: UUID,
    rules: PlaceRules | None = None,
) -> Taken:
    """Take what a link worker typed for a person who rang, for the worker's own team.

    Who typed it, for whom and how the person agreed stands in the audit. Raises as `ask` does, and Invalid (field
    "shares") when our words of consent are others today.
    """
    check_wording(db, asked.wording, field="shares")
    # The agreement is written below, with who asked for it and how: not as something that a message said.
    unsaid = replace(asked, agrees_to_sharing=False)
    taken = hand_in(db, _telephone(db, actor), unsaid, request_id=request_id, rules=rules)
    if taken.is_new:
        _write_agreement(
            db, actor, taken.referral, agreed_how, shares=asked.agrees_to_sharing, wording=asked.wording
        )
    return taken


def _write_agreement(
    db: Database, actor: Actor, referral: Referral, agreed_how: str, *, shares: bool, wording: int | None
) -> None:
    act = "enter for a person"
    with db.transaction(actor) as tx:
        detail = {"entered_by": str(actor.user_id), "agreed": agreed_how, "shares": shares}
        tx.audit(Entry(act, "referral", str(referral.id), referral.person_id, detail))
        if shares:
            consent = Consent(
                "share-with-provider", given=True, source=agreed_how, asked_by=actor.user_id, wording=wording
            )
            tasks.add_consent(tx, consent, person_id=referral.person_id, referral_id=referral.id, audit=act)


def check_entry(db: Database, actor: Actor, asked: Asked) -> None:
    """Raise Invalid with what stands in the way of what a link worker types, before it is sent."""
    check_door(db, _telephone(db, actor), asked)


def _telephone(db: Database, actor: Actor) -> Door:
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        if actor.organisation_id is None:
            raise NotFound
        found = directory.list_self_sources(tx, team_id=actor.organisation_id)
    if not found:
        raise NotOpen(
            "Your team does not take people who ask for themselves yet. The steward opens it with "
            "'python -m app add source self NAME --team ID'."
        )
    return Door(f"telephone:{actor.user_id}", found[0], "The person, on the telephone with the link worker")
