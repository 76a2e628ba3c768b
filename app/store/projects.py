"""Projects and their history, as their people and the steward of their place may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import any_, func, literal, select

from app.domain.errors import NotFound
from app.domain.projects import (
    BEGINS_A_ROUND,
    Act,
    DataAgreement,
    DecidesAs,
    Papers,
    Project,
    ProjectStatus,
    SafePerson,
    Step,
)
from app.store.session import Tx
from app.store.tables import UserRow
from app.store.tables_projects import ProjectRow, ProjectStepRow

MOST = 500
_UNKNOWN = "The platform"


def add(tx: Tx, papers: Papers, *, place_id: UUID, asked_by: UUID) -> Project:
    """Write a new project, not sent yet, and the first line of its history."""
    row = ProjectRow(
        id=uuid4(),
        place_id=place_id,
        asked_by=asked_by,
        status=ProjectStatus.DRAFT,
        round=1,
        papers=_papers_data(papers),
        member_ids=[person.account_id for person in papers.people],
        made_at=tx.now,
        changed_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    _add_step(tx, row, Act.ASKED)
    return _project(row)


def get(tx: Tx, project_id: UUID) -> Project:
    """Return a project; raises NotFound when it is absent or not the actor's to see."""
    return _project(_row(tx, project_id))


def hold(tx: Tx, project_id: UUID) -> Project:
    """Return a project as `get` does; until the transaction ends nobody else changes it."""
    return _project(_row(tx, project_id, hold=True))


def list_seen(tx: Tx) -> Sequence[Project]:
    """Return the projects that the actor may see, the newest first."""
    query = select(ProjectRow).order_by(ProjectRow.made_at.desc(), ProjectRow.id).limit(MOST)
    return [_project(row) for row in tx.session.scalars(query)]


def list_approved_of(tx: Tx, account_id: UUID) -> Sequence[Project]:
    """Return the approved projects that name an account among their people; the clock is not looked at."""
    of_them = literal(account_id) == any_(ProjectRow.member_ids)
    query = select(ProjectRow).where(of_them, ProjectRow.status == ProjectStatus.APPROVED)
    return [_project(row) for row in tx.session.scalars(query.order_by(ProjectRow.made_at, ProjectRow.id))]


def list_steps(tx: Tx, project_id: UUID) -> Sequence[Step]:
    """Return a project's history, in order."""
    row = ProjectStepRow
    query = select(row, UserRow.full_name).outerjoin(UserRow, UserRow.id == row.by_id)
    found = tx.session.execute(query.where(row.project_id == project_id).order_by(row.number))
    return [_step(step, name) for step, name in found]


def record_papers(
    tx: Tx, project_id: UUID, papers: Papers, *, status: ProjectStatus, reason: str = ""
) -> Project:
    """Write what a project asks for from now on: a new round, in which earlier approvals do not count."""
    row = _row(tx, project_id)
    row.papers = _papers_data(papers)
    row.member_ids = [person.account_id for person in papers.people]
    return _moved(tx, row, Act.CHANGED, status=status, reason=reason)


def record_agreement(tx: Tx, project_id: UUID, told: DataAgreement, *, status: ProjectStatus) -> Project:
    """Write the signed agreement: a new round, because what is approved is approved with its agreement."""
    row = _row(tx, project_id)
    row.agreement = _agreement_data(told)
    return _moved(tx, row, Act.AGREEMENT, status=status)


def record_step(
    tx: Tx,
    project_id: UUID,
    act: Act,
    *,
    status: ProjectStatus,
    decides_as: DecidesAs | None = None,
    reason: str = "",
) -> Project:
    """Write that something was done, and where the project stands since."""
    return _moved(tx, _row(tx, project_id), act, status=status, decides_as=decides_as, reason=reason)


def _moved(
    tx: Tx,
    row: ProjectRow,
    act: Act,
    *,
    status: ProjectStatus,
    decides_as: DecidesAs | None = None,
    reason: str = "",
) -> Project:
    row.status, row.changed_at = status, tx.now
    row.round += act in BEGINS_A_ROUND
    _add_step(tx, row, act, decides_as=decides_as, reason=reason)
    return _project(row)


def _add_step(
    tx: Tx, row: ProjectRow, act: Act, *, decides_as: DecidesAs | None = None, reason: str = ""
) -> None:
    count = select(func.count()).where(ProjectStepRow.project_id == row.id)
    step = ProjectStepRow(
        project_id=row.id,
        number=(tx.session.scalar(count) or 0) + 1,
        act=act,
        at=tx.now,
        by_id=tx.actor.user_id,
        round=row.round,
        decides_as=decides_as,
        reason=reason,
        papers=row.papers,
        agreement=row.agreement,
    )
    tx.session.add(step)
    tx.session.flush()


def _row(tx: Tx, project_id: UUID, *, hold: bool = False) -> ProjectRow:
    row = tx.session.get(ProjectRow, project_id, with_for_update=hold or None, populate_existing=hold)
    if row is None:
        raise NotFound
    return row


def _project(row: ProjectRow) -> Project:
    return Project(
        id=row.id,
        place_id=row.place_id,
        asked_by=row.asked_by,
        status=ProjectStatus(row.status),
        round=row.round,
        papers=_papers(row.papers),
        agreement=_agreement(row.agreement),
        made_at=row.made_at,
    )


def _step(row: ProjectStepRow, name: str | None) -> Step:
    decides_as = DecidesAs(row.decides_as) if row.decides_as else None
    return Step(Act(row.act), row.at, row.by_id, name or _UNKNOWN, row.round, decides_as, row.reason)


def _papers_data(papers: Papers) -> dict[str, Any]:
    return {
        "title": papers.title,
        "purpose": papers.purpose,
        "public_benefit": papers.public_benefit,
        "lawful_basis": str(papers.lawful_basis),
        "will_not_do": papers.will_not_do,
        "people": [
            {
                "account_id": str(each.account_id),
                "full_name": each.full_name,
                "organisation": each.organisation,
                "trained_on": each.trained_on.isoformat(),
                "trained_until": each.trained_until.isoformat(),
            }
            for each in papers.people
        ],
        "setting": papers.setting,
        "tiers": sorted(papers.tiers),
        "fields": list(papers.fields),
        "outputs": papers.outputs,
        "expires_on": papers.expires_on.isoformat(),
    }


def _papers(data: Mapping[str, Any]) -> Papers:
    told = {name: value for name, value in data.items() if name not in ("people", "tiers", "fields")}
    return Papers(
        **told | {"expires_on": date.fromisoformat(data["expires_on"])},
        people=tuple(_person(each) for each in data["people"]),
        tiers=frozenset(data["tiers"]),
        fields=tuple(data["fields"]),
    )


def _person(data: Mapping[str, str]) -> SafePerson:
    trained = (date.fromisoformat(data["trained_on"]), date.fromisoformat(data["trained_until"]))
    return SafePerson(UUID(data["account_id"]), data["full_name"], data["organisation"], *trained)


def _agreement_data(told: DataAgreement) -> dict[str, Any]:
    return {
        "reference": told.reference,
        "version": told.version,
        "signed_by": told.signed_by,
        "signed_on": told.signed_on.isoformat(),
        "sha256": told.sha256,
    }


def _agreement(data: Mapping[str, Any] | None) -> DataAgreement | None:
    return (
        None
        if data is None
        else DataAgreement(**{**data, "signed_on": date.fromisoformat(data["signed_on"])})
    )
