"""How a loop is shown to the practice: its stages in words, its questionnaires as a small table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.domain.lifecycle import ReferralStatus
from app.domain.outcomes import Phase, Taken, display, scores
from app.domain.stages import Stage
from app.services.seen import LoopDetail
from app.web.words import STAGE_WORDS


@dataclass(frozen=True, slots=True)
class ShownStage:
    """A stage with the time it was reached; None while it lies ahead."""

    words: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One question or total, before and after; None where nobody answered."""

    words: str
    before: int | None
    after: int | None


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


def score_lines(measures: Iterable[Taken]) -> list[ScoreLine]:
    """Return one line an item or total: the first answer of before and the last of after, as the message tells it."""
    found: dict[tuple[str, str], dict[Phase, int]] = {}
    for taken in measures:
        for code, value in scores(taken).items():
            told = found.setdefault((taken.measure, code), {})
            if taken.phase is Phase.AFTER or taken.phase not in told:
                told[taken.phase] = value
    return [
        ScoreLine(display(measure, code), values.get(Phase.BEFORE), values.get(Phase.AFTER))
        for (measure, code), values in found.items()
    ]
