"""Who a person's link worker is, how to reach the team, and where help begins: the first thing on their own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.directory import ServiceSession
from app.domain.lifecycle import HELPS
from app.domain.referral import Placement
from app.services.caring.owners_seen import owner_of
from app.store import attendance, care_plans, directory, placements, places, referrals
from app.store.person_links import PersonLink
from app.store.session import LONDON, Database

_READ: Final = "read own page"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A group that said yes: the first day that is known of, else when it meets as far as the directory tells."""

    service: str
    provider: str
    first_on: date | None
    meets: Sequence[ServiceSession]


@dataclass(frozen=True, slots=True)
class WhoHelps:
    """The link worker (empty: nobody is named yet), the team and how to reach it; groups that said yes."""

    link_worker: str
    team: str
    phone: str | None
    email: str | None
    accepted: Sequence[Accepted]
    has_plan: bool


def find(db: Database, link: PersonLink) -> WhoHelps:
    """Return who helps the person of a link, and from when."""
    with db.transaction(link.actor) as tx:
        referral = referrals.get(tx, link.referral_id, audit=_READ)
        profile = places.find_profile(tx, referral.team_id)
        placed = placements.list_for_referral(tx, referral.id, audit=_READ)
        helping = [each for each in placed if each.status in HELPS]
        days = attendance.first_days(tx, [each.id for each in helping])
        meets = places.list_sessions(tx, {each.service_id for each in helping})
        return WhoHelps(
            link_worker=owner_of(tx, referral.id).name,
            team=directory.get_organisation(tx, referral.team_id).name,
            phone=profile.phone if profile else None,
            email=profile.email if profile else None,
            accepted=[
                Accepted(
                    each.service_name,
                    each.provider_name,
                    days.get(each.id) or _began(each),
                    meets.get(each.service_id, ()),
                )
                for each in helping
            ],
            has_plan=not care_plans.find(tx, referral, audit=_READ).plan.is_empty,
        )


def _began(placement: Placement) -> date | None:
    return placement.started_at.astimezone(LONDON).date() if placement.started_at else None
