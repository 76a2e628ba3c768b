"""Checkpoints of the audit: where its chains stood at a moment, signed and kept where the database's owner is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

FORMAT: Final = "backstitch-audit-checkpoint-1"
EVERY: Final = timedelta(hours=1)
LATE_AFTER: Final = timedelta(hours=3)  # so long without a checkpoint is told to the steward
CHECK_EVERY: Final = timedelta(days=1)  # how often the chains are walked without anybody asking


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a chain: its number, and its hash, which stands for all before it."""

    number: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first line of a chain that does not hold; `seq` is its number among all lines, None where it is gone."""

    shard: int
    number: int
    seq: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where the chains stood; `previous` is the digest of the checkpoint before it, so that none can be left out."""

    number: int
    at: datetime
    heads: Mapping[int, Head]
    previous: str = ""

    def written(self) -> bytes:
        """Return the one way in which it is written, and signed."""
        heads = {str(shard): [head.number, head.digest.hex()] for shard, head in sorted(self.heads.items())}
        told = {
            "format": FORMAT,
            "number": self.number,
            "at": self.at.astimezone(UTC).isoformat(),
            "heads": heads,
            "previous": self.previous,
        }
        return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Read what `written` wrote; raises ValueError."""
        told = json.loads(text)
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise ValueError("This is no checkpoint of the audit.")
        try:
            heads = {
                int(shard): Head(int(number), bytes.fromhex(digest))
                for shard, (number, digest) in told["heads"].items()
            }
            return cls(int(told["number"]), datetime.fromisoformat(told["at"]), heads, str(told["previous"]))
        except (KeyError, TypeError, AttributeError) as fault:
            raise ValueError("This checkpoint of the audit is not whole.") from fault


def has_lost(before: Mapping[int, Head], now: Mapping[int, Head]) -> tuple[int, ...]:
    """Return the chains that are shorter now than they were, or of the same length with another end."""
    lost = []
    for shard, head in before.items():
        found = now.get(shard)
        if found is None or found.number < head.number or (found.number == head.number and found != head):
            lost.append(shard)
    return tuple(sorted(lost))
