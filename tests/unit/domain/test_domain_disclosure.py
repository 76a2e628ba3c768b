"""The provider's profile: what is told, what is withheld, and from whom."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from uuid import uuid4

import pytest

from app.domain.cautions import Cautions
from app.domain.disclosure import (
    PROFILES,
    Disclosure,
    Request,
    age_band,
    disclosed_to_provider,
    preferred_contact,
    team_makes_first_contact,
)
from app.domain.lifecycle import STATUSES, Track
from app.domain.referral import Person, PersonDetails

TODAY = date(2026, 11, 22)
DETAILS = PersonDetails(
    nhs_number="9434765919",
    family="Okonkwo",
    given=("Adaeze",),
    birth_date=date(1951, 3, 4),
    gender="female",
    address_lines=("17 Cardamom Row",),
    postcode="E8 1EA",
    phones=("07700 900461", "020 7946 0000"),
    email="adaeze@example.org",
    language="ig",
    ethnicity="N",
)
PERSON = Person(
    uuid4(), DETAILS, identity_confirmed=True, restricted=False, deceased=False, type1_opt_out=False
)
ASKED = Request("Would like company.", ("social-connection",), ("step-free",))


def _told(person: Person = PERSON, status: str = "accepted") -> Disclosure:
    return disclosed_to_provider(person, ASKED, status=status, today=TODAY)


def test_a_provider_is_told_what_it_needs_to_help() -> None:
    assert _told() == Disclosure(
        name="Adaeze Okonkwo",
        contact="07700 900461",
        wants="Would like company.",
        needs=("social-connection",),
        access=("step-free",),
        language="ig",
        age_band="75-84",
    )


def test_number_address_birth_date_and_second_numbers_are_never_told() -> None:
    told = str(asdict(_told()))
    for hidden in ("9434765919", "Cardamom", "E8", "1951", "020 7946", "example.org", "female"):
        assert hidden not in told


@pytest.mark.parametrize("status", ["declined", "expired", "withdrawn", "a-status-of-tomorrow"])
def test_who_does_not_help_is_told_nothing(status: str) -> None:
    assert _told(status=status) == Disclosure()


def test_every_status_of_a_placement_has_a_profile() -> None:
    assert set(PROFILES) == set(STATUSES[Track.PLACEMENT])


@pytest.mark.parametrize(
    ("care", "phones", "email", "by_team"),
    [
        (Cautions(), ("07700 900461",), None, False),
        (Cautions(), (), None, True),
        (Cautions(), (), "a@example.org", False),
        (Cautions(no_telephone=True), ("07700 900461",), None, True),
        (Cautions(no_telephone=True), ("07700 900461",), "a@example.org", False),
        (Cautions(do_not_contact=True), ("07700 900461",), "a@example.org", True),
    ],
)
def test_provider_reads_that_the_team_makes_the_first_contact_wherever_the_rule_says_so(
    care: Cautions, phones: tuple[str, ...], email: str | None, *, by_team: bool
) -> None:
    person = replace(PERSON, details=replace(DETAILS, phones=phones, email=email))
    assert team_makes_first_contact(person, care) is by_team
    told = disclosed_to_provider(person, Request(cautions=care), status="accepted", today=TODAY)
    assert (told.contact_through_team, told.contact is None) == (by_team, by_team)


def test_a_restricted_person_is_reached_through_the_team() -> None:
    told = _told(replace(PERSON, restricted=True))
    assert (told.contact, told.contact_through_team, told.name) == (None, True, "Adaeze Okonkwo")


def test_a_person_without_telephone_is_written_to_and_one_without_either_is_reached_through_the_team() -> (
    None
):
    assert preferred_contact(replace(DETAILS, phones=())) == "adaeze@example.org"
    unreachable = replace(PERSON, details=replace(DETAILS, phones=(), email=None))
    assert _told(unreachable).contact_through_team


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (None, None),
        (0, "0-17"),
        (17, "0-17"),
        (18, "18-24"),
        (24, "18-24"),
        (84, "75-84"),
        (85, "85+"),
        (104, "85+"),
    ],
)
def test_an_age_is_told_as_a_band(age: int | None, band: str | None) -> None:
    assert age_band(age) == band
