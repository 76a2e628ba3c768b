"""What makes contact safe is the person's, whichever team was told: it holds for all who know how to reach them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final

from app.domain.cautions import CONTACT, NONE, Cautions, joined
from app.domain.safe_contact import SAFE_CONTACT

MUST_NOT_HEAR: Final = f"{CONTACT}Must not hear of this: "
_PLAIN: Final = frozenset(CONTACT + words for words in SAFE_CONTACT.values())  # they name nobody


@dataclass(frozen=True, slots=True)
class Overall(Cautions):
    """What a referral's own requester told, with what holds because of the person's other referrals."""

    ring_first: tuple[str, ...] = ()  # whole sentences for the team: whom to ring before any contact, and why
    is_own_danger: bool = True  # whether the word against contact is this team's to tell, too

    def before_contact(self) -> tuple[str, ...]:
        """Return whom to ring first, the other team before whoever asked."""
        own = Cautions.before_contact(self) if self.is_own_danger else ()
        return (*self.ring_first, *own)


def rules_of(care: Cautions) -> Cautions:
    """Return what makes contact safe of all that was told, and nothing else of it."""
    about = tuple(words for words in care.notes if words.startswith(CONTACT))
    return Cautions(do_not_contact=care.do_not_contact, no_telephone=care.no_telephone, notes=about)


def plain_rules_of(care: Cautions) -> Cautions:
    """Return those that another team may read as they are: nobody is named in them."""
    about = tuple(words for words in care.notes if words in _PLAIN)
    return Cautions(no_telephone=care.no_telephone, notes=about)


def why_ring(care: Cautions) -> tuple[str, ...]:
    """Return why another team must ring before any contact: what it may know of the rules that it may not read."""
    about = [words for words in rules_of(care).notes if words not in _PLAIN]
    reasons = []
    if care.do_not_contact:
        reasons.append("contact may put the person in danger")
    if any(words.startswith(MUST_NOT_HEAR) for words in about):
        reasons.append("somebody in the home must not hear of it")
    if any(not words.startswith(MUST_NOT_HEAR) for words in about):
        reasons.append("they know what makes contact safe")
    return tuple(reasons)


def with_rules_of_others(
    own: Cautions, same_team: Iterable[Cautions], elsewhere: Iterable[tuple[str, Cautions]]
) -> Cautions:
    """Return what was told of one referral, with what the person's other referrals say about contact.

    `elsewhere`: which team to ring ("Invented team, 020 7946 0001"), and what that one was told. What cannot be told
    in words stops contact until that team was rung, as danger does.
    """
    told = list(elsewhere)
    ours = joined([own, *(rules_of(each) for each in same_team)])
    ring = tuple(
        dict.fromkeys(
            f"Ring {team} before any contact: {why}." for team, care in told for why in why_ring(care)
        )
    )
    merged = joined([ours, *(plain_rules_of(care) for _, care in told)])
    if not ring:
        return merged
    values = {each.name: getattr(merged, each.name) for each in fields(Cautions)}
    return Overall(**values | {"do_not_contact": True}, ring_first=ring, is_own_danger=ours.do_not_contact)


def is_silent(care: Cautions) -> bool:
    """Tell whether nothing that was told says anything about contact."""
    return rules_of(care) == NONE
