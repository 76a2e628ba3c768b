"""Offers, answers, silence, help and endings, by the people who do them: what follows, and what is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from app.domain.lifecycle import FeedbackStatus, ReferralStatus
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome, Placement, Referral
from app.domain.vocabulary import Access, Need, OutcomeState
from app.services.caring import endings, triage
from app.services.caring.endings import Ending
from app.services.feedback import acknowledgement
from app.services.helping import delivery
from app.services.watching.calendar import deadlines
from app.store import feedback, outbox, placements, referrals, tasks
from app.store.outcomes import Contact
from app.store.session import Database
from fhir.inbound import read_message
from tests.conftest import Clock, Woken
from tests.factories import (
    MadePlace,
    MadeReferral,
    acknowledge,
    expire_overdue,
    make_ending,
    make_referral,
)

READER = system("test")
NOT_KNOWN = Outcome(OutcomeState.NOT_KNOWN, "", "")


@pytest.fixture
def active(database: Database, place: MadePlace) -> MadeReferral:
    """Offered to the first provider; the second is asked next."""
    return make_referral(database, place, ReferralStatus.ACTIVE, services=(0, 1))


def now(database: Database, made: MadeReferral) -> tuple[Referral, list[Placement]]:
    with database.transaction(READER) as tx:
        found = placements.list_for_referral(tx, made.id, audit="test")
        return referrals.get(tx, made.id, audit="test"), list(found)


def statuses(database: Database, made: MadeReferral) -> tuple[str, list[str]]:
    referral, found = now(database, made)
    return referral.status, sorted(placement.status for placement in found)


def newest(database: Database, made: MadeReferral) -> Placement:
    return max(
        now(database, made)[1], key=lambda placement: (placement.status == "offered", placement.offered_at)
    )


def contact(database: Database, *, reached: bool = True, days: int = 0, channel: str = "phone") -> Contact:
    return Contact(channel, reached, database.clock().date() + timedelta(days=days), 10, "")


# --- triage ---------------------------------------------------------------------------------------------------


def test_link_worker_takes_a_referral_in_hand_and_owns_it(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    make_referral(database, place, ReferralStatus.IN_TRIAGE)
    with admin.connect() as connection:
        assert connection.scalar(text("select owner_id from referral")) == place.link_worker.user_id


@pytest.mark.parametrize(
    "who", ["practice-0", "provider-0", "steward", "analyst", "resident", "other-link-worker"]
)
def test_nobody_else_triages(database: Database, place: MadePlace, who: str) -> None:
    made = make_referral(database, place, ReferralStatus.RECEIVED)
    actor, service = place.actor(who), place.services[0].id
    deeds: list[Callable[[], object]] = [
        lambda: triage.start(database, actor, made.id),
        lambda: triage.set_needs(database, actor, made.id, needs=[Need.FOOD], access=[]),
        lambda: triage.suggest(database, actor, made.id),
        lambda: triage.offer(database, actor, made.id, [service]),
        lambda: triage.record_unmet_need(database, actor, made.id),
        lambda: endings.end_early(database, actor, made.id, Ending(NOT_KNOWN, reason="died")),
        lambda: endings.reopen(database, actor, made.id, reason="new-need"),
    ]
    for deed in deeds:
        with pytest.raises((NotAllowed, NotFound, Conflict)):
            deed()
    assert statuses(database, made) == ("received", [])


def test_suggestions_are_ranked_with_reasons(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE, needs=(Need.MONEY_ADVICE,))
    found = triage.suggest(database, place.link_worker, made.id)
    assert [match.suitable for match in found.matches] == [True, False, False]
    assert found.matches[0].service == place.services[1]
    assert "Helps with money, benefits and debt advice" in found.matches[0].reasons


def test_needs_are_set_from_the_list_only(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    with pytest.raises(Invalid) as refused:
        triage.set_needs(database, place.link_worker, made.id, needs=["fun"], access=["ramp"])
    assert {problem.field for problem in refused.value.problems} == {"needs", "access"}
    triage.set_needs(
        database, place.link_worker, made.id, needs=[Need.FOOD, Need.FOOD], access=[Access.STEP_FREE]
    )
    referral, _ = now(database, made)
    assert (referral.needs, referral.access) == (("food",), ("step-free",))


def test_offer_to_nobody_twice_or_to_strangers_is_refused(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    one = place.services[0].id
    for wrong in ([], [one, one], [one, UUID(int=0)]):
        with pytest.raises(Invalid):
            triage.offer(database, place.link_worker, made.id, wrong)
    assert statuses(database, made) == ("in-triage", [])


def test_second_offer_waits_for_the_first_answer(
    database: Database, place: MadePlace, active: MadeReferral
) -> None:
    with pytest.raises(Conflict, match="still waiting for its answer"):
        triage.offer(database, place.link_worker, active.id, [place.services[2].id])


def test_nobody_can_help_becomes_unmet_need(
    database: Database, place: MadePlace, active: MadeReferral, admin: Engine
) -> None:
    with pytest.raises(Conflict):
        triage.record_unmet_need(database, place.link_worker, active.id)
    triage.withdraw_offer(database, place.link_worker, active.placement_id, reason="other")
    assert triage.record_unmet_need(database, place.link_worker, active.id) == 1
    with admin.connect() as connection:
        assert connection.execute(text("select need, area from unmet_need")).all() == [
            ("social-connection", "E8")
        ]


def test_withdrawn_offer_brings_the_referral_back_to_triage(
    database: Database, place: MadePlace, active: MadeReferral
) -> None:
    triage.withdraw_offer(database, place.link_worker, active.placement_id, reason="placed-elsewhere")
    assert statuses(database, active) == ("in-triage", ["withdrawn"])


# --- the provider's answers -----------------------------------------------------------------------------------


def test_provider_cannot_complete_what_it_has_not_accepted(
    database: Database, place: MadePlace, active: MadeReferral
) -> None:
    with pytest.raises(Conflict):
        endings.complete(database, place.actor("provider-0"), active.placement_id, Ending(NOT_KNOWN))


def test_another_provider_finds_nothing(database: Database, place: MadePlace, active: MadeReferral) -> None:
    other, offered = place.actor("provider-1"), active.placement_id
    deeds: list[Callable[[], object]] = [
        lambda: delivery.open_offer(database, other, offered),
        lambda: delivery.accept(database, other, offered),
        lambda: delivery.waitlist(database, other, offered),
        lambda: delivery.decline(database, other, offered, reason="22"),
        lambda: delivery.start(database, other, offered),
        lambda: delivery.record_contact(database, other, offered, contact(database)),
        lambda: endings.complete(database, other, offered, Ending(NOT_KNOWN)),
        lambda: endings.end_placement_early(database, other, offered, Ending(NOT_KNOWN, reason="died")),
    ]
    for deed in deeds:
        with pytest.raises(NotFound):
            deed()


def test_opening_twice_is_harmless_and_looking_by_the_team_opens_nothing(
    database: Database, place: MadePlace, active: MadeReferral
) -> None:
    delivery.open_offer(database, place.link_worker, active.placement_id)
    assert statuses(database, active) == ("active", ["offered"])
    for _ in range(2):
        delivery.open_offer(database, place.actor("provider-0"), active.placement_id)
    assert statuses(database, active) == ("active", ["opened"])


def test_decline_needs_a_coded_reason(database: Database, place: MadePlace, active: MadeReferral) -> None:
    for reason in (None, "", "too busy"):
        with pytest.raises(Invalid):
            delivery.decline(database, place.actor("provider-0"), active.placement_id, reason=reason)
    assert statuses(database, active) == ("active", ["offered"])


def test_decline_falls_through_to_the_next_and_then_back_to_triage(
    database: Database, place: MadePlace, active: MadeReferral
) -> None:
    delivery.decline(database, place.actor("provider-0"), active.placement_id, reason="22")
    assert statuses(database, active) == ("active", ["declined", "offered"])
    following = newest(database, active)
    assert following.service_id == place.services[1].id
    assert following.why
    delivery.decline(database, place.actor("provider-1"), following.id, reason="42")
    assert statuses(database, active) == ("in-triage", ["declined", "declined"])
    today = database.clock().date()
    assert now(database, active)[0].next_action_on == deadlines().days.on_or_after(today)


def test_silence_falls_through_after_the_services_own_working_days(
    database: Database, place: MadePlace, active: MadeReferral, clock: Clock
) -> None:
    last_day = deadlines().days.after(clock.today, place.services[0].answer_days)
    clock.set(last_day)
    assert expire_overdue(database) == 0
    clock.advance(days=1)
    assert expire_overdue(database) == 1
    assert statuses(database, active) == ("active", ["expired", "offered"])
    assert expire_overdue(database) == 0
    clock.advance(days=20)
    assert expire_overdue(database) == 1
    assert statuses(database, active) == ("in-triage", ["expired", "expired"])


def test_acceptance_ends_the_asking_and_takes_a_place(
    database: Database, place: MadePlace, active: MadeReferral, admin: Engine
) -> None:
    with admin.connect() as connection:
        connection.execute(text("update service set places_left = 2"))
        delivery.accept(database, place.actor("provider-0"), active.placement_id)
        assert connection.scalar(text("select count(*) from offer_plan")) == 0
        left = (
            connection.execute(text("select places_left from service order by places_left")).scalars().all()
        )
    assert left == [1, 2, 2]


def test_waiting_list_makes_the_referral_wait_and_acceptance_resumes_it(
    database: Database, place: MadePlace, active: MadeReferral
) -> None:
    delivery.waitlist(database, place.actor("provider-0"), active.placement_id)
    assert statuses(database, active) == ("waiting", ["waitlisted"])
    delivery.accept(database, place.actor("provider-0"), active.placement_id)
    assert statuses(database, active) == ("active", ["accepted"])


def test_first_contact_that_reached_the_person_starts_help(
    database: Database, place: MadePlace, active: MadeReferral
) -> None:
    provider = place.actor("provider-0")
    with pytest.raises(Conflict):
        delivery.record_contact(database, provider, active.placement_id, contact(database))
    delivery.accept(database, provider, active.placement_id)
    delivery.record_contact(database, provider, active.placement_id, contact(database, reached=False))
    assert statuses(database, active) == ("active", ["accepted"])
    delivery.record_contact(database, provider, active.placement_id, contact(database))
    assert statuses(database, active) == ("active", ["started"])


def test_a_contact_cannot_be_earlier_than_the_offer(
    database: Database, place: MadePlace, active: MadeReferral
) -> None:
    provider = place.actor("provider-0")
    delivery.accept(database, provider, active.placement_id)
    before = replace(contact(database), happened_on=database.clock().date() - timedelta(days=1))
    with pytest.raises(Invalid, match="cannot be earlier"):
        delivery.record_contact(database, provider, active.placement_id, before)


def test_every_fault_of_a_contact_is_told_at_once(
    database: Database, place: MadePlace, active: MadeReferral
) -> None:
    provider = place.actor("provider-0")
    delivery.accept(database, provider, active.placement_id)
    with pytest.raises(Invalid) as refused:
        delivery.record_contact(
            database, provider, active.placement_id, contact(database, days=2, channel="pigeon")
        )
    assert {problem.field for problem in refused.value.problems} == {"channel", "happened_on"}


def test_provider_that_cannot_go_on_gives_the_referral_back(
    database: Database, place: MadePlace, active: MadeReferral
) -> None:
    provider = place.actor("provider-0")
    delivery.accept(database, provider, active.placement_id)
    endings.end_placement_early(
        database, provider, active.placement_id, Ending(NOT_KNOWN, reason="did-not-engage")
    )
    assert statuses(database, active) == ("in-triage", ["ended-early"])


# --- endings and the way back ---------------------------------------------------------------------------------


def test_nothing_ends_without_an_outcome(database: Database, place: MadePlace, active: MadeReferral) -> None:
    provider = place.actor("provider-0")
    delivery.accept(database, provider, active.placement_id)
    delivery.start(database, provider, active.placement_id)
    nothing = Ending(None, reason="other")
    for deed in (
        lambda: endings.complete(database, provider, active.placement_id, nothing),
        lambda: endings.complete_by_link_worker(database, place.link_worker, active.id, nothing),
        lambda: endings.end_early(database, place.link_worker, active.id, nothing),
    ):
        with pytest.raises(Invalid, match="Say how it ended"):
            deed()
    assert statuses(database, active) == ("active", ["started"])


def test_every_fault_of_an_ending_is_told_at_once(
    database: Database, place: MadePlace, active: MadeReferral
) -> None:
    tomorrow = database.clock().date() + timedelta(days=2)
    wrong = Ending(
        Outcome(OutcomeState.BETTER, "x" * 4001, "", goal_before=-1, goal_after=11),
        [Taken("ucla3", Phase.AFTER, {"isolated": 4}, tomorrow), Taken("none", Phase.AFTER, {}, tomorrow)],
    )
    with pytest.raises(Invalid) as refused:
        endings.complete_by_link_worker(database, place.link_worker, active.id, wrong)
    assert {problem.field for problem in refused.value.problems} == {
        "measures.0.answers.isolated",
        "measures.0.taken_on",
        "measures.1.answers",
        "measures.1.taken_on",
        "goal_before",
        "goal_after",
        "summary",
    }


def test_news_goes_to_the_practice_that_asked_and_never_to_the_patients_own(
    database: Database, place: MadePlace, woken: Woken, admin: Engine
) -> None:
    make_referral(database, place, ReferralStatus.COMPLETED, practice=place.practices[1])
    with admin.connect() as connection:
        # The message names G82080 as the practice where the person is registered.
        assert connection.execute(text("select recipient from outbox_message")).scalars().all() == [
            "A81002OT001"
        ]
    assert len(woken.ids) == 1


def test_practice_that_no_transport_reaches_becomes_a_task(
    database: Database, place: MadePlace, admin: Engine, woken: Woken
) -> None:
    with admin.connect() as connection:
        connection.execute(text("update organisation set feedback_transport = null, feedback_address = null"))
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    with database.transaction(place.link_worker) as tx:
        assert [task.kind for task in tasks.list_open(tx, audit="test")] == ["tell-practice-another-way"]
    assert woken.ids == []
    endings.confirm_read(database, place.actor("practice-0"), made.id)
    assert statuses(database, made)[0] == "closed"


def test_acknowledgement_closes_and_saying_it_again_is_harmless(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    for _ in range(2):
        acknowledge(database, made)
        assert statuses(database, made)[0] == "closed"
    endings.confirm_read(database, place.actor("practice-0"), made.id)
    assert statuses(database, made)[0] == "closed"


def test_acknowledgement_by_another_practice_finds_nothing(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    with database.transaction(READER) as tx:
        message_id = feedback.list_for_referral(tx, made.id, audit="test")[0].message_id
    for practice, answers in ((place.practices[1], message_id), (made.practice, "unknown")):
        with pytest.raises(NotFound, match="No message of ours"), database.transaction(READER) as tx:
            acknowledgement.record(tx, answers=answers, code="ok", practice_id=practice.id, how="test")
    with pytest.raises(NotAllowed):
        endings.confirm_read(database, place.link_worker, made.id)
    with pytest.raises((NotFound, Conflict)):
        endings.confirm_read(database, place.actor("practice-1"), made.id)
    assert statuses(database, made)[0] == "completed"


def test_refused_news_keeps_the_loop_open_and_becomes_a_task(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    for _ in range(2):
        acknowledge(database, made, code="fatal-error")
    with database.transaction(place.link_worker) as tx:
        told = feedback.list_for_referral(tx, made.id, audit="test")
        assert [task.kind for task in tasks.list_open(tx, audit="test")] == ["feedback-failed"]
    assert [(each.status, each.failure) for each in told] == [(FeedbackStatus.FAILED, "practice-fatal-error")]
    assert statuses(database, made)[0] == "completed"
    acknowledge(database, made)
    assert statuses(database, made)[0] == "closed"


def test_reopened_referral_is_told_again_and_only_the_newest_news_closes_it(
    database: Database, place: MadePlace, woken: Woken, clock: Clock
) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    with database.transaction(READER) as tx:
        first = feedback.list_for_referral(tx, made.id, audit="test")[0].message_id
    endings.reopen(database, place.link_worker, made.id, reason="new-need")
    clock.advance(minutes=1)
    endings.complete_by_link_worker(database, place.link_worker, made.id, make_ending(clock.today))
    with database.transaction(READER) as tx:
        acknowledgement.record(tx, answers=first, code="ok", practice_id=made.practice.id, how="test")
    assert statuses(database, made)[0] == "completed"
    acknowledge(database, made)
    assert statuses(database, made)[0] == "closed"
    assert len(set(woken.ids)) == 2


def test_late_acknowledgement_does_not_close_what_was_reopened(database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    endings.reopen(database, place.link_worker, made.id, reason="person-returned")
    endings.confirm_read(database, place.actor("practice-0"), made.id)
    assert statuses(database, made)[0] == "in-triage"


def test_withdrawal_stops_everybody_and_tells_no_outcome(
    database: Database, place: MadePlace, active: MadeReferral, woken: Woken
) -> None:
    with pytest.raises(Invalid):
        endings.withdraw(database, place.actor("practice-0"), active.id, reason=None)
    endings.withdraw(database, place.actor("practice-0"), active.id, reason="consent-withdrawn")
    assert statuses(database, active) == ("withdrawn", ["withdrawn"])
    assert woken.ids == []


def test_composed_message_is_a_message_that_our_own_reader_knows_as_an_answer(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    made = make_referral(database, place, ReferralStatus.COMPLETED)
    bundle_id = now(database, made)[0].original_bundle_id
    with database.transaction(READER) as tx:
        from_outbox = tx.session.execute(text("select id from outbox_message")).scalar_one()
        outgoing = outbox.lease(tx, from_outbox)
    assert outgoing is not None
    assert read_message(outgoing.body).answers == bundle_id


@pytest.mark.parametrize("other", ["withdraw", "decline", "accept"])
def test_of_two_people_at_once_one_is_told_of_the_other(
    database: Database, place: MadePlace, active: MadeReferral, other: str
) -> None:
    provider, together = place.actor("provider-0"), Barrier(2)
    deeds: dict[str, Callable[[], object]] = {
        "accept": lambda: delivery.accept(database, provider, active.placement_id),
        "decline": lambda: delivery.decline(database, provider, active.placement_id, reason="22"),
        "withdraw": lambda: triage.withdraw_offer(
            database, place.link_worker, active.placement_id, reason="other"
        ),
    }

    def act(name: str) -> DomainError | None:
        together.wait()
        try:
            deeds[name]()
        except DomainError as refused:
            return refused
        return None

    with ThreadPoolExecutor(2) as people:
        ends = list(people.map(act, ("accept", other)))
    refused = [end for end in ends if end is not None]
    # A withdrawal may also come after the acceptance; then both have been heard.
    assert len(refused) == 1 or (other == "withdraw" and statuses(database, active)[1] == ["withdrawn"])
    assert all(isinstance(each, Conflict) for each in refused)
