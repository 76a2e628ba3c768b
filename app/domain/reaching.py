"""How help that one does not travel to comes to a person, and by which of these ways nobody may reach them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from app.domain.cautions import Cautions
from app.domain.directory import ServiceSession
from app.domain.directory_words import VenueKind


class Way(StrEnum):
    """How help comes to somebody who stays at home."""

    TELEPHONE = "telephone"
    ONLINE = "online"
    POST = "post"


WAY_WORDS: dict[Way, str] = {
    Way.TELEPHONE: "by telephone",
    Way.ONLINE: "online",
    Way.POST: "by post",
}
_TELEPHONE = re.compile(r"phone|\b(?:ring|call)", re.IGNORECASE)
_ONLINE = re.compile(r"\bonline|\bvideo|\bzoom\b|\bteams\b|\bweb|\be-?mail|\binternet|\bapp\b", re.IGNORECASE)
_NO_POST = re.compile(r"\b(?:no|not|never|don't)\b[^.;]*\b(?:letters?|post|mail)\b", re.IGNORECASE)


def unusable_ways(cautions: Cautions) -> frozenset[Way]:
    """Return the ways by which nobody may reach a person: as they asked, all where contact itself is a danger."""
    if cautions.do_not_contact:
        return frozenset(Way)
    found = {Way.TELEPHONE} if cautions.no_telephone else set()
    if any(_NO_POST.search(words) for words in cautions.notes):
        found.add(Way.POST)
    return frozenset(found)


def ways_of(sessions: Iterable[ServiceSession], name: str) -> tuple[Way, ...]:
    """Return how the sessions of a service of that name reach people at home, as its entry tells it.

    The directory knows "virtual" and no telephone: the words of the entry say which it is. Where they do not, it may
    be either.
    """
    found: set[Way] = set()
    for session in sessions:
        venue = session.venue
        if venue is not None and venue.kind is VenueKind.POSTAL:
            found.add(Way.POST)
        elif venue is not None and venue.kind is VenueKind.VIRTUAL:
            found |= _told(f"{venue.name} {session.note}") or _told(name) or {Way.TELEPHONE, Way.ONLINE}
    return tuple(way for way in Way if way in found)


def words(ways: Iterable[Way]) -> str:
    """Return ways as they are read out."""
    return " or ".join(WAY_WORDS[way] for way in ways)


def _told(text: str) -> set[Way]:
    spoken = {Way.TELEPHONE} if _TELEPHONE.search(text) else set()
    return spoken | {Way.ONLINE} if _ONLINE.search(text) else spoken
