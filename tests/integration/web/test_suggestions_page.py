"""What a link worker reads before deciding: reasons with their weight, cautions, and why others do not fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.domain.access import system
from app.domain.directory_words import Weekday
from app.domain.lifecycle import ReferralStatus
from app.domain.routing_values import Wishes
from app.domain.vocabulary import Capacity
from app.runtime import Runtime
from app.services.caring import triage
from app.store import listings
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def triaged(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral that a link worker has taken on, in a place where one service has paused."""
    with runtime.db.transaction(system("set-up")) as tx:
        listings.record_service(tx, replace(place.services[2], capacity=Capacity.PAUSED))
    return make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)


def test_page_shows_reasons_with_their_weight_and_why_others_do_not_fit(
    sign_in: SignIn, triaged: MadeReferral
) -> None:
    text = sign_in("link-worker").get(f"/referrals/{triaged.id}/offer").text
    assert "2 of 3 services fit" in text
    assert "Helps with loneliness and social connection +40" in text
    assert "Check: Nobody has confirmed this entry yet: ring first −5" in text
    assert "Services that do not fit, and why: 1 Take nobody now: 1" in text
    assert "Council Walks: Has paused new referrals." in text


def test_reasons_can_be_read_again_after_the_decision(
    sign_in: SignIn, place: MadePlace, triaged: MadeReferral
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{triaged.id}"
    assert "Why this one" not in visitor.get(path).text
    chosen = {"service_ids": [str(place.services[0].id)]}
    assert visitor.send(f"{path}/offer", chosen).status_code == 303
    text = visitor.get(path).text
    assert "Why this one" in text
    assert "of 2 that fitted; 1 did not." in text
    assert "Why this one" not in sign_in("provider-0").get("/offers").text


def test_wishes_are_written_and_shown_again(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, triaged: MadeReferral
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{triaged.id}"
    assert f"{path}/wishes" in visitor.get(f"{path}/offer").links
    typed = {"days": ["tuesday", "friday"], "led_by": ["carers"], "also": ["near"]}
    assert visitor.send(f"{path}/wishes", typed).location == path
    told = triage.get_wishes(runtime.db, place.link_worker, triaged.id)
    assert told == Wishes((Weekday.TUESDAY, Weekday.FRIDAY), (), ("carers",), near=True)
    shown = visitor.get(f"{path}/wishes").inputs
    ticked = {given["value"] for given in shown if "checked" in given}
    assert ticked == {"tuesday", "friday", "carers", "near"}


def test_wishes_that_are_not_of_the_list_are_refused_beside_their_field(
    sign_in: SignIn, triaged: MadeReferral
) -> None:
    answer = sign_in("link-worker").send(f"/referrals/{triaged.id}/wishes", {"days": ["someday"]})
    assert "Choose days from the list." in answer.text
