"""Whether a person wants to be asked before a service is told about them: their "not yet", beside yes and no."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from app.domain.consent import counts_on
from app.store import duplicates
from app.store.session import Tx
from app.store.tables_care import ConsentRow
from app.store.tasks import Consent, add_consent

SHARE: Final = "share-with-provider"
ASK_FIRST: Final = "ask-before-sharing"


def add_not_yet(
    tx: Tx, *, person_id: UUID, referral_id: UUID, source: str, wording: int | None = None, audit: str
) -> None:
    """Write that the person said "not yet: ask me again when a service is found"."""
    said = Consent(ASK_FIRST, given=True, source=source, wording=wording)
    add_consent(tx, said, person_id=person_id, referral_id=referral_id, audit=audit)


def asks_first(tx: Tx, referral_id: UUID) -> bool:
    """Tell whether a "not yet" stands that no later word has answered, or a yes whose last day has passed.

    Both are the person's, whichever of the requests that are worked as one they were said of.
    """
    requests = duplicates.worked_with(tx, referral_id)
    if _has_run_out(tx, requests):
        return True
    asked = tx.session.scalar(
        select(func.max(ConsentRow.recorded_at)).where(
            ConsentRow.referral_id.in_(requests), ConsentRow.kind == ASK_FIRST
        )
    )
    if asked is None:
        return False
    answered = tx.session.scalar(
        select(func.max(ConsentRow.recorded_at)).where(
            ConsentRow.referral_id.in_(requests), ConsentRow.kind == SHARE
        )
    )
    return answered is None or bool(answered < asked)


def _has_run_out(tx: Tx, requests: Collection[UUID]) -> bool:
    query = select(ConsentRow.given, ConsentRow.expires_on).where(
        ConsentRow.referral_id.in_(requests), ConsentRow.kind == SHARE
    )
    newest_first = (ConsentRow.recorded_at.desc(), ConsentRow.given)
    row = tx.session.execute(query.order_by(*newest_first).limit(1)).first()
    return row is not None and not counts_on(tx.today, given=row.given, expires_on=row.expires_on)
