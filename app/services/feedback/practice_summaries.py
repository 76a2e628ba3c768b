"""The quiet monthly summary: numbers alone, to a practice's confirmed address, only when there is something to say."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.domain.access import system
from app.domain.lifecycle import Action, FeedbackStatus, Track, available_actions
from app.domain.message_templates import Channel
from app.domain.practice_settings import months_around
from app.domain.vocabulary import Role
from app.services.messages import messages_out
from app.services.messages.messages_out import Message
from app.store import place_rules, practice_settings
from app.store.audit import Entry
from app.store.session import Database

_SUMMARISER = system("practice-summary")
_TO_FILE = [
    status.value
    for status in FeedbackStatus
    if Action.ACKNOWLEDGE in available_actions(Track.FEEDBACK, status, Role.PRACTICE)
]


def due(db: Database) -> Sequence[UUID]:
    """Return the practices whose last month has not been summed up yet; none where the place switched it off."""
    with db.transaction(_SUMMARISER) as tx:
        if not place_rules.of(tx).practice_summaries_on:
            return []
        return practice_settings.list_to_tell(tx, months_around(tx.today)[1])


def tell(db: Database, practice_id: UUID) -> bool:
    """Sum a practice's last month up, once; return whether there was anything to say, and it was said."""
    with db.transaction(_SUMMARISER) as tx:
        since, until = months_around(tx.today)
        if practice_id not in practice_settings.list_to_tell(tx, until):
            return False
        setting = practice_settings.get_summary(tx, practice_id)
        counts = practice_settings.count_month(tx, practice_id, since=since, until=until, to_file=_TO_FILE)
        practice_settings.record_summary(tx, practice_id, told_month=until)
        if not counts.total or setting.to is None:
            return False
        told = {
            "total": str(counts.total),
            "waiting": str(counts.waiting),
            "link": f"{tx.public_url}/loops",
        }
        message = Message("practice-summary", Channel.EMAIL, setting.to, told)
        messages_out.to_organisation(tx, message, organisation_id=practice_id)
        tx.audit(Entry("send monthly summary", "practice", str(practice_id), None, {"total": counts.total}))
        return True
