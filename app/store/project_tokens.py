"""Tokens with which analysts' programs read the dataset: kept as hashes, found by them, revoked at once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select, update

from app.domain.errors import NotFound
from app.store.accounts import hash_token
from app.store.session import Tx
from app.store.tables import UserRow
from app.store.tables_projects import ProjectTokenRow

PREFIX: Final = "bsd_"  # what a token that strayed is known by
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class ProjectToken:
    """What is known of a token: whose, for which project, until when; never the token."""

    id: UUID
    project_id: UUID
    user_id: UUID
    owner: str
    name: str
    made_at: datetime
    expires_on: date
    last_used_on: date | None
    revoked_at: datetime | None

    def is_good(self, today: date) -> bool:
        """Tell whether it is neither revoked nor past its last day."""
        return self.revoked_at is None and today <= self.expires_on


def add(tx: Tx, project_id: UUID, user_id: UUID, *, name: str, expires_on: date) -> str:
    """Make a token and return it; nothing but its hash is kept."""
    token = PREFIX + secrets.token_urlsafe(_BYTES)
    row = ProjectTokenRow(
        id=uuid4(),
        project_id=project_id,
        user_id=user_id,
        name=name,
        token_hash=hash_token(token),
        made_at=tx.now,
        expires_on=expires_on,
    )
    tx.session.add(row)
    tx.session.flush()
    return token


def find(tx: Tx, token: str) -> ProjectToken | None:
    """Return what is known of a token, None when it is unknown, revoked or past its last day.

    It is looked up by its hash, so that how long it takes says nothing about any token that exists.
    """
    query = select(ProjectTokenRow, UserRow.full_name).join(UserRow, UserRow.id == ProjectTokenRow.user_id)
    found = tx.session.execute(query.where(ProjectTokenRow.token_hash == hash_token(token))).first()
    known = None if found is None else _token(*found)
    return known if known is not None and known.is_good(tx.today) else None


def list_seen(tx: Tx, project_id: UUID) -> Sequence[ProjectToken]:
    """Return the tokens of a project that the actor may see, the newest first."""
    query = select(ProjectTokenRow, UserRow.full_name).join(UserRow, UserRow.id == ProjectTokenRow.user_id)
    query = query.where(ProjectTokenRow.project_id == project_id)
    order = (ProjectTokenRow.made_at.desc(), ProjectTokenRow.id)
    return [_token(*found) for found in tx.session.execute(query.order_by(*order))]


def get(tx: Tx, token_id: UUID) -> ProjectToken:
    """Return what is known of a token; raises NotFound when it is absent or not the actor's."""
    query = select(ProjectTokenRow, UserRow.full_name).join(UserRow, UserRow.id == ProjectTokenRow.user_id)
    found = tx.session.execute(query.where(ProjectTokenRow.id == token_id)).first()
    if found is None:
        raise NotFound
    return _token(*found)


def record_used(tx: Tx, token_id: UUID) -> None:
    """Write the day on which a token was last used."""
    tx.session.execute(
        update(ProjectTokenRow).where(ProjectTokenRow.id == token_id).values(last_used_on=tx.today)
    )


def revoke(tx: Tx, token_id: UUID) -> None:
    """End a token now."""
    ending = ProjectTokenRow.revoked_at.is_(None)
    tx.session.execute(
        update(ProjectTokenRow).where(ProjectTokenRow.id == token_id, ending).values(revoked_at=tx.now)
    )


def revoke_of_project(tx: Tx, project_id: UUID, *, but: Sequence[UUID] = ()) -> int:
    """End the tokens of a project now, but those of these accounts; return how many."""
    ending = (ProjectTokenRow.project_id == project_id, ProjectTokenRow.revoked_at.is_(None))
    query = update(ProjectTokenRow).where(*ending, ProjectTokenRow.user_id.not_in(list(but)))
    done = tx.session.execute(query.values(revoked_at=tx.now).returning(ProjectTokenRow.id))
    return len(done.all())


def _token(row: ProjectTokenRow, owner: str) -> ProjectToken:
    return ProjectToken(
        row.id,
        row.project_id,
        row.user_id,
        owner,
        row.name,
        row.made_at,
        row.expires_on,
        row.last_used_on,
        row.revoked_at,
    )
