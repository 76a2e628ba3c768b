"""Who is told that somebody's details were put right: groups that read something else now, and whoever referred."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from app.domain.cautions import NONE
from app.domain.disclosure import Disclosure
from app.domain.lifecycle import OPEN_PLACEMENT
from app.domain.referral import PersonDetails, Placement, Referral
from app.domain.sources import GoesBack
from app.domain.their_details import TOLD_TO_REQUESTER, part_of, texts_of
from app.services.caring.disclosure import disclosed
from app.services.rights.correction_notices import NOTICE
from app.services.rights.correction_notices import TASK as RING_GROUPS
from app.services.rights.stop_notices import notify
from app.store import departures, people, placements, tasks
from app.store.session import Tx

TELL_REQUESTER: Final = "requester-holds-other"
_ACT: Final = "tell of details put right"

Shown = Mapping[UUID, Disclosure]  # by offer: what its group reads of the person


def shown_to_groups(tx: Tx, about: Sequence[Referral], *, audit: str) -> Shown:
    """Return what the group of each open offer reads of the person now."""
    return {
        placement.id: disclosed(tx, each, brief="", status=placement.status, audit=audit)
        for each in about
        for placement in _open(tx, each)
    }


def tell_groups(tx: Tx, about: Sequence[Referral], before: Shown) -> Sequence[UUID]:
    """Ask each group that reads something else now to look again; return the offers whose group is.

    Their page says so by itself. Whoever has read of the person before gets an e-mail too, without a word of them;
    whom no address is known of, the team rings.
    """
    now = shown_to_groups(tx, about, audit=_ACT)
    told = [(each, placement) for each in about for placement in _open(tx, each)]
    changed = [(each, placement) for each, placement in told if now[placement.id] != before.get(placement.id)]
    with tx.as_system("details put right") as system_tx:
        to_ring = {each.id: each for each, placement in changed if not _is_told(system_tx, each, placement)}
        for each in to_ring.values():
            tasks.add_task(system_tx, RING_GROUPS, organisation_id=each.team_id, referral_id=each.id)
    return [placement.id for _, placement in changed]


def held_otherwise(
    tx: Tx, referral: Referral, details: PersonDetails, parts: Collection[str]
) -> tuple[str, ...]:
    """Return in which of these parts whoever referred the person told something else; nothing told is nothing else."""
    if referral.source.goes_back is not GoesBack.TO_REQUESTER:
        return ()
    with tx.as_system("words of a requester") as system_tx:
        theirs = people.get_as_told_by(system_tx, referral.person_id, referral.requester_id, audit=_ACT)
    said, held = (texts_of(each, NONE, {}) for each in (theirs.details, details))
    return tuple(
        part
        for part in TOLD_TO_REQUESTER
        if part in parts and any(part_of(said, part).values()) and part_of(said, part) != part_of(held, part)
    )


def ask_to_tell_requester(tx: Tx, referral: Referral, parts: Sequence[str]) -> None:
    """Give the team the task to tell whoever referred, whose own record goes on saying what it said."""
    details = people.get(tx, referral.person_id, audit=_ACT).details
    if differing := held_otherwise(tx, referral, details, parts):
        team, about = referral.team_id, referral.id
        tasks.add_task(tx, TELL_REQUESTER, organisation_id=team, referral_id=about, fields=differing)


def _open(tx: Tx, referral: Referral) -> Sequence[Placement]:
    found = placements.list_for_referral(tx, referral.id, audit=_ACT)
    return [each for each in found if each.status in OPEN_PLACEMENT]


def _is_told(tx: Tx, referral: Referral, placement: Placement) -> bool:
    if not departures.has_read(tx, referral.person_id, placement.provider_id, since=placement.offered_at):
        return True  # the first thing that they read is right
    return notify(tx, placement, NOTICE) > 0
