"""The jobs that the queue wakes: ids in, nothing out; everything they need to know stands in the database."""

from __future__ import annotations

import logging
from uuid import UUID

from app.clients.mesh import Delivery, DeliveryKind
from app.clients.transport import Envelope, PermanentFailure, TemporaryFailure
from app.process import runtime_of_process
from app.runtime import Runtime
from app.services import carrying, delivery
from app.services.carrying import Attempt, Result
from app.services.post import receive_post
from app.store.outbox import Outgoing

log = logging.getLogger(__name__)


def deliver(outbox_id: str) -> None:
    """Carry one message of the outbox, woken by the queue."""
    carry_one(runtime_of_process(), UUID(outbox_id))


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
        workflow=runtime.settings.mesh_workflow,
        content_type=outgoing.content_type,
        body=outgoing.body,
        correlation_id=outgoing.correlation_id or str(outgoing.id),
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


def sweep(runtime: Runtime) -> None:
    """Do what no wake-up call did: due messages, silent offers, the mailbox, the tracking of what was sent."""
    for outbox_id in carrying.due(runtime.db):
        carry_one(runtime, outbox_id)
    delivery.expire_overdue(runtime.db)
    if runtime.mesh is not None:
        collect_post(runtime)
        watch_deliveries(runtime)


def collect_post(runtime: Runtime) -> None:
    """Read our mailbox; a message leaves it only after our commit."""
    if runtime.mesh is None:
        return
    workflows = (runtime.settings.mesh_workflow_ack, runtime.settings.mesh_workflow)
    for post in runtime.mesh.fetch(workflows):
        _receive(runtime, post)
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
