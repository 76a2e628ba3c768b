"""Contacts about a person: the team's written, listed with those of providers; either's taken back and kept."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.domain.contacts import KeptContact, TeamContact
from app.domain.errors import Conflict, NotFound
from app.domain.wording import worded
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.outcomes import About
from app.store.people import open_many, seal_for
from app.store.session import AlreadyThere, Tx
from app.store.tables import OrganisationRow, UserRow
from app.store.tables_care import ContactRow


def add(tx: Tx, about: About, contact: TeamContact, *, audit: str) -> None:
    """Write a contact of the team; raises AlreadyThere when the same form was sent before."""
    if tx.session.get(ContactRow, contact.id) is not None:
        raise AlreadyThere("The same was written a moment ago.")
    row = ContactRow(
        id=contact.id,
        referral_id=about.referral_id,
        placement_id=None,  # no provider sees what stands with no placement
        channel=contact.how,
        reached=contact.reached,
        with_whom=contact.with_whom,
        result=contact.came_of,
        happened_on=contact.happened_on,
        minutes=contact.minutes,
        note=seal_for(tx, about.person_id, Cell("contact", "note", contact.id), contact.note or None),
        recorded_by=tx.actor.user_id,
        recorded_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, "contact", str(row.id), about.person_id))


def list_kept(tx: Tx, about: About, *, audit: str) -> Sequence[KeptContact]:
    """Return every contact that the actor may see, of a referral or of the placement that `about` names, oldest first.

    Also what was taken back.
    """
    of_which = [ContactRow.referral_id == about.referral_id]
    if about.placement_id is not None:
        of_which.append(ContactRow.placement_id == about.placement_id)
    query = (
        select(ContactRow, UserRow.full_name, OrganisationRow.name)
        .outerjoin(UserRow, UserRow.id == ContactRow.recorded_by)
        .outerjoin(OrganisationRow, OrganisationRow.id == UserRow.organisation_id)
        .where(*of_which)
        .order_by(ContactRow.happened_on, ContactRow.recorded_at, ContactRow.id)
    )
    found = tx.session.execute(query).all()
    tx.audit(Entry(audit, "contact", str(about.referral_id), about.person_id))
    sealed = [(about.person_id, Cell("contact", "note", row.id), row.note) for row, _, _ in found]
    return [
        _kept(row, note or "", name, organisation)
        for (row, name, organisation), note in zip(found, open_many(tx, sealed), strict=True)
    ]


def _kept(row: ContactRow, note: str, name: str | None, organisation: str | None) -> KeptContact:
    of_team = row.placement_id is None
    return KeptContact(
        id=row.id,
        how=row.channel,
        with_whom=row.with_whom,
        came_of=row.result,
        reached=row.reached,
        happened_on=row.happened_on,
        minutes=row.minutes,
        note=note,
        by=(name if of_team else organisation) or "",
        recorded_at=row.recorded_at,
        of_team=of_team,
        taken_back_at=row.taken_back_at,
    )


def record_taken_back(tx: Tx, about: About, contact_id: UUID, *, audit: str) -> None:
    """Take a contact back: of the placement that `about` names, else one of the team's; it stays in the history.

    Raises NotFound when it is not one of theirs of this referral, Conflict when it was taken back before.
    """
    query = select(ContactRow).where(ContactRow.id == contact_id).with_for_update()
    row = tx.session.scalars(query).first()
    of_which = (about.referral_id, about.placement_id)
    if row is None or (row.referral_id, row.placement_id) != of_which:
        raise NotFound
    if row.taken_back_at is not None:
        raise Conflict(worded("This contact was taken back already."))
    row.taken_back_at, row.taken_back_by = tx.now, tx.actor.user_id
    tx.audit(Entry(audit, "contact", str(contact_id), about.person_id))
