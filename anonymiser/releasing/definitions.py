"""Says of each published table what is counted, of whom, and what it does not show: the one list of tables there is."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from anonymiser.policy import (
    AGE_BANDS,
    DECLINE_REASONS,
    END_REASONS,
    ETHNIC_GROUPS,
    GENDERS,
    NEED_GROUP_OF,
    NEED_GROUPS,
    NOBODY_COULD_HELP,
    NOT_STARTED,
    OUTCOMES,
    PROVIDER_KINDS,
    SOURCES,
    TIMES,
    UNKNOWN,
    WEEKS_BANDS,
)
from anonymiser.releasing.columns import NOT_A_CAUSE
from anonymiser.releasing.counted import PERTURBED, PRIVATE, CountedFile, tables_by
from anonymiser.tables.rules import DEFAULT

EVERYBODY = "all"
ATTENDED, NOT_ATTENDED = "attended", "not attended"
NO_PROVIDER, UNMET = "no-provider", "none"
MONTH = "month"
NOT_COMPLETE = "(not complete)"
"""The month in which the extract was made: counted, so that the ledger knows of it, and never printed. Sorts first."""
OF_WHOM = (
    "Different people with at least one referral that has come to its end; a person with several is counted once in "
    "each cell and may be in several cells. Whoever opted out, withdrew consent or is restricted is not among them."
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is told across a table: in words, from which fields of the extract, with which answers."""

    name: str
    counted: str
    source: tuple[str, ...]
    answers: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One published table of a `file`, as the dictionary tells it; `gaps` are its rules for what is missing."""

    file: str
    table: str
    by: str
    measure: str
    counted: str
    of_whom: str
    told_apart_by: str
    answers: tuple[str, ...]
    source: tuple[str, ...]
    note: str
    gaps: str
    caveat: str

    def as_json(self) -> dict[str, Any]:
        """Every part under its name."""
        return asdict(self)


def _words(bands: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    return tuple(words for _, words in bands)


_MEASURES = (
    Told(
        name="outcome",
        counted="People by what came of their referral.",
        source=("outcome",),
        answers=OUTCOMES,
        note="Not known is not the same as no change, and includes referrals that were withdrawn.",
    ),
    Told(
        name="end_reason",
        counted="People by why their referral ended.",
        source=("end_reason",),
        answers=END_REASONS,
        note="Nobody is lost from the count: also those who did not engage or could not be reached are in it.",
    ),
    Told(
        name="uptake",
        counted="People by whether they ever attended what they were referred to.",
        source=("weeks_to_start",),
        answers=(ATTENDED, NOT_ATTENDED),
    ),
    Told(
        name="weeks_to_start",
        counted="People by the weeks from the referral to the first attendance: the wait.",
        source=("weeks_to_start",),
        answers=(*_words(WEEKS_BANDS), NOT_STARTED),
        note="Only waits that came to an end are told in weeks; who gave up waiting is not-started.",
    ),
    Told(
        name="declines",
        counted="People by how many providers said no before help was found or the referral ended.",
        source=("declines",),
        answers=_words(TIMES),
    ),
    Told(
        name="decline_reason",
        counted="People by why the last provider that said no did so; none where nobody did.",
        source=("decline_reason",),
        answers=DECLINE_REASONS,
    ),
    Told(
        name="unanswered",
        counted="People by how many offers ran out without an answer from the provider.",
        source=("unanswered",),
        answers=_words(TIMES),
        note="An offer that ran out is not a decline and is not among the declines.",
    ),
    Told(
        name="help",
        counted="People by the kind of provider that helped; none is a need that was not met.",
        source=("provider_kind", "end_reason"),
        answers=(*(kind for kind in PROVIDER_KINDS if kind != "none"), NO_PROVIDER, UNMET),
        note=f"none: the referral ended because nobody could help ({NOBODY_COULD_HELP}). {NO_PROVIDER}: no provider's "
        "help began for another reason, such as that the person could not be reached or did not want it.",
    ),
)
_ALL = Told(
    name="people",
    counted="People with a referral: the whole, of which a share can be told.",
    source=("nhs_number",),
    answers=(EVERYBODY,),
)
_NEED_GROUP = Told(
    name="need_group", counted="People by their group of needs.", source=("need",), answers=tuple(NEED_GROUPS)
)
_CROSSED = (
    Told(name="gender", counted="People by gender.", source=("gender",), answers=GENDERS),
    Told(
        name="age_band",
        counted="People by age, in bands.",
        source=("age_years",),
        answers=(*_words(AGE_BANDS), UNKNOWN),
    ),
    Told(
        name="ethnic_group",
        counted="People by group of the NHS ethnic category.",
        source=("ethnicity",),
        answers=tuple(ETHNIC_GROUPS),
    ),
    Told(
        name="deprivation",
        counted="People by tenth of all small areas of England by deprivation; 1 most deprived.",
        source=("deprivation_decile",),
        answers=(*map(str, range(1, 11)), UNKNOWN),
    ),
)
MEASURES: Mapping[str, Told] = {each.name: each for each in (*_MEASURES, _ALL, _NEED_GROUP, *_CROSSED)}

BY: Mapping[str, str] = {
    "need": "The main need of the referral.",
    "area": "Outward part of the postcode of the person's home; an area with small numbers only is not named.",
    "deprivation": "Tenth of all small areas of England by deprivation (IMD) where the person lives; 1 most deprived.",
    "ethnic_group": "Group of the NHS ethnic category; unknown is not known or not stated.",
    "gender": "Gender as recorded.",
    "age_band": "Age at the referral, in bands.",
    "source": "The kind of organisation that asked.",
    "practice": "The general practice that asked (ODS code); one with small numbers only is not named.",
}
_BY_GROUP = "The group of needs that the main need of the referral belongs to."
_BY_MONTH = (
    "The calendar month in which the referral came. The month in which the data were taken is left out, because it is "
    "not over; of the months before it some referrals have not ended yet, so the last few still grow."
)
BY_FEW = ("need", "area")
DETAILS = ("decline_reason", "unanswered")
"""Measures that are told apart by little more than what a planner acts on: they are about few people."""
BY_PEOPLE = ("need", "source", "deprivation", "ethnic_group", "gender", "age_band", "area", "practice")
"""Whose whole number is told, so that a group's part of what came can stand beside its part of everybody."""
MONTHLY = ("people", "need_group", "outcome", "uptake", "weeks_to_start", "declines", "help")
"""Measures that are counted by month, for charts over time."""
CROSSED = (
    *(("need", measure.name) for measure in _CROSSED),
    *(("deprivation", "ethnic_group"), ("age_band", "gender"), ("area", "need_group")),
)
"""What is told of two kinds of people at once, by cell keys: in no other table, so that nobody is told by two rules."""
OPEN = (("need_group", "outcome"), ("deprivation", "outcome"))
"""What is told under differential privacy: of few cells and words that are known beforehand, as the noise is large."""


def tables() -> Iterator[tuple[str, str]]:
    """Every published table: the column that its rows are told apart by, and its measure."""
    # The whole numbers first: where two give a few people away between them, the one that is told first stays.
    for by in BY_PEOPLE:
        yield by, _ALL.name
    for measure in _MEASURES:
        for by in BY_FEW if measure.name in DETAILS else BY:
            yield by, measure.name
    for name in MONTHLY:
        yield MONTH, name


def published_values(by: str) -> tuple[str, ...] | None:
    """The values that a column may have by its own list, whether anybody has them; None of a place or a month."""
    if by in MEASURES:
        return MEASURES[by].answers
    return {"need": tuple(NEED_GROUP_OF), "source": SOURCES}.get(by)


def title(by: str, measure: str) -> str:
    """The name of a table."""
    return f"{measure}-by-{by}"


def tables_of(file: CountedFile) -> Iterator[tuple[str, str]]:
    """The tables of a file: the column that its rows are told apart by, and its measure."""
    yield from {PERTURBED.name: CROSSED, PRIVATE.name: OPEN}.get(file.name) or tables()


def definitions(file: CountedFile | None = None) -> tuple[Definition, ...]:
    """Each table's definition, in the order in which they are counted; without a file, of that in every release."""
    told_in = file or tables_by(DEFAULT)
    return tuple(_defined(by, MEASURES[measure], told_in) for by, measure in tables_of(told_in))


def _defined(by: str, told: Told, file: CountedFile) -> Definition:
    return Definition(
        file=file.name,
        table=title(by, told.name),
        by=by,
        measure=told.name,
        counted=told.counted,
        of_whom=OF_WHOM,
        told_apart_by={**BY, MONTH: _BY_MONTH, _NEED_GROUP.name: _BY_GROUP}[by],
        answers=told.answers,
        source=told.source,
        note=told.note,
        gaps=f"{file.missing} {file.status}",
        caveat=NOT_A_CAUSE,
    )
