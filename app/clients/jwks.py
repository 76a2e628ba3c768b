"""Fetches a system's public keys from the address that it registered."""

from __future__ import annotations

import json
import logging
import time
from typing import Any, Final

import requests
import urllib3

from app.clients.outside import NotOutside, outside_session

log = logging.getLogger(__name__)
_CONNECT_SECONDS: Final = 3
_READ_SECONDS: Final = 3
_ALL_SECONDS: Final = 6
_MOST_BYTES: Final = 64 * 1024
_CHUNK: Final = 4096


def fetch_key_set(uri: str, *, allow_private: bool) -> dict[str, Any] | None:
    """Return the JSON Web Key Set at an address, None when there is none just now; the log says why."""
    try:
        with outside_session(allow_private=allow_private) as session:
            found = _document(session, uri)
    except (
        NotOutside,
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        ValueError,
        RecursionError,
    ) as fault:
        log.warning("keys could not be fetched", extra={"fault": type(fault).__name__})
        return None
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        log.warning("keys could not be fetched", extra={"fault": "no key set"})
        return None
    return found


def _document(session: requests.Session, uri: str) -> Any:
    """Read one JSON document, refusing what is too long or takes too long; raises ValueError."""
    ends = time.monotonic() + _ALL_SECONDS
    told = {"Accept": "application/jwk-set+json, application/json"}
    timeouts = (_CONNECT_SECONDS, _READ_SECONDS)
    with session.get(uri, headers=told, timeout=timeouts, stream=True, allow_redirects=False) as answer:
        if answer.status_code != requests.codes.ok:
            raise ValueError(f"answered {answer.status_code}")
        body = b""
        for chunk in answer.iter_content(_CHUNK):
            body += chunk
            if len(body) > _MOST_BYTES or time.monotonic() > ends:
                raise ValueError("too long")
    return json.loads(body)
