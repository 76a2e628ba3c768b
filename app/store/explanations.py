"""Why a service was suggested, sealed for the person: a wish for a group of one's own tells who somebody is."""

from __future__ import annotations

import json
from uuid import UUID

from app.domain.explanation import NOT_EXPLAINED, Explanation, from_data
from app.domain.vocabulary import Role
from app.store.crypto import Cell
from app.store.people import open_for, seal_for
from app.store.session import Tx

_MAY_READ = (Role.LINK_WORKER, Role.SYSTEM)  # a provider reads the brief, never how it was chosen


def sealed(tx: Tx, person_id: UUID, cell: Cell, why: Explanation) -> bytes | None:
    """Return an explanation as it is stored; none at all is kept as nothing."""
    return None if why == NOT_EXPLAINED else seal_for(tx, person_id, cell, json.dumps(why.as_data()))


def opened(tx: Tx, person_id: UUID | None, cell: Cell, kept: bytes | None) -> Explanation:
    """Return what was stored; nothing for whoever may not read it."""
    if kept is None or person_id is None or tx.actor.role not in _MAY_READ:
        return NOT_EXPLAINED
    text = open_for(tx, person_id, cell, kept)
    return from_data(json.loads(text)) if text else NOT_EXPLAINED
