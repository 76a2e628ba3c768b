"""Files that people upload: how large a form with one may be, and the file itself."""

from __future__ import annotations

import re

from flask import request

_WITH_FILES = ("/cohort", "/directory-import", "/measures")
_SIGNED = re.compile(r"/projects/[0-9a-f-]{36}/agreement\Z")
_MOST_BYTES = 4 * 1024 * 1024


def make_room() -> None:
    """Let the forms that bring a file be larger than all others; asked before anything reads the form."""
    if request.method == "POST" and (request.path in _WITH_FILES or _SIGNED.match(request.path)):
        request.max_content_length = _MOST_BYTES


def file_body(name: str) -> bytes:
    """Return what a chosen file holds, empty when none was chosen."""
    chosen = request.files.get(name)
    return chosen.read() if chosen else b""


def file_name(name: str) -> str:
    """Return what the chosen file is called, without the folders that some browsers tell."""
    chosen = request.files.get(name)
    return (chosen.filename or "").replace("\\", "/").rsplit("/", 1)[-1] if chosen else ""
