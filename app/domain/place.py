"""What one place decides for itself: time limits, owners' first dates, who is told. Data, not code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class PlaceRules:
    """The time limits of an installation, in days."""

    triage_days: int = 2
    urgent_triage_days: int = 0
    answer_days: int = 5
    first_contact_days: int = 7
    review_days: int = 28

    def triage_by(self, today: date, priority: str) -> date:
        """Return when a new referral must have been looked at."""
        days = self.triage_days if priority == "routine" else self.urgent_triage_days
        return today + timedelta(days=days)


DEFAULT_RULES = PlaceRules()
