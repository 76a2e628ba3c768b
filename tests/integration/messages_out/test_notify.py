"""Messages through GOV.UK Notify: each once, whatever breaks; watched until it is known what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from app import jobs
from app.clients.notify import Notify, NotifyAccount
from app.domain.access import system
from app.domain.cautions import Cautions
from app.domain.errors import Invalid
from app.domain.message_templates import Channel
from app.runtime import Runtime
from app.services.caring import endings
from app.services.follow_up import follow_ups
from app.services.messages import mailing, messages_out
from app.services.messages.messages_out import Message
from app.store import cautions, people
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.messages_out.conftest import KEY, TEMPLATES, FakeNotify

LINK = "http://localhost/my/" + "c" * 43
ADDRESS = "Ada Okonkwo\n1 Cardamom Street\nE8 1EA"


def write(runtime: Runtime, place: MadePlace, made: MadeReferral, **changes: object) -> None:
    """Write a question to the person, as the sweep does."""
    values: dict[str, object] = {"link": LINK, "phone": None}
    message = Message("check-in", Channel.TEXT, "07700 900461", values, "check-in")  # type: ignore[arg-type]
    with runtime.db.transaction(system("test")) as tx:
        messages_out.to_person(
            tx,
            replace(message, **changes),  # type: ignore[arg-type]
            referral_id=made.id,
            team_id=place.team.id,
        )


def rows(admin: Engine) -> list[dict[str, object]]:
    with admin.connect() as connection:
        found = connection.execute(text("select * from mail_message order by created_at, id")).mappings()
        return [dict(each) for each in found]


def free_lease(admin: Engine) -> None:
    """Let a minute pass by the database's own clock: whoever held the message is dead."""
    with admin.connect() as connection:
        connection.execute(text("update mail_message set leased_until = now() - interval '1 second'"))


def test_a_text_goes_out_once_and_its_number_and_words_are_kept_no_longer(
    posting: Runtime, place: MadePlace, made: MadeReferral, notify: FakeNotify, admin: Engine
) -> None:
    write(posting, place, made)
    assert b"07700" not in bytes(rows(admin)[0]["to_person"])  # type: ignore[arg-type]
    jobs.send_mail(posting)
    jobs.send_mail(posting)
    (one,) = notify.taken
    assert (one["path"], one["phone_number"], one["template_id"]) == (
        "/v2/notifications/sms",
        "07700 900461",
        TEMPLATES["text"],
    )
    assert LINK in one["personalisation"]["message"]
    (row,) = rows(admin)
    assert (row["to_person"], row["body"], row["transport"]) == (None, None, "notify")
    assert (str(row["reference"]), row["transport_reference"]) == (one["reference"], one["id"])


@pytest.mark.parametrize(
    ("channel", "to", "path"),
    [
        (Channel.EMAIL, "ada@example.org", "/v2/notifications/email"),
        (Channel.LETTER, ADDRESS, "/v2/notifications/letter"),
    ],
)
def test_e_mails_and_letters_go_the_same_way(
    channel: Channel,
    to: str,
    path: str,
    posting: Runtime,
    place: MadePlace,
    made: MadeReferral,
    notify: FakeNotify,
) -> None:
    write(posting, place, made, channel=channel, to=to)
    jobs.send_mail(posting)
    (one,) = notify.taken
    assert one["path"] == path
    assert one["personalisation"]["subject"] == "A quick question"
    if channel is Channel.LETTER:
        assert one["personalisation"]["address_line_3"] == "E8 1EA"


def test_a_crash_between_sending_and_writing_it_down_never_sends_twice(
    posting: Runtime, place: MadePlace, made: MadeReferral, notify: FakeNotify, admin: Engine
) -> None:
    write(posting, place, made)

    def crash(letter: mailing.Mail) -> mailing.Attempt:
        jobs._send(posting, letter)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mailing.send_due(posting.db, crash)
    assert rows(admin)[0]["sent_at"] is None
    free_lease(admin)
    jobs.send_mail(posting)
    assert len(notify.taken) == 1
    assert any("reference=" in path for path in notify.asked)
    assert rows(admin)[0]["transport_reference"] == notify.taken[0]["id"]


def test_an_answer_that_is_lost_after_it_was_taken_never_sends_twice(
    posting: Runtime, place: MadePlace, made: MadeReferral, notify: FakeNotify, clock: Clock, admin: Engine
) -> None:
    write(posting, place, made)
    notify.takes_first, notify.answers = True, [(502, {})]
    jobs.send_mail(posting)
    assert (rows(admin)[0]["sent_at"], rows(admin)[0]["last_error"]) == (None, "notify-502")
    clock.advance(minutes=2)
    jobs.send_mail(posting)
    assert len(notify.taken) == 1
    assert rows(admin)[0]["sent_at"] is not None


def test_a_first_attempt_asks_nothing(
    posting: Runtime, place: MadePlace, made: MadeReferral, notify: FakeNotify
) -> None:
    write(posting, place, made)
    jobs.send_mail(posting)
    assert notify.asked == []


def test_a_wrong_key_is_tried_again_later_and_sends_nothing(
    runtime: Runtime, place: MadePlace, made: MadeReferral, notify: FakeNotify, admin: Engine
) -> None:
    wrong = Notify(NotifyAccount(KEY[:-1] + ("0" if KEY[-1] != "0" else "1"), TEMPLATES, notify.url))
    write(runtime, place, made)
    jobs.send_mail(replace(runtime, notify=wrong))
    assert notify.taken == []
    assert (rows(admin)[0]["last_error"], rows(admin)[0]["failed_at"]) == ("notify-403", None)


def test_what_notify_refuses_becomes_a_task_of_the_team(
    posting: Runtime, place: MadePlace, made: MadeReferral, notify: FakeNotify, counted: Callable[[str], int]
) -> None:
    write(posting, place, made, purpose="own page")
    notify.answers = [(400, {"status_code": 400, "errors": []})]
    jobs.send_mail(posting)
    assert counted("mail_message where failed_at is not null and last_error = 'notify-400'") == 1
    team_task = "kind = 'message-not-delivered' and done_at is null and organisation_id is not null"
    assert counted(f"task where {team_task}") == 1


def test_after_a_day_and_a_half_of_silence_it_is_given_up(
    posting: Runtime, place: MadePlace, made: MadeReferral, notify: FakeNotify, clock: Clock, admin: Engine
) -> None:
    write(posting, place, made)
    notify.answers = [(503, {}) for _ in range(40)]
    for _ in range(mailing.MOST_ATTEMPTS):
        jobs.send_mail(posting)
        clock.advance(hours=6)
    assert rows(admin)[0]["failed_at"] is not None
    assert notify.taken == []


def test_what_became_of_it_is_read_back(
    posting: Runtime, place: MadePlace, made: MadeReferral, notify: FakeNotify, clock: Clock, admin: Engine
) -> None:
    write(posting, place, made)
    jobs.send_mail(posting)
    jobs.watch_messages(posting)
    assert notify.asked == []  # not yet
    clock.advance(minutes=6)
    notify.now_is("sending")
    jobs.watch_messages(posting)
    assert rows(admin)[0]["delivery"] == "sending"
    clock.advance(minutes=6)
    notify.now_is("delivered")
    jobs.watch_messages(posting)
    assert (rows(admin)[0]["delivery"], rows(admin)[0]["watch_on"]) == ("delivered", None)


@pytest.mark.parametrize("status", ["permanent-failure", "temporary-failure", "technical-failure"])
def test_what_did_not_arrive_is_a_task_once(
    status: str,
    posting: Runtime,
    place: MadePlace,
    made: MadeReferral,
    notify: FakeNotify,
    clock: Clock,
    counted: Callable[[str], int],
) -> None:
    write(posting, place, made, purpose="own page")
    jobs.send_mail(posting)
    clock.advance(minutes=6)
    notify.now_is(status)
    jobs.watch_messages(posting)
    jobs.watch_messages(posting)
    assert counted(f"mail_message where delivery = '{status}' and failed_at is not null") == 1
    assert counted("task where kind = 'message-not-delivered' and done_at is null") == 1


def test_watching_ends_when_notify_remembers_nothing_or_after_a_week(
    posting: Runtime, place: MadePlace, made: MadeReferral, notify: FakeNotify, clock: Clock, admin: Engine
) -> None:
    write(posting, place, made)
    jobs.send_mail(posting)
    kept = list(notify.taken)
    clock.advance(days=8)
    jobs.watch_messages(posting)
    assert rows(admin)[0]["watch_on"] is None
    write(posting, place, made)
    jobs.send_mail(posting)
    notify.taken[:] = kept
    clock.advance(minutes=6)
    jobs.watch_messages(posting)
    assert rows(admin)[1]["watch_on"] is None


@pytest.mark.parametrize("why", ["died", "not-safe", "asked-not-to", "closed"])
def test_what_was_queued_does_not_leave_once_the_person_must_not_be_written_to(
    why: str, posting: Runtime, place: MadePlace, made: MadeReferral, notify: FakeNotify, admin: Engine
) -> None:
    write(posting, place, made)
    stop(posting, place, made, why)
    jobs.send_mail(posting)
    assert notify.taken == []
    (row,) = rows(admin)
    assert (row["last_error"], row["body"], row["to_person"]) == (f"held-back-{why}", None, None)
    assert mailing.list_failed(posting.db, place.actor("steward")) == []


def stop(runtime: Runtime, place: MadePlace, made: MadeReferral, why: str) -> None:
    """Let something happen after which nothing may go to the person."""
    from_now_on = {
        "died": lambda: died(runtime, made),
        "not-safe": lambda: warned(runtime, made),
        "asked-not-to": lambda: follow_ups.stop_of_referral(runtime.db, place.link_worker, made.id),
        "closed": lambda: endings.withdraw(runtime.db, place.link_worker, made.id, reason="other"),
    }
    from_now_on[why]()


def died(runtime: Runtime, made: MadeReferral) -> None:
    with runtime.db.transaction(system("test")) as tx:
        known = people.get(tx, made.person_id, audit="test").details
        people.record_details(tx, made.person_id, known, audit="test", deceased=True)


def warned(runtime: Runtime, made: MadeReferral) -> None:
    with runtime.db.transaction(system("test")) as tx:
        cautions.record(tx, made.id, Cautions(do_not_contact=True), audit="test")


def test_nothing_is_sent_twice_to_the_carrier_when_nothing_is_configured(
    runtime: Runtime, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    write(runtime, place, made)
    jobs.send_mail(runtime)
    assert rows(admin)[0]["last_error"] == "mail-not-configured"


def test_where_messages_are_only_shown_nothing_leaves_and_no_link_can_be_used(
    posting: Runtime, place: MadePlace, made: MadeReferral, notify: FakeNotify
) -> None:
    shown = replace(posting, settings=replace(posting.settings, shows_messages=True))
    write(shown, place, made)
    jobs.send_mail(shown)
    assert notify.taken == []
    (line,) = messages_out.list_messages(shown.db, place.actor("steward")).lines
    assert line.transport == "shown"
    assert "has it started yet" in (line.words or "")
    assert "ccc" not in (line.words or "")
    assert line.to == "a person"


@pytest.mark.parametrize(
    ("channel", "to"),
    [(Channel.TEXT, "020 7946 0001"), (Channel.EMAIL, "ada"), (Channel.LETTER, "Ada\nE8 1EA")],
)
def test_an_address_that_nothing_can_be_sent_to_is_refused(
    channel: Channel, to: str, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    with pytest.raises(Invalid):
        write(runtime, place, made, channel=channel, to=to)


def test_no_key_and_no_number_is_printed(posting: Runtime) -> None:
    account = NotifyAccount(KEY, TEMPLATES)
    assert KEY not in repr(account)
    message = Message("check-in", Channel.TEXT, "07700 900461", {"link": LINK})
    assert "7700900" not in repr(message).replace(" ", "")
    assert LINK not in repr(message)
