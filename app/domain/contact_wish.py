"""How and whether a person wants to be in touch: their own word, which every message asks before it leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.consent import counts_on
from app.domain.errors import FieldProblem, Invalid
from app.domain.follow_up import AskBy
from app.domain.wording import worded

REFUSED: Final = "contact-refused"  # they said no, or their yes has run out
OTHER_WAY: Final = "contact-other-way"
WAYS: Final[dict[str, str]] = {
    AskBy.PHONE: worded("Phone call"),
    AskBy.TEXT: worded("Text message"),
    AskBy.EMAIL: worded("E-mail"),
    AskBy.LETTER: worded("Letter"),
}
_NO_WAY: Final = worded("Choose ways from the list.")
NOT_IN_TOUCH: Final = (
    "They asked us not to be in touch: wait until they come to us, or ask them when you next meet"
)


@dataclass(frozen=True, slots=True)
class ContactWish:
    """The person's newest word on contact; `ways` are codes of WAYS, none named means that any will do."""

    given: bool
    ways: tuple[str, ...] = ()
    expires_on: date | None = None

    def stands(self, today: date) -> bool:
        """Tell whether anything may be sent at all: a no never lets, a yes until the end of its last day."""
        return self.given and counts_on(today, given=True, expires_on=self.expires_on)

    def lets(self, way: str, today: date) -> bool:
        """Tell whether they want to be reached in one way."""
        return self.stands(today) and (not self.ways or way in self.ways)

    def open_ways(self, today: date) -> frozenset[str]:
        """Return the ways that they left open."""
        return frozenset(way for way in WAYS if self.lets(way, today))


def why_held(wish: ContactWish | None, way: str | None, today: date) -> str | None:
    """Return the code why nothing may be sent in a way, None when it may; where nobody asked, nothing is held.

    `way` None asks whether anything may be sent at all.
    """
    if wish is None:
        return None
    if not wish.stands(today):
        return REFUSED
    return OTHER_WAY if way is not None and not wish.lets(way, today) else None


def checked_ways(ways: Iterable[str], *, field: str = "ways") -> tuple[str, ...]:
    """Return ways in their order, each once; raises Invalid for one that is none."""
    named = set(ways)
    if named - set(WAYS):
        raise Invalid([FieldProblem(field, _NO_WAY, "code-invalid")])
    return tuple(way for way in WAYS if way in named)
