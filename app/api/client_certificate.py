"""By which certificate a system's connection was made, told by the proxy that ended its TLS, and by nobody else."""

from __future__ import annotations

import base64
import binascii
import hashlib
import ssl
from urllib.parse import unquote

from flask import Flask, current_app, request

from app.runtime import Runtime


def thumbprint() -> bytes | None:
    """Return the SHA-256 of the certificate (RFC 8705, `x5t#S256`), None when no trusted proxy told of one.

    Read are the form of RFC 9440 (`:base64:`) and a PEM file with percent signs, as nginx sends it. Whether the
    certificate is good, the proxy has seen to.
    """
    settings = _runtime(current_app).settings
    if settings.client_cert_header is None or _peer() not in settings.client_cert_proxies:
        return None
    told = request.headers.getlist(settings.client_cert_header)
    der = _der(told[0].strip()) if len(told) == 1 else None
    return hashlib.sha256(der).digest() if der else None


def is_missing() -> bool:
    """Tell whether a certificate is needed for a token here, and none was told."""
    return _runtime(current_app).settings.client_cert_required and thumbprint() is None


def _der(told: str) -> bytes | None:
    try:
        if told.startswith(":") and told.endswith(":"):
            return base64.b64decode(told[1:-1], validate=True)
        return ssl.PEM_cert_to_DER_cert(unquote(told))
    except (ValueError, binascii.Error):
        return None


def _peer() -> str:
    """Return who is connected to us, not whom a header names."""
    before = request.environ.get("werkzeug.proxy_fix.orig", {})
    return str(before.get("REMOTE_ADDR") or request.environ.get("REMOTE_ADDR", ""))


def _runtime(app: Flask) -> Runtime:
    runtime: Runtime = app.extensions["backstitch"]
    return runtime
