"""The jobs that the queue wakes: ids in, nothing out; everything they need to know stands in the database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from uuid import UUID

from app.clients.checkpoint_copies import CheckpointCopies
from app.clients.mesh import Delivery, DeliveryKind, MeshTransport, OptOutMailbox
from app.clients.notify import Notify, Posted
from app.clients.smtp import Letter
from app.clients.transport import Envelope, PermanentFailure, TemporaryFailure
from app.domain.message_templates import Channel
from app.process import runtime_of_process
from app.runtime import Runtime
from app.services.by_link import kept_forms
from app.services.dataset import opt_out_checks
from app.services.dataset.opt_out_checks import NotTaken, Question
from app.services.directory import chasing, dials
from app.services.evaluation import payments
from app.services.feedback import carrying, practice_summaries
from app.services.feedback.carrying import Attempt, Result
from app.services.feedback.compose import DOCUMENT_CONTENT_TYPE
from app.services.feedback.outgoing import headers_of
from app.services.follow_up import check_in_asking, follow_up_asking
from app.services.helping import delivery, waiting
from app.services.incoming import cohort_sending, later, prefilled
from app.services.incoming.post import receive_post
from app.services.messages import mailing, messages_out
from app.services.messages.messages_out import Arrival
from app.services.retaining import listing
from app.services.rights import audit_checks, unusual_looks
from app.services.rights.audit_copies import Copies
from app.services.systems import notifying
from app.services.watching import invariants
from app.store.mail import Mail
from app.store.outbox import Outgoing

log = logging.getLogger(__name__)


def deliver(outbox_id: str) -> None:
    """Carry one message of the outbox, woken by the queue."""
    carry_one(runtime_of_process(), UUID(outbox_id))


def answer_later(job_id: str) -> None:
    """Do what was promised for later: answer a message, write an export; woken by the queue."""
    later.run(runtime_of_process().db, UUID(job_id))


def carry_one(runtime: Runtime, outbox_id: UUID) -> Result | None:
    """Carry one message; None when somebody else has it or it is done."""

    def carry(outgoing: Outgoing) -> Attempt:
        return _carry(runtime, outgoing)

    result = carrying.deliver(runtime.db, outbox_id, carry)
    if result is not None:
        log.info("message carried", extra={"outbox_id": str(outbox_id), "result": result})
    return result


def _carry(runtime: Runtime, outgoing: Outgoing) -> Attempt:
    transport = runtime.transports.get(outgoing.transport)
    if transport is None:
        return Attempt(Result.LATER, error="transport-not-configured")
    envelope = Envelope(
        local_id=str(outgoing.id),
        recipient=outgoing.recipient,
        workflow=_workflow(runtime, outgoing),
        content_type=outgoing.content_type,
        body=outgoing.body,
        correlation_id=outgoing.correlation_id or str(outgoing.id),
        headers=headers_of(outgoing, address=runtime.settings.public_url),
    )
    try:
        # An attempt whose end nobody wrote down may have arrived: ask before sending again.
        receipt = transport.find_sent(envelope.local_id) if outgoing.repeated else None
        receipt = receipt or transport.send(envelope)
    except TemporaryFailure as failure:
        return Attempt(Result.LATER, error=failure.code)
    except PermanentFailure as failure:
        return Attempt(Result.NEVER, error=failure.code)
    return Attempt(Result.SENT, reference=receipt.transport_reference)


def _workflow(runtime: Runtime, outgoing: Outgoing) -> str:
    """MESH knows by the workflow what a message is; a GP Connect document has one of its own."""
    is_document = outgoing.content_type == DOCUMENT_CONTENT_TYPE
    return runtime.settings.mesh_workflow_document if is_document else runtime.settings.mesh_workflow


def sweep(runtime: Runtime) -> None:
    """Do what no wake-up call did: due messages, silent offers, the mailbox, the tracking of what was sent.

    Each thing by itself: one message that fails must not keep the others waiting.
    """
    for outbox_id in carrying.due(runtime.db):
        _by_itself(carry_one, runtime, outbox_id)
    for placement_id in delivery.overdue(runtime.db):
        _by_itself(delivery.expire, runtime.db, placement_id)
    for placement_id in waiting.overdue(runtime.db):
        _by_itself(waiting.chase, runtime.db, placement_id)
    house = house_of(runtime)
    for follow_up_id in follow_up_asking.due(runtime.db):
        _by_itself(follow_up_asking.take_step, runtime.db, follow_up_id, house)
    _by_itself(check_in_asking.plan_new, runtime.db)
    for check_in_id in check_in_asking.due(runtime.db):
        _by_itself(check_in_asking.take_step, runtime.db, check_in_id, house)
    for tend in (collect_post, check_opt_outs, watch_deliveries):  # each does nothing without a mailbox
        _by_itself(tend, runtime)
    _by_itself(notify, runtime)
    _by_itself(invariants.watch, runtime.db)
    _by_itself(
        audit_checks.run_due, runtime.db, runtime.checkpoints, _copies_at(runtime.settings.audit_copies)
    )
    _by_itself(unusual_looks.note_due, runtime.db)
    _by_itself(dials.give_back_places, runtime.db)
    _by_itself(chase_entries, runtime)
    for practice_id in practice_summaries.due(runtime.db):
        _by_itself(practice_summaries.tell, runtime.db, practice_id)
    _by_itself(send_mail, runtime)
    _by_itself(watch_messages, runtime)
    for cohort_id in cohort_sending.due(runtime.db):
        _by_itself(cohort_sending.run, runtime.db, cohort_id)
    _by_itself(payments.note_due, runtime.db)
    _by_itself(prefilled.forget_old, runtime.db)
    _by_itself(kept_forms.forget_old, runtime.db)
    _by_itself(listing.list_due, runtime.db)
    for job_id in later.due(runtime.db):  # last: an export takes its time
        _by_itself(later.run, runtime.db, job_id)


@cache
def _copies_at(elsewhere: CheckpointCopies | None) -> Copies | None:
    """Return what this process knows of the copies of checkpoints; None where none go out."""
    return Copies(elsewhere) if elsewhere else None


def notify(runtime: Runtime) -> None:
    """Tell subscribers of what happened since."""
    settings = runtime.settings
    base_url = settings.public_url.rstrip("/") + "/FHIR/R4"
    give_up_after = timedelta(hours=settings.hook_give_up_hours)
    notifying.notify(runtime.db, notifying.Way(runtime.hooks.post, base_url, give_up_after))


def chase_entries(runtime: Runtime) -> None:
    """Ask organisations whether their entries are right and how their services stand."""
    chasing.ask(runtime.db, help_phone=runtime.settings.help_phone)


def house_of(runtime: Runtime) -> follow_up_asking.House:
    """Return what this installation can send by itself, and whom people ring."""
    ways = runtime.ways_out
    return follow_up_asking.House(
        Channel.EMAIL in ways, runtime.settings.help_phone, Channel.TEXT in ways, Channel.LETTER in ways
    )


def send_mail(runtime: Runtime) -> None:
    """Send the messages that are due: e-mails, texts and letters."""
    mailing.send_due(runtime.db, partial(_send, runtime))


def _send(runtime: Runtime, letter: Mail) -> Attempt:
    if runtime.settings.shows_messages:
        return Attempt(Result.SENT, transport="shown")
    by_smtp = letter.channel == Channel.EMAIL and runtime.mailer is not None
    if not by_smtp and letter.channel not in runtime.ways_out:
        return Attempt(Result.LATER, error="mail-not-configured")
    try:
        return _by_smtp(runtime, letter) if by_smtp else _by_notify(runtime, letter)
    except TemporaryFailure as failure:
        return Attempt(Result.LATER, error=failure.code)
    except (PermanentFailure, ValueError) as failure:
        return Attempt(Result.NEVER, error=getattr(failure, "code", "broken-header"))


def _by_smtp(runtime: Runtime, letter: Mail) -> Attempt:
    if runtime.mailer is not None:
        runtime.mailer.send(Letter(str(letter.id), letter.to, letter.subject, letter.text))
    return Attempt(Result.SENT, transport="smtp")


def _by_notify(runtime: Runtime, letter: Mail) -> Attempt:
    """Hand it to GOV.UK Notify, unless an attempt whose end nobody wrote down has done so already."""
    if runtime.notify is None:
        return Attempt(Result.LATER, error="mail-not-configured")
    message = Posted(letter.reference, letter.channel, letter.to, letter.subject, letter.text)
    receipt = runtime.notify.find_sent(message.reference) if letter.repeated else None
    receipt = receipt or runtime.notify.send(message)
    return Attempt(Result.SENT, receipt.transport_reference, transport="notify")


def watch_messages(runtime: Runtime) -> None:
    """Ask GOV.UK Notify what became of what it took."""
    if runtime.notify is not None:
        messages_out.watch(runtime.db, partial(_look, runtime.notify))


def _look(carrier: Notify, reference: str) -> tuple[Arrival, str] | None:
    try:
        fate, word = carrier.look(reference)
    except TemporaryFailure:
        return None
    except PermanentFailure:  # it remembers no such message any more
        return Arrival.UNKNOWN, "not-known"
    return Arrival(fate.value), word


def _by_itself(do: Callable[..., object], *words: object) -> None:
    try:
        do(*words)
    except Exception as fault:  # the next sweep tries again; the type alone is told, texts may quote values
        log.warning("part of the sweep failed", extra={"action": do.__name__, "fault": type(fault).__name__})


def collect_post(runtime: Runtime) -> None:
    """Read our mailbox; a message leaves it only after our commit."""
    if runtime.mesh is None:
        return
    settings = runtime.settings
    workflows = (settings.mesh_workflow_ack, settings.mesh_workflow_document_ack, settings.mesh_workflow)
    for post in runtime.mesh.fetch(workflows):
        _by_itself(_take_post, runtime, post)


def check_opt_outs(runtime: Runtime) -> None:
    """Ask the national check for opt-outs what is due, and take what it answered."""
    account = runtime.settings.mesh
    if runtime.mesh is None or account is None or account.opt_outs is None:
        return
    national = account.opt_outs
    for post in runtime.mesh.fetch([national.workflow_back]):
        if post.kind is DeliveryKind.DATA and post.from_mailbox == national.mailbox:
            opt_out_checks.take_answer(runtime.db, post.body, name=post.local_id)
        runtime.mesh.acknowledge(post.message_id)
    opt_out_checks.run(runtime.db, partial(_ask, runtime.mesh, national), valid_days=national.valid_days)


def _ask(mesh: MeshTransport, national: OptOutMailbox, question: Question) -> str | None:
    envelope = Envelope(
        local_id=str(question.id),
        recipient=national.mailbox,
        workflow=national.workflow,
        content_type="text/plain",
        body=question.body,
        correlation_id=str(question.id),
    )
    try:
        receipt = mesh.find_sent(envelope.local_id) if question.repeated else None
        return (receipt or mesh.send(envelope)).transport_reference
    except TemporaryFailure:
        return None
    except PermanentFailure as failure:
        raise NotTaken from failure


def _take_post(runtime: Runtime, post: Delivery) -> None:
    _receive(runtime, post)
    if runtime.mesh is not None:
        runtime.mesh.acknowledge(post.message_id)


def _receive(runtime: Runtime, post: Delivery) -> None:
    if post.kind is not DeliveryKind.REPORT:
        receive_post(runtime.db, post.body, mailbox=post.from_mailbox, message_id=post.message_id)
        return
    try:
        outbox_id = UUID(post.linked_local_id or "")
    except ValueError:
        log.warning("a report names no message of ours", extra={"post": post.message_id})
        return
    carrying.record_returned(runtime.db, outbox_id, f"mesh-{post.status_code or 'report'}")


def watch_deliveries(runtime: Runtime) -> None:
    """Note which messages the practices' systems have collected."""
    for feedback_id, transport, reference in carrying.undelivered(runtime.db):
        if transport == "mesh" and runtime.mesh is not None and runtime.mesh.delivered(reference):
            carrying.record_delivered(runtime.db, feedback_id)
