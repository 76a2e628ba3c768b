"""Coarsens exact values along fixed hierarchies, so that a released value can only come from a published list."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from anonymiser.policy import (
    AGE_BANDS,
    ANY,
    CONTACT_BANDS,
    ETHNIC_GROUP_OF,
    NEED_GROUP_OF,
    NOT_STARTED,
    UNKNOWN,
    WEEKS_BANDS,
    WIDE_AGE_BANDS,
    Measure,
)

Record = Mapping[str, Any]
"""One outcome record, already checked field by field against the policy."""


def band(value: int, bands: tuple[tuple[int, str], ...]) -> str:
    """Name the band a number falls in; `bands` are (lowest value, name), lowest first."""
    return next(name for lowest, name in reversed(bands) if value >= lowest)


def age_band(years: int | None) -> str:
    """One of five age bands, or "unknown"."""
    return UNKNOWN if years is None else band(years, AGE_BANDS)


def wide_age_band(years: int | None) -> str:
    """One of two age bands, or "unknown"."""
    return UNKNOWN if years is None else band(years, WIDE_AGE_BANDS)


def ethnic_group(code: str | None) -> str:
    """One of the six groups of the NHS ethnic categories; not stated and not known are one group."""
    return UNKNOWN if code is None else ETHNIC_GROUP_OF[code]


def outward_code(code: str | None) -> str:
    """The outward part of the postcode as it stands, or "unknown"."""
    return code or UNKNOWN


def postcode_letters(code: str | None) -> str:
    """The postcode area, the leading letters of the outward code ("E8" -> "E"), or "unknown"."""
    return re.sub(r"\d.*", "", code) if code else UNKNOWN


def quarter(month: str) -> str:
    """The calendar quarter of a month: "2026-05" -> "2026-Q2"."""
    return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"


def weeks_to_start(weeks: int | None) -> str:
    """A band of weeks from referral to first attendance; null is "not-started"."""
    return NOT_STARTED if weeks is None else band(weeks, WEEKS_BANDS)


def contacts(count: int) -> str:
    """A band of the number of contacts."""
    return band(count, CONTACT_BANDS)


def change(record: Record, measure: Measure) -> str:
    """The direction in which a measure moved for the person: better, same, worse or not-measured."""
    before, after = record[f"{measure.name}_before"], record[f"{measure.name}_after"]
    if before is None or after is None:
        return "not-measured"
    if before == after:
        return "same"
    return "better" if (after > before) == measure.higher_is_better else "worse"


def _as_it_stands(value: str) -> str:
    return value


GRAINS: Mapping[str, Mapping[str, Callable[[Any], str]]] = {
    "referred": {"month": _as_it_stands, "quarter": quarter, "year": lambda month: month[:4]},
    "area": {"outward": outward_code, "letters": postcode_letters},
    "age_band": {"narrow": age_band, "wide": wide_age_band},
    "ethnicity": {"group": ethnic_group},
    "gender": {"gender": _as_it_stands},
    "need": {"need": _as_it_stands, "group": lambda need: NEED_GROUP_OF[need]},
}
"""Released column -> grain -> how to get there. The grain "*" hides every column alike."""


def coarsen(column: str, grain: str, value: object) -> str:
    """Give the label of an exact value of a quasi-identifier at one grain of its hierarchy."""
    return ANY if grain == ANY else GRAINS[column][grain](value)
