"""The words for a follow-up: where it stands, how somebody is asked, who answered."""

from __future__ import annotations

from app.domain.follow_up import ASK_BY_WORDS as ASK_BY_WORDS  # the templates read it here
from app.domain.follow_up import STOP_REASONS as STOP_REASONS
from app.domain.follow_up import FollowUpStatus
from app.domain.outcomes import SKIP_REASONS
from app.domain.wording import worded_all
from app.store.follow_ups import FollowUp

# status -> (words, the tag's colour in the design system)
STATUS_WORDS: dict[FollowUpStatus, tuple[str, str]] = {
    FollowUpStatus.PLANNED: ("Planned", "grey"),
    FollowUpStatus.TO_SEND: ("To send", "yellow"),
    FollowUpStatus.ASKED: ("Asked, no answer yet", "blue"),
    FollowUpStatus.TO_CALL: ("To ring", "yellow"),
    FollowUpStatus.ANSWERED: ("Answered", "green"),
    FollowUpStatus.SKIPPED: ("Left out", "grey"),
    FollowUpStatus.COULD_NOT_REACH: ("Could not be reached", "grey"),
    FollowUpStatus.NOT_ASKED: ("Not asked", "grey"),
    FollowUpStatus.STOPPED: ("Not asked any more", "grey"),
}
NO_NUMBER = ("To reach another way", "yellow")  # on the call list, and nobody knows a number
# Who tells a link worker the answers, and how they come.
SAID_BY_HERE: dict[str, str] = worded_all(
    {
        "person": "The person",
        "proxy": "Somebody else for them",
        "link-worker": "I judged it myself",
    }
)
WAYS_HERE: dict[str, str] = worded_all({"phone": "On the phone", "page": "Face to face", "paper": "On paper"})


def after(months: int) -> str:
    """Return "3 months after"; a year is still twelve months."""
    return f"{months} month{'' if months == 1 else 's'} after"


def reason(found: FollowUp) -> str:
    """Return in words why it was left out or stopped; nothing where there is no reason."""
    code = found.reason or ""
    return STOP_REASONS.get(code) or SKIP_REASONS.get(code, "")
