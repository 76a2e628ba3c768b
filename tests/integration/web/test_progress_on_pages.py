"""Practice, link worker and steward see what the practice was told, and can send again what did not arrive."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.vocabulary import ProgressMessages
from app.runtime import Runtime
from app.services.feedback import carrying
from app.services.feedback.carrying import Attempt, Result
from app.services.helping import delivery
from tests.conftest import Clock, Woken
from tests.factories import MadePlace, MadeReferral, make_place, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def place(runtime: Runtime, clock: Clock) -> MadePlace:
    clock.advance(hours=-2)  # carriers go by the database's clock: what is due must not lie ahead of it
    return make_place(runtime.db, progress=ProgressMessages.ALL)


@pytest.fixture
def accepted(runtime: Runtime, place: MadePlace) -> MadeReferral:
    made = make_referral(runtime.db, place)
    assert made.placement_id is not None
    delivery.accept(runtime.db, place.provider_of(place.services[0].id), made.placement_id)
    return made


def fail_the_newest(runtime: Runtime, woken: Woken) -> None:
    carrying.deliver(runtime.db, woken.ids[-1], lambda _: Attempt(Result.NEVER, error="http-400"))


def test_practice_sees_each_message_and_how_far_it_got(sign_in: SignIn, accepted: MadeReferral) -> None:
    page = sign_in("practice-0").get(f"/loops/{accepted.id}")
    for words in ("What we told your system", "A provider said yes, ", "Ready to go"):
        assert words in page.text
    assert "Outcome of your referral" not in page.text
    assert not any("filed" in action for action in page.posts)


def test_link_worker_sends_news_again_that_did_not_arrive(
    sign_in: SignIn, runtime: Runtime, woken: Woken, accepted: MadeReferral
) -> None:
    fail_the_newest(runtime, woken)
    visitor, path = sign_in("link-worker"), f"/referrals/{accepted.id}"
    page = visitor.get(path)
    assert "Send the news again" in page.text
    assert "Whoever asked was not reached with news on the way" in page.text
    (action,) = [each for each in page.posts if each.endswith("/retry")]
    assert visitor.send(action, at=path).location == path
    assert "It is on its way again." in visitor.get(path).text


def test_steward_is_told_which_news_failed(
    sign_in: SignIn, runtime: Runtime, woken: Woken, accepted: MadeReferral
) -> None:
    fail_the_newest(runtime, woken)
    page = sign_in("steward").get("/attention").text
    assert "News that did not reach whoever asked (1)" in page
    assert "A provider said yes" in page
