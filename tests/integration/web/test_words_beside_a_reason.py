"""What a provider says beside a coded reason stands where the reason is shown, for those who may read it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.lifecycle import Telling
from app.runtime import Runtime
from app.services.helping import delivery
from app.store import placements
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
SAID = Telling(said="The hall is <b>shut</b> until May.")
SHOWN = "Another reason. In their words: The hall is <b>shut</b> until May"


@pytest.fixture
def declined(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral that the first provider declined in its own words; the second has the offer."""
    made = make_referral(runtime.db, place, services=(0, 1))
    provider = place.actor("provider-0")
    delivery.decline(runtime.db, provider, made.placement_id, reason="99", told=SAID)
    return made


def test_the_link_worker_reads_them_beside_the_provider_and_in_what_has_happened(
    sign_in: SignIn, declined: MadeReferral
) -> None:
    page = sign_in("link-worker").get(f"/referrals/{declined.id}")
    assert page.text.count(SHOWN) == 2
    assert "<b>shut" not in page.html


def test_who_said_them_reads_them_and_the_provider_that_is_asked_next_does_not(
    sign_in: SignIn, declined: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    first = sign_in("provider-0").get(f"/offers/{declined.placement_id}")
    assert SHOWN in first.text
    with runtime.db.transaction(place.actor("provider-1")) as tx:
        (offer,) = placements.list_page(tx, audit="test")[0]
    page = sign_in("provider-1").get(f"/offers/{offer.id}")
    assert "the hall" not in page.text.lower()


def test_words_without_a_code_stand_alone(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place)
    delivery.waitlist(runtime.db, place.actor("provider-0"), made.placement_id, told=SAID)
    page = sign_in("link-worker").get(f"/referrals/{made.id}")
    assert page.text.count("In their words: The hall is <b>shut</b> until May") == 2
    assert "Another reason" not in page.text
