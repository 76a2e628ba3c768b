"""What a person said of being in touch, asked by every message before it is written and again before it leaves."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.domain.cautions import Cautions
from app.domain.consent_wordings import Kind
from app.domain.contact_wish import NOT_IN_TOUCH, WAYS, ContactWish, why_held
from app.store import choices
from app.store.session import Tx
from app.store.tasks import Consent


def wish_of(tx: Tx, person_id: UUID) -> ContactWish | None:
    """Return a person's word on contact, whichever team wrote it down; None where nobody asked."""
    with tx.as_system("contact wish") as system_tx:
        return _wish(choices.find_newest(system_tx, person_id, Kind.CONTACT))


def why_held_back(tx: Tx, person_id: UUID, way: str | None) -> str | None:
    """Return the code why nothing may be sent to a person in a way (None: in any), None when it may."""
    return why_held(wish_of(tx, person_id), way, tx.today)


def open_ways(tx: Tx, person_id: UUID) -> frozenset[str] | None:
    """Return the ways that a person left open, None where they said nothing of it."""
    wish = wish_of(tx, person_id)
    return None if wish is None else wish.open_ways(tx.today)


def with_wish(tx: Tx, referral_id: UUID, told: Cautions) -> Cautions:
    """Return what must be known before contact with the person's own word in it, which counts before the referrer's.

    A no is for the team alone: providers read neither it nor why.
    """
    with tx.as_system("contact wish") as system_tx:
        wish = _wish(choices.find_newest_by_referral(system_tx, referral_id, Kind.CONTACT))
    if wish is None or (wish.stands(tx.today) and not wish.ways):
        return told
    if not wish.stands(tx.today):
        return replace(told, notes=(*told.notes, NOT_IN_TOUCH))
    said = " or ".join(str(WAYS[way]).lower() for way in wish.ways)
    return replace(told, preferred_contact=f"{said} only, in their own word")


def _wish(said: Consent | None) -> ContactWish | None:
    return None if said is None else ContactWish(said.given, said.ways, said.expires_on)
