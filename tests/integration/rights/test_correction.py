"""A correction goes on to whoever was told before: by e-mail without a word of the person, or by the team."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.person_comments import Said
from app.services.own import person_comments, person_links
from app.services.shown import views
from app.store import person_comments as comments
from app.store import practice_settings
from app.store.mail import Mail
from app.store.session import Database
from tests.by_link import LINK_TO, add_helper, take_post
from tests.factories import MadePlace, MadeReferral, make_referral

PRACTICE = "admin@practice.example"


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    """Somebody whom the first group has read of and helped; the second was never asked."""
    return make_referral(database, place, ReferralStatus.CLOSED)


def comment(database: Database, made: MadeReferral) -> None:
    with database.transaction(system("test")) as tx:
        whose = {"person_id": made.person_id, "referral_id": made.id}
        address = person_links.make(tx, **whose, purpose="progress", days=7)
    link = person_links.open_link(database, address.rsplit("/", 1)[1], date(1951, 3, 4))
    person_comments.say(database, link, Said("goal", "not-right", "I wanted to swim."))


def settle(database: Database, place: MadePlace, made: MadeReferral, settled: str) -> list[Mail]:
    """Answer it; return the notices that were written."""
    take_post(database)
    comment(database, made)
    with database.transaction(place.link_worker) as tx:
        (said,) = comments.list_for_referral(tx, made.id, audit="test")
    person_comments.answer(
        database, place.link_worker, made.id, said.id, settled=settled, words="She wanted to swim."
    )
    return [each for each in take_post(database) if each.purpose == "correction-notice"]


def has_task(database: Database, place: MadePlace) -> bool:
    return "correction-to-tell" in [each.kind for each in views.list_tasks(database, place.link_worker).lines]


def confirm(database: Database, made: MadeReferral) -> None:
    with database.transaction(system("test")) as tx:
        practice_settings.record_summary(tx, made.practice.id, summary_to=PRACTICE, confirmed_at=tx.now)


def test_group_and_practice_hear_of_it_and_read_nothing_of_the_person(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    add_helper(database, place)
    confirm(database, made)
    notices = settle(database, place, made, "corrected")
    assert sorted(each.to for each in notices) == sorted([LINK_TO, PRACTICE])
    assert not [each for each in notices if "Okonkwo" in each.text or "swim" in each.text]
    assert not has_task(database, place)


def test_whom_no_address_is_known_of_a_person_rings(
    database: Database, place: MadePlace, made: MadeReferral
) -> None:
    add_helper(database, place)
    assert [each.to for each in settle(database, place, made, "corrected")] == [LINK_TO]
    assert has_task(database, place)


@pytest.mark.parametrize("settled", ["kept", "noted"])
def test_what_was_not_corrected_is_told_to_nobody(
    database: Database, place: MadePlace, made: MadeReferral, settled: str
) -> None:
    add_helper(database, place)
    confirm(database, made)
    assert settle(database, place, made, settled) == []
    assert not has_task(database, place)
