"""What the registers say of one placement or one referral, read by its team and by what tells of its end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.attendance import Attended, attended
from app.domain.vocabulary import Role
from app.store import attendance, placements, referrals
from app.store.attendance import SaidLine
from app.store.session import Database, Tx

_READ = "read register"


def attended_of(
    tx: Tx, placement_ids: Collection[UUID], *, since: date | None = None
) -> Mapping[UUID, Attended]:
    """Return to how many sessions the person of each placement came; of those only that a register tells of."""
    found = attendance.answers_of(tx, placement_ids, since=since)
    return {placement_id: attended(answers) for placement_id, answers in found.items()}


def find_attended(db: Database, actor: Actor, placement_id: UUID) -> Attended:
    """Return to how many sessions one placement's person came, for its provider and its team."""
    check_acts_as(actor, Role.PROVIDER, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        placements.get(tx, placement_id, audit=_READ)
        return attended_of(tx, [placement_id]).get(placement_id, Attended())


def list_attended(db: Database, actor: Actor, referral_id: UUID) -> Mapping[UUID, Attended]:
    """Return by placement to how many sessions a person came, for the team; also of help that has ended."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        placed = placements.list_for_referral(tx, referral_id, audit=_READ)
        return attended_of(tx, [each.id for each in placed])


def list_sessions(db: Database, actor: Actor, placement_id: UUID) -> Sequence[SaidLine]:
    """Return all that the register says of one placement, corrections too, for its provider and its team."""
    check_acts_as(actor, Role.PROVIDER, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        placement = placements.get(tx, placement_id, audit=_READ)
        person_id = referrals.get(tx, placement.referral_id, audit=_READ).person_id
        return attendance.list_said(tx, {placement_id: person_id}, audit=_READ)
