"""What could not be carried: its kinds, and the reasons for which somebody lets one rest."""

from __future__ import annotations

from enum import StrEnum


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
