"""Describes every column that is ever released: pipeline, checker, dictionary and data package all read it here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from anonymiser.policy import (
    ANY,
    CHANGES,
    CONTACT_BANDS,
    DECLINE_REASONS,
    END_REASONS,
    ENDS,
    MEASURES,
    MINIMUM_OUTCOMES,
    NOT_STARTED,
    OUTCOMES,
    PROVIDER_KINDS,
    TIMES,
    WEEKS_BANDS,
)

ROW_ID_PATTERN = r"(rf1\.20\d\d[a-z]\.[A-Z2-7]{26}|synthetic\.\d{7})"
NOT_A_CAUSE = "People who got better might have done so anyway. " + (
    "A difference between groups does not show what a service caused."
)
HIDDEN = f'"{ANY}" means hidden, which is not the same as unknown, and rarer people are hidden more often.'
NO_GAPS = "Never empty."
WITHHELD = "withheld"
"""In a column that tells what came of it: in this class too few different values stand to tell any of them."""
_WHERE = (
    f'"{WITHHELD}" in all rows of a class (alike in what might be known) of fewer than {{}} different values.'
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A released column: what it means, where it comes from and what it may hold; its `gaps` stand for no number.

    It holds any label of the hierarchy `tree`, or one of `values`, or the whole `pattern`. Where a class of rows has
    not the `fewest` different values, all of them are WITHHELD.
    """

    name: str
    meaning: str
    source: tuple[str, ...]
    tree: str = ""
    values: tuple[str, ...] = ()
    pattern: str = ""
    missing: str = NO_GAPS
    type: str = "string"
    gaps: tuple[str, ...] = ("",)
    fewest: int = 0

    def allows(self, text: str, labels: frozenset[str]) -> bool:
        """Say whether a cell may stand in this column; `labels` are those of its published hierarchy."""
        return (
            text in labels
            or text in self.values
            or bool(self.pattern and re.fullmatch(self.pattern, text, re.ASCII))
        )


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One table of rows about people: the columns an intruder may know, what must not be learnt, and the rest.

    `growing` columns are those where time brings new values. `knowledge` are the intruders that the check plays.
    """

    name: str
    title: str
    about: str
    quasi: tuple[Column, ...]
    sensitive: Column
    kept: tuple[Column, ...]
    growing: tuple[str, ...]
    knowledge: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[Column, ...]:
        """All of them, in the order in which they come out."""
        return (ROW_ID, *self.quasi, self.sensitive, *self.kept)

    @property
    def quasi_names(self) -> tuple[str, ...]:
        """The names of what an intruder may know."""
        return tuple(column.name for column in self.quasi)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(column.name for column in self.columns)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The columns that tell an outcome of a referral, as both tables of rows do; the one that varies first."""
        every = (self.sensitive, *self.kept)
        return tuple(column.name for column in every if column.source == ("outcome",))

    @property
    def fewest(self) -> Mapping[str, int]:
        """How many different values a class has at the least, by the columns of which that is asked."""
        return {column.name: column.fewest for column in self.kept if column.fewest}

    @property
    def path(self) -> str:
        """Where the CSV lies in a release; the Parquet file lies beside it."""
        return f"data/{self.name}.csv"


def _hideable(name: str, meaning: str, source: tuple[str, ...], tree: str) -> Column:
    return Column(name=name, meaning=meaning, source=source, tree=tree, missing=HIDDEN)


def _withheld(
    name: str, meaning: str, *, source: str, values: tuple[str, ...], fewest: int = MINIMUM_OUTCOMES
) -> Column:
    """A column that tells what came of a referral and is not what the classes are made for."""
    return Column(
        name=name,
        meaning=meaning,
        source=(source,),
        values=(*values, WITHHELD),
        missing=_WHERE.format(fewest),
        fewest=fewest,
    )


def _names(bands: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    return tuple(name for _, name in bands)


ROW_ID = Column(
    name="row_id",
    meaning="A name for this row in this release only; it is not a person and joins to nothing else.",
    source=("referral_key",),
    pattern=ROW_ID_PATTERN,
)
AGE = "Age in years at the referral, or a band of ages; 90 and over are one value."
ETHNICITY = "NHS ethnic category, or its group; 99 and Z (not known, not stated) are the group unknown."
GENDER = "Gender as recorded."
NEED = "The main need, or the group of needs it belongs to."
OUTCOME = "What came of the referral for the person. " + NOT_A_CAUSE

REFERRALS = Dataset(
    name="outcomes",
    title="Referrals that have come to their end",
    about="One row for each referral; nothing joins the rows of one person.",
    quasi=(
        _hideable(
            "referred", "When the referral came: a month, quarter or year.", ("referred_month",), "month"
        ),
        _hideable(
            "area",
            "Where the person lives: outward part of the postcode, or its leading letters.",
            ("outward_code",),
            "area",
        ),
        _hideable(
            "deprivation",
            "Index of Multiple Deprivation of the person's small area: tenth or fifth of all areas, 1 most deprived.",
            ("deprivation_decile",),
            "deprivation",
        ),
        _hideable(
            "practice",
            "The general practice that asked (ODS code), or its primary care network.",
            ("practice", "network"),
            "practice",
        ),
        _hideable("source", "The kind of organisation that asked.", ("source",), "source"),
        _hideable("age", AGE, ("age_years",), "age"),
        _hideable("ethnicity", ETHNICITY, ("ethnicity",), "ethnicity"),
        _hideable("gender", GENDER, ("gender",), "gender"),
        _hideable("need", NEED, ("need",), "need"),
    ),
    sensitive=Column(name="outcome", meaning=OUTCOME, source=("outcome",), values=OUTCOMES),
    kept=(
        Column(
            name="weeks_to_start",
            meaning="Whole weeks from referral to the first attendance, in bands.",
            source=("weeks_to_start",),
            values=(*_names(WEEKS_BANDS), NOT_STARTED),
            missing=f'"{NOT_STARTED}" where nobody was attended.',
        ),
        Column(
            name="provider_kind",
            meaning="The kind of organisation that helped.",
            source=("provider_kind",),
            values=PROVIDER_KINDS,
            missing='"none" where nobody helped.',
        ),
        _withheld(
            "end",
            "How the referral ended; withdrawn is taken back by whoever asked, its outcome is not known.",
            source="end",
            values=ENDS,
            fewest=2,
        ),
        _withheld(
            "end_reason",
            "Why it ended, in coarse words. no-suitable-service: nobody could help, a need that was not met; "
            "other: also that the person died, moved or needed other care.",
            source="end_reason",
            values=END_REASONS,
        ),
        Column(
            name="declines",
            meaning="How many offers of the person to a provider were declined before help was found or the referral "
            "ended.",
            source=("declines",),
            values=_names(TIMES),
        ),
        Column(
            name="unanswered",
            meaning="How many offers ran out because the provider did not answer in time; not counted among declines.",
            source=("unanswered",),
            values=_names(TIMES),
        ),
        Column(
            name="decline_reason",
            meaning="Why the last provider that said no did so. person: the person chose otherwise or was not reached.",
            source=("decline_reason",),
            values=DECLINE_REASONS,
            missing='"none" where nobody said no.',
        ),
        Column(
            name="contacts",
            meaning="Contacts between the person and the service, in bands.",
            source=("contacts",),
            values=_names(CONTACT_BANDS),
        ),
        *(
            Column(
                name=f"{measure.name}_change",
                meaning=f"Change in {measure.meaning}; better means better for the person. {NOT_A_CAUSE}",
                source=(f"{measure.name}_before", f"{measure.name}_after"),
                values=CHANGES,
                missing='"not-measured" unless it was asked both before and after.',
            )
            for measure in MEASURES
        ),
    ),
    growing=("referred",),
    knowledge={
        "A neighbour": ("age", "gender", "area", "practice", "referred"),
        "A colleague at the practice": ("age", "gender", "ethnicity", "practice", "need", "referred"),
        "Somebody who knows it all": (
            "referred",
            "area",
            "deprivation",
            "practice",
            "source",
            "age",
            "ethnicity",
            "gender",
            "need",
        ),
    },
)

JOURNEYS = Dataset(
    name="journeys",
    title="People and their referrals over time",
    about="One row for each person, told once, when three months have passed without a further referral. It shares "
    "no key with the other table.",
    quasi=(
        _hideable("first_referred", "Quarter or year of the first referral.", ("referred_month",), "quarter"),
        _hideable("age_band", "Age at the first referral.", ("age_years",), "age_band"),
        _hideable("ethnic_group", "Group of the NHS ethnic category.", ("ethnicity",), "ethnic_group"),
        _hideable("gender", GENDER, ("gender",), "gender"),
        _hideable("need", "The main need of the first referral, or its group.", ("need",), "need"),
        _hideable(
            "referrals", "How many referrals of the person have ended.", ("referral_key",), "referrals"
        ),
    ),
    sensitive=Column(
        name="last_outcome",
        meaning="What came of the last referral. " + NOT_A_CAUSE,
        source=("outcome",),
        values=OUTCOMES,
    ),
    kept=(
        _withheld(
            "first_outcome",
            "What came of the first referral. " + NOT_A_CAUSE,
            source="outcome",
            values=OUTCOMES,
        ),
    ),
    growing=("first_referred",),
    knowledge={
        "A neighbour": ("age_band", "gender", "first_referred"),
        "Somebody who knows it all": (
            *("first_referred", "age_band", "ethnic_group", "gender", "need", "referrals"),
        ),
    },
)
DATASETS = (REFERRALS, JOURNEYS)
