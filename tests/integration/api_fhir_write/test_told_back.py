"""What becomes of a referral that was made of resources is told to its practice like any other."""

from __future__ import annotations

import json
from uuid import UUID

from sqlalchemy import Engine, select

from app.domain.access import system
from app.runtime import Runtime
from app.services.caring import endings, triage
from app.services.helping import delivery
from app.store import feedback, outbox
from app.store.outcomes import Contact
from app.store.tables_messages import OutboxRow
from tests.conftest import Clock
from tests.factories import MadePlace, make_ending
from tests.integration.api_fhir_write.writer import ORDERS, Writer, transaction


def test_outcome_goes_back_to_the_practice_in_the_form_it_chose(
    writer: Writer, runtime: Runtime, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made = writer.made(transaction(identifier=[{"system": ORDERS, "value": "order-17"}]))
    referral_id = UUID(made[2]["location"].split("/")[1])
    worker, provider = place.link_worker, place.provider_of(place.services[0].id)
    triage.start(runtime.db, worker, referral_id)
    placement_id = triage.offer(runtime.db, worker, referral_id, (place.services[0].id,))
    delivery.accept(runtime.db, provider, placement_id)
    contact = Contact("phone", True, clock.today, 20, "Rang.")
    delivery.record_contact(runtime.db, provider, placement_id, contact)
    endings.complete(runtime.db, provider, placement_id, make_ending(clock.today))
    with runtime.db.transaction(system("test")) as tx:
        told = feedback.list_for_referral(tx, referral_id, audit="test")[-1]
        row = tx.session.scalars(select(OutboxRow).where(OutboxRow.feedback_id == told.id)).one()
        recipient = row.recipient
    assert recipient == place.practices[0].feedback_address
    body = opened(runtime, told.id)
    assert body["entry"][0]["resource"]["eventCoding"]["code"] == "servicerequest-response"
    assert "order-17" in json.dumps(body)
    assert writer.read(f"Task/{referral_id}")["status"] == "completed"


def opened(runtime: Runtime, feedback_id: UUID) -> dict[str, object]:
    """The message as it waits to be carried."""
    with runtime.db.transaction(system("test")) as tx:
        waiting = select(OutboxRow.id).where(OutboxRow.status == "waiting").order_by(OutboxRow.created_at)
        for outbox_id in tx.session.scalars(waiting).all():
            leased = outbox.lease(tx, outbox_id)
            if leased is not None and leased.feedback_id == feedback_id:
                return dict(json.loads(leased.body))
            if leased is not None:
                outbox.record_superseded(tx, leased.feedback_id)
    raise AssertionError("the outcome does not wait to be carried")
