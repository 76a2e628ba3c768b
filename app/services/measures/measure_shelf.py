"""The questionnaires known now: those of files, and over them those that the steward took up on a page."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from app.domain.errors import Invalid
from app.domain.measures import Library
from app.services.measures.measure_library import read_text
from app.store.measure_files import WITHDRAWN, MeasureFile, Stamp, UsedFiles
from app.store.session import Clock

log = logging.getLogger(__name__)
_LOOK_AFTER: Final = timedelta(seconds=5)  # until a process looks whether another has changed something


class Shelf:
    """Keeps the library of a process; what it changes itself it knows at once, what others change within seconds."""

    def __init__(self, used: UsedFiles, files: Library, *, clock: Clock):
        self._used, self._files, self._clock = used, files, clock
        self._library = files
        self._stamp: Stamp = (0, None)
        self._looked: datetime | None = None

    def __call__(self) -> Library:
        """Return what is known; a look at the database once in a while, and no more."""
        if (
            self._looked is None or abs(self._clock() - self._looked) >= _LOOK_AFTER
        ):  # clocks are set back, too
            self.look_again()
        return self._library

    def look_again(self, *, changed: bool = False) -> None:
        """Take in what was changed since the last look; `changed`: whoever asks knows that something was."""
        self._looked = self._clock()
        found = self._used.stamp()
        if changed or found != self._stamp:
            self._library, self._stamp = laid_over(self._files, self._used.list_all()), found


def laid_over(library: Library, used: Iterable[MeasureFile]) -> Library:
    """Return a library with files laid over it, in their order.

    What was withdrawn is asked no more, and what was answered to it stays readable. A file that has come to clash with
    the installation's own is left out, and the log says so: the house goes on.
    """
    put_by: set[tuple[str, str]] = set()
    for each in used:
        if each.kind == "words" and each.state == WITHDRAWN:
            continue
        try:
            read = read_text(each.content, library)
        except Invalid as fault:
            log.warning("questionnaire left out", extra={"code": each.code, "count": len(fault.problems)})
            continue
        if each.state == WITHDRAWN:
            put_by.add((each.code, each.version))
            library = replace(
                library, measures=read.library.measures
            )  # what a place agreed goes, its words stay
        else:
            library = read.library
    return _without(library, put_by)


def _without(library: Library, put_by: Collection[tuple[str, str]]) -> Library:
    """Versions that were withdrawn stand first, so that the one before them is the newest again."""
    old = [each for each in library.measures if (each.code, each.version) in put_by]
    rest = [each for each in library.measures if each not in old]
    return replace(library, measures=(*(replace(each, retired=True) for each in old), *rest))
