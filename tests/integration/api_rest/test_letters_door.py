"""The letter through the JSON API's door: a file for the practice and for the team, nothing for anybody else."""

from __future__ import annotations

from uuid import uuid4

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.factories import MadePlace, make_referral
from tests.integration.api_rest.people import SignIn
from tests.unit.letters.pdf import text_of


def test_practice_and_team_fetch_the_letter_as_a_file(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    fetched = [
        sign_in("practice-0").get(f"/loops/{made.id}/letter.pdf"),
        sign_in("link-worker").get(f"/referrals/{made.id}/letter.pdf"),
    ]
    for answer in fetched:
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.headers["Cache-Control"] == "no-store"
        named = answer.headers["Content-Disposition"]
        assert named.startswith('attachment; filename="BK-')
        assert named.removeprefix('attachment; filename="').removesuffix('.pdf"') in text_of(answer.data)
    assert fetched[0].data == fetched[1].data


def test_foreign_letter_is_absent_and_other_roles_are_refused(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    asked = [
        ("practice-1", f"/loops/{made.id}/letter.pdf", 404),
        ("practice-0", f"/loops/{uuid4()}/letter.pdf", 404),
        ("other-link-worker", f"/referrals/{made.id}/letter.pdf", 404),
        ("practice-0", f"/referrals/{made.id}/letter.pdf", 403),
        ("link-worker", f"/loops/{made.id}/letter.pdf", 403),
        ("provider-0", f"/loops/{made.id}/letter.pdf", 403),
    ]
    for username, path, status in asked:
        answer = sign_in(username).get(path)
        assert (answer.status_code, answer.is_json) == (status, True), (username, path)
        assert b"%PDF" not in answer.data


def test_letter_before_the_end_is_absent(runtime: Runtime, place: MadePlace, sign_in: SignIn) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    assert sign_in("practice-0").get(f"/loops/{made.id}/letter.pdf").status_code == 404
    assert sign_in("link-worker").get(f"/referrals/{made.id}/letter.pdf").status_code == 404
