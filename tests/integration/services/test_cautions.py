"""What keeps a person safe comes with the referral, is shown first, and decides what a provider is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from app.domain.lifecycle import ReferralStatus
from app.services.caring import triage
from app.services.incoming.intake import Reception
from app.services.shown import views
from app.services.shown.seen import ReferralDetail
from app.store.session import Database
from tests.directories import make_safe
from tests.factories import MadePlace, make_message, make_place, send, sender_for

GRAVITY = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
Change = Callable[[dict[str, Any]], None]


def _taken(database: Database, place: MadePlace, change: Change) -> ReferralDetail:
    body = json.loads(make_message(place.practices[0]))
    parts = {entry["resource"]["resourceType"]: entry["resource"] for entry in body["entry"]}
    change(parts)
    raw = json.dumps(body).encode()
    assert send(database, raw, sender_for(*place.practices)).reception is Reception.TAKEN
    (line,) = views.list_referrals(database, place.link_worker).lines
    return views.get_referral(database, place.link_worker, line.id)


def _forbid_contact(parts: dict[str, Any]) -> None:
    coding = {"system": GRAVITY, "code": "contacting-subject-prohibited"}
    parts["ServiceRequest"] |= {"code": {"text": "Social prescribing"}, "orderDetail": [{"coding": [coding]}]}


def test_do_not_contact_is_said_first_and_gives_the_provider_no_number(database: Database) -> None:
    place = make_place(database)
    make_safe(database, place, 0)
    found = _taken(database, place, _forbid_contact)
    assert found.take_care[0].startswith("Do not contact")
    triage.start(database, place.link_worker, found.referral.id)
    service = place.services[0].id
    placement_id = triage.offer(database, place.link_worker, found.referral.id, [service])
    shown = views.get_placement(database, place.provider_of(service), placement_id).person
    assert shown.contact is None
    assert shown.contact_through_team
    assert shown.take_care[0].startswith("Do not contact")


def test_a_referral_without_cautions_says_none_and_gives_the_number(database: Database) -> None:
    place = make_place(database)
    found = _taken(database, place, lambda _: None)
    assert found.take_care == ()
    triage.start(database, place.link_worker, found.referral.id)
    service = place.services[0].id
    placement_id = triage.offer(database, place.link_worker, found.referral.id, [service])
    shown = views.get_placement(database, place.provider_of(service), placement_id).person
    assert shown.contact
    assert shown.take_care == ()


def test_a_safeguarding_concern_is_for_the_team_and_never_for_a_provider(database: Database) -> None:
    place = make_place(database)
    make_safe(database, place, 0)
    body = json.loads(make_message(place.practices[0]))
    subject = next(
        e["resource"]["subject"] for e in body["entry"] if e["resource"]["resourceType"] == "ServiceRequest"
    )
    category = {"system": "https://fhir.nhs.uk/CodeSystem/flag-categories-bars", "code": "SG"}
    code = {
        "system": "https://fhir.nhs.uk/CodeSystem/safeguarding-codes-bars",
        "code": "707087005",
        "display": "At risk of domestic violence",
    }
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "category": [{"coding": [category]}],
        "code": {"coding": [code]},
        "subject": subject,
    }
    body["entry"].append({"fullUrl": "urn:uuid:3f0a3c55-5d0d-4a3e-9d3e-0c9a3cf0a111", "resource": flag})
    send(database, json.dumps(body).encode(), sender_for(*place.practices))
    (line,) = views.list_referrals(database, place.link_worker).lines
    assert line.safeguarding
    found = views.get_referral(database, place.link_worker, line.id)
    assert found.take_care == ("Safeguarding: At risk of domestic violence",)
    assert found.referral.status == ReferralStatus.RECEIVED
    triage.start(database, place.link_worker, line.id)
    service = place.services[0].id
    placement_id = triage.offer(database, place.link_worker, line.id, [service])
    assert "violence" not in repr(views.get_placement(database, place.provider_of(service), placement_id))
