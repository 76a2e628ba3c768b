"""Gives freed memory back to the system between the steps of a long run, so that a million rows fit beside others."""

import ctypes

_ARENA_MAX = -8
"""M_ARENA_MAX of the C library's malloc.h."""


def give_back() -> None:
    """Let the C library return what it keeps of freed memory for later; nothing where it cannot (other than glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def share_one_heap() -> None:
    """Let all threads take memory from one heap, of which more comes back than of one for each; nothing elsewhere."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
