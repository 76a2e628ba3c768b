"""Two people of one practice, so that a search can find the one and not the other."""

from __future__ import annotations

from dataclasses import dataclass

from tests.factories import MadePlace, MadeReferral

NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class World:
    """Two people of one practice: one whose referral closed yesterday, one whose referral has just come in."""

    closed: MadeReferral
    number: str
    fresh: MadeReferral
    place: MadePlace
    yesterday: str
    message_id: str

    @property
    def practice(self) -> str:
        return str(self.place.practices[0].id)

    @property
    def team(self) -> str:
        return str(self.place.team.id)

    @property
    def provider(self) -> str:
        return str(self.place.providers[0].id)
