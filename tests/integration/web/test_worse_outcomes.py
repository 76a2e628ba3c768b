"""Where things are worse, nothing that whoever asked reads begins as if all were well."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.helping import delivery
from app.store.outcomes import Contact
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor
from tests.unit.letters.pdf import text_of

SignIn = Callable[[str], Visitor]
WORSE = "Please note: things are worse for the person."
FURTHER = "Please note: the person is further from their own goal than at the start."
ASKED = "No action was asked of you."
TALKS = "The link worker team was asked to talk with them."


@pytest.fixture
def ended(runtime: Runtime, place: MadePlace) -> Callable[..., MadeReferral]:
    """A referral that ended with an outcome."""

    def end(state: OutcomeState, **told: object) -> MadeReferral:
        made = make_referral(runtime.db, place)
        provider = place.provider_of(place.services[0].id)
        delivery.accept(runtime.db, provider, made.placement_id)
        spoken = Contact("phone", True, runtime.db.clock().date(), 20, "Rang.")
        delivery.record_contact(runtime.db, provider, made.placement_id, spoken)
        outcome = Outcome(state, "It was too loud for her.", **({"actions": ""} | told))  # type: ignore[arg-type]
        endings.complete(runtime.db, provider, made.placement_id, Ending(outcome))
        return made

    return end


@pytest.mark.parametrize(
    ("state", "goal", "news"),
    [
        (OutcomeState.WORSE, {}, WORSE),
        (OutcomeState.NO_CHANGE, {"goal": "Sleep", "goal_before": 6, "goal_after": 2}, FURTHER),
    ],
)
def test_the_letter_and_the_page_begin_with_it(
    state: OutcomeState,
    goal: dict[str, object],
    news: str,
    ended: Callable[..., MadeReferral],
    sign_in: SignIn,
) -> None:
    made = ended(state, **goal)
    practice, path = sign_in("practice-0"), f"/loops/{made.id}"
    letter = text_of(practice.client.get(f"{path}/letter").data)
    assert "No action needed" not in letter
    assert letter.index(news) < letter.index(ASKED) < letter.index("What was done")
    assert TALKS in letter
    page = practice.get(path).text
    assert "nothing for you to do" not in page
    assert page.index(news) < page.index(ASKED) < page.index("How it ended")


def test_what_the_practice_is_asked_to_do_still_comes_first(
    ended: Callable[..., MadeReferral], sign_in: SignIn
) -> None:
    made = ended(OutcomeState.WORSE, actions="Please ring her this week.")
    practice, path = sign_in("practice-0"), f"/loops/{made.id}"
    assert "For you to do: Please ring her this week." in practice.get(path).text
    letter = text_of(practice.client.get(f"{path}/letter").data)
    assert letter.index("Please ring her this week.") < letter.index("Things are worse for the person.")
    assert ASKED not in letter


def test_the_record_and_the_message_say_it_too(ended: Callable[..., MadeReferral], sign_in: SignIn) -> None:
    made = ended(OutcomeState.WORSE)
    record = sign_in("practice-0").client.get(f"/loops/{made.id}/record.json").text
    assert WORSE in record
    assert "No action needed" not in record


def test_where_things_are_not_worse_nothing_is_to_be_done(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    assert "There is nothing for you to do." in sign_in("practice-0").get(f"/loops/{made.id}").text
