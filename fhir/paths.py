"""Places in a message written as FHIRPath, safe to show: no value from the message gets into a path."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_ELEMENT = re.compile(
    r"_?[a-z][A-Za-z0-9]{0,39}\Z"
)  # element names are structure; anything else may be content


class Place(NamedTuple):
    """A step into a message, linked to the step before: text is only made for the few places with a problem."""

    before: Place | None
    step: str | int

    def then(self, *steps: str | int) -> Place:
        """Return the place reached from here by the given element names and positions."""
        place = self
        for step in steps:
            place = Place(place, step)
        return place

    def __str__(self) -> str:
        steps: list[str | int] = []
        here: Place | None = self
        while here is not None:
            steps.append(here.step)
            here = here.before
        return render(reversed(steps))


def render(steps: Iterable[str | int]) -> str:
    """Return `Bundle.entry[3].resource.status` from its steps, cut short where a step is no FHIR element name."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif not text:
            text = step
        elif _ELEMENT.match(step):
            text += f".{step}"
        else:
            break
    return text


BUNDLE = Place(None, "Bundle")
