"""Invented, seeded outcome records shaped like an extract; nothing in them comes from a real person."""

import json
import random
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from anonymiser.policy import (
    DECLINE_REASONS,
    END_REASONS,
    ENDS,
    MEASURES,
    NEED_GROUP_OF,
    POLICY_VERSION,
    SOURCES,
)

Fields = dict[str, Any]
SealTo = Callable[[Path, Sequence[bytes]], Path]

EXTRACT_ID = "5f0c1d7e-6a0b-4c55-9d0e-0a4be2c0a001"
MONTHS = [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)][5:22]
AREAS = ["E8", "E5", "E9", "N16", "N1", "E2", "EC2A", None]
AREA_WEIGHTS = [28, 22, 18, 16, 7, 4, 1, 4]
PRACTICES: list[tuple[str | None, str | None]] = [
    *((f"F8400{number}", f"U1000{number // 3}") for number in range(9)),
    ("Y00001", None),
    (None, None),
]
PRACTICE_WEIGHTS = [20, 18, 15, 12, 10, 8, 6, 4, 3, 2, 2]
ETHNICITIES = ["A", "B", "C", "D", "G", "H", "K", "L", "M", "N", "P", "R", "S", "Z", None]
ETHNICITY_WEIGHTS = [36, 1, 16, 3, 2, 3, 3, 3, 8, 11, 3, 1, 5, 3, 2]


def nhs_numbers() -> Iterable[str]:
    """Valid numbers of the range kept for tests (they begin with 999), in counting order."""
    for number in range(999_000_000, 1_000_000_000):
        total = sum(int(digit) * weight for digit, weight in zip(str(number), range(10, 1, -1), strict=True))
        check = (11 - total % 11) % 11
        if check < 10:
            yield f"{number}{check}"


def outcome_records(count: int, seed: int = 2026) -> list[Fields]:
    """`count` referrals of fewer people: about one person in six comes twice or more."""
    chance = random.Random(seed)
    people = [_person(chance, number) for number in islice(nhs_numbers(), max(1, count * 5 // 6))]
    return [_referral(chance, people[i] if i < len(people) else chance.choice(people)) for i in range(count)]


def _person(chance: random.Random, nhs_number: str) -> Fields:
    return {
        "nhs_number": nhs_number,
        "age_years": min(101, max(16, round(chance.gauss(57, 19)))),
        "gender": chance.choices(["female", "male", "other", "unknown"], [61, 37, 1, 1])[0],
        "ethnicity": chance.choices(ETHNICITIES, ETHNICITY_WEIGHTS)[0],
        "outward_code": chance.choices(AREAS, AREA_WEIGHTS)[0],
        "small_area": chance.choice(["E01001700", "E01001701", None]),
        "deprivation_decile": chance.choice([1, 1, 2, 2, 2, 3, 3, 4, 5, 7, None]),
        **dict(zip(("practice", "network"), chance.choices(PRACTICES, PRACTICE_WEIGHTS)[0], strict=True)),
    }


def _referral(chance: random.Random, person: Fields) -> Fields:
    scores: Fields = {}
    for measure in MEASURES:
        low, high = measure.bounds
        before, after = chance.randint(low, high), chance.randint(low, high)
        measured = chance.random() < 0.7
        scores[f"{measure.name}_before"] = before
        scores[f"{measure.name}_after"] = after if measured else None
    outcomes = ["better", "no-change", "worse", "did-not-engage", "not-known"]
    return {
        "record": "outcome",
        **person,
        "referral_key": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "referred_month": chance.choice(MONTHS),
        "weeks_to_start": chance.choice([None, 0, 1, 2, 3, 5, 8, 12, 16, 26]),
        "need": chance.choices(list(NEED_GROUP_OF), range(len(NEED_GROUP_OF), 0, -1))[0],
        "source": chance.choices(SOURCES, [88, 4, 3, 1, 2, 1, 1])[0],
        "provider_kind": chance.choice(["commissioned", "grassroots", "statutory", "none"]),
        "outcome": chance.choices(outcomes, [48, 20, 6, 16, 10])[0],
        **_ending(chance),
        "declines": chance.choice([0, 0, 0, 0, 1, 2]),
        "unanswered": chance.choice([0, 0, 0, 0, 0, 1]),
        "decline_reason": chance.choice(DECLINE_REASONS),
        "contacts": chance.randint(0, 15),
        **scores,
    }


def _ending(chance: random.Random) -> Fields:
    reason = chance.choices(END_REASONS, [60, 10, 8, 6, 4, 4, 8])[0]
    end = reason if reason in ENDS else "ended-early"
    return {"end": end, "end_reason": reason}


def header(rows: int, **changes: Any) -> Fields:
    """A right header for `rows` rows, with what a test wants changed; a higher id reaches further."""
    counts = {"rows": rows, "opted_out": 4, "excluded": {"no-consent": 3}}
    return {
        "record": "header",
        "policy": POLICY_VERSION,
        "extract_id": EXTRACT_ID,
        "created_on": "2026-11-22",
        "watermark": _watermark(**changes),
        "counts": counts,
        **changes,
    }


def _watermark(extract_id: str = EXTRACT_ID, created_on: str = "2026-11-22", **_others: Any) -> str:
    """Up to when an extract reaches: the evening before it was made, and a second more for each higher id."""
    try:
        evening = datetime.combine(date.fromisoformat(created_on), time(23), UTC) - timedelta(days=1)
        return (evening + timedelta(seconds=int(extract_id[-3:], 16))).isoformat()
    except ValueError:
        return "2026-11-21T23:00:01+00:00"


def lines(records: Sequence[Fields], **changes: Any) -> list[bytes]:
    """The lines of an extract."""
    return [json.dumps(fields).encode() for fields in (header(len(records), **changes), *records)]
