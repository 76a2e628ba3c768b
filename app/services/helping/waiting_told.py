"""What a person on a waiting list is told, in plain words: a letter to print, or the same to send or to read out."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.capacity import day, weeks
from app.domain.cautions import Cautions
from app.domain.cautions_overall import Overall
from app.domain.errors import Conflict, NotFound
from app.domain.place import PlaceRules
from app.domain.referral import Person
from app.domain.vocabulary import Role
from app.letters.plain import PlainLetter, plain_letter_pdf
from app.services.helping.waiting_seen import seen, wait_of
from app.services.incoming.duplicates import cautions_of
from app.store import directory, people, place_rules, places, referrals, waiting
from app.store.session import Database, Tx
from app.store.waiting import OnList

_ACT = "write to person who waits"
_NO_CONTACT = "Do not write to this person or ring them: it may put them in danger. Ring whoever asked first."


@dataclass(frozen=True, slots=True)
class WordsForPerson:
    """What the person is told: `text` in one piece, or the same as a letter; `take_care` is for whoever sends it.

    `barred` says why nothing may be sent; then both are empty.
    """

    text: str
    paragraphs: tuple[str, ...]
    take_care: tuple[str, ...]
    barred: str | None = None


@dataclass(frozen=True, slots=True)
class LetterToPerson:
    """A letter and the referral's short reference, which may name the file: it tells nothing of the person."""

    reference: str
    pdf: bytes


def words_for_person(
    db: Database, actor: Actor, placement_id: UUID, *, rules: PlaceRules | None = None
) -> WordsForPerson:
    """Return what the link worker sends or reads out; raises NotFound when nobody of their team waits there."""
    with db.transaction(actor) as tx:
        found, _, care = _facts(tx, actor, placement_id)
        if care.do_not_contact:
            return WordsForPerson("", (), care.for_team(), _why_not(care))
        paragraphs = _paragraphs(tx, found, care, rules)
        return WordsForPerson(" ".join(paragraphs), paragraphs, care.for_team())


def letter_to_person(
    db: Database, actor: Actor, placement_id: UUID, *, rules: PlaceRules | None = None
) -> LetterToPerson:
    """Return the letter, without an address where it must be kept secret; Conflict where nobody may write at all."""
    with db.transaction(actor) as tx:
        found, person, care = _facts(tx, actor, placement_id)
        if care.do_not_contact:
            raise Conflict(_why_not(care))
        team = directory.get_organisation(tx, found.team_id)
        letter = PlainLetter(
            title=f"Letter {found.reference}",
            sender=tuple(filter(None, (team.name, _phone(tx, found.team_id)))),
            to=_address(person),
            date=day(tx.today),
            heading="You are on a waiting list",
            paragraphs=_paragraphs(tx, found, care, rules),
            closing=(team.name, f"Our reference: {found.reference}"),
        )
        return LetterToPerson(found.reference, plain_letter_pdf(letter, written_at=tx.now))


def _facts(tx: Tx, actor: Actor, placement_id: UUID) -> tuple[OnList, Person, Cautions]:
    check_acts_as(actor, Role.LINK_WORKER)
    found = waiting.find(tx, placement_id, audit=_ACT)
    if found is None:
        raise NotFound("This person is not on a waiting list.")
    referral = referrals.get(tx, found.referral_id, audit=_ACT)
    person = people.get(tx, found.person_id, audit=_ACT)
    return found, person, cautions_of(tx, referral.id, audit=_ACT)


def _why_not(care: Cautions) -> str:
    if isinstance(care, Overall):
        return " ".join(("Do not write to this person or ring them.", *care.ring_first))
    return _NO_CONTACT


def _paragraphs(tx: Tx, found: OnList, care: Cautions, rules: PlaceRules | None) -> tuple[str, ...]:
    wait = wait_of(found)
    how_long = (
        "We do not know yet how long it takes."
        if wait.until is None
        else f"It takes {wait.short}: until around {day(wait.until)}. That can change."
    )
    reach = "write to you or see you" if care.no_telephone else "ring or write to you"
    every = weeks(max(1, place_rules.of(tx, rules).waiting_contact_days // 7))
    team = directory.get_organisation(tx, found.team_id).name
    place = next(iter(seen(tx, [found], rules=rules)))
    return (
        f"You are on the waiting list of {found.service_name} ({found.provider_name}). Today you are number "
        f"{place.position} of {place.length}. People whose need is urgent go first, so your number can change.",
        how_long,
        f"While you wait, somebody will {reach} at least every {every}.",
        f"If you do not want to wait any more, or if things change for you, {_ring(tx, found, team)}.",
        "When a place is free, you are asked whether you still want it.",
    )


def _ring(tx: Tx, found: OnList, team: str) -> str:
    service = directory.get_service(tx, found.service_id)
    theirs = service.listing.contact_phone or _phone(tx, found.provider_id)
    ours = _phone(tx, found.team_id)
    if ours:
        return f"ring {team} on {ours}"
    return f"ring {found.provider_name} on {theirs}" if theirs else f"tell {team}"


def _phone(tx: Tx, organisation_id: UUID) -> str | None:
    profile = places.find_profile(tx, organisation_id)
    return profile.phone if profile else None


def _address(person: Person) -> tuple[str, ...]:
    details = person.details
    if person.restricted:
        return (details.full_name,)
    return tuple(filter(None, (details.full_name, *details.address_lines, details.postcode)))
