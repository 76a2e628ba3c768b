"""What stops an offer at its real doors: a person to be asked first, a rule against it, places that are spoken for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from app.domain.capacity import Dial
from app.domain.lifecycle import ReferralStatus
from app.domain.sources import SourceKind
from app.domain.vocabulary import Capacity
from app.runtime import Runtime
from app.services.caring import triage
from app.services.directory import directory_entries
from app.services.helping import delivery
from app.services.incoming import self_referral
from app.services.shown import views
from app.store import placements
from app.store.sharing import add_not_yet
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace, MadeReferral, make_referral
from tests.integration.api_rest.people import V1, Person, codes_by_field
from tests.integration.sources.other_sources import add_source, make_asked
from tests.integration.web.conftest import Visitor

Refer = Callable[..., MadeReferral]
SPOKEN = "spoken-with-service"


@pytest.fixture
def worker(http: FlaskClient, place: MadePlace) -> Person:
    return _signed_in(http, "link-worker")


@pytest.fixture
def browser(app: Flask, place: MadePlace) -> Visitor:
    return Visitor(app.test_client()).sign_in("link-worker")


@pytest.fixture
def not_yet(runtime: Runtime, place: MadePlace) -> UUID:
    """Somebody on the telephone who said "not yet: ask me again when a service is found"."""
    add_source(runtime.db, place, SourceKind.SELF)
    asked = make_asked(agrees_to_sharing=False)
    taken = self_referral.enter(
        runtime.db,
        place.link_worker,
        asked,
        agreed_how="spoken-telephone",
        request_id=UUID(int=7),
    )
    triage.start(runtime.db, place.link_worker, taken.referral.id)
    return taken.referral.id


@pytest.fixture
def at_risk(runtime: Runtime, place: MadePlace, refer: Refer, admin: Engine) -> UUID:
    """Somebody with a safeguarding concern: every service of the place is run by volunteers."""
    made = refer(ReferralStatus.IN_TRIAGE)
    with admin.begin() as connection:
        connection.execute(text("update referral set safeguarding = true where id = :id"), {"id": made.id})
    return made.id


def _signed_in(http: FlaskClient, username: str) -> Person:
    answer = http.post(f"{V1}/sign-in", json={"username": username, "password": PASSWORD})
    return Person(http, answer.json["token"])


def ids_of(place: MadePlace, *numbers: int) -> list[str]:
    return [str(place.services[number].id) for number in numbers]


def turn(runtime: Runtime, place: MadePlace, number: int, dial: Dial, left: int | None = None) -> None:
    provider, service = place.actor(f"provider-{number}"), place.services[number]
    directory_entries.turn_dial(runtime.db, provider, service.id, dial, places_left=left)


def audited(admin: Engine, act: str) -> list[Any]:
    with admin.connect() as connection:
        found = connection.execute(text("select detail from audit_event where act = :act"), {"act": act})
        return list(found.scalars())


def test_who_said_not_yet_is_told_to_nobody_until_they_were_asked_again(
    worker: Person, place: MadePlace, not_yet: UUID, admin: Engine
) -> None:
    path, chosen = f"/referrals/{not_yet}/offers", {"service_ids": ids_of(place, 0)}
    assert worker.get(f"/referrals/{not_yet}/suggestions").json["ask_first"] is True
    refused = worker.post(path, chosen)
    assert (refused.status_code, codes_by_field(refused)) == (422, {"asked_again": "required"})
    assert "not yet" in refused.json["error"]["problems"][0]["sentence"]
    assert worker.post(path, chosen | {"asked_again": True}).status_code == 201
    with admin.connect() as connection:
        query = "select source, given, asked_by is not null from consent where kind = 'share-with-provider'"
        assert connection.execute(text(query)).all() == [("link-worker", True, True)]
    assert worker.get(f"/referrals/{not_yet}").json["ask_first"] is False


def test_page_asks_for_the_tick_and_keeps_what_was_typed(
    browser: Visitor, place: MadePlace, not_yet: UUID
) -> None:
    path = f"/referrals/{not_yet}/offer"
    assert "The person said “not yet”" in browser.get(path).text
    assert "Not yet. Ask them again when a service is found." in browser.get(f"/referrals/{not_yet}").text
    typed = {"service_ids": ids_of(place, 0), "brief": "Company near home.", "how": "in-turn"}
    refused = browser.send(path, typed)
    assert refused.status_code == 400
    assert "ask them again now that one is found" in refused.text
    assert "Company near home." in refused.text
    assert browser.send(path, typed | {"asked_again": "yes"}).status_code == 303


def test_no_stays_a_no_whatever_is_ticked(worker: Person, place: MadePlace, not_yet: UUID) -> None:
    assert worker.post(f"/referrals/{not_yet}/consent", {"given": False}).status_code == 204
    told = {"service_ids": ids_of(place, 0), "asked_again": True}
    assert worker.post(f"/referrals/{not_yet}/offers", told).status_code == 409


@pytest.mark.parametrize("kind", [SourceKind.COUNCIL, SourceKind.HOSPITAL])
def test_ask_them_before_a_service_is_told_stops_an_offer_from_any_source(
    browser: Visitor, app: Flask, runtime: Runtime, place: MadePlace, worker: Person, kind: SourceKind
) -> None:
    add_source(runtime.db, place, kind)
    asker = Visitor(app.test_client()).sign_in(kind.value)
    page = asker.get("/refer")
    form = {
        "family": "Okonkwo",
        "given": "Adaeze",
        "phone": "07700 900461",
        "words": "Company.",
        "agrees": "ask",
    }
    born = {"born_day": "4", "born_month": "3", "born_year": "1951"}
    request_id = next(each["value"] for each in page.inputs if each.get("name") == "request_id")
    sent = asker.send(
        "/refer", form | born | {"request_id": request_id, "step": "send", "needs": "social-connection"}
    )
    assert sent.status_code == 200, sent.text[:3000]
    (line,) = views.list_referrals(runtime.db, place.link_worker).lines
    triage.start(runtime.db, place.link_worker, line.id)
    refused = worker.post(f"/referrals/{line.id}/offers", {"service_ids": ids_of(place, 0)})
    assert codes_by_field(refused) == {"asked_again": "required"}


def test_message_that_tells_of_consent_is_offered_as_before(
    worker: Person, place: MadePlace, refer: Refer
) -> None:
    made = refer(ReferralStatus.IN_TRIAGE)
    told = {"service_ids": ids_of(place, 0)}
    assert worker.post(f"/referrals/{made.id}/offers", told).status_code == 201


def test_next_choice_is_not_asked_after_the_person_said_not_yet(
    runtime: Runtime, place: MadePlace, refer: Refer, clock: Clock
) -> None:
    made = refer(ReferralStatus.ACTIVE, services=(0, 1))
    clock.advance(minutes=5)
    with runtime.db.transaction(place.link_worker) as tx:
        add_not_yet(tx, person_id=made.person_id, referral_id=made.id, source="page", audit="test")
    delivery.decline(runtime.db, place.actor("provider-0"), made.placement_id, reason="22")
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert (found.referral.status, len(found.placements), found.plan) == ("in-triage", 1, ())


def test_rule_against_a_service_needs_a_reason_that_is_kept_and_audited(
    worker: Person, runtime: Runtime, place: MadePlace, at_risk: UUID, admin: Engine
) -> None:
    path, chosen = f"/referrals/{at_risk}/offers", ids_of(place, 0, 1)
    refused = worker.post(path, {"service_ids": chosen})
    assert refused.status_code == 422
    assert codes_by_field(refused) == {f"although.{each}": "required" for each in chosen}
    sentences = [each["sentence"] for each in refused.json["error"]["problems"]]
    assert all("this service is run by volunteers" in sentence for sentence in sentences)
    wrong = worker.post(path, {"service_ids": chosen[:1], "although": {chosen[0]: "because"}})
    assert wrong.status_code == 422
    told = {"service_ids": chosen[:1], "although": {chosen[0]: SPOKEN}}
    placement_id = worker.post(path, told).json["placement_id"]
    with runtime.db.transaction(place.link_worker) as tx:
        why = placements.get(tx, UUID(placement_id), audit="test").why
    assert (why.although, why.rules) == (SPOKEN, ("care", "assurance"))
    kept = {"service": chosen[0], "rules": "care,assurance", "reason": SPOKEN}
    assert audited(admin, "offer although unsuitable") == [kept]
    assert SPOKEN in str(worker.get(f"/referrals/{at_risk}").json["placements"])


def test_page_shows_the_rule_asks_why_and_loses_nothing(
    browser: Visitor, place: MadePlace, at_risk: UUID
) -> None:
    chosen, path = ids_of(place, 0)[0], f"/referrals/{at_risk}/offer"
    page = browser.get(f"{path}?also={chosen}")
    assert f"although-{chosen}" in page.ids
    typed = {"service_ids": [chosen], "brief": "Would like company."}
    refused = browser.send(path, typed, at=f"{path}?also={chosen}")
    assert refused.status_code == 400
    assert "or say why you ask it all the same" in refused.text
    assert f'href="#although-{chosen}"' in refused.text
    assert "Would like company." in refused.text
    typed[f"although-{chosen}"] = SPOKEN
    assert browser.send(path, typed, at=f"{path}?also={chosen}").status_code == 303
    assert "I have spoken with the service" in browser.get(f"/referrals/{at_risk}").text


def test_nobody_decides_that_a_protected_person_is_told_of_to_volunteers(
    worker: Person, browser: Visitor, place: MadePlace, at_risk: UUID, admin: Engine
) -> None:
    with admin.begin() as connection:
        connection.execute(text("update person set restricted = true"))
    (chosen,) = ids_of(place, 0)
    told = {"service_ids": [chosen], "although": {chosen: "person-insists"}}
    refused = worker.post(f"/referrals/{at_risk}/offers", told)
    assert codes_by_field(refused) == {"service_ids": "business-rule"}
    page = browser.get(f"/referrals/{at_risk}/offer?also={chosen}")
    assert "So it cannot be asked for this person." in page.text
    assert chosen not in {each.get("value") for each in page.inputs}


def test_next_choice_with_a_rule_against_it_since_is_passed_over(
    runtime: Runtime, place: MadePlace, refer: Refer, admin: Engine
) -> None:
    made = refer(ReferralStatus.ACTIVE, services=(0, 1))
    with admin.begin() as connection:
        connection.execute(text("update referral set safeguarding = true"))
    delivery.decline(runtime.db, place.actor("provider-0"), made.placement_id, reason="22")
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert (found.referral.status, len(found.placements)) == ("in-triage", 1)


def test_offers_that_wait_for_the_last_place_are_counted_and_told(
    worker: Person, browser: Visitor, runtime: Runtime, place: MadePlace, refer: Refer, admin: Engine
) -> None:
    refer(ReferralStatus.ACTIVE)
    turn(runtime, place, 0, Dial(Capacity.LIMITED, weekly_limit=1))
    made, (chosen,) = refer(ReferralStatus.IN_TRIAGE), ids_of(place, 0)
    told = "Takes 1 a week, 1 left, 1 asked already: its places may be gone before it answers"
    (seen,) = (
        each
        for each in worker.get(f"/referrals/{made.id}/suggestions").json["items"]
        if each["service_id"] == chosen
    )
    assert (seen["outstanding"], told in seen["warnings"]) == (1, True)
    assert told in browser.get(f"/referrals/{made.id}/offer").text
    refused = worker.post(f"/referrals/{made.id}/offers", {"service_ids": [chosen]})
    assert "1 left, 1 asked already, so it was not asked" in refused.json["error"]["problems"][0]["sentence"]
    asked = {"service_ids": [chosen], "override": "person-waits"}
    assert worker.post(f"/referrals/{made.id}/offers", asked).status_code == 201
    assert audited(admin, "offer although asked") == [{"service": chosen, "reason": "person-waits"}]


@pytest.fixture
def over(runtime: Runtime, place: MadePlace) -> UUID:
    """An offer to the first provider, which has no place left this week."""
    made = make_referral(runtime.db, place)
    turn(runtime, place, 0, Dial(Capacity.LIMITED, weekly_limit=1), left=0)
    assert made.placement_id
    return made.placement_id


def test_provider_is_told_that_a_yes_is_over_its_own_limit_and_may_say_it(
    http: FlaskClient, place: MadePlace, over: UUID, admin: Engine
) -> None:
    provider, path = _signed_in(http, "provider-0"), f"/placements/{over}/accept"
    refused = provider.post(path)
    assert (refused.status_code, codes_by_field(refused)) == (422, {"over_limit": "required"})
    assert "takes 1 a week, and no place is left" in refused.json["error"]["problems"][0]["sentence"]
    assert provider.get(f"/placements/{over}").json["status"] == "offered"
    assert provider.post(path, {"over_limit": True}).status_code == 204
    assert audited(admin, "accept over own limit") == [{"service": ids_of(place, 0)[0]}]


def test_providers_page_offers_the_waiting_list_or_a_yes_all_the_same(app: Flask, over: UUID) -> None:
    browser, path = Visitor(app.test_client()), f"/offers/{over}"
    browser.sign_in("provider-0")
    told = browser.send(f"{path}/accept", at=path)
    assert told.status_code == 409
    assert "takes 1 a week, and no place is left" in told.text
    assert f"{path}/waiting-list" in told.text
    assert browser.send(f"{path}/accept", {"over_limit": "yes"}, at=path).status_code == 303
    assert "Accepted" in browser.get(path).text
