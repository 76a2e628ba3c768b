"""Counts how often something is tried: in Valkey, for all web processes together, or here while Valkey is away."""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
import time
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

log = logging.getLogger(__name__)
_AWAY_SECONDS: Final = 5.0  # how long nobody asks a Valkey that did not answer
_DIGEST: Final = 24  # characters of who is counted: an address and a name stand nowhere in clear
_PREFIX: Final = "backstitch-limits"
_TAKE_BACK: Final = b"return redis.call('lpop', KEYS[1])"
Answer = TypeVar("Answer")


class Pace(Protocol):
    """So many `times` within so many `seconds`."""

    @property
    def name(self) -> str:
        """What is counted."""

    @property
    def times(self) -> int:
        """How often."""

    @property
    def seconds(self) -> int:
        """Within which time."""


class Limiter:
    """A moving window for each thing that is counted and each who does it."""

    def __init__(self, url: str, secret: str):
        self._secret = secret.encode()
        address = url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url
        self._shared_storage = RedisStorage(
            address, key_prefix=_PREFIX, wrap_exceptions=True, socket_connect_timeout=0.5, socket_timeout=0.5
        )
        self._shared = MovingWindowRateLimiter(self._shared_storage)
        self._own_storage = MemoryStorage()
        self._own = MovingWindowRateLimiter(self._own_storage)
        self._asked_again_at = 0.0

    def count(self, pace: Pace, *who: str) -> int:
        """Count one try; return 0 while there is room, else the seconds until there is, and this try counts not."""
        item, key = self._counted(pace, who)
        return self._ask(lambda window: 0 if window.hit(item, key) else _until(window, item, key))

    def wait(self, pace: Pace, *who: str) -> int:
        """Return 0 while there is room for another try, else the seconds until there is; counts nothing."""
        item, key = self._counted(pace, who)
        return self._ask(lambda window: 0 if window.test(item, key) else _until(window, item, key))

    def give_back(self, pace: Pace, *who: str) -> None:
        """Take back one try that `count` counted, and leave the others counted."""
        item, key = self._counted(pace, who)
        self._ask(lambda window: _take_back(window.storage, item.key_for(key)))

    def forget(self, pace: Pace, *who: str) -> None:
        """Begin anew for one who did it right."""
        item, key = self._counted(pace, who)
        self._ask(lambda window: window.clear(item, key))

    def forget_all(self) -> None:
        """Begin anew for everybody."""
        self._own_storage.reset()
        try:
            self._shared_storage.reset()
        except StorageError as fault:
            self._note_away(fault)

    def _counted(self, pace: Pace, who: tuple[str, ...]) -> tuple[RateLimitItemPerSecond, str]:
        told = "\0".join((pace.name, *who)).encode(errors="replace")
        key = hmac.new(self._secret, told, hashlib.sha256).hexdigest()[:_DIGEST]
        return RateLimitItemPerSecond(pace.times, pace.seconds, namespace=pace.name), key

    def _ask(self, question: Callable[[MovingWindowRateLimiter], Answer]) -> Answer:
        if time.monotonic() >= self._asked_again_at:
            try:
                return question(self._shared)
            except StorageError as fault:
                self._note_away(fault)
        return question(self._own)

    def _note_away(self, fault: StorageError) -> None:
        self._asked_again_at = time.monotonic() + _AWAY_SECONDS
        log.warning("limits are counted in this process alone", extra={"fault": type(fault).__name__})


def _until(window: MovingWindowRateLimiter, item: RateLimitItemPerSecond, key: str) -> int:
    return max(1, math.ceil(window.get_window_stats(item, key).reset_time - time.time()))


def _take_back(storage: object, key: str) -> None:
    """Forget the newest entry of a window: the library counts up and clears only. Newest entries stand first."""
    if isinstance(storage, RedisStorage):
        take = storage.get_connection().register_script(_TAKE_BACK)
        try:
            take([storage.prefixed_key(key)])
        except storage.base_exceptions as fault:
            raise StorageError(fault) from fault
    elif isinstance(storage, MemoryStorage) and storage.events.get(key):
        with storage.locks[key]:
            del storage.events[key][:1]
