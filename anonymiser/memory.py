"""Gives freed memory back to the system between the steps of a long run, so that a million rows fit beside others."""

import ctypes


def give_back() -> None:
    """Let the C library return what it keeps of freed memory for later; nothing where it cannot (other than glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
