"""How often a password may be wrong: by account and address, and by itself for a browser that its owner has used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from app.domain import paces
from app.domain.errors import NotAllowed
from app.domain.paces import Pace, TooFast


class Counter(Protocol):
    """What counts for all processes together."""

    def count(self, pace: Pace, *who: str) -> int:
        """Count one try; return 0, or the seconds until there is room."""

    def wait(self, pace: Pace, *who: str) -> int:
        """Return the seconds until there is room."""

    def give_back(self, pace: Pace, *who: str) -> None:
        """Take back one try that was counted."""

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

    @contextmanager
    def counted(self, counter: Counter) -> Iterator[None]:
        """Count this try as wrong before the password is looked at; raises TooFast where there is no room.

        So many tries at one moment are no more than so many one after the other. A right one begins anew for this
        name here, and what strangers did elsewhere stays counted; only NotAllowed from within leaves it counted.
        """
        self._count(counter)
        try:
            yield
        except NotAllowed:
            raise
        except BaseException:
            self._give_back(counter, self._counted)
            raise
        (own_pace, own), *others = self._counted
        counter.forget(own_pace, *own)
        self._give_back(counter, tuple(others))

    def _count(self, counter: Counter) -> None:
        counted = self._counted
        for number, (pace, who) in enumerate(counted):
            if counter.count(pace, *who):
                self._give_back(counter, counted[:number])
                raise TooFast(max(counter.wait(pace, *who) for pace, who in counted))

    @staticmethod
    def _give_back(counter: Counter, counted: tuple[tuple[Pace, tuple[str, ...]], ...]) -> None:
        for pace, who in counted:
            counter.give_back(pace, *who)


def count(counter: Counter, pace: Pace, *who: str) -> None:
    """Count one try; raises TooFast when there is no room."""
    waits = counter.count(pace, *who)
    if waits:
        raise TooFast(waits)
