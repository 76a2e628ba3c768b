"""A form that was overtaken: the page says what happened meanwhile, and every word that was typed is still there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import pytest

from app.domain.late_words import DAYS
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings, triage
from app.services.caring.endings import Ending
from app.services.helping import delivery, questions
from app.services.shown import views
from app.store.outcomes import Contact
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page

SignIn = Callable[[str], Visitor]
WORDS = "Came to the lunch club, <b>eight</b> times."
OVERTAKEN = "This changed while you were writing"


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.ACTIVE)


def take_back(runtime: Runtime, place: MadePlace, made: MadeReferral) -> None:
    triage.withdraw_offer(runtime.db, place.link_worker, made.placement_id, reason="placed-elsewhere")


def typed_of(today: date) -> Mapping[str, Mapping[str, object]]:
    """Each form of a provider as it is filled in."""
    day = {f"happened_on_{part}": getattr(today, part) for part in ("day", "month", "year")}
    return {
        "outcome": {"outcome": "better", "summary": WORDS},
        "end-early": {"reason": "did-not-engage", "outcome": "did-not-engage", "summary": WORDS},
        "question": {"question": WORDS},
        "decline": {"reason": "22"},
        "pause": {"reason": "person-away-or-ill"},
        "waiting-list": {"wait_weeks": "7"},
        "contact": {"channel": "phone", "reached": "yes", "note": WORDS, **day},
    }


def still_there(form: str, html: str) -> bool:
    if form in ("decline", "pause"):
        return " checked" in html
    if form == "waiting-list":
        return 'value="7"' in html
    return "Came to the lunch club, &lt;b&gt;eight&lt;/b&gt; times." in html


@pytest.mark.parametrize(
    "form", ["outcome", "end-early", "question", "decline", "pause", "waiting-list", "contact"]
)
def test_what_a_provider_typed_stands_in_its_form_when_the_offer_was_taken_back_meanwhile(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, form: str
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{made.placement_id}/{form}"
    visitor.get(path)
    take_back(runtime, place, made)
    answer = visitor.send(path, typed_of(runtime.db.clock().date())[form], at=path)
    page = read_page(answer)
    assert answer.status_code == 409
    assert OVERTAKEN in page.text
    assert "The offer was taken back." in page.text
    assert "Another offer was taken up" in page.text
    assert "cannot be done from there" not in page.text
    assert path in page.posts or "" in page.posts, "the form itself is there"
    assert still_there(form, answer.text), page.text
    assert f"/offers/{made.placement_id}" in page.links


def test_outcome_that_a_colleague_wrote_first_is_not_written_twice_and_no_word_is_lost(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    provider, today = place.actor("provider-0"), runtime.db.clock().date()
    delivery.accept(runtime.db, provider, made.placement_id)
    delivery.record_contact(runtime.db, provider, made.placement_id, Contact("phone", True, today, None, ""))
    endings.complete(
        runtime.db, provider, made.placement_id, Ending(Outcome(OutcomeState.NO_CHANGE, "Theirs.", ""))
    )
    path = f"/offers/{made.placement_id}/outcome"
    visitor = sign_in("provider-0")
    form = {"outcome": "better", "summary": WORDS, "csrf_token": visitor.get(path).token}
    answer = visitor.client.post(path, data=form, headers={"Origin": "http://localhost"})
    page = read_page(answer)
    assert answer.status_code == 409
    assert "This was done already, by you or by a colleague" in page.text
    assert "finished and wrote the outcome" in page.text
    assert still_there("outcome", answer.text)
    found = views.get_placement(runtime.db, provider, made.placement_id)
    assert found.outcome is not None
    assert found.outcome.state == OutcomeState.NO_CHANGE


@pytest.mark.parametrize("press", ["accept", "start"])
def test_button_pressed_twice_is_told_that_it_was_done(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, press: str
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{made.placement_id}"
    if press == "start":
        delivery.accept(runtime.db, place.actor("provider-0"), made.placement_id)
    assert visitor.send(f"{path}/{press}", at=path).status_code == 303
    answer = visitor.send(f"{path}/{press}", at=path)
    page = read_page(answer)
    assert answer.status_code == 409
    assert "This is done already" in page.text
    assert "Somebody was faster" not in page.text
    assert "cannot be done from there" not in page.text
    assert path in page.links


@pytest.mark.parametrize(
    ("form", "sent"), [("decline", {"reason": "22"}), ("waiting-list", {"wait_weeks": "7"})]
)
def test_choice_sent_twice_is_told_that_it_was_done_and_stands_in_no_form_again(
    sign_in: SignIn, made: MadeReferral, form: str, sent: Mapping[str, str]
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{made.placement_id}/{form}"
    again = sent | {"csrf_token": visitor.get(path).token}
    assert visitor.client.post(path, data=again).status_code == 303
    answer = visitor.client.post(path, data=again)
    page = read_page(answer)
    assert answer.status_code == 409
    assert "This is done already" in page.text
    assert not {path, ""} & set(page.posts), "there is nothing of theirs to keep"
    assert "what you typed is still below" not in page.text


def test_words_whose_page_leads_elsewhere_by_now_are_shown_to_be_copied(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    delivery.accept(runtime.db, place.actor("provider-0"), made.placement_id)
    delivery.start(runtime.db, place.actor("provider-0"), made.placement_id)
    not_known = Ending(Outcome(OutcomeState.NOT_KNOWN, "", ""), reason="moved-away")
    endings.end_early(runtime.db, place.link_worker, made.id, not_known)
    path = f"/offers/{made.placement_id}/late-outcome"
    clock.advance(days=DAYS + 1)  # it can be told no more: who asks for its page is led to the offer
    visitor = sign_in("provider-0")
    form = {"outcome": "better", "words": WORDS, "csrf_token": visitor.get("/offers").token}
    answer = visitor.client.post(path, data=form, headers={"Origin": "http://localhost"})
    assert answer.status_code == 409
    assert still_there("outcome", answer.text)
    assert f"/offers/{made.placement_id}" in read_page(answer).links


def test_answer_to_a_question_that_waits_no_more_is_shown_to_be_copied(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    questions.ask(runtime.db, place.actor("provider-0"), made.placement_id, "Can she manage stairs?")
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/questions/{made.placement_id}"
    token = visitor.get(path).token
    delivery.accept(runtime.db, place.actor("provider-0"), made.placement_id)
    form = {"answer": WORDS, "do": "send", "csrf_token": token}
    answer = visitor.client.post(path, data=form, headers={"Origin": "http://localhost"})
    assert answer.status_code == 404
    assert "It was not saved." in answer.text
    assert still_there("question", answer.text)


def test_words_of_another_sites_form_and_what_opens_something_never_stand_on_a_page_of_ours(
    sign_in: SignIn, made: MadeReferral
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{made.placement_id}/question"
    for origin, form in (
        ("https://elsewhere.example", {"question": WORDS}),
        ("null", {"question": WORDS}),
        *(
            ("http://localhost", {name: WORDS})
            for name in ("password", "digits", "code", "secret", "form_token")
        ),
        ("http://localhost", {"now": WORDS, "password": "x", "again": WORDS}),
    ):
        answer = visitor.client.post(
            path, data=form | {"csrf_token": "none"}, headers={"Origin": origin, "Referer": origin}
        )
        assert answer.status_code == 400
        assert "eight" not in answer.text, origin
    sent = visitor.client.post(path, data={"question": WORDS}, headers={"Origin": "http://localhost"})
    assert still_there("question", sent.text)
