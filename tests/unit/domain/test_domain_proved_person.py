"""Whom a provider has made sure of: everything that is asked for, or nobody."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.proved_person import ProvedPerson, read_proved

CLAIMS = {"nhs_number": "nhs_number", "birth_date": "birthdate"}
P9 = {"identity_proofing_level": ("P9",)}
ADA = {"nhs_number": "9434765919", "birthdate": "1951-03-04", "identity_proofing_level": "P9"}


def test_who_is_proved_is_read_by_the_names_that_the_provider_uses() -> None:
    assert read_proved(ADA, claims=CLAIMS, proved_by=P9) == ProvedPerson("9434765919", date(1951, 3, 4))
    told = {"nhs": "943 476 5919", "born": "1951-03-04", "vot": "P9.Cm"}
    found = read_proved(
        told, claims={"nhs_number": "nhs", "birth_date": "born"}, proved_by={"vot": ("P9.Cp.Cd", "P9.Cm")}
    )
    assert found == ProvedPerson("9434765919", date(1951, 3, 4))


@pytest.mark.parametrize("missing", list(ADA))
def test_nothing_may_be_missing(missing: str) -> None:
    told = {name: value for name, value in ADA.items() if name != missing}
    assert read_proved(told, claims=CLAIMS, proved_by=P9) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"nhs_number": "9434765918"},
        {"nhs_number": "943476591"},
        {"birthdate": "04/03/1951"},
        {"birthdate": "1951-02-30"},
        {"identity_proofing_level": "P5"},
        {"identity_proofing_level": "P99"},
    ],
    ids=str,
)
def test_what_is_wrong_proves_nobody(wrong: dict[str, str]) -> None:
    assert read_proved(ADA | wrong, claims=CLAIMS, proved_by=P9) is None


def test_every_proof_that_is_asked_for_is_needed_and_no_proof_is_none() -> None:
    both = P9 | {"vot": ("P9.Cm",)}
    assert read_proved(ADA, claims=CLAIMS, proved_by=both) is None
    assert read_proved(ADA | {"vot": "P9.Cm"}, claims=CLAIMS, proved_by=both) is not None
    assert read_proved(ADA, claims=CLAIMS, proved_by={}) is None
