"""Who looked at a person's record, and when, as the audit has it: kinds of reader and days, for the person to read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Date, case, cast, func, or_, select

from app.store.audit import Entry
from app.store.person_links import CARER, SIGNED_IN
from app.store.session import LONDON, Tx
from app.store.tables_messages import AuditRow


def list_looks(
    tx: Tx, person_id: UUID, *, organisations: Collection[UUID], audit: str
) -> Sequence[tuple[str, date]]:
    """Return each role that touched the record and each day in London on which it did, the newest first.

    Whoever opened the person's page for them is CARER, the person who signed in to open it SIGNED_IN.

    Of organisations only those named: a person's link is one team's, and tells nothing of another's.
    """
    day = cast(func.timezone(LONDON.key, AuditRow.at), Date).label("day")
    theirs = or_(AuditRow.organisation_id.is_(None), AuditRow.organisation_id.in_(organisations))
    kinds = [(AuditRow.actor.startswith(f"process:{each}:"), each) for each in (CARER, SIGNED_IN)]
    who = case(*kinds, else_=AuditRow.role).label("who")
    query = select(who, day).where(AuditRow.person_id == person_id, theirs).distinct()
    tx.audit(Entry(audit, "audit", str(person_id), person_id))
    return [(row.who, row.day) for row in tx.session.execute(query.order_by(day.desc(), who))]


@dataclass(frozen=True, slots=True)
class Looker:
    """Who did what on which day in London; `actor` as the audit labels them, for telling kinds apart, never shown."""

    on: date
    role: str
    actor: str
    organisation_id: UUID | None
    act: str
    entered_by: str | None = None  # another organisation, whose person did it for this one


def list_lookers(
    tx: Tx, person_id: UUID, *, organisations: Collection[UUID], also: Collection[str] = (), audit: str
) -> Sequence[Looker]:
    """Return everybody who touched the record with what they did, each once a day and act; of these organisations.

    What the platform did by itself on the way is among them, without an organisation; so are acts of `also`, whoever
    did them.
    """
    day = cast(func.timezone(LONDON.key, AuditRow.at), Date).label("day")
    own = AuditRow.organisation_id.in_(organisations)
    theirs = or_(AuditRow.organisation_id.is_(None), own, AuditRow.act.in_(also))
    entered_by = AuditRow.detail["entered_by"].astext
    told = (day, AuditRow.role, AuditRow.actor, AuditRow.organisation_id, AuditRow.act, entered_by)
    query = select(*told).where(AuditRow.person_id == person_id, theirs).distinct()
    tx.audit(Entry(audit, "audit", str(person_id), person_id))
    return [Looker(*row) for row in tx.session.execute(query)]
