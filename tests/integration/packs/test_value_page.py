"""The value calculator's page: not there unless the place wants it, a range or an error that says what is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.runtime import Runtime
from app.services.watching import place_rules
from tests.factories import MadePlace, MadeReferral
from tests.integration.packs.conftest import SignIn
from tests.unit.letters.pdf import text_of

LOCAL = {
    "spent_low": "20,000",
    "spent_high": "20000",
    "spent_source": "Our accounts",
    "spent_year": "2025",
    "multiplier_low": "1.4",
    "multiplier_high": "2.5",
    "multiplier_source": "A local study",
    "multiplier_year": "2024",
}


@pytest.fixture
def on(runtime: Runtime, place: MadePlace) -> None:
    """The place wants money lines."""
    place_rules.change_rules(runtime.db, place.actor("steward"), {"money_lines_on": "yes"})


@pytest.fixture
def ten(help_somebody: Callable[..., MadeReferral]) -> None:
    """Ten people were helped."""
    for _ in range(10):
        help_somebody()


def test_it_is_off_unless_the_place_turns_it_on(sign_in: SignIn, ten: None) -> None:
    visitor = sign_in("provider-0")
    visitor.get("/value", status=404)
    assert not [link for link in visitor.get("/evaluation").links if link.startswith("/value")]


def test_it_prints_a_range_with_people_sources_and_method(sign_in: SignIn, ten: None, on: None) -> None:
    visitor = sign_in("provider-0")
    assert [link for link in visitor.get("/evaluation").links if link.startswith("/value")]
    answer = visitor.send("/value", LOCAL)
    assert answer.status_code == 200
    for said in (
        "£28,000 to £50,000",
        "10 people",
        "A local study, 2024",
        "Our accounts, 2025",
        "overheads included",
    ):
        assert said in answer.text
    assert not [word for word in ("saved", "because of", "thanks to", "impact") if word in answer.text]


def test_one_number_without_its_range_is_refused_and_typing_is_kept(
    sign_in: SignIn, ten: None, on: None
) -> None:
    answer = sign_in("provider-0").send("/value", LOCAL | {"multiplier_high": ""})
    assert answer.status_code == 400
    assert "Without a range no value is told" in answer.text
    assert "£28,000" not in answer.text
    assert "A local study" in answer.text
    answer = sign_in("provider-0").send("/value", LOCAL | {"multiplier_high": "lots", "spent_year": "9e99"})
    assert answer.text.count("Enter a number, for example 12.50.") >= 2


def test_under_ten_people_nothing_is_told(
    sign_in: SignIn, help_somebody: Callable[..., MadeReferral], on: None
) -> None:
    help_somebody()
    answer = sign_in("provider-0").send("/value", LOCAL)
    assert answer.status_code == 400
    assert "fewer than 10 people" in answer.text
    assert "£28,000" not in answer.text


def test_report_has_it_as_an_appendix_only_by_a_tick(sign_in: SignIn, ten: None, on: None) -> None:
    visitor = sign_in("provider-0")
    answer = visitor.send("/value", LOCAL | {"appendix": "yes"})
    assert answer.mimetype == "application/pdf"
    told = text_of(answer.data)
    assert "Appendix: what it may be worth" in told
    assert "£28,000 to £50,000" in told
    assert "£" not in text_of(visitor.client.get("/evaluation.pdf").data)


def test_a_narrow_range_is_told_outwards_and_one_number_is_refused(
    sign_in: SignIn, ten: None, on: None
) -> None:
    visitor, narrow = sign_in("provider-0"), {"multiplier_low": "1.5", "multiplier_high": "1.5"}
    answer = visitor.send("/value", LOCAL | narrow | {"spent_low": "10,000", "spent_high": "10,001"})
    assert "£15,000 to £16,000" in answer.text
    assert "£15,000 to £15,000" not in answer.text
    answer = visitor.send("/value", LOCAL | {"spent_low": "0", "spent_high": "0"})
    assert answer.status_code == 400
    assert "Give a range: the least and the most" in answer.text
    assert "£0 to £0" not in answer.text
