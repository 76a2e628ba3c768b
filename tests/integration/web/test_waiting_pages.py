"""The waiting list on pages: the provider's queue, what the link worker tells the person, what the practice sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest

from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.runtime import Runtime
from app.services.helping import waiting
from app.services.rights import consent
from app.services.shown import views
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
FORMS = ("contact", "place-free", "leave", "wait")


@pytest.fixture
def waits(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.WAITING)


def status_of(runtime: Runtime, place: MadePlace, made: MadeReferral) -> str:
    return views.get_referral(runtime.db, place.link_worker, made.id).placements[-1].status


def test_empty_list_says_what_to_expect(sign_in: SignIn) -> None:
    assert "Then the person is shown here" in sign_in("provider-0").get("/waiting").text


def test_offer_is_answered_with_later_and_for_how_long(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place)
    visitor, path = sign_in("provider-0"), f"/offers/{made.placement_id}/waiting-list"
    refused = visitor.send(path, {"wait_weeks": "soon"})
    assert refused.status_code == 400
    assert 'href="#wait_weeks"' in refused.text
    assert visitor.send(path, {"wait_weeks": "6"}).location == f"/offers/{made.placement_id}"
    page = visitor.get(f"/offers/{made.placement_id}")
    for words in ("1 of 1", "About 6 weeks", "A place is free", "They leave the list", "I got in touch"):
        assert words in page.text, words
    assert "End early" not in page.text


def test_queue_shows_who_waits_since_when_and_for_how_long(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waits: MadeReferral, clock: Clock
) -> None:
    clock.advance(minutes=5)
    make_referral(runtime.db, place, ReferralStatus.WAITING, patient=Patient(family="Second", given="Sam"))
    page = sign_in("provider-0").get("/waiting")
    assert "(2 waiting)" in page.text
    assert page.text.index("Adaeze Okonkwo") < page.text.index("Sam Second")
    assert "Okonkwo" not in page.title
    assert "Okonkwo" not in sign_in("provider-1").get("/waiting").html


def test_somebody_is_to_be_in_touch_after_a_month_of_silence(
    sign_in: SignIn, place: MadePlace, waits: MadeReferral, clock: Clock
) -> None:
    clock.advance(days=29)
    visitor = sign_in("provider-0")
    assert "get in touch with 1 person who waits" in visitor.get("/offers").text
    assert "Nobody was in touch with these people for weeks" in visitor.get("/waiting").text
    form = f"/waiting/{waits.placement_id}/contact"
    page = visitor.get(form)
    assert page.visible_inputs == {"channel", "reached", "note"}
    assert 'href="#channel"' in visitor.send(form, {"note": "x"}).text
    sent = visitor.send(form, {"channel": "phone", "reached": "yes", "note": "Still wants to come."})
    assert sent.location == "/waiting"
    page = visitor.get("/waiting")
    assert "It is written down" in page.text
    assert "for weeks" not in page.text


def test_free_place_is_given_with_one_button_while_consent_is_fresh(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waits: MadeReferral
) -> None:
    visitor, path = sign_in("provider-0"), f"/waiting/{waits.placement_id}/place-free"
    assert "asked_again" not in visitor.get(path).visible_inputs
    assert visitor.send(path).location == f"/offers/{waits.placement_id}"
    assert status_of(runtime, place, waits) == PlacementStatus.ACCEPTED
    assert "A place came free" in sign_in("link-worker").get(f"/referrals/{waits.id}").text


def test_free_place_asks_first_whether_the_person_was_asked_again(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waits: MadeReferral, clock: Clock
) -> None:
    clock.advance(days=200)
    visitor, path = sign_in("provider-0"), f"/waiting/{waits.placement_id}/place-free"
    refused = visitor.send(path)
    assert refused.status_code == 400
    assert 'href="#asked_again"' in refused.text
    assert 'id="asked_again"' in refused.text
    assert status_of(runtime, place, waits) == PlacementStatus.WAITLISTED
    assert visitor.send(path, {"asked_again": "yes"}).status_code == 303
    assert status_of(runtime, place, waits) == PlacementStatus.ACCEPTED


def test_no_of_the_person_is_the_answer_to_who_still_has_the_page_open(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waits: MadeReferral
) -> None:
    visitor, path = sign_in("provider-0"), f"/waiting/{waits.placement_id}/place-free"
    consent.record(runtime.db, place.link_worker, waits.id, given=False)
    answer = visitor.send(path, {"asked_again": "yes"}, at="/waiting")
    assert answer.status_code == 409
    assert "do not agree to a provider being told" in answer.text


def test_person_leaves_the_list_with_a_reason(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waits: MadeReferral
) -> None:
    visitor, path = sign_in("provider-0"), f"/waiting/{waits.placement_id}/leave"
    assert 'href="#reason"' in visitor.send(path, {}).text
    assert (
        visitor.send(path, {"reason": "person-declined", "note": "Sings in a choir."}).location == "/waiting"
    )
    page = sign_in("link-worker").get(f"/referrals/{waits.id}")
    for words in ("taken off a waiting list", "The person did not want the service", "Sings in a choir."):
        assert words in page.text, words


def test_wait_of_one_person_is_changed(sign_in: SignIn, waits: MadeReferral) -> None:
    visitor, path = sign_in("provider-0"), f"/waiting/{waits.placement_id}/wait"
    for wrong in ("", "105", "-1", "a few"):
        assert 'href="#wait_weeks"' in visitor.send(path, {"wait_weeks": wrong}).text, wrong
    assert visitor.send(path, {"wait_weeks": "3"}).location == "/waiting"
    assert "About 3 weeks" in visitor.get("/waiting").text


def test_link_worker_tells_the_person_and_writes_that_down(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waits: MadeReferral
) -> None:
    waiting.set_wait(runtime.db, place.actor("provider-0"), waits.placement_id, wait_weeks=6)
    visitor, path = sign_in("link-worker"), f"/referrals/{waits.id}/waiting/{waits.placement_id}"
    page = visitor.get(f"/referrals/{waits.id}")
    for words in ("On the waiting list of Dalston Befrienders service", "1 of 1", "About 6 weeks"):
        assert words in page.text, words
    assert path in page.links
    page = visitor.get(path)
    assert "You are on the waiting list of Dalston Befrienders service" in page.text
    letter = visitor.client.get(f"{path}/letter")
    assert (letter.mimetype, letter.data[:4]) == ("application/pdf", b"%PDF")
    assert "no-store" in letter.headers["Cache-Control"]
    assert "Okonkwo" not in letter.headers["Content-Disposition"]
    assert 'href="#channel"' in visitor.send(path, {}).text
    assert visitor.send(path, {"channel": "phone", "reached": "yes"}).status_code == 303
    assert "Tell them for how long" not in visitor.get("/referrals").text


def test_practice_sees_position_and_wait_on_its_loop(sign_in: SignIn, waits: MadeReferral) -> None:
    page = sign_in("practice-0").get(f"/loops/{waits.id}")
    assert "On the waiting list of Dalston Befrienders service" in page.text
    assert re.search("Position 1 of 1", page.text)
    assert "Last contact" not in page.text


def test_foreign_place_on_a_list_is_absent(sign_in: SignIn, waits: MadeReferral) -> None:
    for username, path in (
        ("provider-1", "/waiting/{id}/{form}"),
        ("other-link-worker", f"/referrals/{waits.id}/waiting/{{id}}"),
        ("link-worker", f"/referrals/{uuid4()}/waiting/{{id}}"),
    ):
        visitor = sign_in(username)
        for form in FORMS:
            visitor.get(path.format(id=waits.placement_id, form=form), status=404)
    assert sign_in("link-worker").client.get("/waiting").status_code == 403


def test_reading_the_pages_changes_nothing(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, waits: MadeReferral
) -> None:
    visitor = sign_in("provider-0")
    before = status_of(runtime, place, waits)
    for path in ("/waiting", *(f"/waiting/{waits.placement_id}/{form}" for form in FORMS)):
        page = visitor.get(path)
        assert "Okonkwo" not in page.title, path
    assert status_of(runtime, place, waits) == before
