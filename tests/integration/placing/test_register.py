"""The register of a session: the whole group at once, put right for two weeks, and what follows from it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.lifecycle import PlacementStatus
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.feedback.outcome_report import report_of
from app.services.helping import delivery, register, sessions_attended
from app.services.helping.register import Said
from app.services.shown import views
from app.store import directory, referrals
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_place, make_referral
from tests.practice_post import READER, open_tasks, some


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


@pytest.fixture
def two(database: Database, place: MadePlace) -> tuple[MadeReferral, MadeReferral]:
    made = (make_referral(database, place), make_referral(database, place))
    for each in made:
        delivery.accept(database, place.actor("provider-0"), some(each.placement_id))
    return made


def keep(
    database: Database, place: MadePlace, clock: Clock, *said: tuple[UUID | None, str], note: str = ""
) -> int:
    lines = [Said(some(placement_id), answer, note) for placement_id, answer in said]
    return register.keep(database, place.actor("provider-0"), place.services[0].id, clock.today, lines)


def status(database: Database, place: MadePlace, made: MadeReferral) -> str:
    return views.get_referral(database, place.link_worker, made.id).placements[0].status


def test_whole_group_is_written_at_once_and_coming_starts_the_help(
    database: Database, place: MadePlace, two: tuple[MadeReferral, MadeReferral], clock: Clock
) -> None:
    assert keep(database, place, clock, (two[0].placement_id, "came"), (two[1].placement_id, "told-us")) == 2
    assert [status(database, place, each) for each in two] == [
        PlacementStatus.STARTED,
        PlacementStatus.ACCEPTED,
    ]
    found = register.get_register(database, place.actor("provider-0"), place.services[0].id, clock.today)
    assert sorted(str(line.answer) for line in found.lines) == ["came", "told-us"]
    assert {line.name for line in found.lines} == {"Adaeze Okonkwo"}


def test_saying_the_same_again_changes_nothing(
    database: Database, place: MadePlace, two: tuple[MadeReferral, MadeReferral], clock: Clock
) -> None:
    keep(database, place, clock, (two[0].placement_id, "came"))
    assert keep(database, place, clock, (two[0].placement_id, "came")) == 0
    assert (
        sessions_attended.find_attended(database, place.link_worker, some(two[0].placement_id)).sessions == 1
    )


def test_line_is_put_right_within_two_weeks_and_what_it_said_is_kept(
    database: Database, place: MadePlace, two: tuple[MadeReferral, MadeReferral], clock: Clock
) -> None:
    provider, service, held_on = place.actor("provider-0"), place.services[0].id, clock.today
    keep(database, place, clock, (two[0].placement_id, "came"))
    clock.advance(days=14)
    register.keep(database, provider, service, held_on, [Said(some(two[0].placement_id), "did-not-come")])
    (line,) = [
        each
        for each in register.get_register(database, provider, service, held_on).lines
        if each.placement_id == two[0].placement_id
    ]
    assert (line.answer, [each.answer for each in line.earlier]) == ("did-not-come", ["came"])
    clock.advance(days=1)
    with pytest.raises(Invalid, match="14 days"):
        register.keep(database, provider, service, held_on, [Said(some(two[0].placement_id), "came")])


def test_session_that_is_still_to_come_has_no_register_yet(
    database: Database, place: MadePlace, two: tuple[MadeReferral, MadeReferral], clock: Clock
) -> None:
    tomorrow = clock.today + timedelta(days=1)
    with pytest.raises(Invalid) as refused:
        register.keep(
            database,
            place.actor("provider-0"),
            place.services[0].id,
            tomorrow,
            [Said(some(two[0].placement_id), "perhaps", "x" * 41)],
        )
    assert [each.field for each in refused.value.problems] == ["held_on", "lines.0.answer", "lines.0.note"]


def test_nobody_keeps_the_register_of_another_provider(
    database: Database, place: MadePlace, two: tuple[MadeReferral, MadeReferral], clock: Clock
) -> None:
    service = place.services[0].id
    with pytest.raises(NotFound):
        register.get_register(database, place.actor("provider-1"), service, clock.today)
    with pytest.raises(NotFound):
        sessions_attended.find_attended(database, place.actor("provider-1"), some(two[0].placement_id))
    with pytest.raises(NotAllowed):
        register.get_register(database, place.link_worker, service, clock.today)


def test_three_sessions_missed_in_a_row_are_a_quiet_task_for_both_until_the_person_comes(
    database: Database, place: MadePlace, two: tuple[MadeReferral, MadeReferral], clock: Clock
) -> None:
    for _ in range(3):
        assert register.list_tasks(database, place.actor("provider-0")) == []
        keep(database, place, clock, (two[0].placement_id, "did-not-come"))
        clock.advance(days=7)
    (task,) = register.list_tasks(database, place.actor("provider-0"))
    assert task.referral_id == two[0].id
    assert "stays-away" in open_tasks(database)
    keep(database, place, clock, (two[0].placement_id, "came"))
    assert register.list_tasks(database, place.actor("provider-0")) == []
    assert "stays-away" not in open_tasks(database)


def test_note_is_sealed(
    database: Database,
    place: MadePlace,
    two: tuple[MadeReferral, MadeReferral],
    clock: Clock,
    admin: Engine,
) -> None:
    keep(database, place, clock, (two[0].placement_id, "came"), note="cheerful")
    with admin.connect() as connection:
        (kept,) = connection.execute(text("select note from attendance")).scalars()
    assert b"cheerful" not in bytes(kept)
    (line,) = sessions_attended.list_sessions(database, place.link_worker, some(two[0].placement_id))
    assert line.note == "cheerful"


def test_outcome_tells_to_how_many_sessions_the_person_came_and_the_register_stays_readable(
    database: Database, place: MadePlace, two: tuple[MadeReferral, MadeReferral], clock: Clock
) -> None:
    provider, first = place.actor("provider-0"), clock.today
    for answer in ("came", "did-not-come", "came"):
        keep(database, place, clock, (two[0].placement_id, answer))
        clock.advance(days=7)
    ending = Ending(Outcome(OutcomeState.BETTER, "Has friends there.", ""))
    endings.complete(database, provider, some(two[0].placement_id), ending)
    with database.transaction(READER) as tx:
        referral = referrals.get(tx, two[0].id, audit="test")
        practice = directory.get_organisation(tx, referral.requester_id)
        report = report_of(tx, referral, practice, audit="test")
    assert report.summary == "Has friends there.\nCame to 2 of 3 sessions."
    endings.reopen(database, place.link_worker, two[0].id, reason="person-returned")
    told = sessions_attended.list_attended(database, place.link_worker, two[0].id)
    assert told[some(two[0].placement_id)].sentence == "came to 2 of 3 sessions"
    lines = register.get_register(database, provider, place.services[0].id, first).lines
    assert two[0].placement_id in {line.placement_id for line in lines}
