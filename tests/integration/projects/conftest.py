"""A place with two stewards and two analysts, and a project that goes as far as a test wants it to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.access import Actor
from app.domain.project_papers import COLUMNS, Asked, AskedPerson
from app.domain.projects import DataAgreement, DecidesAs, Project
from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.services.dataset import project_deciding, project_papers, projects
from app.services.watching import set_up
from app.store import accounts
from app.store.accounts import Account
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace, make_other_place
from tests.integration.web.conftest import Visitor

SHA256 = "0123456789abcdef" * 4


@dataclass
class Bench:
    """Somebody of each kind, and the deeds that lead a project from one state to the next."""

    db: Database
    clock: Clock
    analyst: Actor
    colleague: Actor
    steward: Actor
    guardian: Actor
    neighbour: Actor  # an analyst of another place
    other_steward: Actor

    def asked(self, **changes: Any) -> Asked:
        """The papers as the analyst types them."""
        return asked_of(self.clock, **changes)

    def draft(self, **changes: Any) -> UUID:
        return project_papers.ask(self.db, self.analyst, self.asked(**changes))

    def sent(self, **changes: Any) -> UUID:
        project_id = self.draft(**changes)
        project_papers.submit(self.db, self.analyst, project_id)
        return project_id

    def agreed(self, **changes: Any) -> UUID:
        project_id = self.sent(**changes)
        self.sign(project_id)
        return project_id

    def approved(self, **changes: Any) -> UUID:
        project_id = self.agreed(**changes)
        self.approve(project_id, self.steward, DecidesAs.STEWARD)
        self.approve(project_id, self.guardian, DecidesAs.GUARDIAN)
        return project_id

    def sign(self, project_id: UUID) -> None:
        told = DataAgreement("DSA-7", "1.2", "Invented Dean", self.clock.today, SHA256)
        project_deciding.record_agreement(self.db, self.steward, project_id, told)

    def approve(self, project_id: UUID, who: Actor, decides_as: DecidesAs) -> None:
        seen = projects.get(self.db, who, project_id).project.round
        project_deciding.approve(self.db, who, project_id, decides_as, seen_round=seen)

    def project(self, project_id: UUID) -> Project:
        return projects.get(self.db, self.analyst, project_id).project


def asked_of(clock: Clock, *usernames: str, **changes: Any) -> Asked:
    """Papers without fault, for these people, with whatever is to be otherwise."""
    today = clock.today
    trained = (today - timedelta(days=30), today + timedelta(days=400))
    usual: dict[str, Any] = {
        "title": "Waits and who waits",
        "purpose": "To see whether people in poorer areas wait longer for help.",
        "public_benefit": "Help can be moved to where people wait longest.",
        "lawful_basis": "not-personal",
        "will_not_do": "Look for anybody, or join the rows with other data.",
        "people": tuple(
            AskedPerson(name, "Brook Vale University", *trained) for name in usernames or ("analyst",)
        ),
        "setting": "The university's secure research environment.",
        "tiers": ("tables", "queries", "rows"),
        "fields": tuple(COLUMNS)[:5],
        "outputs": "A second analyst reads every table before it leaves.",
        "expires_on": today + timedelta(days=90),
    }
    return Asked(**(usual | changes))


@pytest.fixture
def bench(runtime: Runtime, place: MadePlace, clock: Clock) -> Bench:
    db = runtime.db
    elsewhere = make_other_place(db)
    added = [
        (place.place.id, Role.ANALYST, "colleague"),
        (place.place.id, Role.STEWARD, "guardian"),
        (elsewhere, Role.ANALYST, "neighbour"),
        (elsewhere, Role.STEWARD, "other-steward"),
    ]
    made = {name: _account(db, *where, name).actor for *where, name in added}
    return Bench(
        db,
        clock,
        place.actor("analyst"),
        made["colleague"],
        place.actor("steward"),
        made["guardian"],
        made["neighbour"],
        made["other-steward"],
    )


def _account(db: Database, organisation_id: UUID, role: Role, username: str) -> Account:
    told = {"username": username, "full_name": f"Invented {username}", "password": PASSWORD}
    set_up.add_user(db, organisation_id, role, **told)
    with db.transaction(accounts.SESSIONS) as tx:
        found = accounts.find_account(tx, username)
    assert found is not None
    return found


@pytest.fixture
def sign_in(app: Any, bench: Bench) -> Callable[[str], Visitor]:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)
