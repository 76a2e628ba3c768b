"""What ranking a whole country's worth of services for one person costs, beside the plainest loop of the same run."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import time as clock_time
from enum import StrEnum
from statistics import median
from uuid import UUID

from app.domain.areas import Point
from app.domain.directory import ServiceSession, Venue
from app.domain.directory_words import AssuranceTier, CareLevel, LedBy, ServiceKind, Weekday
from app.domain.routing import explain, rank
from app.domain.routing_values import Answers, Candidate, Wanted, Wishes
from app.domain.vocabulary import Access, Capacity, Need
from tests.unit.domain.candidates import HOME, PLAIN, TODAY, WANTED

_SERVICES = 10_000
_TIMES = 15


def _milliseconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(_TIMES):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


def _directory(*, all_suit: bool) -> list[Candidate]:
    chance, found = random.Random(20261122), []
    halls = [
        Venue(UUID(int=n), f"Hall {n}", point=Point(51.5 + n / 2000, -0.1 + n / 3000)) for n in range(200)
    ]
    for number in range(_SERVICES):
        service = replace(
            PLAIN,
            id=UUID(int=chance.getrandbits(128)),
            name=f"Service {number}",
            needs=("social-connection", "food") if all_suit else _some(chance, Need, 3),
            areas=("E8",) if all_suit else tuple(chance.sample(["E8", "E9", "N1", "N16", "E5"], 2)),
            capacity=Capacity.OPEN if all_suit else chance.choice(list(Capacity)),
            weekly_limit=5,
            languages=tuple(chance.sample(["en", "tr", "so", "bn"], 2)),
            access=_some(chance, Access, 2),
            kind=chance.choice(list(ServiceKind)),
            takes=CareLevel.TRAINED,
        )
        days = chance.sample(list(Weekday), 2)
        sessions = tuple(
            ServiceSession(service.id, day, clock_time(10), clock_time(12), chance.choice(halls))
            for day in days
        )
        led_by = _some(chance, LedBy, 1)
        answers = Answers(chance.randint(1, 40), chance.randint(0, 9))
        found.append(
            Candidate(service, led_by, AssuranceTier.BASIC, sessions, answers, chance.randint(0, 20))
        )
    return found


def _some(chance: random.Random, words: type[StrEnum], number: int) -> tuple[str, ...]:
    return tuple(str(word.value) for word in chance.sample(list(words), number))  # as the store gives them


def _asked() -> Wanted:
    """Somebody about whom everything is known and who wishes for everything."""
    wishes = Wishes(("tuesday",), ("activity",), ("older-people",), near=True)
    needs = ("social-connection", "food")
    wanted = replace(WANTED, needs=needs, language="tr", point=HOME, wishes=wishes)
    return replace(wanted, access=("step-free",), draw=UUID(int=7).bytes)


def _plainest(wanted: Wanted, directory: Sequence[Candidate]) -> list[Candidate]:
    """The least that any ranking does: keep what helps with a need, sort by how many."""
    helping = [c for c in directory if any(need in c.service.needs for need in wanted.needs)]
    return sorted(helping, key=lambda c: -sum(need in c.service.needs for need in wanted.needs))


def test_ranking_ten_thousand_services_for_one_person() -> None:
    wanted = _asked()
    for name, all_suit in (("a mixed directory", False), ("the worst case, all suit", True)):
        directory = _directory(all_suit=all_suit)
        plain = _milliseconds(lambda directory=directory: _plainest(wanted, directory))
        ours = _milliseconds(lambda directory=directory: rank(wanted, directory, TODAY))
        found = rank(wanted, directory, TODAY)
        shown = _milliseconds(
            lambda found=found: [explain(wanted, each.candidate, TODAY) for each in found.suitable[:50]]
        )
        print(
            f"\n10,000 services, {name}, median: the plainest loop {plain:.1f} ms, ranked by every rule "
            f"{ours:.1f} ms ({ours / plain:.1f}x), 50 explained {shown:.1f} ms; {len(found.suitable)} suit"
        )
        assert len(found.suitable) + len(found.ruled_out) == _SERVICES
