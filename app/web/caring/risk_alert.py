"""What somebody sees who has just sent an answer that cannot wait: what was done, and whom to ring."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask import flash

from app.domain.outcomes import Taken
from app.web.frame.guard import database

CATEGORY: Final = "risk"  # the page's frame shows the crisis lines beside such a message
_DONE: Final = (
    "One of the answers tells that things may be very hard for this person just now. The link worker team has an"
    " urgent task to look at it. They may not see it tonight or at the weekend. If it cannot wait, use these numbers."
)


def warn(taken: Iterable[Taken]) -> None:
    """Leave that message for the next page where one of the answers asks for a person today."""
    if any(database().measures.alerts(each) for each in taken):
        flash(_DONE, CATEGORY)
