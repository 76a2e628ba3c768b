"""The outcome as a letter: who may have it, how each practice is told as it chose, and what its answers come to."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.clients.transport import Envelope, Receipt
from app.domain.access import system
from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.lifecycle import FeedbackStatus, ReferralStatus
from app.domain.referral import Feedback, Organisation
from app.domain.vocabulary import FeedbackFormat, OrganisationKind
from app.jobs import carry_one
from app.runtime import Runtime
from app.services.caring import endings
from app.services.feedback import carrying
from app.services.feedback.carrying import Attempt, Result
from app.services.feedback.letters import outcome_letter
from app.services.helping import delivery
from app.services.incoming.intake import Reception
from app.services.incoming.post import receive_post
from app.services.watching import set_up
from app.services.watching.set_up import NewPractice
from app.store import directory, feedback, inbox, outbox, tasks
from app.store.outbox import Outgoing
from app.store.outcomes import Contact
from app.store.session import Database
from fhir.inbound import read_message
from fhir.systems import EVENT_RESPONSE
from tests.conftest import Clock, Woken
from tests.factories import MadePlace, MadeReferral, make_ending, make_referral
from tests.unit.fhir.test_fhir_send_document_ack import raw, xml
from tests.unit.letters.pdf import text_of

READER = system("test")


def told_as(admin: Engine, practice: Organisation, form: FeedbackFormat) -> None:
    """The practice chooses how it is told."""
    with admin.connect() as connection:
        chosen = text("update organisation set feedback_format = :form where id = :id")
        connection.execute(chosen, {"form": form.value, "id": practice.id})


def news_of(database: Database, made: MadeReferral) -> list[Feedback]:
    with database.transaction(READER) as tx:
        return list(feedback.list_for_referral(tx, made.id, audit="test"))


def outgoing(database: Database, woken: Woken) -> Outgoing:
    with database.transaction(system("carrier")) as tx:
        found = outbox.lease(tx, woken.ids[-1])
    assert found is not None
    return found


def sent(database: Database, admin: Engine, made: MadeReferral) -> str:
    """The message as taken by the transport; its id is returned."""
    newest = news_of(database, made)[-1]
    with admin.connect() as connection:
        connection.execute(text("update feedback set status = 'sent' where id = :id"), {"id": newest.id})
    return newest.message_id


def answered(database: Database, body: bytes, *, mailbox: str = "A81001OT001") -> Reception:
    received = receive_post(database, body, mailbox=mailbox, message_id=str(uuid4()))
    assert received is not None
    return received.reception


def kinds_of_tasks(database: Database, place: MadePlace) -> list[str]:
    with database.transaction(place.link_worker) as tx:
        return [task.kind for task in tasks.list_open(tx, audit="test")]


def status_of(database: Database, made: MadeReferral, admin: Engine) -> str:
    with admin.connect() as connection:
        found = connection.execute(text("select status from referral where id = :id"), {"id": made.id})
        return str(found.scalar_one())


def test_practice_and_team_get_the_same_letter_every_time(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    practices = outcome_letter(database, place.actor("practice-0"), made.id)
    clock.advance(days=1)
    assert outcome_letter(database, place.link_worker, made.id) == practices
    read = text_of(practices.pdf)
    assert practices.reference in read
    for said in (
        "No action needed.",
        "Things are better",
        "Dalston Befrienders",
        "Surgery A81001",
        "Hackney team",
    ):
        assert said in read
    endings.confirm_read(database, place.actor("practice-0"), made.id)
    assert outcome_letter(database, place.link_worker, made.id) == practices


def test_letter_of_an_early_end_tells_its_reason_also_after_the_loop_is_closed(
    database: Database, place: MadePlace
) -> None:
    made = make_referral(database, place, ReferralStatus.ENDED_EARLY)
    before = outcome_letter(database, place.link_worker, made.id)
    assert "The referral ended early: The person moved away." in text_of(before.pdf)
    endings.confirm_read(database, place.actor("practice-0"), made.id)
    assert outcome_letter(database, place.link_worker, made.id) == before


def test_letter_of_another_practice_or_team_is_as_absent_as_one_that_never_was(
    database: Database, place: MadePlace
) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    for stranger in ("practice-1", "other-practice", "other-link-worker"):
        for referral_id in (made.id, uuid4()):
            with pytest.raises(NotFound):
                outcome_letter(database, place.actor(stranger), referral_id)
    for role in ("provider-0", "steward", "analyst", "resident"):
        with pytest.raises(NotAllowed):
            outcome_letter(database, place.actor(role), made.id)


@pytest.mark.parametrize("at", [ReferralStatus.RECEIVED, ReferralStatus.ACTIVE, ReferralStatus.WITHDRAWN])
def test_there_is_no_letter_before_an_end(database: Database, place: MadePlace, at: ReferralStatus) -> None:
    made = make_referral(database, place, at)
    with pytest.raises(NotFound, match="no outcome letter yet"):
        outcome_letter(database, place.link_worker, made.id)


def test_letter_goes_when_a_referral_is_taken_up_again_and_comes_anew(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    first = outcome_letter(database, place.link_worker, made.id)
    endings.reopen(database, place.link_worker, made.id, reason="new-need")
    with pytest.raises(NotFound):
        outcome_letter(database, place.actor("practice-0"), made.id)
    clock.advance(days=3)
    endings.complete_by_link_worker(database, place.link_worker, made.id, make_ending(clock.today))
    assert outcome_letter(database, place.link_worker, made.id) != first


def test_reading_a_letter_is_audited_as_its_readers_act(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    outcome_letter(database, place.actor("practice-0"), made.id)
    asked = text(
        "select count(*) from audit_event where act = 'read outcome letter' and role = 'practice'"
        " and person_id = :person and subject_id = :referral"
    )
    with admin.connect() as connection:
        found = connection.execute(asked, {"person": made.person_id, "referral": str(made.id)}).scalar_one()
    assert found == 1


def test_practice_that_chose_bars_gets_the_message(
    database: Database, place: MadePlace, woken: Woken
) -> None:
    make_referral(database, place, ReferralStatus.COMPLETED)
    carried = outgoing(database, woken)
    assert carried.content_type == "application/fhir+json"
    message = json.loads(carried.body)
    assert message["entry"][0]["resource"]["eventCoding"]["code"] == EVENT_RESPONSE
    read_message(carried.body)


def test_practice_that_chose_the_letter_gets_the_pdf_alone(
    database: Database, place: MadePlace, woken: Woken, admin: Engine
) -> None:
    told_as(admin, place.practices[0], FeedbackFormat.LETTER)
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    carried = outgoing(database, woken)
    assert carried.content_type == "application/pdf"
    assert carried.body == outcome_letter(database, place.link_worker, made.id).pdf


def test_practice_that_chose_the_document_gets_the_letter_inside_it(
    database: Database, place: MadePlace, woken: Woken, admin: Engine
) -> None:
    told_as(admin, place.practices[0], FeedbackFormat.SEND_DOCUMENT)
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    carried = outgoing(database, woken)
    assert carried.content_type == "application/fhir+json; fhirVersion=3.0"
    message = json.loads(carried.body)
    assert message["id"] == news_of(database, made)[-1].message_id
    assert letter_in(message) == outcome_letter(database, place.link_worker, made.id).pdf
    assert "relatesTo" not in composition_of(message)


@pytest.mark.parametrize(("restricted", "mark"), [(False, "N"), (True, "R")])
def test_document_of_a_restricted_person_is_marked_so(
    database: Database,
    place: MadePlace,
    woken: Woken,
    admin: Engine,
    clock: Clock,
    *,
    restricted: bool,
    mark: str,
) -> None:
    told_as(admin, place.practices[0], FeedbackFormat.SEND_DOCUMENT)
    made = make_referral(database, place, ReferralStatus.ACTIVE)
    with admin.connect() as connection:
        connection.execute(text("update person set restricted = :now"), {"now": restricted})
    provider = place.provider_of(place.services[0].id)
    delivery.accept(database, provider, made.placement_id)
    contact = Contact("phone", True, clock.today, 20, "Rang.")
    delivery.record_contact(database, provider, made.placement_id, contact)
    endings.complete(database, provider, made.placement_id, make_ending(clock.today))
    assert composition_of(json.loads(outgoing(database, woken).body))["confidentiality"] == mark


def test_second_document_replaces_the_first(
    database: Database, place: MadePlace, woken: Woken, admin: Engine, clock: Clock
) -> None:
    clock.advance(hours=-1)  # carriers go by the database's clock: what is due must not lie ahead of it
    told_as(admin, place.practices[0], FeedbackFormat.SEND_DOCUMENT)
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    first = news_of(database, made)[-1].message_id
    carrying.deliver(database, woken.ids[-1], lambda _: Attempt(Result.SENT, "sent-1"))
    endings.reopen(database, place.link_worker, made.id, reason="new-need")
    clock.advance(minutes=1)
    endings.complete_by_link_worker(database, place.link_worker, made.id, make_ending(clock.today))
    related = composition_of(json.loads(outgoing(database, woken).body))["relatesTo"]
    assert [each["targetIdentifier"]["value"] for each in related] == [first]


def composition_of(message: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = message["entry"][-1]["resource"]
    found: dict[str, Any] = document["entry"][0]["resource"]
    return found


def letter_in(message: dict[str, Any]) -> bytes:
    document = message["entry"][-1]["resource"]
    return b64decode(document["entry"][-1]["resource"]["content"])


def test_practice_without_a_transport_becomes_a_task_whatever_it_chose(
    database: Database, place: MadePlace, woken: Woken, admin: Engine
) -> None:
    told_as(admin, place.practices[0], FeedbackFormat.LETTER)
    with admin.connect() as connection:
        connection.execute(text("update organisation set feedback_transport = null, feedback_address = null"))
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    assert kinds_of_tasks(database, place) == ["tell-practice-another-way"]
    assert woken.ids == []
    assert "No action needed." in text_of(outcome_letter(database, place.link_worker, made.id).pdf)


@pytest.fixture
def documented(database: Database, place: MadePlace, admin: Engine) -> MadeReferral:
    """A completed referral whose letter went as a document."""
    told_as(admin, place.practices[0], FeedbackFormat.SEND_DOCUMENT)
    return make_referral(database, place, ReferralStatus.COMPLETED)


def test_document_that_arrived_is_delivered_and_one_that_was_filed_closes_the_loop(
    database: Database, place: MadePlace, documented: MadeReferral, admin: Engine
) -> None:
    message_id = sent(database, admin, documented)
    assert answered(database, raw("20013", answers=message_id)) is Reception.TAKEN
    assert news_of(database, documented)[-1].status == FeedbackStatus.DELIVERED
    assert status_of(database, documented, admin) == "completed"
    filed = json.loads(raw("30001", answers=message_id))
    filed["id"] = filed["entry"][0]["resource"]["id"] = str(uuid4())
    assert answered(database, json.dumps(filed).encode()) is Reception.TAKEN
    assert status_of(database, documented, admin) == "closed"
    assert kinds_of_tasks(database, place) == []


@pytest.mark.parametrize("code", ["30002", "30003", "20009"])
def test_document_that_was_refused_opens_the_loop_again_with_a_task(
    database: Database, place: MadePlace, documented: MadeReferral, admin: Engine, code: str
) -> None:
    message_id = sent(database, admin, documented)
    refused = xml(code, "fatal-error").replace(b"5f0c7b2e-3c5e-4a0e-9d6a-0f4f5d1f0a01", message_id.encode())
    assert answered(database, refused) is Reception.TAKEN
    newest = news_of(database, documented)[-1]
    assert (newest.status, newest.failure) == (FeedbackStatus.FAILED, f"practice-{code}")
    assert kinds_of_tasks(database, place) == ["feedback-failed"]
    assert status_of(database, documented, admin) == "completed"


def test_answer_that_comes_twice_is_taken_once(
    database: Database, place: MadePlace, documented: MadeReferral, admin: Engine
) -> None:
    refused = raw("30002", word="fatal-error", answers=sent(database, admin, documented))
    assert [answered(database, refused) for _ in range(2)] == [Reception.TAKEN, Reception.REPEATED]
    assert kinds_of_tasks(database, place) == ["feedback-failed"]


def test_answer_from_another_practice_or_to_nothing_of_ours_waits_for_the_steward(
    database: Database, place: MadePlace, documented: MadeReferral, admin: Engine
) -> None:
    message_id = sent(database, admin, documented)
    strange = [
        (raw("30001", answers=message_id), "A81002OT001"),
        (raw("30001", answers=message_id), "NOBODY"),
        (raw("30001", answers=str(uuid4())), "A81001OT001"),
        (raw("30001", answers=""), "A81001OT001"),
    ]
    for body, mailbox in strange:
        assert answered(database, body, mailbox=mailbox) is Reception.PARKED
    with database.transaction(place.actor("steward")) as tx:
        reasons = [each.reason for each in inbox.list_parked(tx, audit="test")]
    assert sorted(reasons) == ["refused-post"] * 3 + ["unreadable-post"]
    assert status_of(database, documented, admin) == "completed"


def test_document_goes_by_its_own_workflow_and_all_else_by_ours(
    runtime: Runtime, place: MadePlace, woken: Woken, admin: Engine
) -> None:
    taken: list[str] = []

    class Recorder:
        """A transport that takes everything and remembers under which workflow."""

        def send(self, envelope: Envelope) -> Receipt:
            taken.append(envelope.workflow)
            return Receipt(envelope.local_id)

        def find_sent(self, local_id: str) -> Receipt | None:  # noqa: ARG002 - the shape of a Transport
            return None

    house = replace(runtime, transports={"mesh": Recorder()})
    for form in (FeedbackFormat.SEND_DOCUMENT, FeedbackFormat.LETTER, FeedbackFormat.BARS):
        told_as(admin, place.practices[0], form)
        make_referral(runtime.db, place, ReferralStatus.COMPLETED)
        carry_one(house, woken.ids[-1])
    ours = runtime.settings.mesh_workflow
    assert taken == [runtime.settings.mesh_workflow_document, ours, ours]


def test_place_is_set_up_with_a_practices_choice(database: Database, place: MadePlace) -> None:
    chosen = NewPractice(
        "Chosen Surgery",
        "A81009",
        place.team.id,
        feedback_transport="mesh",
        feedback_address="A81009OT001",
        feedback_format=FeedbackFormat.LETTER,
    )
    practice_id = set_up.add_practice(database, chosen)
    with database.transaction(READER) as tx:
        assert directory.get_organisation(tx, practice_id).feedback_format is FeedbackFormat.LETTER
        assert directory.get_organisation(tx, place.team.id).feedback_format is FeedbackFormat.BARS
    assert place.practices[0].kind is OrganisationKind.PRACTICE
    by_post = replace(
        chosen, ods="A81010", feedback_transport="fhir", feedback_address="https://gp.example/FHIR"
    )
    with pytest.raises(Invalid) as refused:
        set_up.add_practice(database, by_post)
    assert [problem.field for problem in refused.value.problems] == ["format"]
