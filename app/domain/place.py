"""What one place decides for itself: time limits, owners' first dates, who is told. Data, not code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.directory_words import AssuranceTier, CareLevel


@dataclass(frozen=True, slots=True)
class PlaceRules:
    """The time limits of an installation, in days, and what its matching asks for."""

    triage_days: int = 2
    urgent_triage_days: int = 0
    answer_days: int = 5
    first_contact_days: int = 7
    review_days: int = 28
    trained_assurance: AssuranceTier = AssuranceTier.BASIC  # of who takes people that need trained staff
    professional_assurance: AssuranceTier = AssuranceTier.STANDARD
    nudge_points: int = 0  # what a service gains that was seldom asked lately; 0 is off
    nudge_under: int = 3  # seldom: fewer offers than this
    nudge_days: int = 90  # lately

    def assurance_for(self, care: CareLevel) -> AssuranceTier:
        """Return what an organisation must have shown before somebody who needs such care is suggested to it."""
        match care:
            case CareLevel.VOLUNTEERS_ONLY:
                return AssuranceTier.NONE
            case CareLevel.TRAINED:
                return self.trained_assurance
            case CareLevel.PROFESSIONAL:
                return self.professional_assurance

    def triage_by(self, today: date, priority: str) -> date:
        """Return when a new referral must have been looked at."""
        days = self.triage_days if priority == "routine" else self.urgent_triage_days
        return today + timedelta(days=days)


DEFAULT_RULES = PlaceRules()
