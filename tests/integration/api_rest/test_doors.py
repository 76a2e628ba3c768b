"""Who may do what, and what is refused at the door of the JSON API."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus, Telling
from app.runtime import Runtime
from app.services.helping import delivery
from app.store import people
from tests.factories import MadePlace, Patient, make_referral
from tests.integration.api_rest.people import (
    V1,
    Person,
    SignIn,
    codes_by_field,
    completion,
    path_of,
)

PROFILE = {
    "name",
    "contact",
    "contact_through_team",
    "wants",
    "needs",
    "access",
    "language",
    "age_band",
    "take_care",
    "goals",  # of the plan: none unless the person agreed that this provider reads them
}
CANARY = Patient(
    nhs_number="9000000009",
    family="Quillfeather",
    birth_date="1950-02-01",
    street="99 Hidden Mews",
    postcode="E8 1EA",
    phone="07700 900777",
)


def test_a_stranger_is_told_how_to_sign_in(http: FlaskClient, place: MadePlace) -> None:
    answer = http.get(f"{V1}/referrals")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["error"]["code"] == "login"


@pytest.mark.parametrize("username", ["link-worker", "nobody-of-this-name"])
def test_wrong_password_and_unknown_name_are_answered_alike(
    http: FlaskClient, place: MadePlace, username: str
) -> None:
    answer = http.post(f"{V1}/sign-in", json={"username": username, "password": "wrong"})
    assert answer.status_code == 401
    assert answer.json["error"]["sentence"] == "The user name or the password is not right."


def test_me_tells_role_and_organisation(link_worker: Person) -> None:
    told = link_worker.get("/me").json
    assert (told["role"], told["organisation"]) == ("link-worker", "Hackney team")
    assert "password_hash" not in told


def test_a_token_is_worth_nothing_after_signing_out(link_worker: Person) -> None:
    assert link_worker.post("/sign-out").status_code == 204
    assert link_worker.get("/me").status_code == 401


def test_answers_are_kept_by_nobody_on_the_way(link_worker: Person) -> None:
    assert link_worker.get("/me").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("username", "path"),
    [
        ("provider-0", "/referrals"),
        ("practice-0", "/placements"),
        ("link-worker", "/loops"),
        ("link-worker", "/attention"),
        ("analyst", "/tasks"),
        ("resident", "/referrals"),
    ],
)
def test_another_role_is_refused(sign_in: SignIn, username: str, path: str) -> None:
    assert sign_in(username).get(path).status_code == 403


def test_the_wrong_role_is_refused_before_the_body_is_read(
    runtime: Runtime, place: MadePlace, link_worker: Person
) -> None:
    made = make_referral(runtime.db, place)
    refused = link_worker.post(path_of("placements", made.placement_id, "complete"), {"nonsense": 1})
    assert refused.status_code == 403


def test_a_foreign_object_is_answered_exactly_as_an_absent_one(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    other = {name: sign_in(name) for name in ("other-link-worker", "provider-1", "other-practice")}
    addresses = [
        ("other-link-worker", "GET", "referrals", made.id, ""),
        ("other-link-worker", "GET", "referrals", made.id, "suggestions"),
        ("other-link-worker", "POST", "referrals", made.id, "triage"),
        ("other-link-worker", "POST", "referrals", made.id, "unmet-need"),
        ("provider-1", "GET", "placements", made.placement_id, ""),
        ("provider-1", "POST", "placements", made.placement_id, "accept"),
        ("other-practice", "GET", "loops", made.id, ""),
        ("other-practice", "POST", "loops", made.id, "acknowledge"),
    ]
    for username, method, kind, known, action in addresses:
        ask = other[username].get if method == "GET" else other[username].post
        foreign, absent = ask(path_of(kind, known, action)), ask(path_of(kind, uuid4(), action))
        assert (foreign.status_code, foreign.json) == (404, absent.json), (kind, action)


def test_foreign_things_are_in_nobody_elses_list(runtime: Runtime, place: MadePlace, sign_in: SignIn) -> None:
    make_referral(runtime.db, place)
    for username, path in (
        ("other-link-worker", "/referrals"),
        ("provider-1", "/placements"),
        ("practice-1", "/loops"),
    ):
        assert sign_in(username).get(path).json["total"] == 0


def test_provider_is_told_what_the_profile_has_and_nothing_else(
    runtime: Runtime, place: MadePlace, provider: Person
) -> None:
    made = make_referral(runtime.db, place, patient=CANARY)
    seen = provider.get(path_of("placements", made.placement_id))
    assert set(seen.json["person"]) == PROFILE
    assert seen.json["person"]["contact"] == "07700 900777"
    assert seen.json["person"]["age_band"] == "75-84"
    assert seen.json["person"]["goals"] == []
    everything = seen.text + provider.get("/placements").text
    assert "Quillfeather" in everything
    for hidden in ("9000000009", "900 000 0009", "Hidden Mews", "E8", "1950-02-01", made.practice.name):
        assert hidden not in everything


def test_a_restricted_persons_whereabouts_are_told_to_nobody(
    runtime: Runtime, place: MadePlace, provider: Person, link_worker: Person
) -> None:
    made = make_referral(runtime.db, place, patient=CANARY)
    with runtime.db.transaction(system("test")) as tx:
        details = people.get(tx, made.person_id, audit="test").details
        people.record_details(tx, made.person_id, details, audit="test", restricted=True)
    for_provider = provider.get(path_of("placements", made.placement_id))
    for_link_worker = link_worker.get(path_of("referrals", made.id))
    assert for_provider.json["person"]["contact"] is None
    assert for_provider.json["person"]["contact_through_team"] is True
    assert for_link_worker.json["person"]["restricted"] is True
    for hidden in ("07700 900777", "Hidden Mews", "E8 1EA"):
        assert hidden not in for_provider.text + for_link_worker.text


def test_a_provider_that_said_no_reads_no_more_about_the_person(
    runtime: Runtime, place: MadePlace, provider: Person
) -> None:
    made = make_referral(runtime.db, place, patient=CANARY)
    provider.post(path_of("placements", made.placement_id, "decline"), {"reason": "22"})
    seen = provider.get(path_of("placements", made.placement_id))
    everything = seen.text + provider.get("/placements").text
    assert seen.json["status"] == "declined"
    assert "Quillfeather" not in everything
    assert "07700 900777" not in everything
    assert "lunch" not in everything
    assert "company" not in everything


def test_what_a_provider_said_beside_its_reason_is_told_with_it(
    runtime: Runtime, place: MadePlace, link_worker: Person, provider: Person, sign_in: SignIn
) -> None:
    made = make_referral(runtime.db, place, services=(0, 1))
    told = Telling(said="The hall is shut.")
    delivery.decline(runtime.db, place.actor("provider-0"), made.placement_id, reason="99", told=told)
    own = provider.get(path_of("placements", made.placement_id)).json
    seen = link_worker.get(path_of("referrals", made.id)).json
    loop = sign_in("practice-0").get(path_of("loops", made.id)).json
    assert own["said"] == told.said
    assert [each["said"] for each in seen["placements"]] == [told.said, None]
    for timeline in (own["timeline"], seen["timeline"], loop["timeline"]):
        assert [each["said"] for each in timeline if each["action"] == "decline"] == [told.said]
    assert "hall" not in sign_in("provider-1").get("/placements").text


def test_fields_that_are_not_offered_are_refused(
    runtime: Runtime, place: MadePlace, provider: Person
) -> None:
    made = make_referral(runtime.db, place)
    body = {"reason": "22", "status": "completed", "provider_id": str(uuid4())}
    refused = provider.post(path_of("placements", made.placement_id, "decline"), body)
    assert refused.status_code == 422
    assert codes_by_field(refused) == {"status": "not-supported", "provider_id": "not-supported"}
    assert provider.get(path_of("placements", made.placement_id)).json["status"] == "offered"


def test_wrong_types_are_refused_every_one_at_once(
    runtime: Runtime, place: MadePlace, provider: Person
) -> None:
    made = make_referral(runtime.db, place)
    body = {"channel": "owl", "reached": "yes", "happened_on": 20260105, "minutes": "20", "note": ["a"]}
    refused = provider.post(path_of("placements", made.placement_id, "contacts"), body)
    assert refused.status_code == 422
    assert set(codes_by_field(refused)) == set(body)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("goal_before", True),
        ("goal_before", 2.0),
        ("goal_after", 11),
        ("summary", "a\x00b"),
        ("summary", "\ud800"),
        ("state", None),
        ("goal", "x" * 4001),
    ],
)
def test_values_of_an_outcome_are_taken_strictly(
    runtime: Runtime, place: MadePlace, provider: Person, field: str, value: object
) -> None:
    made = make_referral(runtime.db, place)
    body = completion(**{field: value})
    refused = provider.post(path_of("placements", made.placement_id, "complete"), body)
    assert refused.status_code == 422
    assert list(codes_by_field(refused)) == [f"outcome.{field}"]


def test_a_problem_deep_in_a_list_is_named_by_its_place(
    runtime: Runtime, place: MadePlace, provider: Person
) -> None:
    made = make_referral(runtime.db, place)
    body = completion()
    body["measures"][1]["answers"]["happy"] = "eight"
    refused = provider.post(path_of("placements", made.placement_id, "complete"), body)
    assert list(codes_by_field(refused)) == ["measures.1.answers.happy"]


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b'{"reason": "22"', "application/json", 400),
        (b'{"reason": "22", "reason": "40"}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"reason=22", "application/x-www-form-urlencoded", 415),
        (b"[]", "application/json", 422),
        (b"", "application/json", 400),
        (json.dumps({"reason": "x" * 1_100_000}).encode(), "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_in_the_same_shape(
    runtime: Runtime, place: MadePlace, provider: Person, body: bytes, media: str, status: int
) -> None:
    made = make_referral(runtime.db, place)
    path = V1 + path_of("placements", made.placement_id, "decline")
    answer = provider.http.post(path, data=body, content_type=media, headers=provider.headers)
    assert answer.status_code == status
    assert answer.json["error"]["status"] == status
    assert answer.json["error"]["sentence"]


@pytest.mark.parametrize("query", ["page=0", "page=one", "page=99999999999", "sort=name", "open=maybe"])
def test_a_query_that_makes_no_sense_is_refused(link_worker: Person, query: str) -> None:
    refused = link_worker.get(f"/referrals?{query}")
    assert refused.status_code == 422
    assert list(codes_by_field(refused)) == [query.partition("=")[0]]


def test_unknown_addresses_and_methods_are_answered_in_the_same_shape(http: FlaskClient) -> None:
    unknown = http.get(f"{V1}/nothing-here")
    assert (unknown.status_code, unknown.json["error"]["code"]) == (404, "not-found")
    wrong = http.delete(f"{V1}/me")
    assert (wrong.status_code, wrong.json["error"]["status"]) == (405, 405)
    assert "GET" in wrong.headers["Allow"]


def test_reads_are_audited_and_a_disclosure_says_so(
    runtime: Runtime, place: MadePlace, provider: Person, admin: Engine
) -> None:
    made = make_referral(runtime.db, place)
    provider.get(path_of("placements", made.placement_id))
    with admin.connect() as connection:
        query = "select count(*) from audit_event where act = 'disclose to provider' and person_id = %s"
        found = connection.exec_driver_sql(query, (made.person_id,)).scalar()
    assert found
