"""Empties a sandbox: what was there is set aside, blanked and let go of, since the steps taken are never erased."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text

from app.domain.lifecycle import OPEN_REFERRAL
from app.store.session import Tx
from app.store.tables_care import ReferralRow

# In this order: an inbox row's task is found by the row, a person by the referrals that name them.
_STATEMENTS = (
    "update task set done_at = :now where done_at is null and (organisation_id = :team"
    " or referral_id in (select id from referral where requester_id = :practice)"
    " or inbox_id in (select id from inbox_message where sender = any(:senders)))",
    "update inbox_message set sender = sender || '~' || :mark, status = 'taken' where sender = any(:senders)",
    "update outbox_message set status = 'failed', last_error = 'sandbox-reset' where status = 'waiting'"
    " and feedback_id in (select f.id from feedback f join referral r on r.id = f.referral_id"
    " where r.requester_id = :practice)",
    "update person set nhs_number_index = null, replaced_indexes = '{}', likeness_index = null, nhs_number = null,"
    " names = null, birth_date = null, address = null, contact = null, about = null where fence_id = :team"
    " and not exists (select 1 from referral r where r.person_id = person.id and r.requester_id <> :practice)",
    "update person_word set nhs_number_index = null, words = null where practice_id = :practice",
    "update referral set is_history = true, reason = null, brief = null, cautions = null, wishes = null,"
    " requested_by = null where requester_id = :practice",
    "update placement set brief = null"
    " where referral_id in (select id from referral where requester_id = :practice)",
    "update organisation set ods = '~' || :mark, name = name || ' (emptied)', feedback_transport = null,"
    " feedback_address = null where id = :practice",
    "update organisation set name = name || ' (emptied)' where id = :team",
)


def list_open(tx: Tx, practice_id: UUID) -> Sequence[UUID]:
    """Return the open referrals that a practice asked for."""
    query = select(ReferralRow.id).where(
        ReferralRow.requester_id == practice_id, ReferralRow.status.in_(OPEN_REFERRAL)
    )
    return tx.session.scalars(query).all()


def set_aside(tx: Tx, practice_id: UUID, team_id: UUID, *, senders: Sequence[str]) -> None:
    """Blank what came from a practice and free its ODS code, its people's numbers and its messages' ids.

    Transitions and audit stay as they are; they hold ids and codes only. Nobody signs in for the organisations
    that are left behind, so that row-level security shows their rows to no one.
    """
    tx.session.flush()
    values = {
        "practice": practice_id,
        "team": team_id,
        "senders": list(senders),
        "mark": practice_id.hex,
        "now": tx.now,
    }
    for statement in _STATEMENTS:
        tx.session.execute(text(statement), values)
    tx.session.expire_all()
