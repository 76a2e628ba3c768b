"""Opens one person's record to a link worker in an emergency, for a short time; who must know is told at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from app.domain import emergency as rules
from app.domain.access import Actor, check_acts_as, own_account_id
from app.domain.errors import FieldProblem, Invalid, NotAllowed, NotFound
from app.domain.identifiers import NhsNumber
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Person, Placement, Referral
from app.domain.vocabulary import Role
from app.services.rights import emergency_told
from app.services.shown.seen import PersonBanner
from app.services.shown.seen_lines import person_banner
from app.store import (
    cautions,
    directory,
    emergency,
    outcomes,
    people,
    place_rules,
    placements,
    places,
    referrals,
)
from app.store.audit import Entry
from app.store.emergency import Looked
from app.store.outcomes import About, Contact
from app.store.session import Database, Tx

LAST_CONTACTS: Final = 5
_PLATFORM: Final = "emergency access"
_OWN: Final = "The person is your own team's: their record is open to you already, under Find a person."
_SEVERAL: Final = "More than one person fits. Give the NHS number."


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom somebody looks for, and why: `who` is an NHS number or a family name."""

    who: str
    birth_date: date
    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class ReferralInEmergency:
    """One referral as far as it helps in an emergency: whom to ring, what to take care of, what happened last."""

    referral: Referral
    team_name: str
    team_phone: str | None
    take_care: tuple[str, ...]
    reason: str
    placements: Sequence[Placement]
    contacts: Sequence[Contact]  # the newest first


@dataclass(frozen=True, slots=True)
class Record:
    """What is read while the look lasts; afterwards `person` is None and nothing of them is here."""

    look: Looked
    person: PersonBanner | None = None
    referrals: Sequence[ReferralInEmergency] = ()


def open_record(db: Database, actor: Actor, asked: Asked) -> UUID | None:
    """Open the record of whom somebody looks for, and return the look's id; None when nobody fits.

    Whatever is answered is written down. Nothing is looked up before a reason is given. A second time while it is open
    is the same look. Raises Invalid (fields "who", "reason", "words", "person.nhs_number"), NotAllowed.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    user_id = own_account_id(actor)
    rules.check_asked(asked.reason, asked.words)
    typed = "".join(asked.who.split()).replace("-", "")
    number = NhsNumber(typed).value if typed.isdigit() else None
    with db.transaction(actor) as tx:
        if not place_rules.of(tx).emergency_minutes:
            raise NotAllowed(
                "This place lets nobody open a record in an emergency. Ring the person's own team."
            )
        team = directory.get_organisation(tx, _organisation_of(actor))
        # People under test stand apart: a sandbox's link worker finds its own alone, and no other team's.
        fences = (team.id,) if team.is_sandbox else (None, team.id)
        with tx.as_system(_PLATFORM) as system_tx:
            found = _find(system_tx, asked, number, fences)
            answer = _answer(system_tx, found, asked, (user_id, team.id))
        _note(tx, asked, answer)
    if answer.why_not is not None:  # said once it is written down who asked
        raise Invalid([FieldProblem("who", answer.why_not, "conflict")])
    return answer.look_id


def list_own(db: Database, actor: Actor) -> Sequence[Looked]:
    """Return the actor's own looks that are not over yet."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return emergency.list_own_open(tx, own_account_id(actor), _organisation_of(actor))


def minutes(db: Database, actor: Actor) -> int:
    """Return how long a record stays open here."""
    with db.transaction(actor) as tx:
        return place_rules.of(tx).emergency_minutes


def look(db: Database, actor: Actor, look_id: UUID) -> Record:
    """Return the record while the look lasts, each time written down as a look in an emergency. Raises NotFound."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        found = emergency.get(tx, look_id)
        if not found.is_open(tx.now):
            return Record(found)
        with tx.as_system(_PLATFORM) as system_tx:
            record = _read(system_tx, found)
        emergency.note_look(tx, found, [each.referral.id for each in record.referrals])
    return record


def close(db: Database, actor: Actor, look_id: UUID) -> None:
    """Let the look be over now; one that is over stays as it is. Raises NotFound."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        found = emergency.get(tx, look_id)
        if found.is_open(tx.now):
            with tx.as_system(_PLATFORM) as system_tx:
                emergency.record_ended(system_tx, look_id)
            emergency.note_look(tx, found, audit="look closed after an emergency")


def _organisation_of(actor: Actor) -> UUID:
    if actor.organisation_id is None:
        raise NotFound
    return actor.organisation_id


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a search: the look that is open now, or a sentence why there is none."""

    person_id: UUID | None = None
    look_id: UUID | None = None
    why_not: str | None = None


def _find(tx: Tx, asked: Asked, number: str | None, fences: Sequence[UUID | None]) -> Sequence[Person]:
    """Return who fits both what they are called and when they were born; of a name two at most."""
    if number is None:
        ids = emergency.list_fitting(tx, asked.who, asked.birth_date, fences=fences)
        return [people.get(tx, each, audit=_PLATFORM) for each in ids]
    known = [people.find_by_nhs_number(tx, number, fence_id=fence_id, audit=_PLATFORM) for fence_id in fences]
    return [each for each in known if each is not None and each.details.birth_date == asked.birth_date][:1]


def _answer(tx: Tx, found: Sequence[Person], asked: Asked, by: tuple[UUID, UUID]) -> _Answer:
    if len(found) != 1:
        return _Answer(why_not=_SEVERAL if found else None)
    (person,) = found
    of_person = referrals.list_of_person(tx, person.id, audit=_PLATFORM)
    # A restricted person's whereabouts are hidden from their own team too: these are what is opened then.
    if not person.restricted and any(each.team_id == by[1] for each in of_person):
        return _Answer(person.id, why_not=_OWN)
    known = emergency.find_open(tx, person.id, *by)
    if known is not None:
        return _Answer(person.id, known)
    ends_at = rules.ends_at(tx.now, place_rules.of(tx).emergency_minutes)
    look_id = emergency.add(tx, person.id, reason=asked.reason, words=asked.words, ends_at=ends_at, by=by)
    emergency_told.tell(tx, of_person, by=by[0])
    return _Answer(person.id, look_id)


def _note(tx: Tx, asked: Asked, answer: _Answer) -> None:
    told = {"reason": asked.reason, "purpose": rules.PURPOSE}
    if answer.look_id is None:
        tx.audit(Entry(rules.NOBODY, "person", "nobody", answer.person_id, told))
    else:
        told |= {"access": str(answer.look_id)}
        tx.audit(Entry(rules.OPEN, "person", str(answer.person_id), answer.person_id, told))


def _read(tx: Tx, found: Looked) -> Record:
    person = people.get(tx, found.person_id, audit=_PLATFORM)
    banner = person_banner(replace(person, restricted=False), tx.today)
    told = [
        _in_emergency(tx, each)
        for each in referrals.list_of_person(tx, person.id, audit=_PLATFORM)
        if each.status != ReferralStatus.ENTERED_IN_ERROR
    ]
    return Record(found, replace(banner, restricted=person.restricted), told)


def _in_emergency(tx: Tx, referral: Referral) -> ReferralInEmergency:
    profile = places.find_profile(tx, referral.team_id)
    contacts = outcomes.list_contacts(tx, About(referral.id, referral.person_id), audit=_PLATFORM)
    return ReferralInEmergency(
        referral=referral,
        team_name=directory.get_organisation(tx, referral.team_id).name,
        team_phone=profile.phone if profile else None,
        take_care=cautions.get(tx, referral.id, audit=_PLATFORM).for_team(),
        reason=referrals.reason_text(tx, referral, audit=_PLATFORM),
        placements=placements.list_for_referral(tx, referral.id, audit=_PLATFORM),
        contacts=tuple(reversed(contacts[-LAST_CONTACTS:])),
    )
