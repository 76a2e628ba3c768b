"""The question back: the provider asks, its clock stands still, the link worker answers, the clock runs again."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.lifecycle import PlacementStatus
from app.domain.referral import Placement
from app.services.caring import endings, triage
from app.services.helping import delivery, questions
from app.services.rights import consent
from app.services.shown import views
from app.services.watching.calendar import deadlines
from app.store import placements
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, expire_overdue, make_place, make_referral
from tests.practice_post import READER, open_tasks, some

STAIRS = "Can she manage the stairs to the first floor?"
SLOWLY = "Yes, slowly and with a rail."


@pytest.fixture
def place(database: Database, clock: Clock) -> MadePlace:
    clock.now = deadlines().days.start_of(deadlines().days.after(clock.today, 2))  # a day that is worked
    return make_place(database)


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    return make_referral(database, place, services=(0, 1))


@pytest.fixture
def asked(database: Database, place: MadePlace, made: MadeReferral) -> MadeReferral:
    questions.ask(database, place.actor("provider-0"), some(made.placement_id), STAIRS)
    return made


def standing(database: Database, placement_id: UUID | None) -> Placement:
    with database.transaction(READER) as tx:
        return placements.get(tx, some(placement_id), audit="test")


def test_link_worker_is_told_and_reads_the_question_first(
    database: Database, place: MadePlace, asked: MadeReferral, clock: Clock
) -> None:
    assert open_tasks(database) == ["question-back"]
    (one,) = questions.list_for_referral(database, place.link_worker, asked.id)
    assert (one.question.asked, one.provider_name, one.is_open) == (STAIRS, "Dalston Befrienders", True)
    assert views.get_referral(database, place.link_worker, asked.id).referral.next_action_on == clock.today


def test_silence_while_a_question_waits_is_not_the_providers(
    database: Database, place: MadePlace, asked: MadeReferral, clock: Clock
) -> None:
    clock.advance(days=60)
    assert expire_overdue(database) == 0
    delivery.expire(database, some(asked.placement_id))
    assert standing(database, asked.placement_id).status == PlacementStatus.INFORMATION_REQUESTED
    (line,) = views.list_placements(database, place.actor("provider-0")).lines
    assert not line.overdue


def test_after_the_answer_the_provider_has_the_days_that_were_left(
    database: Database, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    days, due = deadlines().days, standing(database, made.placement_id).respond_by
    clock.now = days.start_of(days.after(clock.today, 2))
    questions.ask(database, place.actor("provider-0"), some(made.placement_id), STAIRS)
    clock.now = days.start_of(days.after(clock.today, 15))
    answered = questions.answer(database, place.link_worker, some(made.placement_id), SLOWLY)
    assert answered == days.after(clock.today, 3) > due
    now = standing(database, made.placement_id)
    assert (now.status, now.respond_by) == (PlacementStatus.OPENED, answered)
    assert open_tasks(database) == []
    (one,) = questions.list_for_placement(database, place.actor("provider-0"), some(made.placement_id))
    assert (one.question.answer, one.is_open) == (SLOWLY, False)
    clock.now = days.start_of(answered)
    assert expire_overdue(database) == 0
    clock.advance(days=1)
    assert expire_overdue(database) == 1


def test_second_question_can_follow_the_first_answer(
    database: Database, place: MadePlace, asked: MadeReferral, clock: Clock
) -> None:
    with pytest.raises(Conflict, match="information requested: 'ask' cannot be done"):
        questions.ask(database, place.actor("provider-0"), some(asked.placement_id), "And a lift?")
    questions.answer(database, place.link_worker, some(asked.placement_id), SLOWLY)
    clock.advance(minutes=1)
    questions.ask(database, place.actor("provider-0"), some(asked.placement_id), "And a lift?")
    questions.answer(database, place.link_worker, some(asked.placement_id), "Not needed.")
    found = questions.list_for_referral(database, place.link_worker, asked.id)
    assert [one.question.answer for one in found] == [SLOWLY, "Not needed."]


@pytest.mark.parametrize("way", ["accept", "decline", "waitlist", "taken back", "consent", "withdrawn"])
def test_task_goes_when_the_placement_goes_on_without_an_answer(
    way: str, database: Database, place: MadePlace, asked: MadeReferral
) -> None:
    provider, placement_id = place.actor("provider-0"), some(asked.placement_id)
    match way:
        case "accept":
            delivery.accept(database, provider, placement_id)
        case "decline":
            delivery.decline(database, provider, placement_id, reason="22")
        case "waitlist":
            delivery.waitlist(database, provider, placement_id)
        case "taken back":
            triage.withdraw_offer(database, place.link_worker, placement_id, reason="other")
        case "consent":
            consent.record(database, place.link_worker, asked.id, given=False)
        case "withdrawn":
            endings.withdraw(database, place.link_worker, asked.id, reason="other")
    assert "question-back" not in open_tasks(database)
    (one,) = questions.list_for_referral(database, place.link_worker, asked.id)
    assert not one.is_open
    with pytest.raises(Conflict):
        questions.answer(database, place.link_worker, placement_id, SLOWLY)


def test_provider_that_does_not_help_reads_nothing_of_it_any_more(
    database: Database, place: MadePlace, asked: MadeReferral
) -> None:
    questions.answer(database, place.link_worker, some(asked.placement_id), SLOWLY)
    delivery.decline(database, place.actor("provider-0"), some(asked.placement_id), reason="22")
    assert questions.list_for_placement(database, place.actor("provider-0"), some(asked.placement_id)) == ()


def test_strangers_neither_ask_nor_answer_nor_read(
    database: Database, place: MadePlace, asked: MadeReferral
) -> None:
    placement_id = some(asked.placement_id)
    for stranger in ("provider-1", "other-link-worker", "practice-0", "other-practice", "steward", "analyst"):
        who = place.actor(stranger)
        for deed in (
            lambda who=who: questions.ask(database, who, placement_id, STAIRS),
            lambda who=who: questions.answer(database, who, placement_id, SLOWLY),
            lambda who=who: questions.list_for_placement(database, who, placement_id),
            lambda who=who: questions.list_for_referral(database, who, asked.id),
        ):
            with pytest.raises((NotFound, NotAllowed)):
                deed()


@pytest.mark.parametrize("words", ["", "  ", "x" * 501])
def test_question_has_words_and_not_too_many(
    words: str, database: Database, place: MadePlace, made: MadeReferral
) -> None:
    with pytest.raises(Invalid) as refused:
        questions.ask(database, place.actor("provider-0"), some(made.placement_id), words)
    assert [each.field for each in refused.value.problems] == ["question"]
    assert standing(database, made.placement_id).status == PlacementStatus.OFFERED
    assert open_tasks(database) == []


def test_answer_has_words_and_not_too_many(database: Database, place: MadePlace, asked: MadeReferral) -> None:
    for words in ("", "x" * 1001):
        with pytest.raises(Invalid):
            questions.answer(database, place.link_worker, some(asked.placement_id), words)
    assert open_tasks(database) == ["question-back"]


def test_words_are_sealed_for_the_person(
    database: Database, place: MadePlace, asked: MadeReferral, admin: Engine
) -> None:
    questions.answer(database, place.link_worker, some(asked.placement_id), SLOWLY)
    with admin.connect() as connection:
        row = connection.execute(text("select * from question")).one()._mapping
        assert STAIRS.encode() not in bytes(row["asked"])
        assert SLOWLY.encode() not in bytes(row["answer"])
        assert row["asked_by"] == place.actor("provider-0").user_id
        assert row["answered_by"] == place.link_worker.user_id
        told = connection.scalars(text("select detail::text from audit_event")).all()
    assert not [line for line in told if "stairs" in (line or "") or "rail" in (line or "")]
