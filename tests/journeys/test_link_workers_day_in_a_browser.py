"""A link worker's day in a browser without JavaScript: counted actions, and every page checked for accessibility."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import contacts
from tests.conftest import Clock
from tests.factories import MadePlace, Patient, make_referral
from tests.journeys.test_loop_in_a_browser import Person, Screens, place, screens, site

__all__ = ["place", "screens", "site"]  # what the other journeys set up serves here too
INPUTS = "input:not([type=hidden]), select, textarea"


def keep_picture(person: Person, name: str) -> None:
    """Leave a picture where PICTURES says, for whoever wants to look at it."""
    folder = os.environ.get("PICTURES")
    if folder:
        width = (person.page.viewport_size or {}).get("width")
        person.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def groups_seen(person: Person) -> set[str]:
    """Names of the inputs of the page's own form that are seen at once; a group of radios counts once."""
    form = person.page.locator("main form[method=post]", has=person.page.locator("[name=note]"))
    return {
        field.get_attribute("name") or ""
        for field in form.locator(INPUTS).all()
        if field.evaluate("each => !each.closest('details:not([open])')")
    }


def test_no_answer_is_two_actions_and_a_contact_six_inputs_at_most(
    screens: Screens, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
    for _ in range(2):
        contacts.no_answer(runtime.db, place.link_worker, made.id, uuid4())
        clock.advance(hours=1)  # calls within one hour are one attempt
    worker = screens.sign_in("link-worker")
    keep_picture(worker, "today")
    for said in ("It comes back on your next working day.", "Calls within one hour count as one attempt."):
        worker.page.goto("/referrals")
        actions = 0
        for words in ("Adaeze Okonkwo", "No answer"):
            worker.click(words)
            actions += 1
        assert actions == 2
        assert "You wrote down that nobody answered." in worker.page.content()
        assert said in worker.page.content()
        log = contacts.read_log(runtime.db, place.link_worker, made.id)
        assert log.attempts.in_a_row == 3
    assert "No answer, 3 times in a row" in worker.page.content()
    keep_picture(worker, "three-attempts")

    clock.advance(minutes=1)
    worker.click("Write down a contact")
    seen = groups_seen(worker)
    assert seen == {"how", "with_whom", "came_of", "minutes", "note"}  # and the day, which stands there: six
    keep_picture(worker, "contact")
    worker.click("Save the contact")
    assert worker.page.title().startswith("Error: ")
    worker.page.get_by_label("Telephone", exact=True).check()
    worker.page.get_by_label("We spoke, or they answered").check()
    worker.page.get_by_label("Note", exact=True).fill("Better after four.")
    worker.click("Save the contact")
    assert "Better after four." in worker.page.content()
    assert "times in a row" not in worker.page.content()
    worker.page.get_by_role("button", name="Take back the contact of").last.click()
    assert "Taken back on" in worker.checked().content()
    keep_picture(worker, "history")


def test_today_leads_to_lists_and_somebody_is_found_in_two_actions(
    screens: Screens, runtime: Runtime, place: MadePlace
) -> None:
    for name in ("Okonkwo", "Łukasz"):
        make_referral(runtime.db, place, ReferralStatus.RECEIVED, patient=Patient(family=name))
    worker = screens.sign_in("link-worker")
    worker.click("2 New")
    assert "Adaeze Łukasz" in worker.page.content()
    worker.page.get_by_label("Whose").select_option("mine")
    worker.click("Show")
    assert "Nobody new is waiting" in worker.page.content()
    keep_picture(worker, "empty")
    worker.page.goto("/referrals")
    worker.click("Name")
    names = worker.page.locator("main table a").all_inner_texts()
    assert names == ["Adaeze Okonkwo", "Adaeze Łukasz"]

    worker.page.get_by_role("textbox", name="Find a person").fill("lukas")
    worker.page.get_by_role("textbox", name="Find a person").press("Enter")  # the first action
    worker.checked()
    assert "Found (1)" in worker.page.content()
    assert "ukas" not in worker.page.url
    keep_picture(worker, "search")
    worker.click("Adaeze Łukasz")  # the second
    assert worker.page.title().startswith("Referral BK-")
