"""A group without an account tells by a safe link what came of help that had been ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.late_words import DAYS
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings, late_words
from app.services.caring.endings import Ending
from app.services.helping import delivery
from app.services.rights import consent
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.safe_links.conftest import AddHelper, Helper, Post

NewHelper = Callable[[], Helper]
TOLD = {"outcome": "better", "words": "Came to the lunch club all summer."}


@pytest.fixture
def helped(runtime: Runtime, place: MadePlace, add_helper: AddHelper, post: Post) -> MadeReferral:
    """Help by a group with a helper, which the link worker has ended; all earlier post is taken."""
    add_helper()
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.actor("provider-0"), made.placement_id)
    unknown = Outcome(OutcomeState.NOT_KNOWN, "", "")
    endings.end_early(runtime.db, place.link_worker, made.id, Ending(unknown, reason="moved-away"))
    post.take()
    return made


def send_link(sign_in: Callable[[str], Helper], made: MadeReferral) -> int:
    page = f"/referrals/{made.id}"
    path = f"{page}/offers/{made.placement_id}/safe-link"
    return sign_in("link-worker").send(path, at=page).status_code


def test_link_opens_the_ended_offer_to_say_what_came_of_it(
    sign_in: Callable[[str], Helper],
    runtime: Runtime,
    place: MadePlace,
    helped: MadeReferral,
    post: Post,
    helper: NewHelper,
) -> None:
    assert send_link(sign_in, helped) == 303
    inside, page = helper().come_in(post.link()), f"/offers/{helped.placement_id}"
    assert "no longer with you" in inside.get(page).text
    assert inside.send(f"{page}/late-outcome", TOLD).location == page
    (told,) = late_words.list_for_referral(runtime.db, place.link_worker, helped.id).told
    assert (told.named, told.words) == ("Sam Lee", TOLD["words"])


def test_visit_ends_with_the_days_on_which_it_can_be_told(
    sign_in: Callable[[str], Helper], helped: MadeReferral, post: Post, helper: NewHelper, clock: Clock
) -> None:
    clock.advance(days=DAYS)
    send_link(sign_in, helped)
    inside = helper().come_in(post.link())
    clock.set(clock.today, hour=23)  # in winter and summer: tomorrow in London within the visit's half hour
    clock.advance(minutes=61)
    assert inside.client.get(f"/offers/{helped.placement_id}").status_code != 200
    assert send_link(sign_in, helped) == 409


def test_persons_no_ends_the_link_as_ever(
    sign_in: Callable[[str], Helper],
    runtime: Runtime,
    place: MadePlace,
    helped: MadeReferral,
    post: Post,
    helper: NewHelper,
) -> None:
    send_link(sign_in, helped)
    inside = helper().come_in(post.link())
    endings.reopen(runtime.db, place.link_worker, helped.id, reason="person-returned")
    assert inside.client.get(f"/offers/{helped.placement_id}").status_code == 200
    consent.record(runtime.db, place.link_worker, helped.id, given=False)
    assert inside.client.get(f"/offers/{helped.placement_id}").status_code != 200
