"""How the six digits of an own link reach the person: never with the link, and not at all where nothing may be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.consent_wordings import Kind
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.message_templates import Channel
from app.domain.own_codes import WHY_NONE, CodeBy, LinkBy, Wish
from app.runtime import Runtime
from app.services.feedback.carrying import Attempt, Result
from app.services.messages import mailing
from app.services.own import own_links, person_choices
from app.services.own.own_link_post import Carriers
from app.services.own.person_choices import Answer
from app.services.own.person_links import NoLinkForThem
from app.store import people
from app.store.mail import Mail
from tests.application import application_of
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor
from tests.own_links import BORN, sent_digits, shown_digits, shown_link

SignIn = Callable[[str], Visitor]
BOTH = Carriers(has_texts=True, help_phone="020 7946 0001")
BY_EMAIL = Wish(30, link_by=LinkBy.EMAIL, code_by=CodeBy.TEXT)
BY_TEXT = Wish(30, link_by=LinkBy.TEXT, code_by=CodeBy.EMAIL)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Somebody with a mobile number and an e-mail address."""
    made = make_referral(runtime.db, place)
    change(runtime, made, email="ada@example.org")
    return made


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """Somebody of staff in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


def change(runtime: Runtime, made: MadeReferral, **told: Any) -> None:
    with runtime.db.transaction(system("test")) as tx:
        details = replace(people.get(tx, made.person_id, audit="test").details, **told)
        people.record_details(tx, made.person_id, details, audit="test")


def sent(runtime: Runtime) -> dict[str, Mail]:
    """What left for the person, by its way."""
    taken: dict[str, Mail] = {}

    def carry(letter: Mail) -> Attempt:
        if letter.referral_id:  # a provider is told of the offer too
            taken[letter.channel] = letter
        return Attempt(Result.SENT, transport="smtp")

    mailing.send_due(runtime.db, carry)
    return taken


@pytest.mark.parametrize(
    ("wish", "link_by", "code_by"), [(BY_EMAIL, "email", "text"), (BY_TEXT, "text", "email")]
)
def test_link_and_digits_go_two_ways_and_open_the_page_together(
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    visitor: Visitor,
    wish: Wish,
    link_by: str,
    code_by: str,
) -> None:
    left = own_links.make(runtime.db, place.link_worker, made.id, wish, BOTH)
    assert (left.address, left.digits) == ("", ""), "nothing is left to hand over"
    letters = sent(runtime)
    assert set(letters) == {"email", "text"}
    link, digits = shown_link(letters[link_by].text), sent_digits(letters[code_by].text)
    assert digits not in letters[link_by].text
    assert "/my/" not in letters[code_by].text
    assert visitor.send(link.path, BORN | {"digits": digits}).location == f"{link.path}/progress"


def test_neither_message_names_anybody_or_says_a_word_of_help(
    runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    own_links.make(runtime.db, place.link_worker, made.id, BY_EMAIL, BOTH)
    words = " ".join(f"{each.subject} {each.text}" for each in sent(runtime).values())
    for silent in ("Okonkwo", "Adaeze", "Hackney", "health", "help", "referral", "1951"):
        assert silent not in words, silent


def test_the_digits_go_out_in_their_language(runtime: Runtime, place: MadePlace, made: MadeReferral) -> None:
    change(runtime, made, language="cy")
    own_links.make(runtime.db, place.link_worker, made.id, BY_EMAIL, BOTH)
    assert "Eich chwe digid yw" in sent(runtime)["text"].text


@pytest.mark.parametrize("way", [(LinkBy.EMAIL, CodeBy.EMAIL), (LinkBy.TEXT, CodeBy.TEXT)])
def test_link_and_digits_never_go_the_same_way(
    runtime: Runtime, place: MadePlace, made: MadeReferral, way: tuple[LinkBy, CodeBy], admin: Engine
) -> None:
    with pytest.raises(Invalid, match="another way than the link"):
        own_links.make(runtime.db, place.link_worker, made.id, Wish(7, False, *way), BOTH)
    assert made_links(admin) == 0
    assert sent(runtime) == {}


def made_links(admin: Engine) -> int:
    with admin.connect() as connection:
        return int(connection.execute(text("select count(*) from person_link")).scalar_one())


def test_whoever_wants_no_texts_is_told_the_digits_instead(
    runtime: Runtime, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    answer = Answer(kind=Kind.CONTACT, given=True, wording=1, ways=("email", "phone"))
    person_choices.record(runtime.db, place.link_worker, made.id, answer, how="telephone")
    with pytest.raises(Invalid, match="tell them the digits yourself"):
        own_links.make(runtime.db, place.link_worker, made.id, BY_EMAIL, BOTH)
    with pytest.raises(Conflict, match="do not want texts"):
        own_links.make(runtime.db, place.link_worker, made.id, BY_TEXT, BOTH)
    assert made_links(admin) == 0
    told = own_links.make(
        runtime.db, place.link_worker, made.id, replace(BY_EMAIL, code_by=CodeBy.TELL), BOTH
    )
    assert (told.address, len(told.digits)) == ("", 6)
    assert set(sent(runtime)) == {"email"}


def test_where_nobody_sends_texts_none_is_offered_or_taken(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    page = sign_in("link-worker").get(f"/referrals/{made.id}/own-page").text
    assert "E-mail them to ada@example.org" in page
    assert "Text them to" not in page
    with pytest.raises(Invalid):
        own_links.make(runtime.db, place.link_worker, made.id, BY_EMAIL)


def test_a_restricted_record_gets_no_message_and_the_link_worker_tells_the_digits(
    sign_in: SignIn, runtime: Runtime, made: MadeReferral, admin: Engine
) -> None:
    with admin.connect() as connection:
        connection.execute(text("update person set restricted = true"))
    worker, at = sign_in("link-worker"), f"/referrals/{made.id}/own-page"
    assert "ada@example.org" not in worker.get(at).text
    refused = worker.send(at, {"days": "7", "safe": "yes", "code": "email"})
    assert (refused.status_code, made_links(admin)) == (400, 0)
    assert shown_link(worker.send(at, {"days": "7", "safe": "yes", "code": "tell"}).text).digits
    assert sent(runtime) == {}


def test_of_somebody_who_has_died_it_is_said_and_nothing_goes(
    runtime: Runtime, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    with admin.begin() as connection:
        connection.execute(text("update person set deceased = true"))
    with pytest.raises(NoLinkForThem, match="has died"):
        own_links.make(runtime.db, place.link_worker, made.id, BY_EMAIL, BOTH)
    assert (made_links(admin), sent(runtime)) == (0, {})


def test_on_the_page_both_are_sent_and_nothing_is_shown_again(
    runtime: Runtime, made: MadeReferral, visitor: Visitor
) -> None:
    house = replace(runtime, settings=replace(runtime.settings, shows_messages=True))
    worker = Visitor(application_of(house).test_client()).sign_in("link-worker")
    at = f"/referrals/{made.id}/own-page"
    assert "Text them to 07700900461" in worker.get(at).text
    assert worker.send(at, {"days": "7", "how": "email", "code": "text"}).status_code == 303
    page = worker.get(at)
    after = page.text
    assert "The six digits are on their way to the mobile number on the record." in after
    assert "with six digits, until" in after
    assert shown_digits(page.html) == ""
    assert set(sent(runtime)) == {"email", "text"}


def test_a_link_to_post_is_shown_with_its_digits_apart_and_what_to_do_with_them(
    sign_in: SignIn, made: MadeReferral
) -> None:
    shown = sign_in("link-worker").send(f"/referrals/{made.id}/own-page", {"days": "30", "how": "show"}).text
    link = shown_link(shown)
    first, second = shown.index('id="new-link"'), shown.index('id="new-digits"')
    assert first < shown.index(link.path) < second < shown.index(f">{link.digits}<")
    assert "write them on another sheet and post it by itself" in shown


def test_a_link_without_digits_needs_a_reason_which_stays_in_the_audit(
    sign_in: SignIn, made: MadeReferral, admin: Engine
) -> None:
    worker, at = sign_in("link-worker"), f"/referrals/{made.id}/own-page"
    for why in ("", "because"):
        refused = worker.send(at, {"days": "30", "code": "none", "why": why})
        assert refused.status_code == 400
        assert 'href="#why"' in refused.text
    assert made_links(admin) == 0
    link = shown_link(worker.send(at, {"days": "30", "code": "none", "why": "too-hard"}).text)
    assert link.digits == ""
    with admin.connect() as connection:
        acts = "act = 'make person''s link' and subject = 'person link'"
        query = f"select detail from audit_event where {acts}"  # noqa: S608 - our own words
        (detail,) = connection.execute(text(query)).scalars()
    assert (detail["code"], detail["why"]) == ("none", "too-hard")
    assert detail["why"] in WHY_NONE


@pytest.mark.parametrize("wrong", [{"code": "pigeon"}, {"how": "pigeon"}])
def test_a_way_that_is_none_makes_no_link(
    sign_in: SignIn, made: MadeReferral, admin: Engine, wrong: dict[str, str]
) -> None:
    answer = sign_in("link-worker").send(f"/referrals/{made.id}/own-page", {"days": "30"} | wrong)
    assert (answer.status_code, made_links(admin)) == (400, 0)


def test_another_team_makes_none_and_sends_none(
    runtime: Runtime, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    with pytest.raises(NotFound):
        own_links.make(runtime.db, place.actor("other-link-worker"), made.id, BY_EMAIL, BOTH)
    assert (made_links(admin), sent(runtime)) == (0, {})


def test_channels_that_are_open_are_told_to_the_team_alone(
    runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    found = own_links.find(runtime.db, place.link_worker, made.id, BOTH)
    assert found.channels == {Channel.TEXT: "07700900461", Channel.EMAIL: "ada@example.org"}
