"""Adds to the link workers' list whose each referral is, what is due today, and who was told of what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from app.services.shown.seen import ReferralSummary
from app.store import escalations, ownership
from app.store.ownership import DUTY, Owner
from app.store.session import Tx


def whose(tx: Tx, lines: Sequence[ReferralSummary]) -> list[ReferralSummary]:
    """Return the lines with their owners."""
    ids = [line.id for line in lines]
    owners, told = ownership.owners_of(tx, ids), escalations.told_of(tx, ids)
    return [
        replace(
            line,
            due_today=line.next_action_on == tx.today,
            owner=owners.get(line.id, DUTY),
            told=tuple(told.get(line.id, ())),
        )
        for line in lines
    ]


def owner_of(tx: Tx, referral_id: UUID) -> Owner:
    """Return whose a referral is."""
    return ownership.owners_of(tx, [referral_id]).get(referral_id, DUTY)
