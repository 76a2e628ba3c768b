"""Two that hold what the other wants: the database lets one go on, and the other is told to come again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

from sqlalchemy.exc import OperationalError

from app.domain.access import system
from app.store import referrals
from app.store.session import Database, is_away
from tests.factories import MadePlace, make_referral


def test_one_of_two_that_wait_for_each_other_goes_on_and_the_other_is_told_to_come_again(
    database: Database, place: MadePlace
) -> None:
    one, other = make_referral(database, place), make_referral(database, place)
    both_hold = Barrier(2)

    def hold(first: UUID, then: UUID) -> str:
        try:
            with database.transaction(system("test")) as tx:
                referrals.get_for_update(tx, first, audit="test")
                both_hold.wait(timeout=30)
                referrals.get_for_update(tx, then, audit="test")
        except OperationalError as fault:
            return "come again" if is_away(fault) else "fault"
        return "went on"

    with ThreadPoolExecutor(2) as both:
        ends = [both.submit(hold, one.id, other.id), both.submit(hold, other.id, one.id)]
        assert sorted(each.result(timeout=60) for each in ends) == ["come again", "went on"]
