"""A no to sharing: what waits is cancelled, whoever may have read is asked to stop, nothing slips between the two."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.services.caring import endings
from app.services.feedback.carrying import Attempt, Result
from app.services.helping import delivery
from app.services.messages import mailing
from app.services.rights import consent
from app.services.shown import views
from app.store.mail import Mail
from app.store.session import Database
from tests.by_link import LINK_TO, add_helper
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral

_SAID_NO = text(
    "select count(*) from consent c join placement p on p.referral_id = c.referral_id"
    " where p.id = :placement and c.kind = 'share-with-provider' and not c.given"
)


@dataclass
class Carrier:
    """Takes what leaves, slowly; notes what left although the person's no was committed already."""

    admin: Engine
    pause: float = 0.0
    answer: Result = Result.SENT
    taken: list[Mail] = field(default_factory=list)
    too_late: list[UUID] = field(default_factory=list)

    def __call__(self, letter: Mail) -> Attempt:
        time.sleep(self.pause)
        if letter.placement_id is not None:
            with self.admin.connect() as connection:
                if connection.scalar(_SAID_NO, {"placement": letter.placement_id}):
                    self.too_late.append(letter.id)
        self.taken.append(letter)
        return Attempt(self.answer, transport="smtp")

    @property
    def told(self) -> set[UUID]:
        """The offers that a message was taken of."""
        return {each.placement_id for each in self.taken if each.placement_id is not None}

    @property
    def notices(self) -> list[Mail]:
        return [each for each in self.taken if each.purpose == "stop-notice"]


@pytest.fixture
def carrier(admin: Engine) -> Carrier:
    return Carrier(admin)


def say_no(db: Database, place: MadePlace, made: MadeReferral) -> None:
    consent.record(db, place.link_worker, made.id, given=False)


def offer(db: Database, place: MadePlace, clock: Clock) -> MadeReferral:
    """An offer to a group whose helper has links; its message waits."""
    made = make_referral(db, place)
    clock.advance(seconds=1)
    return made


def tasks_of(db: Database, place: MadePlace, made: MadeReferral) -> list[str]:
    return [
        each.kind for each in views.list_tasks(db, place.link_worker).lines if each.referral_id == made.id
    ]


def mail_of(admin: Engine, made: MadeReferral) -> list[tuple[str | None, bool]]:
    query = "select last_error, sent_at is not null from mail_message where placement_id = :id"
    with admin.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), {"id": made.placement_id})]


def test_a_message_that_waits_is_cancelled_and_nobody_need_be_told(
    database: Database, place: MadePlace, clock: Clock, carrier: Carrier, admin: Engine
) -> None:
    add_helper(database, place)
    made = offer(database, place, clock)
    say_no(database, place, made)
    mailing.send_due(database, carrier)
    assert carrier.taken == []
    assert mail_of(admin, made) == [("held-back-consent-withdrawn", False)]
    assert "sharing-stopped" not in tasks_of(database, place, made)


def test_a_message_that_left_is_followed_by_a_notice_and_a_task(
    database: Database, place: MadePlace, clock: Clock, carrier: Carrier
) -> None:
    add_helper(database, place)
    made = offer(database, place, clock)
    mailing.send_due(database, carrier)
    say_no(database, place, made)
    mailing.send_due(database, carrier)
    (notice,) = carrier.notices
    assert notice.to == LINK_TO
    assert "Destroy what you wrote down or printed." in notice.text
    assert "Okonkwo" not in notice.text + notice.subject
    assert "sharing-stopped" in tasks_of(database, place, made)


def test_a_group_that_read_on_its_page_is_told_and_one_that_did_not_is_left_alone(
    database: Database, place: MadePlace, clock: Clock, carrier: Carrier
) -> None:
    read, unread = offer(database, place, clock), offer(database, place, clock)
    delivery.open_offer(database, place.actor("provider-0"), read.placement_id)
    clock.advance(minutes=1)
    for made in (read, unread):
        say_no(database, place, made)
    assert "sharing-stopped" in tasks_of(database, place, read)
    assert "sharing-stopped" not in tasks_of(database, place, unread)


def test_help_that_goes_on_is_for_a_person_to_talk_about(
    database: Database, place: MadePlace, clock: Clock, carrier: Carrier
) -> None:
    made = offer(database, place, clock)
    provider = place.actor("provider-0")
    delivery.accept(database, provider, made.placement_id)
    delivery.start(database, provider, made.placement_id)
    say_no(database, place, made)
    mailing.send_due(database, carrier)
    assert carrier.notices == []
    assert "sharing-stopped" in tasks_of(database, place, made)


def test_taking_the_whole_referral_back_tells_whoever_had_read(
    database: Database, place: MadePlace, clock: Clock, carrier: Carrier
) -> None:
    add_helper(database, place)
    made = offer(database, place, clock)
    mailing.send_due(database, carrier)
    endings.withdraw(database, place.link_worker, made.id, reason="consent-withdrawn")
    mailing.send_due(database, carrier)
    assert len(carrier.notices) == 1


def test_a_message_whose_end_nobody_knows_is_not_tried_again_and_is_followed_by_a_notice(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    add_helper(database, place)
    made = offer(database, place, clock)
    mailing.send_due(database, Carrier(admin, answer=Result.LATER))
    say_no(database, place, made)
    clock.advance(hours=7)
    after = Carrier(admin)
    mailing.send_due(database, after)
    assert after.told == set()
    assert len(after.notices) == 1


def test_many_withdrawals_beside_running_senders_leave_either_the_message_or_the_notice(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    add_helper(database, place)
    made = [offer(database, place, clock) for _ in range(10)]
    carrier, is_over, begun = Carrier(admin, pause=0.1), threading.Event(), threading.Event()

    def carry(letter: Mail) -> Attempt:
        begun.set()
        return carrier(letter)

    def keep_sending() -> None:
        while not is_over.is_set():
            mailing.send_due(database, carry)

    with ThreadPoolExecutor(5) as pool:
        senders = [pool.submit(keep_sending) for _ in range(2)]
        assert begun.wait(20)
        withdrawals = [pool.submit(say_no, database, place, each) for each in made]
        faults = [each.exception() for each in withdrawals]
        is_over.set()
        faults += [each.exception() for each in senders]
    assert faults == [None] * 12
    mailing.send_due(database, carrier)
    assert carrier.too_late == []
    for each in made:
        ((error, was_sent),) = mail_of(admin, each)
        assert was_sent == (each.placement_id in carrier.told)
        assert was_sent or error == "held-back-consent-withdrawn"
        assert not was_sent or "sharing-stopped" in tasks_of(database, place, each)
    assert len(carrier.told) <= len(carrier.notices) <= len(made)


def test_a_no_waits_for_what_is_leaving_and_then_knows_of_it(
    database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    add_helper(database, place)
    made = offer(database, place, clock)
    is_leaving, may_go_on = threading.Event(), threading.Event()
    carrier = Carrier(admin)

    def slowly(letter: Mail) -> Attempt:
        is_leaving.set()
        assert may_go_on.wait(20)
        return carrier(letter)

    with ThreadPoolExecutor(2) as pool:
        sender = pool.submit(mailing.send_due, database, slowly)
        assert is_leaving.wait(20)
        withdrawal = pool.submit(say_no, database, place, made)
        time.sleep(0.3)
        assert not withdrawal.done()
        may_go_on.set()
        assert sender.result(20) == 1
        withdrawal.result(20)
    assert carrier.too_late == []
    mailing.send_due(database, carrier)
    assert len(carrier.notices) == 1
