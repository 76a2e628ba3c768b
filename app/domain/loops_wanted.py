"""Which of its own referrals a practice looks at: those with an outcome to file, under way, ended, or all."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class LoopShow(StrEnum):
    """A list of a practice's own referrals; each is a part of ALL."""

    ALL = "all"
    TO_FILE = "to-file"
    OPEN = "open"
    ENDED = "ended"


LOOP_SHOW_WORDS: Final = {
    LoopShow.TO_FILE: "Outcomes to file",
    LoopShow.OPEN: "Under way",
    LoopShow.ENDED: "Ended",
    LoopShow.ALL: "All",
}
