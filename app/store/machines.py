"""GP systems that sign in with a key of their own: who they are, their tokens, the assertions they have used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.store.accounts import hash_token
from app.store.session import Tx
from app.store.tables import ApiAssertionRow, ApiClientRow, ApiTokenRow

_KEEP_ASSERTIONS = timedelta(hours=1)  # an assertion lives five minutes; clocks differ


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A GP system; may speak for the practices listed and no other."""

    id: str
    name: str
    organisation_id: UUID
    practices: tuple[str, ...]
    jwks: dict[str, Any]
    scopes: tuple[str, ...]
    dialect: str
    active: bool


def find_client(tx: Tx, client_id: str) -> ApiClient | None:
    """Return an active client, None when there is none."""
    row = tx.session.get(ApiClientRow, client_id)
    return _client(row) if row is not None and row.active else None


def add_client(tx: Tx, client: ApiClient) -> None:
    """Write a new client."""
    tx.session.add(
        ApiClientRow(
            id=client.id,
            name=client.name,
            organisation_id=client.organisation_id,
            practices=list(client.practices),
            jwks=client.jwks,
            scopes=list(client.scopes),
            dialect=client.dialect,
            active=client.active,
        )
    )
    tx.session.flush()


def use_assertion(tx: Tx, client_id: str, jti: str, expires_at: datetime) -> bool:
    """Mark a client assertion as used; False when it was used before, by any process."""
    tx.session.execute(delete(ApiAssertionRow).where(ApiAssertionRow.expires_at < tx.now - _KEEP_ASSERTIONS))
    done = tx.session.execute(
        insert(ApiAssertionRow)
        .values(client_id=client_id, jti=jti, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(ApiAssertionRow.jti)
    )
    return done.first() is not None


def add_token(tx: Tx, client_id: str, token: str, *, scope: str, lifetime: timedelta) -> None:
    """Keep a token's hash until it ends."""
    tx.session.execute(delete(ApiTokenRow).where(ApiTokenRow.expires_at < tx.now))
    tx.session.add(
        ApiTokenRow(
            token_hash=hash_token(token),
            client_id=client_id,
            scope=scope,
            issued_at=tx.now,
            expires_at=tx.now + lifetime,
        )
    )


def find_token_client(tx: Tx, token: str) -> tuple[ApiClient, str] | None:
    """Return whose token this is and its scope, None when it is unknown, ended, or its client was switched off."""
    query = select(ApiTokenRow, ApiClientRow).join(ApiClientRow, ApiClientRow.id == ApiTokenRow.client_id)
    found = tx.session.execute(query.where(ApiTokenRow.token_hash == hash_token(token))).first()
    if found is None or found[0].expires_at <= tx.now or not found[1].active:
        return None
    return _client(found[1]), found[0].scope


def _client(row: ApiClientRow) -> ApiClient:
    return ApiClient(
        id=row.id,
        name=row.name,
        organisation_id=row.organisation_id,
        practices=tuple(row.practices),
        jwks=row.jwks,
        scopes=tuple(row.scopes),
        dialect=row.dialect,
        active=row.active,
    )
