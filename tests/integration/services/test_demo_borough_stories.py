"""What the stories of the demonstration stand on: what happened before it, and the files that are taken in."""

from __future__ import annotations

import pytest

from app.clients.feed import read_files
from app.demo import before, cohort, imports
from app.demo import place as demo
from app.domain.access import Actor, system
from app.domain.vocabulary import Role
from app.services.directory import directory_sheet
from app.services.feeds import directory_import
from app.services.feeds.directory_import import Feed
from app.services.feeds.import_report import Outcome
from app.services.helping import waiting
from app.services.incoming import cohort_reading
from app.services.watching import escalating, unmet_needs
from app.store import accounts
from app.store.session import Database
from tests.conftest import Clock

CLIENTS: dict[str, dict[str, object]] = {practice.ods: {"keys": []} for practice in demo.PRACTICES}
STEWARD = system("test")


@pytest.fixture
def borough_here(database: Database, clock: Clock) -> Database:
    """The borough, written to an empty database."""
    demo.set_up(database, today=clock.today, endpoint="https://gp.example.org", clients=CLIENTS)
    return database


def actor(db: Database, username: str) -> Actor:
    with db.transaction(STEWARD) as tx:
        account = accounts.find_account(tx, username)
    assert account is not None
    return Actor(Role(account.role), account.organisation_id, account.id)


def test_what_happened_before_leaves_somebody_on_every_ladder(borough_here: Database) -> None:
    before.write(borough_here)
    assert escalating.raise_due(borough_here) > 0
    practice = actor(borough_here, "practice4")
    assert len(escalating.list_for_practice(borough_here, practice)) == 1
    told = escalating.list_for_steward(borough_here, actor(borough_here, "steward"))
    assert len({each.referral_id for each in told}) >= 2
    (waits,) = waiting.list_waiting(borough_here, actor(borough_here, "bereavement"))
    assert waits.is_overdue
    report = unmet_needs.find_report(borough_here, actor(borough_here, "steward"))
    assert report.by_need == {"bereavement": len(before.NOT_HELPED)}


def test_cohort_has_one_wrong_row() -> None:
    rows = cohort_reading.read_cohort(cohort.FILE.read_bytes(), lambda _: [])
    assert [row.number for row in rows if row.problems] == [13]
    assert len(rows) == cohort.RIGHT + 1


def test_directories_of_others_hold_the_faults_that_are_shown(borough_here: Database) -> None:
    harvest = read_files(imports.FEED)
    feed = Feed("Weavers Green", harvest.rows, complete=False)
    tried = directory_import.import_directory(borough_here, STEWARD, feed, apply=False)
    sheet = directory_sheet.import_sheet(
        borough_here, STEWARD, imports.SHEET.read_bytes(), source="Council list", apply=False
    )
    for report in (tried, sheet):
        assert (report.count(Outcome.NEW), report.count(Outcome.SET_ASIDE)) == (2, 1)
    wrong = {problem.field for line in sheet.lines for problem in line.problems}
    assert any("minimum_age" in each for each in wrong)
    assert any("checked_on" in each for each in wrong)
