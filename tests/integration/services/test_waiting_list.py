"""The waiting list: whose turn it is, how long it takes, being in touch meanwhile, and the free place."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.domain.vocabulary import ProgressMessages
from app.runtime import Runtime
from app.services.caring import triage
from app.services.helping import delivery, waiting, waiting_told
from app.services.helping.waiting_seen import Waiter
from app.services.rights import consent
from app.services.shown import views
from app.store import placements, tasks
from app.store.outcomes import Contact
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_place, make_referral
from tests.practice_post import READER, Post, open_tasks, parts, some, standing_of


@pytest.fixture
def place(database: Database, clock: Clock) -> MadePlace:
    clock.advance(hours=-2)  # carriers go by the database's clock: what is due must not lie ahead of it
    return make_place(database, progress=ProgressMessages.ALL)


def waits(database: Database, place: MadePlace, **message: object) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.WAITING, **message)


def urgent(database: Database, admin: Engine, made: MadeReferral) -> None:
    with admin.connect() as connection:
        connection.execute(text("update referral set priority = 'urgent' where id = :id"), {"id": made.id})


def queue(database: Database, place: MadePlace, provider: str = "provider-0") -> list[Waiter]:
    return list(waiting.list_waiting(database, place.actor(provider)))


def status_of(database: Database, placement_id: UUID | None) -> str:
    with database.transaction(READER) as tx:
        return placements.get(tx, some(placement_id), audit="test").status


def rang(day: date, *, reached: bool = True, note: str = "") -> Contact:
    return Contact("phone", reached, day, None, note)


# --- whose turn it is --------------------------------------------------------------------------------------------


def test_urgent_goes_first_then_whoever_joined_first_and_all_teams_count(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    first, second, third = (waits(database, place) for _ in range(3))
    clock.advance(hours=1)
    last = waits(database, place)
    urgent(database, admin, last)
    found = queue(database, place)
    assert found[0].referral_id == last.id
    assert {one.referral_id for one in found[1:]} == {first.id, second.id, third.id}
    assert [(one.position, one.length) for one in found] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for viewer in (place.link_worker, place.actor("practice-0")):
        (seen,) = waiting.list_for_referral(database, viewer, last.id)
        assert (seen.position, seen.length, seen.person_name) == (1, 4, None)


def test_position_moves_up_when_somebody_before_gets_a_place(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    first = waits(database, place)
    clock.advance(minutes=5)
    second = waits(database, place)
    delivery.accept(database, place.actor("provider-0"), some(first.placement_id))
    (left,) = queue(database, place)
    assert (left.referral_id, left.position, left.length) == (second.id, 1, 1)


def test_nobody_else_sees_the_list(database: Database, place: MadePlace) -> None:
    made = waits(database, place)
    assert queue(database, place, "provider-1") == []
    with pytest.raises(NotFound):
        waiting.find(database, place.actor("provider-1"), some(made.placement_id))
    for stranger in ("other-link-worker", "practice-1", "other-practice"):
        with pytest.raises(NotFound):
            waiting.list_for_referral(database, place.actor(stranger), made.id)
    for stranger in ("link-worker", "practice-0", "steward", "analyst"):
        with pytest.raises(NotAllowed):
            waiting.list_waiting(database, place.actor(stranger))


# --- how long ----------------------------------------------------------------------------------------------------


def test_practice_hears_that_the_person_waits_and_for_how_long(database: Database, place: MadePlace) -> None:
    made, post = make_referral(database, place), Post(database)
    delivery.waitlist(database, place.actor("provider-0"), some(made.placement_id), wait_weeks=6)
    post.empty()
    assert post.told == [("new", "planned")]
    request = parts(post.carried[0], "ServiceRequest")[0]
    (task,) = request["contained"]
    assert task["status"] == "accepted"
    assert task["businessStatus"]["coding"][0]["code"] == "waitlisted"
    assert task["businessStatus"]["text"] == "The person is on a waiting list, about 6 weeks."
    words = " ".join(note["text"] for note in request["note"])
    assert "about 6 weeks" in words
    assert "Number 1 on the list" in words
    assert sorted(open_tasks(database)) == ["tell-person-waiting"]


def test_new_wait_is_told_and_the_same_again_is_not(database: Database, place: MadePlace) -> None:
    made, post, provider = make_referral(database, place), Post(database), place.actor("provider-0")
    delivery.waitlist(database, provider, some(made.placement_id), wait_weeks=6)
    for weeks in (6, 10, 10):
        waiting.set_wait(database, provider, some(made.placement_id), wait_weeks=weeks)
    delivery.accept(database, provider, some(made.placement_id))
    post.empty()
    texts = [parts(each, "ServiceRequest")[0]["note"][1]["text"] for each in post.carried]
    assert [word for text_ in texts for word in ("6 weeks", "10 weeks", "accepted") if word in text_] == [
        "6 weeks",
        "10 weeks",
        "accepted",
    ]
    assert [standing_of(each) for each in post.carried] == ["planned"] * 3


def test_practice_that_wants_outcomes_only_hears_of_no_wait(database: Database) -> None:
    made_place = make_place(database)
    waits(database, made_place)
    post = Post(database)
    post.empty()
    assert post.carried == []


def test_wait_is_the_services_usual_one_until_the_provider_says_another(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    with admin.connect() as connection:
        connection.execute(text("update service set wait_weeks = 8"))
    made = waits(database, place)
    (seen,) = queue(database, place)
    assert (seen.expected.weeks, seen.is_own_wait) == (8, False)
    clock.advance(days=14)
    waiting.set_wait(database, place.actor("provider-0"), some(made.placement_id), wait_weeks=3)
    (seen,) = queue(database, place)
    assert (seen.expected.weeks, seen.expected.since, seen.is_own_wait) == (3, clock.today, True)


@pytest.mark.parametrize("weeks", [-1, 105])
def test_nonsense_is_no_wait_and_leaves_the_offer_open(
    weeks: int, database: Database, place: MadePlace
) -> None:
    made, provider = make_referral(database, place), place.actor("provider-0")
    with pytest.raises(Invalid, match="from 0 to 104"):
        delivery.waitlist(database, provider, some(made.placement_id), wait_weeks=weeks)
    assert status_of(database, made.placement_id) == PlacementStatus.OFFERED


def test_wait_of_somebody_on_no_list_cannot_be_set(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place)
    with pytest.raises(Conflict, match="not on a waiting list"):
        waiting.set_wait(database, place.actor("provider-0"), some(made.placement_id), wait_weeks=2)


# --- contact while they wait -------------------------------------------------------------------------------------


def test_silence_is_told_to_the_team_once_and_shown_to_the_provider(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    waits(database, place)
    clock.advance(days=28)
    assert list(waiting.overdue(database)) == []
    clock.advance(days=1)
    for _ in range(2):
        for placement_id in waiting.overdue(database):
            waiting.chase(database, placement_id)
    assert open_tasks(database).count("waiting-contact-due") == 1
    assert [one.is_overdue for one in queue(database, place)] == [True]
    assert waiting.count_overdue(database, place.actor("provider-0")) == 1


def test_task_that_was_ticked_off_without_a_contact_comes_back_after_as_long_again(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    made = waits(database, place)
    clock.advance(days=29)
    waiting.chase(database, some(made.placement_id))
    with database.transaction(READER) as tx:
        tasks.record_done_for_referral(tx, made.id, ("waiting-contact-due",), audit="test")
    assert list(waiting.overdue(database)) == []
    clock.advance(days=28, minutes=1)
    assert list(waiting.overdue(database)) == [made.placement_id]


@pytest.mark.parametrize("who", ["provider", "team"])
def test_contact_of_either_settles_it_and_the_next_is_due_a_month_later(
    who: str, database: Database, place: MadePlace, clock: Clock
) -> None:
    made = waits(database, place)
    clock.advance(days=30)
    waiting.chase(database, some(made.placement_id))
    if who == "provider":
        delivery.record_contact(
            database, place.actor("provider-0"), some(made.placement_id), rang(clock.today)
        )
    else:
        delivery.record_team_contact(database, place.link_worker, some(made.placement_id), rang(clock.today))
    assert "waiting-contact-due" not in open_tasks(database)
    assert ("tell-person-waiting" in open_tasks(database)) is (who == "provider")
    (seen,) = queue(database, place)
    assert (seen.last_contact, seen.is_overdue) == (clock.today, False)
    assert (seen.contact_due_on - clock.today).days == 28
    found = views.get_referral(database, place.link_worker, made.id).referral
    assert (found.status, found.next_action_on) == (ReferralStatus.WAITING, seen.contact_due_on)


def test_trying_in_vain_is_not_being_in_touch(database: Database, place: MadePlace, clock: Clock) -> None:
    made = waits(database, place)
    clock.advance(days=30)
    tried = rang(clock.today, reached=False)
    delivery.record_contact(database, place.actor("provider-0"), some(made.placement_id), tried)
    assert [one.is_overdue for one in queue(database, place)] == [True]


def test_note_of_the_team_is_not_the_providers_to_read(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    made = waits(database, place)
    contact = rang(clock.today, note="Is worried about money.")
    delivery.record_team_contact(database, place.link_worker, some(made.placement_id), contact)
    seen = views.get_placement(database, place.actor("provider-0"), some(made.placement_id))
    assert seen.contacts == ()
    assert views.get_referral(database, place.link_worker, made.id).contacts == (contact,)


def test_team_writes_contacts_of_who_waits_only(database: Database, place: MadePlace, clock: Clock) -> None:
    made = make_referral(database, place)
    with pytest.raises(Conflict, match="not on a waiting list any more"):
        delivery.record_team_contact(database, place.link_worker, some(made.placement_id), rang(clock.today))
    other = place.actor("other-link-worker")
    with pytest.raises(NotFound):
        delivery.record_team_contact(database, other, some(made.placement_id), rang(clock.today))


# --- a place is free ---------------------------------------------------------------------------------------------


def test_free_place_is_told_to_team_and_practice(database: Database, place: MadePlace) -> None:
    made, post = waits(database, place), Post(database)
    delivery.accept(database, place.actor("provider-0"), some(made.placement_id))
    post.empty()
    told = [parts(each, "ServiceRequest")[0]["contained"][0] for each in post.carried]
    assert [each["status"] for each in told] == ["accepted", "accepted"]
    assert ["businessStatus" in each for each in told] == [True, False]
    assert sorted(open_tasks(database)) == ["place-came-free"]
    assert views.get_referral(database, place.link_worker, made.id).referral.status == ReferralStatus.ACTIVE


def test_person_who_said_no_since_gets_no_place_and_it_is_said_why(
    database: Database, place: MadePlace
) -> None:
    made = waits(database, place)
    consent.record(database, place.link_worker, made.id, given=False)
    with pytest.raises(Conflict, match="do not agree to a provider being told"):
        delivery.accept(database, place.actor("provider-0"), some(made.placement_id), asked_again=True)
    assert status_of(database, made.placement_id) == PlacementStatus.WITHDRAWN
    assert queue(database, place) == []


def test_no_counts_even_if_the_place_was_not_taken_back(
    database: Database, place: MadePlace, admin: Engine, clock: Clock
) -> None:
    made = waits(database, place)
    clock.advance(minutes=1)
    with admin.connect() as connection:
        connection.execute(
            text(
                "insert into consent (id, person_id, referral_id, kind, given, source, recorded_at) values "
                "(gen_random_uuid(), :person, :id, 'share-with-provider', false, 'link-worker', :at)"
            ),
            {"person": made.person_id, "id": made.id, "at": clock.now},
        )
    with pytest.raises(Conflict, match="do not agree"):
        delivery.accept(database, place.actor("provider-0"), some(made.placement_id), asked_again=True)
    assert status_of(database, made.placement_id) == PlacementStatus.WAITLISTED


def test_old_yes_has_to_be_asked_again_and_is_written_down_with_who_asked(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made, provider = waits(database, place), place.actor("provider-0")
    clock.advance(days=190)
    assert waiting.get(database, provider, some(made.placement_id))[1]
    with pytest.raises(Invalid, match="older than 6 months") as refused:
        delivery.accept(database, provider, some(made.placement_id))
    assert [each.field for each in refused.value.problems] == ["asked_again"]
    assert status_of(database, made.placement_id) == PlacementStatus.WAITLISTED
    delivery.accept(database, provider, some(made.placement_id), asked_again=True)
    query = text("select given, source, asked_by from consent order by recorded_at desc limit 1")
    with admin.connect() as connection:
        assert tuple(connection.execute(query).one()) == (True, "provider", provider.user_id)


def test_link_workers_new_yes_is_as_good(database: Database, place: MadePlace, clock: Clock) -> None:
    made = waits(database, place)
    clock.advance(days=190)
    consent.record(database, place.link_worker, made.id, given=True)
    delivery.accept(database, place.actor("provider-0"), some(made.placement_id))
    assert status_of(database, made.placement_id) == PlacementStatus.ACCEPTED


def test_first_yes_to_an_offer_asks_nobody_again(database: Database, place: MadePlace, clock: Clock) -> None:
    made = make_referral(database, place)
    clock.advance(days=400)
    delivery.accept(database, place.actor("provider-0"), some(made.placement_id))
    assert status_of(database, made.placement_id) == PlacementStatus.ACCEPTED


# --- they do not want to wait any more ---------------------------------------------------------------------------


def test_who_leaves_the_list_goes_back_to_the_link_worker_with_the_reason(
    database: Database, place: MadePlace
) -> None:
    made = waits(database, place)
    provider = place.actor("provider-0")
    waiting.leave(
        database, provider, some(made.placement_id), reason="person-declined", words="Found a choir."
    )
    found = views.get_referral(database, place.link_worker, made.id)
    assert found.referral.status == ReferralStatus.IN_TRIAGE
    assert [(each.status, each.reason) for each in found.placements] == [("ended-early", "person-declined")]
    assert sorted(open_tasks(database)) == ["left-waiting-list"]
    assert queue(database, place) == []


def test_list_is_not_left_without_a_reason_or_by_who_is_not_on_it(
    database: Database, place: MadePlace
) -> None:
    made, provider = make_referral(database, place), place.actor("provider-0")
    with pytest.raises(Invalid):
        waiting.leave(database, provider, some(made.placement_id), reason=None)
    with pytest.raises(Conflict, match="not on a waiting list"):
        waiting.leave(database, provider, some(made.placement_id), reason="other")
    assert open_tasks(database) == []


def test_offer_that_is_taken_back_leaves_no_task_behind(database: Database, place: MadePlace) -> None:
    made = waits(database, place)
    triage.withdraw_offer(database, place.link_worker, some(made.placement_id), reason="other")
    assert open_tasks(database) == []


# --- what the person is told -------------------------------------------------------------------------------------


def test_person_is_told_in_plain_words(database: Database, place: MadePlace, admin: Engine) -> None:
    made = make_referral(database, place)
    delivery.waitlist(database, place.actor("provider-0"), some(made.placement_id), wait_weeks=6)
    told = waiting_told.words_for_person(database, place.link_worker, some(made.placement_id))
    assert told.barred is None
    for words in (
        "You are on the waiting list of Dalston Befrienders service",
        "number 1 of 1",
        "It takes about 6 weeks",
        "at least every 4 weeks",
        "If you do not want to wait any more",
        "tell Hackney team",
    ):
        assert words in told.text, words
    letter = waiting_told.letter_to_person(database, place.link_worker, some(made.placement_id))
    assert letter.pdf.startswith(b"%PDF")
    assert letter.reference.startswith("BK-")


@pytest.mark.parametrize("username", ["provider-0", "practice-0", "other-link-worker"])
def test_only_the_team_writes_to_the_person(username: str, database: Database, place: MadePlace) -> None:
    made = waits(database, place)
    with pytest.raises((NotAllowed, NotFound)):
        waiting_told.letter_to_person(database, place.actor(username), some(made.placement_id))


def test_sweep_gives_the_task(runtime: Runtime, place: MadePlace, clock: Clock) -> None:
    made = waits(runtime.db, place)
    clock.advance(days=29)
    for placement_id in waiting.overdue(runtime.db):
        waiting.chase(runtime.db, placement_id)
    assert placement_ids_with_task(runtime.db) == [made.id]


def placement_ids_with_task(database: Database) -> list[UUID | None]:
    with database.transaction(READER) as tx:
        found = tasks.list_open(tx, audit="test")
    return [task.referral_id for task in found if task.kind == "waiting-contact-due"]
