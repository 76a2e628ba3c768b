"""Who keeps the key-encryption keys, and how they are asked: a ring in a file, or a key service elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol


class KeyProblem(Exception):
    """A key is missing, unreadable, too open, or does not fit; the sentence says which, never the key."""


class KeysAway(Exception):
    """Whoever keeps the keys does not answer just now: nothing that is sealed can be read until they do."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as its row keeps it: what it is bound to, its bytes, and which key wrapped it."""

    aad: bytes
    wrapped: bytes
    key_id: str


class Keeper(Protocol):
    """Who keeps the key-encryption keys: a ring in a file, or a key service elsewhere.

    They raise ConnectionError when the keeper does not answer, and KeyProblem or ValueError when it refuses.
    """

    @property
    def active(self) -> str:
        """Return the id of the key that wraps new data keys."""

    @property
    def index_key(self) -> bytes:
        """Return the key of the blind index."""

    def wrap(self, aad: bytes, plain: bytes) -> tuple[bytes, str]:
        """Wrap a data key by the active key, and return it with that key's id."""

    def unwrap(self, asked: Sequence[Wrapped]) -> list[bytes]:
        """Open data keys, in their order."""

    @property
    def intake_public(self) -> bytes | None:
        """Return the X25519 key that what comes in is sealed to, None of a keeper that is never away."""

    def intake_private(self) -> bytes:
        """Return its private half."""


@contextmanager
def keeping() -> Iterator[None]:
    """Ask whoever keeps the keys; raises KeysAway, KeyProblem."""
    try:
        yield
    except ConnectionError as fault:
        raise KeysAway("Whoever keeps the keys does not answer.") from fault
    except ValueError as fault:
        raise KeyProblem("Whoever keeps the keys refused: see its own log.") from fault
