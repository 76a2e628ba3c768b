"""The words that somebody wrote in the form that was just sent, for pages that cannot take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import HTTPException

# Never shown again, whatever they hold: what opens something.
_PASSWORD: Final = "pass"  # noqa: S105 - a part of a field's name
_SECRET: Final = ("digits", "code", "secret", "token")


def words() -> Sequence[str]:
    """Return what somebody wrote themselves in the form that was just sent from a page of ours.

    Codes of choices have no space in them; what opens something is never among them, nor anything of a form with a
    password. Another site's form has none.
    """
    if request.method != "POST" or not _is_from_here():
        return ()
    try:
        sent = list(request.form.items(multi=True))
    except HTTPException:  # the form itself could not be read
        return ()
    if any(
        _PASSWORD in name.lower() for name, _ in sent
    ):  # the one of now and the new one twice have other names
        return ()
    return [
        text.strip()
        for name, text in sent
        if len(text.split()) > 1 and not any(part in name.lower() for part in _SECRET)
    ]


def _is_from_here() -> bool:
    """Another site may send a form here, and must not have its words stand on a page of ours."""
    came_from = request.headers.get("Origin") or request.referrer or ""
    return urlsplit(came_from).netloc == request.host
