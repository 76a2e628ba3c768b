"""A form that was opened before somebody else changed the case: told what changed, nothing typed lost, then saved."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest

from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import Need
from app.runtime import Runtime
from app.services.caring import ownership, triage
from app.services.helping import delivery
from app.services.shown import views
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.link_worker_day.test_contact_log import NOTE, answers
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page

SignIn = Callable[[str], Visitor]
CHANGED = "Something changed while this page was open"


def hidden(html: str) -> dict[str, str]:
    """What a form sends back by itself."""
    return dict(re.findall(r'<input type="hidden" name="(seen|once)" value="([^"]*)">', html))


def opened(visitor: Visitor, path: str) -> dict[str, str]:
    """Open a form; return what it sends by itself."""
    page = read_page(visitor.client.get(path))
    return hidden(page.html) | {"csrf_token": page.token}


def forms(clock: Clock, place: MadePlace) -> Mapping[str, tuple[dict[str, str], str]]:
    """Each form as it is filled in, and something typed that must still be there."""
    service = str(place.services[0].id)
    return {
        "contact": (answers(clock), NOTE),
        "needs": ({"needs": Need.MONEY_ADVICE}, f'value="{Need.MONEY_ADVICE}" checked'),
        "wishes": ({"days": "monday"}, 'value="monday" checked'),
        "offer": ({"service_ids": service, "brief": "Likes company."}, "Likes company."),
        "consent": ({"given": "yes"}, 'value="yes" checked'),
        "end": (
            {"reason": "moved-away", "outcome": "not-known", "summary": "Moved to Leeds."},
            "Moved to Leeds.",
        ),
    }


@pytest.mark.parametrize("form", ["contact", "needs", "wishes", "offer", "consent", "end"])
def test_stale_form_is_answered_with_what_changed_and_saved_when_it_is_sent_again(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock, form: str
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/{form}"
    seen = opened(visitor, path)
    clock.advance(minutes=1)
    colleague = place.actor("second-link-worker")
    triage.set_needs(runtime.db, colleague, made.id, needs=[Need.SOCIAL_CONNECTION], access=["step-free"])
    clock.advance(minutes=1)
    filled, kept = forms(clock, place)[form]
    first = visitor.client.post(path, data=filled | seen)
    assert first.status_code == 409
    assert CHANGED in first.text
    assert "The needs were changed." in first.text
    assert kept in first.text
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert (found.referral.access, found.contacts, found.placements) == (("step-free",), (), ())
    again = filled | hidden(first.text) | {"csrf_token": seen["csrf_token"]}
    assert visitor.client.post(path, data=again).location == f"/referrals/{made.id}"


def test_ones_own_changes_are_no_news(sign_in: SignIn, made: MadeReferral, clock: Clock) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    seen = opened(visitor, f"{path}/contact")
    clock.advance(minutes=1)
    visitor.send(f"{path}/needs", {"needs": Need.MONEY_ADVICE})
    clock.advance(minutes=1)
    assert visitor.client.post(f"{path}/contact", data=answers(clock) | seen).location == path


def test_looking_at_it_is_no_change(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    seen = opened(visitor, f"{path}/contact")
    clock.advance(minutes=1)
    colleague = sign_in("second-link-worker")
    for part in ("", "/hand-over", "/contact", "/needs", "/offer", "/look-again"):
        colleague.get(f"{path}{part}")
    assert visitor.client.post(f"{path}/contact", data=answers(clock) | seen).location == path
    ownership.hand_over(runtime.db, place.actor("second-link-worker"), made.id, None)
    stale = visitor.client.post(f"{path}/contact", data=answers(clock) | seen)
    assert "It was handed over." in stale.text


def test_what_a_provider_did_meanwhile_is_told(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    seen = opened(visitor, f"{path}/end")
    clock.advance(minutes=1)
    placement = views.get_referral(runtime.db, place.link_worker, made.id).placements[-1]
    delivery.accept(runtime.db, place.provider_of(placement.service_id), placement.id)
    filled, kept = forms(clock, place)["end"]
    stale = visitor.client.post(f"{path}/end", data=filled | seen)
    assert stale.status_code == 409
    assert "said yes." in stale.text
    assert kept in stale.text


@pytest.mark.parametrize("seen", ["", "yesterday", "2026-03-09", "0001-01-01T00:00:00+14:00"])
def test_nonsense_in_the_hidden_field_breaks_nothing(
    sign_in: SignIn, made: MadeReferral, clock: Clock, seen: str
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    answer = visitor.send(f"{path}/contact", answers(clock) | {"seen": seen})
    assert answer.status_code in (303, 409)


def test_form_of_another_teams_case_is_absent(sign_in: SignIn, made: MadeReferral, clock: Clock) -> None:
    stranger = sign_in("other-link-worker")
    form = answers(clock) | {"seen": "2020-01-01T00:00:00+00:00"}
    assert stranger.send(f"/referrals/{made.id}/contact", form, at="/referrals").status_code == 404
