"""The application that tests ask at: built once, then given the house of each test in turn.

Building it binds a thousand addresses and costs more than most tests. Views ask for the house with each request, as
they must: a served application outlives many changes too. What is read while it is built stands in the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask

from app import create_app
from app.runtime import Runtime


@dataclass(frozen=True)
class _Built:
    app: Flask
    config: dict[str, Any]
    extensions: dict[str, Any]


_BUILT: dict[object, _Built] = {}


def application_of(runtime: Runtime) -> Flask:
    """Return the whole application with this house behind it; the last test's is gone from it.

    For two at once, and for counting what an application has done since it started, call `create_app`.
    """
    settings = runtime.settings
    key = (settings.secret_key, settings.cookies_are_secure, settings.trusted_proxies, settings.public_url)
    if key not in _BUILT:
        app = create_app(runtime=runtime)
        _BUILT[key] = _Built(app, dict(app.config), dict(app.extensions))
    built = _BUILT[key]
    _restore(built.app.config, built.config)
    _restore(built.app.extensions, built.extensions | {"backstitch": runtime})
    return built.app


def _restore(kept: dict[str, Any], as_built: dict[str, Any]) -> None:
    """Undo what a test has set."""
    kept.clear()
    kept.update(as_built)
