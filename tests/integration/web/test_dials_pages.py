"""How services stand, on pages: the provider's, its host's, the steward's, the link worker's, and behind links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.capacity import Dial
from app.domain.directory import Profile
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Service
from app.domain.vocabulary import Capacity
from app.runtime import Runtime
from app.services.directory import directory_entries
from app.services.feedback.carrying import Attempt, Result
from app.services.messages import links, mailing
from app.store import directory, listings, places
from tests.conftest import Clock
from tests.factories import MadePlace, make_referral
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page

SignIn = Callable[[str], Visitor]


def service_of(runtime: Runtime, service_id: UUID) -> Service:
    with runtime.db.transaction(system("test")) as tx:
        return directory.get_service(tx, service_id)


def link(runtime: Runtime, place: MadePlace, purpose: str) -> str:
    service = place.services[0]
    with runtime.db.transaction(system("test")) as tx:
        whole = links.make_link(
            tx, purpose=purpose, subject_id=service.id, organisation_id=service.provider_id, days=9
        )
    return whole.removeprefix("http://localhost")


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"capacity": "open"}, "Has places now"),
        ({"capacity": "limited", "weekly_limit": "3"}, "Takes 3 a week, 3 left"),
        ({"capacity": "waiting-list", "wait_weeks": "6"}, "Has a waiting list: about 6 weeks"),
        ({"capacity": "waiting-list", "wait_weeks": ""}, "Has a waiting list"),
        ({"capacity": "full", "full_until_day": "", "full_until_month": ""}, "Is full"),
        ({"capacity": "paused"}, "Has paused new referrals"),
    ],
)
def test_each_position_is_one_button(
    sign_in: SignIn, place: MadePlace, form: dict[str, str], says: str
) -> None:
    visitor, service = sign_in("provider-0"), place.services[0]
    answer = visitor.send(f"/services/{service.id}/dial", form, at="/services")
    assert answer.status_code == 303
    page = visitor.get("/services")
    assert f"Thank you. {service.name}: {says}." in page.text
    assert page.html.count('aria-current="true"') == 1


def test_full_until_a_day(sign_in: SignIn, place: MadePlace, runtime: Runtime, clock: Clock) -> None:
    day = clock.today + timedelta(days=40)
    form = {
        "capacity": "full",
        "full_until_day": day.day,
        "full_until_month": day.month,
        "full_until_year": day.year,
    }
    sign_in("provider-0").send(f"/services/{place.services[0].id}/dial", form, at="/services")
    assert service_of(runtime, place.services[0].id).full_until == day


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"capacity": "limited"}, "weekly_limit"),
        ({"capacity": "limited", "weekly_limit": "many"}, "weekly_limit"),
        ({"capacity": "waiting-list", "wait_weeks": "105"}, "wait_weeks"),
        (
            {"capacity": "full", "full_until_day": "31", "full_until_month": "2", "full_until_year": "2031"},
            "full_until_day",
        ),
        ({"capacity": "full", "full_until_day": "31"}, "full_until_day"),
        (
            {"capacity": "full", "full_until_day": "1", "full_until_month": "1", "full_until_year": "2020"},
            "full_until_day",
        ),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(
    sign_in: SignIn, place: MadePlace, runtime: Runtime, form: dict[str, str], field: str
) -> None:
    service = place.services[0]
    visitors = (sign_in("provider-0"), f"/services/{service.id}/dial", "/services")
    path = link(runtime, place, "dial")
    for visitor, address, at in (visitors, (sign_in("provider-1"), path, path)):
        answer = visitor.send(address, form, at=at)
        assert answer.status_code == 400
        page = read_page(answer)
        assert f'href="#{field}-{service.id}"' in page.html
        assert f"{field}-{service.id}" in page.ids
    assert service_of(runtime, service.id).capacity is Capacity.OPEN


def test_provider_has_its_own_services_and_those_it_enters_for(
    sign_in: SignIn, place: MadePlace, runtime: Runtime
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        places.record_profile(tx, Profile(place.providers[0].id, host_id=place.providers[1].id))
    page = sign_in("provider-1").get("/services")
    assert f"{place.providers[0].name}: you enter this for them" in page.text
    assert place.services[2].name not in page.text
    other = sign_in("provider-2")
    answer = other.send(f"/services/{place.services[0].id}/dial", {"capacity": "full"}, at="/services")
    assert answer.status_code == 403


def test_provider_without_services_reads_what_to_do(
    sign_in: SignIn, place: MadePlace, runtime: Runtime
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        listings.record_status(tx, place.services[0].id, listings.ServiceStatus.INACTIVE)
    assert "Nothing is listed for you yet" in sign_in("provider-0").get("/services").text


def test_provider_confirms_says_what_changed_and_asks_for_the_link(
    sign_in: SignIn, place: MadePlace, runtime: Runtime
) -> None:
    visitor, path = sign_in("provider-0"), f"/services/{place.services[0].id}"
    assert "E-mail me the link" not in visitor.get("/services").text
    with runtime.db.transaction(system("test")) as tx:
        places.record_profile(tx, Profile(place.providers[0].id, email="hello@example.org"))
    assert "nobody has confirmed this entry yet" in visitor.get("/services").text
    visitor.send(f"{path}/right", at="/services")
    assert "nobody has confirmed" not in visitor.get("/services").text
    empty = visitor.send(f"{path}/changed", {"words": " "}, at="/services")
    assert f'href="#words-{place.services[0].id}"' in empty.text
    visitor.send(f"{path}/changed", {"words": "Fridays <b>now</b>"}, at="/services")
    visitor.send(f"{path}/send-link", at="/services")
    assert "on its way to hello@example.org" in visitor.get("/services").text
    page = sign_in("steward").get("/entries")
    assert "Fridays <b>now</b>" in page.text
    assert "<b>" not in page.html


def test_steward_finds_a_service_and_turns_its_dial_for_whoever_rang(
    sign_in: SignIn, place: MadePlace, runtime: Runtime
) -> None:
    visitor, service = sign_in("steward"), place.services[1]
    assert "has “100%”" in visitor.get("/services?q=100%25").text
    page = visitor.get("/services?q=clapton")
    assert service.name in page.text
    assert place.services[0].name not in page.text
    visitor.send(f"/services/{service.id}/dial", {"capacity": "paused"}, at="/services?q=clapton")
    assert service_of(runtime, service.id).capacity is Capacity.PAUSED
    path = next(path for path in page.posts if path.endswith("/dial?q=clapton"))
    wrong = read_page(visitor.send(path, {"capacity": "limited"}, at="/services?q=clapton"))
    assert f"weekly_limit-{service.id}" in wrong.ids
    assert place.services[0].name not in wrong.text
    assert visitor.send(path, {"capacity": "open"}, at="/services").location == "/services?q=clapton"


@pytest.mark.parametrize("username", ["link-worker", "practice-0", "analyst"])
def test_dials_and_entries_are_not_everybodys(sign_in: SignIn, place: MadePlace, username: str) -> None:
    visitor = sign_in(username)
    for path in ("/services", "/entries"):
        page = visitor.get(path, status=403)
        assert page.headings == ["You cannot open this page"]
        assert place.services[0].name not in page.text


def test_entry_is_confirmed_behind_its_link_and_the_link_is_used_up(
    visitor: Visitor, place: MadePlace, runtime: Runtime, clock: Clock
) -> None:
    path = link(runtime, place, "still-right")
    page = visitor.get(path)
    assert place.services[0].name in page.text
    assert not page.visible_inputs - {"words"}
    answer = visitor.send(f"{path}/yes", at=path)
    assert "Thank you" in read_page(answer).text
    assert service_of(runtime, place.services[0].id).verified_on == clock.today
    visitor.get(path, status=404)


def test_change_told_behind_a_link_is_asked_for_again_when_it_is_empty(
    visitor: Visitor, sign_in: SignIn, place: MadePlace, runtime: Runtime
) -> None:
    path = link(runtime, place, "still-right")
    empty = visitor.send(f"{path}/changed", {"words": ""}, at=path)
    assert empty.status_code == 400
    assert 'href="#words"' in read_page(empty).html
    told = visitor.send(f"{path}/changed", {"words": "We have moved."}, at=path)
    assert told.status_code == 200
    steward = sign_in("steward")
    assert "We have moved." in steward.get("/entries").text
    assert "Look at the entries to check" in steward.get("/attention").text


def test_steward_rings_and_settles(sign_in: SignIn, place: MadePlace, admin: Engine) -> None:
    with admin.begin() as connection:
        connection.execute(text("update service set listed_at = listed_at - interval '200 days'"))
    visitor = sign_in("steward")
    page = visitor.get("/entries")
    assert "Please ring (3)" in page.text
    assert page.text.count("They have no e-mail") == 3
    for service in place.services:
        visitor.send(f"/entries/{service.id}/right", at="/entries")
    assert "Nothing waits for you" in visitor.get("/entries").text


def test_email_that_did_not_arrive_stands_on_the_stewards_page_until_it_is_seen_to(
    sign_in: SignIn, place: MadePlace, runtime: Runtime
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        for subject in ("First", "Second"):
            mailing.mail(
                tx,
                to="a@example.org",
                subject=subject,
                lines=["x"],
                purpose="test",
                organisation_id=place.providers[0].id,
            )
    mailing.send_due(runtime.db, lambda _: Attempt(Result.NEVER, error="smtp-550"))
    visitor = sign_in("steward")
    page = visitor.get("/attention")
    assert "2 e-mails" in page.text
    listed = visitor.get("/undelivered?kind=email")
    assert "The address was refused" in listed.text
    again = next(path for path in listed.posts if path.endswith("/send-again"))
    visitor.send(again, at="/undelivered")
    rest = next(path for path in visitor.get("/undelivered").links if path.endswith("/set-aside"))
    visitor.send(rest, {"reason": "test"})
    assert "/undelivered?kind=email" not in visitor.get("/attention").links
    assert mailing.send_due(runtime.db, lambda _: Attempt(Result.SENT)) == 1


def test_full_service_is_asked_on_the_page_only_with_a_reason(
    sign_in: SignIn, place: MadePlace, runtime: Runtime
) -> None:
    made, service = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE), place.services[0]
    path, visitor = f"/referrals/{made.id}/offer", sign_in("link-worker")
    assert "takes nobody now" not in visitor.get(path).text
    directory_entries.turn_dial(runtime.db, place.actor("provider-0"), service.id, Dial(Capacity.FULL))
    assert "takes nobody now" in visitor.get(f"{path}?also={service.id}").text
    refused = visitor.send(path, {"service_ids": str(service.id)})
    assert refused.status_code == 400
    page = read_page(refused)
    assert "is full, so it was not asked" in page.text
    assert "override" in page.visible_inputs
    accepted = visitor.send(path, {"service_ids": str(service.id), "override": "provider-agreed"})
    assert accepted.status_code == 303
    assert "The provider told me that they have a place" in visitor.get(f"/referrals/{made.id}").text


def test_waiting_list_is_told_before_somebody_is_asked(
    sign_in: SignIn, place: MadePlace, runtime: Runtime
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    waiting = replace(place.services[0], capacity=Capacity.WAITING_LIST, wait_weeks=30)
    with runtime.db.transaction(system("test")) as tx:
        listings.record_service(tx, waiting)
    page = sign_in("link-worker").get(f"/referrals/{made.id}/offer")
    assert "Has a waiting list: about 30 weeks" in page.text
