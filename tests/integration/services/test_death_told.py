"""An answer that says that the person has died closes the loop, and the team is told."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import FeedbackFormat
from app.services.incoming.intake import Reception
from app.services.incoming.post import receive_post
from app.services.shown import views
from app.store import feedback
from app.store.session import Database
from tests.factories import make_place, make_referral
from tests.unit.fhir.test_fhir_send_document_ack import raw


def test_a_document_filed_for_somebody_who_has_died_is_a_task_for_the_team(
    database: Database, admin: Engine
) -> None:
    place = make_place(database)
    with admin.connect() as connection:
        chosen = text("update organisation set feedback_format = :form where id = :id")
        connection.execute(chosen, {"form": FeedbackFormat.SEND_DOCUMENT.value, "id": place.practices[0].id})
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    with database.transaction(system("test")) as tx:
        told = feedback.list_for_referral(tx, made.id, audit="test")[-1]
    mailbox = made.practice.feedback_address or ""
    received = receive_post(
        database, raw("30004", answers=told.message_id), mailbox=mailbox, message_id=str(uuid4())
    )
    assert received is not None
    assert received.reception is Reception.TAKEN
    seen = views.get_referral(database, place.link_worker, made.id)
    assert seen.referral.status == ReferralStatus.CLOSED
    assert [task.kind for task in seen.tasks] == ["person-died"]
