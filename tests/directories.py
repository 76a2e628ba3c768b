"""Writes what the directory knows beside services, for the place that the factories make."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app.domain.access import system
from app.domain.assurance import TIERS, Assurance
from app.domain.directory_words import AssuranceTier, CareLevel
from app.store import listings, places
from app.store.session import Database
from tests.factories import MadePlace


def make_safe(
    db: Database, place: MadePlace, *numbers: int, tier: AssuranceTier = AssuranceTier.STANDARD
) -> None:
    """Give providers professional staff and what a tier asks for, so that anybody may be suggested to them."""
    with db.transaction(system("set-up")) as tx:
        for number in numbers:
            service = place.services[number]
            listings.record_service(tx, replace(service, takes=CareLevel.PROFESSIONAL))
            for kind in TIERS[tier]:
                since = tx.today - timedelta(days=100)
                shown = Assurance(service.provider_id, kind, since, None, since, "Hackney")
                places.add_assurance(tx, shown)
