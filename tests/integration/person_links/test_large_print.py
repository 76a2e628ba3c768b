"""People's own pages in larger letters: by the address, or kept in a cookie that tells nothing of who chose."""

from __future__ import annotations

import pytest

from app.domain.access import system
from app.domain.directory import Profile
from app.runtime import Runtime
from app.store.places import record_profile
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place)


def test_larger_print_stays_on_until_it_is_switched_off(visitor: Visitor, opened: str) -> None:
    assert "bs-large" not in visitor.get(f"{opened}/progress").html
    answer = visitor.client.get(f"{opened}/progress?print=large")
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("print=")]
    assert cookie.startswith("print=large;")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    for part in ("plan", "seen", "change", "stop", "comment", "data", "about-you", "answers"):
        page = visitor.get(f"{opened}/{part}")
        assert 'class="bs-large"' in page.html, part
        assert "Usual print" in page.text
    visitor.client.get(f"{opened}/progress?print=usual")
    assert "bs-large" not in visitor.get(f"{opened}/plan").html


def test_a_word_that_is_no_choice_changes_nothing(visitor: Visitor, opened: str) -> None:
    answer = visitor.client.get(f"{opened}/progress?print=huge")
    assert "print=huge;" not in str(answer.headers.getlist("Set-Cookie"))
    assert "bs-large" not in answer.text


def test_pages_of_staff_stay_as_they_are(visitor: Visitor, place: MadePlace) -> None:
    visitor.sign_in("link-worker")
    answer = visitor.client.get("/referrals?print=large")
    assert "bs-large" not in answer.text


def test_every_page_has_the_way_out_and_the_larger_print(visitor: Visitor, opened: str) -> None:
    for part in ("progress", "plan", "seen", "change", "stop", "comment", "data", "about-you", "answers"):
        page = visitor.get(f"{opened}/{part}")
        assert f"{opened}/leave" in page.links, part
        assert "Larger print" in page.text, part


def test_who_my_person_is_and_how_to_reach_them_comes_first(
    visitor: Visitor, opened: str, runtime: Runtime, place: MadePlace
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        record_profile(tx, Profile(place.team.id, phone="020 7946 0000", email="team@example.org"))
    page = visitor.get(f"{opened}/progress")
    assert place.accounts["link-worker"].full_name in page.text
    assert "tel:02079460000" in page.links
    assert page.text.index("Who my person is") < page.text.index("Who helped")
