"""Two requests for one person: shown beside each other, worked as one or kept apart, and each told of its own."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from anonymiser.keys import PUBLIC_KEY, make_keys
from app.domain.access import system
from app.domain.duplicates import FoundBy
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Outcome
from app.domain.sources import SourceKind
from app.domain.vocabulary import Environment, OutcomeState, ProgressMessages
from app.services.caring import endings, triage
from app.services.caring.endings import Ending
from app.services.dataset.extract import write_extract
from app.services.feedback.letters import outcome_letter
from app.services.helping import delivery
from app.services.incoming import duplicates
from app.services.incoming.intake import Reception
from app.services.rights import consent
from app.services.shown import views
from app.store import extracts, outbox
from app.store.outcomes import Contact
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import (
    MadePlace,
    MadeReferral,
    Patient,
    acknowledge,
    make_change,
    make_ending,
    make_nhs_number,
    make_place,
    make_referral,
    send,
    sender_for,
)
from tests.integration.sources.other_sources import actor_of, add_source, refer


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database, progress=ProgressMessages.ALL)


@pytest.fixture
def pair(database: Database, place: MadePlace, clock: Clock) -> tuple[MadeReferral, MadeReferral]:
    """One person, referred by the first practice with a service asked already, and three days later by the second."""
    patient = Patient(nhs_number=make_nhs_number())
    clock.advance(days=-3)  # what is composed in the future is not carried today
    first = make_referral(database, place, ReferralStatus.ACTIVE, patient=patient)
    clock.advance(days=3)
    second = make_referral(
        database, place, ReferralStatus.RECEIVED, patient=patient, practice=place.practices[1]
    )
    return first, second


def status_of(db: Database, place: MadePlace, referral_id: UUID) -> str:
    return views.get_referral(db, place.link_worker, referral_id).referral.status


def help_and_complete(db: Database, place: MadePlace, made: MadeReferral) -> None:
    provider, today = place.actor("provider-0"), db.clock().date()
    assert made.placement_id is not None
    delivery.accept(db, provider, made.placement_id)
    delivery.record_contact(db, provider, made.placement_id, Contact("phone", True, today, 20, "Rang."))
    endings.complete(db, provider, made.placement_id, make_ending(today))


def test_second_request_for_a_person_is_taken_and_shown_beside_the_first(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    found = duplicates.find_others(database, place.link_worker, second.id)
    assert [(one.referral_id, one.found_by) for one in found.alike] == [(first.id, FoundBy.NUMBER)]
    tasks = views.get_referral(database, place.link_worker, second.id).tasks
    assert "same-person-open" in [task.kind for task in tasks]


def test_name_and_birth_date_are_a_question_and_never_an_answer(database: Database, place: MadePlace) -> None:
    first = make_referral(database, place, ReferralStatus.RECEIVED, patient=Patient(nhs_number=None))
    second = make_referral(
        database, place, ReferralStatus.RECEIVED, patient=Patient(nhs_number=make_nhs_number())
    )
    found = duplicates.find_others(database, place.link_worker, second.id)
    assert [(one.referral_id, one.found_by) for one in found.alike] == [
        (first.id, FoundBy.NAME_AND_BIRTH_DATE)
    ]
    assert first.person_id != second.person_id


def test_people_on_two_sides_of_the_fence_are_never_proposed_nor_joined(
    database: Database, place: MadePlace
) -> None:
    unnumbered = Patient(nhs_number=None)
    tested = make_referral(database, place, ReferralStatus.RECEIVED, patient=unnumbered)
    live = make_referral(
        database, place, ReferralStatus.RECEIVED, patient=unnumbered, practice=place.live_practice
    )
    beside = make_referral(database, place, ReferralStatus.RECEIVED, patient=unnumbered)
    for one, found in ((tested, [beside.id]), (beside, [tested.id]), (live, [])):
        alike = duplicates.find_others(database, place.link_worker, one.id).alike
        assert [each.referral_id for each in alike] == found
    with pytest.raises(Conflict, match="under test"):
        duplicates.work_as_one(database, place.link_worker, live.id, tested.id)


def test_two_confirmed_numbers_are_two_people_whatever_their_names(
    database: Database, place: MadePlace
) -> None:
    make_referral(database, place, ReferralStatus.RECEIVED, patient=Patient(nhs_number=make_nhs_number()))
    second = make_referral(
        database, place, ReferralStatus.RECEIVED, patient=Patient(nhs_number=make_nhs_number())
    )
    assert duplicates.find_others(database, place.link_worker, second.id).alike == ()


def test_ended_referral_is_no_open_episode(database: Database, place: MadePlace) -> None:
    patient = Patient(nhs_number=make_nhs_number())
    make_referral(database, place, ReferralStatus.CLOSED, patient=patient)
    second = make_referral(database, place, ReferralStatus.RECEIVED, patient=patient)
    assert duplicates.find_others(database, place.link_worker, second.id).alike == ()


def test_another_team_learns_nothing_of_the_first(database: Database, place: MadePlace) -> None:
    patient = Patient(nhs_number=make_nhs_number())
    first = make_referral(database, place, ReferralStatus.ACTIVE, patient=patient)
    other = make_referral(
        database, place, ReferralStatus.RECEIVED, patient=patient, practice=place.other_practice
    )
    worker = place.actor("other-link-worker")
    assert duplicates.find_others(database, worker, other.id).alike == ()
    with pytest.raises(NotFound):
        duplicates.work_as_one(database, worker, other.id, first.id)


def test_joined_referral_follows_every_step_of_the_one_that_leads(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    assert duplicates.work_as_one(database, place.link_worker, second.id, first.id) == first.id
    assert status_of(database, place, second.id) == ReferralStatus.ACTIVE
    assert first.placement_id is not None
    delivery.waitlist(database, place.actor("provider-0"), first.placement_id)
    assert status_of(database, place, second.id) == ReferralStatus.WAITING
    delivery.accept(database, place.actor("provider-0"), first.placement_id)
    assert status_of(database, place, second.id) == ReferralStatus.ACTIVE
    triage.withdraw_offer(database, place.link_worker, first.placement_id, reason="other")
    assert status_of(database, place, second.id) == ReferralStatus.IN_TRIAGE
    dates = [views.get_referral(database, place.link_worker, one.id).referral.next_action_on for one in pair]
    assert dates[0] == dates[1]


def test_one_that_follows_is_not_worked_by_itself(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    duplicates.work_as_one(database, place.link_worker, second.id, first.id)
    ending = Ending(Outcome(OutcomeState.NOT_KNOWN, "", ""), reason="moved-away")
    with pytest.raises(Conflict, match="worked together"):
        endings.end_early(database, place.link_worker, second.id, ending)
    with pytest.raises(Conflict, match="worked together"):
        triage.offer(database, place.link_worker, second.id, [place.services[1].id])


def test_each_requester_is_told_of_its_own_request_and_of_no_other(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    duplicates.work_as_one(database, place.link_worker, second.id, first.id)
    help_and_complete(database, place, first)
    for made, user in ((first, "practice-0"), (second, "practice-1")):
        loop = views.get_loop(database, place.actor(user), made.id)
        assert loop.outcome is not None
        assert loop.outcome.summary == "Goes to the lunch club every week."
        assert loop.line.can_acknowledge
        assert outcome_letter(database, place.actor(user), made.id).pdf.startswith(b"%PDF")
    told = sent_to(database)
    for mine, theirs in ((first, second), (second, first)):
        own, other = json.loads(mine.message)["id"], json.loads(theirs.message)["id"]
        mail = [body for body in told if own in body]
        assert mail
        for body in mail:
            assert other not in body
            assert str(theirs.id) not in body
            assert theirs.practice.name not in body
            assert str(theirs.practice.ods) not in body


def sent_to(db: Database) -> list[str]:
    """The bodies of everything in the outbox, as their recipients read them, carried in its order."""
    told = []
    with db.transaction(system("test")) as tx:
        while due := [each for one in outbox.list_due(tx) if (each := outbox.lease(tx, one)) is not None]:
            for each in due:
                told.append(each.body.decode())
                outbox.record_sent(tx, each.id, reference="test")
    return told


def test_what_one_requester_warns_of_is_read_where_help_is_given(
    database: Database, place: MadePlace
) -> None:
    first = make_referral(database, place, ReferralStatus.ACTIVE, patient=Patient(nhs_number=None))
    council = add_source(database, place, SourceKind.COUNCIL, environment=Environment.SANDBOX)
    warned = refer(database, council, safe=("danger",), safeguarding="A neighbour takes money.")
    duplicates.work_as_one(database, place.link_worker, warned.referral.id, first.id)
    found = views.get_referral(database, place.link_worker, first.id)
    assert "A neighbour takes money." in " ".join(found.take_care)
    assert first.placement_id is not None
    shown = views.get_placement(database, place.actor("provider-0"), first.placement_id).person
    assert (shown.contact, shown.contact_through_team) == (None, True)


def test_a_no_said_of_either_request_stops_what_is_done_for_both(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    duplicates.work_as_one(database, place.link_worker, second.id, first.id)
    consent.record(database, place.link_worker, second.id, given=False)
    found = views.get_referral(database, place.link_worker, first.id)
    assert found.consent_to_share is False
    assert [placement.status for placement in found.placements] == ["withdrawn"]


def test_a_no_said_before_is_asked_about_before_two_are_joined(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    consent.record(database, place.link_worker, second.id, given=False)
    with pytest.raises(Conflict, match="does not agree"):
        duplicates.work_as_one(database, place.link_worker, second.id, first.id)


def test_each_loop_is_closed_by_its_own_practice(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    duplicates.work_as_one(database, place.link_worker, second.id, first.id)
    help_and_complete(database, place, first)
    acknowledge(database, second)
    assert status_of(database, place, second.id) == ReferralStatus.CLOSED
    assert status_of(database, place, first.id) == ReferralStatus.COMPLETED
    acknowledge(database, first)
    assert status_of(database, place, first.id) == ReferralStatus.CLOSED


def test_requester_of_the_one_that_follows_sees_how_far_help_has_come(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    duplicates.work_as_one(database, place.link_worker, second.id, first.id)
    assert first.placement_id is not None
    delivery.accept(database, place.actor("provider-0"), first.placement_id)
    loop = views.get_loop(database, place.actor("practice-1"), second.id)
    assert loop.line.stage == "accepted"
    received = loop.line.received_at
    assert all(reached.at >= received for reached in loop.line.reached)
    assert [news.kind for news in loop.on_the_way] == ["accepted"]


def test_two_that_were_joined_can_be_parted_while_neither_has_ended(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    duplicates.work_as_one(database, place.link_worker, second.id, first.id)
    duplicates.undo(database, place.link_worker, first.id, second.id)
    assert status_of(database, place, second.id) == ReferralStatus.IN_TRIAGE
    assert status_of(database, place, first.id) == ReferralStatus.ACTIVE
    assert [one.referral_id for one in duplicates.find_others(database, place.link_worker, second.id).alike]
    duplicates.work_as_one(database, place.link_worker, second.id, first.id)
    help_and_complete(database, place, first)
    with pytest.raises(Conflict, match="ended"):
        duplicates.undo(database, place.link_worker, second.id, first.id)


def test_when_the_one_that_leads_is_cancelled_the_other_goes_on_by_itself(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    duplicates.work_as_one(database, place.link_worker, second.id, first.id)
    answer = send(database, make_change(first.message, "revoked"), sender_for(first.practice))
    assert answer.reception is Reception.TAKEN
    found = views.get_referral(database, place.link_worker, second.id)
    assert found.referral.status == ReferralStatus.IN_TRIAGE
    assert "led-referral-gone" in [task.kind for task in found.tasks]
    assert duplicates.find_others(database, place.link_worker, second.id).leader is None


def test_when_the_one_that_follows_is_cancelled_the_help_goes_on(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    duplicates.work_as_one(database, place.link_worker, second.id, first.id)
    endings.withdraw(database, place.actor("practice-1"), second.id, reason="requester-cancelled")
    help_and_complete(database, place, first)
    assert status_of(database, place, second.id) == ReferralStatus.WITHDRAWN
    assert status_of(database, place, first.id) == ReferralStatus.COMPLETED
    with pytest.raises(NotFound):
        outcome_letter(database, place.actor("practice-1"), second.id)


def test_reopened_pair_is_told_anew_to_both(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral], clock: Clock
) -> None:
    first, second = pair
    duplicates.work_as_one(database, place.link_worker, second.id, first.id)
    help_and_complete(database, place, first)
    acknowledge(database, second)
    clock.advance(days=1)
    endings.reopen(database, place.link_worker, first.id, reason="new-need")
    assert status_of(database, place, second.id) == ReferralStatus.IN_TRIAGE
    worse = Outcome(OutcomeState.WORSE, "It came back.", "")
    endings.end_early(database, place.link_worker, first.id, Ending(worse, reason="moved-away"))
    for made, user in ((first, "practice-0"), (second, "practice-1")):
        loop = views.get_loop(database, place.actor(user), made.id)
        assert loop.outcome is not None
        assert loop.outcome.summary == "It came back."
        assert len(loop.feedback) == 2


def test_two_are_kept_apart_for_a_reason_and_asked_about_no_more(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    with pytest.raises(Invalid, match="reason"):
        duplicates.keep_apart(database, place.link_worker, second.id, first.id, reason="because")
    duplicates.keep_apart(database, place.link_worker, second.id, first.id, reason="another-need")
    for one in pair:
        found = duplicates.find_others(database, place.link_worker, one.id)
        assert (found.alike, [each.reason for each in found.apart]) == ((), ["another-need"])
        kinds = [task.kind for task in views.get_referral(database, place.link_worker, one.id).tasks]
        assert "same-person-open" not in kinds
    duplicates.undo(database, place.link_worker, second.id, first.id)
    assert duplicates.find_others(database, place.link_worker, second.id).alike


def test_two_with_services_asked_cannot_be_joined(
    database: Database, place: MadePlace, pair: tuple[MadeReferral, MadeReferral]
) -> None:
    first, second = pair
    triage.start(database, place.link_worker, second.id)
    triage.offer(database, place.link_worker, second.id, [place.services[1].id])
    with pytest.raises(Conflict, match="offers"):
        duplicates.work_as_one(database, place.link_worker, second.id, first.id)


def test_jobcentre_that_follows_a_practice_still_hears_nothing(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    first = make_referral(database, place, ReferralStatus.ACTIVE, patient=Patient(nhs_number=None))
    jobcentre = add_source(database, place, SourceKind.JOBCENTRE, environment=Environment.SANDBOX)
    taken = refer(database, jobcentre)
    duplicates.work_as_one(database, place.link_worker, taken.referral.id, first.id)
    help_and_complete(database, place, first)
    assert status_of(database, place, taken.referral.id) == ReferralStatus.CLOSED
    assert views.list_loops(database, actor_of(jobcentre)).total == 0
    with admin.connect() as connection:
        told = connection.execute(text("select distinct referral_id from feedback")).scalars().all()
    assert told == [first.id]


def test_help_for_a_person_with_two_requests_leaves_for_the_dataset_once(
    database: Database,
    place: MadePlace,
    pair: tuple[MadeReferral, MadeReferral],
    admin: Engine,
    tmp_path: Path,
) -> None:
    first, second = pair
    duplicates.work_as_one(database, place.link_worker, second.id, first.id)
    help_and_complete(database, place, first)
    acknowledge(database, first)
    acknowledge(database, second)
    make_keys(tmp_path / "keys")
    key = (tmp_path / "keys" / PUBLIC_KEY).read_bytes()
    written = write_extract(database, key, tmp_path)
    assert (written.rows, written.excluded) == (1, {"worked-as-one": 1})
    with database.transaction(system("test")) as tx:
        assert extracts.find_item(tx, first.id) == (True, "sent")
