"""Lets the demonstration's analyst work with the dataset: a project asked for, signed, approved by two, and a token."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from uuid import UUID

from app.demo import place
from app.demo.house import House
from app.domain.access import Actor
from app.domain.project_papers import COLUMNS, Asked, AskedPerson
from app.domain.projects import DataAgreement, DecidesAs, LawfulBasis, Tier
from app.services.dataset import project_deciding, project_papers, project_tokens, projects
from app.store import accounts
from app.store.session import Database

ANALYST, STEWARD, GUARDIAN = "analyst", "steward", "guardian"
_DAYS = 180
_DOCUMENT = b"The data access agreement of an invented university with an invented borough."


def prepare(house: House) -> str:
    """Bring a project in force for tables, questions and rows, with every column; return a token of it."""
    db = house.runtime.db
    today = db.clock().date()
    analyst = _actor(db, ANALYST)
    project_id = project_papers.ask(db, analyst, _asked(today))
    project_papers.submit(db, analyst, project_id)
    _decide(db, project_id, today)
    return project_tokens.make(db, analyst, project_id, name="The notebook of the demonstration")


def _asked(today: date) -> Asked:
    trained = (today - timedelta(days=40), today + timedelta(days=2 * _DAYS))
    return Asked(
        title="Who waits, and what becomes of it",
        purpose="To see how long people wait for help by need, area and deprivation, and what becomes of it.",
        public_benefit="The borough and its groups can move help to where people wait longest.",
        lawful_basis=LawfulBasis.NOT_PERSONAL,
        will_not_do="Look for anybody, join the rows with other data about people, or pass them on.",
        people=(AskedPerson(ANALYST, "University of Brook Vale", *trained),),
        setting="The university's secure research environment; deleted on the project's last day.",
        tiers=tuple(Tier),
        fields=tuple(COLUMNS),
        outputs="A second analyst reads every table before it leaves the environment.",
        expires_on=today + timedelta(days=_DAYS),
    )


def _decide(db: Database, project_id: UUID, today: date) -> None:
    steward, guardian = _actor(db, STEWARD), _actor(db, GUARDIAN)
    signed = DataAgreement(
        "BV-DSA-7", "1.0", "The university's dean of research", today, hashlib.sha256(_DOCUMENT).hexdigest()
    )
    project_deciding.record_agreement(db, steward, project_id, signed)
    for actor, decides_as in ((steward, DecidesAs.STEWARD), (guardian, DecidesAs.GUARDIAN)):
        seen = projects.get(db, actor, project_id).project
        project_deciding.approve(db, actor, project_id, decides_as, seen_round=seen.round)


def _actor(db: Database, username: str) -> Actor:
    with db.transaction(accounts.SESSIONS) as tx:
        found = accounts.find_account(tx, username)
    if found is None:
        raise LookupError(f"{username} is set up with the place {place.BOROUGH}")
    return found.actor
