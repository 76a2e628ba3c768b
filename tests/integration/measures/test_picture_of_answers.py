"""Beside the table of answers a picture of them, for the team whose referral it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.factories import MadePlace, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> SignIn:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


def test_a_link_worker_sees_start_and_end_as_a_picture_beside_the_table(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    path = f"/referrals/{make_referral(runtime.db, place, ReferralStatus.COMPLETED).id}"
    worker = sign_in("link-worker")
    page = worker.get(path)
    assert f'src="{path}/answers.svg"' in page.html
    assert "The table above tells the same numbers." in page.html
    picture = worker.client.get(f"{path}/answers.svg")
    assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
    assert picture.headers["Cache-Control"] == "no-store"
    assert picture.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "anxious" in picture.text


def test_without_answers_there_is_no_picture_and_no_place_for_one(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    path = f"/referrals/{make_referral(runtime.db, place).id}"
    worker = sign_in("link-worker")
    assert "answers.svg" not in worker.get(path).html
    assert worker.client.get(f"{path}/answers.svg").status_code == 404


def test_a_foreign_picture_is_absent_and_a_provider_has_none(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    path = f"/referrals/{make_referral(runtime.db, place, ReferralStatus.COMPLETED).id}/answers.svg"
    assert sign_in("other-link-worker").client.get(path).status_code == 404
    assert sign_in("provider-0").client.get(path).status_code == 403
