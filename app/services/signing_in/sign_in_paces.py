"""How often a password may be wrong: by account and address, and by itself for a browser that its owner has used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.domain import paces
from app.domain.paces import Pace, TooFast


class Counter(Protocol):
    """What counts for all processes together."""

    def count(self, pace: Pace, *who: str) -> int:
        """Count one try; return 0, or the seconds until there is room."""

    def wait(self, pace: Pace, *who: str) -> int:
        """Return the seconds until there is room."""

    def forget(self, pace: Pace, *who: str) -> None:
        """Begin anew."""


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody gives a password: for which name, from which address, on which browser that its owner has used."""

    username: str
    address: str
    browser: str = ""  # the mark of a browser that signed in as this name before

    @property
    def _counted(self) -> tuple[tuple[Pace, tuple[str, ...]], ...]:
        name = self.username.strip().casefold()[:200]
        if self.browser:
            return ((paces.WRONG_FROM_KNOWN_BROWSER, (name, self.browser)),)
        address = paces.counted_as(self.address)
        return (
            (paces.WRONG_FOR_ACCOUNT_FROM_ADDRESS, (name, address)),
            (paces.WRONG_FOR_ACCOUNT_BY_STRANGERS, (name,)),
            (paces.WRONG_FROM_ADDRESS, (address,)),
        )

    def check(self, counter: Counter) -> None:
        """Raise TooFast when there were too many wrong ones; the name need not exist."""
        waits = max(counter.wait(pace, *who) for pace, who in self._counted)
        if waits:
            raise TooFast(waits)

    def note_wrong(self, counter: Counter) -> None:
        """Count a wrong password."""
        for pace, who in self._counted:
            counter.count(pace, *who)

    def note_right(self, counter: Counter) -> None:
        """Begin anew for this name here; what strangers did elsewhere stays counted."""
        pace, who = self._counted[0]
        counter.forget(pace, *who)


def count(counter: Counter, pace: Pace, *who: str) -> None:
    """Count one try; raises TooFast when there is no room."""
    waits = counter.count(pace, *who)
    if waits:
        raise TooFast(waits)
