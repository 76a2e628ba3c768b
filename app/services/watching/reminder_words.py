"""What an e-mail that reminds somebody says: a reference and a day, never anything about the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.domain.escalation import Due, Matter, Told
from app.store.waits import Standing

_SIGN_OFF = "If you would rather ring: the link worker team knows the reference."


@dataclass(frozen=True, slots=True)
class Reminder:
    """An e-mail's subject and lines."""

    subject: str
    lines: tuple[str, ...]


def reminder(standing: Standing, due: Due, public_url: str) -> Reminder | None:
    """Return what somebody is written, None for those who read it on their page alone."""
    reference, day = standing.reference, _day(standing.wait.due_on)
    urgent = "Urgent: " if standing.wait.presses else ""
    match standing.wait.matter, due.told:
        case Matter.ANSWER, _:
            subject = f"{urgent}please answer {reference} by {day}"
            said = (
                f"Somebody was offered to you, reference {reference}. Please say yes, no or later by {day}."
            )
            more = "If there is no answer by then, somebody else is asked."
        case Matter.FIRST_CONTACT, Told.PROVIDER:
            subject = f"{urgent}have you reached {reference}?"
            said = f"You said yes to reference {reference}. Have you been in touch with the person?"
            more = "Please write the contact down, or tell the link worker team that you cannot reach them."
        case Matter.REVIEW, Told.PROVIDER:
            subject = f"How is it going with {reference}?"
            said = (
                f"You have not written anything about reference {reference} for some time. How is it going?"
            )
            more = "One press of a button says that all goes on well."
        case _, Told.PRACTICE:
            subject = f"Urgent referral {reference} was not picked up yet"
            said = f"Nobody of the link worker team has taken on your urgent referral {reference}."
            return Reminder(subject, (said, "Please ring the team, or act yourself.", "", public_url))
        case _, Told.TEAM | Told.STEWARD:
            subject = f"{urgent}{reference} is overdue"
            said = f"Referral {reference} should have been looked at by {day} and nobody has."
            return Reminder(subject, (said, "", public_url))
        case _:
            return None
    return Reminder(subject, (said, more, "", f"{public_url}/offers/{standing.placement_id}", "", _SIGN_OFF))


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"
