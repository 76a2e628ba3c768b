"""Milestones written down by whoever helps or looks after somebody, and taken away again by who wrote them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Invalid
from app.domain.milestones import Group, Milestone, MilestoneList
from app.domain.vocabulary import Role
from app.services.measures.measures_taken import check_helps
from app.store import milestones, placements, referrals
from app.store.milestones import Seen
from app.store.outcomes import About
from app.store.session import Database, Tx

FILE: Final = Path(__file__).resolve().parents[2] / "measures" / "lists" / "milestones.toml"
_WRITE, _READ, _REMOVE = "record milestone", "read milestones", "remove milestone"


@dataclass(frozen=True, slots=True)
class Reached:
    """What is written down at once: some milestones of one day, and the person's own words beside them."""

    codes: Sequence[str]
    happened_on: date
    words: str = ""


@cache
def the_list() -> MilestoneList:
    """Return the list of milestones that this installation offers."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return MilestoneList(
        tuple(
            Group(group["code"], group["title"], tuple(Milestone(**each) for each in group["milestones"]))
            for group in told["groups"]
        )
    )


def add_to_referral(db: Database, actor: Actor, referral_id: UUID, reached: Reached) -> None:
    """Write milestones for the team. Raises Invalid, NotFound."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        _add(tx, _of_referral(tx, referral_id, _WRITE), reached)


def add_to_placement(db: Database, actor: Actor, placement_id: UUID, reached: Reached) -> None:
    """Write milestones for the provider that helps or helped. Raises Invalid, NotFound."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        check_helps(placements.get(tx, placement_id, audit=_WRITE))
        _add(tx, _of_placement(tx, placement_id, _WRITE), reached)


def list_of_referral(db: Database, actor: Actor, referral_id: UUID) -> Sequence[Seen]:
    """Return all milestones of a referral, whoever wrote them, for its team."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return milestones.list_of(tx, _of_referral(tx, referral_id, _READ), audit=_READ)


def list_of_placement(db: Database, actor: Actor, placement_id: UUID) -> Sequence[Seen]:
    """Return the milestones of one placement, for its provider."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        return milestones.list_of(tx, _of_placement(tx, placement_id, _READ), audit=_READ)


def remove_from_referral(db: Database, actor: Actor, referral_id: UUID, milestone_id: UUID) -> None:
    """Take away what the team itself wrote; raises NotFound for what others wrote."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        milestones.record_removed(tx, milestone_id, _of_referral(tx, referral_id, _REMOVE), audit=_REMOVE)


def remove_from_placement(db: Database, actor: Actor, placement_id: UUID, milestone_id: UUID) -> None:
    """Take away what the provider itself wrote; raises NotFound for what others wrote."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        milestones.record_removed(tx, milestone_id, _of_placement(tx, placement_id, _REMOVE), audit=_REMOVE)


def _add(tx: Tx, about: About, reached: Reached) -> None:
    found = the_list().problems(reached.codes, reached.happened_on, reached.words, today=tx.today)
    if found:
        raise Invalid(found)
    with tx.as_system("milestones") as system_tx:
        referrals.get_for_update(
            system_tx, about.referral_id, audit=_WRITE
        )  # of two at once the second waits
    kept = {
        (each.code, each.happened_on, each.words)
        for each in milestones.list_of(tx, about, audit=_WRITE)
        if (each.placement_id, each.organisation_id) == (about.placement_id, tx.actor.organisation_id)
    }
    for number, code in enumerate(dict.fromkeys(reached.codes)):
        words = reached.words if number == 0 else ""  # said once, kept once
        if (code, reached.happened_on, words) not in kept:  # a form that was sent twice tells of one thing
            milestones.add(tx, about, code, reached.happened_on, words=words, audit=_WRITE)


def _of_referral(tx: Tx, referral_id: UUID, audit: str) -> About:
    referral = referrals.get(tx, referral_id, audit=audit)
    return About(referral.id, referral.person_id)


def _of_placement(tx: Tx, placement_id: UUID, audit: str) -> About:
    placement = placements.get(tx, placement_id, audit=audit)
    referral = referrals.get(tx, placement.referral_id, audit=audit)
    return About(referral.id, referral.person_id, placement_id)
