"""How a practice hears back: its own choice with real effect, and a monthly summary that says numbers or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine, text

from app.domain.errors import Invalid
from app.domain.lifecycle import ReferralStatus
from app.domain.practice_settings import months_around
from app.domain.vocabulary import FeedbackFormat, ProgressMessages
from app.runtime import Runtime
from app.services.feedback import practice_settings, practice_summaries
from app.services.feedback.carrying import Attempt, Result
from app.services.messages import mailing
from app.services.watching import place_rules
from app.store import directory
from app.store.mail import Mail
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
TO = "surgery@nhs.example"


def posted(db: Database) -> list[Mail]:
    """Send what is due; return it."""
    sent: list[Mail] = []

    def send(letter: Mail) -> Attempt:
        sent.append(letter)
        return Attempt(Result.SENT)

    mailing.send_due(db, send)
    return sent


def confirmed(runtime: Runtime, place: MadePlace) -> None:
    """Let the first practice give an address, and somebody there say yes."""
    assert practice_settings.change_summary(runtime.db, place.actor("practice-0"), is_on=True, to=TO)
    found = re.search(r"/confirm-address/(\S+)", posted(runtime.db)[0].text)
    assert found
    practice_settings.confirm_address(runtime.db, found[1])


def tell_all(db: Database) -> list[Mail]:
    for practice_id in practice_summaries.due(db):
        practice_summaries.tell(db, practice_id)
    return posted(db)


def next_month(clock: Clock) -> None:
    today = clock.today
    clock.set(date(today.year + today.month // 12, today.month % 12 + 1, 3))


def test_the_summary_has_numbers_alone_and_comes_once_a_month(
    runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    confirmed(runtime, place)
    tell_all(runtime.db)  # of the month before: there was nothing
    make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    make_referral(runtime.db, place, ReferralStatus.CLOSED)
    make_referral(runtime.db, place, ReferralStatus.CLOSED, practice=place.practices[1])
    next_month(clock)
    (letter,) = tell_all(runtime.db)
    assert (letter.to, letter.subject) == (TO, "Your loops: 3, 1 wait for you to file")
    assert "http://localhost/loops" in letter.text
    assert not re.search("Okonkwo|Adaeze|lonel|health", letter.text, re.IGNORECASE)
    assert tell_all(runtime.db) == []
    clock.advance(days=5)
    assert tell_all(runtime.db) == []


def test_what_still_waits_is_said_again_the_month_after_and_nothing_is_said_of_nothing(
    runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    confirmed(runtime, place)
    make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    for _ in range(3):
        next_month(clock)
        (letter,) = tell_all(runtime.db)
        assert "1 wait" in letter.text
    # the other practice has nothing that moved, nothing that waits
    other = place.actor("practice-1")
    practice_settings.change_summary(runtime.db, other, is_on=True, to="other@nhs.example")
    found = re.search(r"/confirm-address/(\S+)", posted(runtime.db)[0].text)
    assert found
    practice_settings.confirm_address(runtime.db, found[1])
    next_month(clock)
    assert [letter.to for letter in tell_all(runtime.db)] == [TO]


@pytest.mark.parametrize("off", ["practice", "place", "unconfirmed", "no-address"])
def test_nobody_gets_one_who_did_not_want_it(
    off: str, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    practice = place.actor("practice-0")
    if off in ("practice", "place"):
        confirmed(runtime, place)
    if off == "practice":
        practice_settings.change_summary(runtime.db, practice, is_on=False, to=TO)
    if off == "place":
        place_rules.change_rules(runtime.db, place.actor("steward"), {"practice_summaries_on": "no"})
    if off == "unconfirmed":
        practice_settings.change_summary(runtime.db, practice, is_on=True, to=TO)
        posted(runtime.db)
    make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    next_month(clock)
    assert tell_all(runtime.db) == []


def test_another_address_must_be_confirmed_anew_and_the_older_link_ends(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    practice = place.actor("practice-0")
    practice_settings.change_summary(runtime.db, practice, is_on=True, to=TO)
    (first,) = posted(runtime.db)
    practice_settings.change_summary(runtime.db, practice, is_on=True, to="new@nhs.example")
    (second,) = posted(runtime.db)
    paths = [re.search(r"(/confirm-address/\S+)", each.text)[1] for each in (first, second)]  # type: ignore[index]
    visitor = sign_in("provider-1")  # anybody with the link
    visitor.get(paths[0], status=404)
    assert "right address" in visitor.get(paths[1]).text
    assert not practice_settings.get(runtime.db, practice).summary.is_confirmed  # looking is not saying yes
    assert "confirmed" in visitor.send(paths[1]).text
    assert practice_settings.get(runtime.db, practice).summary.is_confirmed
    visitor.get(paths[1], status=404)  # used


@pytest.mark.parametrize(
    ("way", "told_as", "progress"),
    [
        ("letter", FeedbackFormat.LETTER, ProgressMessages.OUTCOME_ONLY),
        ("document", FeedbackFormat.SEND_DOCUMENT, ProgressMessages.OUTCOME_ONLY),
        ("outcome-message", FeedbackFormat.BARS, ProgressMessages.OUTCOME_ONLY),
    ],
)
def test_the_way_a_practice_chooses_is_the_way_its_outcome_takes(
    way: str, told_as: FeedbackFormat, progress: ProgressMessages, runtime: Runtime, place: MadePlace,
    sign_in: SignIn, admin: Engine,
) -> None:  # fmt: skip
    with admin.connect() as connection:
        mailbox = "update organisation set feedback_transport = 'mesh', feedback_address = 'X26OT001' where id = :id"
        connection.execute(text(mailbox), {"id": place.practices[0].id})
    visitor = sign_in("practice-0")
    assert visitor.send("/practice-settings/way", {"way": way}, at="/practice-settings").status_code == 303
    with runtime.db.transaction(place.actor("steward")) as tx:
        kept = directory.get_organisation(tx, place.practices[0].id)
    assert (kept.feedback_format, kept.progress_messages) == (told_as, progress)
    assert kept.feedback_transport == "mesh"
    made = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    with admin.connect() as connection:
        query = text("select o.content_type from outbox_message o join feedback f on f.id = o.feedback_id "
                     "where f.referral_id = :id")  # fmt: skip
        types = connection.scalars(query, {"id": made.id}).all()
    expected = {"letter": "application/pdf", "outcome-message": "application/fhir+json"}
    assert len(types) == 1
    assert expected.get(way, types[0]) == types[0]
    assert f'value="{way}" checked' in visitor.get("/practice-settings").html


@pytest.mark.parametrize("way", ["none", "", "document", "letter"])
def test_feedback_cannot_be_switched_off_nor_sent_where_nothing_could_take_it(
    way: str, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    with admin.connect() as connection:
        endpoint = (
            "update organisation set feedback_transport = 'fhir', feedback_address = :url where id = :id"
        )
        told = {"id": place.practices[0].id, "url": "https://gp.example"}
        connection.execute(text(endpoint), told)
    with pytest.raises(Invalid):
        practice_settings.change_way(runtime.db, place.actor("practice-0"), way)


def test_a_practice_changes_its_own_alone_and_others_do_not_see_the_page(
    runtime: Runtime, place: MadePlace, sign_in: SignIn
) -> None:
    confirmed(runtime, place)
    assert practice_settings.get(runtime.db, place.actor("practice-1")).summary.to is None
    for username in ("link-worker", "provider-0", "steward"):
        assert sign_in(username).client.get("/practice-settings").status_code == 403


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"summary_on": "yes", "summary_to": "nonsense"}, "Give an e-mail address"),
        ({"summary_on": "yes", "summary_to": ""}, "shared e-mail address"),
        ({"summary_to": TO}, "Choose yes or no"),
        ({"summary_on": "yes", "summary_to": "a@b.example\r\nBcc: x@y.example"}, "Give an e-mail address"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_what_was_typed_stays(
    form: dict[str, str], sentence: str, sign_in: SignIn
) -> None:
    answer = sign_in("practice-0").send("/practice-settings/summary", form, at="/practice-settings")
    assert answer.status_code == 400
    assert sentence in answer.text
    assert form["summary_to"].partition("\r")[0] in answer.text


@pytest.mark.parametrize(
    ("today", "around"),
    [
        (date(2026, 1, 31), (date(2025, 12, 1), date(2026, 1, 1))),
        (date(2026, 3, 1), (date(2026, 2, 1), date(2026, 3, 1))),
    ],
)
def test_the_months_around_a_day(today: date, around: tuple[date, date]) -> None:
    assert months_around(today) == around
