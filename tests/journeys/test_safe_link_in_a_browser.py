"""A group without an account, in a browser without JavaScript: from the e-mail to the outcome; and the steward."""

from __future__ import annotations

import re

from app.runtime import Runtime
from tests.by_link import CODE_TO, LINK_TO, add_helper, path_in, take_post
from tests.factories import MadePlace, make_referral
from tests.journeys import test_loop_in_a_browser as loop
from tests.journeys.test_loop_in_a_browser import Person, Screens

place, site, screens = loop.place, loop.site, loop.screens


def come_in(person: Person, runtime: Runtime, path: str) -> None:
    """Go from the link in the e-mail to the offer."""
    person.page.goto(path)
    assert person.checked().title().startswith("A message for you")
    person.click("Send me the six digits")
    assert path not in person.page.url
    (text,) = [letter.text for letter in take_post(runtime.db) if letter.to == CODE_TO]
    person.click("Open")
    assert person.page.title().startswith("Error: ")
    person.page.get_by_label("The six digits").fill(re.findall(r"\b\d{6}\b", text)[0])
    person.page.get_by_label("Your name").fill("Sam Lee")
    person.click("Open")


def follow(person: Person, words: str) -> None:
    """Follow a link whose words go on where only a screen reader hears them."""
    person.page.get_by_role("link", name=words).first.click()
    person.checked()


def link_in(runtime: Runtime) -> str:
    (text,) = [letter.text for letter in take_post(runtime.db) if letter.to == LINK_TO]
    return path_in(text)


def test_group_without_an_account_helps_from_the_first_e_mail_to_the_outcome(
    screens: Screens, runtime: Runtime, place: MadePlace
) -> None:
    add_helper(runtime.db, place)
    made = make_referral(runtime.db, place)
    path, group = link_in(runtime), screens.open()
    come_in(group, runtime, path)
    assert "Adaeze Okonkwo" in group.page.content()
    group.click("Yes, we can help")
    group.click("Finish")
    assert "Your visit is over" in group.page.content()

    group.page.goto(path)
    assert "This link does not work" in group.checked().content()
    group.click("Send me a new link")
    assert "Look at your e-mail" in group.page.content()
    come_in(group, runtime, link_in(runtime))
    group.click("Write down a contact")
    group.page.get_by_label("Phone call").check()
    group.page.get_by_label("Yes", exact=True).check()
    group.click("Save the contact")
    group.click("write down a milestone")
    group.page.goto(f"/offers/{made.placement_id}")
    group.click("Write the outcome")
    group.page.get_by_label("Things are better for the person").check()
    group.page.get_by_label("What was done").fill("Came to the lunch club eight times.")
    group.click("Send the outcome")
    assert "Thank you." in group.page.content()
    assert "Your visit is over" in group.page.content()

    practice = screens.sign_in("practice-0")
    practice.click("Adaeze Okonkwo")
    assert "Came to the lunch club eight times." in practice.page.content()


def test_steward_verifies_whom_a_group_named_and_the_team_enters_what_was_told(
    screens: Screens, runtime: Runtime, place: MadePlace
) -> None:
    provider, steward = screens.sign_in("provider-0"), screens.sign_in("steward")
    path = f"/organisations/{place.providers[0].id}/safe-links"
    provider.page.goto(path)
    provider.checked()
    provider.click("Add the helper")
    assert provider.page.title().startswith("Error: ")
    provider.page.get_by_label("Their name").fill("Sam Lee")
    provider.page.get_by_label("E-mail for the link").fill(LINK_TO)
    provider.page.get_by_label("By text to a mobile").check()
    provider.page.get_by_label("Mobile, if by text").fill("07700 900123")
    provider.click("Add the helper")
    steward.page.goto("/safe-links")
    steward.checked()
    follow(steward, "Dalston Befrienders")
    follow(steward, "Verify")
    steward.page.get_by_label("I rang a number that we knew before").check()
    steward.click("Both addresses are theirs")
    provider.page.goto(path)
    assert "by Invented steward" in provider.checked().content()
    follow(provider, "Remove")

    made = make_referral(runtime.db, place)
    worker = screens.sign_in("link-worker")
    worker.page.goto(f"/referrals/{made.id}")
    follow(worker, "Enter for them")
    worker.page.get_by_label("Who told you?").fill("Pat Ng")
    worker.click("Enter for them")
    worker.click("Yes, we can help")
    assert "told by Pat Ng" in worker.page.content()
