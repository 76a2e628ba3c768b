"""Subscriptions over HTTP: asked for, read, searched, changed, given up; what is not served is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fhir.resources.R4B.subscription import Subscription
from sqlalchemy import Engine, text

from app.domain.referral import Organisation
from fhir.checks import resource_problems
from fhir.xml_reading import load_xml
from fhir.xml_writing import to_xml
from tests.conftest import Clock
from tests.factories import MadePlace
from tests.integration.api_fhir_rest.reader import Json, ids_of, link, matches, refusals
from tests.integration.api_fhir_subscription.receiver import Receiver
from tests.integration.api_fhir_subscription.subscriber import SCOPES, Subscriber, wish

URL = "https://127.0.0.1:9/hook"
SECRET = "Bearer very-secret-token"
NOWHERE = "Subscription/00000000-0000-4000-8000-000000000000"


def places(answer: Any, status: int) -> list[str]:
    """Where the problems of a refusal are."""
    assert answer.status_code == status, answer.text
    return [each.get("expression", [""])[0] for each in answer.get_json(force=True)["issue"]]


def test_a_new_one_is_requested_and_active_once_its_endpoint_has_said_yes(
    subscriber: Subscriber, endpoint: Receiver
) -> None:
    answer = subscriber.ask(wish(endpoint.url, header=[f"Authorization: {SECRET}"]))
    assert answer.status_code == 201
    assert answer.json["status"] == "requested"
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Location"].endswith(f"/Subscription/{answer.json['id']}/_history/1")
    assert endpoint.taken == []
    subscriber.sweep()
    (handshake,) = endpoint.taken
    assert handshake.status["type"] == "handshake"
    assert handshake.headers["Authorization"] == SECRET
    assert resource_problems(handshake.bundle) == ()
    found = subscriber.read(answer.json["id"])
    assert found["status"] == "active"
    assert "error" not in found
    Subscription.model_validate(found)


def test_secrets_of_the_endpoint_are_sealed_and_never_shown(
    subscriber: Subscriber, endpoint: Receiver, admin: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"{endpoint.url}?token=in-the-address"
    made = subscriber.subscribe(url, header=[f"Authorization: {SECRET}", "X-Api-Key: another-secret"])
    found = subscriber.read(made)
    assert found["channel"]["header"] == ["Authorization: ********", "X-Api-Key: ********"]
    assert found["channel"]["endpoint"] == url
    with admin.connect() as connection:
        rows = str(connection.execute(text("select * from subscription")).mappings().one())
        audit = str(connection.execute(text("select * from audit_event")).mappings().all())
    for secret in ("very-secret-token", "another-secret", "in-the-address"):
        assert secret not in rows
        assert secret not in audit
        assert secret not in str([vars(record) for record in caplog.records])


def test_a_header_sent_back_masked_stays_and_a_new_value_takes_its_place(
    subscriber: Subscriber, endpoint: Receiver
) -> None:
    made = subscriber.subscribe(endpoint.url, header=[f"Authorization: {SECRET}", "X-Api-Key: old"])
    answer = subscriber.change(
        made, channel={"header": ["Authorization: ********", "X-Api-Key: rotated"]}, reason="Another"
    )
    assert answer.status_code == 200, answer.text
    assert answer.json["reason"] == "Another"
    subscriber.sweep()
    headers = endpoint.taken[-1].headers
    assert (headers["Authorization"], headers["X-Api-Key"]) == (SECRET, "rotated")
    unknown = subscriber.change(made, channel={"header": ["X-Other: ********"]})
    assert places(unknown, 422) == ["Subscription.channel.header[0]"]


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"criteria": "Patient?name=x"}, "criteria"),
        ({"criteria": "Observation?code=http://loinc.org|1975-2"}, "criteria"),
        ({"criteria": "http://example.org/SubscriptionTopic/referrals"}, "criteria"),
        ({"criteria": "Task?colour=blue"}, "criteria"),
        ({"criteria": "Task?status=banana"}, "criteria"),
        ({"criteria": "Task?_include=Task:patient"}, "criteria"),
        ({"criteria": "Task?_count=3"}, "criteria"),
        ({"criteria": "Task?patient=Patient/nobody"}, "criteria"),
        ({"criteria": "Task?patient:identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018"}, "criteria"),
        ({"criteria": "Task?patient=9990000018"}, "criteria"),
        ({"criteria": "ServiceRequest?identifier=REF-1"}, "criteria"),
        ({"criteria": "Task?status=" + "rejected," * 300}, "criteria"),
        ({"type": "websocket"}, "channel.type"),
        ({"type": "email"}, "channel.type"),
        ({"endpoint": None}, "channel.endpoint"),
        ({"payload": "text/plain"}, "channel.payload"),
        ({"payload": "application/fhir+json;full"}, "channel.payload"),
        ({"payload": "application/fhir+json; content=full-resource"}, "channel.payload"),
        ({"status": "error"}, "status"),
        ({"end": "2020-01-01T00:00:00Z"}, "end"),
        ({"header": ["Host: internal.example"]}, "channel.header[0]"),
        ({"header": ["Content-Length: 0"]}, "channel.header[0]"),
        ({"header": ["X-Forwarded-For: 10.0.0.1"]}, "channel.header[0]"),
        ({"header": ["Authorization: a\r\nHost: b"]}, "channel.header[0]"),
        ({"header": ["Authorization: caf\u00e9"]}, "channel.header[0]"),
        ({"header": ["no colon"]}, "channel.header[0]"),
        ({"header": ["X-Key: 1", "x-key: 2"]}, "channel.header[1]"),
        ({"header": [f"X-Key-{number}: 1" for number in range(11)]}, "channel.header"),
        (
            {
                "_payload": {
                    "extension": [
                        {
                            "url": "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
                            "backport-payload-content",
                            "valueCode": "full-resource",
                        }
                    ]
                }
            },
            "channel.payload",
        ),
    ],
)
def test_what_is_not_served_is_refused_where_it_stands(
    subscriber: Subscriber, admin: Engine, changes: Json, at: str
) -> None:
    answer = subscriber.ask(wish(URL, **changes))
    assert places(answer, 422) == [f"Subscription.{at}"]
    assert "9990000018" not in answer.text
    with admin.connect() as connection:
        assert connection.execute(text("select count(*) from subscription")).scalar() == 0


def test_everything_wrong_is_told_at_once(subscriber: Subscriber) -> None:
    answer = subscriber.ask(wish("https://u:p@127.0.0.1/", "Patient?", type="sms", header=["Host: x"]))
    expected = ["channel.type", "channel.header[0]", "criteria", "channel.endpoint"]
    assert sorted(places(answer, 422)) == sorted(f"Subscription.{each}" for each in expected)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"resourceType": "Subscription"}, 400),
        ({"resourceType": "Patient"}, 400),
        (b"{", 400),
        (b"[]", 400),
        (wish(URL) | {"status": "banana"}, 400),
        (wish(URL) | {"end": "tomorrow"}, 400),
        (wish(URL) | {"colour": "blue"}, 400),
        (wish(URL) | {"channel": []}, 400),
        (wish(URL) | {"criteria": 7}, 400),
    ],
)
def test_what_is_no_subscription_of_r4_is_refused(subscriber: Subscriber, body: Any, status: int) -> None:
    assert refusals(subscriber.ask(body), status)


def test_one_is_taken_in_xml_and_given_back_in_xml(subscriber: Subscriber, endpoint: Receiver) -> None:
    media = "application/fhir+xml"
    raw = to_xml(wish(endpoint.url, header=["X-Key: abc"]))
    answer = subscriber.ask(raw, Content_Type=media, Accept=media)
    assert answer.status_code == 201
    assert load_xml(answer.data)["channel"]["header"] == ["X-Key: ********"]


def test_its_owner_finds_its_own(subscriber: Subscriber, endpoint: Receiver) -> None:
    first, second = (
        subscriber.subscribe(endpoint.url, criteria) for criteria in ("Task?", "ServiceRequest?")
    )
    off = subscriber.subscribe(endpoint.url, status="off")
    reader = subscriber.reader
    assert set(reader.ids("Subscription")) == {first, second, off}
    assert set(reader.ids("Subscription", {"status": "active"})) == {first, second}
    assert reader.ids("Subscription", {"status:not": "active"}) == [off]
    assert reader.ids("Subscription", {"_id": second}) == [second]
    assert reader.ids("Subscription", {"_lastUpdated": "lt2020-01-01"}) == []
    assert reader.search("Subscription", {"_summary": "count"})["total"] == 3
    page = reader.search("Subscription", {"_count": "2"})
    assert page["total"] == 3
    following = reader.follow(link(page, "next") or "")
    assert sorted(ids_of(page) + ids_of(following)) == sorted([first, second, off])
    assert link(following, "next") is None
    posted = reader.post("Subscription/_search", {"_id": first})
    assert ids_of(posted.json) == [first]


def test_a_foreign_one_is_absent(subscriber: Subscriber, stranger: Subscriber, endpoint: Receiver) -> None:
    made = subscriber.subscribe(endpoint.url)
    address = f"Subscription/{made}"
    body = wish(endpoint.url, id=made)
    absent = [stranger.send("GET", NOWHERE).json, stranger.send("GET", address).json]
    assert absent[0] == absent[1]
    assert refusals(stranger.send("PUT", address, body), 404)
    assert refusals(stranger.send("DELETE", address), 404)
    assert stranger.reader.ids("Subscription") == []
    assert subscriber.read(made)["status"] == "active"


def test_a_change_needs_the_version_that_is_there_when_it_names_one(
    subscriber: Subscriber, endpoint: Receiver
) -> None:
    made = subscriber.subscribe(endpoint.url)
    found = subscriber.send("GET", f"Subscription/{made}")
    body = found.json | {"status": "off"}
    assert refusals(subscriber.send("PUT", f"Subscription/{made}", body, If_Match='W/"1"'), 412)
    taken = subscriber.send("PUT", f"Subscription/{made}", body, If_Match=found.headers["ETag"])
    assert (taken.status_code, taken.json["status"]) == (200, "off")
    assert refusals(subscriber.send("DELETE", f"Subscription/{made}", If_Match='W/"1"'), 412)
    for known in ("If_None_Match", "ETag"), ("If_Modified_Since", "Last-Modified"):
        asked = {known[0]: taken.headers[known[1]]}
        assert subscriber.send("GET", f"Subscription/{made}", **asked).status_code == 304


def test_only_the_present_version_is_kept(subscriber: Subscriber, endpoint: Receiver) -> None:
    made = subscriber.subscribe(endpoint.url)
    version = subscriber.read(made)["meta"]["versionId"]
    assert subscriber.reader.read(f"Subscription/{made}/_history/{version}")["id"] == made
    assert refusals(subscriber.send("GET", f"Subscription/{made}/_history/1"), 404)


def test_the_id_of_the_body_must_be_that_of_the_address(subscriber: Subscriber, endpoint: Receiver) -> None:
    made = subscriber.subscribe(endpoint.url)
    for other in (None, "another"):
        answer = subscriber.send("PUT", f"Subscription/{made}", wish(endpoint.url, id=other))
        assert places(answer, 400) == ["Subscription.id"]


def test_given_up_it_is_gone_and_nothing_is_told_any_more(subscriber: Subscriber, endpoint: Receiver) -> None:
    made = subscriber.subscribe(endpoint.url)
    answer = subscriber.send("DELETE", f"Subscription/{made}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert refusals(subscriber.send("GET", f"Subscription/{made}"), 404)
    assert refusals(subscriber.send("DELETE", f"Subscription/{made}"), 404)


@pytest.mark.parametrize(
    "id", ["x", "0" * 36, "a" * 300, "%00", "..%2F..", "00000000000040008000000000000000"]
)
def test_an_id_that_cannot_be_one_is_absent(subscriber: Subscriber, id: str) -> None:
    assert refusals(subscriber.send("GET", f"Subscription/{id}"), 404)


def test_an_organisation_has_twenty_at_most(
    subscriber: Subscriber, stranger: Subscriber, endpoint: Receiver
) -> None:
    for _ in range(20):
        assert subscriber.ask(wish(endpoint.url)).status_code == 201
    assert "20" in refusals(subscriber.ask(wish(endpoint.url)), 409)[0]
    assert stranger.ask(wish(endpoint.url)).status_code == 201


def test_at_its_end_it_is_off(
    subscriber: Subscriber,
    subscriber_of: Callable[..., Subscriber],
    place: MadePlace,
    endpoint: Receiver,
    clock: Clock,
) -> None:
    ends_at = (clock() + timedelta(hours=1)).isoformat()
    made = subscriber.subscribe(endpoint.url, end=ends_at)
    assert subscriber.read(made)["end"] == ends_at
    clock.advance(hours=2)
    subscriber.sweep()
    again = subscriber_of(place.practices[0])  # the first one's token has ended too
    assert again.read(made)["status"] == "off"


@pytest.mark.parametrize(
    ("method", "letter", "body"),
    [("POST", "c", True), ("PUT", "u", True), ("DELETE", "d", False), ("GET", "r", False)],
)
def test_each_interaction_asks_for_its_own_scope(
    subscriber: Subscriber,
    subscriber_of: Callable[..., Subscriber],
    place: MadePlace,
    method: str,
    letter: str,
    body: bool,
) -> None:
    others = "".join(each for each in "cruds" if each != letter)
    lacking = subscriber_of(place.practices[0], scopes=("referral.read", f"system/Subscription.{others}"))
    if letter == "r":  # referral.read would give it
        lacking = subscriber_of(
            place.practices[0], scopes=("system/Task.rs", f"system/Subscription.{others}")
        )
    made = str(subscriber.ask(wish(URL)).json["id"])
    path = "Subscription" if method == "POST" else f"Subscription/{made}"
    answer = lacking.send(method, path, wish(URL, id=made) if body else None)
    assert f"system/Subscription.{letter}" in refusals(answer, 403)[0]


def test_who_may_not_search_a_type_is_not_told_of_it(
    subscriber_of: Callable[..., Subscriber], place: MadePlace
) -> None:
    narrow = subscriber_of(place.practices[0], scopes=("system/Subscription.cruds", "system/Task.rs"))
    assert narrow.ask(wish(URL, "Task?")).status_code == 201
    assert "system/ServiceRequest.s" in refusals(narrow.ask(wish(URL, "ServiceRequest?")), 403)[0]


def test_a_system_of_several_practices_says_for_which(
    subscriber_of: Callable[..., Subscriber], place: MadePlace
) -> None:
    vendor = subscriber_of(*place.practices, scopes=SCOPES)
    assert "NHSD-End-User-Organisation" in refusals(vendor.ask(wish(URL)), 400)[0]


def test_every_write_leaves_a_line_in_the_audit(
    subscriber: Subscriber, endpoint: Receiver, admin: Engine, place: MadePlace
) -> None:
    made = subscriber.subscribe(endpoint.url)
    subscriber.change(made, status="off")
    subscriber.send("DELETE", f"Subscription/{made}")
    query = text("select distinct act, organisation_id from audit_event where subject_id = :id")
    with admin.connect() as connection:
        found = {(row.act, row.organisation_id) for row in connection.execute(query, {"id": made})}
    acts = ("create subscription", "update subscription", "delete subscription")
    practice: Organisation = place.practices[0]
    assert {(act, practice.id) for act in acts} <= found


def test_the_capability_statement_tells_of_it(subscriber: Subscriber) -> None:
    (rest,) = subscriber.send("GET", "metadata").json["rest"]
    (told,) = (each for each in rest["resource"] if each["type"] == "Subscription")
    codes = {each["code"] for each in told["interaction"]}
    assert codes == {"create", "read", "vread", "update", "delete", "search-type"}
    assert {each["name"] for each in told["searchParam"]} >= {"_id", "_lastUpdated", "status"}


def test_unknown_parameters_are_named_or_refused(subscriber: Subscriber) -> None:
    lenient = subscriber.reader.search("Subscription", {"colour": "blue"})
    assert matches(lenient, "outcome")
    strict = subscriber.reader.get("Subscription", {"colour": "blue"}, Prefer="handling=strict")
    assert refusals(strict, 400)
