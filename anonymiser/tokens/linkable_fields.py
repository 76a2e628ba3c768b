"""Everything that linkable data may hold, already coarse: a project agrees to some of it and gets no more."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, kw_only=True)
class LinkableField:
    """A column that can be agreed: what it means, which column it is made of, and how."""

    meaning: str
    source: str
    made: pl.Expr


# Lowest age of each band, the oldest together: past 90 an age alone can point at somebody.
AGE_BANDS = (
    (0, "0 to 17"),
    (18, "18 to 29"),
    *((age, f"{age} to {age + 9}") for age in range(30, 90, 10)),
    (90, "90 and over"),
)
_UNKNOWN = "unknown"


def _age_band(age: pl.Expr) -> pl.Expr:
    band = pl.lit(_UNKNOWN)
    for lowest, name in AGE_BANDS:
        band = pl.when(age >= lowest).then(pl.lit(name)).otherwise(band)
    return band


def _as_it_stands(source: str, meaning: str, pattern: str | None = None) -> LinkableField:
    """A field copied as it is, or as "unknown" where it is missing or not of the agreed shape."""
    text = pl.col(source).cast(pl.String)
    kept = text if pattern is None else pl.when(text.str.contains(pattern)).then(text)
    return LinkableField(meaning=meaning, source=source, made=kept.fill_null(_UNKNOWN))


LINKABLE_FIELDS: Mapping[str, LinkableField] = {
    "age_band": LinkableField(
        meaning="Age in years at referral, in bands; 90 and over together.",
        source="age_years",
        made=_age_band(pl.col("age_years")),
    ),
    "area_msoa": _as_it_stands("msoa", "Middle layer super output area of the address.", r"^[EW]02[0-9]{6}$"),
    "area_outward": _as_it_stands(
        "outward_code", "Outward part of the postcode.", r"^[A-Z]{1,2}[0-9][0-9A-Z]?$"
    ),
    "referred_month": _as_it_stands(
        "referred_month", "Calendar month of the referral.", r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
    ),
    "gender": _as_it_stands("gender", "Gender as recorded."),
    "ethnicity": _as_it_stands("ethnicity", "NHS ethnic category, a letter or 99.", r"^([A-Z]|99)$"),
    "need": _as_it_stands("need", "The main need, a code."),
    "provider_kind": _as_it_stands("provider_kind", "The kind of organisation that helped."),
    "weeks_to_start": _as_it_stands(
        "weeks_to_start", "Whole weeks from referral to first attendance.", r"^[0-9]{1,3}$"
    ),
    "contacts": _as_it_stands("contacts", "Number of contacts.", r"^[0-9]{1,4}$"),
    "outcome": _as_it_stands(
        "outcome", "What came of the referral; it does not show that the service caused it."
    ),
    "end": _as_it_stands("end", "How the referral ended."),
}
ONE_AREA = ("area_msoa", "area_outward")
"""Areas of which a project agrees to one: together they are finer than either."""
