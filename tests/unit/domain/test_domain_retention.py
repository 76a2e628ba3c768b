"""For how long records are kept: the day before, the day itself, the day after, for each kind of life."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.domain.retention import Life, is_over, kept_until, read_rules

FILE = Path(__file__).parents[3] / "app" / "services" / "retaining" / "retention.toml"
RULES = read_rules(tomllib.loads(FILE.read_text()))
ENDED = date(2026, 3, 12)
ADULT = Life(ENDED, born_on=date(1951, 3, 4))


@pytest.mark.parametrize(
    ("life", "last_day", "rule"),
    [
        (ADULT, date(2034, 3, 12), "adult"),
        (replace(ADULT, born_on=None), date(2034, 3, 12), "adult"),
        (replace(ADULT, is_mental_health=True), date(2046, 3, 12), "mental-health"),
        (replace(ADULT, died_on=date(2027, 1, 1)), date(2035, 1, 1), "died"),
        (
            replace(ADULT, is_mental_health=True, died_on=date(2027, 1, 1)),
            date(2037, 1, 1),
            "mental-health-died",
        ),
        (Life(ENDED, born_on=date(2016, 6, 1)), date(2041, 6, 1), "child"),
        (Life(ENDED, born_on=date(2008, 6, 1)), date(2034, 6, 1), "child-seventeen"),  # 17 when help ended
        (Life(ENDED, born_on=date(2008, 3, 12)), date(2034, 3, 12), "adult"),  # 18 on that very day
        (Life(date(2028, 2, 29), born_on=date(1951, 1, 1)), date(2036, 2, 29), "adult"),
        (Life(ENDED, born_on=date(2016, 6, 1), is_mental_health=True), date(2046, 3, 12), "mental-health"),
    ],
)
def test_a_record_is_kept_to_its_last_day_and_over_the_day_after(
    life: Life, last_day: date, rule: str
) -> None:
    kept = kept_until(life, RULES)
    assert kept is not None
    assert (kept.until, kept.rule.code) == (last_day, rule)
    one = timedelta(days=1)
    assert [is_over(life, RULES, day) for day in (last_day - one, last_day, last_day + one)] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("life", [replace(ADULT, is_open=True), replace(ADULT, is_held=True)])
def test_nothing_is_over_while_help_goes_on_or_somebody_holds_it(life: Life) -> None:
    assert not is_over(life, RULES, date(2126, 1, 1))


def test_every_rule_tells_its_source() -> None:
    assert all(
        "Records Management Code" in rule.source or rule.source == "the same" or "Appendix" in rule.source
        for rule in RULES.values()
    )


@pytest.mark.parametrize(
    "entry",
    [
        {"title": "x", "years": 8, "from": "last-help"},
        {"title": "x", "source": "s"},
        {"title": "x", "source": "s", "years": 8, "until_age": 25, "from": "death"},
        {"title": "x", "source": "s", "years": 8, "from": "birth"},
    ],
)
def test_a_rule_without_a_source_or_a_way_to_count_is_refused(entry: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="one"):
        read_rules({"rules": {"one": entry}})
