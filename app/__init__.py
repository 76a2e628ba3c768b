"""Backstitch, the web application: create_app(settings) and nothing else."""

from __future__ import annotations

import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import api, logs, web
from app.config import Settings, from_environment
from app.headers import carry_headers
from app.runtime import Runtime, build_runtime

_MOST_BYTES = 1024 * 1024  # a referral of 25 resources has 41 KB


def create_app(settings: Settings | None = None, *, runtime: Runtime | None = None) -> Flask:
    """Build the application; settings come from the environment unless given. Refuses an unsafe database role."""
    logs.configure()
    if runtime is None:
        runtime = build_runtime(settings or from_environment(os.environ))
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=runtime.settings.secret_key,
        MAX_CONTENT_LENGTH=_MOST_BYTES,
        MAX_FORM_PARTS=200,
    )
    app.extensions["backstitch"] = runtime
    if runtime.settings.trusted_proxies > 0:  # else a header that anybody can send would say who asks
        trusted = ProxyFix(app.wsgi_app, x_for=runtime.settings.trusted_proxies, x_proto=0)
        app.wsgi_app = trusted  # type: ignore[method-assign]
    api.register(app)
    web.register(app)
    told = carry_headers(app.wsgi_app, is_https=runtime.settings.cookies_are_secure)
    app.wsgi_app = told  # type: ignore[method-assign, assignment]
    return app
