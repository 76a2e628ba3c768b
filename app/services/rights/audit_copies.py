"""Copies of the audit's checkpoints in another house: sent in their order, tried again, read back at each walk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

log = logging.getLogger(__name__)
AGAIN: Final = timedelta(
    minutes=5
)  # after a failure: a sweep every quarter of a minute must not wait for it each time
_MOST: Final = 200  # at once
_MISSING, _ANOTHER = "missing", "another"


class Elsewhere(Protocol):
    """The other address; each returns None or a short code."""

    def send(self, number: int, signed: bytes) -> str | None:
        """Write a copy, once."""

    def differs(self, number: int, signed: bytes) -> str | None:
        """Read it back: None, "missing", "another", or why it could not be read."""


@dataclass
class Copies:
    """What this process knows of them; after a start the last walk's word counts, and sending again changes nothing."""

    elsewhere: Elsewhere
    sent: int = 0
    fault: str | None = None
    _tried_at: datetime | None = field(default=None, repr=False)

    def send_due(self, newest: int, signed: Callable[[int], bytes], now: datetime) -> None:
        """Send what is not there yet, oldest first, up to the first that fails; raises what reading them raises."""
        if self.sent >= newest or (self.fault and self._tried_at and now - self._tried_at < AGAIN):
            return
        self.fault, self._tried_at = None, now
        for number in range(self.sent + 1, min(newest, self.sent + _MOST) + 1):
            self.fault = self.elsewhere.send(number, signed(number))
            if self.fault is not None:
                log.error(
                    "a checkpoint was not copied", extra={"count": newest - self.sent, "fault": self.fault}
                )
                return
            self.sent = number

    def faults(self, newest: int, signed: Callable[[int], bytes]) -> list[str]:
        """Return what is wrong with the newest copy that was sent, in sentences; nothing where it cannot be read."""
        wrong = []
        if self.sent:
            found = self.elsewhere.differs(self.sent, signed(self.sent))
            if found == _ANOTHER:
                wrong.append(f"Checkpoint {self.sent} of the audit is another one at the other address.")
            elif found == _MISSING:
                wrong.append(f"Checkpoint {self.sent} of the audit was at the other address and is gone.")
        if self.elsewhere.differs(newest + 1, b"") == _ANOTHER:
            wrong.append(f"Checkpoint {newest + 1} of the audit is at the other address and is gone here.")
        return wrong
