"""Consent as data: what was said, to which words, by whom, which way, when, and until when it counts."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine, text

from app.domain.lifecycle import ReferralStatus
from app.services.rights import consent
from app.services.shown import views
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


def kept(admin: Engine) -> tuple[object, ...]:
    query = "select given, how, wording, expires_on, asked_by is not null from consent order by recorded_at"
    with admin.connect() as connection:
        return tuple(connection.execute(text(query)).all()[-1])


def write(sign_in: SignIn, made: MadeReferral, **answers: str) -> int:
    worker = sign_in("link-worker")
    path = f"/referrals/{made.id}/consent"
    return worker.send(path, {"wording": "1", **answers}).status_code


def test_a_yes_for_three_months_is_kept_with_its_last_day(
    sign_in: SignIn, database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    clock.advance(minutes=1)
    assert write(sign_in, made, given="yes", lasts="3") == 303
    given, how, wording, expires_on, was_asked = kept(admin)
    assert (given, how, wording, was_asked) == (True, "in-conversation", 1, True)
    assert expires_on is not None
    clock.set(expires_on)
    assert views.get_heading(database, place.link_worker, made.id).consent_to_share is True
    clock.advance(days=1)
    heading = views.get_heading(database, place.link_worker, made.id)
    assert heading.consent_to_share is None
    page = sign_in("link-worker").get(f"/referrals/{made.id}/offer").text
    assert "Ask them again before you send this." in page


def test_a_no_has_no_last_day(
    sign_in: SignIn, database: Database, place: MadePlace, clock: Clock, admin: Engine
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    clock.advance(minutes=1)
    assert write(sign_in, made, given="no", lasts="6") == 303
    assert kept(admin)[:4] == (False, "in-conversation", 1, None)


def test_an_odd_last_day_is_asked_for_again(sign_in: SignIn, database: Database, place: MadePlace) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    assert write(sign_in, made, given="yes", lasts="99") == 400


def test_what_a_message_said_is_kept_as_said_by_message(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    make_referral(database, place, ReferralStatus.RECEIVED)
    assert kept(admin)[:4] == (True, "message", None, None)


def test_a_later_word_without_a_last_day_counts_for_good(
    sign_in: SignIn, database: Database, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    clock.advance(minutes=1)
    consent.record(database, place.link_worker, made.id, given=True, months=3)
    clock.advance(minutes=1)
    consent.record(database, place.link_worker, made.id, given=True)
    clock.advance(days=200)
    assert views.get_heading(database, place.link_worker, made.id).consent_to_share is True
