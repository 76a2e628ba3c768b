"""Files that people upload: how large a form with one may be, and the file itself."""

from __future__ import annotations

import logging
import re
from typing import Final

from flask import request

from app.domain import paces
from app.domain.errors import FieldProblem, Invalid
from app.web.frame import slowing
from app.web.frame.guard import actor, runtime

log = logging.getLogger(__name__)
_WITH_FILES = ("/cohort", "/directory-import", "/measures")
_SIGNED = re.compile(r"/projects/[0-9a-f-]{36}/agreement\Z")
_MOST_BYTES = 4 * 1024 * 1024
_HARMFUL: Final = (
    "The virus scanner warns of this file. It was not read. Ask whoever looks after your computer."
)
_NOT_LOOKED_AT: Final = (
    "The virus scanner does not answer just now, so the file was not read. Try again in a few minutes."
)


def make_room() -> None:
    """Let the forms that bring a file be larger than all others; asked before anything reads the form."""
    if request.method == "POST" and (request.path in _WITH_FILES or _SIGNED.match(request.path)):
        request.max_content_length = _MOST_BYTES


def file_body(name: str) -> bytes:
    """Return what a chosen file holds, empty when none was chosen.

    Raises TooFast where there is no room for more files of theirs today, and Invalid, told beside its field, for one
    that the scanner warns of, and for each one that a scanner which is set up could not look at.
    """
    chosen = request.files.get(name)
    body = chosen.read() if chosen else b""
    if body:
        slowing.count(paces.UPLOADS, str(actor().user_id))
    scanner = runtime().scanner
    if not body or scanner is None or (is_clean := scanner.is_clean(body)):
        return body
    log.warning("file refused", extra={"result": "not looked at" if is_clean is None else "harmful"})
    raise Invalid([FieldProblem(name, _NOT_LOOKED_AT if is_clean is None else _HARMFUL)])


def file_name(name: str) -> str:
    """Return what the chosen file is called, without the folders that some browsers tell."""
    chosen = request.files.get(name)
    return (chosen.filename or "").replace("\\", "/").rsplit("/", 1)[-1] if chosen else ""
