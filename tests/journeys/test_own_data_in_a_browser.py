"""A person's own data on request, in a browser without JavaScript: written down, read through, withheld, released."""

from __future__ import annotations

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.factories import MadePlace, make_referral
from tests.journeys.test_link_workers_day_in_a_browser import keep_picture
from tests.journeys.test_loop_in_a_browser import Screens, place, screens, site

__all__ = ["place", "screens", "site"]  # what the other journeys set up serves here too


def test_a_request_is_written_down_read_through_and_released(
    screens: Screens, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    worker = screens.sign_in("link-worker")
    worker.page.goto(f"/referrals/{made.id}/own-data")
    worker.page.get_by_label("By telephone").check()
    keep_picture(worker, "own-data-asked")
    worker.click("Write it down")
    assert "It is written down." in worker.page.content()

    steward = screens.sign_in("steward")
    steward.page.goto("/own-data")
    keep_picture(steward, "own-data-list")
    steward.page.locator("table a").first.click()
    keep_picture(steward, "own-data-one")
    steward.page.get_by_role("checkbox").first.check()
    steward.page.get_by_label("It tells about somebody else, who has not agreed").check()
    steward.click("Withhold what is ticked")
    assert steward.page.get_by_text("Withheld", exact=True).count() == 1
    keep_picture(steward, "own-data-withheld")
    steward.page.get_by_label("Yes, and what belongs to others is withheld").check()
    steward.click("Release it to the person")
    assert "The answer is ready on the person's own page." in steward.page.inner_text("main")
