"""A practice's own referrals as lists with true counts, and one of them found without a name in an address."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.store import referrals
from tests.factories import MadePlace, Patient, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]


@pytest.fixture
def several(runtime: Runtime, place: MadePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two under way, one ended with its outcome to file, one filed; two on a page."""
    monkeypatch.setattr(referrals, "PAGE", 2)
    for status in (
        ReferralStatus.RECEIVED,
        ReferralStatus.COMPLETED,
        ReferralStatus.ACTIVE,
        ReferralStatus.CLOSED,
    ):
        make_referral(runtime.db, place, status)
    make_referral(runtime.db, place, practice=place.practices[1], patient=Patient(family="Zebedee"))


@pytest.mark.usefixtures("several")
def test_each_list_says_how_many_it_has_on_all_of_its_pages(sign_in: SignIn) -> None:
    visitor = sign_in("practice-0")
    first = visitor.get("/loops")
    for said in ("1 Outcomes to file", "2 Under way", "2 Ended", "4 All", "All (4)"):
        assert said in first.text, said
    assert "/loops?page=2" in first.links
    assert "All (4)" in visitor.get("/loops?page=2").text
    assert "Under way (2)" in visitor.get("/loops?show=open").text
    assert "Ended (2)" in visitor.get("/loops?show=ended").text
    to_file = visitor.get("/loops?show=to-file")
    assert "Outcomes to file (1)" in to_file.text
    assert "Outcome to file" in first.text  # the one to file is on the first page


@pytest.mark.usefixtures("several")
def test_a_page_past_the_last_and_a_list_that_is_not_there_lead_on(sign_in: SignIn) -> None:
    visitor = sign_in("practice-0")
    assert "This page is empty" in visitor.get("/loops?page=9").text
    assert "All (4)" in visitor.get("/loops?show=nonsense").text


def test_an_empty_list_says_what_comes(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    assert "There is nothing here yet" in sign_in("practice-0").get("/loops").text
    make_referral(runtime.db, place)
    assert "There is no outcome to file" in sign_in("practice-0").get("/loops?show=to-file").text


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize("reference", ["BK-7F3K9QP", "BK-QWRTYXZ"])  # one in eight is of letters alone
def test_a_practice_finds_its_own_referral_by_name_number_or_reference(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine, reference: str
) -> None:
    made = make_referral(runtime.db, place, patient=Patient(family="Featherstone"))
    with admin.begin() as connection:
        query = text("update referral set reference = :reference where id = :id")
        connection.execute(query, {"id": made.id, "reference": reference})
    visitor = sign_in("practice-0")
    for typed in ("fetherstone", reference, reference.removeprefix("BK-")):
        found = visitor.send("/loops/find", {"q": typed}, at="/loops")
        assert found.status_code == 200
        assert f"/loops/{made.id}" in found.text, typed


@pytest.mark.usefixtures("several")
def test_nobody_elses_referral_is_found_and_an_empty_search_says_what_to_enter(sign_in: SignIn) -> None:
    visitor = sign_in("practice-0")
    assert "None of your referrals fits" in visitor.send("/loops/find", {"q": "Zebedee"}).text
    refused = visitor.send("/loops/find", {"q": " "})
    assert "Enter a name, an NHS number or a reference." in refused.text
    assert "/loops/" in sign_in("practice-1").send("/loops/find", {"q": "Zebedee"}).text


def test_whoever_is_shown_by_a_search_stands_in_the_record(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    made = make_referral(runtime.db, place, patient=Patient(family="Featherstone"))
    sign_in("practice-0").send("/loops/find", {"q": "Featherstone"})
    with admin.connect() as connection:
        query = (
            "select count(*) from audit_event where person_id = :id and act = 'search for a referred person'"
        )
        assert connection.execute(text(query), {"id": made.person_id}).scalar_one()
