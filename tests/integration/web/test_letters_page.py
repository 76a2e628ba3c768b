"""The letter as people fetch it from their pages."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.factories import MadePlace, make_referral
from tests.integration.web.conftest import Visitor
from tests.unit.letters.pdf import text_of

SignIn = Callable[[str], Visitor]


def test_practice_and_team_download_the_letter_that_their_pages_lead_to(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    for username, page in (("practice-0", f"/loops/{made.id}"), ("link-worker", f"/referrals/{made.id}")):
        person = sign_in(username)
        assert f"{page}/letter" in person.get(page).links
        answer = person.client.get(f"{page}/letter")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="BK-')
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "No action needed." in text_of(answer.data)


def test_no_page_leads_to_a_letter_that_is_not_there(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    for username, page in (("practice-0", f"/loops/{made.id}"), ("link-worker", f"/referrals/{made.id}")):
        person = sign_in(username)
        assert f"{page}/letter" not in person.get(page).links
        person.get(f"{page}/letter", 404)


def test_foreign_letter_is_absent_and_a_stranger_signs_in_first(
    runtime: Runtime, place: MadePlace, sign_in: SignIn, visitor: Visitor
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    sign_in("practice-1").get(f"/loops/{made.id}/letter", 404)
    sign_in("practice-0").get(f"/loops/{uuid4()}/letter", 404)
    sign_in("other-link-worker").get(f"/referrals/{made.id}/letter", 404)
    sign_in("provider-0").get(f"/loops/{made.id}/letter", 403)
    asked = visitor.client.get(f"/loops/{made.id}/letter")
    assert asked.status_code == 302
    assert asked.headers["Location"].startswith("/sign-in?next=")
