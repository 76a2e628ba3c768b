"""Hashes, opens, reads and writes beside other work, in threads: each lets go of the interpreter meanwhile."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

from anonymiser.memory import give_back

AT_ONCE = 4 * 2**20
_BEHIND = 2
_THREADS = 2
Given = TypeVar("Given")
Found = TypeVar("Found")


class Hashing:
    """The SHA-256 of some parts, one after the other. Use it in a `with`, which ends its thread."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()

    def hear(self, *parts: bytes) -> None:
        """Take in the next parts, each as it is: to join them first would copy all of a large file once more.

        Waits where too many are held already.
        """
        while len(self._waiting) >= _BEHIND:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._take, parts))

    def _take(self, parts: tuple[bytes, ...]) -> None:
        for part in parts:
            self._hash.update(part)

    def hexdigest(self) -> str:
        """That of all parts so far, in lower-case hex."""
        while self._waiting:
            self._waiting.popleft().result()
        return self._hash.hexdigest()


class HeardFile:
    """A file that is read from its beginning to its end, and what is read of it heard by a hash."""

    def __init__(self, file: BinaryIO, hashing: Hashing) -> None:
        self._file, self._hashing = file, hashing
        self._held: list[bytes] = []
        self._size = 0

    def read(self, size: int) -> bytes:
        """The next so many bytes, fewer at the end."""
        return self._heard(self._file.read(size))

    def readline(self, size: int) -> bytes:
        """The next line, of so many bytes at the most."""
        return self._heard(self._file.readline(size))

    def hexdigest(self) -> str:
        """The SHA-256 of what was read."""
        self._tell()
        return self._hashing.hexdigest()

    def _heard(self, part: bytes) -> bytes:
        self._held.append(part)
        self._size += len(part)
        if self._size >= AT_ONCE:
            self._tell()
        return part

    def _tell(self) -> None:
        self._hashing.hear(*self._held)
        self._held, self._size = [], 0


@contextmanager
def beside(work: Callable[[], Found]) -> Iterator[Callable[[], Found]]:
    """Do some work in a thread beside the block; calling what is given waits for it, and gives or raises what it does.

    The block ends when the work has.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        doing = thread.submit(work)
        doing.add_done_callback(lambda _: give_back())
        yield doing.result


def ahead(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same parts, of which the next is made in a thread while one is worked on. Raises what making one raises."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = thread.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = thread.submit(next, parts, None)
            yield part


def each_ahead(work: Callable[[Given], Found], parts: Iterable[Given]) -> Iterator[Found]:
    """What some work makes of each part, in their order, made in two threads; few are made before they are wanted.

    Raises what the work raises.
    """
    with ThreadPoolExecutor(max_workers=_THREADS) as threads:
        coming: deque[Future[Found]] = deque()
        for part in parts:
            coming.append(threads.submit(work, part))
            if len(coming) > _THREADS:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
