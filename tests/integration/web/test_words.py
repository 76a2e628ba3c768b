"""A code never reaches a page where there are words for it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.domain.lifecycle import RULES, STATUSES, Action, Track
from app.domain.referral import Step
from app.domain.stages import Stage
from app.domain.task_groups import GROUP_OF, TaskGroup
from app.domain.vocabulary import Access, NewsKind, Role
from app.services.helping.delivery import CHANNELS
from app.web.frame import words

SERVICES = Path(__file__).parents[3] / "app" / "services"
# The first three are followed at once by the line of the placement that they come from; a message on the way that got
# there stands in the list of messages.
SILENT = {(Track.REFERRAL, action) for action in (Action.OFFER, Action.WAIT, Action.RESUME)} | {
    (Track.PROGRESS, action) for action in (Action.COMPOSE, Action.SEND, Action.DELIVER, Action.ACKNOWLEDGE)
}


def test_every_status_stage_and_choice_has_words() -> None:
    assert set(words.REFERRAL_WORDS) == set(STATUSES[Track.REFERRAL])
    assert set(words.PLACEMENT_WORDS) == set(STATUSES[Track.PLACEMENT])
    assert set(words.FEEDBACK_WORDS) == set(STATUSES[Track.FEEDBACK])
    assert set(words.NEWS_WORDS) == set(NewsKind)
    assert set(words.STAGE_WORDS) == set(Stage)
    assert set(words.ACCESS_WORDS) == set(Access)
    assert set(words.CHANNEL_WORDS) == set(CHANNELS)
    assert set(words.ROLE_WORDS) == set(Role) - {Role.SYSTEM}


def test_every_task_and_every_reason_for_parking_that_services_write_has_words() -> None:
    source = "".join(path.read_text() for path in SERVICES.rglob("*.py"))
    kinds = set(re.findall(r'add_task\(\s*\w+,\s*"([a-z-]+)"', source))
    kinds |= set(re.findall(r'Identity\.\w+: "([a-z-]+)"', source)) | {"same-number-other-person"}
    assert len(kinds) >= 8
    assert kinds <= set(words.TASK_WORDS)
    assert set(GROUP_OF) <= set(words.TASK_WORDS)  # no order for a kind that there is not
    assert set(words.TASK_GROUP_WORDS) == set(TaskGroup)
    parked = set(re.findall(r'(?:park\(tx, envelope|_keep\(db, _bare\([^)]*\)), "([a-z-]+)"', source))
    assert len(parked) >= 4
    assert parked <= set(words.PARKED_WORDS)


@pytest.mark.parametrize("track", Track)
def test_every_step_of_the_lifecycle_has_its_line_or_is_told_by_another(track: Track) -> None:
    for of, before, action in RULES:
        if of is track and (track, action) not in SILENT:
            step = Step(datetime(2026, 3, 12, tzinfo=UTC), track, action, before, "", None, "provider", "Us")
            assert len(words.timeline((step,))) == 1, (track, action)


def test_dates_are_written_out_as_they_are_in_london() -> None:
    assert words.day(date(2026, 3, 12)) == "12 March 2026"
    assert words.day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == "1 July 2026"
    assert words.moment(datetime(2026, 6, 30, 12, 5, tzinfo=UTC)) == "30 June 2026, 1:05pm"
    assert words.moment(datetime(2026, 12, 1, 0, 5, tzinfo=UTC)) == "1 December 2026, 12:05am"


def test_language_is_named_unless_it_is_english() -> None:
    assert words.language("tr") == "Turkish"
    assert words.language("zh-Hant") == "Chinese"
    assert words.language("en-GB") is None
    assert words.language(None) is None
    assert words.language("xx") == "Another language: ask whoever referred them which"
