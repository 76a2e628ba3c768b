"""Signing in for GP systems: who a client is, its assertions used once, its tokens kept as hashes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.domain.access import system
from app.store import machines
from app.store.audit import Entry
from app.store.machines import ApiClient
from app.store.session import Database

TOKEN_LIFETIME: Final = timedelta(minutes=10)
_PROCESS = system("oauth")
# What a client id or a jti may look like; anything else is not asked of the database.
_NAME = re.compile(r"[\x21-\x7e]{1,120}\Z")


@dataclass(frozen=True, slots=True)
class SignedInMachine:
    """A GP system with a token: who it is and what the token lets it do."""

    client: ApiClient
    scopes: frozenset[str]


def find_client(db: Database, client_id: str) -> ApiClient | None:
    """Return the client with this id, None when it is unknown or switched off."""
    if not _NAME.match(client_id):
        return None
    with db.transaction(_PROCESS) as tx:
        return machines.find_client(tx, client_id)


def use_assertion(db: Database, client_id: str, jti: str, expires_at: datetime) -> bool:
    """Use up a client assertion whose signature was found good; False when it was used before, by any process."""
    if not _NAME.match(jti):
        return False
    with db.transaction(_PROCESS) as tx:
        return machines.use_assertion(tx, client_id, jti, expires_at)


def keep_token(db: Database, client_id: str, token: str, *, scope: str) -> None:
    """Remember a token that was given to a client, for TOKEN_LIFETIME."""
    with db.transaction(_PROCESS) as tx:
        machines.add_token(tx, client_id, token, scope=scope, lifetime=TOKEN_LIFETIME)
        tx.audit(Entry("sign in", "api client", client_id, None, {"scope": scope}))


def find_signed_in(db: Database, token: str) -> SignedInMachine | None:
    """Return whose token this is, None when it is unknown, ended, or its client was switched off."""
    with db.transaction(_PROCESS) as tx:
        found = machines.find_token_client(tx, token)
    return SignedInMachine(found[0], frozenset(found[1].split())) if found else None
