"""Whom a provider (NHS login) has made sure of: an NHS number and a date of birth, proved, or nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.domain.errors import Invalid
from app.domain.identifiers import NhsNumber

LONGEST: Final = timedelta(hours=2)  # of a visit, whatever is done in it; it ends sooner without a step


class WhyNot(StrEnum):
    """Why a sign-in opened nobody's page: for the audit, never for whoever signed in."""

    NOT_PROVED = "not-proved"
    NOBODY = "nobody"
    BIRTH_DATE = "birth-date"
    ANOTHER_SUBJECT = "another-subject"  # this person's page was opened by another of the provider's accounts
    ANOTHER_PERSON = "another-person"  # this account of the provider opened another person's page before
    CLOSED = "closed"  # no page of theirs may be opened without a link worker's word


@dataclass(frozen=True, slots=True)
class ProvedPerson:
    """Who somebody is by the provider's word; nothing else of what it says is read."""

    nhs_number: str
    birth_date: date


def read_proved(
    told: Mapping[str, str], *, claims: Mapping[str, str], proved_by: Mapping[str, tuple[str, ...]]
) -> ProvedPerson | None:
    """Return whom these claims prove; None where anything is missing, malformed, or proved less well than asked.

    `claims` names the claims for "nhs_number" (ten digits with a right check digit) and "birth_date" (YYYY-MM-DD);
    `proved_by` holds, claim by claim, the values of an identity that somebody has looked at: every claim is needed.
    """
    if not proved_by or any(told.get(claim) not in values for claim, values in proved_by.items()):
        return None
    try:
        number = NhsNumber(told[claims["nhs_number"]]).value
        return ProvedPerson(number, date.fromisoformat(told[claims["birth_date"]]))
    except (KeyError, ValueError, Invalid):
        return None
