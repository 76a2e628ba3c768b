"""One runtime a process: built on first use from the environment, after any fork."""

from __future__ import annotations

import os
from functools import cache

from app.config import from_environment
from app.runtime import Runtime, build_runtime


@cache
def runtime_of_process() -> Runtime:
    """Return this process's runtime."""
    return build_runtime(from_environment(os.environ))
