"""How a loop is shown to the practice: its stages in words, its questionnaires as a small table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.domain.lifecycle import ReferralStatus
from app.domain.measures import Library
from app.domain.outcomes import ENDS, Phase, Taken
from app.domain.stages import Stage
from app.domain.standing import standing
from app.services.shown.seen import LoopDetail
from app.web.frame.words import STAGE_WORDS


@dataclass(frozen=True, slots=True)
class ShownStage:
    """A stage with the time it was reached; None while it lies ahead."""

    words: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One question or total, before and after; None where nobody answered."""

    words: str
    before: float | None
    after: float | None


_NEVER_COMES = {
    ReferralStatus.WITHDRAWN: (Stage.TOLD, Stage.ACKNOWLEDGED),
    ReferralStatus.ENTERED_IN_ERROR: (Stage.TOLD, Stage.ACKNOWLEDGED),
}


def stages(found: LoopDetail) -> list[ShownStage]:
    """Return the stages reached and those that still lie ahead; after the end, what was skipped is left out."""
    reached = {one.stage: one.at for one in found.line.reached}
    has_ended = Stage.ENDED in reached
    never = _NEVER_COMES.get(ReferralStatus(found.line.status), ())
    order = list(Stage)
    return [
        ShownStage(STAGE_WORDS[stage], reached.get(stage))
        for stage in order
        if stage in reached
        or (stage not in never and not (has_ended and order.index(stage) < order.index(Stage.ENDED)))
    ]


def score_lines(measures: Iterable[Taken], library: Library) -> list[ScoreLine]:
    """Return one line an item or total: the first answer of before and the last of after, as the message tells it."""
    found: dict[tuple[str, str], dict[Phase, float]] = {}
    words: dict[tuple[str, str], str] = {}
    for taken in (each for each in standing(measures) if each.phase in ENDS):
        for code, value in library.scores(taken).items():
            told = found.setdefault((taken.measure, code), {})
            words[taken.measure, code] = library.display(taken.measure, code, taken.version)
            if taken.phase is Phase.AFTER or taken.phase not in told:
                told[taken.phase] = value
    return [
        ScoreLine(words[measure, code], values.get(Phase.BEFORE), values.get(Phase.AFTER))
        for (measure, code), values in found.items()
    ]
