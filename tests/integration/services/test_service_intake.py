"""A message is taken once, wholly or not at all, for whom its sender may speak; what is doubtful waits for a person."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Referral
from app.services.incoming import post
from app.services.incoming.intake import Reception
from app.store import people, referrals, tasks
from app.store.audit_chain import walk
from app.store.session import Database
from tests.factories import (
    MadePlace,
    Patient,
    make_change,
    make_message,
    make_referral,
    send,
    sender_for,
)

READER = system("test")


@pytest.fixture
def count(admin: Engine) -> Callable[[str], int]:
    """Counts the rows of a table, behind the walls."""

    def rows(table: str) -> int:
        with admin.connect() as connection:
            return connection.scalar(text(f'select count(*) from "{table}"')) or 0  # noqa: S608 - our own names

    return rows


def open_tasks(database: Database, place: MadePlace, username: str = "link-worker") -> list[str]:
    with database.transaction(place.actor(username)) as tx:
        return [task.kind for task in tasks.list_open(tx, audit="test")]


def referral_of(database: Database, place: MadePlace, body: bytes) -> Referral:
    with database.transaction(READER) as tx:
        found = referrals.find_of_case(tx, place.practices[0].id, json.loads(body)["id"], None, audit="test")
    assert found is not None
    return found


def test_referral_is_taken_with_everything_it_says(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.RECEIVED, words="Misses the allotment.")
    with database.transaction(place.link_worker) as tx:
        referral = referrals.get(tx, made.id, audit="test")
        person = people.get(tx, referral.person_id, audit="test")
        assert referrals.reason_text(tx, referral, audit="test").endswith("Misses the allotment.")
    assert (referral.needs, referral.requester_ods) == (("social-connection",), "A81001")
    assert (person.details.family, person.details.postcode) == ("Okonkwo", "E8 1EA")
    assert person.identity_confirmed


def test_refused_message_leaves_nothing_behind(
    database: Database, place: MadePlace, count: Callable[[str], int]
) -> None:
    wrong = make_message(
        place.practices[0], patient=Patient(family="", birth_date="2999-01-01"), use_case="a5t1"
    )
    with pytest.raises(Invalid) as refused:
        send(database, wrong, sender_for(place.practices[0]))
    fields = {problem.field for problem in refused.value.problems}
    assert fields == {"use_case", "person.family", "person.birth_date"}
    assert [
        count(table) for table in ("inbox_message", "person", "referral", "transition", "audit_event")
    ] == [0] * 5


@pytest.mark.parametrize(
    ("again", "changed", "reception"),
    [
        (True, False, Reception.REPEATED),
        (False, False, Reception.SAME_MESSAGE),
        (True, True, Reception.CHANGED),
        (False, True, Reception.CHANGED),
    ],
)
def test_same_message_never_makes_a_second_referral(
    database: Database,
    place: MadePlace,
    count: Callable[[str], int],
    again: bool,
    changed: bool,
    reception: Reception,
) -> None:
    body, sender = make_message(place.practices[0]), sender_for(place.practices[0])
    first = send(database, body, sender, request_id="request-1")
    other = body.replace(b"Okonkwo", b"Adeyemi") if changed else body
    second = send(database, other, sender, request_id="request-1" if again else "request-2")
    assert (first.reception, second.reception) == (Reception.TAKEN, reception)
    assert second.answer == first.answer
    assert count("referral") == 1


def test_same_message_from_many_hands_at_once_is_one_referral(
    database: Database, place: MadePlace, count: Callable[[str], int]
) -> None:
    body, sender, together = make_message(place.practices[0]), sender_for(place.practices[0]), Barrier(4)

    def hand_in(_: int) -> Reception:
        together.wait()
        return send(database, body, sender, request_id="request-1").reception

    with ThreadPoolExecutor(4) as hands:
        receptions = sorted(hands.map(hand_in, range(4)))
    assert receptions == [Reception.REPEATED] * 3 + [Reception.TAKEN]
    assert count("referral") == 1
    assert walk(database.engine).faults == ()


def test_new_person_referred_twice_at_once_is_one_person(
    database: Database, place: MadePlace, count: Callable[[str], int]
) -> None:
    patient, together = Patient(), Barrier(3)

    def hand_in(_: int) -> Reception:
        together.wait()
        return send(
            database, make_message(place.practices[0], patient=patient), sender_for(place.practices[0])
        ).reception

    with ThreadPoolExecutor(3) as hands:
        assert set(hands.map(hand_in, range(3))) == {Reception.TAKEN}
    assert (count("person"), count("referral")) == (1, 3)


def test_system_may_speak_for_its_own_practices_only(database: Database, place: MadePlace) -> None:
    with pytest.raises(NotAllowed):
        send(database, make_message(place.practices[0]), sender_for(place.practices[1]))


def test_message_without_requester_is_refused(database: Database, place: MadePlace) -> None:
    bundle = json.loads(make_message(place.practices[0]))
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Organization":
            entry["resource"].pop("identifier", None)
    with pytest.raises(Invalid, match="Name the requester's organisation"):
        send(database, json.dumps(bundle).encode(), sender_for(place.practices[0]))


@pytest.mark.parametrize(
    ("patient", "kind"),
    [
        (Patient(nhs_number=None), "find-nhs-number"),
        (Patient(verified=False), "confirm-identity"),
        (Patient(nhs_number="3478526985"), "correct-nhs-number"),
    ],
)
def test_doubtful_identity_is_taken_and_becomes_a_task(
    database: Database, place: MadePlace, patient: Patient, kind: str
) -> None:
    made = make_referral(database, place, ReferralStatus.RECEIVED, patient=patient)
    assert open_tasks(database, place) == [kind]
    with database.transaction(READER) as tx:
        assert not people.get(tx, made.person_id, audit="test").identity_confirmed


def test_number_of_somebody_else_is_never_merged(database: Database, place: MadePlace) -> None:
    known = Patient()
    one = make_referral(database, place, ReferralStatus.RECEIVED, patient=known)
    other = make_referral(database, place, ReferralStatus.RECEIVED, patient=replace(known, family="Adeyemi"))
    assert one.person_id != other.person_id
    assert open_tasks(database, place) == ["same-number-other-person"]


def test_newest_message_knows_best_where_somebody_lives_and_takes_no_protection_away(
    database: Database, place: MadePlace
) -> None:
    patient = Patient()
    make_referral(database, place, ReferralStatus.RECEIVED, patient=patient, opted_out=True)
    made = make_referral(
        database, place, ReferralStatus.RECEIVED, patient=replace(patient, postcode="N1 1AA")
    )
    with database.transaction(READER) as tx:
        person = people.get(tx, made.person_id, audit="test")
    assert person.details.postcode == "N1 1AA"
    assert person.type1_opt_out


def test_unknown_practice_is_parked_for_the_steward(
    database: Database, place: MadePlace, count: Callable[[str], int]
) -> None:
    unknown = replace(place.practices[0], ods="Z99999")
    received = send(database, make_message(unknown), sender_for(place.practices[0]))
    assert (received.reception, received.answer.status) == (Reception.PARKED, 202)
    assert open_tasks(database, place, "steward") == ["parked-message"]
    assert open_tasks(database, place) == []
    assert (count("referral"), count("inbox_message")) == (0, 1)


@pytest.mark.parametrize(
    ("said", "status", "placement"),
    [
        ("revoked", ReferralStatus.WITHDRAWN, "withdrawn"),
        ("entered-in-error", ReferralStatus.ENTERED_IN_ERROR, "withdrawn"),
        ("active", ReferralStatus.ACTIVE, "offered"),
    ],
)
def test_change_in_time_is_applied_and_the_provider_told_to_stop(
    database: Database, place: MadePlace, said: str, status: ReferralStatus, placement: str, admin: Engine
) -> None:
    made = make_referral(database, place, ReferralStatus.ACTIVE, services=(0, 1))
    send(database, make_change(made.message, said), sender_for(made.practice))
    assert referral_of(database, place, made.message).status == status
    with admin.connect() as connection:
        assert connection.scalar(text("select status from placement")) == placement
        planned = connection.scalar(text("select count(*) from offer_plan"))
    assert planned == (1 if said == "active" else 0)
    assert open_tasks(database, place) == (["requester-update"] if said == "active" else [])


@pytest.mark.parametrize("said", ["revoked", "entered-in-error", "active"])
def test_change_that_comes_too_late_changes_nothing_and_becomes_a_task(
    database: Database, place: MadePlace, said: str
) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    send(database, make_change(made.message, said), sender_for(made.practice))
    assert referral_of(database, place, made.message).status == ReferralStatus.COMPLETED
    assert open_tasks(database, place) == ["late-change"]


def test_change_of_an_unknown_referral_is_parked(database: Database, place: MadePlace) -> None:
    body = make_change(make_message(place.practices[0]), "revoked")
    assert send(database, body, sender_for(place.practices[0])).reception is Reception.PARKED


def test_change_by_another_practice_does_not_reach_the_referral(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.ACTIVE)
    other = place.practices[1]
    foreign = make_change(made.message, "revoked").replace(b"A81001", (other.ods or "").encode())
    assert send(database, foreign, sender_for(other)).reception is Reception.PARKED
    assert referral_of(database, place, made.message).status == ReferralStatus.ACTIVE


def test_referral_by_post_is_taken_and_the_same_post_once(database: Database, place: MadePlace) -> None:
    body, mailbox = make_message(place.practices[0]), place.practices[0].feedback_address or ""
    first = post.receive_post(database, body, mailbox=mailbox, message_id="mesh-1")
    again = post.receive_post(database, body, mailbox=mailbox, message_id="mesh-1")
    assert first is not None
    assert again is not None
    assert (first.reception, again.reception) == (Reception.TAKEN, Reception.REPEATED)


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"{", b'{"resourceType": "Patient"}'])
def test_unreadable_post_is_kept_for_the_steward_and_kept_once(
    database: Database, place: MadePlace, count: Callable[[str], int], body: bytes
) -> None:
    for _ in range(2):
        post.receive_post(database, body, mailbox="A81001OT001", message_id="mesh-1")
    assert count("inbox_message") == 1
    assert open_tasks(database, place, "steward") == ["parked-message"]


def test_post_for_another_practice_is_kept_and_not_believed(
    database: Database, place: MadePlace, count: Callable[[str], int]
) -> None:
    post.receive_post(database, make_message(place.practices[0]), mailbox="A81002OT001", message_id="mesh-1")
    assert (count("referral"), count("inbox_message")) == (0, 1)


def test_referral_of_another_team_is_absent(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.RECEIVED)
    for username in ("other-link-worker", "other-practice", "practice-1", "provider-0", "steward", "analyst"):
        with pytest.raises(NotFound), database.transaction(place.actor(username)) as tx:
            referrals.get(tx, made.id, audit="test")
    with pytest.raises(NotFound), database.transaction(place.link_worker) as tx:
        referrals.get(tx, uuid4(), audit="test")
