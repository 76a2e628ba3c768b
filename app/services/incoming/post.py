"""Takes in what lies in our mailbox: acknowledgements and referrals; what cannot be understood waits for a person."""

from __future__ import annotations

from app.domain.access import system
from app.domain.errors import DomainError
from app.services.feedback.document_answers import receive_document_answer
from app.services.incoming.destination import check_names
from app.services.incoming.heard import read
from app.services.incoming.intake import Received, Sender, envelope_of, park, receive
from app.store import directory
from app.store.inbox import Envelope
from app.store.session import AlreadyThere, Database
from fhir.messages import IncomingReferral
from fhir.problems import FhirRejected
from fhir.send_document_ack import read_send_document_ack


def receive_post(db: Database, body: bytes, *, mailbox: str, message_id: str) -> Received | None:
    """Take one message of the mailbox; parked for the steward when it is unreadable or answers nothing of ours.

    None when the same post was parked before. `message_id` is the mailbox's own name of it.
    """
    sender = _sender(db, mailbox)
    try:
        answer = read_send_document_ack(body)
        if answer is not None:
            return receive_document_answer(db, answer, body, sender=sender, request_id=message_id)
        message = read(body)
    except FhirRejected:
        return _keep(db, _bare(sender, body, message_id), "unreadable-post")
    except DomainError:
        return _keep(db, _bare(sender, body, message_id), "refused-post")
    envelope = envelope_of(message, body, sender=sender, request_id=message_id, correlation_id=None)
    try:
        if isinstance(message, IncomingReferral):
            check_names(db, message)
        return receive(db, message, envelope, sender=sender)
    except (DomainError, FhirRejected):
        return _keep(db, _bare(sender, body, message_id), "refused-post")


def _sender(db: Database, mailbox: str) -> Sender:
    with db.transaction(system("post")) as tx:
        practice = directory.find_practice_by_mailbox(tx, mailbox)
    return Sender(f"mesh:{mailbox}", (practice.ods,) if practice and practice.ods else ())


def _bare(sender: Sender, body: bytes, message_id: str) -> Envelope:
    return Envelope(sender.name, message_id, None, message_id, message_id, body)


def _keep(db: Database, envelope: Envelope, why: str) -> Received | None:
    try:
        with db.transaction(system("post")) as tx:
            return park(tx, envelope, why)
    except AlreadyThere:
        return None
