"""Where a message to a person goes, by which way, as their record says now."""

from __future__ import annotations

from typing import Final

from app.domain.follow_up import mobile_of
from app.domain.message_templates import Channel
from app.domain.referral import PersonDetails

_MOST_LINES: Final = 5  # of an address's seven, beside the name and the postcode


def address_of(details: PersonDetails, channel: str) -> str:
    """Return the number, the e-mail address or the lines of a letter's address; "" where there is none to use."""
    if channel == Channel.TEXT:
        return mobile_of(details.phones) or ""
    if channel == Channel.EMAIL:
        return details.email or ""
    lines = [each.strip() for each in details.address_lines if each.strip()]
    return "\n".join([details.full_name, *lines[:_MOST_LINES], details.postcode or ""])
