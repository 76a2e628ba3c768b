"""Takes a message in: a referral, a change of one, or an acknowledgement; once, however often it is repeated."""

from __future__ import annotations

from uuid import UUID, uuid4

from app.domain.access import system
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.intake import judge, person_problems
from app.domain.place import PlaceRules
from app.domain.referral import Organisation, Referral
from app.services.feedback import acknowledgement
from app.services.incoming import case_changes, new_referral, partner_response
from app.services.incoming.destination import check_receivers, find_named
from app.services.incoming.heard import details_of, told_of
from app.services.incoming.reception import (
    ACT,
    NotYours,
    Received,
    Reception,
    Sender,
    park,
    said,
    seen_before,
)
from app.store import directory, inbox, referrals
from app.store.inbox import Answer, Envelope
from app.store.session import LONDON, Database, Tx
from fhir.messages import (
    AnswerToSend,
    IncomingAcknowledgement,
    IncomingReferral,
    OrganisationSeen,
    OrganisationToTell,
    PersonSeen,
)
from fhir.outbound import accepted_response, to_bytes
from fhir.systems import OURS, REASON_NEW

__all__ = [
    "Received",
    "Reception",
    "Sender",
    "envelope_of",
    "find_changed",
    "park",
    "receive",
    "rule_problems",
]
VERSION = "1.0.0"
_HELD = (
    "The message changes a referral that has not come yet. It was kept and is applied by itself when that one comes. "
    "You need not send it again."
)
_OVERTAKEN = (
    "A newer message of this case had come: this one was kept, and changes nothing that the newer one says."
)


def envelope_of(
    message: IncomingReferral | IncomingAcknowledgement,
    body: bytes,
    *,
    sender: Sender,
    request_id: str,
    correlation_id: str | None,
) -> Envelope:
    """Return how a message is remembered.

    BaRS keeps Bundle.id through a case and its samples keep the header's id too, so that a later message of a
    case is told from the first by its request id.
    """
    identity = message.identity
    first = isinstance(message, IncomingAcknowledgement) or identity.reason == REASON_NEW
    header_id = identity.header_id if first else f"{identity.header_id}|{identity.reason}|{request_id}"
    return Envelope(sender.name, request_id, correlation_id, identity.bundle_id, header_id, body)


def receive(
    db: Database,
    message: IncomingReferral | IncomingAcknowledgement,
    envelope: Envelope,
    *,
    sender: Sender,
    rules: PlaceRules | None = None,
) -> Received:
    """Take a message in one transaction; a repeat, even at the same moment, finds the first and changes nothing.

    Raises Invalid with every problem, NotAllowed when the sender may not speak for the requester, NotFound
    when an acknowledgement answers nothing of ours.
    """
    if isinstance(message, IncomingAcknowledgement):
        provider = partner_response.find_provider(db, sender)
        if provider is not None:
            return partner_response.receive(db, message, envelope, sender=sender, provider=provider)
    for attempt in (1, 2, 3):
        try:
            with db.transaction(system(f"intake:{sender.name}")) as tx:
                seen = inbox.find(tx, envelope)
                if seen is not None:
                    return seen_before(seen)
                if isinstance(message, IncomingAcknowledgement):
                    return _acknowledged(tx, message, envelope, sender)
                return _referral(tx, message, envelope, sender=sender, rules=rules)
        except Conflict:  # the same message, person or referral was written in parallel: look again
            if attempt == 3:
                raise
    raise AssertionError("unreachable")


def rule_problems(person: PersonSeen, db: Database) -> list[FieldProblem]:
    """Return what the rules have against a patient, whoever sends them: said together with faults of form."""
    today = db.clock().astimezone(LONDON).date()
    return person_problems(details_of(person), person.deceased, today)


def _acknowledged(tx: Tx, message: IncomingAcknowledgement, envelope: Envelope, sender: Sender) -> Received:
    ods = message.sender.ods or (sender.practices[0] if sender.practices else "")
    practice = _speaker(tx, OrganisationSeen(ods), sender, message.paths.get("sender", ""))
    if practice is None:
        sentence = "The acknowledgement's sender is not a practice that this system may speak for."
        raise NotYours(sentence, message.paths.get("sender", ""))
    referral_id = acknowledgement.record(
        tx, answers=message.answers, code=message.code, practice_id=practice.id, how=f"message:{sender.name}"
    )
    answer = said(200, "The acknowledgement was recorded.")
    inbox.add(tx, envelope, answer, referral_id=referral_id, audit=ACT)
    return Received(Reception.TAKEN, answer)


def _referral(
    tx: Tx, message: IncomingReferral, envelope: Envelope, *, sender: Sender, rules: PlaceRules | None
) -> Received:
    if not message.requester.ods and not message.requester.own_id:
        sentence = "Name the requester's organisation with its ODS code: the outcome goes back to it."
        raise Invalid([FieldProblem("requester", sentence, "required")])
    practice = _speaker(tx, message.requester, sender, message.paths.get("requester", ""))
    if practice is not None:
        check_receivers(tx, message, practice)
    inbox.hold_case(tx, message.identity.bundle_id, envelope.correlation_id)
    if practice is None or practice.team_id is None:
        return park(tx, envelope, "unknown-practice")
    if message.identity.reason != REASON_NEW:
        return _change(tx, message, envelope, practice)
    try:
        judgement = judge(told_of(message), practice, tx.today)
    except Invalid as refused:
        if practice.parks_unknown_use_cases and {each.field for each in refused.problems} == {"use_case"}:
            return park(tx, envelope, "unknown-use-case")
        raise
    referral_id = new_referral.take(
        tx, message, judgement, practice=practice, correlation_id=envelope.correlation_id, rules=rules
    )
    case_changes.apply_held(tx, referrals.get(tx, referral_id, audit=ACT))
    answer = _taken(tx, message, referral_id, practice, judgement.warnings)
    inbox.add(tx, envelope, answer, referral_id=referral_id, audit=ACT)
    return Received(Reception.TAKEN, answer)


def _change(tx: Tx, message: IncomingReferral, envelope: Envelope, practice: Organisation) -> Received:
    """Apply a change; one that overtook its referral waits for it, and an overtaken one says that it was kept."""
    known = find_changed(tx, message, practice, envelope.correlation_id)
    if known is None:
        return park(tx, envelope, "change-of-unknown-referral", _HELD)
    overtaken = case_changes.is_overtaken(tx, message, known, digest=envelope.digest)
    referral_id = case_changes.apply(tx, message, known, digest=envelope.digest)
    notes = (FieldProblem("", _OVERTAKEN),) if overtaken else ()
    answer = _taken(tx, message, referral_id, practice, notes)
    inbox.add(tx, envelope, answer, referral_id=referral_id, audit=ACT)
    is_late_news = overtaken and message.status == "active"
    return Received(Reception.OVERTAKEN if is_late_news else Reception.TAKEN, answer)


def find_changed(
    tx: Tx, message: IncomingReferral, practice: Organisation, correlation_id: str | None
) -> Referral | None:
    """Return the referral of a practice that a change is of: by the id that we gave it, else as its case names it."""
    named = message.our_reference
    if named is not None and _is_uuid(named):
        try:
            found = referrals.get(tx, UUID(named), audit=ACT)
        except NotFound:
            found = None
        if found is not None and found.requester_id == practice.id:
            return found
    return referrals.find_of_case(tx, practice.id, message.identity.bundle_id, correlation_id, audit=ACT)


def _is_uuid(named: str) -> bool:
    try:
        UUID(named)
    except ValueError:
        return False
    return True


def _speaker(tx: Tx, named: OrganisationSeen, sender: Sender, path: str) -> Organisation | None:
    """Return the organisation that is spoken for, None when the place does not know it.

    It is known by its ODS code, and one without by the id that we gave it. Raises NotYours when it is known and this
    sender may not speak for it; `path` is where it is named.
    """
    organisation = find_named(tx, named)
    if organisation is not None and {organisation.ods, str(organisation.id)}.isdisjoint(sender.practices):
        raise NotYours("This system may not speak for the organisation that the message names.", path)
    return organisation


def _taken(
    tx: Tx,
    message: IncomingReferral,
    referral_id: UUID,
    practice: Organisation,
    warnings: tuple[FieldProblem, ...],
) -> Answer:
    team = directory.get_organisation(tx, practice.team_id) if practice.team_id else practice
    response = accepted_response(
        AnswerToSend(
            message_id=str(uuid4()),
            header_id=str(uuid4()),
            sent_at=tx.now,
            version=VERSION,
            answers=message.identity.bundle_id,
            from_endpoint=message.receiver_endpoint or f"{OURS}Id/organisation|{team.id}",
            to_endpoint=message.reply_endpoint or f"{OURS}Id/organisation|{practice.id}",
            sender=OrganisationToTell(str(team.id), team.name, team.ods),
            receiver=OrganisationToTell(str(practice.id), practice.name, practice.ods),
            details=" ".join([*(w.sentence for w in warnings), *(w.sentence for w in message.warnings)])
            or None,
        ),
        referral_id=str(referral_id),
    )
    return Answer(200, to_bytes(response))
