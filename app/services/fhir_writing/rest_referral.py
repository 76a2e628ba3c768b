"""Makes a referral of resources: put into the shape of a message, it is taken by the very rules that take messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Invalid, NotFound
from app.domain.intake import judge
from app.domain.referral import Organisation, Person
from app.domain.vocabulary import Role
from app.services.fhir_reading import fhir_reads
from app.services.fhir_reading.fhir_reads_query import read_query
from app.services.incoming.answering import CHANGED, Posted
from app.services.incoming.heard import told_of
from app.services.incoming.intake import envelope_of, receive
from app.services.incoming.reception import Reception, Sender
from app.services.incoming.refusals import invalid_message, refusal
from app.store import directory, people, referrals
from app.store.inbox import Answer
from app.store.session import LONDON, Database
from fhir.messages import IncomingReferral, NhsNumberClaim, PersonSeen
from fhir.problems import FhirRejected, Problem
from fhir.reading import objects, text
from fhir.request_in import Around, Asked, Piece, as_message, left_out, taken_as
from fhir.systems import OURS
from fhir.views_table import KINDS
from fhir.walk import ID

_ACT: Final = "receive referral"
_URN: Final = "urn:uuid:"


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a request: the referral, None while it waits for a person, and the words of the answer.

    `warnings` are what it was taken with although it is not right, and what of it nobody here will read, each at its
    place in what was sent.
    """

    referral_id: UUID | None
    answer: Answer
    warnings: tuple[Problem, ...] = ()


def refer(
    db: Database, actor: Actor, asked: Asked, posted: Posted, *, base_url: str, person_id: UUID | None = None
) -> Made:
    """Take a referral for the practice that the system speaks for, once, however often it is repeated.

    Repeats are known by X-Request-Id, by the ServiceRequest's identifier and by its fullUrl. `person_id` is
    somebody whom the practice has referred before, where the request itself does not say so. Raises FhirRejected
    with every problem at its place, Invalid never, NotAllowed when the caller is no practice.
    """
    check_acts_as(actor, Role.PRACTICE)
    practice = practice_of(db, actor)
    person_id = person_id or _subject(asked, base_url)
    known = _known(db, actor, person_id, f"{asked.request.path}.subject") if person_id else None
    bundle_id, header_id = _names(asked.request, practice, posted.body)
    around = Around(practice.ods or "", practice.name, bundle_id, header_id, db.clock())
    made = hand_over(db, actor, posted, asked=asked, around=around, known=known)
    return replace(made, warnings=(*made.warnings, *left_out(asked)))


def hand_over(
    db: Database, actor: Actor, posted: Posted, *, asked: Asked, around: Around, known: PersonSeen | None
) -> Made:
    """Give a request, or a change of one, to the intake of messages; raises FhirRejected as `refer` does."""
    message = as_message(asked, around, known)
    sender = Sender(actor.process or "", (around.ods,))
    identity = {"request_id": posted.request_id, "correlation_id": posted.correlation_id}
    envelope = envelope_of(message, posted.body, sender=sender, **identity)  # type: ignore[arg-type]
    try:
        received = receive(db, message, envelope, sender=sender)
    except Invalid as fault:
        raise invalid_message(fault, message.paths) from fault
    if received.reception is Reception.CHANGED:
        raise refusal(422, CHANGED, issue="business-rule", path=asked.request.path)
    found = taken_as(received.answer.body)
    return Made(UUID(found) if found else None, received.answer, _warnings(db, actor, message))


def _warnings(db: Database, actor: Actor, message: IncomingReferral) -> tuple[Problem, ...]:
    """What the intake warns of, judged again, for a repeat is told the same and only the answer is kept."""
    today = db.clock().astimezone(LONDON).date()
    try:
        judged = judge(told_of(message), practice_of(db, actor), today)
    except Invalid:  # a change, or a repeat of what would not be taken today
        return ()
    return tuple(
        Problem(message.paths.get(each.field, ""), each.code, each.sentence, "warning")
        for each in judged.warnings
    )


def practice_of(db: Database, actor: Actor) -> Organisation:
    """Return the practice that the system speaks for."""
    with db.transaction(actor) as tx:
        return directory.get_organisation(tx, actor.organisation_id or uuid4())


def find_existing(db: Database, actor: Actor, kind: str, condition: str, *, base_url: str) -> UUID | None:
    """Return what If-None-Exist names among what the caller may see, None when there is nothing.

    Raises FhirRejected: 412 when there are several (FHIR R4, http.html#ccreate), 400 for a search that cannot be
    understood. A ServiceRequest is found by the identifier that its practice gave it, also before it can be searched.
    """
    check_acts_as(actor, Role.PRACTICE)
    pairs = parse_qsl(condition.partition("?")[2] or condition, keep_blank_values=True)
    own = _of_identifier(db, actor, pairs) if kind == "ServiceRequest" else None
    if own is not None:
        return own
    query = read_query(KINDS[kind], pairs, base_url=base_url, strict=True)
    if not query.conditions and not query.lookups:
        sentence = "Say in If-None-Exist what it would be known by, such as identifier=system|value."
        raise refusal(400, sentence)
    found = fhir_reads.search(db, actor, query).matches
    if len(found) > 1:
        sentence = "Several resources match If-None-Exist: nothing was made. Name one by its identifier."
        raise FhirRejected([Problem("", "multiple-matches", sentence)], status=412, rec_code="REC_CONFLICT")
    return UUID(found[0]["id"]) if found else None


def _of_identifier(db: Database, actor: Actor, pairs: list[tuple[str, str]]) -> UUID | None:
    if len(pairs) != 1 or pairs[0][0] != "identifier":
        return None
    system, _, value = pairs[0][1].rpartition("|")
    if not system or actor.organisation_id is None:
        return None
    with db.transaction(actor) as tx:
        name = _case_of(actor.organisation_id, system, value)
        found = referrals.find_of_case(tx, actor.organisation_id, name, None, audit=_ACT)
    return found.id if found else None


def _names(request: Piece, practice: Organisation, body: bytes) -> tuple[str, str]:
    """Return the names under which a request is remembered, as Bundle.id and MessageHeader.id are for a message.

    The practice's own identifier stands for the request whatever else is sent with it. A fullUrl means nothing
    outside its Bundle, so only the same bytes are the same request. One without either is known by nothing but
    its X-Request-Id: the same words may be meant anew in half a year.
    """
    for identifier in objects(request.resource, "identifier"):
        system, value = text(identifier, "system"), text(identifier, "value")
        if system and value and not system.startswith(OURS):
            name = _case_of(practice.id, system, value)
            return name, name
    full_url = (request.full_url or "").lower()
    name = full_url.removeprefix(_URN)
    if name != full_url and ID.match(name):
        return name, str(uuid5(NAMESPACE_URL, body.hex()))
    return str(uuid4()), str(uuid4())


def _case_of(practice_id: UUID, system: str, value: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{OURS}order/{practice_id}/{system}|{value}"))


def _subject(asked: Asked, base_url: str) -> UUID | None:
    """The id of the subject where it is a Patient of ours and not one that is sent."""
    subject: Any = asked.request.resource.get("subject")
    if any(piece.is_meant_by(subject) for piece in asked.along):
        return None
    kind, _, found = (text(subject, "reference") or "").removeprefix(f"{base_url}/").rpartition("/")
    if kind != "Patient":
        return None
    try:
        return UUID(found)
    except ValueError:
        return uuid4()  # nobody's: told as any other Patient that is not here


def _known(db: Database, actor: Actor, person_id: UUID, path: str) -> PersonSeen:
    try:
        with db.transaction(actor) as tx:
            return seen_again(people.get(tx, person_id, audit=_ACT))
    except NotFound as fault:
        sentence = "This practice has referred no such Patient. Send the Patient with the request."
        raise refusal(422, sentence, issue="not-found", path=path) from fault


def seen_again(person: Person) -> PersonSeen:
    """Return a person of the store as a message would tell them: nothing is new, nothing is left out."""
    details = person.details
    claim = NhsNumberClaim.VERIFIED if person.identity_confirmed else NhsNumberClaim.OTHER
    return PersonSeen(
        nhs_number=details.nhs_number,
        nhs_number_claim=claim if details.nhs_number else NhsNumberClaim.ABSENT,
        family=details.family,
        given=details.given,
        prefix=details.prefix,
        birth_date=details.birth_date,
        gender=details.gender,
        address_lines=details.address_lines,
        postcode=details.postcode,
        phones=details.phones,
        email=details.email,
        language=details.language,
        ethnicity=details.ethnicity,
        deceased=person.deceased,
        restricted=person.restricted,
    )
