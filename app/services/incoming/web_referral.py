"""Makes a referral of what was typed on a page: put into the shape of a message, it goes through the one intake."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

import orjson

from app.domain.access import Actor, check_acts_as, system
from app.domain.consent_wordings import Kind
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.identifiers import number_wrong, outward_of
from app.domain.intake import judge
from app.domain.place import PlaceRules
from app.domain.referral import Organisation, Referral
from app.domain.safe_contact import DANGER, NO_LETTER, NO_TELEPHONE, SAFE_CONTACT
from app.domain.vocabulary import NEED_WORDS, Need, Priority, Role
from app.domain.ways_to_reach import EMAIL_SENTENCE, PHONE_SENTENCE, is_email, is_phone
from app.services.caring.sharing import TYPED_ON_A_PAGE
from app.services.incoming.heard import told_of
from app.services.incoming.intake import receive
from app.services.incoming.reception import Reception, Sender
from app.services.incoming.typed_referral import TypedReferral
from app.services.rights import consent_wordings
from app.store import directory, referrals
from app.store.inbox import Envelope
from app.store.session import Database
from fhir.messages import (
    CodedThing,
    FlagSeen,
    MessageIdentity,
    NhsNumberClaim,
    OrganisationSeen,
    PersonSeen,
)
from fhir.systems import OUR_NEEDS, OUR_USE_CASES, USE_CASE_SOCIAL_PRESCRIBING

_ACT: Final = "receive referral"
LONGEST_WORDS: Final = 4000
POSTCODE_SENTENCE: Final = "Enter a full postcode such as E8 1EA, or leave it out."
ONE_WAY: Final = "Give a telephone number, an e-mail address or an address: one way to reach them."
NO_WAY_LEFT: Final = (
    "What is ticked leaves no way to reach them: give another way, or say when ringing is safe."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed about one person, in the order of the page; empty where nothing was."""

    family: str
    given: str
    birth_date: date | None
    nhs_number: str = ""
    number_is_checked: bool = False  # against the sender's own record
    gender: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    postcode: str = ""
    safe: tuple[str, ...] = ()  # codes of SAFE_CONTACT
    contact_times: str = ""
    language: str = ""
    interpreter: bool = False
    communication: str = ""
    access: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    words: str = ""  # what they would like help with, in words
    why_now: str = ""
    urgent: bool = False
    safeguarding: str = ""
    agrees_to_sharing: bool = False
    wording: int | None = None  # the version of our words that was on the page
    note: str = ""  # anything else that whoever contacts them must know


@dataclass(frozen=True, slots=True)
class Door:
    """By which page something came, in whose name, and who typed it."""

    name: str  # of the inbox's sender: tells which page and which account, never a person referred
    requester: Organisation
    asked_by: str  # kept sealed, as a professional's name is


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that is in: its referral, and whether it was in before."""

    referral: Referral
    is_new: bool


def refer(
    db: Database,
    actor: Actor,
    asked: Asked,
    *,
    asked_by: str,
    request_id: UUID,
    rules: PlaceRules | None = None,
) -> Taken:
    """Take a referral that somebody of a requesting organisation typed; once, however often the page is sent.

    Raises Invalid with every problem, Conflict when this page was sent before with other words.
    """
    check_wording(db, asked.wording, field="agrees")
    check(db, actor, asked)
    return hand_in(db, _door(db, actor, asked_by), asked, request_id=request_id, rules=rules)


def check(db: Database, actor: Actor, asked: Asked) -> None:
    """Raise Invalid with what stands in the way of a referral, before it is sent."""
    door = _door(db, actor, "")
    with db.transaction(actor) as tx:
        problems = [*_number_problems(asked), *door_problems(db, door, asked, tx.today)]
    if problems:
        raise Invalid(problems)


def _number_problems(asked: Asked) -> list[FieldProblem]:
    wrong = number_wrong(asked.nhs_number)
    return [FieldProblem("nhs_number", wrong)] if wrong else []


def check_wording(db: Database, wording: int | None, *, field: str, kind: Kind = Kind.SHARE) -> None:
    """Raise Invalid when the words of consent that stood on a page are others today."""
    with db.transaction(system("page")) as tx:
        consent_wordings.shown(tx, kind, wording, field=field)


def _door(db: Database, actor: Actor, asked_by: str) -> Door:
    check_acts_as(actor, Role.PRACTICE)
    with db.transaction(actor) as tx:
        if actor.organisation_id is None:
            raise NotFound
        requester = directory.get_organisation(tx, actor.organisation_id)
    return Door(f"page:{actor.user_id}", requester, asked_by)


def check_door(db: Database, door: Door, asked: Asked) -> None:
    """Raise Invalid with what stands in the way, whichever page it was typed on."""
    with db.transaction(system("page")) as tx:
        problems = door_problems(db, door, asked, tx.today)
    if problems:
        raise Invalid(problems)


def door_problems(db: Database, door: Door, asked: Asked, today: date) -> list[FieldProblem]:
    """Return what stands in the way; the database is not asked."""
    problems = _contact_problems(asked)
    try:
        judge(told_of(_message(db, door, asked, UUID(int=0))), door.requester, today)
    except Invalid as fault:
        problems += fault.problems
    return problems


def _contact_problems(asked: Asked) -> list[FieldProblem]:
    if not (asked.phone or asked.email or asked.address):
        return [FieldProblem("phone", ONE_WAY, "required")]
    problems = []
    if not _can_be_reached(asked):
        problems.append(FieldProblem("phone", NO_WAY_LEFT))
    if asked.phone and not is_phone(asked.phone):
        problems.append(FieldProblem("phone", PHONE_SENTENCE))
    if asked.email and not is_email(asked.email):
        problems.append(FieldProblem("email", EMAIL_SENTENCE))
    if asked.postcode and outward_of(asked.postcode) is None:
        problems.append(FieldProblem("postcode", POSTCODE_SENTENCE))
    return problems


def _can_be_reached(asked: Asked) -> bool:
    """Whoever must not be contacted is reached through whoever asked; times say when ringing is safe after all."""
    by_phone = asked.phone and (NO_TELEPHONE not in asked.safe or asked.contact_times)
    by_letter = asked.address and NO_LETTER not in asked.safe
    return bool(asked.email or by_phone or by_letter or DANGER in asked.safe)


def hand_in(
    db: Database, door: Door, asked: Asked, *, request_id: UUID, rules: PlaceRules | None = None
) -> Taken:
    """Give what was typed to the intake of messages; raises Invalid and Conflict as `refer` does."""
    check_door(db, door, asked)
    name = str(request_id)
    sender = Sender(door.name, (str(door.requester.id),))
    body = orjson.dumps({**asdict(asked), "asked_by": door.asked_by})
    envelope = Envelope(door.name, name, None, name, name, body)
    received = receive(db, _message(db, door, asked, request_id), envelope, sender=sender, rules=rules)
    if received.reception is Reception.CHANGED:
        raise Conflict("This page was sent before with other words. Open it anew to refer somebody else.")
    with db.transaction(system("page")) as tx:
        found = referrals.find_of_case(tx, door.requester.id, name, None, audit=_ACT)
    if found is None:
        raise NotFound
    return Taken(found, received.reception is Reception.TAKEN)


def _message(db: Database, door: Door, asked: Asked, request_id: UUID) -> TypedReferral:
    requester = door.requester
    organisation = OrganisationSeen(requester.ods, requester.name, str(requester.id))
    return TypedReferral(
        identity=MessageIdentity(str(request_id), str(request_id), db.clock(), TYPED_ON_A_PAGE, "new"),
        application_version=None,
        status="active",
        use_case=(*requester.use_cases, USE_CASE_SOCIAL_PRESCRIBING)[0],
        use_case_system=OUR_USE_CASES,
        authored_on=db.clock(),
        priority=Priority.URGENT if asked.urgent else Priority.ROUTINE,
        requester=organisation,
        requester_name=door.asked_by or None,
        sender=organisation,
        reply_endpoint=None,
        receiver_endpoint=None,
        requester_reference=None,
        journey_id=None,
        person=_person(asked),
        reason_text=_reason(asked),
        needs=tuple(CodedThing(OUR_NEEDS, need, NEED_WORDS[Need(need)]) for need in asked.needs),
        flags=tuple(FlagSeen("RA", code, None) for code in asked.access),
        consent_given=asked.agrees_to_sharing,
        consent_wording=asked.wording,
        consent_refused=False,
        type1_opt_out=False,
        paths={},
        do_not_contact=DANGER in asked.safe,
        safeguarding=(FlagSeen("SG", None, asked.safeguarding),) if asked.safeguarding else (),
        notes=_notes(asked),
    )


def _person(asked: Asked) -> PersonSeen:
    checked = NhsNumberClaim.VERIFIED if asked.number_is_checked else NhsNumberClaim.OTHER
    spoken = asked.communication.strip()
    return PersonSeen(
        nhs_number="".join(asked.nhs_number.split()) or None,
        nhs_number_claim=checked if asked.nhs_number else NhsNumberClaim.ABSENT,
        family=asked.family or None,
        given=tuple(asked.given.split()),
        birth_date=asked.birth_date,
        gender=asked.gender or None,
        address_lines=tuple(line.strip() for line in asked.address.splitlines() if line.strip()),
        postcode=asked.postcode or None,
        phones=(asked.phone,) if asked.phone else (),
        email=asked.email or None,
        language=asked.language or None,
        interpreter_required=asked.interpreter,
        communication_needs=(CodedThing(text=spoken),) if spoken else (),
        contact_times=asked.contact_times or None,
        no_telephone=NO_TELEPHONE in asked.safe,
    )


def _reason(asked: Asked) -> str:
    now = f"Why now: {asked.why_now}" if asked.why_now else ""
    return "\n\n".join(filter(None, (asked.words, now)))


def _notes(asked: Asked) -> tuple[FlagSeen, ...]:
    told = [SAFE_CONTACT[code] for code in asked.safe if code not in (DANGER, NO_TELEPHONE)]
    safe = tuple(FlagSeen("Contact", None, words) for words in told)
    return (*safe, FlagSeen("Also told", None, asked.note.rstrip("."))) if asked.note else safe


def with_note(asked: Asked, *sentences: str) -> Asked:
    """Return what was typed with more that whoever contacts the person must know."""
    return replace(asked, note=" ".join(filter(None, (asked.note, *sentences))))
