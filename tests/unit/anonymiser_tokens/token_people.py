"""Invented approvers and invented people with valid test numbers, shared by the tests of tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

import polars as pl
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from anonymiser.tokens.approvals import Request, Signature, sign
from anonymiser.tokens.domains import Domain, IdType
from tests.unit.anonymiser.sample import nhs_numbers

PEOPLE = {
    "Guardian One": "caldicott-guardian",
    "Guardian Two": "caldicott-guardian",
    "Lead One": "clinical-lead",
    "Owner One": "senior-information-risk-owner",
}
DATES = (date(2026, 11, 20), date(2026, 11, 25))
NUMBERS = tuple(islice(nhs_numbers(), 500))
DOMAIN = Domain(purpose="linkable", recipient="icb", project="p1", epoch="2026a", id_type=IdType.NHS_NUMBER)


@dataclass(frozen=True)
class Desk:
    """Where approvers sit with their private keys."""

    keys: Mapping[str, Ed25519PrivateKey]

    def sign(self, request: Request, *names: str) -> list[Signature]:
        return [sign(request, name, self.keys[name]) for name in names]


def series(*numbers: str | None, name: str = "nhs_number") -> pl.Series:
    return pl.Series(name, list(numbers), dtype=pl.String)


def row_names(count: int) -> pl.Series:
    return pl.Series("referral_key", [f"row-{number}" for number in range(count)])
