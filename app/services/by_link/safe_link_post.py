"""What safe links put on their way: a link by e-mail, six digits by another channel; nothing of a person in either."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from app.domain.capacity import day
from app.domain.errors import Conflict
from app.domain.message_templates import Channel
from app.domain.safe_links import ChannelKind, Helper
from app.services.messages.messages_out import Message, to_organisation
from app.store import places, safe_links
from app.store.safe_links import Standing
from app.store.session import Tx

NEW: Final = "new-referral"  # the templates
AGAIN: Final = "offer-link"
CODE: Final = "one-time-code"
EVERY_WAY: Final = frozenset(Channel)
_CHANNELS: Final = {ChannelKind.TEXT: Channel.TEXT, ChannelKind.EMAIL: Channel.EMAIL}


class NotCarried(Conflict):
    """Six digits that nothing here can bring to a helper; `phone` is the team's, where it is known."""

    def __init__(self, phone: str | None) -> None:
        super().__init__("No six digits can be sent to this address from here.")
        self.phone = phone


def is_carried(kind: ChannelKind, ways: frozenset[Channel]) -> bool:
    """Tell whether six digits of a kind leave this house; `ways` are those that messages go out by."""
    return _CHANNELS[kind] in ways


def check_carried(tx: Tx, helper: Helper, placement_id: UUID, ways: frozenset[Channel]) -> None:
    """Raise NotCarried, with whom to ring, where nothing brings six digits to a helper."""
    if not is_carried(helper.code_kind, ways):
        standing = safe_links.find_standing(tx, placement_id)
        profile = places.find_profile(tx, standing.team_id) if standing else None
        raise NotCarried(profile.phone if profile else None)


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
