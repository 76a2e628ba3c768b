"""The steward looks behind a rate of the loop: the same referrals that were counted, and nobody's name."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.watching.health import find_loop_health
from app.store.loop import STEPS
from tests.factories import MadePlace, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
REFERENCE = re.compile(r"BK-\w{7}")


@pytest.fixture
def every_status(runtime: Runtime, place: MadePlace) -> None:
    """A referral at each point of its way."""
    for status in ReferralStatus:
        make_referral(runtime.db, place, status)


@pytest.mark.parametrize("step", list(STEPS))
def test_rows_behind_a_rate_are_those_that_were_counted(
    step: str, every_status: None, sign_in: SignIn, runtime: Runtime
) -> None:
    steward, health = sign_in("steward"), find_loop_health(runtime.db)
    assert health is not None
    there = set(REFERENCE.findall(steward.get(f"/attention/loop/{step}?has=yes").text))
    missing = set(REFERENCE.findall(steward.get(f"/attention/loop/{step}").text))
    assert len(there) == getattr(health, step) > 0
    assert len(missing) == health.referrals - len(there) > 0
    assert not there & missing


def test_page_of_attention_leads_there(every_status: None, sign_in: SignIn) -> None:
    page = sign_in("steward").get("/attention")
    assert {f"/attention/loop/{step}" for step in STEPS} <= set(page.links)


def test_no_name_is_on_it(every_status: None, sign_in: SignIn) -> None:
    page = sign_in("steward").get("/attention/loop/fed_back")
    assert "Okonkwo" not in page.html
    assert "9000000009" not in page.html.replace(" ", "")


def test_nobody_else_looks_and_there_is_no_other_rate(every_status: None, sign_in: SignIn) -> None:
    sign_in("steward").get("/attention/loop/best-provider", status=404)
    for username in ("link-worker", "practice-0", "provider-0", "analyst"):
        sign_in(username).get("/attention/loop/answered", status=403)


def test_empty_list_says_so(sign_in: SignIn) -> None:
    assert "There is none" in sign_in("steward").get("/attention/loop/started").text
