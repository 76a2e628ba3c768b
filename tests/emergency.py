"""Somebody has looked at a record in an emergency, and something of theirs was noticed: for tests that need it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from app.domain.access import system
from app.store import emergency, look_alerts
from app.store.accounts import Account
from app.store.look_alerts import Noticed
from app.store.session import Database


def look_in_an_emergency(db: Database, worker: Account, person_id: UUID) -> None:
    """Open a record to a link worker for an hour, and notice that they were refused often."""
    with db.transaction(system("test")) as tx:
        why = {"reason": "safeguarding", "words": "A neighbour rang in distress."}
        by = (worker.id, worker.organisation_id)
        emergency.add(tx, person_id, **why, ends_at=tx.now + timedelta(hours=1), by=by)
        look_alerts.record(tx, [Noticed("refused", worker.id, worker.organisation_id, tx.now, 20)])
