"""Which of several answers stands: who corrects what they said, or takes it back, is believed by every reader alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.domain.outcomes import Taken

# Somebody who answers for the person corrects the person, and the other way round.
_OWN_WORD = {"proxy": "person"}


def standing(taken: Iterable[Taken]) -> tuple[Taken, ...]:
    """Return the questionnaires that stand, by the day they were taken; given in the order they were written down.

    Of one questionnaire, asked of one time (phase and months) through one door (the same teller, way and placement),
    the newest takes the place of those before, whichever version they were of; one that was left out takes them away,
    and is itself returned, without answers. What came through another door stands beside it.
    """
    newest: dict[tuple[object, ...], Taken] = {}
    for each in taken:
        newest.pop(door := _door(each), None)
        newest[door] = each
    return tuple(sorted(newest.values(), key=lambda each: each.taken_on))


def is_said_again(earlier: Sequence[Taken], taken: Taken) -> bool:
    """Tell whether a questionnaire says word for word what stands: a form was sent twice, and nothing was changed."""
    same = [each for each in earlier if _door(each) == _door(taken)]
    return bool(same) and same[-1] == taken


def replaced(taken: Sequence[Taken]) -> tuple[Taken, ...]:
    """Return what no longer stands, in the order given: kept, and for the team to look at."""
    kept = {id(each) for each in standing(taken)}
    return tuple(each for each in taken if id(each) not in kept)


def not_taken_back(taken: Sequence[Taken]) -> tuple[Taken, ...]:
    """Return what was not taken back by leaving it out afterwards, in the order given: words that may still be read."""
    back: set[tuple[object, ...]] = set()
    found = []
    for each in reversed(taken):
        if each.skipped:
            back.add(_door(each))
        elif _door(each) not in back:
            found.append(each)
    return tuple(reversed(found))


def _door(taken: Taken) -> tuple[object, ...]:
    teller = _OWN_WORD.get(taken.said_by, taken.said_by)
    return taken.measure, taken.phase, taken.months, teller, taken.way, taken.placement_id
