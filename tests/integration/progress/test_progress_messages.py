"""What the practice hears on the way and at the end, and what people see of it."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine, text

from app.domain.access import Actor
from app.domain.errors import Conflict
from app.domain.lifecycle import CALLED_OFF, FeedbackStatus, ReferralStatus, Telling
from app.domain.vocabulary import ProgressMessages, Role
from app.letters.content import words_of
from app.services.caring import endings, triage
from app.services.feedback import carrying
from app.services.feedback.carrying import Attempt, Result
from app.services.feedback.outcome_report import report_of
from app.services.fhir_reading import fhir_reads
from app.services.helping import delivery
from app.services.shown import views
from app.store import feedback, referrals
from app.store.outbox import Outgoing
from app.store.outcomes import Contact
from app.store.session import Database
from fhir.inbound import read_message
from fhir.messages import IncomingAcknowledgement
from fhir.views_table import KINDS
from tests.conftest import Clock, Woken
from tests.factories import (
    MadePlace,
    MadeReferral,
    make_change,
    make_ending,
    make_place,
    make_referral,
    send,
    sender_for,
)
from tests.practice_post import (
    READER,
    Post,
    accept,
    answer,
    begin,
    complete,
    known,
    news,
    open_tasks,
    parts,
    some,
    standing_of,
    status,
)

# --- what is told ------------------------------------------------------------------------------------------------


def test_practice_hears_every_step_once_and_in_order(
    database: Database, place: MadePlace, made: MadeReferral, post: Post
) -> None:
    accept(database, place, made.placement_id)
    begin(database, place, made.placement_id)
    begin(database, place, made.placement_id)
    complete(database, place, made)
    post.empty()
    assert post.told == [("new", "planned"), ("update", "in-progress"), ("update", "finished")]
    with database.transaction(READER) as tx:
        from_row = [each.message_id for each in feedback.list_all(tx, made.id, audit="test")]
    assert [each["id"] for each in post.carried] == from_row


def test_each_word_answers_the_practices_own_message_with_the_roles_reversed(
    database: Database, place: MadePlace, made: MadeReferral, woken: Woken
) -> None:
    accept(database, place, made.placement_id)
    taken: list[Outgoing] = []
    carrying.deliver(database, woken.ids[-1], lambda out: taken.append(out) or Attempt(Result.SENT, "1"))
    seen = read_message(taken[0].body)
    assert isinstance(seen, IncomingAcknowledgement)
    assert (seen.answers, seen.code) == (json.loads(made.message)["id"], "ok")
    with database.transaction(READER) as tx:
        referral = referrals.get(tx, made.id, audit="test")
    assert taken[0].correlation_id == referral.correlation_id is not None
    assert taken[0].recipient == made.practice.feedback_address
    header = parts(json.loads(taken[0].body), "MessageHeader")[0]
    receiver = header["destination"][0]["receiver"]["reference"]
    entries = {each["fullUrl"]: each["resource"] for each in json.loads(taken[0].body)["entry"]}
    assert entries[receiver]["identifier"][0]["value"] == made.practice.ods


def test_decline_of_the_last_that_was_asked_is_told_with_its_code_and_the_others_are_not(
    database: Database, place: MadePlace, made: MadeReferral, post: Post
) -> None:
    provider, second = place.provider_of(place.services[0].id), place.provider_of(place.services[1].id)
    delivery.decline(database, provider, some(made.placement_id), reason="40")
    assert news(database, made) == []
    offered = views.get_referral(database, place.link_worker, made.id).placements
    (waiting,) = [each for each in offered if each.status == "offered"]
    delivery.decline(database, second, waiting.id, reason="22")
    post.empty()
    assert post.told == [("new", "cancelled")]
    reason = parts(post.carried[0], "Encounter")[-1]["reasonCode"][0]
    assert [each["code"] for each in reason["coding"]] == ["RRNA", "22"]
    assert reason["text"] == "No capacity"
    assert parts(post.carried[0], "ServiceRequest")[0]["status"] == "active"
    assert status(database, place, made) == ReferralStatus.IN_TRIAGE


@pytest.mark.parametrize(
    ("stage", "status"), [(None, "rejected"), (CALLED_OFF, "cancelled")], ids=["rejected", "cancelled"]
)
def test_a_no_is_told_as_the_task_that_is_read(
    stage: str | None, status: str, database: Database, place: MadePlace, post: Post
) -> None:
    made = make_referral(database, place)
    provider = place.provider_of(place.services[0].id)
    delivery.decline(database, provider, some(made.placement_id), reason="26", told=Telling(stage))
    post.empty()
    (task,) = parts(post.carried[0], "ServiceRequest")[0]["contained"]
    assert task["status"] == status
    assert task["statusReason"]["coding"][-1]["code"] == "871711000000103"
    practice = Actor(Role.PRACTICE, made.practice.id, process="test")
    read = fhir_reads.read(database, practice, KINDS["Task"], str(made.placement_id))
    assert read["status"] == status
    assert read["statusReason"]["coding"][-1]["code"] == "871711000000103"


@pytest.mark.parametrize("said", [None, "A place is free in May"], ids=["without words", "in words"])
def test_a_waiting_list_is_told_as_the_task_that_is_read(
    said: str | None, database: Database, place: MadePlace, made: MadeReferral, post: Post
) -> None:
    provider = place.provider_of(place.services[0].id)
    delivery.waitlist(database, provider, some(made.placement_id), wait_weeks=6, told=Telling(said=said))
    post.empty()
    (task,) = parts(post.carried[0], "ServiceRequest")[0]["contained"]
    practice = Actor(Role.PRACTICE, made.practice.id, process="test")
    read = fhir_reads.read(database, practice, KINDS["Task"], str(made.placement_id))
    assert task["status"] == read["status"] == "accepted"
    assert task["businessStatus"]["coding"][0]["code"] == read["businessStatus"]["coding"][0]["code"]
    assert task.get("statusReason") == read.get("statusReason") == ({"text": said} if said else None)
    notes = " ".join(each["text"] for each in parts(post.carried[0], "ServiceRequest")[0]["note"])
    assert "about 6 weeks" in notes
    assert (f"In their words: {said}." in notes) is bool(said)


def test_a_referral_that_the_team_took_back_is_told_as_the_task_that_is_read(
    database: Database, place: MadePlace, made: MadeReferral, post: Post
) -> None:
    endings.withdraw(database, place.link_worker, made.id, reason="duplicate")
    post.empty()
    (task,) = parts(post.carried[-1], "ServiceRequest")[0]["contained"]
    practice = Actor(Role.PRACTICE, made.practice.id, process="test")
    read = fhir_reads.read(database, practice, KINDS["Task"], str(made.id))
    assert task["status"] == read["status"] == "cancelled"


def test_what_was_said_of_a_decline_is_told_on_the_way_and_at_the_end(
    database: Database, place: MadePlace, post: Post
) -> None:
    made = make_referral(database, place)
    said = Telling(said="The hall is\n\nshut until May.")
    provider = place.provider_of(place.services[0].id)
    delivery.decline(database, provider, some(made.placement_id), reason="99", told=said)
    post.empty()
    reason = parts(post.carried[0], "Encounter")[-1]["reasonCode"][0]
    assert [each["code"] for each in reason["coding"]] == ["OTH", "99"]
    assert reason["text"] == "Another reason. In their words: The hall is shut until May"
    notes = [each["text"] for each in parts(post.carried[0], "ServiceRequest")[0]["note"]]
    standing = "The referral was declined: Another reason. In their words: The hall is shut until May."
    assert any(standing in each for each in notes)
    endings.complete_by_link_worker(
        database, place.link_worker, made.id, make_ending(database.clock().date())
    )
    with database.transaction(READER) as tx:
        referral = referrals.get(tx, made.id, audit="test")
        report = report_of(tx, referral, made.practice, audit="test")
    (in_vain,) = report.did_not_work
    assert in_vain.endswith("declined: another reason. In their words: The hall is shut until May.")
    assert any(in_vain in each for each in words_of(report, reference="BK-1").done)


def test_after_a_decline_a_later_yes_is_told_as_an_update(
    database: Database, place: MadePlace, post: Post
) -> None:
    made = make_referral(database, place)
    delivery.decline(database, place.provider_of(place.services[0].id), some(made.placement_id), reason="22")
    placement_id = triage.offer(database, place.link_worker, made.id, [place.services[1].id])
    accept(database, place, placement_id, service=1)
    post.empty()
    assert post.told == [("new", "cancelled"), ("update", "planned")]


def test_silence_is_no_decline(database: Database, place: MadePlace, clock: Clock) -> None:
    made = make_referral(database, place)
    clock.advance(days=20)
    (placement_id,) = delivery.overdue(database)
    delivery.expire(database, placement_id)
    assert status(database, place, made) == ReferralStatus.IN_TRIAGE
    assert news(database, made) == []


def test_second_provider_that_says_yes_is_no_news(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    accept(database, place, made.placement_id)
    placement_id = triage.offer(database, place.link_worker, made.id, [place.services[1].id])
    accept(database, place, placement_id, service=1)
    assert known(database, made) == [("accepted", "composed")]


def test_decline_while_another_helps_ends_no_routing(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    accept(database, place, made.placement_id)
    placement_id = triage.offer(database, place.link_worker, made.id, [place.services[1].id])
    delivery.decline(database, place.provider_of(place.services[1].id), placement_id, reason="22")
    assert known(database, made) == [("accepted", "composed")]


def test_withdrawal_by_the_team_is_told_as_a_decline_and_says_why(
    database: Database, place: MadePlace, made: MadeReferral, post: Post
) -> None:
    endings.withdraw(database, place.link_worker, made.id, reason="consent-withdrawn")
    post.empty()
    (message,) = post.carried
    assert standing_of(message) == "cancelled"
    codes = parts(message, "Encounter")[-1]["reasonCode"][0]["coding"]
    assert [each["code"] for each in codes] == ["OTH", "consent-withdrawn"]
    answer(database, made, news(database, made)[0])
    assert status(database, place, made) == ReferralStatus.WITHDRAWN


def test_withdrawal_is_told_also_to_who_wants_outcomes_only_for_no_outcome_will_come(
    database: Database, clock: Clock
) -> None:
    place = make_place(database, progress=ProgressMessages.OUTCOME_ONLY)
    made = make_referral(database, place)
    endings.withdraw(database, place.link_worker, made.id, reason="duplicate")
    assert known(database, made) == [("declined", "composed")]


def test_practices_own_cancellation_is_not_told_back(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    send(database, make_change(made.message, "revoked"), sender_for(made.practice))
    assert status(database, place, made) == ReferralStatus.WITHDRAWN
    assert news(database, made) == []


def test_practice_that_wants_outcomes_only_hears_the_outcome_as_the_first_word(
    database: Database, clock: Clock, post: Post
) -> None:
    clock.advance(hours=-2)
    place = make_place(database, progress=ProgressMessages.OUTCOME_ONLY)
    make_referral(database, place, ReferralStatus.COMPLETED)
    post.empty()
    assert post.told == [("new", "finished")]


@pytest.mark.parametrize("form", ["letter", "send-document"])
def test_letters_and_documents_tell_of_the_end_only(
    database: Database, place: MadePlace, admin: Engine, form: str
) -> None:
    with admin.connect() as connection:
        connection.execute(text("update organisation set feedback_format = :form"), {"form": form})
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    assert [kind for kind, _ in known(database, made)] == ["outcome"]
    other = make_referral(database, place)
    endings.withdraw(database, place.link_worker, other.id, reason="duplicate")
    assert news(database, other) == []
    assert open_tasks(database) == ["tell-practice-withdrawn"]


# --- what is told in the end --------------------------------------------------------------------------------------


def test_outcome_says_what_was_tried_in_vain_and_the_first_and_last_scores(
    database: Database, place: MadePlace, post: Post, clock: Clock
) -> None:
    made = make_referral(database, place, services=(0, 1))
    delivery.decline(database, place.provider_of(place.services[0].id), some(made.placement_id), reason="40")
    offered = views.get_referral(database, place.link_worker, made.id).placements
    (waiting,) = [each for each in offered if each.status == "offered"]
    second = place.provider_of(place.services[1].id)
    delivery.accept(database, second, waiting.id)
    delivery.record_contact(database, second, waiting.id, Contact("visit", True, clock.today, 30, ""))
    endings.complete(database, second, waiting.id, make_ending(clock.today))
    post.empty()
    notes = [note["text"] for note in parts(post.carried[-1], "CarePlan")[0]["note"]]
    assert notes[0] == "Plan and requested actions: No action needed."
    told = f"What did not work: {place.services[0].name} ({place.providers[0].name}) declined: "
    assert f"{told}the person is not eligible." in notes
    summary = next(note for note in notes if note.startswith("Clinical summary"))
    assert "before 4 (" in summary
    assert "after 6 (" in summary
    assert "SNOMED CT: 871731000000106 Referral to social prescribing service (procedure)" in notes


# --- what people see ----------------------------------------------------------------------------------------------


def test_practice_sees_what_it_was_told_and_the_steward_what_failed(
    database: Database, place: MadePlace, made: MadeReferral, post: Post
) -> None:
    accept(database, place, made.placement_id)
    post.answers = [Attempt(Result.NEVER, error="http-400")]
    post.empty()
    found = views.get_loop(database, place.actor("practice-0"), made.id)
    assert [(each.kind, each.status) for each in found.on_the_way] == [("accepted", FeedbackStatus.FAILED)]
    assert found.feedback == ()
    assert not found.line.can_acknowledge
    assert [reached.stage for reached in found.line.reached][-1] == "accepted"
    failed = views.list_attention(database, place.actor("steward")).failed_news
    assert [(each.kind, each.failure) for each in failed] == [("accepted", "http-400")]
    endings.retry_feedback(database, place.actor("steward"), failed[0].feedback_id)
    post.empty()
    assert known(database, made) == [("accepted", "sent")]


def test_practice_cannot_close_a_loop_before_the_outcome(
    database: Database, place: MadePlace, made: MadeReferral, post: Post
) -> None:
    accept(database, place, made.placement_id)
    post.empty()
    with pytest.raises(Conflict, match="no outcome to acknowledge"):
        endings.confirm_read(database, place.actor("practice-0"), made.id)
