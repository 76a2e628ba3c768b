"""An invented, seeded history of closed referrals: nobody in it ever lived, and it is never sent anywhere."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from app.demo import place
from app.demo.borough_files import identity
from app.domain.identifiers import check_digit_is_right
from app.domain.referral import PersonDetails
from app.domain.vocabulary import OutcomeState
from app.store.history import PastEpisode, PastPerson

_FAMILY = (
    "Adeyemi",
    "Barker",
    "Cole",
    "Demir",
    "Evans",
    "Flynn",
    "Green",
    "Hussain",
    "Ito",
    "Jones",
    "Kaya",
    "Lowe",
)
_GIVEN = ("Ada", "Bilal", "Carys", "Dilek", "Esme", "Femi", "Grace", "Hamid", "Iris", "Jon", "Kemal", "Lena")
_ETHNICITIES = ("A", "A", "A", "A", "C", "D", "J", "M", "M", "N", "N", "R", "S", "Z", None)
_OUTCOMES = (
    (OutcomeState.BETTER, 52),
    (OutcomeState.NO_CHANGE, 20),
    (OutcomeState.WORSE, 7),
    (OutcomeState.DID_NOT_ENGAGE, 14),
    (OutcomeState.NOT_KNOWN, 7),
)
_SHIFT = {OutcomeState.BETTER: 2, OutcomeState.NO_CHANGE: 0, OutcomeState.WORSE: -2}


def nhs_numbers(seed: int) -> list[str]:
    """Return test NHS numbers of the range that is never issued, in a seeded order."""
    dice = random.Random(seed)
    found: list[str] = []
    while len(found) < 2000:
        stem = f"9990{dice.randrange(100_000):05}"
        found += [stem + digit for digit in "0123456789" if check_digit_is_right(stem + digit)]
    return list(dict.fromkeys(found))


def people(count: int, now: datetime, *, seed: int = 20261122) -> list[PastPerson]:
    """Return invented people with one to three closed referrals each, over the two years before `now`."""
    dice = random.Random(seed)
    numbers = nhs_numbers(seed)
    return [_person(dice, number, now) for number in numbers[:count]]


def _person(dice: random.Random, number: str, now: datetime) -> PastPerson:
    age = min(96, max(18, round(dice.gauss(62, 17))))
    area = dice.choices(place.AREAS, (4, 3, 2, 1))[0]
    details = PersonDetails(
        nhs_number=number,
        family=dice.choice(_FAMILY),
        given=(dice.choice(_GIVEN),),
        birth_date=(now - timedelta(days=age * 365.25 + dice.randrange(365))).date(),
        gender=dice.choices(("female", "male", "other"), (62, 37, 1))[0],
        postcode=f"{area} {dice.randrange(1, 9)}{dice.choice('ABDEFGH')}{dice.choice('JLNPQRS')}",
        language=dice.choices(("en", "tr", "bn"), (85, 10, 5))[0],
        ethnicity=dice.choice(_ETHNICITIES),
    )
    times = dice.choices((1, 2, 3), (85, 12, 3))[0]
    episodes = tuple(_episode(dice, now) for _ in range(times))
    return PastPerson(details, dice.random() < 0.03, episodes)


def _episode(dice: random.Random, now: datetime) -> PastEpisode:
    service, group = dice.choice(list(place.OFFERED_BY.items()))
    practice = dice.choice(place.PRACTICES[:3])
    outcome = dice.choices([state for state, _ in _OUTCOMES], [weight for _, weight in _OUTCOMES])[0]
    engaged = outcome in _SHIFT
    shift = _SHIFT.get(outcome, 0)
    before = dice.randrange(2, 6)
    return PastEpisode(
        requester_id=identity(practice.name),
        team_id=identity(place.TEAM),
        service_id=identity(service),
        provider_id=identity(group.name),
        need=dice.choice(next(told for told in group.services if told["name"] == service)["needs"]),
        received_at=now - timedelta(days=dice.randrange(120, 850)),
        waited=timedelta(days=dice.randrange(3, 60)),
        outcome=outcome,
        end_reason="did-not-engage" if outcome is OutcomeState.DID_NOT_ENGAGE else None,
        goal=(before, before + shift) if engaged else None,
        measures=_measures(dice, shift) if engaged and dice.random() < 0.8 else (),
    )


def _measures(dice: random.Random, shift: int) -> tuple[tuple[str, str, dict[str, int]], ...]:
    life, anxious, lonely = dice.randrange(2, 8), dice.randrange(3, 9), dice.choice((2, 3))
    ons4 = {"life-satisfaction": life, "worthwhile": life, "happy": life, "anxious": anxious}
    ons4_after = {
        "life-satisfaction": min(10, max(0, life + shift)),
        "worthwhile": min(10, max(0, life + shift)),
        "happy": min(10, max(0, life + shift)),
        "anxious": min(10, max(0, anxious - shift)),
    }
    ucla = dict.fromkeys(("companionship", "left-out", "isolated"), lonely)
    after = min(3, max(1, lonely - (shift > 0) + (shift < 0)))
    ucla_after = dict.fromkeys(("companionship", "left-out", "isolated"), after)
    return (
        ("ons4", "before", ons4),
        ("ons4", "after", ons4_after),
        ("ucla3", "before", ucla),
        ("ucla3", "after", ucla_after),
    )
