"""Long forms kept for later: by one button, for one person and one organisation, until they are sent or too old."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from sqlalchemy import Engine, text
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app import jobs
from app.domain.lifecycle import ReferralStatus
from app.domain.sessions import KEPT_FOR_LATER, MOST_KEPT
from app.domain.vocabulary import Need
from app.runtime import Runtime
from app.services.by_link import kept_forms
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
WORDS = "They would like company on Sundays, and I had written a lot."
BUTTON = "Save and come back later"


def keep(visitor: Visitor, path: str, form: Mapping[str, object]) -> TestResponse:
    """Press the button of a form, as a browser sends it: to where the button says, with the form's hidden fields."""
    assert BUTTON in visitor.get(path).text
    return visitor.send("/begun", {**form, "begun_at": path}, at=path)


def draft_path(visitor: Visitor) -> str:
    """Where the only form that somebody has begun is thrown away."""
    (path,) = {each for each in visitor.get("/begun").posts if "throw-away" in each}
    return path


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)


@pytest.fixture
def helped(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.ACTIVE)


def pages_of(made: MadeReferral, helped: MadeReferral) -> list[tuple[str, str, str]]:
    goal = "11111111-1111-4111-8111-111111111111"
    return [
        ("link-worker", f"/referrals/{made.id}/contact", "note"),
        ("link-worker", f"/referrals/{made.id}/plan/matters", "matters"),
        ("link-worker", f"/referrals/{made.id}/plan/goals/{goal}", "words"),
        ("link-worker", f"/referrals/{made.id}/plan/actions/{goal}", "what"),
        ("link-worker", f"/referrals/{made.id}/offer", "brief"),
        ("link-worker", f"/referrals/{made.id}/end", "summary"),
        ("link-worker", "/phone-referral", "story"),
        ("provider-0", f"/offers/{helped.placement_id}/contact", "note"),
        ("provider-0", f"/offers/{helped.placement_id}/outcome", "summary"),
        ("provider-0", f"/offers/{helped.placement_id}/end-early", "summary"),
        ("practice-0", "/refer", "story"),
    ]


@pytest.mark.parametrize("number", range(11))
def test_every_long_form_comes_back_as_it_was_left(
    number: int, made: MadeReferral, helped: MadeReferral, sign_in: SignIn, clock: Clock
) -> None:
    username, path, name = pages_of(made, helped)[number]
    answer = keep(sign_in(username), path, {name: WORDS})
    assert (answer.status_code, answer.location) == (303, "/begun")
    clock.advance(hours=20)
    later = sign_in(username)  # on another machine, on another day
    assert re.search(rf'href="{path}(\?begun=[0-9a-f-]+)?"', later.get("/begun").html)
    page = later.get(path)
    assert WORDS in page.html
    assert "You began this form" in page.text
    assert "Nothing was sent" in page.text


def test_ticks_and_the_order_of_services_come_back_too(
    made: MadeReferral, sign_in: SignIn, place: MadePlace
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/offer"
    chosen = [str(place.services[1].id), str(place.services[0].id)]
    form: MultiDict[str, str] = MultiDict([("service_ids", each) for each in chosen])
    form.add(f"order-{chosen[0]}", "7")
    form.add("begun_at", path)
    form.add("csrf_token", visitor.get(path).token)
    visitor.client.post("/begun", data=form)
    html = visitor.get(path).html
    assert html.count(" checked") >= 2
    assert 'value="7"' in html


def test_nobody_else_sees_it_not_even_of_the_same_team(made: MadeReferral, sign_in: SignIn) -> None:
    path = f"/referrals/{made.id}/end"
    mine = sign_in("link-worker")
    keep(mine, path, {"summary": WORDS})
    address = draft_path(mine)
    for username in ("second-link-worker", "other-link-worker", "provider-0"):
        other = sign_in(username)
        assert WORDS not in other.client.get(path).text
        assert "You have begun no form" in other.get("/begun").text
        assert other.send(address, at="/begun").status_code == 404
    assert WORDS in mine.get(path).html


def test_what_is_sent_is_begun_no_more(made: MadeReferral, sign_in: SignIn) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/plan/matters"
    keep(visitor, path, {"matters": WORDS, "how": "with", "plan_version": "0"})
    wrong = visitor.send(path, {"matters": WORDS, "how": "nonsense", "plan_version": "0"})
    assert wrong.status_code == 400
    assert "1 Form you have begun" in visitor.get("/referrals").text
    sent = visitor.send(path, {"matters": WORDS, "how": "with", "plan_version": "0"})
    assert sent.status_code == 303
    assert "You have begun no form" in visitor.get("/begun").text
    assert "have begun" not in visitor.get("/referrals").text


def test_a_referral_of_a_practice_is_begun_no_more_once_it_was_sent(
    made: MadeReferral, sign_in: SignIn
) -> None:
    visitor = sign_in("practice-0")
    form = {"given": "Ada", "family": "Begun", "born_day": "1", "born_month": "2", "born_year": "1950"}
    form |= {"phone": "01632 960001", "story": WORDS, "agrees": "share", "request_id": ""}
    keep(visitor, "/refer", form)
    assert "Forms you have begun: 1" in visitor.get("/loops").text
    form["request_id"] = "22222222-2222-4222-8222-222222222222"
    form["begun"] = which(visitor.get("/refer").html)
    assert visitor.send("/refer", {**form, "step": "check"}).status_code == 200
    assert "Begun" in visitor.get("/refer").html  # looking at what one wrote sends nothing
    assert "reference" in visitor.send("/refer", {**form, "step": "send"}).text
    assert "Begun" not in visitor.get("/refer").html


def which(page: str) -> str:
    """Which of the forms that were begun a page goes on with, as its browser sends it."""
    found = re.search(r'name="begun" value="([0-9a-f-]+)"', page)
    assert found
    return found[1]


def test_two_people_whom_one_began_to_refer_are_kept_both(sign_in: SignIn, clock: Clock) -> None:
    visitor = sign_in("practice-0")
    keep(visitor, "/refer", {"given": "Anna", "family": "Draft", "story": WORDS})
    clock.advance(minutes=1)
    keep(visitor, "/refer", {"given": "Boris", "family": "Draft"})  # in another window, opened before
    listed = visitor.get("/begun")
    assert ("Anna Draft" in listed.text, "Boris Draft" in listed.text) == (True, True)
    anna, boris = (
        visitor.get(path)
        for name in ("Anna", "Boris")
        for path in listed.links
        if f'{path}">A referral: {name} Draft' in listed.html
    )
    assert ('value="Anna"' in anna.html, 'value="Boris"' in boris.html) == (True, True)
    empty = visitor.get("/refer?begun=another")
    assert not re.search(r'value="(Anna|Boris)"', empty.html)
    again = {
        "given": "Anna",
        "family": "Draft",
        "story": "More.",
        "begun": which(anna.html),
        "begun_at": "/refer",
    }
    visitor.send("/begun", again, at="/refer?begun=another")
    assert len({each for each in visitor.get("/begun").posts if "throw-away" in each}) == 2
    boris_form = {
        "born_day": "1",
        "born_month": "2",
        "born_year": "1950",
        "phone": "01632 960001",
        "agrees": "share",
    }
    boris_form |= {
        "given": "Boris",
        "family": "Draft",
        "story": WORDS,
        "begun": which(boris.html),
        "step": "send",
    }
    assert "reference" in visitor.send("/refer", boris_form).text
    listed = visitor.get("/begun")
    assert ("Anna Draft" in listed.text, "Boris Draft" in listed.text) == (True, False)


def test_start_again_leads_to_an_empty_form(made: MadeReferral, sign_in: SignIn) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/contact"
    keep(visitor, path, {"note": WORDS})
    answer = visitor.send(draft_path(visitor), {"again": "yes"}, at=path)
    assert answer.location == path
    assert WORDS not in visitor.get(path).html
    assert visitor.send(draft_twice(visitor), at="/begun").status_code == 404


def draft_twice(visitor: Visitor) -> str:
    return "/begun/33333333-3333-4333-8333-333333333333/throw-away"


def test_keeping_twice_keeps_the_later_words(made: MadeReferral, sign_in: SignIn) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/contact"
    for said in ("The first half.", WORDS):
        keep(visitor, path, {"note": said})
    assert draft_path(visitor)
    html = visitor.get(path).html
    assert (WORDS in html, "The first half." in html) == (True, False)


def test_a_stale_form_that_was_kept_still_tells_what_others_did(
    made: MadeReferral, sign_in: SignIn, clock: Clock
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/end"
    seen = clock.now.isoformat()
    keep(visitor, path, {"summary": WORDS, "seen": seen})
    clock.advance(hours=1)
    sign_in("second-link-worker").send(f"/referrals/{made.id}/needs", {"needs": Need.MONEY_ADVICE})
    clock.advance(minutes=5)
    back = sign_in("link-worker")
    assert f'name="seen" value="{seen}"' in back.get(path).html
    answer = back.send(path, {"summary": WORDS, "seen": seen, "reason": "other", "outcome": "unknown"})
    assert answer.status_code == 409
    assert WORDS in answer.text


def test_it_goes_after_two_weeks_also_where_nobody_looks(
    made: MadeReferral, sign_in: SignIn, clock: Clock, runtime: Runtime, counted: Callable[[str], int]
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/contact"
    keep(visitor, path, {"note": WORDS})
    clock.now += KEPT_FOR_LATER * 0.99
    kept_forms.forget_old(runtime.db)
    assert WORDS in sign_in("link-worker").get(path).html
    clock.now += KEPT_FOR_LATER * 0.02
    assert WORDS not in sign_in("link-worker").get(path).html
    assert counted("kept_form") == 1
    jobs.sweep(runtime)
    assert counted("kept_form") == 0


def test_it_is_sealed_and_audited_without_its_words(
    made: MadeReferral, sign_in: SignIn, admin: Engine
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/contact"
    keep(visitor, path, {"note": WORDS})
    visitor.get(path)
    visitor.send(draft_path(visitor), at="/begun")
    with admin.connect() as connection:
        lines = connection.execute(
            text("select act, detail::text from audit_event where subject = 'kept form'")
        ).all()
    assert {act for act, _ in lines} == {"keep form for later", "open kept form", "throw kept form away"}
    assert WORDS not in str(lines)


def test_only_a_form_that_one_may_open_is_kept(
    made: MadeReferral, sign_in: SignIn, counted: Callable[[str], int]
) -> None:
    stranger = sign_in("other-link-worker")
    for path in (
        f"/referrals/{made.id}/contact",
        "/referrals",
        "/people/invite",
        "https://elsewhere.test/",
        "",
    ):
        answer = stranger.send("/begun", {"note": WORDS, "begun_at": path})
        assert answer.status_code == 404
    assert sign_in("practice-0").send("/begun", {"begun_at": "/phone-referral"}).status_code == 403
    assert counted("kept_form") == 0


def test_more_than_may_be_kept_is_still_in_its_form(
    made: MadeReferral, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    for number in range(MOST_KEPT):
        kept_forms.keep_for_later(runtime.db, place.link_worker, f"/elsewhere/{number}", (("note", "x"),))
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/contact"
    assert keep(visitor, path, {"note": WORDS}).location == path
    page = visitor.get(path)
    assert WORDS in page.html
    assert f"You have begun {MOST_KEPT} forms" in page.text


def test_what_a_form_was_about_may_be_somebody_elses_by_now(
    made: MadeReferral, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    other = f"/referrals/{made.id}/contact"
    kept_forms.keep_for_later(runtime.db, place.actor("other-link-worker"), other, (("note", WORDS),))
    visitor = sign_in("other-link-worker")
    page = visitor.get("/begun")
    assert "not yours any more" in page.text
    assert other not in page.html
    assert visitor.send(draft_path(visitor), at="/begun").location == "/begun"
    assert "You have begun no form" in visitor.get("/begun").text
