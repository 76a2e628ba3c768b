"""The link worker writes what providers are told and sees first what they will see; the referrer's text stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from app.domain.lifecycle import PlacementStatus, ReferralStatus
from app.runtime import Runtime
from app.services.caring import disclosure
from app.services.helping import delivery
from app.services.rights import consent
from app.services.shown import views
from tests.conftest import Clock
from tests.directories import make_safe
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
CANARY = "Sertraline 50 mg since the marmalade episode."
BRIEF = "Would like company at lunch."
SHARED_ROWS = {"Help with", "How to reach them", "To come they need", "Language", "Age"}


@pytest.fixture
def triaged(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """A referral with clinical words in it that a link worker has taken on."""
    return make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE, words=CANARY)


@pytest.fixture
def ask(sign_in: SignIn, place: MadePlace, triaged: MadeReferral) -> Callable[..., TestResponse]:
    """Ask services of the place, by number, on the offer page."""
    visitor = sign_in("link-worker")

    def asked(brief: str, *services: int, **more: object) -> TestResponse:
        ids = [str(place.services[number].id) for number in services]
        form = {"service_ids": ids, "brief": brief, **more}
        return visitor.send(f"/referrals/{triaged.id}/offer", form)

    return asked


def rows_of(html: str) -> dict[str, str]:
    """The rows of a page's summary lists that tell of a person's needs and how to reach them."""
    found = re.findall(r"<dt[^>]*>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", html, re.DOTALL)
    return {name.strip(): told.strip() for name, told in found if name.strip() in SHARED_ROWS}


def offer_of(runtime: Runtime, place: MadePlace, made: MadeReferral, number: int = 0) -> str:
    """The address of the newest placement's page, for the provider of a service."""
    placements = views.get_referral(runtime.db, place.link_worker, made.id).placements
    (found,) = [each for each in placements if each.service_id == place.services[number].id]
    return f"/offers/{found.id}"


def test_provider_reads_the_brief_and_nothing_that_the_practice_wrote(
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    triaged: MadeReferral,
    ask: Callable[..., TestResponse],
) -> None:
    assert ask(BRIEF, 0).status_code == 303
    provider, path = sign_in("provider-0"), offer_of(runtime, place, triaged)
    for status in ("", "/accept", "/start"):
        if status:
            provider.send(path + status, at=path)
        shown = provider.get(path)
        assert f"What they want {BRIEF}" in shown.text
        for part in ("", "/decline", "/contact", "/outcome", "/end-early"):
            assert "marmalade" not in provider.get(path + part).html, part
    assert "marmalade" not in provider.get("/offers").html
    assert f"Told: {BRIEF}" in sign_in("link-worker").get(f"/referrals/{triaged.id}").text


def test_without_a_brief_only_the_needs_are_told(
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    triaged: MadeReferral,
    ask: Callable[..., TestResponse],
) -> None:
    ask("   ", 0)
    shown = sign_in("provider-0").get(offer_of(runtime, place, triaged))
    assert "What they want" not in shown.text
    assert "Help with Loneliness and social connection" in shown.text
    assert "marmalade" not in shown.html


def test_next_provider_of_the_plan_is_told_the_same(
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    triaged: MadeReferral,
    ask: Callable[..., TestResponse],
) -> None:
    first = place.services[0].id
    ask(BRIEF, 1, 0, **{f"order-{first}": "1"})
    path = offer_of(runtime, place, triaged)
    delivery.decline(runtime.db, place.actor("provider-0"), path.rpartition("/")[2], reason="22")
    assert BRIEF in sign_in("provider-1").get(offer_of(runtime, place, triaged, 1)).text
    assert BRIEF not in sign_in("provider-0").get(path).html


@pytest.mark.parametrize("change", ["restricted = false", "restricted = true", "contact = null"])
def test_preview_is_what_the_provider_later_sees(
    change: str,
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    triaged: MadeReferral,
    ask: Callable[..., TestResponse],
    admin: Engine,
) -> None:
    make_safe(runtime.db, place, 0)
    with admin.connect() as connection:
        connection.execute(text(f"update person set {change}"))  # noqa: S608 - from the list above
    before = disclosure.preview(runtime.db, place.link_worker, triaged.id)
    previewed = sign_in("link-worker").get(f"/referrals/{triaged.id}/offer")
    ask(BRIEF, 0)
    path = offer_of(runtime, place, triaged)
    seen = sign_in("provider-0").get(path)
    assert rows_of(previewed.html) == rows_of(seen.html)
    assert {"Help with", "How to reach them", "Age"} <= set(rows_of(seen.html))
    told = views.get_placement(runtime.db, place.actor("provider-0"), path.rpartition("/")[2]).person
    assert told == replace(before, wants=BRIEF)
    assert disclosure.preview(runtime.db, place.link_worker, triaged.id) == told


def test_page_says_plainly_that_a_restricted_person_is_reached_through_the_team(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, triaged: MadeReferral, admin: Engine
) -> None:
    make_safe(runtime.db, place, 0)
    path = f"/referrals/{triaged.id}/offer"
    assert "kept secret" not in sign_in("link-worker").get(path).text
    with admin.connect() as connection:
        connection.execute(text("update person set restricted = true"))
    shown = sign_in("link-worker").get(path)
    assert "all contact goes through your team" in shown.text
    assert "Through Hackney team: they make the first contact." in shown.text
    assert "07700 900461" not in shown.html


def test_practices_words_lie_beside_the_empty_field_and_are_not_in_it(
    sign_in: SignIn, triaged: MadeReferral
) -> None:
    shown = sign_in("link-worker").get(f"/referrals/{triaged.id}/offer")
    assert any(CANARY in folded for folded in re.findall(r"<details.*?</details>", shown.html, re.DOTALL))
    (field,) = re.findall(r'<textarea[^>]*name="brief"[^>]*>(.*?)</textarea>', shown.html, re.DOTALL)
    assert field.strip() == ""


def test_too_long_a_brief_is_refused_with_every_other_problem_and_the_text_is_kept(
    runtime: Runtime, place: MadePlace, triaged: MadeReferral, ask: Callable[..., TestResponse]
) -> None:
    answer = ask("Likes tea. " + "x" * 990, **{f"order-{place.services[0].id}": "1"})
    assert answer.status_code == 400
    assert 'href="#brief"' in answer.text
    assert 'href="#service_ids"' in answer.text
    assert "must be 1000 characters or fewer" in answer.text
    assert "Likes tea. xxx" in answer.text
    assert views.get_referral(runtime.db, place.link_worker, triaged.id).brief == ""


def test_end_of_a_line_counts_once_as_the_counter_on_the_page_has_it(
    runtime: Runtime, place: MadePlace, triaged: MadeReferral, ask: Callable[..., TestResponse]
) -> None:
    lines = "\r\n".join(["y" * 9] * 100)
    assert len(lines) > 1000
    assert ask(lines, 0).status_code == 303
    found = views.get_referral(runtime.db, place.link_worker, triaged.id)
    assert found.brief == lines.replace("\r\n", "\n")


def test_brief_stands_in_the_field_when_somebody_else_is_asked_and_can_be_taken_away(
    sign_in: SignIn,
    runtime: Runtime,
    triaged: MadeReferral,
    place: MadePlace,
    ask: Callable[..., TestResponse],
) -> None:
    ask(BRIEF, 0)
    delivery.decline(
        runtime.db,
        place.actor("provider-0"),
        offer_of(runtime, place, triaged).rpartition("/")[2],
        reason="22",
    )
    shown = sign_in("link-worker").get(f"/referrals/{triaged.id}/offer")
    (field,) = re.findall(r'<textarea[^>]*name="brief"[^>]*>(.*?)</textarea>', shown.html, re.DOTALL)
    assert field.strip() == BRIEF
    ask("", 1)
    assert BRIEF not in sign_in("provider-1").get(offer_of(runtime, place, triaged, 1)).html


def test_no_to_sharing_takes_the_offer_back_and_the_provider_reads_no_more(
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    triaged: MadeReferral,
    ask: Callable[..., TestResponse],
    clock: Clock,
) -> None:
    ask(BRIEF, 0)
    clock.advance(minutes=5)
    path, visitor = f"/referrals/{triaged.id}/consent", sign_in("link-worker")
    assert 'href="#given"' in visitor.send(path, {}).text
    assert visitor.send(path, {"given": "no"}).location == f"/referrals/{triaged.id}"
    shown = visitor.get(f"/referrals/{triaged.id}").text
    assert "You wrote down that the person does not agree" in shown
    assert "Does not agree to sharing" in shown
    assert "Needs a provider" in shown
    assert "The person withdrew consent" in shown
    provider, offer = sign_in("provider-0"), offer_of(runtime, place, triaged)
    for html in (provider.get(offer).html, provider.get("/offers").html):
        assert not any(secret in html for secret in ("Okonkwo", "07700 900461", BRIEF, "75-84", "Lonel"))


def test_offer_page_of_somebody_who_does_not_agree_leads_to_their_answer(
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    triaged: MadeReferral,
    ask: Callable[..., TestResponse],
    clock: Clock,
) -> None:
    clock.advance(minutes=5)
    consent.record(runtime.db, place.link_worker, triaged.id, given=False)
    visitor, path = sign_in("link-worker"), f"/referrals/{triaged.id}"
    shown = visitor.get(f"{path}/offer")
    assert f"{path}/consent" in shown.links
    assert "Ask the chosen services" not in shown.text
    assert ask(BRIEF, 0).status_code == 409
    clock.advance(minutes=5)
    assert visitor.send(f"{path}/consent", {"given": "yes"}).status_code == 303
    assert ask(BRIEF, 0).status_code == 303
    found = views.get_referral(runtime.db, place.link_worker, triaged.id)
    assert [each.status for each in found.placements] == [PlacementStatus.OFFERED]


def test_consent_is_asked_about_open_referrals_only(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    ended = make_referral(runtime.db, place, ReferralStatus.COMPLETED)
    visitor, path = sign_in("link-worker"), f"/referrals/{ended.id}"
    assert f"{path}/consent" not in visitor.get(path).links
    answer = visitor.send(f"{path}/consent", {"given": "no"})
    assert answer.status_code == 409
    assert "This referral has ended" in answer.text
