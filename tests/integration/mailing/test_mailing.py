"""E-mail leaves with the change it tells of, once, or a person hears that it did not; nothing is smuggled into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app import jobs
from app.clients.smtp import MailAccount, MailAccountProblem, Mailer
from app.clients.transport import PermanentFailure, TemporaryFailure
from app.domain.access import system
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.runtime import Runtime
from app.services.messages import mailing
from app.services.messages.mailing import MOST_ATTEMPTS, mail
from app.store.mail import Mail
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, make_place
from tests.integration.mailing.conftest import Sulking, mailer_for

Arrived = Callable[[], list[EmailMessage]]
LINES = ["Good morning,", "", "see https://example.org/dial/" + "x" * 90, "Žofia’s table"]


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


def write(database: Database, place: MadePlace, to: str = "hello@example.org") -> UUID:
    with database.transaction(system("test")) as tx:
        whose = place.providers[0].id
        return mail(
            tx, to=to, subject="Is this still right?", lines=LINES, purpose="test", organisation_id=whose
        )


def failed(runtime: Runtime, place: MadePlace) -> list[tuple[UUID, str]]:
    return [(each.id, each.error) for each in mailing.list_failed(runtime.db, place.actor("steward"))]


def test_mail_arrives_once_as_it_was_written(posting: Runtime, place: MadePlace, arrived: Arrived) -> None:
    mail_id = write(posting.db, place)
    jobs.sweep(posting)
    jobs.sweep(posting)
    (letter,) = arrived()
    assert letter["To"] == "hello@example.org"
    assert letter["Subject"] == "Is this still right?"
    assert letter["From"] == "Backstitch <no-reply@example.org>"
    assert letter["Message-ID"] == f"<{mail_id}@example.org>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().splitlines() == LINES
    assert failed(posting, place) == []


def test_mail_of_a_change_that_did_not_happen_is_never_sent(
    posting: Runtime, place: MadePlace, arrived: Arrived
) -> None:
    def fail() -> None:
        with posting.db.transaction(system("test")) as tx:
            mail(tx, to="a@example.org", subject="No", lines=["no"], purpose="test", organisation_id=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    jobs.send_mail(posting)
    assert arrived() == []


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("a@example.org\nBcc: all@example.org", "Subject"),
        ("a@example.org, b@example.org", "Subject"),
        ("Name <a@example.org>", "Subject"),
        ("a@example.org\r", "Subject"),
        ("a b@example.org", "Subject"),
        ("a@localhost\x00.org", "Subject"),
        ("a@example.org", "Subject\r\nBcc: all@example.org"),
        ("a@example.org", "Subject\u2028Bcc: all@example.org"),
        ("a@example.org", " "),
        ("a@example.org", "x" * 151),
    ],
)
def test_header_cannot_be_smuggled_in(
    posting: Runtime, place: MadePlace, arrived: Arrived, to: str, subject: str
) -> None:
    with pytest.raises(Invalid), posting.db.transaction(system("test")) as tx:
        mail(tx, to=to, subject=subject, lines=["x"], purpose="test", organisation_id=None)
    jobs.send_mail(posting)
    assert arrived() == []


def test_every_problem_of_a_mail_is_told_at_once(database: Database) -> None:
    with pytest.raises(Invalid) as told, database.transaction(system("test")) as tx:
        mail(tx, to="nobody", subject="", lines=["a\rb"], purpose="test", organisation_id=None)
    assert [problem.field for problem in told.value.problems] == ["to", "subject", "lines"]


def test_text_is_sealed_while_it_waits_and_gone_once_it_is_sent(
    posting: Runtime, place: MadePlace, admin: Engine
) -> None:
    mail_id = write(posting.db, place)
    with admin.connect() as connection:
        row = connection.execute(text("select * from mail_message")).mappings().one()
        assert "example.org/dial" not in str(dict(row))
        jobs.send_mail(posting)
        query = text("select body, sent_at from mail_message where id = :id")
        body, sent_at = connection.execute(query, {"id": mail_id}).one()
    assert body is None
    assert sent_at is not None


def test_server_that_is_busy_is_asked_again_later(
    runtime: Runtime, place: MadePlace, sulking: Sulking, clock: Clock
) -> None:
    sulking.answers = ["451 busy", "450 still busy"]
    house = replace(runtime, mailer=mailer_for(sulking.url))
    write(house.db, place)
    jobs.send_mail(house)
    jobs.send_mail(house)  # too early: nothing is due
    assert len(sulking.answers) == 1
    clock.advance(minutes=2)
    jobs.send_mail(house)
    clock.advance(minutes=3)
    jobs.send_mail(house)
    assert sulking.taken == ["hello@example.org"]
    assert failed(house, place) == []


def test_address_that_is_refused_goes_to_the_steward_who_may_try_again_or_leave_it(
    runtime: Runtime, place: MadePlace, sulking: Sulking
) -> None:
    house, steward = replace(runtime, mailer=mailer_for(sulking.url)), place.actor("steward")
    sulking.answers = ["550 no such mailbox"]
    mail_id = write(house.db, place)
    jobs.send_mail(house)
    assert failed(house, place) == [(mail_id, "smtp-550")]
    for other in (place.actor("provider-0"), place.link_worker):
        with pytest.raises(NotAllowed):
            mailing.send_again(house.db, other, mail_id)
        with pytest.raises(NotAllowed):
            mailing.list_failed(house.db, other)
    mailing.send_again(house.db, steward, mail_id)
    jobs.send_mail(house)
    assert sulking.taken == ["hello@example.org"]
    with pytest.raises(Conflict):
        mailing.leave(house.db, steward, mail_id)


def test_task_of_failed_mail_goes_with_the_last_of_them(
    runtime: Runtime, place: MadePlace, sulking: Sulking, admin: Engine
) -> None:
    house, steward = replace(runtime, mailer=mailer_for(sulking.url)), place.actor("steward")
    sulking.answers = ["550 no such mailbox"] * 2
    ids = [write(house.db, place) for _ in range(2)]
    jobs.send_mail(house)
    for left, mail_id in ((1, ids[0]), (0, ids[1])):
        mailing.leave(house.db, steward, mail_id)
        with admin.connect() as connection:
            query = "select count(*) from task where kind = 'mail-failed' and done_at is null"
            assert connection.scalar(text(query)) == left


def test_without_a_mail_server_it_is_given_up_after_days_and_told(
    runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    write(runtime.db, place)
    for _ in range(MOST_ATTEMPTS):
        assert failed(runtime, place) == []
        jobs.send_mail(runtime)
        clock.advance(hours=6)
    ((_, why),) = failed(runtime, place)
    assert why == "mail-not-configured"


def test_mail_in_one_process_hands_is_not_sent_by_another(posting: Runtime, place: MadePlace) -> None:
    write(posting.db, place)
    seen = []

    def send(letter: Mail) -> mailing.Attempt:
        seen.append(letter.id)
        assert mailing.send_due(posting.db, send) == 0  # a second worker at the same moment
        return mailing.Attempt(mailing.Result.SENT)

    assert mailing.send_due(posting.db, send) == 1
    assert len(seen) == 1


def test_nothing_leaves_unencrypted_for_another_machine(sulking: Sulking) -> None:
    port = int(sulking.url.rsplit(":", 1)[1])
    elsewhere = MailAccount(
        "localhost.", port, "a@example.org"
    )  # a name that is not known to be this machine
    letter = jobs.Letter("id", "b@example.org", "Subject", "text")
    with pytest.raises(TemporaryFailure) as told:
        Mailer(elsewhere).send(letter)
    assert told.value.code in ("smtp-not-encrypted", "connection")
    assert sulking.taken == []


def test_nobody_at_home_and_refused_sender_are_worth_another_try(sulking: Sulking) -> None:
    letter = jobs.Letter("id", "b@example.org", "Subject", "text")
    with pytest.raises(TemporaryFailure):
        mailer_for("smtp://127.0.0.1:1").send(letter)
    sulking.answers = ["550 no"]
    with pytest.raises(PermanentFailure):
        mailer_for(sulking.url).send(letter)


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("http://mail.example.org", "a@example.org"),
        ("smtp://", "a@example.org"),
        ("smtp://host:port", "a@example.org"),
        ("smtp://host", "nobody"),
        ("smtp://host", "a@example.org\nBcc: b@example.org"),
    ],
)
def test_settings_of_the_mail_server_are_told_when_they_are_wrong(url: str, sender: str) -> None:
    with pytest.raises(MailAccountProblem) as told:
        MailAccount.read(url, sender)
    assert "secret" not in str(told.value)


def test_log_in_is_read_from_the_address_and_not_printed() -> None:
    account = MailAccount.read("smtps://us%40er:p%2Fw@mail.example.org", "a@example.org")
    assert (account.username, account.password, account.port, account.implicit_tls) == (
        "us@er",
        "p/w",
        465,
        True,
    )
    assert "p/w" not in repr(account)
