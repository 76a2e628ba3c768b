"""What safe links put on their way: a link by e-mail, six digits by another channel; nothing of a person in either."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from app.domain.capacity import day
from app.domain.message_templates import Channel
from app.domain.safe_links import ChannelKind, Helper
from app.services.messages.messages_out import Message, to_organisation
from app.store import places
from app.store.safe_links import Standing
from app.store.session import Tx

NEW: Final = "new-referral"  # the templates
AGAIN: Final = "offer-link"
CODE: Final = "one-time-code"
_CHANNELS: Final = {ChannelKind.TEXT: Channel.TEXT, ChannelKind.EMAIL: Channel.EMAIL}


def send_link(tx: Tx, helper: Helper, standing: Standing, *, address: str, until: date | None) -> None:
    """Put a link on its way to a helper, in the caller's transaction.

    `until` is its last day; None for the first one of an offer, which says until when the answer is due instead.
    """
    profile = places.find_profile(tx, standing.team_id)
    values = {
        "ref": standing.reference,
        "link": address,
        "date": day(until or standing.respond_by),
        "phone": profile.phone if profile else None,
    }
    message = Message(AGAIN if until else NEW, Channel.EMAIL, helper.link_to, values)
    to_organisation(tx, message, organisation_id=standing.provider_id, placement_id=standing.placement_id)


def send_code(tx: Tx, helper: Helper, digits: str, *, placement_id: UUID) -> None:
    """Put six digits on their way to a helper's other channel, in the caller's transaction."""
    message = Message(CODE, _CHANNELS[helper.code_kind], helper.code_to, {"code": digits})
    to_organisation(tx, message, organisation_id=helper.organisation_id, placement_id=placement_id)
