"""What a place agreed to ask: a small shared core, its own extension, and questions to tell a story by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.domain.versions import natural


class Depth(StrEnum):
    """How much is asked of people whom a kind of service helps."""

    MICRO = "micro"  # of the core, the person's own goal and how they found the help
    STANDARD = "standard"  # the core
    FULL = "full"  # the core, the extension and the narrative


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question that is answered in the person's own words, and never counted."""

    code: str
    wording: str


@dataclass(frozen=True, slots=True)
class Framework:
    """One version of what a place asks; `core` and `extension` are codes of measures, in the order of asking.

    `agreed_by` names the parties that agreed on it, people who use the services among them. `depths` says for a kind
    of service how much is asked; a kind that is not named is asked everything. `narrative` is asked with the extension;
    its answers are kept as the words of a measure with the framework's own code and version, by the prompt's code.
    """

    code: str
    version: str
    name: str
    author: str
    agreed_by: tuple[str, ...]
    effective_from: date
    core: tuple[str, ...]
    extension: tuple[str, ...] = ()
    narrative: tuple[Prompt, ...] = ()
    depths: Mapping[str, Depth] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of everything that it asks, each once."""
        return tuple(dict.fromkeys((*self.core, *self.extension)))

    def depth_for(self, service_kind: str | None) -> Depth:
        """Return how much is asked of people whom a kind of service helps; everything where none is named."""
        return self.depths.get(service_kind or "", Depth.FULL)


def in_force(frameworks: tuple[Framework, ...], on: date | None) -> Framework | None:
    """Return the newest framework that holds on a day (of all, without one); None where there is none yet.

    The newest is the one of the latest day; of one day, that of the latest version.
    """
    holding = [each for each in frameworks if on is None or each.effective_from <= on]
    return max(
        holding, key=lambda each: (each.effective_from, natural(each.version), each.code), default=None
    )


# What is asked where a place has agreed on nothing of its own yet.
USUAL = Framework(
    code="usual",
    version="1",
    name="What is usually asked",
    author="Backstitch",
    agreed_by=(),
    effective_from=date(2026, 1, 1),
    core=("ons4", "ucla3", "goal-progress"),
)
