"""A safe link to one offer: who may have one, how long each step of it holds, and how the second step is guarded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.errors import FieldProblem
from app.domain.wording import worded

CODE_LIFE: Final = timedelta(minutes=10)
CODE_DIGITS: Final = 6
MOST_TRIES: Final = (
    5  # wrong codes of one visit, after which the helper is locked out until the steward looks
)
MOST_CODES: Final = 3  # codes sent in one visit
VISIT: Final = timedelta(minutes=30)  # without a step
LONGEST_VISIT: Final = timedelta(hours=2)  # from the right code on, whatever is done meanwhile
KEPT_BY_LINK: Final = timedelta(hours=12)  # what was being typed when a visit ran out
MOST_LINKS_A_DAY: Final = 5  # that are asked for by whoever holds an old one, for one offer
LONGEST_NAME: Final = 80
MOST_HELPERS: Final = 12

_MOBILE: Final = re.compile(r"(?:\+44|0044|0)7\d{9}")
_NOT_A_DIGIT: Final = re.compile(r"[\s().-]")


class ChannelKind(StrEnum):
    """How the six digits reach a helper."""

    EMAIL = "email"
    TEXT = "text"


VERIFIED_HOW: Final[dict[str, str]] = {
    "rang": "I rang a number that we knew before, and they read the addresses to me",
    "in-person": "I met them, and they showed me both",
    "written": "A letter from their committee or their organisation names both",
    "their-page": "Both stand on their own public page or in a public register",
}


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody of a group who gets links: the link goes to `link_to`, the six digits to `code_to`, another channel.

    `verified_by` is the steward's name. A helper who is not verified, removed, or locked gets nothing.
    """

    id: UUID
    organisation_id: UUID
    name: str
    link_to: str
    code_kind: ChannelKind
    code_to: str
    added_on: date
    added_by: str
    verified_on: date | None = None
    verified_how: str | None = None
    verified_by: str | None = None
    locked_at: datetime | None = None

    @property
    def may_have_links(self) -> bool:
        """Whether a link is sent to them at all."""
        return self.verified_on is not None and self.locked_at is None


def mobile(text: str) -> str | None:
    """Return a British mobile number as +447…, None for anything else."""
    digits = _NOT_A_DIGIT.sub("", text)
    return f"+44{digits[-10:]}" if digits.isascii() and _MOBILE.fullmatch(digits) else None


def masked(address: str) -> str:
    """Return just enough of an address to know one's own: "s…@example.org", "a number that ends in 123"."""
    if "@" in address:
        box, _, domain = address.partition("@")
        return f"{box[:1]}…@{domain}"
    return f"a number that ends in {address[-3:]}"


def name_problems(name: str, field: str) -> list[FieldProblem]:
    """Return what is wrong with a name that somebody typed or was told."""
    if not name.strip():
        return [FieldProblem(field, "Give a name, so that people know who it was.", "required")]
    if len(name) > LONGEST_NAME or not name.isprintable():
        return [
            FieldProblem(
                field, worded("Give the name in one line of at most %(most)s characters.", most=LONGEST_NAME)
            )
        ]
    return []


def channel_problems(link_to: str, code_kind: ChannelKind, code_to: str) -> list[FieldProblem]:
    """Return what is wrong with two channels, of which each must be able to fall into wrong hands alone."""
    if code_kind is ChannelKind.TEXT:
        wrong = mobile(code_to) is None
        return [FieldProblem("code_phone", "Give a mobile number such as 07700 900123.")] if wrong else []
    if code_to.casefold() == link_to.casefold():
        sentence = "Give another e-mail address than the first one: whoever reads one must not have both."
        return [FieldProblem("code_email", sentence)]
    return []


def too_many(helpers: Sequence[Helper]) -> list[FieldProblem]:
    """Return the problem of a group that has as many helpers as can be looked after."""
    if len(helpers) < MOST_HELPERS:
        return []
    return [FieldProblem("name", f"{MOST_HELPERS} helpers are the most. Remove one first.", "business-rule")]
