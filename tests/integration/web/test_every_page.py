"""What holds for every page: foreign is absent, reading changes nothing, it is light, and it is safe to show."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app import create_app
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.helping import delivery
from app.services.shown import views
from app.store.outcomes import Contact
from app.store.session import Database, engine_for
from tests.conftest import Clock
from tests.factories import MadePlace, Patient, make_message, make_referral, send, sender_for
from tests.integration.web.conftest import Visitor

STATIC = Path(__file__).parents[3] / "app" / "web" / "static"
SignIn = Callable[[str], Visitor]


def paths_of(username: str, referral_id: object, placement_id: object) -> list[str]:
    if username == "link-worker":
        one = f"/referrals/{referral_id}"
        forms = (
            "needs",
            "consent",
            "dataset-use",
            "choices",
            "choices/contact",
            "choices/research",
            "offer",
            "end",
            "withdraw",
            "reopen",
            "measures",
            "milestones",
            "record",
            "about-them",
        )
        lists = [
            "/referrals",
            "/referrals?show=all",
            "/follow-ups",
            "/follow-ups?show=settled",
            "/check-ins",
            "/completeness",
            "/completeness/ethnicity",
            f"{one}/offers/{placement_id}/take-back",
        ]
        return [*lists, one, *(f"{one}/{form}" for form in forms)]
    if username == "provider-0":
        parts = ("", "/decline", "/contact", "/outcome", "/end-early", "/measures", "/milestones")
        return ["/offers", "/completeness", *(f"/offers/{placement_id}{part}" for part in parts)]
    if username == "practice-0":
        return [
            "/loops",
            f"/loops/{referral_id}",
            f"/loops/{referral_id}/record",
            "/completeness",
            "/practice-settings",
        ]
    return ["/attention", "/completeness", "/messages", "/message-templates"]


@pytest.mark.parametrize("username", ["link-worker", "provider-0", "practice-0"])
def test_pages_keep_the_rules_at_every_status(
    username: str, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    visitor = sign_in(username)
    for status in ReferralStatus:
        made = make_referral(runtime.db, place, status, services=(0, 1))
        for path in paths_of(username, made.id, made.placement_id):
            if "None" in path:
                continue
            page = visitor.get(path)
            assert 'action="/sign-out"' in page.html, path
            assert not re.search(
                r"(loneliness|wellbeing|housing|Okonkwo|Adaeze)", page.title, re.IGNORECASE
            ), path


@pytest.mark.parametrize("username", ["steward", "analyst", "link-worker", "provider-0", "practice-0"])
def test_empty_pages_say_what_to_expect(username: str, sign_in: SignIn) -> None:
    visitor = sign_in(username)
    page = visitor.get(visitor.client.get("/").location)
    assert re.search("appears? here|what is coming", page.text)


def test_public_pages_open_for_strangers(visitor: Visitor) -> None:
    for path in ("/sign-in", "/accessibility", "/privacy"):
        assert visitor.get(path).headings


@pytest.mark.parametrize(
    ("username", "path"),
    [
        ("other-link-worker", "/referrals/{referral}"),
        ("other-link-worker", "/referrals/{referral}/offer"),
        ("provider-1", "/offers/{placement}"),
        ("provider-1", "/offers/{placement}/outcome"),
        ("provider-1", "/offers/{placement}/milestones"),
        ("other-link-worker", "/referrals/{referral}/measures"),
        ("other-link-worker", "/follow-ups/{referral}"),
        ("practice-1", "/loops/{referral}"),
        ("other-practice", "/loops/{referral}"),
    ],
)
def test_foreign_thing_reads_exactly_as_an_absent_one(
    username: str, path: str, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place)
    visitor = sign_in(username)
    foreign = visitor.get(path.format(referral=made.id, placement=made.placement_id), status=404)
    absent = visitor.get(path.format(referral=uuid4(), placement=uuid4()), status=404)
    unknown = visitor.get("/no/such/page", status=404)
    assert foreign.text == absent.text == unknown.text


@pytest.mark.parametrize(
    ("username", "at", "path"),
    [
        ("other-link-worker", "/referrals", "/referrals/{referral}/start"),
        ("other-link-worker", "/referrals", "/referrals/{referral}/unmet-need"),
        ("provider-1", "/offers", "/offers/{placement}/accept"),
        ("practice-1", "/loops", "/loops/{referral}/filed"),
    ],
)
def test_foreign_thing_cannot_be_changed(
    username: str, at: str, path: str, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place)
    visitor = sign_in(username)
    path = path.format(referral=made.id, placement=made.placement_id)
    # a page without a form of its own has the one that signs out
    answer = visitor.send(path, at=at)
    assert answer.status_code in (404, 409)
    assert views.get_referral(runtime.db, place.link_worker, made.id).referral.status == "active"


def test_reading_changes_nothing(sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine) -> None:
    made = make_referral(runtime.db, place, services=(0, 1))
    before = contents(admin)
    for username in ("link-worker", "provider-0", "practice-0", "steward"):
        visitor = sign_in(username)
        for path in paths_of(username, made.id, made.placement_id):
            visitor.get(path)
    assert contents(admin) == before


def contents(admin: Engine) -> dict[str, str]:
    """Every table's rows but the traces of who read and who signed in."""
    with admin.connect() as connection:
        tables = connection.scalars(text("select tablename from pg_tables where schemaname = 'public'")).all()
        found = {}
        for table in set(tables) - {"audit_event", "user_session"}:
            query = f"select md5(string_agg(t::text, '' order by t::text)) from {table} t"  # noqa: S608
            found[table] = str(connection.scalar(text(query)))
        return found


def test_words_of_people_are_shown_as_words(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place)
    provider, markup = place.provider_of(place.services[0].id), "<b>&\"'</b><script>x</script>"
    delivery.accept(runtime.db, provider, made.placement_id)
    delivery.record_contact(
        runtime.db, provider, made.placement_id, Contact("phone", True, clock.today, 5, markup)
    )
    outcome = Outcome(OutcomeState.BETTER, markup, markup)
    endings.complete(runtime.db, provider, made.placement_id, Ending(outcome))
    for username, path in (
        ("link-worker", f"/referrals/{made.id}"),
        ("provider-0", f"/offers/{made.placement_id}"),
        ("practice-0", f"/loops/{made.id}"),
    ):
        page = sign_in(username).get(path)
        assert markup in page.text
        assert "<b>" not in page.html


def test_typed_markup_comes_back_as_typed(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place)
    markup = '"><script>x</script>'
    answer = sign_in("link-worker").send(f"/referrals/{made.id}/end", {"summary": markup, "outcome": markup})
    assert answer.status_code == 400
    assert "&#34;&gt;&lt;script&gt;x" in answer.text
    assert "<script>x" not in answer.text


def test_restricted_persons_whereabouts_are_on_no_page(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    made = make_referral(runtime.db, place)
    with admin.connect() as connection:
        connection.execute(text("update person set restricted = true"))
    for username in ("link-worker", "provider-0", "practice-0"):
        for path in paths_of(username, made.id, made.placement_id):
            html = sign_in(username).get(path).html
            assert not any(secret in html for secret in ("Cardamom", "E8 1EA", "07700 900461")), path


def test_provider_sees_the_profile_and_nothing_more(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    patient = Patient(nhs_number="9000000009")
    made = make_referral(runtime.db, place, patient=patient)
    page = sign_in("provider-0").get(f"/offers/{made.placement_id}")
    assert "Adaeze Okonkwo" in page.text
    assert "07700 900461" in page.text
    for hidden in ("900 000 0009", "9000000009", "Cardamom", "E8 1EA", "1951", place.practices[0].name):
        assert hidden not in page.html


def test_steward_sees_what_waits_and_nobodys_name(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    stranger = replace(place.practices[0], ods="Z99999")
    send(runtime.db, make_message(stranger), sender_for(stranger))
    page = sign_in("steward").get("/attention")
    assert "an organisation that is not set up here" in page.text
    assert "Okonkwo" not in page.html


def test_style_and_script_are_kept_by_browsers_and_weigh_little(visitor: Visitor) -> None:
    page = visitor.get("/sign-in")
    weight = len(page.html.encode())
    needed = [*page.assets, re.sub("/backstitch.js", "/nhsuk/nhsuk-frontend.min.js", page.assets[-1])]
    for path in needed:
        answer = visitor.client.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, path
        assert "immutable" in answer.headers["Cache-Control"]
        weight += len(answer.data)
    assert any(path.endswith("nhsuk-frontend.min.js") for path in needed)
    assert weight < 60 * 1024  # the frame of every page; a page's own words come on top


def test_packed_files_hold_what_lies_beside_them() -> None:
    packed = list(STATIC.rglob("*.gz"))
    assert packed
    for path in packed:
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes(), path.name


def test_style_fetches_nothing_from_other_servers() -> None:
    for path in STATIC.rglob("*.css"):
        assert not re.findall(r"url\(['\"]?(?:https?:|//)|@import|@font-face", path.read_text()), path.name


def test_broken_page_tells_what_to_do_and_nothing_of_the_fault(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    make_referral(runtime.db, place)
    with admin.connect() as connection:
        connection.execute(text("update person set names = '\\x00'"))
    page = sign_in("link-worker").get("/referrals", status=500)
    assert "Try again in a few minutes" in page.text


def test_page_says_that_it_is_away_while_the_database_is(runtime: Runtime) -> None:
    nowhere = engine_for("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    away = Database(nowhere, cipher=runtime.db.cipher, clock=runtime.db.clock, wake=runtime.db.wake)
    visitor = Visitor(create_app(runtime=replace(runtime, db=away)).test_client())
    visitor.client.set_cookie("session", "a-token-that-cannot-be-looked-up")
    page = visitor.get("/referrals", status=503)
    assert "Nothing you sent was half saved" in page.text


def test_too_much_is_refused_with_a_page(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place)
    visitor = sign_in("link-worker")
    answer = visitor.send(f"/referrals/{made.id}/end", {"summary": "x" * 2_000_000})
    assert answer.status_code == 413
    assert "Shorten what you wrote" in answer.text
