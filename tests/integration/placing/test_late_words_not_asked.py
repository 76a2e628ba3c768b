"""After which ends nobody asks a group what came of its help, and takes no word of it either."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.access import system
from app.runtime import Runtime
from app.services.caring import endings, late_words
from app.services.helping import delivery
from app.store.outcomes import Contact
from tests.factories import MadePlace, MadeReferral, make_ending, make_referral
from tests.integration.placing.test_late_words import TOLD, page_of
from tests.integration.web.conftest import Visitor, sign_in

__all__ = ["sign_in"]
SignIn = Callable[[str], Visitor]
End = Callable[[Runtime, MadePlace, MadeReferral], None]


def taken_back(runtime: Runtime, place: MadePlace, made: MadeReferral) -> None:
    endings.withdraw(runtime.db, place.link_worker, made.id, reason="other")


def stopped_by_the_person(runtime: Runtime, place: MadePlace, made: MadeReferral) -> None:
    with runtime.db.transaction(system("test")) as tx:
        endings.end_for_person(tx, made.id)


def ended_by_the_group(runtime: Runtime, place: MadePlace, made: MadeReferral) -> None:
    today = runtime.db.clock().date()
    came = Contact("visit", True, today, 20, "Met.")
    delivery.record_contact(runtime.db, place.actor("provider-0"), made.placement_id, came)
    endings.complete(runtime.db, place.actor("provider-0"), made.placement_id, make_ending(today))


@pytest.mark.parametrize("end", [taken_back, stopped_by_the_person, ended_by_the_group])
def test_group_is_not_asked_and_what_it_sends_all_the_same_is_not_taken(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, end: End
) -> None:
    made = make_referral(runtime.db, place)
    delivery.accept(runtime.db, place.actor("provider-0"), made.placement_id)
    delivery.start(runtime.db, place.actor("provider-0"), made.placement_id)
    end(runtime, place, made)
    provider = sign_in("provider-0")
    assert "Say what came of it" not in provider.get(page_of(made)).text
    form = TOLD | {"csrf_token": provider.get("/offers").token}
    assert provider.client.post(f"{page_of(made)}/late-outcome", data=form).status_code == 409
    assert not late_words.list_for_referral(runtime.db, place.link_worker, made.id).told
