"""Entries that may be one: proposed, decided by the steward, undone; nothing is merged by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.directory import ServiceSession
from app.domain.directory_words import ServiceStatus
from app.domain.entry_pairs import Entry, Proposal, propose
from app.domain.errors import Conflict, NotFound
from app.domain.referral import Service
from app.domain.vocabulary import Role
from app.store import audit as log
from app.store import directory, entry_pairs, listings, places
from app.store.entry_pairs import APART, SAME, Decided
from app.store.session import Database, Tx

MOST = 100  # proposals shown in one go


@dataclass(frozen=True, slots=True)
class Pairs:
    """What to decide, with how many there are in all, and what was decided."""

    proposals: Sequence[Proposal]
    total: int
    decided: Sequence[Decided]


def find_pairs(db: Database, actor: Actor) -> Pairs:
    """Return the pairs of running entries that may be one, and those that were decided. Raises NotAllowed."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        decided = entry_pairs.list_decided(tx)
        settled = {frozenset((each.kept_id, each.other_id)) for each in decided}
        proposals = propose(_entries(tx), settled)
        tx.audit(log.Entry("list entry pairs", "service", "pairs"))
        return Pairs(proposals[:MOST], len(proposals), decided)


def keep_one(db: Database, actor: Actor, kept_id: UUID, other_id: UUID) -> UUID:
    """Say that two entries are one: the other runs no more and leads to the one that is kept.

    Its placements, its history and what a source says of it stay where they are; an import leaves it alone. Raises
    NotFound, Conflict when one of them is not kept already or the two were decided before.
    """
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        kept, other = _two(tx, kept_id, other_id)
        elsewhere = entry_pairs.list_kept_elsewhere(tx)
        if {kept.id, other.id} & set(elsewhere):
            raise Conflict("One of the two is not kept already: look at the one that is.")
        if other.id in elsewhere.values():
            raise Conflict("Other entries lead to the one that you would not keep: keep that one.")
        pair_id = entry_pairs.add(tx, kept.id, other.id, SAME, status_before=other.status)
        listings.record_status(tx, other.id, ServiceStatus.INACTIVE)
        _audit(tx, "keep one entry", kept.id, other.id)
        return pair_id


def keep_both(db: Database, actor: Actor, one_id: UUID, other_id: UUID) -> UUID:
    """Say that two entries are not the same: they are never proposed again. Raises NotFound, Conflict."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        one, other = _two(tx, one_id, other_id)
        pair_id = entry_pairs.add(tx, one.id, other.id, APART, status_before=None)
        _audit(tx, "keep both entries", one.id, other.id)
        return pair_id


def undo(db: Database, actor: Actor, pair_id: UUID) -> None:
    """Take a decision back: an entry that was not kept stands as it did before. Raises NotFound, Conflict."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        kept_id, other_id, before = entry_pairs.record_undone(tx, pair_id)
        if before is not None:
            listings.record_status(tx, other_id, before)
        _audit(tx, "undo entry pair", kept_id, other_id)


def find_kept(db: Database, service_id: UUID) -> UUID | None:
    """Return the entry that is kept in place of this one, None where it stands for itself."""
    with db.transaction(system("directory")) as tx:
        return entry_pairs.list_kept_elsewhere(tx).get(service_id)


def _two(tx: Tx, one_id: UUID, other_id: UUID) -> tuple[Service, Service]:
    if one_id == other_id:
        raise NotFound
    found = directory.get_service(tx, one_id), directory.get_service(tx, other_id)
    pair = {one_id, other_id}
    if any({each.kept_id, each.other_id} == pair for each in entry_pairs.list_decided(tx)):
        raise Conflict("These two were decided before: take that back first.")
    return found


def _entries(tx: Tx) -> list[Entry]:
    profiles, sessions = places.list_profiles(tx), places.list_sessions(tx)
    found = []
    for service in directory.list_services(tx, beside=None):
        if service.status is ServiceStatus.INACTIVE:
            continue
        profile, listing = profiles.get(service.provider_id), service.listing
        found.append(
            Entry(
                id=service.id,
                name=service.name,
                provider_id=service.provider_id,
                provider_name=service.provider_name,
                phones=_told(listing.contact_phone, profile.phone if profile else None),
                emails=_told(listing.contact_email, profile.email if profile else None),
                website=profile.website if profile else None,
                postcodes=_postcodes(sessions.get(service.id, ())),
                charity_number=profile.charity_number if profile else None,
                source=listing.source,
            )
        )
    return found


def _told(*values: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _postcodes(sessions: Iterable[ServiceSession]) -> tuple[str, ...]:
    return _told(*(each.venue.postcode for each in sessions if each.venue))


def _audit(tx: Tx, act: str, kept_id: UUID, other_id: UUID) -> None:
    tx.audit(log.Entry(act, "service", str(kept_id), None, {"other": str(other_id)}))
