"""Two entries that may be one service: what they have in common, and never a decision."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

NEARLY: Final = 0.6  # names that are as alike as this are nearly the same
_ALMOST: Final = 0.8  # within one organisation, where "walk 1" and "walk 2" are two
ALIKE: Final = 0.3  # names that are as alike as this count beside another sign
_LARGEST_BLOCK: Final = 40  # entries that share a sign: a switchboard's number tells nothing
_WORD: Final = re.compile(r"[a-z0-9]+")
_EVERYWHERE: Final = frozenset(
    {"the", "and", "of", "for", "group", "club", "service", "services", "project", "community"}
)


class Sign(StrEnum):
    """What two entries have in common."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    WEBSITE = "website"
    POSTCODE = "postcode"
    CHARITY = "charity"


SIGN_WORDS: dict[Sign, str] = {
    Sign.NAME: "Nearly the same name",
    Sign.PHONE: "The same telephone number",
    Sign.EMAIL: "The same e-mail address",
    Sign.WEBSITE: "The same website",
    Sign.POSTCODE: "The same postcode",
    Sign.CHARITY: "The same charity number",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the directory as far as its likeness is looked at."""

    id: UUID
    name: str
    provider_id: UUID
    provider_name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    website: str | None = None
    postcodes: tuple[str, ...] = ()
    charity_number: str | None = None
    source: str = ""

    @property
    def signs(self) -> dict[Sign, frozenset[str]]:
        """What can be the same word for word, in one spelling."""
        digits = (re.sub(r"\D", "", each).removeprefix("44").lstrip("0") for each in self.phones)
        return {
            Sign.PHONE: frozenset(each for each in digits if len(each) >= 7),
            Sign.EMAIL: frozenset(each.strip().lower() for each in self.emails if each.strip()),
            Sign.WEBSITE: _page(self.website),
            Sign.POSTCODE: frozenset(
                "".join(each.upper().split()) for each in self.postcodes if each.strip()
            ),
            Sign.CHARITY: frozenset({self.charity_number.strip().upper()} if self.charity_number else ()),
        }


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two entries for a person to look at, side by side."""

    one: Entry
    other: Entry
    signs: tuple[Sign, ...]
    alike: float  # of the names, 0 to 1


def propose(entries: Sequence[Entry], decided: Collection[frozenset[UUID]] = ()) -> list[Proposal]:
    """Return the pairs that may be one entry, those with most in common first; none that was decided before."""
    by_id = {each.id: each for each in entries}
    signs = {each.id: each.signs for each in entries}
    found = []
    for pair in _candidates(entries, signs):
        if pair in decided:
            continue
        one, other = sorted((by_id[each] for each in pair), key=lambda each: (each.name, each.id))
        proposal = _compare(one, other, signs)
        if proposal is not None:
            found.append(proposal)
    return sorted(
        found, key=lambda each: (-len(each.signs), -each.alike, each.one.name, each.one.id, each.other.id)
    )


def alike(one: str, other: str) -> float:
    """Return how alike two names are, 0 to 1: the share of their groups of three letters that both have."""
    mine, theirs = _threes(one), _threes(other)
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0


def _compare(
    one: Entry, other: Entry, signs: Mapping[UUID, Mapping[Sign, frozenset[str]]]
) -> Proposal | None:
    names = alike(one.name, other.name)
    within = one.provider_id == other.provider_id
    if not within:  # a group's one service is often listed under the group's own name
        names = max(names, alike(one.name, other.provider_name), alike(one.provider_name, other.name))
    shared = tuple(
        sign for sign in Sign if sign is not Sign.NAME and signs[one.id][sign] & signs[other.id][sign]
    )
    nearly = names >= NEARLY
    if within:  # services of one organisation share its number and address: the name alone tells them apart
        nearly = likely = names >= _ALMOST
    else:
        likely = (nearly and bool(shared)) or alike(one.name, other.name) >= NEARLY
        likely = likely or (names >= ALIKE and bool(shared)) or len(shared) > 1
    if not likely:
        return None
    return Proposal(one, other, ((Sign.NAME, *shared) if nearly else shared), names)


def _candidates(
    entries: Iterable[Entry], signs: Mapping[UUID, Mapping[Sign, frozenset[str]]]
) -> set[frozenset[UUID]]:
    """Pairs that share a sign or a beginning of a word; what very many share tells nothing."""
    blocks: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    for each in entries:
        keys = {(sign.value, value) for sign, values in signs[each.id].items() for value in values}
        keys |= {("word", word[:4]) for word in _words(f"{each.name} {each.provider_name}") if len(word) > 3}
        for key in keys:
            blocks[key].append(each.id)
    return {
        frozenset(pair)
        for block in blocks.values()
        if len(block) <= _LARGEST_BLOCK
        for pair in combinations(block, 2)
    }


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower())) - _EVERYWHERE


def _threes(text: str) -> set[str]:
    words = (f"  {word} " for word in _WORD.findall(text.lower().replace("&", " and ")))
    return {word[start : start + 3] for word in words for start in range(len(word) - 2)}


def _page(website: str | None) -> frozenset[str]:
    if not website or not website.strip():
        return frozenset()
    parts = urlsplit(website.strip() if "//" in website else f"//{website.strip()}")
    host = parts.netloc.lower().removeprefix("www.")
    return frozenset({f"{host}{parts.path.rstrip('/')}"} if host else ())
