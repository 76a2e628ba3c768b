"""Whatever people do in whatever order: only steps of the table happen, and nobody is ever left without a next date."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.domain.access import Actor
from app.domain.errors import DomainError
from app.domain.lifecycle import NEW, OPEN_REFERRAL, RULES, Action, ReferralStatus, Track
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState, ProgressMessages, Role
from app.services.caring import endings, triage
from app.services.caring.endings import Ending
from app.services.feedback import carrying
from app.services.feedback.carrying import Attempt, Result
from app.services.helping import delivery
from app.store.audit_chain import walk
from app.store.outcomes import Contact
from app.store.session import Database
from tests.conftest import Clock, Woken
from tests.factories import (
    MadePlace,
    MadeReferral,
    acknowledge,
    expire_overdue,
    make_change,
    make_place,
    make_referral,
    send,
    sender_for,
)

STRANGERS = (
    "other-link-worker",
    "other-practice",
    "provider-2",
    "practice-1",
    "steward",
    "analyst",
    "resident",
)
DEEDS = (
    *("start", "offer", "offer", "withdraw-offer", "unmet", "decline", "waitlist", "accept", "accept"),
    *("begin", "pause", "resume", "contact", "contact", "complete", "complete", "end-placement"),
    *("complete-lw", "end-early"),
    *(
        "withdraw",
        "reopen",
        "reopen",
        "carry",
        "carry-fails",
        "carry-later",
        "retry",
        "acknowledge",
        "acknowledge",
    ),
    *("refuse", "confirm", "days-pass", "update", "revoke", "stranger"),
)
ENDING = Ending(Outcome(OutcomeState.NO_CHANGE, "", ""), reason="other")


class Scene:
    """One referral, and everybody who may lay hands on it."""

    def __init__(self, db: Database, place: MadePlace, clock: Clock, woken: Woken, at: ReferralStatus):
        self.db, self.place, self.clock, self.woken = db, place, clock, woken
        self.made = make_referral(db, place, at, services=(0, 1))
        self.placement_id = self.made.placement_id

    def newest(self, admin: Engine) -> None:
        query = "select id from placement where referral_id = :id order by offered_at desc, id limit 1"
        with admin.connect() as connection:
            self.placement_id = connection.scalar(text(query), {"id": self.made.id})

    def provider(self, admin: Engine) -> Actor:
        query = "select service_id from placement where id = :id"
        with admin.connect() as connection:
            service_id = connection.scalar(text(query), {"id": self.placement_id})
        return self.place.provider_of(service_id) if service_id else self.place.actor("provider-0")


def act(scene: Scene, deed: str, admin: Engine, who: Actor | None = None) -> None:
    """Try one deed; the rules may refuse it."""
    scene.newest(admin)
    db, made, place = scene.db, scene.made, scene.place
    worker, provider = who or place.link_worker, who or scene.provider(admin)
    offered = scene.placement_id or made.id
    contact = Contact("phone", True, db.clock().date(), None, "")
    services = [service.id for service in place.services]
    deeds: dict[str, Callable[[], object]] = {
        "start": lambda: triage.start(db, worker, made.id),
        "offer": lambda: triage.offer(db, worker, made.id, services[:2]),
        "withdraw-offer": lambda: triage.withdraw_offer(db, worker, offered, reason="other"),
        "unmet": lambda: triage.record_unmet_need(db, worker, made.id),
        "decline": lambda: delivery.decline(db, provider, offered, reason="22"),
        "waitlist": lambda: delivery.waitlist(db, provider, offered),
        "accept": lambda: delivery.accept(db, provider, offered),
        "begin": lambda: delivery.start(db, provider, offered),
        "pause": lambda: delivery.pause(db, provider, offered, reason="other"),
        "resume": lambda: delivery.resume(db, provider, offered),
        "contact": lambda: delivery.record_contact(db, provider, offered, contact),
        "complete": lambda: endings.complete(db, provider, offered, ENDING),
        "end-placement": lambda: endings.end_placement_early(db, provider, offered, ENDING),
        "complete-lw": lambda: endings.complete_by_link_worker(db, worker, made.id, ENDING),
        "end-early": lambda: endings.end_early(db, worker, made.id, ENDING),
        "withdraw": lambda: endings.withdraw(db, worker, made.id, reason="other"),
        "reopen": lambda: endings.reopen(db, worker, made.id, reason="new-need"),
        "confirm": lambda: endings.confirm_read(db, who or place.actor("practice-0"), made.id),
    }
    if deed in deeds:
        deeds[deed]()
    else:
        follow_up(scene, deed, admin)


def follow_up(scene: Scene, deed: str, admin: Engine) -> None:
    """What the platform and the practice's system do."""
    db, made = scene.db, scene.made
    match deed:
        case "carry" | "carry-fails" | "carry-later":
            result = {"carry": Result.SENT, "carry-fails": Result.NEVER}.get(deed, Result.LATER)
            for outbox_id in list(scene.woken.ids):
                carrying.deliver(db, outbox_id, lambda _: Attempt(result, "ref", "error"))
        case "retry":
            with admin.connect() as connection:
                query = text("select id from feedback where referral_id = :id limit 1")
                found = connection.scalar(query, {"id": made.id})
            endings.retry_feedback(db, scene.place.link_worker, found or made.id)
        case "acknowledge" | "refuse":
            answer(db, made, "ok" if deed == "acknowledge" else "fatal-error")
        case "days-pass":
            scene.clock.advance(days=20)
            expire_overdue(db)
        case "update" | "revoke":
            change = make_change(made.message, "active" if deed == "update" else "revoked")
            send(db, change, sender_for(made.practice))


def answer(db: Database, made: MadeReferral, code: str) -> None:
    try:
        acknowledge(db, made, code=code)
    except IndexError:
        return  # nothing was told yet, so there is nothing to answer


def check_nobody_is_forgotten(scene: Scene, admin: Engine) -> None:
    query = text("select status, team_id, next_action_on, ended_at from referral where id = :id")
    with admin.connect() as connection:
        row = connection.execute(query, {"id": scene.made.id}).one()
    assert (row.next_action_on is not None) == (row.status in OPEN_REFERRAL)
    assert (row.ended_at is None) == (row.status in OPEN_REFERRAL)
    assert row.team_id == scene.place.team.id


def check_replay(scene: Scene, admin: Engine) -> None:
    """The steps, taken again from nothing by the table, lead to the statuses that the rows have."""
    mine = {"id": scene.made.id}
    with admin.connect() as connection:
        steps = connection.execute(
            text("select * from transition where referral_id = :id order by id"), mine
        ).all()
        rows = {
            (Track.REFERRAL, None): connection.execute(
                text("select status from referral where id = :id"), mine
            ),
            (Track.FEEDBACK, None): connection.execute(
                text("select status from feedback where referral_id = :id and kind = 'outcome'"), mine
            ),
            (Track.PROGRESS, None): connection.execute(
                text("select status from feedback where referral_id = :id and kind <> 'outcome'"), mine
            ),
        }
        kept = {key: Counter(found.scalars().all()) for key, found in rows.items()}
        for row in connection.execute(text("select id, status from placement where referral_id = :id"), mine):
            kept[Track.PLACEMENT, row.id] = Counter([row.status])
    replayed: dict[tuple[Track, object], Counter[str]] = {key: Counter() for key in kept}
    for step in steps:
        rule = RULES[Track(step.track), step.before, Action(step.action)]
        assert (rule.after, Role(step.role) in rule.roles) == (step.after, True)
        standing = replayed[Track(step.track), step.placement_id]
        if step.before != NEW:
            assert standing[step.before] > 0
            standing[step.before] -= 1
        standing[step.after] += 1
    assert {key: +found for key, found in replayed.items()} == kept


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_order_of_deeds_leaves_the_table_or_loses_anybody(
    database: Database, clock: Clock, woken: Woken, admin: Engine, place: MadePlace, data: st.DataObject
) -> None:
    began_at = data.draw(st.sampled_from(ReferralStatus))
    scene, began = Scene(database, place, clock, woken, began_at), clock.now
    for deed in data.draw(st.lists(st.sampled_from(DEEDS), min_size=4, max_size=18)):
        try:
            if deed == "stranger":
                stranger = place.actor(data.draw(st.sampled_from(STRANGERS)))
                act(scene, data.draw(st.sampled_from(DEEDS[:19])), admin, who=stranger)
            else:
                act(scene, deed, admin)
        except DomainError:
            pass  # refused: nothing may have changed, which the checks below see
        check_nobody_is_forgotten(scene, admin)
    check_replay(scene, admin)
    assert walk(database.engine).faults == ()
    clock.now = began


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database, progress=ProgressMessages.ALL)


@pytest.mark.parametrize("status", ReferralStatus)
def test_every_status_is_reached_by_real_steps_and_replays(
    database: Database, place: MadePlace, clock: Clock, woken: Woken, admin: Engine, status: ReferralStatus
) -> None:
    scene = Scene(database, place, clock, woken, status)
    with admin.connect() as connection:
        query = text("select status from referral where id = :id")
        assert connection.scalar(query, {"id": scene.made.id}) == status
    check_nobody_is_forgotten(scene, admin)
    check_replay(scene, admin)
