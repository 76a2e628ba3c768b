"""How and whether somebody wants us to be in touch: what they said counts at once, also for what waits to leave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from app import jobs
from app.domain.access import system
from app.domain.check_in import CheckInStatus
from app.domain.consent_wordings import Kind
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.follow_up import AskBy
from app.domain.message_templates import Channel
from app.domain.own_codes import LinkBy, Wish
from app.runtime import Runtime
from app.services.feedback.carrying import Attempt, Result
from app.services.messages import mailing, messages_out
from app.services.messages.messages_out import Message
from app.services.own import own_links, person_choices
from app.services.own.person_choices import Answer
from app.services.shown import views
from app.store.check_ins import CheckIn
from app.store.mail import Mail
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.messages_out.conftest import FakeNotify, sweep
from tests.integration.messages_out.test_check_ins import to_the_day
from tests.integration.web.conftest import Visitor

Asked = Callable[[], Sequence[CheckIn]]
Say = Callable[..., None]
SignIn = Callable[[str], Visitor]


@pytest.fixture
def say(runtime: Runtime, place: MadePlace, made: MadeReferral) -> Say:
    """Write down what the person says of contact."""

    def it(*, given: bool, how: str = "telephone", **told: object) -> None:
        answer = Answer(kind=Kind.CONTACT, given=given, wording=1, **told)  # type: ignore[arg-type]
        person_choices.record(runtime.db, place.link_worker, made.id, answer, how=how)

    return it


def write_to(db: Database, place: MadePlace, made: MadeReferral, channel: Channel = Channel.EMAIL) -> None:
    """A message to the person waits to be sent."""
    to = {Channel.EMAIL: "ada@example.org", Channel.TEXT: "07700 900461"}[channel]
    told = {"link": "http://localhost/my/x", "phone": None, "date": "1 May 2027"}
    with db.transaction(place.link_worker) as tx:
        message = Message("check-in" if channel is Channel.TEXT else "own-page", channel, to, told, "news")
        messages_out.to_person(tx, message, referral_id=made.id, team_id=place.team.id)


def errors(admin: Engine) -> list[str | None]:
    query = text("select last_error from mail_message where referral_id is not null order by created_at, id")
    with admin.connect() as connection:
        return list(connection.scalars(query))


def sent(db: Database) -> list[Mail]:
    taken: list[Mail] = []

    def carry(letter: Mail) -> Attempt:
        taken.append(letter)
        return Attempt(Result.SENT, transport="smtp")

    mailing.send_due(db, carry)
    return [each for each in taken if each.referral_id]


def test_a_no_holds_back_what_waits_and_a_later_yes_lets_the_next_go(
    runtime: Runtime, place: MadePlace, made: MadeReferral, say: Say, admin: Engine, clock: Clock
) -> None:
    write_to(runtime.db, place, made)
    say(given=False)
    assert sent(runtime.db) == []
    assert errors(admin) == ["held-back-contact-refused"]
    clock.advance(minutes=1)
    say(given=True)
    write_to(runtime.db, place, made)
    assert len(sent(runtime.db)) == 1


def test_only_the_ways_that_they_chose_are_gone(
    runtime: Runtime, place: MadePlace, made: MadeReferral, say: Say, admin: Engine
) -> None:
    write_to(runtime.db, place, made, Channel.EMAIL)
    write_to(runtime.db, place, made, Channel.TEXT)
    say(given=True, ways=(AskBy.TEXT,))
    (left,) = sent(runtime.db)
    assert left.channel == Channel.TEXT
    assert sorted(errors(admin), key=str) == [None, "held-back-contact-other-way"]


def test_a_yes_holds_to_the_end_of_its_last_day_and_then_nothing_leaves(
    runtime: Runtime, place: MadePlace, made: MadeReferral, say: Say, admin: Engine, clock: Clock
) -> None:
    say(given=True, months=3)
    with admin.connect() as connection:
        last_day = connection.scalar(text("select expires_on from consent where kind = 'contact'"))
    clock.set(last_day)
    write_to(runtime.db, place, made)
    assert len(sent(runtime.db)) == 1
    write_to(runtime.db, place, made)
    clock.advance(days=1)
    assert sent(runtime.db) == []
    assert sorted(errors(admin), key=str) == [None, "held-back-contact-refused"]


def test_nobody_is_asked_whether_help_arrived_who_said_no(
    runtime: Runtime, clock: Clock, asked: Asked, say: Say
) -> None:
    to_the_day(clock, runtime.db, asked)
    say(given=False)
    sweep(runtime.db, has_texts=True)
    assert (asked()[0].status, asked()[0].reason) == (CheckInStatus.STOPPED, "contact-refused")


def test_whoever_wants_calls_alone_is_rung_and_gets_no_text(
    posting: Runtime, notify: FakeNotify, clock: Clock, asked: Asked, say: Say
) -> None:
    say(given=True, ways=(AskBy.PHONE,))
    to_the_day(clock, posting.db, asked)
    jobs.sweep(posting)
    assert notify.taken == []
    assert (asked()[0].status, asked()[0].way) == (CheckInStatus.TO_CALL, AskBy.PHONE)


def test_whoever_wants_texts_alone_is_not_rung(
    runtime: Runtime, clock: Clock, asked: Asked, say: Say
) -> None:
    say(given=True, ways=(AskBy.TEXT,))
    to_the_day(clock, runtime.db, asked)
    sweep(runtime.db)  # nobody sends texts here
    assert asked()[0].status is CheckInStatus.NOT_ASKED


def test_no_link_is_e_mailed_to_whoever_wants_no_e_mails(
    runtime: Runtime, place: MadePlace, made: MadeReferral, say: Say
) -> None:
    say(given=True, ways=(AskBy.LETTER,))
    with pytest.raises(Conflict, match="do not want e-mails"):
        own_links.make(runtime.db, place.link_worker, made.id, Wish(7, link_by=LinkBy.EMAIL))


def test_the_team_reads_it_first_and_the_provider_reads_the_way_and_never_the_no(
    runtime: Runtime, place: MadePlace, made: MadeReferral, say: Say, clock: Clock, sign_in: SignIn
) -> None:
    def team() -> str:
        return " ".join(views.get_heading(runtime.db, place.link_worker, made.id).take_care)

    say(given=True, ways=(AskBy.LETTER,))
    assert "letter only, in their own word" in team()
    offer = sign_in("provider-0").get(f"/offers/{made.placement_id}").text
    assert "letter only" in offer
    clock.advance(minutes=1)
    say(given=False)
    assert "asked us not to be in touch" in team()
    offer = sign_in("provider-0").get(f"/offers/{made.placement_id}").text
    assert "not to be in touch" not in offer


def test_it_is_another_teams_nobodys_and_no_way_is_invented(
    runtime: Runtime, place: MadePlace, made: MadeReferral, say: Say
) -> None:
    answer = Answer(kind=Kind.CONTACT, given=False)
    with pytest.raises(NotFound):
        person_choices.record(runtime.db, place.actor("other-link-worker"), made.id, answer, how="telephone")
    with pytest.raises(Invalid, match="ways"):
        say(given=True, ways=("pigeon",))
    with pytest.raises(Invalid, match="how"):
        say(given=True, how="by-smoke")


def test_a_no_waits_for_what_is_leaving_and_nothing_leaves_after_it(
    runtime: Runtime, place: MadePlace, made: MadeReferral, say: Say, admin: Engine
) -> None:
    is_leaving, may_go_on = threading.Event(), threading.Event()
    too_late: list[bool] = []

    def slowly(letter: Mail) -> Attempt:
        is_leaving.set()
        assert may_go_on.wait(20)
        with admin.connect() as connection:
            query = "select exists(select from consent where kind = 'contact' and not given)"
            too_late.append(bool(connection.scalar(text(query))))
        return Attempt(Result.SENT, transport="smtp")

    for _ in range(3):
        write_to(runtime.db, place, made)
    with ThreadPoolExecutor(2) as pool:
        sender = pool.submit(mailing.send_due, runtime.db, slowly)
        assert is_leaving.wait(20)
        refusal = pool.submit(say, given=False)
        time.sleep(0.3)
        assert not refusal.done()
        may_go_on.set()
        refusal.result(20)
        sender.result(20)
    assert not any(too_late)
    held = [each for each in errors(admin) if each]
    assert len(held) + len(too_late) == 3
    with runtime.db.transaction(system("test")) as tx:
        found = tx.session.scalar(text("select count(*) from mail_message where sent_at is not null"))
    assert found == len(too_late)
