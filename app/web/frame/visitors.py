"""Who comes to a public page, so that visits can be counted and nobody is known by it."""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import ip_address

from flask import request

from app.web.frame.guard import runtime


def visitor(page: str) -> str:
    """Name an address so that it can be counted and not read; behind a server of our own it is whom that one named."""
    address = request.remote_addr or ""
    if address and ip_address(address).is_private and request.access_route:
        address = request.access_route[-1]
    secret = runtime().settings.secret_key.encode()
    return f"{page}:{hmac.digest(secret, address.encode(), hashlib.sha256).hex()[:32]}"
