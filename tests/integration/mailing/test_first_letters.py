"""Who stands in the directory by an import is told so in the first letter, in time, and not all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from email.message import EmailMessage
from typing import Any

import pytest

from app import jobs
from app.domain.access import system
from app.domain.place import PlaceRules
from app.runtime import Runtime
from app.services.directory import chasing
from app.services.feeds.directory_import import Feed, import_directory
from tests.conftest import Clock
from tests.factories import MadePlace, make_place

Arrived = Callable[[], list[EmailMessage]]


@pytest.fixture
def place(posting: Runtime) -> MadePlace:
    return make_place(posting.db)


def row(number: int, **more: Any) -> dict[str, Any]:
    """A service of an organisation of its own."""
    return {
        "id": f"s{number}",
        "name": f"Club {number}",
        "status": "active",
        "email": f"hello@club{number}.example.org",
        "organization": {"id": f"o{number}", "name": f"Friends {number}"},
    } | more


def take(house: Runtime, rows: Sequence[dict[str, Any]]) -> None:
    import_directory(house.db, system("test"), Feed("Council list", rows), apply=True)


def ask(house: Runtime) -> None:
    jobs.chase_entries(house)
    jobs.send_mail(house)


def test_nobody_is_written_to_because_of_an_import_of_today_nor_asked_for_places_a_month_later(
    posting: Runtime, place: MadePlace, arrived: Arrived, clock: Clock
) -> None:
    take(posting, [row(1)])
    for days in (0, 31, 151):  # a day less than the limit: summer time begins in between
        clock.advance(days=days)
        ask(posting)
    assert arrived() == []


def test_first_letter_tells_where_the_entry_came_from_and_how_to_change_it_or_take_it_away(
    posting: Runtime, place: MadePlace, arrived: Arrived, clock: Clock
) -> None:
    take(posting, [row(1)])
    clock.advance(days=184)
    ask(posting)
    (letter,) = arrived()
    words = " ".join(letter.get_content().split())
    assert 'came into it from another list: "Council list"' in words
    assert "rather not stand there at all? Write so on the same page, or ring us" in words
    assert "for six months" not in words
    assert "/still-right/" in words
    clock.advance(days=31)
    ask(posting)
    assert "Nobody has told us for six months" in arrived()[1].get_content()


def test_whole_list_of_a_council_is_written_to_so_many_a_day(
    posting: Runtime, place: MadePlace, arrived: Arrived, clock: Clock
) -> None:
    take(posting, [row(number, assured_date="2020-01-01") for number in range(5)])
    rules = PlaceRules(first_letters_a_day=2)
    for letters, hours in ((2, 0), (0, 1), (2, 24), (1, 25), (0, 25)):
        clock.advance(hours=hours)
        assert chasing.ask(posting.db, rules=rules) == letters
    jobs.send_mail(posting)
    assert len({each["To"] for each in arrived()}) == 5
