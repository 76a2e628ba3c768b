"""What an update of the practice changes, what it leaves as people have decided it, and whom it is told to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import Access, Need
from app.services.caring import endings, triage
from app.services.incoming import parked
from app.services.incoming.intake import Reception
from app.services.rights import consent
from app.services.shown import views
from app.services.shown.seen import ReferralDetail
from app.store import people, tasks
from app.store.referrals import reason_text
from app.store.session import Database
from fhir.systems import OUR_NEEDS
from tests.conftest import Clock
from tests.factories import (
    MadePlace,
    MadeReferral,
    Patient,
    make_nhs_number,
    make_referral,
    send,
    sender_for,
)
from tests.integration.api_fhir.case_messages import DO_NOT_CONTACT, Case, Change, phone, words

SAFEGUARDING = {
    "resourceType": "Flag",
    "status": "active",
    "category": [
        {"coding": [{"system": "https://fhir.nhs.uk/CodeSystem/flag-categories-bars", "code": "SG"}]}
    ],
    "code": {
        "coding": [
            {
                "system": "https://fhir.nhs.uk/CodeSystem/safeguarding-codes-bars",
                "code": "707087005",
                "display": "At risk of domestic violence",
            }
        ]
    },
}


def _open_tasks(database: Database, place: MadePlace) -> dict[str, tuple[str, ...]]:
    with database.transaction(place.link_worker) as tx:
        return {task.kind: task.fields for task in tasks.list_open(tx, audit="test")}


def _update(database: Database, made: MadeReferral, change: Change, minute: int = 1) -> None:
    body = Case(made.message).update(minute, change)
    assert send(database, body, sender_for(made.practice)).reception is Reception.TAKEN


def _seen(database: Database, place: MadePlace, made: MadeReferral) -> ReferralDetail:
    return views.get_referral(database, place.link_worker, made.id)


def _ask_for(*needs: str) -> Change:
    listed = [{"coding": [{"system": OUR_NEEDS, "code": need}]} for need in needs]
    return lambda parts: parts["ServiceRequest"].update(reasonCode=listed)


def _forbid_contact(parts: dict[str, Any]) -> None:
    parts["ServiceRequest"] |= {"code": {"text": "Social prescribing"}, "orderDetail": [DO_NOT_CONTACT]}


def _other_name(parts: dict[str, Any]) -> None:
    parts["Patient"]["name"][0]["family"] = "Okonkwo-Reid"


def _other_address(parts: dict[str, Any]) -> None:
    parts["Patient"]["address"] = [{"use": "home", "line": ["4 Teasel Way"], "postalCode": "N16 8QQ"}]


def _in_german(parts: dict[str, Any]) -> None:
    language = {"coding": [{"system": "urn:ietf:bcp:47", "code": "de"}]}
    parts["Patient"]["communication"] = [{"language": language, "preferred": True}]


@pytest.mark.parametrize(
    ("change", "field", "read"),
    [
        (words("Has moved in with her sister."), "reason", lambda seen: seen.reason.split("\n")[-1]),
        (_ask_for(Need.HOUSING), "needs", lambda seen: seen.referral.needs),
        (phone("07700 900002"), "phone", lambda seen: seen.person.phones),
        (_other_name, "name", lambda seen: seen.person.name),
        (_other_address, "address", lambda seen: (seen.person.address_lines, seen.person.postcode)),
        (_in_german, "language", lambda seen: seen.person.language),
        (
            lambda parts: parts["ServiceRequest"].update(priority="urgent"),
            "priority",
            lambda seen: seen.referral.priority,
        ),
    ],
)
def test_an_update_is_applied_and_the_task_names_what_changed(
    database: Database, place: MadePlace, change: Change, field: str, read: Callable[[Any], Any]
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    before = _seen(database, place, made)
    _update(database, made, change)
    after = _seen(database, place, made)
    assert read(after) != read(before)
    assert _open_tasks(database, place) == {"requester-update": (field,)}


def test_two_updates_are_one_task_that_names_both(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    _update(database, made, phone("07700 900002"), 1)
    _update(database, made, _other_name, 2)
    assert _open_tasks(database, place) == {"requester-update": ("name", "phone")}


def test_needs_that_a_link_worker_has_set_are_kept_and_the_team_is_told_of_the_others(
    database: Database, place: MadePlace
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    triage.set_needs(database, place.link_worker, made.id, needs=[Need.FOOD], access=[Access.STEP_FREE])
    _update(database, made, _ask_for(Need.HOUSING))
    found = _seen(database, place, made).referral
    assert (found.needs, found.access) == ((Need.FOOD,), (Access.STEP_FREE,))
    assert _open_tasks(database, place) == {"requester-update": ("needs-kept",)}


def test_the_brief_for_providers_is_the_link_workers_alone(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    triage.offer(database, place.link_worker, made.id, [place.services[0].id], brief="Would like company.")
    _update(database, made, words("Other words."))
    assert _seen(database, place, made).brief == "Would like company."


@pytest.mark.parametrize(
    "patient",
    [
        {"identifier": make_nhs_number(77)},
        {"birthDate": "1952-03-04"},
    ],
)
def test_another_identity_changes_nothing_of_the_person_and_is_a_task(
    database: Database, place: MadePlace, patient: dict[str, str]
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    with database.transaction(system("test")) as tx:
        before = people.get(tx, made.person_id, audit="test")

    def change(parts: dict[str, Any]) -> None:
        phone("07700 900666")(parts)
        if "identifier" in patient:
            parts["Patient"]["identifier"][0]["value"] = patient["identifier"]
        else:
            parts["Patient"].update(patient)

    _update(database, made, change)
    with database.transaction(system("test")) as tx:
        assert people.get(tx, made.person_id, audit="test") == before
    assert _open_tasks(database, place) == {"identity-changed": (), "requester-update": ("identity",)}


def test_a_person_without_number_is_not_given_one_by_an_update(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE, patient=Patient(nhs_number=None))
    number = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": make_nhs_number()}
    _update(database, made, lambda parts: parts["Patient"].update(identifier=[number]))
    assert _seen(database, place, made).person.nhs_number is None
    assert "identity-changed" in _open_tasks(database, place)


class TestACaution:
    def test_that_comes_while_a_service_is_asked_is_told_at_once_and_withholds_the_number(
        self, database: Database, place: MadePlace
    ) -> None:
        made = make_referral(database, place, ReferralStatus.ACTIVE)
        assert made.placement_id is not None
        provider = place.provider_of(place.services[0].id)
        assert views.get_placement(database, provider, made.placement_id).person.contact
        _update(database, made, _forbid_contact)
        assert _open_tasks(database, place)["caution-added"] == ("do-not-contact",)
        assert views.get_placement(database, provider, made.placement_id).person.contact is None
        assert _seen(database, place, made).take_care[0].startswith("Do not contact")

    @pytest.mark.parametrize(
        ("flag", "told"),
        [
            (SAFEGUARDING, "safeguarding"),
            ({"resourceType": "Flag", "status": "active", "code": {"text": "May be violent"}}, "risk"),
        ],
    )
    def test_that_is_grave_is_told_at_once_while_a_service_is_asked(
        self, database: Database, place: MadePlace, flag: dict[str, Any], told: str
    ) -> None:
        made = make_referral(database, place, ReferralStatus.ACTIVE)
        body = json.loads(Case(made.message).update(1))
        subject = next(
            entry["resource"]["subject"]
            for entry in body["entry"]
            if entry["resource"]["resourceType"] == "ServiceRequest"
        )
        body["entry"].append({"fullUrl": f"urn:uuid:{uuid4()}", "resource": flag | {"subject": subject}})
        assert (
            send(database, json.dumps(body).encode(), sender_for(made.practice)).reception is Reception.TAKEN
        )
        assert _open_tasks(database, place)["caution-added"] == (told,)

    def test_of_safeguarding_marks_the_referral(self, database: Database, place: MadePlace) -> None:
        made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
        body = json.loads(Case(made.message).update(1))
        subject = next(
            entry["resource"]["subject"]
            for entry in body["entry"]
            if entry["resource"]["resourceType"] == "ServiceRequest"
        )
        body["entry"].append(
            {
                "fullUrl": "urn:uuid:3f0a3c55-5d0d-4a3e-9d3e-0c9a3cf0a111",
                "resource": SAFEGUARDING | {"subject": subject},
            }
        )
        send(database, json.dumps(body).encode(), sender_for(made.practice))
        found = _seen(database, place, made)
        assert found.take_care == ("Safeguarding: At risk of domestic violence",)
        assert found.referral.safeguarding
        assert _open_tasks(database, place) == {"requester-update": ("safeguarding",)}

    def test_is_not_lifted_by_an_update_that_leaves_it_out(
        self, database: Database, place: MadePlace
    ) -> None:
        made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
        _update(database, made, _forbid_contact, 1)
        _update(database, made, words("Other words."), 2)
        assert _seen(database, place, made).take_care[0].startswith("Do not contact")

    def test_that_makes_the_record_restricted_hides_it_from_then_on(
        self, database: Database, place: MadePlace
    ) -> None:
        made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
        label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
        _update(
            database, made, lambda parts: parts["Patient"].setdefault("meta", {}).update(security=[label])
        )
        person = _seen(database, place, made).person
        assert (person.restricted, person.phones, person.postcode) == (True, (), None)


def test_a_no_that_comes_by_message_stops_what_has_not_started(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.ACTIVE)
    _update(database, made, lambda parts: parts["Consent"].update(status="rejected"))
    found = _seen(database, place, made)
    assert found.consent_to_share is False
    assert [placement.status for placement in found.placements] == ["withdrawn"]
    assert found.referral.status == ReferralStatus.IN_TRIAGE
    assert _open_tasks(database, place) == {"requester-update": ("consent",)}


def test_a_yes_by_message_is_not_written_over_what_the_person_told_the_link_worker(
    database: Database, place: MadePlace
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    consent.record(database, place.link_worker, made.id, given=False)
    _update(database, made, words("Other words."))
    assert _seen(database, place, made).consent_to_share is False


def test_a_death_told_by_an_update_is_a_task_at_once(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.ACTIVE)
    _update(database, made, lambda parts: parts["Patient"].update(deceasedBoolean=True))
    assert _seen(database, place, made).person.deceased
    assert "person-died" in _open_tasks(database, place)


def test_what_was_to_be_read_is_settled_by_the_cancellation(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.ACTIVE)
    _update(database, made, _forbid_contact)
    send(database, Case(made.message).cancel(2), sender_for(made.practice))
    assert _open_tasks(database, place) == {}


def test_an_update_after_the_link_worker_has_ended_it_changes_nothing(
    database: Database, place: MadePlace
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    endings.withdraw(database, place.link_worker, made.id, reason="other")
    _update(database, made, phone("07700 900002"))
    assert _seen(database, place, made).person.phones == ("07700 900461",)
    assert _open_tasks(database, place) == {"late-change": ()}


def test_no_value_of_an_update_reaches_a_task_or_the_audit(
    database: Database, place: MadePlace, admin: Any
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    _update(database, made, words("Canary sings at Teasel Way."))
    with admin.connect() as connection:
        for table in ("task", "audit_event", "referral", "person"):
            rows = connection.exec_driver_sql(f"select * from {table}").fetchall()  # noqa: S608 - our own names
            assert rows
            assert "Canary" not in repr(rows)
    with database.transaction(place.link_worker) as tx:
        referral = _seen(database, place, made).referral
        assert "Canary" in reason_text(tx, referral, audit="test")


def test_a_change_of_an_unknown_practice_is_applied_with_its_referral_once_that_is_set_up(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    unknown = replace(place.practices[0], ods="A81077")
    case = Case.of(unknown)
    for body in (case.cancel(1), case.first):
        assert send(database, body, sender_for(place.practices[0])).reception is Reception.PARKED
        clock.advance(seconds=1)
    with database.transaction(system("test")) as tx:
        from_unknown = replace(unknown, id=place.other_practice.id)
        tx.session.connection().exec_driver_sql(
            "update organisation set ods = %s, team_id = %s, environment = 'sandbox' where id = %s",
            (from_unknown.ods, place.team.id, from_unknown.id),
        )
    steward = place.actor("steward")
    listed = {each.received_at: each.id for each in views.list_parked(database, steward)}
    newest = max(listed)
    referral_id = parked.try_again(database, steward, listed[newest])
    found = views.get_referral(database, place.link_worker, referral_id)
    assert found.referral.status == ReferralStatus.WITHDRAWN
    assert views.list_parked(database, steward) == []
