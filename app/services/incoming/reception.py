"""What becomes of a message that came in, and how one is kept for a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import NotAllowed
from app.store import inbox, tasks
from app.store.inbox import Answer, Envelope
from app.store.session import Tx
from fhir.outbound import to_bytes
from fhir.problems import FhirRejected, Problem, operation_outcome

ACT = "receive message"
PARKED_TASK = "parked-message"
_WAITS = (
    "The message was kept and waits for a person here: it is not yet a referral. You need not send it again."
)


class Reception(StrEnum):
    """What became of a message."""

    TAKEN = "taken"
    PARKED = "parked"
    REPEATED = "repeated"  # the same request again: the first answer is in `answer`
    SAME_MESSAGE = "same-message"  # the same message under a new request id
    OVERTAKEN = "overtaken"  # kept, after a newer one of its case: changes only what that one left open
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


class NotYours(NotAllowed, FhirRejected):
    """The message names an organisation that its sender may not speak for: refused at its place."""

    def __init__(self, sentence: str, path: str):
        FhirRejected.__init__(
            self, [Problem(path, "security", sentence)], status=403, rec_code="REC_FORBIDDEN"
        )
        self.sentence = sentence


def seen_before(seen: inbox.Seen) -> Received:
    """Return how a message is answered that came before under one of its names."""
    if not seen.same_body:
        return Received(Reception.CHANGED, seen.answer)
    return Received(Reception.REPEATED if seen.same_request else Reception.SAME_MESSAGE, seen.answer)


def said(status: int, sentence: str) -> Answer:
    """Return an answer that is one sentence for information."""
    return Answer(
        status, to_bytes(operation_outcome([Problem("", "informational", sentence, "information")]))
    )


def park(tx: Tx, envelope: Envelope, why: str, sentence: str = _WAITS) -> Received:
    """Keep a message for the steward: somebody was referred, even if we do not know by whom."""
    answer = said(202, sentence)
    inbox_id = inbox.add(tx, envelope, answer, parked=why, audit=ACT)
    tasks.add_task(tx, PARKED_TASK, organisation_id=None, inbox_id=inbox_id)
    return Received(Reception.PARKED, answer)
