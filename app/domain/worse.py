"""Whether what was told of a person is worse than before: a reason to talk with them, never a number to judge by."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.measures import About, Library
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.standing import standing
from app.domain.vocabulary import OutcomeState


def is_worse(outcome: Outcome) -> bool:
    """Tell whether an outcome says worse, or that the person is further from their goal than at the start."""
    if outcome.state is OutcomeState.WORSE:
        return True
    before, after = outcome.goal_before, outcome.goal_after
    return before is not None and after is not None and after < before


def has_worsened(library: Library, earlier: Sequence[Taken], now: Taken) -> bool:
    """Tell whether an answer is worse than the first or than the last one before it, by more than can be chance.

    `earlier` are the same person's, oldest first. "More" is the change that matters, as the measure's authors publish
    it; where they do not, a measure alone says nothing. A goal that is further away always counts.
    """
    if now.phase is Phase.BEFORE or now.skipped:
        return False
    known = [each for each in standing(earlier) if each.measure == now.measure and not each.skipped]
    return any(_is_lower(library, then, now) for then in (*known[:1], *known[-1:]))


def _is_lower(library: Library, then: Taken, now: Taken) -> bool:
    measure = library.find(now.measure, now.version)
    if measure is None:
        return False
    before, after = library.scores(then), library.scores(now)
    for code in before.keys() & after.keys():
        counted = measure.counted(code)
        if counted is None:
            continue
        loss = before[code] - after[code] if counted.higher_is_better else after[code] - before[code]
        least = 1.0 if measure.about is About.GOAL else counted.change_that_matters
        if least is not None and loss >= least:
            return True
    return False
