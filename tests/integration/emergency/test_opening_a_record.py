"""A record in an emergency: opened with a reason, by whom the rule allows, for a short time; who must know is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.emergency import NOBODY, OPEN
from app.runtime import Runtime
from app.services.rights import emergency
from app.services.shown import views
from app.services.watching import place_rules
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.emergency.conftest import ASKED, FORM, SAM, Opening
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
Lines = Callable[[str], list[dict[str, object]]]


def test_another_teams_record_is_read_in_an_emergency_and_nowhere_else(
    other: Opening, made: MadeReferral
) -> None:
    path = other.open()
    page = other.visitor.get(path)
    assert "Penhallow" in page.text
    assert "07700 900461" in page.text
    assert "Hackney team" in page.text
    assert "Penhallow" not in page.html.split("</title>")[0]
    assert other.visitor.client.get(f"/referrals/{made.id}").status_code == 404


def test_a_family_name_and_birth_date_will_do_where_one_person_fits(other: Opening) -> None:
    assert "5900014002"[:3] in other.visitor.get(other.open(who="penhallow")).text


@pytest.mark.parametrize(
    ("field", "value"), [("reason", ""), ("reason", "curious"), ("words", ""), ("words", "now"), ("who", "")]
)
def test_nothing_is_looked_up_before_a_reason_is_given(
    other: Opening, lines: Lines, field: str, value: str
) -> None:
    status, page = other.ask(**{field: value})
    assert status == 400
    assert f'href="#{field}"' in page
    _, of_nobody = other.ask(**{field: value}, born_year="1901")
    assert page.replace("1948", "1901").count("error") == of_nobody.count("error")
    assert not lines(OPEN)
    assert not lines(NOBODY)


@pytest.mark.parametrize(
    "wrong", [{"born_year": "1949"}, {"who": "5900030008"}, {"who": "Penhaligon"}, {"born_day": "31"}]
)
def test_who_does_not_fit_both_is_nobody_and_the_try_is_written_down(
    other: Opening, lines: Lines, counted: Callable[[str], int], wrong: dict[str, str]
) -> None:
    status, page = other.ask(**wrong)
    assert status == 400
    assert ASKED["words"] in page  # answers are kept
    assert counted("emergency_access") == 0
    is_date = wrong.get("born_day") != "31"  # 31 May is a date, of nobody
    assert [each["person_id"] for each in lines(NOBODY)] == [None]
    assert is_date or "Nobody here fits both" in page


def test_every_look_stands_in_the_audit_with_its_purpose(
    other: Opening, lines: Lines, made: MadeReferral, place: MadePlace
) -> None:
    path = other.open()
    other.visitor.get(path)
    told = lines(OPEN)
    # The first look and the page, and on the page the one referral that stands on it.
    assert sorted(each["subject"] for each in told) == ["person", "person", "referral"]
    who = f"user:{place.accounts['other-link-worker'].id}"
    assert {(each["actor"], each["person_id"], each["role"]) for each in told} == {
        (who, made.person_id, "link-worker")
    }
    assert all(each["detail"]["purpose"] == "BTG" for each in told)  # type: ignore[index]
    assert "police" not in str(told)


def test_team_and_steward_have_a_task_and_an_email_without_a_name(
    other: Opening, runtime: Runtime, place: MadePlace, admin: Engine, made: MadeReferral
) -> None:
    with admin.connect() as connection:
        connection.execute(
            text("update user_account set email = username || '@example.nhs.uk' where role <> 'analyst'")
        )
    other.open()
    (task,) = [
        each
        for each in views.list_tasks(runtime.db, place.link_worker).lines
        if each.kind == "emergency-look"
    ]
    assert task.referral_id == made.id
    kinds = [each.kind for each in views.list_tasks(runtime.db, place.actor("steward")).lines]
    assert kinds.count("emergency-to-review") == 1
    with admin.connect() as connection:
        mail = connection.execute(text("select to_address, subject, referral_id from mail_message")).all()
    assert {row.to_address.partition("@")[0] for row in mail} == {
        "link-worker",
        "second-link-worker",
        "steward",
    }
    assert all("Penhallow" not in row.subject and row.referral_id is None for row in mail)


def test_when_the_time_is_over_nothing_of_the_person_is_shown(
    other: Opening, runtime: Runtime, place: MadePlace, clock: Clock, lines: Lines
) -> None:
    path, worker = other.open(), place.actor("other-link-worker")
    look_id = UUID(path.rpartition("/")[2])
    clock.advance(minutes=59, seconds=59)
    assert emergency.look(runtime.db, worker, look_id).person is not None
    clock.advance(seconds=1)
    assert emergency.look(runtime.db, worker, look_id).person is None
    other.visitor.sign_in("other-link-worker")  # the session went idle meanwhile
    page = other.visitor.get(path).text
    assert "The time is over" in page
    assert "Penhallow" not in page
    assert sorted(each["subject"] for each in lines(OPEN)) == ["person", "person", "referral"]


def test_the_place_decides_how_long_and_whether_at_all(
    other: Opening, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    steward = place.actor("steward")
    place_rules.change_rules(runtime.db, steward, {"emergency_minutes": 10})
    path = other.open()
    clock.advance(minutes=10)
    assert "The time is over" in other.visitor.get(path).text
    place_rules.change_rules(runtime.db, steward, {"emergency_minutes": 0})
    clock.advance(minutes=-10)  # or they would be asked first who they are
    assert "lets nobody open" in other.visitor.get(FORM).text
    token = other.visitor.get("/search").token
    refused = other.visitor.client.post(FORM, data=ASKED | {"csrf_token": token})
    assert refused.status_code == 403


def test_closing_ends_it_at_once_and_twice_is_once(other: Opening) -> None:
    path = other.open()
    assert other.visitor.send(f"{path}/close", at=path).status_code == 303
    assert "The time is over" in other.visitor.get(path).text
    token = other.visitor.get(FORM).token
    assert other.visitor.client.post(f"{path}/close", data={"csrf_token": token}).status_code == 303


def test_a_form_sent_twice_is_one_look(other: Opening, counted: Callable[[str], int]) -> None:
    assert other.open() == other.open()
    assert counted("emergency_access") == 1


def test_an_open_look_is_its_owners_alone(other: Opening, sign_in: SignIn) -> None:
    path = other.open()
    for username, status in (
        ("link-worker", 404),
        ("steward", 403),
        ("provider-0", 403),
        ("practice-0", 403),
        ("analyst", 403),
    ):
        assert sign_in(username).client.get(path).status_code == status, username


@pytest.mark.parametrize("username", ["provider-0", "practice-0", "steward", "analyst"])
def test_no_other_role_can_ask(sign_in: SignIn, made: MadeReferral, username: str) -> None:
    assert sign_in(username).client.get(FORM).status_code == 403


def test_who_has_not_shown_for_a_while_who_they_are_is_asked_first(other: Opening, clock: Clock) -> None:
    clock.advance(minutes=16)
    answer = other.visitor.client.get(FORM)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/account/confirm?next={FORM}"


def test_ones_own_teams_person_is_found_without_an_emergency(
    sign_in: SignIn, made: MadeReferral, counted: Callable[[str], int], lines: Lines
) -> None:
    status, page = Opening(sign_in("link-worker")).ask()
    assert status == 400
    assert "own team" in page
    assert [each["person_id"] for each in lines(NOBODY)] == [made.person_id]
    assert counted("emergency_access") == 0


def test_a_secret_address_is_opened_to_the_persons_own_team_too(
    sign_in: SignIn, made: MadeReferral, restrict: Callable[[], None]
) -> None:
    restrict()
    own = Opening(sign_in("link-worker"))
    assert "Cardamom" not in own.visitor.get(f"/referrals/{made.id}").text
    page = own.visitor.get(own.open()).text
    assert "17 Cardamom Row" in page
    assert "must stay secret" in page


def test_two_of_one_name_and_birth_date_are_nobody_and_that_is_written_down(
    other: Opening, runtime: Runtime, place: MadePlace, lines: Lines
) -> None:
    twin = replace(SAM, nhs_number="5900030008")
    make_referral(runtime.db, place, practice=place.live_practice, patient=twin)
    status, page = other.ask(who="Penhallow")
    assert status == 400
    assert "More than one person fits" in page
    assert len(lines(NOBODY)) == 1
    assert not lines(OPEN)


def test_people_under_test_are_nobody_to_another_team(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, refer: Callable[..., MadeReferral]
) -> None:
    from_test = refer(patient=None)
    assert from_test.practice.is_sandbox
    status, page = Opening(sign_in("other-link-worker")).ask(
        who="Okonkwo", born_day="4", born_month="3", born_year="1951"
    )
    assert status == 400
    assert "Nobody here fits both" in page


def test_who_looks_for_people_one_after_another_is_slowed_down(other: Opening) -> None:
    answers = [other.ask(who=f"Nobody{'abcdefghijkl'[number]}")[0] for number in range(11)]
    assert answers[:10] == [400] * 10
    assert answers[10] == 429
