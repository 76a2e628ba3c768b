"""Names the rules by which a release's tables may show counts, so that pages say what is true of those in hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class TableRule:
    """`fewest` is the smallest count above nought that is shown; `words` say what is done to one that is."""

    fewest: int
    words: str

    @property
    def most_of_small(self) -> int:
        """The most people that a number can be which is too small to be shown."""
        return self.fewest - 1

    @property
    def too_few(self) -> str:
        """What stands where a number is too small to be shown."""
        return f"fewer than {self.fewest}"

    @property
    def not_told(self) -> str:
        """What stands where an answer has no number, and does not say why."""
        return f"{self.too_few}, or withheld" if self.fewest > 1 else "withheld"


def _from(fewest: int) -> TableRule:
    return TableRule(fewest, f"at least {fewest}, rounded to 5")


DEFAULT: Final = "default"
RULES: Final[Mapping[str, TableRule]] = {
    DEFAULT: _from(10),
    "hes": _from(8),
    "hes-guarded": _from(8),
    "opensafely": _from(8),
    "midpoint-6": TableRule(1, "each told as the middle of six: 0 is 0, 1 to 6 is 3, 7 to 12 is 9"),
}
"""By the name that a release's manifest and a desk's answer give (`table_rule`, `rule`): the anonymiser's own rules."""


def table_rule(name: object) -> TableRule:
    """Return the rule of a name; one that is not known here is taken for the default, which is the strictest."""
    return RULES.get(str(name), RULES[DEFAULT])
