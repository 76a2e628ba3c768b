"""One referral as the PRSB record: its rows and its FHIR document say the same, to whoever may see it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.prsb import NOT_RECORDED, Kind
from app.runtime import Runtime
from app.services.prsb.prsb_record import prsb_record
from app.store import people
from fhir.checks import resource_problems
from fhir.message_back import NO_ACTION
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.prsb.conftest import GOAL
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


def _json(visitor: Visitor, path: str) -> Any:
    response = visitor.client.get(path)
    assert response.status_code == 200, response.text[:500]
    assert "attachment" in response.headers["Content-Disposition"]
    return json.loads(response.data)


def test_record_holds_by_the_rows_of_the_standard_what_was_recorded(
    sign_in: SignIn, ended: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    told = _json(sign_in("link-worker"), f"/referrals/{ended.id}/record.json")
    record = told["record"]
    with runtime.db.transaction(place.link_worker) as tx:
        details = people.get(tx, ended.person_id, audit="test").details
    assert record["Person demographics"]["Person name"]["Person family name"] == [details.family]
    assert record["Person demographics"]["NHS number"] == details.nhs_number
    practice = record["GP practice"]["GP practice record entry"][0]
    assert practice["GP practice identifier"] == ended.practice.ods
    (need, *_) = record["Care and support plan"]["Needs, concerns or problems"]
    (goal,) = need["Goals and hopes"]
    assert goal["Free text"] == GOAL
    assert "not left <the house>" in need["Free text"]
    assert goal["Actions and activities"][0]["Status"] == {"Free text": "Finished"}
    assessments = record["Assessments"]["Assessments record entry"]
    (lonely,) = [each for each in assessments if "oneliness" in each["Assessment type"]]
    assert lonely["Structured assessment"]["Assessment result"]["Value"] == 9
    assert len(assessments) == 3
    assert "first 4" in record["Clinical Summary"]["Clinical summary"]


def test_words_longer_than_a_row_are_kept_whole_in_pieces(sign_in: SignIn, ended: MadeReferral) -> None:
    told = _json(sign_in("link-worker"), f"/referrals/{ended.id}/record.json")
    risks = [each["Risk"]["Free text"] for each in told["record"]["Risks"]["Risks record entry"]]
    assert all(len(each) <= 150 for each in risks)
    told_in_all = " ".join(re.sub(r" \(\d+ of \d+\)$", "", each) for each in risks)
    assert told_in_all.count("Her neighbour shouts at her.") == 8
    reason = told["record"]["Referral details"]["Referral details record entry"][0]["Reason for referral"]
    assert len(reason["Free text"]) <= 150
    assert reason["Free text"].endswith(" …")


def test_what_is_not_recorded_is_said_and_never_made_up(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    told = _json(sign_in("link-worker"), f"/referrals/{made.id}/record.json")
    assert told["record"]["Risks"] == {"Risks record entry": [{"Risk": {"Free text": NOT_RECORDED}}]}
    plan = told["record"]["Plan and requested actions"]["Plan and requested actions record entry"]
    assert plan == [{"Actions for professionals": "Not recorded yet: the help has not ended."}]
    assert "Pregnancy status" not in told["record"]
    missing = {tuple(each["row"]) for each in told["not_as_the_standard_asks"] if each["kind"] == "missing"}
    contact = ("Referral details", "Referral details record entry", "Referrer details", "Contact details")
    referrer = told["record"]["Referral details"]["Referral details record entry"][0]["Referrer details"]
    assert (referrer["Contact details"] is None) == (contact in missing)


def test_no_actions_is_stated_once_help_has_ended(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    told = _json(sign_in("link-worker"), f"/referrals/{made.id}/record.json")
    plan = told["record"]["Plan and requested actions"]["Plan and requested actions record entry"]
    assert plan == [{"Actions for professionals": NO_ACTION}]


def test_record_is_in_the_shape_of_the_standard(
    runtime: Runtime, ended: MadeReferral, place: MadePlace
) -> None:
    gaps = prsb_record(runtime.db, place.link_worker, ended.id).gaps
    assert [gap for gap in gaps if gap.kind is not Kind.MISSING] == []


@pytest.mark.parametrize(("who", "home"), [("link-worker", "referrals"), ("practice-0", "loops")])
def test_document_is_valid_starts_with_the_actions_and_finds_what_it_names(
    sign_in: SignIn, ended: MadeReferral, who: str, home: str
) -> None:
    bundle = _json(sign_in(who), f"/{home}/{ended.id}/record.fhir.json")
    assert [each for each in resource_problems(bundle) if each.severity != "warning"] == []
    first, *others = [entry["resource"] for entry in bundle["entry"]]
    assert (bundle["type"], first["resourceType"]) == ("document", "Composition")
    assert first["section"][0]["title"] == "Plan and requested actions"
    assert "hearing aid" in first["section"][0]["text"]["div"]
    assert "&lt;the house&gt;" in json.dumps(first)
    there = {f"{each['resourceType']}/{each['id']}" for each in others}
    assert {entry["reference"] for part in first["section"] for entry in part.get("entry", [])} <= there
    assert {first["subject"]["reference"], first["author"][0]["reference"]} <= there
    assert f"ServiceRequest/{ended.id}" in there


def test_contact_notes_and_other_teams_words_are_in_neither_file(
    sign_in: SignIn, ended: MadeReferral
) -> None:
    practice = sign_in("practice-0").client
    for name in ("record.json", "record.fhir.json"):
        assert "sounded angry" not in practice.get(f"/loops/{ended.id}/{name}").text


def test_foreign_referral_is_as_absent_and_a_provider_has_no_such_door(
    sign_in: SignIn, ended: MadeReferral
) -> None:
    other, provider = sign_in("other-link-worker").client, sign_in("provider-0").client
    for name in ("record", "record.json", "record.fhir.json"):
        assert other.get(f"/referrals/{ended.id}/{name}").status_code == 404
        assert sign_in("practice-1").client.get(f"/loops/{ended.id}/{name}").status_code == 404
        assert provider.get(f"/referrals/{ended.id}/{name}").status_code == 403


def test_where_somebody_is_who_must_not_be_found_is_in_no_file(
    sign_in: SignIn, ended: MadeReferral, runtime: Runtime
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        details = people.get(tx, ended.person_id, audit="test").details
        people.record_details(tx, ended.person_id, details, audit="test", restricted=True)
    assert details.postcode
    worker = sign_in("link-worker").client
    for name in ("record.json", "record.fhir.json"):
        told = worker.get(f"/referrals/{ended.id}/{name}").text
        assert details.postcode not in told
        assert all(phone not in told for phone in details.phones)


def test_page_says_what_is_lacking_and_the_reading_is_in_the_audit(
    sign_in: SignIn, ended: MadeReferral, admin: Engine
) -> None:
    worker = sign_in("link-worker")
    assert "The record, to take along" in worker.get(f"/referrals/{ended.id}/record").text
    assert "/record" in worker.get(f"/referrals/{ended.id}").html
    with admin.connect() as connection:
        query = text("select count(*) from audit_event where act = 'read record as PRSB'")
        assert connection.scalar(query)
