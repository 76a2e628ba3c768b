"""How offers spread over services of every size and kind: counts of being asked, and nothing of how anybody fared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.domain.directory_words import LED_BY_WORDS, LEGAL_FORM_WORDS, SIZE_WORDS

FEWEST = 10  # under this no share is told
FEW = 0.2  # of the services that could help: so few with half of all offers are the usual suspects
NOT_TOLD = "Not told"
PAID_WORDS: dict[str, str] = {
    "commissioned": "Commissioned",
    "grassroots": "Grant or unfunded: grassroots",
    "statutory": "Statutory",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A service that runs, what it is, and how often it was asked in a period; `could_help` with what was asked for."""

    service_id: UUID
    name: str
    provider_name: str
    needs: tuple[str, ...]
    size: str | None
    legal_form: str | None
    paid: str | None
    led_by: tuple[str, ...]
    could_help: bool
    offers: int = 0
    accepted: int = 0
    begun: int = 0
    last_asked: date | None = None  # ever
    known_since: date | None = None  # its organisation, to the directory


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole with its numbers; `percent` None where the whole is too small to say."""

    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        """The share in whole per cent."""
        return None if self.whole < FEWEST else round(100 * self.part / self.whole)


@dataclass(frozen=True, slots=True)
class Group:
    """Services of one size or kind: their share of those that could help beside their share of what was asked."""

    words: str
    services: Share
    offers: Share
    accepted: int
    begun: int


@dataclass(frozen=True, slots=True)
class Suspect:
    """One of the few that got half of all offers, and how many that help with the same were never asked."""

    service: Asked
    offers: Share
    unasked: int


@dataclass(frozen=True, slots=True)
class Fairness:
    """How a period's offers spread; `unasked` are the services that could help and were not asked, by name."""

    offers: int
    services: int
    by_size: Sequence[Group]
    by_form: Sequence[Group]
    by_paid: Sequence[Group]
    by_led: Sequence[Group]
    suspects: Sequence[Suspect]
    unasked: Sequence[Asked]


def fairness(services: Sequence[Asked]) -> Fairness:
    """Return how offers spread over those services that could have helped with what people were referred for."""
    able = [each for each in services if each.could_help or each.offers]
    return Fairness(
        offers=sum(each.offers for each in able),
        services=len(able),
        by_size=_groups(able, {each.service_id: (each.size,) for each in able}, SIZE_WORDS),
        by_form=_groups(able, {each.service_id: (each.legal_form,) for each in able}, LEGAL_FORM_WORDS),
        by_paid=_groups(able, {each.service_id: (each.paid,) for each in able}, PAID_WORDS),
        by_led=_groups(able, {each.service_id: each.led_by or (None,) for each in able}, LED_BY_WORDS),
        suspects=usual_suspects(able),
        unasked=sorted(
            (each for each in able if not each.offers), key=lambda each: (each.name, each.service_id)
        ),
    )


def _groups(
    services: Collection[Asked], kinds: Mapping[UUID, Iterable[str | None]], words: Mapping[Any, str]
) -> list[Group]:
    """One line a kind in the order of its list; a service that is of several kinds counts in each."""
    offers = sum(each.offers for each in services)
    found = []
    for kind in (*words, None):
        members = [each for each in services if kind in kinds[each.service_id]]
        if members:
            found.append(
                Group(
                    words[kind][0].upper() + words[kind][1:] if kind else NOT_TOLD,
                    Share(len(members), len(services)),
                    Share(sum(each.offers for each in members), offers),
                    sum(each.accepted for each in members),
                    sum(each.begun for each in members),
                )
            )
    return found


def usual_suspects(services: Sequence[Asked]) -> list[Suspect]:
    """Return the fewest services that got half of all offers, when they are few and others like them were never asked.

    Nobody is one below FEWEST offers. The order is by the number of offers, then by name.
    """
    offers = sum(each.offers for each in services)
    if offers < FEWEST:
        return []
    most_first = sorted(services, key=lambda each: (-each.offers, each.name, each.service_id))
    few, got = [], 0
    for each in most_first:
        if got * 2 >= offers:
            break
        few.append(each)
        got += each.offers
    if len(few) > max(1, round(FEW * len(services))):
        return []
    found = [Suspect(each, Share(each.offers, offers), _unasked_beside(each, services)) for each in few]
    return [each for each in found if each.unasked]


def _unasked_beside(one: Asked, services: Iterable[Asked]) -> int:
    return sum(1 for each in services if not each.offers and not set(each.needs).isdisjoint(one.needs))
