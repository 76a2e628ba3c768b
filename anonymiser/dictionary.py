"""Describes every column that is ever released: the checker reads it, and analysts get it beside the data."""

import csv
import io
import json
import re
from dataclasses import dataclass

from anonymiser.policy import (
    AGE_BANDS,
    ANY,
    CHANGES,
    CONTACT_BANDS,
    ENDS,
    ETHNIC_GROUPS,
    GENDERS,
    LADDER,
    MEASURES,
    NEED_GROUP_OF,
    NEED_GROUPS,
    NOT_STARTED,
    OUTCOMES,
    POLICY,
    POLICY_VERSION,
    PROVIDER_KINDS,
    UNKNOWN,
    WEEKS_BANDS,
    WIDE_AGE_BANDS,
    Treatment,
)

TEXT = "text"
INTEGER = "integer"
HIDDEN = f'"{ANY}" where hidden at this level of detail'


@dataclass(frozen=True, kw_only=True)
class Column:
    """A released column: what it means and everything it may hold (a listed value or the whole pattern)."""

    name: str
    meaning: str
    source: tuple[str, ...]
    treatment: Treatment
    values: tuple[str, ...] = ()
    pattern: str = ""
    type: str = TEXT

    def allows(self, text: str) -> bool:
        """Say whether a cell may stand in this column."""
        return text in self.values or bool(self.pattern and re.fullmatch(self.pattern, text, re.ASCII))

    def described(self) -> dict[str, object]:
        """The column as the data dictionary prints it."""
        return {
            "column": self.name,
            "meaning": self.meaning,
            "type": self.type,
            "allowed_values": list(self.values),
            "allowed_pattern": self.pattern,
            "source_field": list(self.source),
            "treatment": self.treatment.value,
        }


def _names(bands: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    return tuple(name for _, name in bands)


def _column(name: str, meaning: str, source: str, values: tuple[str, ...] = (), pattern: str = "") -> Column:
    return Column(
        name=name,
        meaning=meaning,
        source=(source,),
        treatment=POLICY[source].treatment,
        values=values,
        pattern=pattern,
    )


COLUMNS: tuple[Column, ...] = (
    _column(
        "row_id",
        "A name for this row in this release only; it is not a person and joins to nothing else.",
        "referral_key",
        pattern=r"row1\.[A-Z2-7]{26}",
    ),
    Column(
        name="detail_level",
        meaning="How finely the six columns that follow are told in this row: 1 is the finest.",
        source=(),
        treatment=Treatment.GENERALISE,
        values=tuple(str(level) for level in range(1, len(LADDER) + 1)),
        type=INTEGER,
    ),
    _column(
        "referred",
        f"When the GP referred: a month, a quarter or a year; {HIDDEN}.",
        "referred_month",
        (ANY,),
        r"20\d\d(-(0[1-9]|1[0-2]|Q[1-4]))?",
    ),
    _column(
        "area",
        f"Where the person lives: outward part of the postcode, or its leading letters; {HIDDEN}.",
        "outward_code",
        (UNKNOWN, ANY),
        r"[A-Z]{1,2}([0-9][0-9A-Z]?)?",
    ),
    _column(
        "age_band",
        f"Age in years, one of five bands or one of two; {HIDDEN}.",
        "age_years",
        (*_names(AGE_BANDS), *_names(WIDE_AGE_BANDS), UNKNOWN, ANY),
    ),
    _column(
        "ethnicity",
        f"Group of the NHS ethnic category; not stated counts as unknown; {HIDDEN}.",
        "ethnicity",
        (*ETHNIC_GROUPS, ANY),
    ),
    _column("gender", f"Gender as recorded; {HIDDEN}.", "gender", (*GENDERS, ANY)),
    _column(
        "need",
        f"The main need, or the group of needs it belongs to; {HIDDEN}.",
        "need",
        tuple(dict.fromkeys((*NEED_GROUP_OF, *NEED_GROUPS, ANY))),
    ),
    _column(
        "weeks_to_start",
        "Whole weeks from referral to the first attendance, in bands.",
        "weeks_to_start",
        (*_names(WEEKS_BANDS), NOT_STARTED),
    ),
    _column("provider_kind", "The kind of organisation that helped.", "provider_kind", PROVIDER_KINDS),
    _column(
        "outcome",
        "What came of the referral for the person. It does not show that the service caused it.",
        "outcome",
        OUTCOMES,
    ),
    _column("end", "How the referral ended.", "end", ENDS),
    _column(
        "contacts",
        "Contacts between the person and the service, in bands.",
        "contacts",
        _names(CONTACT_BANDS),
    ),
    *(
        Column(
            name=f"{measure.name}_change",
            meaning=f"Change in {measure.meaning}; better means better for the person.",
            source=(f"{measure.name}_before", f"{measure.name}_after"),
            treatment=Treatment.GENERALISE,
            values=CHANGES,
        )
        for measure in MEASURES
    ),
)

COLUMN_NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)


def dictionary_json() -> str:
    """The data dictionary for programs."""
    described = {"policy": POLICY_VERSION, "columns": [column.described() for column in COLUMNS]}
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def dictionary_csv() -> str:
    """The data dictionary for people: a line for each column, lists joined by semicolons."""
    return table(
        list(COLUMNS[0].described()),
        [
            [
                "; ".join(map(str, cell)) if isinstance(cell, list) else str(cell)
                for cell in described.values()
            ]
            for described in (column.described() for column in COLUMNS)
        ],
    )


def table(heading: list[str], rows: list[list[str]]) -> str:
    """A CSV text as RFC 4180 has it: comma, double quote, CRLF."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([heading, *rows])
    return out.getvalue()
