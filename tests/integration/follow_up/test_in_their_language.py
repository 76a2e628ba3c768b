"""What is sent to a person is in the language of their record where a template has words in it, else in English."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from app.domain.follow_up import AskBy
from app.domain.own_codes import LinkBy, Wish
from app.runtime import Runtime
from app.services.feedback.carrying import Attempt, Result
from app.services.follow_up import follow_ups
from app.services.messages import mailing
from app.services.own import own_links
from app.store.follow_ups import FollowUp
from app.store.mail import Mail
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral
from tests.integration.follow_up.conftest import HELP_PHONE, sweep
from tests.integration.follow_up.test_asking_later import details_of

Later = Callable[[], Sequence[FollowUp]]


def sent(runtime: Runtime) -> Mail:
    """The one message that is on its way."""
    found: list[Mail] = []

    def take(letter: Mail) -> Attempt:
        found.append(letter)
        return Attempt(Result.SENT)

    mailing.send_due(runtime.db, take)
    (letter,) = found
    return letter


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("cy", "Sut hwyl sydd arnoch chi?", "dyddiad geni"),
        ("cy-GB", "Sut hwyl sydd arnoch chi?", "dyddiad geni"),
        (None, "How are you getting on?", "date of birth"),
    ],
)
def test_an_e_mail_of_months_after(
    language: str | None,
    subject: str,
    words: str,
    runtime: Runtime,
    clock: Clock,
    made: MadeReferral,
    later: Later,
) -> None:
    details_of(runtime.db, made, phones=(), email="ada@example.org", language=language)
    clock.set(later()[0].due_on)
    sweep(runtime.db, has_mail=True)
    letter = sent(runtime)
    assert letter.subject == subject
    assert words in letter.text


def test_whose_language_has_no_words_is_rung(
    runtime: Runtime, clock: Clock, made: MadeReferral, later: Later
) -> None:
    details_of(runtime.db, made, email="ada@example.org", language="tr")
    clock.set(later()[0].due_on)
    sweep(runtime.db, has_mail=True)
    assert later()[0].way is AskBy.PHONE


def test_a_text_that_the_team_sends_by_hand(
    runtime: Runtime, clock: Clock, place: MadePlace, made: MadeReferral, later: Later
) -> None:
    details_of(runtime.db, made, language="cy")
    clock.set(later()[0].due_on)
    sweep(runtime.db)
    words = follow_ups.make_text(runtime.db, place.link_worker, later()[0].id, help_phone=HELP_PHONE)
    assert "Neu ffoniwch 020 7946 0001." in words


def test_the_link_to_ones_own_page_with_its_day(
    runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    details_of(runtime.db, made, email="ada@example.org", language="cy")
    own_links.make(runtime.db, place.link_worker, made.id, Wish(30, link_by=LinkBy.EMAIL))
    letter = sent(runtime)
    assert letter.subject == "Eich dolen"
    assert "Mae'n gweithio tan" in letter.text
    assert f" {clock.today.year}" in letter.text or f" {clock.today.year + 1}" in letter.text
