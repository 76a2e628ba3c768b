"""Others act too: colleagues at the same moment, messages of the practice, people who may not, and the person."""

from __future__ import annotations

import html
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.person_comments import Said
from app.runtime import Runtime
from app.services.own import person_comments
from app.services.rights.data_map import data_map
from app.store import corrections, gathering, people
from app.store.gathering import Whose
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_referral, send, sender_for
from tests.integration.api_fhir.case_messages import Case, both, phone
from tests.integration.rights.keeping import erase
from tests.integration.their_details.conftest import (
    NEW,
    OLD,
    Opened,
    SignIn,
    filled_in,
    open_tasks,
    path_of,
    person_of,
)

OpenPage = Callable[..., Opened]
YEARS = 40 * 365 * 24 * 60  # minutes: later than anything that was put right by the clock of the tests


def test_a_stale_form_shows_what_changed_and_loses_nothing(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    mine, theirs = open_page(), open_page("second-link-worker")
    theirs.send(phones="07700 900666", email="theirs@example.org")
    sent = mine.send(phones=NEW, family="Bell", why="She rang me.")
    assert sent.status_code == 409
    assert "Somebody else changed the telephone. It is now: 07700 900666." in html.unescape(sent.text)
    kept = filled_in(sent.text)
    assert (kept["phones"], kept["family"], kept["why"]) == (NEW, "Bell", "She rang me.")
    assert kept["email"] == "theirs@example.org"  # nobody touched it here: it is as it is by now
    assert person_of(runtime, place, made).details.phones == ("07700 900666",)
    again = Opened(mine.visitor, mine.path, kept)
    assert again.send(csrf_token=mine.sent["csrf_token"]).status_code == 303
    told = person_of(runtime, place, made).details
    assert (told.phones, told.family, told.email) == ((NEW,), "Bell", "theirs@example.org")


def test_parts_that_nobody_touched_keep_what_a_colleague_wrote_meanwhile(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    mine, theirs = open_page(), open_page("second-link-worker")
    theirs.send(email="theirs@example.org")
    assert mine.send(phones=NEW).status_code == 303
    told = person_of(runtime, place, made).details
    assert (told.phones, told.email) == ((NEW,), "theirs@example.org")


def test_a_form_that_is_sent_twice_is_one_correction(open_page: OpenPage, admin: Engine) -> None:
    opened = open_page()
    assert [opened.send(phones=NEW).status_code for _ in range(2)] == [303, 303]
    with admin.connect() as connection:
        assert connection.execute(text("select count(*) from person_correction")).scalar_one() == 1


def test_a_later_message_that_repeats_what_was_wrong_brings_it_not_back(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    open_page().send(phones=NEW)
    send(runtime.db, Case(made.message).update(YEARS, phone("+44 7700 900461")), sender_for(made.practice))
    assert person_of(runtime, place, made).details.phones == (NEW,)
    assert open_tasks(runtime, place)["requester-update"] == ("phone-kept",)
    send(runtime.db, Case(made.message).update(YEARS + 1, phone("07700 900777")), sender_for(made.practice))
    assert person_of(runtime, place, made).details.phones == ("07700 900777",)  # the newest word that is news


def test_a_new_referral_of_the_practice_finds_the_person_whose_name_was_put_right(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral, patient: Patient
) -> None:
    open_page().send(family="Bell", born_day="5", phones=NEW)
    again = make_referral(runtime.db, place, ReferralStatus.RECEIVED, patient=patient)
    assert again.person_id == made.person_id
    told = person_of(runtime, place, again).details
    assert (told.family, told.phones) == ("Bell", (NEW,))


def test_an_old_message_that_comes_late_changes_nothing_that_was_put_right(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    open_page().send(phones=NEW)
    change = both(phone("07700 900888"))
    send(runtime.db, Case(made.message).update(1, change), sender_for(made.practice))
    assert person_of(runtime, place, made).details.phones == (NEW,)


@pytest.mark.parametrize("username", ["other-link-worker", "provider-0", "practice-0", "steward", "analyst"])
def test_nobody_but_the_team_sees_or_changes_it(
    open_page: OpenPage,
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    username: str,
) -> None:
    sent = open_page().sent
    stranger = sign_in(username)
    expected = 404 if username == "other-link-worker" else 403
    assert stranger.client.get(path_of(made)).status_code == expected
    token = stranger.get("/account").token
    form = {**sent.to_dict(flat=False), "phones": NEW, "told_by": "person", "csrf_token": token}
    assert stranger.client.post(path_of(made), data=form).status_code == expected
    assert person_of(runtime, place, made).details.phones == (OLD,)


def test_a_referral_that_is_nowhere_is_absent(sign_in: SignIn) -> None:
    assert sign_in("link-worker").client.get(f"/referrals/{uuid4()}/their-details").status_code == 404


def test_of_a_restricted_person_nothing_secret_is_shown_and_what_is_written_takes_its_place(
    open_page: OpenPage, sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        details = people.get(tx, made.person_id, audit="test").details
        people.record_details(tx, made.person_id, details, audit="test", restricted=True)
    opened = open_page()
    assert "kept secret" in opened.visitor.get(opened.path).text
    assert opened.send(phones=NEW).status_code == 303
    page = opened.visitor.get(opened.path)
    assert not [each for each in (OLD, NEW, "Cardamom", "E8 1EA") if each in page.html]
    told = person_of(runtime, place, made).details
    assert (told.phones, told.address_lines, told.postcode) == ((NEW,), ("17 Cardamom Row",), "E8 1EA")


def test_the_answer_to_a_comment_begins_with_what_was_put_right(
    open_page: OpenPage, sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    said = Said("me", "not-right", "My new number is another one.")
    person_comments.write_down(runtime.db, place.link_worker, made.id, said)
    own_page = f"/referrals/{made.id}/own-page"
    page = sign_in("link-worker").get(own_page)
    assert f'href="{path_of(made)}"' in page.html
    assert "We have put right" not in page.html
    clock.advance(minutes=1)
    open_page().send(phones=NEW, email="new@example.org", told_by="own-page")
    page = sign_in("link-worker").get(own_page)
    assert "We have put right: the telephone, the e-mail address.</textarea>" in page.html


def test_the_page_is_reached_from_the_referral_the_contact_and_the_task(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    doubtful = make_referral(runtime.db, place, patient=Patient(verified=False))
    for page in (f"/referrals/{doubtful.id}", f"/referrals/{doubtful.id}/contact", "/tasks"):
        assert f'href="{path_of(doubtful)}"' in sign_in("link-worker").get(page).html, page


def test_what_was_put_right_is_told_to_the_person_who_asks_and_unreadable_once_they_are_erased(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    ended = make_referral(runtime.db, place, ReferralStatus.CLOSED)
    open_page(of=ended).send(phones=NEW, why="She rang.")
    with runtime.db.transaction(system("test")) as tx:
        sections = gathering.gather(tx, data_map(), Whose(ended.person_id, place.team.id), audit="test")
    pieces = {each.key.split(":")[0]: each for part in sections for row in part.rows for each in row}
    told = pieces["person_correction.texts"]
    assert OLD in told.value
    assert NEW in told.value
    assert told.read_first
    assert pieces["person_correction.why"].value == "She rang."
    erase(runtime.db, place, ended)
    with runtime.db.transaction(system("test")) as tx:
        (left,) = corrections.list_of_person(tx, ended.person_id, audit="test")
    assert (left.before, left.after, left.why) == ({}, {}, "")
