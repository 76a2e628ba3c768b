"""Signing in for GP systems: who a client is, its assertions used once, its tokens kept as hashes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from app.domain.access import system
from app.services.systems.key_sets import has_key
from app.store import machines
from app.store.audit import Entry
from app.store.machines import ApiClient
from app.store.session import Database

TOKEN_LIFETIME: Final = timedelta(minutes=10)
# How a key set that stands at the client's own address is used.
FRESH: Final = timedelta(minutes=15)  # not asked for again, unless a key is not in it
PAUSE: Final = timedelta(minutes=1)  # between two attempts, whichever process makes them
KEPT: Final = timedelta(days=1)  # while the address does not answer
_PROCESS = system("oauth")
# What a client id or a jti may look like; anything else is not asked of the database.
Json = dict[str, Any]
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


def keys_for(db: Database, client: ApiClient, kid: str, fetch: Callable[[str], Json | None]) -> Json:
    """Return the key set that a signature by `kid` is checked with; `fetch` returns what stands at an address.

    The last good set is used for FRESH, or until a key is asked for that it lacks, or for KEPT when the address
    does not answer. Whoever asks while another fetches waits for what comes: a change of keys refuses nobody.
    """
    if client.jwks_uri is None or _serves(client, kid, db.clock()):
        return client.jwks
    with db.transaction(_PROCESS) as tx:
        client = machines.lock_client(tx, client.id)
        tried = client.jwks_tried_at
        if not _serves(client, kid, tx.now) and (tried is None or tx.now - tried >= PAUSE):
            client = machines.record_keys(tx, client.id, fetch(client.jwks_uri or ""), fetched=True)
        since = client.jwks_fetched_at
        return client.jwks if since is not None and tx.now - since < KEPT else {"keys": []}


def _serves(client: ApiClient, kid: str, now: datetime) -> bool:
    since = client.jwks_fetched_at
    return since is not None and now - since < FRESH and has_key(client.jwks, kid)


def use_assertion(db: Database, client_id: str, jti: str, expires_at: datetime) -> bool:
    """Use up a client assertion whose signature was found good; False when it was used before, by any process."""
    if not _NAME.match(jti):
        return False
    with db.transaction(_PROCESS) as tx:
        return machines.use_assertion(tx, client_id, jti, expires_at)


def keep_token(
    db: Database,
    client_id: str,
    token: str,
    *,
    scope: str,
    lifetime: timedelta = TOKEN_LIFETIME,
    certificate: bytes | None = None,
) -> None:
    """Remember a token that was given to a client, until its life is over; bound to a certificate, if one is given."""
    with db.transaction(_PROCESS) as tx:
        machines.add_token(tx, client_id, token, scope=scope, lifetime=lifetime, certificate=certificate)
        tx.audit(Entry("sign in", "api client", client_id, None, {"scope": scope}))


def find_signed_in(db: Database, token: str, *, certificate: bytes | None = None) -> SignedInMachine | None:
    """Return whose token this is; `certificate` is the SHA-256 of the connection's.

    None when it is unknown, ended, bound to another certificate, or its client was switched off.
    """
    with db.transaction(_PROCESS) as tx:
        found = machines.find_token_client(tx, token, certificate=certificate)
    return SignedInMachine(found[0], frozenset(found[1].split())) if found else None
