"""Text that somebody was writing when their session ran out: kept for them alone, given back after signing in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain.access import Actor
from app.services.sign_in import find_owner
from app.store import kept_forms as stored
from app.store.accounts import SESSIONS
from app.store.audit import Entry
from app.store.kept_forms import KeptForm
from app.store.session import Database

LARGEST: Final = 100_000  # characters; the longest form of ours holds a fifth of that
_NEVER: Final = ("csrf_token", "code", "now")


def keep_for_token(db: Database, token: str, path: str, fields: Sequence[tuple[str, str]]) -> UUID | None:
    """Keep what came with a session that has run out; None when nobody knows whose it was, or it is too much."""
    owner = find_owner(db, token)
    return None if owner is None else _keep(db, owner, path, fields)


def keep_own(db: Database, actor: Actor, path: str, fields: Sequence[tuple[str, str]]) -> UUID | None:
    """Keep what the actor sent while they are asked who they are; None when it is too much."""
    return None if actor.user_id is None else _keep(db, actor.user_id, path, fields)


def _keep(db: Database, user_id: UUID, path: str, fields: Sequence[tuple[str, str]]) -> UUID | None:
    kept = tuple((name, value) for name, value in fields if name not in _NEVER and "password" not in name)
    if not kept or sum(len(name) + len(value) for name, value in kept) > LARGEST:
        return None
    with db.transaction(SESSIONS) as tx:
        tx.audit(Entry("keep unsent form", "account", str(user_id)))
        return stored.add(tx, user_id, KeptForm(path, kept))


def find_own(db: Database, actor: Actor, form_id: UUID) -> KeptForm | None:
    """Return what the actor had typed; None when it is another's, gone or too old."""
    if actor.user_id is None:
        return None
    with db.transaction(actor) as tx:
        return stored.find(tx, actor.user_id, form_id)


def forget_own(db: Database, actor: Actor, form_id: UUID) -> None:
    """Forget it, because it was sent."""
    if actor.user_id is not None:
        with db.transaction(actor) as tx:
            stored.remove(tx, actor.user_id, form_id)
