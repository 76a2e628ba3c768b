"""What a date in a search covers, to the microsecond and over the change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.fhir_reading.fhir_reads_dates import PREFIXES, span_of


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", utc(2026, 1, 1), utc(2027, 1, 1)),
        ("2026-12", utc(2026, 12, 1), utc(2027, 1, 1)),
        ("2026-07", utc(2026, 6, 30, 23), utc(2026, 7, 31, 23)),
        ("2026-03-29", utc(2026, 3, 29), utc(2026, 3, 29, 23)),  # 23 hours: the clocks go forward
        ("2026-10-25", utc(2026, 10, 24, 23), utc(2026, 10, 26)),  # 25 hours: they go back
        ("2026-02-28T23:59Z", utc(2026, 2, 28, 23, 59), utc(2026, 3, 1)),
        ("2026-02-28T23:59:59Z", utc(2026, 2, 28, 23, 59, 59), utc(2026, 3, 1)),
        (
            "2026-02-28T23:59:59.5Z",
            utc(2026, 2, 28, 23, 59, 59, 500000),
            utc(2026, 2, 28, 23, 59, 59, 600000),
        ),
        ("2026-06-01T10:00:00+01:00", utc(2026, 6, 1, 9), utc(2026, 6, 1, 9, 0, 1)),
        ("2026-06-01T10:00", utc(2026, 6, 1, 9), utc(2026, 6, 1, 9, 1)),
    ],
)
def test_a_partial_date_covers_all_that_it_could_mean(text: str, low: datetime, high: datetime) -> None:
    span = span_of(text)
    assert span.low is not None
    assert span.high is not None
    assert (span.low.astimezone(UTC), span.high.astimezone(UTC)) == (low, high)


@pytest.mark.parametrize(
    "text",
    ["", "2026-1", "2026-02-30", "0000", "9999", "2026-01-01T24:00Z", "2026-01-01T10", "２０２６"],
)
def test_what_is_no_date_is_told_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|prefix"):
        span_of(text)


NAIVE = {"min_value": datetime(1900, 1, 1), "max_value": datetime(2200, 1, 1)}  # noqa: DTZ001 - as hypothesis wants


@given(st.datetimes(**NAIVE, timezones=st.just(UTC)))
def test_the_prefixes_divide_time_without_a_gap_or_an_overlap(at: datetime) -> None:
    text = at.isoformat().replace("+00:00", "Z")
    moments = (at - timedelta(seconds=2), at, at + timedelta(seconds=2))
    for moment in moments:
        holds = {prefix: inside(prefix + text, moment) for prefix in PREFIXES}
        assert holds["eq"] is not holds["ne"]
        assert [holds["lt"], holds["eq"], holds["gt"]].count(True) == 1
        assert holds["le"] is (holds["lt"] or holds["eq"])
        assert holds["ge"] is (holds["gt"] or holds["eq"])


def inside(text: str, moment: datetime) -> bool:
    span = span_of(text)
    found = (span.low is None or span.low <= moment) and (span.high is None or moment < span.high)
    return found is not span.outside
