"""The policy's trees: under which coarser values each exact value may come out, as rows that both sides read."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

from anonymiser.policy import (
    AGE_BANDS,
    ANY,
    ETHNIC_GROUP_OF,
    NEED_GROUP_OF,
    OLDEST,
    SOURCES,
    UNKNOWN,
    WIDE_AGE_BANDS,
)

Rows = tuple[tuple[str, ...], ...]
"""A row per exact value: that, its coarser values, and "*" at the end."""

OLDEST_WORDS = f"{OLDEST} and over"
NO_PRACTICE = "no-practice"
NO_NETWORK = "no-network"
NOT_KNOWN_ETHNICITY = "99"
REFERRALS = ("1", "2", "3 or more")


def band(value: int, bands: tuple[tuple[int, str], ...]) -> str:
    """Name the band a number falls in; `bands` are (lowest value, name), lowest first."""
    return next(name for lowest, name in reversed(bands) if value >= lowest)


def age_rows() -> Rows:
    """Years, five years, five bands, two bands; the oldest are one value from the start."""
    years = [
        (str(age), _five_years(age), band(age, AGE_BANDS), band(age, WIDE_AGE_BANDS), ANY)
        for age in range(OLDEST)
    ]
    oldest = (OLDEST_WORDS, OLDEST_WORDS, band(OLDEST, AGE_BANDS), band(OLDEST, WIDE_AGE_BANDS), ANY)
    return (*years, oldest, (UNKNOWN,) * 4 + (ANY,))


def age_band_rows() -> Rows:
    """The five bands and the two, for tables that begin coarser."""
    return (*((name, band(low, WIDE_AGE_BANDS), ANY) for low, name in AGE_BANDS), (UNKNOWN, UNKNOWN, ANY))


def ethnicity_rows() -> Rows:
    """NHS categories under their groups."""
    return tuple((code, group, ANY) for code, group in ETHNIC_GROUP_OF.items())


def ethnic_group_rows() -> Rows:
    """The groups alone."""
    return tuple((group, ANY) for group in dict.fromkeys(ETHNIC_GROUP_OF.values()))


def gender_rows() -> Rows:
    """The rare ones together before all are."""
    rare = "other or unknown"
    return (("female", "female", ANY), ("male", "male", ANY), ("other", rare, ANY), ("unknown", rare, ANY))


def need_rows() -> Rows:
    """Needs under their groups."""
    return tuple((need, group, ANY) for need, group in NEED_GROUP_OF.items())


def source_rows() -> Rows:
    """Kinds of who asked: general practice, or anybody else."""
    return tuple((kind, "practice" if kind == "practice" else "elsewhere", ANY) for kind in SOURCES)


def deprivation_rows() -> Rows:
    """Tenths of areas under fifths; 1 is the tenth with most deprivation."""
    tenths = ((str(tenth), f"{tenth - 1 + tenth % 2} to {tenth + tenth % 2}", ANY) for tenth in range(1, 11))
    return (*tenths, (UNKNOWN, UNKNOWN, ANY))


def referral_rows() -> Rows:
    """How many referrals a person had."""
    return tuple((words, "1" if words == "1" else "2 or more", ANY) for words in REFERRALS)


def month_rows(months: Iterable[str], until: date) -> Rows:
    """All months from January of the first year among `months` to December of the last; quarters, years."""
    years = sorted({int(month[:4]) for month in months} | {until.year})
    every = ((year, month) for year in range(years[0], years[-1] + 1) for month in range(1, 13))
    return tuple((f"{y}-{m:02}", f"{y}-Q{(m + 2) // 3}", str(y), ANY) for y, m in every)


def quarter_rows(months: Rows) -> Rows:
    """The same from the quarter on."""
    return tuple(dict.fromkeys(row[1:] for row in months))


def area_rows(codes: Iterable[str]) -> Rows:
    """Outward codes under their letters ("E8" under "E"): an outward code may lie in two boroughs, so no look-up."""
    known = sorted(set(codes) - {UNKNOWN})
    return (*((code, re.sub(r"\d.*", "", code), ANY) for code in known), (UNKNOWN, UNKNOWN, ANY))


def practice_rows(networks: Mapping[str, str | None]) -> Rows:
    """Practices under their networks; one without a network stays under a word that says so."""
    known = ((code, networks[code] or NO_NETWORK, ANY) for code in sorted(networks))
    return (*known, (NO_PRACTICE, NO_PRACTICE, ANY))


def years_from(rows: Rows, released: Iterable[str]) -> Rows:
    """A tree of months or quarters from the first year that came out on: an earlier one would say that there is a row.

    Where none came out, the last year alone.
    """
    named = [label[:4] for label in released if label != ANY]
    first = min(named, default=rows[-1][0][:4])
    return tuple(row for row in rows if row[0][:4] >= first)


def published_rows(rows: Rows, released: Iterable[str]) -> Rows:
    """A tree of places without what was not released: an exact place in it would say that somebody lives there.

    Where a coarser value came out, one line stands for all the exact ones below it.
    """
    labels = set(released)
    found: dict[tuple[str, ...], None] = {}
    for row in rows:
        shown = next((level for level, label in enumerate(row) if label in labels), len(row) - 1)
        found[_from(row, shown)] = None
    return tuple(found)


def _from(row: tuple[str, ...], level: int) -> tuple[str, ...]:
    if level == 0 or row[level] == row[0]:
        return row
    others = f"others of {row[level]}" if row[level] != ANY else "others"
    return (others,) * level + row[level:]


def _five_years(age: int) -> str:
    return f"{age // 5 * 5} to {age // 5 * 5 + 4}"


FIXED: Mapping[str, Rows] = {
    "age": age_rows(),
    "age_band": age_band_rows(),
    "ethnicity": ethnicity_rows(),
    "ethnic_group": ethnic_group_rows(),
    "gender": gender_rows(),
    "need": need_rows(),
    "source": source_rows(),
    "deprivation": deprivation_rows(),
    "referrals": referral_rows(),
}
"""The trees that do not depend on an extract."""
