"""Who can be tried in a demonstration, by user name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.store import seats, staff
from app.store.accounts import SESSIONS
from app.store.session import Database
from app.store.staff import StaffMember


def list_named(db: Database, usernames: Sequence[str]) -> Sequence[StaffMember]:
    """Return the accounts of these user names that there are, in this order."""
    with db.transaction(SESSIONS) as tx:
        known = {member.username: member for member in staff.list_members(tx) if member.active}
    return [known[name] for name in usernames if name in known]


def list_also(db: Database, user_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[str]]:
    """Return for which organisations these accounts act beside their own, by account; most have none."""
    with db.transaction(SESSIONS) as tx:
        return {each: [seat.organisation_name for seat in seats.list_running(tx, each)] for each in user_ids}
