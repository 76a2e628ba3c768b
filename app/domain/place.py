"""What one place decides for itself: time limits, owners' first dates, who is told. Data, not code."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.directory_words import AssuranceTier, CareLevel
from app.domain.sessions import SecondStepFor


@dataclass(frozen=True, slots=True)
class PlaceRules:
    """The time limits of an installation, and what its matching asks for; limits count working days."""

    bank_holidays_of: str = "ENG"  # or WLS, SCT, NIR
    triage_days: int = 2
    urgent_triage_days: int = 0
    answer_days: int = 5
    urgent_answer_days: int = 1
    first_contact_days: int = 5  # from a yes until the person was reached
    review_days: int = 28  # all days: of silence, until a provider that helps is asked how it is going
    waiting_contact_days: int = 28  # all days: how long somebody on a waiting list may hear of nobody
    consent_months: int = 6  # how long a yes to sharing counts when a place comes free
    longest_snooze_days: int = 60  # all days: how far a routine reminder can be put off
    ask_again_days: int = 30  # all days: how long nobody is asked again whether an entry is right
    first_letters_a_day: int = 10  # to organisations that stand here by an import and were never written to
    ring_after_days: int = 14  # all days: of silence after that e-mail, until the steward is asked to ring
    dial_days: int = 30  # all days: of silence, until a provider is asked how its services stand; 0 is never
    link_days: int = 60  # all days: how long a link in an e-mail is good for
    offer_link_days: int = 7  # all days: how long a safe link to one offer is good for, unused
    trained_assurance: AssuranceTier = AssuranceTier.BASIC  # of who takes people that need trained staff
    professional_assurance: AssuranceTier = AssuranceTier.STANDARD
    register_days: int = 14  # all days: how long a line of a register can be put right
    nudge_points: int = 0  # what a service gains that was seldom asked lately; 0 is off
    nudge_under: int = 3  # seldom: fewer offers than this
    nudge_days: int = 90  # lately
    follow_up_months: tuple[int, ...] = (3, 6)  # after the end of help; none is off
    follow_up_remind_days: int = 14  # all days: of silence, until somebody is asked once more, then rung
    follow_up_give_up_days: int = (
        28  # all days: on a list of the team's, until it is written down as not reached
    )

    emergency_minutes: int = 60  # how long a record stays open that was opened in an emergency; 0 is never
    second_step_for: SecondStepFor = SecondStepFor.STEWARDS  # at signing in; not on a plain local address
    check_in_days: tuple[int, ...] = (7, 28)  # after a yes: asked whether help has arrived; none is off
    practice_summaries_on: bool = True  # one e-mail a month to practices that gave an address
    payments_on: bool = False  # payment lines on engagement; off unless a place agrees on them
    money_lines_on: bool = False  # the value calculator; off unless a place wants it
    open_view: bool = False  # the dataset's tables without log-in; off unless the steward allows it

    def assurance_for(self, care: CareLevel) -> AssuranceTier:
        """Return what an organisation must have shown before somebody who needs such care is suggested to it."""
        match care:
            case CareLevel.VOLUNTEERS_ONLY:
                return AssuranceTier.NONE
            case CareLevel.TRAINED:
                return self.trained_assurance
            case CareLevel.PROFESSIONAL:
                return self.professional_assurance


DEFAULT_RULES = PlaceRules()
