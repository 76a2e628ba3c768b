"""A person of one team, and link workers of that team and of another, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.web.conftest import Visitor

# Of NHS England's own test patients: a live practice may send it, so that another team can find the person.
SAM = Patient(nhs_number="5900014002", family="Penhallow", given="Sampson", birth_date="1948-05-06")
ASKED = {
    "reason": "welfare-check",
    "words": "The police ask after him on the telephone.",
    "who": "590 001 4002",
    "born_day": "6",
    "born_month": "5",
    "born_year": "1948",
}
FORM = "/emergency-access"


@dataclass
class Opening:
    """Somebody who asks for a record in an emergency."""

    visitor: Visitor

    def ask(self, **changed: str) -> tuple[int, str]:
        """Send the form; return the status and where it leads, or the page."""
        answer = self.visitor.send(FORM, ASKED | changed)
        return answer.status_code, answer.headers.get("Location", answer.text)

    def open(self, **changed: str) -> str:
        """Open a record and return its address."""
        status, path = self.ask(**changed)
        assert status == 303, path[:3000]
        return path


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place, signed in."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Sam, whom the first team looks after."""
    return make_referral(runtime.db, place, ReferralStatus.ACTIVE, practice=place.live_practice, patient=SAM)


@pytest.fixture
def other(sign_in: Callable[[str], Visitor], made: MadeReferral) -> Opening:
    """A link worker of the other team."""
    return Opening(sign_in("other-link-worker"))


@pytest.fixture
def restrict(admin: Engine, made: MadeReferral) -> Callable[[], None]:
    """Mark Sam as somebody whose whereabouts are secret."""

    def mark() -> None:
        with admin.connect() as connection:
            connection.execute(
                text("update person set restricted = true where id = :id"), {"id": made.person_id}
            )

    return mark


@pytest.fixture
def lines(admin: Engine) -> Callable[[str], list[dict[str, object]]]:
    """The audit's lines of one act."""

    def found(act: str) -> list[dict[str, object]]:
        query = text("select * from audit_event where act = :act order by seq")
        with admin.connect() as connection:
            return [dict(row) for row in connection.execute(query, {"act": act}).mappings()]

    return found
