"""Finding a person: by number, reference or name, in the team's own cases, with each person shown in the audit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import person_search
from app.services.shown import views
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
SEARCHED = "search for a person"


@pytest.fixture
def known(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Somebody whose referral has ended."""
    patient = Patient(family="O’Brien-Łukasz", given="Siân", nhs_number="9000000009")
    return make_referral(runtime.db, place, ReferralStatus.COMPLETED, patient=patient)


def reference_of(runtime: Runtime, place: MadePlace, made: MadeReferral) -> str:
    return views.get_referral(runtime.db, place.link_worker, made.id).referral.reference


@pytest.mark.parametrize(
    "typed", ["sian obrien", "OBRIEN", "Sian", "lukasz", "O'Brian", "9000000009", "900 000 0009"]
)
def test_person_is_found_however_they_are_written(
    sign_in: SignIn, made: MadeReferral, known: MadeReferral, typed: str
) -> None:
    answer = sign_in("link-worker").send("/search", {"q": typed})
    assert answer.status_code == 200
    assert f"/referrals/{known.id}" in answer.text
    assert f"/referrals/{made.id}" not in answer.text


@pytest.mark.parametrize("typed", ["Okonkwo", "OKONKWO", "Ada Okon"])
def test_a_name_that_could_be_a_reference_of_nobodys_is_looked_for_as_a_name(
    sign_in: SignIn, made: MadeReferral, known: MadeReferral, typed: str
) -> None:
    answer = sign_in("link-worker").send("/search", {"q": typed})
    assert f"/referrals/{made.id}" in answer.text
    assert f"/referrals/{known.id}" not in answer.text


def test_reference_finds_its_referral_and_no_other_teams(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, known: MadeReferral
) -> None:
    reference = reference_of(runtime, place, known)
    assert str(known.id) in sign_in("link-worker").send("/search", {"q": reference.lower()}).text
    stranger = sign_in("other-link-worker")
    for typed in (reference, "9000000009", "Siân"):
        answer = stranger.send("/search", {"q": typed})
        assert "Nobody of your team" in answer.text
        assert str(known.id) not in answer.text


def test_box_on_the_work_list_finds_somebody_in_two_actions(sign_in: SignIn, known: MadeReferral) -> None:
    visitor = sign_in("link-worker")
    answer = visitor.send("/search", {"q": "obrien"}, at="/referrals")
    assert f'<a href="/referrals/{known.id}">' in answer.text


def test_name_stands_in_no_address_and_get_shows_nobody(sign_in: SignIn, known: MadeReferral) -> None:
    page = sign_in("link-worker").get("/search?q=obrien")
    assert str(known.id) not in page.html
    assert "/search" in page.posts


@pytest.mark.parametrize("typed", ["", "   ", "%", "12345"])
def test_nothing_to_look_for_is_told_beside_the_box(sign_in: SignIn, known: MadeReferral, typed: str) -> None:
    answer = sign_in("link-worker").send("/search", {"q": typed})
    assert answer.status_code == 400
    assert "Enter a name, an NHS number or a reference." in answer.text


def test_each_person_shown_is_a_line_of_the_audit_and_those_only_opened_are_counted(
    runtime: Runtime, place: MadePlace, made: MadeReferral, known: MadeReferral
) -> None:
    found = person_search.search(runtime.db, place.link_worker, "Siân")
    assert [line.id for line in found.lines] == [known.id]
    query = text("select subject, person_id, detail from audit_event where act = :act")
    with runtime.db.transaction(system("test")) as tx:
        told = tx.session.execute(query, {"act": SEARCHED}).all()
    shown = {(row.subject, row.person_id) for row in told if row.person_id}
    assert shown == {("person", known.person_id), ("referral", known.person_id)}
    assert [row.detail["count"] for row in told if row.person_id is None] == [2]
    assert "Siân" not in str(told)


def test_very_many_who_fit_are_shown_in_part(
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    known: MadeReferral,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    monkeypatch.setattr(person_search, "MOST_SHOWN", 1)
    found = person_search.search(runtime.db, place.link_worker, "Adaeze")
    assert (len(found.lines), found.more) == (1, 1)
    monkeypatch.setattr(person_search, "MOST_NAMES", 1)
    assert not person_search.search(runtime.db, place.link_worker, "Siân").all_looked_at


@pytest.mark.parametrize("username", ["provider-0", "practice-0", "steward", "analyst"])
def test_search_is_the_link_workers(sign_in: SignIn, username: str) -> None:
    sign_in(username).get("/search", status=403)
