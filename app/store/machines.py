"""Systems that sign in with a key of their own: who they are, their tokens, the assertions they have used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.domain.errors import NotFound
from app.store.accounts import hash_token
from app.store.session import Tx
from app.store.tables import ApiAssertionRow, ApiClientRow, ApiTokenRow

_KEEP_ASSERTIONS = timedelta(hours=1)  # an assertion lives five minutes; clocks differ


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A system of one organisation; may speak for the practices listed and no other.

    `jwks` are its public keys: as registered, or as last fetched from `jwks_uri`, at `jwks_fetched_at`.
    One `behind_proxy` comes through NHS England's, which sends all of its headers.
    """

    id: str
    name: str
    organisation_id: UUID
    practices: tuple[str, ...]
    jwks: dict[str, Any]
    scopes: tuple[str, ...]
    dialect: str
    active: bool
    jwks_uri: str | None = None
    jwks_fetched_at: datetime | None = None
    jwks_tried_at: datetime | None = None
    behind_proxy: bool = False


def find_client(tx: Tx, client_id: str) -> ApiClient | None:
    """Return an active client, None when there is none."""
    row = tx.session.get(ApiClientRow, client_id)
    return _client(row) if row is not None and row.active else None


def is_known(tx: Tx, client_id: str) -> bool:
    """Tell whether a client has this id, active or not."""
    return tx.session.get(ApiClientRow, client_id) is not None


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
            jwks_uri=client.jwks_uri,
            behind_proxy=client.behind_proxy,
        )
    )
    tx.session.flush()


def lock_client(tx: Tx, client_id: str) -> ApiClient:
    """Return a client, active or not, which nobody else changes until this transaction ends; raises NotFound."""
    found = select(ApiClientRow).where(ApiClientRow.id == client_id)
    row = tx.session.scalar(found.with_for_update(key_share=True).execution_options(populate_existing=True))
    if row is None:
        raise NotFound(f"No client has the id {client_id}.")
    return _client(row)


def record_keys(tx: Tx, client_id: str, jwks: dict[str, Any] | None, *, fetched: bool = False) -> ApiClient:
    """Replace a client's keys; `fetched` notes that they came from its address, None that they did not come."""
    row = tx.session.get_one(ApiClientRow, client_id)
    if jwks is not None:
        row.jwks = jwks
    if fetched:
        row.jwks_tried_at = tx.now
        row.jwks_fetched_at = row.jwks_fetched_at if jwks is None else tx.now
    tx.session.flush()
    return _client(row)


def record_active(tx: Tx, client_id: str, *, active: bool) -> None:
    """Switch a client on or off; off also ends its tokens."""
    tx.session.get_one(ApiClientRow, client_id).active = active
    if not active:
        tx.session.execute(delete(ApiTokenRow).where(ApiTokenRow.client_id == client_id))


def record_organisation(tx: Tx, client_id: str, organisation_id: UUID) -> None:
    """Let a client act for another organisation than before."""
    tx.session.get_one(ApiClientRow, client_id).organisation_id = organisation_id


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


def add_token(
    tx: Tx, client_id: str, token: str, *, scope: str, lifetime: timedelta, certificate: bytes | None = None
) -> None:
    """Keep a token's hash until it ends; with a certificate's SHA-256 it is good over such connections only."""
    tx.session.execute(delete(ApiTokenRow).where(ApiTokenRow.expires_at < tx.now))
    tx.session.add(
        ApiTokenRow(
            token_hash=hash_token(token),
            client_id=client_id,
            scope=scope,
            issued_at=tx.now,
            expires_at=tx.now + lifetime,
            certificate=certificate,
        )
    )


def find_token_client(
    tx: Tx, token: str, *, certificate: bytes | None = None
) -> tuple[ApiClient, str] | None:
    """Return whose token this is and its scope, None when it is unknown, ended, or its client was switched off.

    None too for one that is bound to another certificate than the connection's.
    """
    query = select(ApiTokenRow, ApiClientRow).join(ApiClientRow, ApiClientRow.id == ApiTokenRow.client_id)
    found = tx.session.execute(query.where(ApiTokenRow.token_hash == hash_token(token))).first()
    if found is None or found[0].expires_at <= tx.now or not found[1].active:
        return None
    if found[0].certificate is not None and found[0].certificate != certificate:
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
        jwks_uri=row.jwks_uri,
        jwks_fetched_at=row.jwks_fetched_at,
        jwks_tried_at=row.jwks_tried_at,
        behind_proxy=row.behind_proxy,
    )
