"""Answers a message as the door for messages does, whether its sender waits or comes back for the answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from app.domain.errors import Invalid
from app.services.incoming.destination import check_names
from app.services.incoming.intake import Received, Reception, Sender, envelope_of, receive, rule_problems
from app.services.incoming.refusals import invalid_message, refusal
from app.store.inbox import Answer
from app.store.machines import ApiClient
from app.store.session import Database
from fhir.glimpse import glimpse
from fhir.inbound import read_message
from fhir.messages import IncomingAcknowledgement, IncomingReferral
from fhir.problems import FhirRejected, Problem
from fhir.systems import SUPPORTED_VERSIONS

log = logging.getLogger(__name__)
CHANGED = (
    "This id was used before with another body. Give a new message new ids; repeat an old one unchanged."
)
REPEATED = "This X-Request-Id was processed before. The message was taken then: do not send it again."

OVERTAKEN = (
    "This update is older than what is held of its case. It was kept, and changes nothing that the newer one says:"
    " do not send it again."
)


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as it was posted; `content_type` says whether it is XML."""

    body: bytes
    content_type: str
    request_id: str
    correlation_id: str | None


def sender_of(client: ApiClient) -> Sender:
    """Return as whom a client sends."""
    return Sender(client.id, client.practices)


def answer(db: Database, client: ApiClient, posted: Posted, *, again: bool = False) -> Answer:
    """Take a message and return the answer to give; its body is JSON.

    `again`: an earlier attempt of ours may have taken it, so that finding it taken is no repeat of the sender's.
    Raises FhirRejected, NotAllowed, NotFound as they are refused.
    """
    message = read(db, posted)
    if isinstance(message, IncomingReferral):
        check_names(db, message)
    sender = sender_of(client)
    identity = {"request_id": posted.request_id, "correlation_id": posted.correlation_id}
    envelope = envelope_of(message, posted.body, sender=sender, **identity)  # type: ignore[arg-type]
    try:
        received = receive(db, message, envelope, sender=sender)
    except Invalid as fault:
        raise invalid_message(fault, paths_of(message)) from fault
    told = {"reception": received.reception.value, "sender": sender.name, "request_id": posted.request_id}
    log.info("message received", extra=told)
    return _told(received, "fhir" if again else client.dialect)


def read(db: Database, posted: Posted) -> IncomingReferral | IncomingAcknowledgement:
    """Read a message; what the rules already see wrong with its patient is told together with what form it lacks."""
    try:
        return read_message(posted.body, content_type=posted.content_type, versions=SUPPORTED_VERSIONS)
    except FhirRejected as fault:
        seen = glimpse(posted.body, content_type=posted.content_type)
        known = {problem.path for problem in fault.problems}
        found = rule_problems(seen.person, db) if seen else []
        more = [(seen.paths.get(each.field, ""), each) for each in found if seen]
        added = [Problem(path, each.code, each.sentence) for path, each in more if path not in known]
        raise FhirRejected([*fault.problems, *added], status=fault.status, rec_code=fault.rec_code) from fault


def paths_of(message: IncomingReferral | IncomingAcknowledgement) -> dict[str, str]:
    """Return where in the message each field of ours stands."""
    return message.paths if isinstance(message, IncomingReferral) else {}


def _told(received: Received, dialect: str) -> Answer:
    if received.reception is Reception.CHANGED:
        raise refusal(422, CHANGED, issue="business-rule")
    if received.reception is Reception.REPEATED and dialect == "bars":
        raise refusal(409, REPEATED, issue="duplicate")
    if received.reception is Reception.OVERTAKEN and dialect == "bars":
        raise refusal(409, OVERTAKEN, issue="conflict")
    return received.answer
