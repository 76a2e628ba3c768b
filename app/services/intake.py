"""Takes a message in: a referral, a change of one, or an acknowledgement; once, however often it is repeated."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

from app.domain.access import system
from app.domain.errors import Conflict, FieldProblem, Invalid, NotAllowed
from app.domain.intake import judge, person_problems
from app.domain.place import DEFAULT_RULES, PlaceRules
from app.domain.referral import Organisation
from app.services import acknowledgement, case_changes, new_referral
from app.services.heard import details_of, told_of
from app.store import directory, inbox, referrals, tasks
from app.store.inbox import Answer, Envelope
from app.store.session import LONDON, Database, Tx
from fhir.messages import (
    AnswerToSend,
    IncomingAcknowledgement,
    IncomingReferral,
    OrganisationToTell,
    PersonSeen,
)
from fhir.outbound import accepted_response, to_bytes
from fhir.problems import Problem, operation_outcome
from fhir.systems import OURS

_ACT = "receive message"
VERSION = "1.0.0"


class Reception(StrEnum):
    """What became of a message."""

    TAKEN = "taken"
    PARKED = "parked"
    REPEATED = "repeated"  # the same request again: the first answer is in `answer`
    SAME_MESSAGE = "same-message"  # the same message under a new request id
    CHANGED = "changed"  # an id that was used before, with another body


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks: `practices` are the ODS codes they may speak for."""

    name: str
    practices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to give, and what became of the message."""

    reception: Reception
    answer: Answer


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
    first = isinstance(message, IncomingAcknowledgement) or identity.reason in ("", "new")
    header_id = identity.header_id if first else f"{identity.header_id}|{identity.reason}|{request_id}"
    return Envelope(sender.name, request_id, correlation_id, identity.bundle_id, header_id, body)


def receive(
    db: Database,
    message: IncomingReferral | IncomingAcknowledgement,
    envelope: Envelope,
    *,
    sender: Sender,
    rules: PlaceRules = DEFAULT_RULES,
) -> Received:
    """Take a message in one transaction; a repeat, even at the same moment, finds the first and changes nothing.

    Raises Invalid with every problem, NotAllowed when the sender may not speak for the requester, NotFound
    when an acknowledgement answers nothing of ours.
    """
    for attempt in (1, 2, 3):
        try:
            with db.transaction(system(f"intake:{sender.name}")) as tx:
                seen = inbox.find(tx, envelope)
                if seen is not None:
                    return _seen(seen)
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


def _seen(seen: inbox.Seen) -> Received:
    if not seen.same_body:
        return Received(Reception.CHANGED, seen.answer)
    return Received(Reception.REPEATED if seen.same_request else Reception.SAME_MESSAGE, seen.answer)


def _acknowledged(tx: Tx, message: IncomingAcknowledgement, envelope: Envelope, sender: Sender) -> Received:
    practice = _speaker(tx, message.sender.ods or (sender.practices[0] if sender.practices else ""), sender)
    if practice is None:
        raise NotAllowed("The acknowledgement's sender is not a practice that this system may speak for.")
    referral_id = acknowledgement.record(
        tx, answers=message.answers, code=message.code, practice_id=practice.id, how=f"message:{sender.name}"
    )
    heard = Problem("", "informational", "The acknowledgement was recorded.", "information")
    answer = Answer(200, to_bytes(operation_outcome([heard])))
    inbox.add(tx, envelope, answer, referral_id=referral_id, audit=_ACT)
    return Received(Reception.TAKEN, answer)


def _referral(
    tx: Tx, message: IncomingReferral, envelope: Envelope, *, sender: Sender, rules: PlaceRules
) -> Received:
    if not message.requester.ods:
        sentence = "Name the requester's organisation with its ODS code: the outcome goes back to it."
        raise Invalid([FieldProblem("requester", sentence, "required")])
    practice = _speaker(tx, message.requester.ods, sender)
    if practice is None or practice.team_id is None:
        return park(tx, envelope, "unknown-practice")
    if message.identity.reason in ("", "new"):
        judgement = judge(told_of(message), practice, tx.today)
        referral_id = new_referral.take(
            tx,
            message,
            judgement,
            practice=practice,
            correlation_id=envelope.correlation_id,
            rules=rules,
        )
        warnings = judgement.warnings
    else:
        known = referrals.find_of_case(
            tx, practice.id, message.identity.bundle_id, envelope.correlation_id, audit=_ACT
        )
        if known is None:
            return park(tx, envelope, "change-of-unknown-referral")
        referral_id, warnings = case_changes.apply(tx, message, known), ()
    answer = _taken(tx, message, referral_id, practice, warnings)
    inbox.add(tx, envelope, answer, referral_id=referral_id, audit=_ACT)
    return Received(Reception.TAKEN, answer)


def _speaker(tx: Tx, ods: str, sender: Sender) -> Organisation | None:
    """Return the organisation that is spoken for, None when the place does not know it.

    Raises NotAllowed when it is known and this sender may not speak for it.
    """
    organisation = directory.find_organisation_by_ods(tx, ods) if ods else None
    if organisation is not None and organisation.ods not in sender.practices:
        raise NotAllowed("This system may not speak for the organisation that the message names.")
    return organisation


def park(tx: Tx, envelope: Envelope, why: str) -> Received:
    """Keep a message for the steward: somebody was referred, even if we do not know by whom."""
    kept = Problem(
        "",
        "informational",
        "The message was kept and waits for a person here: it is not yet a referral. You need not send it again.",
        "information",
    )
    answer = Answer(202, to_bytes(operation_outcome([kept])))
    inbox_id = inbox.add(tx, envelope, answer, parked=why, audit=_ACT)
    tasks.add_task(tx, "parked-message", organisation_id=None, inbox_id=inbox_id)
    return Received(Reception.PARKED, answer)


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
