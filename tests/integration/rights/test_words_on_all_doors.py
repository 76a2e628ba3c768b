"""Whichever door a yes comes through, it is kept with the words that were on it, and a yes to old words is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from app.domain.caseload import Show, Wanted
from app.domain.consent_wordings import SHIPPED, Kind
from app.domain.lifecycle import ReferralStatus
from app.domain.sources import SourceKind
from app.runtime import Runtime
from app.services.caring import caseload
from app.services.feedback.carrying import Attempt, Result
from app.services.helping import delivery
from app.services.messages import mailing
from app.services.rights import consent, consent_wordings
from app.store.mail import Mail
from tests.by_link import add_helper
from tests.conftest import Clock
from tests.factories import MadePlace, make_referral
from tests.integration.asking import TELLING
from tests.integration.sources.other_sources import add_source
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page

SignIn = Callable[[str], Visitor]
DOORS = {
    "/refer": ("practice-0", {"agrees": "share"}, ("message", "referral-page")),
    "/phone-referral": (
        "link-worker",
        {"agreed_how": "spoken-telephone", "shares": "yes"},
        ("spoken-telephone", "telephone"),
    ),
}


@pytest.fixture
def newer(runtime: Runtime, place: MadePlace) -> Callable[[], None]:
    """Let the steward write the second version of what is asked about sharing."""
    steward = place.actor("steward")
    return lambda: (
        consent_wordings.write(
            runtime.db, steward, Kind.SHARE, "May we tell a group?", "Only if you say so.", seen=1
        )
        and None
    )


def kept(admin: Engine, kind: str = "share-with-provider") -> tuple[object, ...]:
    query = text("select wording, source, how from consent where kind = :kind order by recorded_at, id")
    with admin.connect() as connection:
        return tuple(connection.execute(query, {"kind": kind}).all()[-1])


def count(admin: Engine) -> int:
    with admin.connect() as connection:
        return int(connection.scalar(text("select count(*) from consent")) or 0)


def checked(visitor: Visitor, path: str, form: dict[str, object]) -> dict[str, object]:
    """Fill a page in with the version that stands on it; return what its check page would send."""
    shown = {
        each["name"]: each["value"] for each in visitor.get(path).inputs if each.get("name") == "wording"
    }
    answer = visitor.send(path, TELLING | shown | form)
    assert answer.status_code == 200, answer.text[:1500]
    page = read_page(answer)
    return {each.get("name") or "": each.get("value") or "" for each in page.inputs} | {"step": "send"}


@pytest.mark.parametrize("path", list(DOORS))
def test_a_referral_on_a_page_keeps_the_words_that_stood_on_it(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine, newer: Callable[[], None], path: str
) -> None:
    add_source(runtime.db, place, SourceKind.SELF)
    username, form, told = DOORS[path]
    visitor = sign_in(username)
    assert SHIPPED[Kind.SHARE].words in visitor.get(path).text
    newer()
    assert "Only if you say so." in visitor.get(path).text
    carried = checked(visitor, path, dict(form))
    assert carried["wording"] == "2"
    assert visitor.client.post(path, data=carried).status_code in (200, 303)
    assert kept(admin) == (2, *told)


@pytest.mark.parametrize("path", list(DOORS))
def test_a_yes_to_the_words_of_yesterday_refers_nobody(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine, newer: Callable[[], None], path: str
) -> None:
    add_source(runtime.db, place, SourceKind.SELF)
    username, form, _ = DOORS[path]
    visitor = sign_in(username)
    carried = checked(visitor, path, dict(form))
    newer()
    refused = visitor.client.post(path, data=carried)
    assert refused.status_code == 400
    assert "The words of this question were changed" in refused.text
    assert "Wanda" in refused.text  # what was typed is kept
    assert count(admin) == 0


def test_not_yet_on_a_page_is_kept_with_its_words_too(sign_in: SignIn, admin: Engine) -> None:
    visitor = sign_in("practice-0")
    visitor.client.post("/refer", data=checked(visitor, "/refer", {"agrees": "ask"}))
    assert kept(admin, "ask-before-sharing") == (1, "page", "referral-page")


def asked_for_themselves(visitor: Visitor, **form: str) -> dict[str, object]:
    about = {name: said for name, said in TELLING.items() if name != "story"}
    return checked(
        visitor, "/self-referral", {"who": "me", "agrees": "yes", **team_of(visitor), **about, **form}
    )


def team_of(visitor: Visitor) -> dict[str, str]:
    inputs = visitor.get("/self-referral").inputs
    return {"team": str(next(each["value"] for each in inputs if each.get("name") == "team"))}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({}, ("page", "referral-page")),
        (
            {"who": "somebody", "helper_name": "Bea Example", "helper_relation": "daughter"},
            ("through-somebody", "through-somebody"),
        ),
    ],
)
def test_a_yes_on_the_public_page_is_kept_with_the_words_of_being_in_touch(
    visitor: Visitor,
    runtime: Runtime,
    place: MadePlace,
    admin: Engine,
    form: dict[str, str],
    told: tuple[str, str],
) -> None:
    add_source(runtime.db, place, SourceKind.SELF)
    assert SHIPPED[Kind.CONTACT].words in visitor.get("/self-referral").text
    steward = place.actor("steward")
    words = ("May we ring you?", "Only about your help.")
    consent_wordings.write(runtime.db, steward, Kind.CONTACT, *words, seen=1)
    assert "Only about your help." in visitor.get("/self-referral").text
    carried = asked_for_themselves(visitor, **form)
    for _ in range(2):  # sent twice, it is one word
        assert visitor.client.post("/self-referral", data=carried).status_code == 200
    assert kept(admin, "contact") == (2, *told)
    assert count(admin) == 2  # and the "not yet" to services, of which the page asks nothing
    assert kept(admin, "ask-before-sharing")[0] is None


def test_a_yes_on_the_public_page_to_the_words_of_yesterday_is_asked_again(
    visitor: Visitor, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    add_source(runtime.db, place, SourceKind.SELF)
    carried = asked_for_themselves(visitor)
    words = ("May we ring you?", "Only about your help.")
    consent_wordings.write(runtime.db, place.actor("steward"), Kind.CONTACT, *words, seen=1)
    refused = visitor.client.post("/self-referral", data=carried)
    assert refused.status_code == 400
    assert "The words of this question were changed" in refused.text
    assert "Wanda" in refused.text
    assert count(admin) == 0


def test_asking_again_before_an_offer_is_kept_with_what_was_read_out(
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    admin: Engine,
    newer: Callable[[], None],
    clock: Clock,
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    clock.advance(minutes=1)
    consent.record(runtime.db, place.link_worker, made.id, given=True, months=3)
    clock.advance(days=100)
    newer()
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}/offer"
    assert "Only if you say so." in visitor.get(path).text
    asked = {"service_ids": str(place.services[0].id), "asked_again": "yes"}
    stale = visitor.send(path, asked | {"wording": "1"})
    assert stale.status_code == 400
    assert 'href="#asked_again"' in stale.text
    assert visitor.send(path, asked | {"wording": "2"}).status_code == 303
    assert kept(admin) == (2, "link-worker", "in-conversation")


def test_asking_again_before_a_free_place_is_kept_with_what_was_read_out(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine, clock: Clock
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.WAITING)
    clock.advance(days=200)
    visitor, path = sign_in("provider-0"), f"/waiting/{made.placement_id}/place-free"
    assert SHIPPED[Kind.SHARE].words in visitor.get(path).text
    stale = visitor.send(path, {"asked_again": "yes", "wording": "9"})
    assert stale.status_code == 400
    assert 'href="#asked_again"' in stale.text
    assert visitor.send(path, {"asked_again": "yes", "wording": "1"}).status_code == 303
    assert kept(admin) == (1, "provider", "in-conversation")


def test_a_yes_that_ends_soon_stands_on_the_first_page_from_thirty_days_before(
    runtime: Runtime, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    clock.advance(minutes=1)
    consent.record(runtime.db, place.link_worker, made.id, given=True, months=3)
    with admin.connect() as connection:
        last_day = connection.scalar(text("select max(expires_on) from consent"))

    def stands() -> bool:
        found = caseload.list_caseload(runtime.db, place.link_worker, Wanted(show=Show.CONSENT))
        assert found.counts[Show.CONSENT] == len(found.page.lines)
        return made.id in {line.id for line in found.page.lines}

    clock.set(last_day)
    clock.advance(days=-31)
    assert not stands()
    clock.advance(days=1)
    assert stands()
    consent.record(runtime.db, place.link_worker, made.id, given=True)
    assert not stands()


def test_an_offer_that_waits_does_not_leave_once_the_yes_has_run_out_and_help_that_began_goes_on(
    runtime: Runtime, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    add_helper(runtime.db, place)
    begun, waits = make_referral(runtime.db, place), make_referral(runtime.db, place)
    clock.advance(minutes=1)
    for made in (begun, waits):
        consent.record(runtime.db, place.link_worker, made.id, given=True, months=3)
    delivery.accept(runtime.db, place.actor("provider-0"), begun.placement_id)
    clock.advance(days=100)
    taken: list[Mail] = []

    def carry(letter: Mail) -> Attempt:
        taken.append(letter)
        return Attempt(Result.SENT, transport="smtp")

    mailing.send_due(runtime.db, carry)
    assert waits.placement_id not in {each.placement_id for each in taken}
    assert begun.placement_id in {each.placement_id for each in taken}
    with admin.connect() as connection:
        query = text("select last_error from mail_message where placement_id = :id")
        assert connection.scalar(query, {"id": waits.placement_id}) == "held-back-consent-ended"
