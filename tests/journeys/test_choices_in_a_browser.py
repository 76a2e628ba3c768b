"""Somebody changes what they said of contact and of research, on their own page in a browser; their team sees it."""

from __future__ import annotations

from app.domain.access import system
from app.runtime import Runtime
from app.services.own import person_choices, person_links
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.journeys.both_ways import screens
from tests.journeys.test_loop_in_a_browser import Person, Screens, place, site

__all__ = ["place", "screens", "site"]  # what the other journeys set up serves here too


def at_own_page(screens: Screens, runtime: Runtime, made: MadeReferral) -> Person:
    """Somebody opens their own page by their link and the day on which they were born."""
    with runtime.db.transaction(system("test")) as tx:
        whose = {"person_id": made.person_id, "referral_id": made.id}
        path = person_links.make(tx, **whose, purpose="progress", days=30).removeprefix("http://localhost")
    person = screens.open()
    person.page.goto(path)
    for label, value in (("Day", "4"), ("Month", "3"), ("Year", "1951")):
        person.checked().get_by_label(label, exact=True).fill(value)
    person.click("Open")
    return person


def answer(person: Person, about: str, words: str) -> None:
    """Press yes or no beside a question, and save it."""
    form = person.page.locator(f"form[action$='/change/{about}']")
    form.get_by_label(words, exact=True).check()
    form.get_by_role("button").click()
    person.checked()


def test_contact_and_research_are_changed_and_the_team_sees_both(
    screens: Screens, runtime: Runtime, place: MadePlace
) -> None:
    # given somebody whom nobody asked about contact or research
    made = make_referral(runtime.db, place)
    person = at_own_page(screens, runtime, made)
    person.click("Change my mind")
    assert "You have not said yes, so research does not use it." in person.page.content()
    # when they send a form without an answer, it says so and keeps the page
    person.page.locator("form[action$='/change/contact']").get_by_role("button").click()
    assert person.checked().title().startswith("Error: ")
    # when they say yes to texts alone, and yes to research, and then take the last back
    person.page.locator("form[action$='/change/contact']").get_by_label("Text message").check()
    answer(person, "contact", "Yes")
    assert "We get in touch in the ways that you chose." in person.page.content()
    answer(person, "research", "Yes")
    assert person_choices.find(runtime.db, place.link_worker, made.id).stands.research
    answer(person, "research", "No")
    assert "Research does not use what happened." in person.page.content()
    # then their team sees every word of theirs
    stands = person_choices.find(runtime.db, place.link_worker, made.id).stands
    assert not stands.research
    assert stands.contact is not None
    worker = screens.sign_in("link-worker")
    worker.page.goto(f"/referrals/{made.id}/choices")
    assert "by text message" in worker.checked().locator("main").inner_text().lower()
    assert "on their own page" in worker.page.content()
