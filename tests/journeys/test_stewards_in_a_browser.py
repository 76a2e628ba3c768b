"""What stewards do, in a browser: a dead letter mended, a record erased by two, a look in an emergency decided on."""

from __future__ import annotations

import re
from datetime import timedelta

from app.domain.follow_up import add_months
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.feedback import carrying
from app.services.feedback.carrying import Attempt, Result
from app.services.retaining import listing
from tests.conftest import Clock
from tests.factories import MadePlace, make_referral
from tests.integration.emergency.conftest import ASKED, SAM
from tests.integration.rights.keeping import reference_of, second_steward
from tests.journeys.both_ways import screens
from tests.journeys.test_loop_in_a_browser import Screens, place, site

__all__ = ["place", "screens", "site"]  # what the other journeys set up serves here too


def test_steward_mends_what_did_not_arrive_and_it_goes_out_once(
    screens: Screens, runtime: Runtime, place: MadePlace
) -> None:
    # given an outcome that the practice's mailbox did not take
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    (message,) = carrying.due(runtime.db)
    carrying.deliver(runtime.db, message, lambda _: Attempt(Result.NEVER, error="no-such-mailbox"))
    # when the steward looks, sets it aside without a reason, then tries it again
    steward = screens.sign_in("steward")
    steward.page.goto("/undelivered")
    reference = reference_of(runtime.db, place, made)
    assert reference in steward.checked().content()
    assert "Okonkwo" not in steward.page.content()
    steward.page.locator("main tbody a[href$='/set-aside']").click()
    steward.checked()
    steward.click("Set aside")
    assert steward.page.title().startswith("Error: ")
    steward.page.get_by_label("It was a test").check()
    steward.click("Set aside")
    steward.page.goto("/undelivered?aside=yes")
    steward.checked()
    steward.page.get_by_role("button", name=re.compile("Bring it back")).first.click()
    steward.checked()
    steward.page.goto("/undelivered")
    steward.checked()
    steward.page.get_by_role("button", name=re.compile("^Try again")).first.click()
    steward.checked()
    # then it leaves once, and nothing is left to mend
    sent = carrying.due(runtime.db)
    assert len(sent) == 1
    steward.page.goto("/undelivered")
    assert "Nothing is ever dropped" in steward.checked().content()


def test_two_stewards_erase_a_record_whose_time_is_over(
    screens: Screens, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    # given a record whose time is over, and two stewards
    made = make_referral(runtime.db, place, ReferralStatus.CLOSED)
    reference, second = reference_of(runtime.db, place, made), second_steward(runtime.db, place)
    clock.set(add_months(clock.today, 96) + timedelta(days=1))
    assert listing.list_due(runtime.db) == 1
    # when one proposes, after an empty form, and cannot confirm their own word
    one = screens.sign_in("steward")
    one.page.goto("/retention")
    one.checked()
    one.click(reference)
    one.click("Say so, and ask another steward")
    assert one.page.title().startswith("Error: ")
    one.page.get_by_label("Erase the record for good").check()
    one.page.get_by_label("In your own words").fill("Its time is over.")
    one.click("Say so, and ask another steward")
    assert "waiting for a second steward" in one.page.content()
    assert "Confirm: erase" not in one.page.content()
    # and the other confirms
    other = screens.sign_in(second)
    other.page.goto("/retention")
    other.checked()
    other.click(reference)
    assert "Its time is over." in other.page.content()
    other.click("Confirm: erase it for good")
    # then there is a certificate without a name, and nobody reads the person any more
    other.page.goto("/retention?show=decided")
    other.checked()
    other.click(reference)
    other.click("See the certificate")
    assert "Okonkwo" not in other.page.content()
    worker = screens.sign_in("link-worker")
    worker.page.goto("/referrals?show=all")
    assert "Okonkwo" not in worker.checked().content()


def test_a_record_is_opened_in_an_emergency_and_decided_on_by_somebody_else(
    screens: Screens, runtime: Runtime, place: MadePlace
) -> None:
    # given somebody whom another team looks after
    make_referral(runtime.db, place, practice=place.live_practice, patient=SAM)
    worker = screens.sign_in("other-link-worker")
    worker.page.goto("/emergency-access")
    worker.checked()
    # when no reason is given, nothing opens
    worker.click("Open the record")
    assert worker.page.title().startswith("Error: ")
    assert "Penhallow" not in worker.page.content()
    worker.page.get_by_label("999, 111, the police or a hospital").check()
    worker.page.get_by_label("What has happened?").fill(ASKED["words"])
    worker.page.get_by_label("NHS number or family name").fill(ASKED["who"])
    for label in ("Day", "Month", "Year"):
        worker.page.get_by_label(label, exact=True).fill(ASKED[f"born_{label.lower()}"])
    worker.click("Open the record")
    # then it can be read, and is closed by hand
    assert "Penhallow" in worker.page.content()
    looked_at = worker.page.url
    worker.click("Close the record")
    worker.page.goto(looked_at)
    assert "The time is over" in worker.checked().content()
    # and the steward, who sees no name, decides
    steward = screens.sign_in("steward")
    steward.page.goto("/privacy-officer")
    steward.checked()
    steward.page.locator("main tbody a").first.click()
    assert ASKED["words"] in steward.checked().content()
    assert "Penhallow" not in steward.page.content()
    steward.click("Write it down")
    assert steward.page.title().startswith("Error: ")
    steward.page.get_by_label("It was right to look", exact=True).check()
    steward.click("Write it down")
    assert "Your decision is written down." in steward.page.content()
    steward.page.locator("main tbody a").first.click()
    assert "It was right to look" in steward.checked().content()
    # and the person's own team knows of it
    team = screens.sign_in("link-worker")
    team.page.goto("/tasks")
    assert "in an emergency" in team.checked().locator("main").inner_text()
