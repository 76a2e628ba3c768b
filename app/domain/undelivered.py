"""What could not be carried: its kinds, and the reasons for which somebody lets one rest."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from app.domain.errors import FieldProblem, Invalid


class Kind(StrEnum):
    """What it is that did not get there."""

    NEWS = "news"  # to whoever referred, by MESH, a FHIR endpoint or a letter
    EMAIL = "email"
    TEXT = "text"
    LETTER = "letter"
    HOOK = "hook"  # a system that wants to hear of every step and cannot be reached any more
    WAITING = "waiting"  # a message that came in and can be given to nobody


MAIL = frozenset({Kind.EMAIL, Kind.TEXT, Kind.LETTER})


class Aside(StrEnum):
    """Why one is set aside. A list, because words of one's own would soon hold a name."""

    TOLD_OTHERWISE = "told-otherwise"
    OUT_OF_DATE = "out-of-date"
    ADDRESS_MENDED = "address-mended"
    NOT_FOR_US = "not-for-us"
    TEST = "test"


# Of a message that came in nothing but these: somebody may be waiting for help, and its sender thinks that we have it.
ITS_SENDER_KNOWS: Final = (Aside.TOLD_OTHERWISE, Aside.NOT_FOR_US, Aside.TEST)


def reasons_of(kind: Kind) -> tuple[Aside, ...]:
    """Return the reasons for which one of a kind may rest."""
    return ITS_SENDER_KNOWS if kind is Kind.WAITING else tuple(Aside)


def check_reason(kind: Kind, reason: Aside) -> None:
    """Raise Invalid (field "reason") for a reason that leaves nobody told."""
    if reason not in reasons_of(kind):
        sentence = "Somebody may be waiting for help. Tell whoever sent it first, then choose that they know."
        raise Invalid([FieldProblem("reason", sentence)])
