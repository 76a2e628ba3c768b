"""What a page says of a number that is too small follows the rule of the release that it is from."""

import pytest

from anonymiser.tables.rules import RULES as THEIRS
from app.domain.table_rules import RULES, table_rule
from app.services.dataset.dashboards import Line
from app.services.dataset.releases import Cell
from app.web.analysts import dataset_words


def small(rule: str) -> Cell:
    return Cell("uptake-by-need", "need", "debt", "uptake", "attended", None, "small", table_rule(rule))


def test_rules_are_those_of_the_anonymiser() -> None:
    assert {name: rule.fewest for name, rule in RULES.items()} == {
        name: rule.smallest for name, rule in THEIRS.items()
    }
    for name, rule in THEIRS.items():
        told = RULES[name].words
        assert (
            ("middle of six" in told) if rule.midpoint else f"{rule.smallest}, rounded to {rule.to}" in told
        )


@pytest.mark.parametrize(
    ("rule", "words", "most"),
    [("default", "fewer than 10", 9), ("hes", "fewer than 8", 7), ("opensafely", "fewer than 8", 7)],
)
def test_small_number_is_worded_and_drawn_as_its_rule_has_it(rule: str, words: str, most: int) -> None:
    cell = small(rule)
    assert dataset_words.number(cell) == words
    assert Line("debt", {"attended": cell, "not attended": cell}).withheld_at_most == 2 * most
    assert table_rule(rule).not_told == f"{words}, or withheld"


def test_rule_that_shows_every_number_has_none_that_is_too_small() -> None:
    assert table_rule("midpoint-6").not_told == "withheld"


def test_rule_that_is_not_known_is_worded_as_the_strictest() -> None:
    assert dataset_words.number(small("another")) == "fewer than 10"
