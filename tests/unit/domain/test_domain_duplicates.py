"""What two referrals of one person share, and what stays each requester's own."""

import itertools

import pytest

from app.domain.duplicates import PARTING_STEPS, SHARED_STEPS, same_step, steps_to
from app.domain.errors import Conflict
from app.domain.lifecycle import OPEN_REFERRAL, RULES, Action, ReferralStatus, Track, Transition

_ORDER = [ReferralStatus.RECEIVED, ReferralStatus.IN_TRIAGE, ReferralStatus.ACTIVE, ReferralStatus.WAITING]


@pytest.mark.parametrize(("status", "leading"), list(itertools.product(_ORDER, _ORDER)))
def test_referral_catches_up_with_the_one_that_leads_or_is_refused(
    status: ReferralStatus, leading: ReferralStatus
) -> None:
    asked_again = (status, leading) == (ReferralStatus.WAITING, ReferralStatus.ACTIVE)  # another offer beside
    if _ORDER.index(status) > _ORDER.index(leading) and not asked_again:
        with pytest.raises(Conflict):
            steps_to(status, leading)
        return
    now = status.value
    for step in steps_to(status, leading):
        assert step.before == now
        assert RULES[Track.REFERRAL, step.before, step.action].after == step.after
        now = step.after
    assert now == leading


def test_nobody_catches_up_with_a_referral_that_has_ended() -> None:
    for ended in set(ReferralStatus) - OPEN_REFERRAL:
        with pytest.raises(Conflict):
            steps_to(ReferralStatus.RECEIVED, ended)


def test_what_a_requester_does_alone_is_never_shared() -> None:
    own = {Action.RECEIVE, Action.WITHDRAW, Action.ENTER_IN_ERROR, Action.CLOSE}
    assert not own & SHARED_STEPS
    assert own >= PARTING_STEPS
    taken_back = Transition(Track.REFERRAL, Action.WITHDRAW, "active", "withdrawn", "requester-cancelled")
    assert same_step("active", taken_back) is None


def test_shared_step_is_taken_from_where_the_follower_stands() -> None:
    reopened = Transition(Track.REFERRAL, Action.REOPEN, "closed", "in-triage", "new-need")
    shared = same_step("completed", reopened)
    assert shared == Transition(Track.REFERRAL, Action.REOPEN, "completed", "in-triage", "new-need")
    assert same_step("withdrawn", reopened) is None
