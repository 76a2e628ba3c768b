"""A team puts right who somebody is: it stands everywhere at once, and what stood before stays in the history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine, text

from app.domain.access import system
from app.runtime import Runtime
from app.services.caring import suggestions
from app.services.shown import views
from app.store import people, referrals
from tests.factories import MadePlace, MadeReferral, Patient, make_nhs_number, make_referral
from tests.integration.their_details.conftest import NEW, OLD, Opened, SignIn, open_tasks, path_of, person_of

OpenPage = Callable[..., Opened]


def test_everything_is_put_right_at_once_and_untouched_parts_stay(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    number = make_nhs_number()
    typed = {
        "family": "Okonkwo-Bell",
        "born_day": "5",
        "nhs_number": f"{number[:3]} {number[3:6]} {number[6:]}",
    }
    more = {
        "phones": f"{NEW}\n020 7946 0000",
        "email": "ada@example.org",
        "postcode": "n16hb",
        "language": "so",
    }
    sent = open_page().send(**typed, **more, number_is_checked="yes", why="She rang.")
    assert sent.location == f"/referrals/{made.id}"
    person = person_of(runtime, place, made)
    told = person.details
    assert (told.family, told.given, told.birth_date) == ("Okonkwo-Bell", ("Adaeze",), date(1951, 3, 5))
    assert (told.nhs_number, person.identity_confirmed) == (number, True)
    assert told.phones == (NEW, "020 7946 0000")
    assert (told.email, told.postcode, told.language) == ("ada@example.org", "N1 6HB", "so")
    assert (told.address_lines, told.gender) == (("17 Cardamom Row",), "female")


def test_history_tells_before_after_who_and_why_and_is_sealed(
    open_page: OpenPage, sign_in: SignIn, made: MadeReferral, admin: Engine
) -> None:
    open_page().send(phones=NEW, why="He rang from the new one.", told_by="carer")
    page = sign_in("second-link-worker").get(path_of(made))
    assert f"Telephone. Before: {OLD}. Then: {NEW}." in page.text
    for told in ("Invented link-worker", "A carer or somebody of the family", "He rang from the new one."):
        assert told in page.text
    with admin.connect() as connection:
        row = connection.execute(text("select * from person_correction")).one()
    assert row.parts == ["phone"]
    kept = bytes(row.texts) + bytes(row.why)
    assert OLD.encode() not in kept
    assert NEW.encode() not in kept
    assert b"rang" not in kept


def test_what_stood_before_is_filled_in_again_and_saved_like_anything_else(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral, admin: Engine
) -> None:
    opened = open_page()
    opened.send(phones=NEW)
    with admin.connect() as connection:
        found = connection.execute(text("select id from person_correction")).scalar_one()
    page = opened.visitor.get(f"{opened.path}?back={found}")
    assert f">{OLD}</textarea>" in page.html
    assert person_of(runtime, place, made).details.phones == (NEW,)  # looking changes nothing
    again = open_page()
    assert again.send(phones=OLD).status_code == 303
    assert person_of(runtime, place, made).details.phones == (OLD,)
    opened.visitor.get(f"{opened.path}?back={made.id}", status=404)


def test_banner_search_and_suggestions_follow(
    open_page: OpenPage, sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    number = make_nhs_number()
    open_page().send(family="Bell", nhs_number=number, number_is_checked="yes", postcode="N1 6HB")
    page = sign_in("link-worker").get(f"/referrals/{made.id}")
    assert "Adaeze Bell" in page.text
    assert f"{number[:3]} {number[3:6]} {number[6:]}" in page.text
    for wanted in ("Bell", number):
        answer = sign_in("link-worker").send("/search", {"q": wanted})
        assert "Adaeze Bell" in answer.text + str(answer.location) or str(made.id) in str(answer.location)
    with runtime.db.transaction(place.link_worker) as tx:
        assert suggestions.wanted_by(tx, referrals.get(tx, made.id, audit="test")).outward_code == "N1"
    with runtime.db.transaction(system("test")) as tx:
        found = people.find_by_nhs_number(tx, number, fence_id=place.practices[0].fence_id, audit="test")
    assert found is not None
    assert found.id == made.person_id


def test_a_wrong_number_can_be_taken_out_and_the_identity_is_a_question_again(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral, patient: Patient
) -> None:
    open_page().send(nhs_number="")
    person = person_of(runtime, place, made)
    assert (person.details.nhs_number, person.identity_confirmed) == (None, False)
    with runtime.db.transaction(system("test")) as tx:
        fence = place.practices[0].fence_id
        assert people.find_by_nhs_number(tx, patient.nhs_number or "", fence_id=fence, audit="test") is None
    assert "find-nhs-number" in open_tasks(runtime, place)


def test_a_number_that_was_not_checked_is_confirmed_and_its_task_settles(
    open_page: OpenPage, runtime: Runtime, place: MadePlace
) -> None:
    doubtful = make_referral(runtime.db, place, patient=Patient(verified=False))
    assert "confirm-identity" in open_tasks(runtime, place)
    assert open_page(of=doubtful).send(number_is_checked="yes").status_code == 303
    assert person_of(runtime, place, doubtful).identity_confirmed
    assert "confirm-identity" not in open_tasks(runtime, place)


def test_it_is_one_person_in_all_open_referrals_of_the_team(
    open_page: OpenPage, sign_in: SignIn, runtime: Runtime, place: MadePlace, patient: Patient
) -> None:
    other = make_referral(runtime.db, place, practice=place.practices[1], patient=patient)
    open_page().send(phones=NEW, safe=["no-voice-message"], must_not_hear="her husband")
    page = sign_in("link-worker").get(f"/referrals/{other.id}")
    assert NEW in page.text
    assert OLD not in page.text
    assert "Do not leave a voice message" in page.text
    assert "Must not hear of this: her husband" in page.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"nhs_number": "123 456 7890"}, "its check digit is wrong"),
        ({"nhs_number": "401 023 2137"}, "test people have numbers that nobody else has"),
        ({"family": ""}, "nobody can be called back without one"),
        ({"born_month": "13"}, "Enter a real date of birth"),
        ({"born_year": "2090"}, "The date of birth lies in the future"),
        ({"phones": "ring me"}, "Each on a line of its own."),
        ({"email": "ada"}, "Enter an e-mail address"),
        ({"postcode": "XX"}, "Enter a full postcode"),
        ({"phones": NEW, "told_by": ""}, "Choose who told you."),
        ({}, "You have changed nothing yet."),
        ({"address": "x" * 401}, "400"),
    ],
)
def test_what_cannot_be_right_is_said_beside_its_field_and_nothing_typed_is_lost(
    open_page: OpenPage,
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    typed: dict[str, str],
    sentence: str,
) -> None:
    before = person_of(runtime, place, made)
    sent = open_page().send(**typed, why="A word of mine.")
    assert sent.status_code == 400
    assert sentence in sent.text
    assert "A word of mine." in sent.text
    assert person_of(runtime, place, made) == before


def test_every_problem_is_told_at_once_in_the_order_of_the_page(open_page: OpenPage) -> None:
    sent = open_page().send(
        family="", email="ada", postcode="XX", nhs_number="123", told_by="", why="y" * 501
    )
    summary = sent.text.partition("nhsuk-error-summary")[2].partition("<form")[0]
    places = [
        summary.find(f'href="#{name}"')
        for name in ("family", "nhs_number", "email", "postcode", "told_by", "why")
    ]
    assert -1 not in places
    assert places == sorted(places)


def test_somebody_elses_number_is_refused_without_telling_whose_it_is(
    open_page: OpenPage, runtime: Runtime, place: MadePlace
) -> None:
    theirs = Patient(family="Varga", given="Ilona")
    make_referral(runtime.db, place, patient=theirs)
    sent = open_page().send(nhs_number=theirs.nhs_number)
    assert sent.status_code == 400
    assert "is on the record of somebody else here" in sent.text
    assert "Varga" not in sent.text
    assert "Ilona" not in sent.text


def test_a_warning_of_danger_is_lifted_with_a_reason_only(
    open_page: OpenPage, runtime: Runtime, place: MadePlace, made: MadeReferral
) -> None:
    open_page().send(safe=["danger"])
    care = views.get_heading(runtime.db, place.link_worker, made.id).take_care
    assert any(each.startswith("Do not contact the person directly") for each in care)
    assert "Write why contact is safe again" in open_page().send(safe=[]).text
    assert open_page().send(safe=[], why="She lives alone now.").status_code == 303
    assert views.get_heading(runtime.db, place.link_worker, made.id).take_care == ()


def test_the_audit_names_the_parts_and_never_a_value(
    open_page: OpenPage, made: MadeReferral, admin: Engine
) -> None:
    open_page().send(phones=NEW, family="Bell", why="She rang.")
    query = text("select detail from audit_event where act = 'put details right' and subject_id = :id")
    with admin.connect() as connection:
        details = [row.detail for row in connection.execute(query, {"id": str(made.id)})]
        everything = str(connection.execute(text("select detail from audit_event")).all())
    assert {"fields": ["name", "phone"], "groups": 1} in details
    assert NEW not in everything
    assert "Bell" not in everything
    assert "rang" not in everything
