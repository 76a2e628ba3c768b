"""Takes in what a practice's system answers to a letter sent as a GP Connect document: arrived, filed or refused."""

from __future__ import annotations

from uuid import UUID

from app.domain.access import system
from app.domain.errors import NotAllowed
from app.services.feedback import acknowledgement
from app.services.incoming.intake import Received, Reception, Sender
from app.store import directory, inbox, referrals, tasks
from app.store.inbox import Answer, Envelope
from app.store.session import Database, Tx
from fhir.send_document_ack import DocumentAnswer, Verdict

_ACT = "receive document answer"
_DIED = "30004"  # ITK-ResponseCodes: the person is known there, and has recently died
_HEARD = Answer(200, b"")  # nobody waits for an answer to an answer


def receive_document_answer(
    db: Database, answer: DocumentAnswer, body: bytes, *, sender: Sender, request_id: str
) -> Received:
    """Take an ITK3 response in one transaction, once; a refusal opens the loop again with a task.

    `request_id` is the mailbox's own name of it; the code goes into what it is remembered by, so that a system's
    two answers are two whatever ids they carry. Raises NotAllowed when the mailbox is no practice's, NotFound
    when no letter of ours to that practice is answered.
    """
    names = (answer.bundle_id, f"{answer.header_id}|{answer.code}")
    envelope = Envelope(sender.name, request_id, None, *names, body)
    with db.transaction(system(f"intake:{sender.name}")) as tx:
        seen = inbox.find(tx, envelope)
        if seen is not None:
            return Received(Reception.REPEATED, seen.answer)
        practice = next((directory.find_organisation_by_ods(tx, ods) for ods in sender.practices), None)
        if practice is None:
            raise NotAllowed("The answer comes from a mailbox that is no practice's here.")
        referral_id = _record(tx, answer, practice.id, how=f"document:{sender.name}:{answer.code}")
        inbox.add(tx, envelope, _HEARD, referral_id=referral_id, audit=_ACT)
        return Received(Reception.TAKEN, _HEARD)


def _record(tx: Tx, answer: DocumentAnswer, practice_id: UUID, *, how: str) -> UUID:
    if answer.verdict is Verdict.ARRIVED:
        return acknowledgement.record_arrival(tx, answers=answer.answers, practice_id=practice_id)
    code = "ok" if answer.verdict is Verdict.FILED else answer.code
    referral_id = acknowledgement.record(
        tx, answers=answer.answers, code=code, practice_id=practice_id, how=how
    )
    if answer.code == _DIED:  # the loop is closed all the same: the letter is in the record
        team_id = referrals.get(tx, referral_id, audit=_ACT).team_id
        tasks.add_task(tx, "person-died", organisation_id=team_id, referral_id=referral_id)
    return referral_id
