"""What groups tell of help that had been ended, sealed for the person; and of which help they may still tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Select, select

from app.domain.errors import NotFound
from app.domain.late_words import Ended, Settled
from app.domain.lifecycle import Action, Track
from app.domain.vocabulary import OutcomeState
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.outcomes import About
from app.store.people import open_for, seal_for
from app.store.session import LONDON, Tx
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_care import PlacementRow, ReferralRow, TransitionRow
from app.store.tables_late_words import LateWordRow

_TABLE: Final = "late_word"


@dataclass(frozen=True, slots=True)
class LateWord:
    """What a group told late; `named` is who of it, where it came by a safe link or was told on the telephone."""

    id: UUID
    placement_id: UUID
    provider_name: str
    service_name: str
    state: OutcomeState
    words: str
    named: str | None
    was_entered: bool  # by somebody else in the group's name
    told_at: datetime
    settled_as: Settled | None
    settled_at: datetime | None


def add(tx: Tx, about: About, state: OutcomeState, words: str, *, audit: str) -> None:
    """Write a word of the placement that `about` names; whoever acts tells it, now."""
    row = LateWordRow(
        id=uuid4(),
        referral_id=about.referral_id,
        placement_id=about.placement_id,
        state=state,
        told_at=tx.now,
        told_by=tx.actor.user_id,
        entered_by_id=tx.actor.entered_by,
    )
    row.words = seal_for(tx, about.person_id, Cell(_TABLE, "words", row.id), words or None)
    row.named = seal_for(tx, about.person_id, Cell(_TABLE, "named", row.id), tx.actor.named or None)
    tx.session.add(row)
    tx.session.flush()
    detail = {"referral": str(about.referral_id), "state": state.value}
    tx.audit(Entry(audit, _TABLE, str(row.id), about.person_id, detail))


def list_for_referral(tx: Tx, about: About, *, audit: str) -> Sequence[LateWord]:
    """Return what was told late of a referral as far as the actor may see it, the oldest first."""
    return _listed(tx, about, LateWordRow.referral_id == about.referral_id, audit)


def find_for_placement(tx: Tx, about: About, *, audit: str) -> LateWord | None:
    """Return what the group of one placement told late; None where it has told nothing."""
    found = _listed(tx, about, LateWordRow.placement_id == about.placement_id, audit)
    return found[0] if found else None


def record_settled(tx: Tx, word_id: UUID, settled: Settled, *, audit: str) -> None:
    """Write what the team made of a word; raises NotFound."""
    row = tx.session.get(LateWordRow, word_id)
    if row is None:
        raise NotFound
    row.settled_as, row.settled_at, row.settled_by = settled.value, tx.now, tx.actor.user_id
    tx.session.flush()
    person_id = tx.session.scalar(select(ReferralRow.person_id).where(ReferralRow.id == row.referral_id))
    tx.audit(Entry(audit, _TABLE, str(word_id), person_id, {"settled": settled.value}))


def list_ended(tx: Tx, referral_id: UUID) -> Sequence[tuple[UUID, Ended]]:
    """Return how the placements of a referral stand: codes and days alone, with their ids."""
    rows = tx.session.execute(_ended().where(PlacementRow.referral_id == referral_id))
    return [(row[0], _as_ended(row)) for row in rows]


def find_ended(tx: Tx, placement_id: UUID) -> Ended | None:
    """Return the same of one placement; None where there is none."""
    row = tx.session.execute(_ended().where(PlacementRow.id == placement_id)).first()
    return None if row is None else _as_ended(row)


def _ended() -> Select[Any]:
    step = TransitionRow
    own = (step.placement_id == PlacementRow.id, step.track == Track.PLACEMENT)
    taken_back = select(step.before).where(*own, step.action == Action.WITHDRAW)
    before = taken_back.order_by(step.id.desc()).limit(1).correlate(PlacementRow).scalar_subquery()
    of = (PlacementRow.id, PlacementRow.status, before, PlacementRow.reason, PlacementRow.ended_at)
    return select(*of, ReferralRow.status).join(ReferralRow, ReferralRow.id == PlacementRow.referral_id)


def _as_ended(row: Any) -> Ended:
    _, status, before, reason, ended_at, referral_status = row
    ended_on = ended_at.astimezone(LONDON).date() if ended_at else None
    return Ended(status, before, reason, ended_on, referral_status)


def _listed(tx: Tx, about: About, condition: Any, audit: str) -> list[LateWord]:
    query = (
        select(LateWordRow, OrganisationRow.name, ServiceRow.name)
        .join(PlacementRow, PlacementRow.id == LateWordRow.placement_id)
        .join(OrganisationRow, OrganisationRow.id == PlacementRow.provider_id)
        .join(ServiceRow, ServiceRow.id == PlacementRow.service_id)
        .where(condition)
        .order_by(LateWordRow.told_at, LateWordRow.id)
    )
    found = tx.session.execute(query).all()
    if found:
        tx.audit(Entry(audit, _TABLE, str(about.referral_id), about.person_id, {"count": len(found)}))
    return [_word(tx, about.person_id, *each) for each in found]


def _word(tx: Tx, person_id: UUID, row: LateWordRow, provider: str, service: str) -> LateWord:
    return LateWord(
        id=row.id,
        placement_id=row.placement_id,
        provider_name=provider,
        service_name=service,
        state=OutcomeState(row.state),
        words=open_for(tx, person_id, Cell(_TABLE, "words", row.id), row.words) or "",
        named=open_for(tx, person_id, Cell(_TABLE, "named", row.id), row.named),
        was_entered=row.entered_by_id is not None,
        told_at=row.told_at,
        settled_as=Settled(row.settled_as) if row.settled_as else None,
        settled_at=row.settled_at,
    )
