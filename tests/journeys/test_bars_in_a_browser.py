"""What the issue counts: inputs and presses of an outcome and of a referral from the practice's own system."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.domain.lifecycle import PlacementStatus
from app.runtime import Runtime
from app.services.helping import delivery
from app.services.incoming import prefilled
from app.services.incoming.prefilled import Prefilled
from app.services.shown import views
from tests.factories import MadePlace, make_referral
from tests.journeys.test_loop_in_a_browser import Person, Screens, place, screens, site

__all__ = ["place", "screens", "site"]  # what the other journeys set up serves here too
_INPUTS = "main form[method=post] :is(input:not([type=hidden]), select, textarea)"
_PERSON = Prefilled(
    given="Odalys",
    family="Quillfeather",
    born_day="4",
    born_month="3",
    born_year="1951",
    gender="female",
    phone="07700 900461",
    postcode="E8 1EA",
    language="tr",
)


def seen_names(person: Person) -> set[str]:
    """Names of the inputs that are seen outside every fold; a group of radios counts once."""
    return {
        field.get_attribute("name") or ""
        for field in person.page.locator(_INPUTS).all()
        if field.evaluate("each => !each.closest('details:not([open])')")
    }


def test_an_outcome_is_five_inputs_and_two_presses(
    screens: Screens, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place)
    assert made.placement_id
    helper = place.provider_of(place.services[0].id)
    delivery.accept(runtime.db, helper, made.placement_id)
    delivery.start(runtime.db, helper, made.placement_id)
    provider = screens.sign_in("provider-0")
    provider.page.goto(f"/offers/{made.placement_id}")
    provider.click("Write the outcome")  # the first press
    assert len(seen_names(provider)) <= 5
    provider.page.get_by_label("Things are better for the person").check()
    provider.page.get_by_label("What was done").fill("Comes every week.")
    provider.click("Send the outcome")  # the second
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert found.outcome is not None
    assert [each.status for each in found.placements] == [PlacementStatus.COMPLETED]


def test_a_referral_from_the_practices_own_system_is_two_answers_and_two_presses(
    screens: Screens, runtime: Runtime, place: MadePlace
) -> None:
    address = prefilled.begin(runtime.db, place.actor("practice-0"), _PERSON)
    practice = screens.sign_in("practice-0")
    practice.page.goto(urlsplit(address).path)
    page = practice.checked()
    answers = 0
    page.get_by_label("Loneliness and social connection").check()
    answers += 1
    page.locator("[name=agrees][value=share]").check()
    answers += 1
    practice.click("Check what you wrote")  # the first press
    assert practice.page.locator("h1").inner_text() == "Check before you send"
    practice.click("Send it")  # the second
    assert answers == 2
    (line,) = views.list_referrals(runtime.db, place.link_worker).lines
    assert line.requester_name == place.practices[0].name
