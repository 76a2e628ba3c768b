"""The one policy of the dataset: every field of an extract is classed here, and every threshold is set."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

POLICY_VERSION = "2026-12"

MINIMUM_PEOPLE = 10
"""Distinct people (not rows) that share every quasi-identifier of a released row: the ACRO and SACRO default,
stricter than the HES rule and than OpenSAFELY's (both release counts from 8)."""

MINIMUM_OUTCOMES = 3
"""Distinct outcomes among the rows of such a class, so that knowing the class does not tell the outcome."""

FURTHEST_OUTCOMES = 0.5
"""How far (t, 0 to 1) the outcomes of such a class may lie from those of the whole release."""

WEIGHTS: Mapping[str, float] = {
    **dict.fromkeys(("need", "age", "age_band", "deprivation", "ethnicity", "ethnic_group", "gender"), 6.0),
    **dict.fromkeys(("referred", "first_referred", "referrals"), 2.0),
    "area": 0.5,
    **dict.fromkeys(("practice", "source"), 0.25),
}
"""How much an analyst misses each released column's detail; 1 where none is said. All columns share one crowd: what
is told of the place cannot be told of the need. How they were chosen is told in the engine's README."""


def weight_of(column: str) -> float:
    """A released column's weight in the choice of labels."""
    return WEIGHTS.get(column, 1.0)


ANY = "*"
UNKNOWN = "unknown"


class Treatment(StrEnum):
    """What happens to a field on its way out."""

    PSEUDONYMISE = "pseudonymise"
    GENERALISE = "generalise"
    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True, kw_only=True)
class Field:
    """What one field of an extract may hold (exactly one of values, bounds, pattern) and its treatment."""

    treatment: Treatment
    values: tuple[str, ...] = ()
    bounds: tuple[int, int] | None = None
    pattern: str = ""
    nullable: bool = False

    def allows(self, value: object) -> bool:
        """Say whether a JSON value is of the right type and within what the policy allows."""
        if value is None:
            return self.nullable
        if self.bounds is not None:
            # A JSON true is a Python int as well: only a plain int is a number here.
            return type(value) is int and self.bounds[0] <= value <= self.bounds[1]
        if not isinstance(value, str):
            return False
        if self.pattern:
            return re.fullmatch(self.pattern, value, re.ASCII) is not None
        return value in self.values


UUID_PATTERN = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
GENDERS = ("female", "male", "other", "unknown")
PROVIDER_KINDS = ("commissioned", "grassroots", "statutory", "none")
OUTCOMES = ("better", "no-change", "worse", "did-not-engage", "not-known")
ENDS = ("completed", "ended-early", "withdrawn")
NOBODY_COULD_HELP = "no-suitable-service"
END_REASONS = (
    "completed",
    "did-not-engage",
    "could-not-contact",
    "person-declined",
    NOBODY_COULD_HELP,
    "withdrawn",
    "other",
)
DECLINE_REASONS = ("none", "no-capacity", "too-far", "not-suitable", "person", "other")

NEED_GROUPS: Mapping[str, tuple[str, ...]] = {
    "connection-and-activity": (
        "social-connection",
        "volunteering",
        "arts-and-nature",
        "digital",
        "physical-activity",
    ),
    "money-work-and-home": ("money-advice", "housing", "employment", "food"),
    "health-and-caring": ("mental-wellbeing", "bereavement", "caring", "long-term-condition"),
    "other": ("other",),
}
NEED_GROUP_OF: Mapping[str, str] = {need: group for group, needs in NEED_GROUPS.items() for need in needs}

# The groups are those of the NHS Data Dictionary (ETHNIC CATEGORY), which puts R, Chinese, under "other".
ETHNIC_GROUPS: Mapping[str, tuple[str, ...]] = {
    "white": ("A", "B", "C"),
    "mixed": ("D", "E", "F", "G"),
    "asian": ("H", "J", "K", "L"),
    "black": ("M", "N", "P"),
    "other": ("R", "S"),
    UNKNOWN: ("Z", "99"),
}
ETHNIC_GROUP_OF: Mapping[str, str] = {code: group for group, codes in ETHNIC_GROUPS.items() for code in codes}

SOURCES = ("practice", "hospital", "council", "faith", "vcs", "jobcentre", "self")
OLDEST = 90
"""Ages from here on are one value: past it an age alone can point at somebody."""
# Lowest age of each band. The wide bands begin where a narrow one does, so that the bands form a tree.
AGE_BANDS: tuple[tuple[int, str], ...] = (
    (0, "0 to 24"),
    (25, "25 to 44"),
    (45, "45 to 64"),
    (65, "65 to 79"),
    (80, "80 and over"),
)
WIDE_AGE_BANDS: tuple[tuple[int, str], ...] = ((0, "0 to 64"), (65, "65 and over"))
# Worded with "to": a spreadsheet would read 1-3 as a date.
WEEKS_BANDS: tuple[tuple[int, str], ...] = (
    (0, "0 to 2"),
    (3, "3 to 6"),
    (7, "7 to 12"),
    (13, "13 to 18"),
    (19, "19 and over"),
)
NOT_STARTED = "not-started"
CONTACT_BANDS: tuple[tuple[int, str], ...] = (
    (0, "none"),
    (1, "1 to 3"),
    (4, "4 to 6"),
    (7, "7 to 12"),
    (13, "13 and over"),
)
# How often something happened before help was found.
TIMES: tuple[tuple[int, str], ...] = ((0, "none"), (1, "one"), (2, "two or more"))
CHANGES = ("better", "same", "worse", "not-measured")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A score taken before and after. Only the direction of its change is ever released."""

    name: str
    meaning: str
    bounds: tuple[int, int]
    higher_is_better: bool = True


# The four ONS personal wellbeing questions are never summed into one score.
MEASURES: tuple[Measure, ...] = (
    Measure(name="life_satisfaction", meaning="ONS4 life satisfaction", bounds=(0, 10)),
    Measure(name="worthwhile", meaning="ONS4 feeling that things are worthwhile", bounds=(0, 10)),
    Measure(name="happy", meaning="ONS4 happiness yesterday", bounds=(0, 10)),
    Measure(name="anxious", meaning="ONS4 anxiety yesterday", bounds=(0, 10), higher_is_better=False),
    Measure(name="loneliness", meaning="UCLA-3 loneliness", bounds=(3, 9), higher_is_better=False),
    Measure(name="goal", meaning="progress towards the person's own goal", bounds=(0, 10)),
)

POLICY: Mapping[str, Field] = {
    "nhs_number": Field(treatment=Treatment.PSEUDONYMISE, pattern=r"\d{10}", nullable=True),
    "referral_key": Field(treatment=Treatment.PSEUDONYMISE, pattern=UUID_PATTERN),
    "age_years": Field(treatment=Treatment.GENERALISE, bounds=(0, 120), nullable=True),
    "gender": Field(treatment=Treatment.GENERALISE, values=GENDERS),
    "ethnicity": Field(treatment=Treatment.GENERALISE, values=tuple(ETHNIC_GROUP_OF), nullable=True),
    "outward_code": Field(treatment=Treatment.GENERALISE, pattern=r"[A-Z]{1,2}[0-9][0-9A-Z]?", nullable=True),
    "referred_month": Field(treatment=Treatment.GENERALISE, pattern=r"20\d\d-(0[1-9]|1[0-2])"),
    "weeks_to_start": Field(treatment=Treatment.GENERALISE, bounds=(0, 520), nullable=True),
    "need": Field(treatment=Treatment.GENERALISE, values=tuple(NEED_GROUP_OF)),
    "practice": Field(treatment=Treatment.GENERALISE, pattern=r"[A-Z][0-9]{5}", nullable=True),
    "network": Field(treatment=Treatment.GENERALISE, pattern=r"[A-Z][0-9]{5}", nullable=True),
    # Dropped: beside an outward code it would narrow what that leaves open. Open look-ups of areas may bring it back.
    "small_area": Field(treatment=Treatment.DROP, pattern=r"[EWNS][0-9]{8}", nullable=True),
    "deprivation_decile": Field(treatment=Treatment.GENERALISE, bounds=(1, 10), nullable=True),
    "source": Field(treatment=Treatment.GENERALISE, values=SOURCES),
    "provider_kind": Field(treatment=Treatment.KEEP, values=PROVIDER_KINDS),
    "outcome": Field(treatment=Treatment.KEEP, values=OUTCOMES),
    "end": Field(treatment=Treatment.KEEP, values=ENDS),
    "end_reason": Field(treatment=Treatment.KEEP, values=END_REASONS),
    "declines": Field(treatment=Treatment.GENERALISE, bounds=(0, 100)),
    "unanswered": Field(treatment=Treatment.GENERALISE, bounds=(0, 100)),
    "decline_reason": Field(treatment=Treatment.KEEP, values=DECLINE_REASONS),
    "contacts": Field(treatment=Treatment.GENERALISE, bounds=(0, 1000)),
    **{
        f"{measure.name}_{moment}": Field(
            treatment=Treatment.GENERALISE, bounds=measure.bounds, nullable=True
        )
        for measure in MEASURES
        for moment in ("before", "after")
    },
}
"""Every field of an outcome record in an extract. A record with more or fewer fields is refused."""

NAME_PRINTS = "name_prints"
BESIDE: Mapping[str, Field] = {
    NAME_PRINTS: Field(treatment=Treatment.DROP, pattern=r"([0-9a-f]{3}( [0-9a-f]{3}){0,39})?"),
}
"""What a record holds beside them where the header has a key of prints: read for the tripwire, and kept nowhere."""
