"""What subscribers are told: every step that their search would find, in order, at least once, by ids alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from sqlalchemy import Engine, text

from app import jobs
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import triage
from app.services.helping import delivery
from app.services.systems import notifying
from fhir.checks import resource_problems
from fhir.xml_reading import load_xml
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_nhs_number
from tests.integration.api_fhir_rest.reader import matches
from tests.integration.api_fhir_subscription.receiver import Receiver
from tests.integration.api_fhir_subscription.subscriber import Subscriber
from tests.statements import statements

Refer = Callable[..., MadeReferral]


def offer(runtime: Runtime, place: MadePlace, made: MadeReferral, number: int = 0) -> Any:
    """Offer a referral in triage to a provider; return the placement's id and who answers."""
    service_id = place.services[number].id
    return triage.offer(runtime.db, place.link_worker, made.id, [service_id]), place.provider_of(service_id)


def test_every_step_of_a_referral_is_told_to_the_practice_that_asked(
    runtime: Runtime, subscriber: Subscriber, endpoint: Receiver, refer: Refer
) -> None:
    for criteria in ("ServiceRequest?", "Task?", "Communication?"):
        subscriber.subscribe(endpoint.url, criteria)
    made = refer(ReferralStatus.CLOSED)
    subscriber.sweep()
    told = endpoint.focuses
    for kind in ("Task", "Communication"):
        found = {f"{kind}/{each['id']}" for each in matches(subscriber.reader.search(kind))}
        assert found <= set(told), kind
    steps = matches(subscriber.reader.search("Provenance", {"_count": "100"}))
    assert told.count(f"ServiceRequest/{made.id}") == len(steps)


def test_a_notification_holds_ids_versions_and_times_and_nothing_of_a_person(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer, place: MadePlace
) -> None:
    subscription = subscriber.subscribe(endpoint.url, "ServiceRequest?")
    number = make_nhs_number()
    patient = Patient(nhs_number=number, family="Okonkwo", given="Adaeze")
    made = refer(ReferralStatus.CLOSED, patient=patient, words="Bereaved in the spring.")
    subscriber.sweep()
    (notification,) = endpoint.notifications
    assert notification.headers["Content-Type"] == "application/fhir+json"
    assert notification.bundle["type"] == "history"
    assert resource_problems(notification.bundle) == ()
    Bundle.model_validate(notification.bundle)
    base = "http://localhost/FHIR/R4"
    assert notification.status["subscription"] == f"{base}/Subscription/{subscription}"
    assert notification.status["status"] == "active"
    (entry,) = notification.bundle["entry"][1:]
    read = subscriber.reader.read(f"ServiceRequest/{made.id}")
    assert entry["fullUrl"] == f"{base}/ServiceRequest/{made.id}"
    assert entry["response"]["etag"] == f'W/"{read["meta"]["versionId"]}"'
    text_sent = notification.body.decode()
    for secret in (number, "Okonkwo", "Adaeze", "Bereaved", str(made.person_id), place.practices[0].name):
        assert secret not in text_sent


def test_steps_are_numbered_in_their_order_without_a_gap_over_all_calls(
    runtime: Runtime, place: MadePlace, subscriber: Subscriber, endpoint: Receiver, refer: Refer
) -> None:
    subscriber.subscribe(endpoint.url, "Task?")
    made = refer(ReferralStatus.IN_TRIAGE)
    subscriber.sweep()
    placement_id, provider = offer(runtime, place, made)
    subscriber.sweep()
    delivery.accept(runtime.db, provider, placement_id)
    subscriber.sweep()
    numbers = [int(event["event-number"]) for event in endpoint.events]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(endpoint.notifications) == 3
    assert endpoint.notifications[-1].status["events-since-subscription-start"] == str(numbers[-1])
    assert endpoint.focuses[-1] == f"Task/{placement_id}"


def test_a_status_that_has_passed_on_before_the_sweep_is_told_all_the_same(
    runtime: Runtime, place: MadePlace, subscriber: Subscriber, endpoint: Receiver, refer: Refer
) -> None:
    subscriber.subscribe(endpoint.url, "Task?status=accepted")
    made = refer(ReferralStatus.IN_TRIAGE)
    placement_id, provider = offer(runtime, place, made)
    delivery.accept(runtime.db, provider, placement_id)
    delivery.start(runtime.db, provider, placement_id)
    subscriber.sweep()
    assert subscriber.reader.read(f"Task/{placement_id}")["status"] == "in-progress"
    assert endpoint.focuses == [f"Task/{made.id}", f"Task/{placement_id}"]


@pytest.mark.parametrize(
    ("criteria", "told"),
    [
        ("Task?status=rejected", 1),
        ("Task?status:not=rejected", 4),
        ("Task?status=completed", 0),
        ("Task?owner=Organization/{provider}", 3),
        ("Task?owner=Organization/{stranger}", 0),
        ("Task?_id={referral}", 2),
        ("Task?based-on=ServiceRequest/{referral}&status=rejected", 1),
        ("Task?code=fulfill", 5),
        ("ServiceRequest?requester={practice}", 5),
        ("ServiceRequest?status=completed", 0),
        ("ServiceRequest", 5),
    ],
)
def test_only_what_the_criteria_find_is_told(
    runtime: Runtime,
    place: MadePlace,
    subscriber: Subscriber,
    endpoint: Receiver,
    refer: Refer,
    criteria: str,
    told: int,
) -> None:
    """Five steps: an offer of the referral and of the placement, opened, declined, and back to triage."""
    made = refer(ReferralStatus.IN_TRIAGE)
    known = {
        "provider": place.providers[0].id,
        "stranger": place.providers[2].id,
        "referral": made.id,
        "practice": place.practices[0].id,
    }
    subscriber.sweep()
    subscriber.subscribe(endpoint.url, criteria.format(**known))
    placement_id, provider = offer(runtime, place, made)
    delivery.open_offer(runtime.db, provider, placement_id)
    delivery.decline(runtime.db, provider, placement_id, reason="22")
    subscriber.sweep()
    assert len(endpoint.events) == told


def test_without_payload_the_endpoint_is_only_knocked_at(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer
) -> None:
    for payload in (None, ""):
        subscriber.subscribe(endpoint.url, "Task?", payload=payload)
    assert [each.body for each in endpoint.taken] == [b"", b""]
    refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    assert [each.body for each in endpoint.taken] == [b""] * 4
    assert all("Content-Type" not in each.headers for each in endpoint.taken)


def test_xml_is_sent_to_who_wants_xml(subscriber: Subscriber, endpoint: Receiver, refer: Refer) -> None:
    subscriber.subscribe(endpoint.url, "Task?", payload="application/fhir+xml")
    made = refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    bundle = load_xml(endpoint.taken[-1].body)
    assert resource_problems(bundle) == ()
    assert bundle["entry"][1]["fullUrl"].endswith(f"Task/{made.id}")


def test_an_empty_content_names_nothing(subscriber: Subscriber, endpoint: Receiver, refer: Refer) -> None:
    url = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content"
    extended = {"extension": [{"url": url, "valueCode": "empty"}]}
    made_id = subscriber.subscribe(endpoint.url, "Task?", _payload=extended)
    assert subscriber.read(made_id)["channel"]["_payload"] == extended
    made = refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    (notification,) = endpoint.notifications
    assert str(made.id) not in notification.body.decode()
    assert [set(event) for event in notification.events] == [{"event-number", "timestamp"}]


def test_nobody_is_told_of_another_practices_referrals(
    place: MadePlace, stranger: Subscriber, endpoint: Receiver, refer: Refer
) -> None:
    stranger.subscribe(endpoint.url, "ServiceRequest?")
    refer(ReferralStatus.CLOSED)
    stranger.sweep()
    assert endpoint.notifications == []
    own = refer(ReferralStatus.RECEIVED, practice=place.other_practice)
    stranger.sweep()
    assert endpoint.focuses == [f"ServiceRequest/{own.id}"]


def test_a_provider_is_told_of_its_own_placements_and_of_no_other_step(
    runtime: Runtime,
    place: MadePlace,
    subscriber_of: Callable[..., Subscriber],
    endpoint: Receiver,
    refer: Refer,
) -> None:
    provider = subscriber_of(bound_to=place.providers[1])
    for criteria in ("Task?", "ServiceRequest?", "Communication?"):
        provider.subscribe(endpoint.url, criteria)
    made = refer(ReferralStatus.IN_TRIAGE)
    first, first_provider = offer(runtime, place, made, 0)
    delivery.decline(runtime.db, first_provider, first, reason="22")
    provider.sweep()
    assert endpoint.notifications == []
    second, second_provider = offer(runtime, place, made, 1)
    delivery.accept(runtime.db, second_provider, second)
    provider.sweep()
    assert set(endpoint.focuses) == {f"Task/{second}", f"ServiceRequest/{made.id}"}
    assert len(endpoint.events) == 4


def test_a_teams_system_is_told_of_the_teams_referrals(
    place: MadePlace, subscriber_of: Callable[..., Subscriber], endpoint: Receiver, refer: Refer
) -> None:
    team = subscriber_of(bound_to=place.team)
    other = subscriber_of(bound_to=place.other_team)
    for each in (team, other):
        each.subscribe(endpoint.url, "ServiceRequest?")
    refer(ReferralStatus.RECEIVED)
    team.sweep()
    assert len(endpoint.events) == 1


def test_a_client_that_was_switched_off_gets_nothing_more(
    runtime: Runtime, subscriber: Subscriber, endpoint: Receiver, refer: Refer, admin: Engine
) -> None:
    subscriber.subscribe(endpoint.url)
    refer(ReferralStatus.RECEIVED)
    notifying.gather(runtime.db, "http://localhost/FHIR/R4")  # it waits already when the client leaves
    with admin.connect() as connection:
        connection.execute(text("update api_client set active = false"))
    refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    assert endpoint.notifications == []


def test_a_client_that_no_longer_speaks_for_the_practice_gets_nothing_more(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer, admin: Engine
) -> None:
    subscriber.subscribe(endpoint.url)
    with admin.connect() as connection:
        connection.execute(text("update api_client set practices = '{A81002}'"))
    refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    assert endpoint.notifications == []


def test_what_happens_before_the_endpoint_said_yes_is_told_as_soon_as_it_does(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer, clock: Clock
) -> None:
    endpoint.answer = 503
    subscription = subscriber.subscribe(endpoint.url)
    assert subscriber.read(subscription)["status"] == "requested"
    made = refer(ReferralStatus.RECEIVED)
    subscriber.sweep()
    endpoint.answer = 200
    clock.advance(minutes=1)
    subscriber.sweep()
    subscriber.sweep()
    assert subscriber.read(subscription)["status"] == "active"
    assert endpoint.focuses == [f"Task/{made.id}"]


def test_a_hundred_steps_at_most_go_in_one_call_and_the_rest_follows(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer
) -> None:
    subscriber.subscribe(endpoint.url, "ServiceRequest?")
    for _ in range(10):
        refer(ReferralStatus.CLOSED)
    for _ in range(3):
        subscriber.sweep()
    sizes = [len(each.events) for each in endpoint.notifications]
    numbers = [int(event["event-number"]) for event in endpoint.events]
    assert sizes[0] == 100
    assert len(sizes) == 2
    assert numbers == list(range(1, len(numbers) + 1))


def test_steps_from_before_the_subscription_are_not_told(
    subscriber: Subscriber, endpoint: Receiver, refer: Refer
) -> None:
    refer(ReferralStatus.CLOSED)
    subscriber.sweep()
    subscriber.subscribe(endpoint.url, "ServiceRequest?")
    subscriber.sweep()
    assert endpoint.notifications == []


def test_the_sweep_of_the_worker_tells_subscribers(
    runtime: Runtime, subscriber: Subscriber, endpoint: Receiver, refer: Refer
) -> None:
    subscriber.subscribe(endpoint.url)
    made = refer(ReferralStatus.RECEIVED)
    jobs.sweep(runtime)
    assert endpoint.focuses == [f"Task/{made.id}"]


@pytest.mark.parametrize("criteria", ["ServiceRequest?", "Task?", "Communication?"])
def test_many_steps_are_looked_at_with_as_many_queries_as_few(
    runtime: Runtime,
    subscriber: Subscriber,
    endpoint: Receiver,
    refer: Refer,
    app_engine: Engine,
    criteria: str,
) -> None:
    subscriber.subscribe(endpoint.url, criteria)
    costs = []
    for number in (1, 5):
        for _ in range(number):
            refer(ReferralStatus.CLOSED)
        with statements(app_engine) as sent:
            notifying.gather(runtime.db, "http://localhost/FHIR/R4")
        costs.append(len(sent))
    assert costs[1] == costs[0]
    subscriber.sweep()
    assert len(endpoint.events) >= 6
