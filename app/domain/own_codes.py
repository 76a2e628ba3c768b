"""Six digits that open a person's own page beside its link and their date of birth: how they reach the person."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.cautions import Cautions
from app.domain.errors import FieldProblem
from app.domain.follow_up import AskBy, mobile_of
from app.domain.message_templates import Channel
from app.domain.reaching import Way, unusable_ways
from app.domain.referral import PersonDetails
from app.domain.ways_to_reach import is_email

DIGITS: Final = 6
CODED: Final = "c-"  # how the codes of links begin that ask for digits
LINK_LENGTH: Final = 43  # letters of 256 random bits, without what stands before them


class LinkBy(StrEnum):
    """How a link to one's own page gets to whom it is for."""

    SHOW = "show"  # to the link worker, once, who hands it over
    EMAIL = "email"
    TEXT = "text"


class CodeBy(StrEnum):
    """How the six digits get there, never the way that the link goes."""

    TELL = "tell"  # shown to the link worker, once, who tells them
    TEXT = "text"
    EMAIL = "email"
    NONE = "none"  # the link opens with the date of birth alone, for a reason


WHY_NONE: Final = {
    "hand-over": "I hand the link over myself, and nobody else sees it",
    "too-hard": "Six digits more would keep them out",
    "cannot-tell": "There is no safe way to tell them the digits",
}
_CHANNELS: Final = {LinkBy.EMAIL: Channel.EMAIL, LinkBy.TEXT: Channel.TEXT}
_CODE_CHANNELS: Final = {CodeBy.EMAIL: Channel.EMAIL, CodeBy.TEXT: Channel.TEXT}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a link worker wants of a new link: good for `days` days (1 to 365), how it goes, and how its digits go.

    `said_safe`: they asked, and a link is safe for somebody whose record warns against one. `why_none` is a code of
    WHY_NONE where there are no digits.
    """

    days: int
    said_safe: bool = False
    link_by: LinkBy = LinkBy.SHOW
    code_by: CodeBy = CodeBy.TELL
    why_none: str = ""

    @property
    def link_channel(self) -> Channel | None:
        """By which message the link goes; None: it is shown."""
        return _CHANNELS.get(self.link_by)

    @property
    def code_channel(self) -> Channel | None:
        """By which message the digits go; None: they are shown, or there are none."""
        return _CODE_CHANNELS.get(self.code_by)

    @property
    def has_code(self) -> bool:
        """Whether the link asks for digits."""
        return self.code_by is not CodeBy.NONE


def open_channels(
    details: PersonDetails, cautions: Cautions, wanted: frozenset[str] | None, *, has_texts: bool
) -> frozenset[Channel]:
    """Return by which messages a link worker may send somebody something: none where contact itself is a danger.

    `wanted` are the ways that the person left open, None where they said nothing of it; `has_texts`: there is somebody
    here who sends texts.
    """
    barred, found = unusable_ways(cautions), set()
    may_text = has_texts and Way.TELEPHONE not in barred and mobile_of(details.phones) is not None
    if may_text and (wanted is None or AskBy.TEXT in wanted):
        found.add(Channel.TEXT)
    may_mail = Way.ONLINE not in barred and is_email(details.email or "")
    if may_mail and (wanted is None or AskBy.EMAIL in wanted):
        found.add(Channel.EMAIL)
    return frozenset(found)


def problems(wish: Wish, channels: Collection[Channel]) -> list[FieldProblem]:
    """Return what is wrong with how the digits of a link should go, by field; `channels` are open to the person."""
    if not wish.has_code:
        known = wish.why_none in WHY_NONE
        return [] if known else [FieldProblem("why", "Say why this link asks for no digits.", "required")]
    if wish.code_channel is None:
        return []
    if wish.code_channel == wish.link_channel:
        sentence = "Send the digits another way than the link: whoever reads one must not have both."
        return [FieldProblem("code", sentence)]
    if wish.code_channel not in channels:
        sentence = "Nothing can be sent to them that way. Choose to tell them the digits yourself."
        return [FieldProblem("code", sentence)]
    return []


def asks_for_digits(code: str) -> bool:
    """Tell whether a link asks for digits, by the shape of its code alone: nothing is said of whether it is known."""
    return code.startswith(CODED) and len(code) == len(CODED) + LINK_LENGTH


def digits_of(typed: str) -> str | None:
    """Return six digits as somebody typed them, without spaces and dashes between; None where they are none."""
    plain = "".join(typed.replace("-", " ").split())
    return plain if len(plain) == DIGITS and plain.isascii() and plain.isdigit() else None
