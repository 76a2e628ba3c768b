"""What came of my referrals: a practice's or a team's own, in a period, by need, with the four rates of the loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.came_of import STAND_WORDS, Became, CameLine, Moved, by_need, came_line, moved
from app.domain.measures import Item, Library, Measure, Total
from app.domain.outcomes import ENDS, Phase, Taken
from app.domain.sheet import write_csv
from app.domain.small_numbers import may_show_mean, step_of
from app.domain.standing import standing
from app.domain.vocabulary import NEED_WORDS, Need, Role
from app.services.evaluation.pack_changes import interval
from app.store import came_of, outcomes
from app.store.came_of import NOWHERE, Sent
from app.store.outcomes import Numbers
from app.store.session import Database, Tx

_ACT: Final = "read what came of referrals"
_GOAL: Final = "How near they were to their own goal"


@dataclass(frozen=True, slots=True)
class WhatCame:
    """The referrals of a period: all of them, by need, and the change on each scale that was asked."""

    since: date
    until: date
    whole: CameLine
    needs: Sequence[CameLine]
    moved: Sequence[Moved]


def what_came(db: Database, actor: Actor, *, since: date, until: date) -> WhatCame:
    """Return what came of the actor's own referrals of a period (both days belong to it); counts, nobody's name.

    The numbers are exact: whoever reads them may see each of these people. A source that hears nothing has none.
    """
    check_acts_as(actor, Role.PRACTICE, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        sent = came_of.list_sent(tx, since=since, until=until, audit=_ACT)
        ids = [each.referral_id for each in sent]
        ended = outcomes.numbers_of(tx, ids, audit=_ACT)
        taken = _seen(tx, outcomes.measures_of(tx, ids, audit=_ACT))
        became = _became(tx, sent, ended)
        order = [need.value for need in Need]
        return WhatCame(
            since=since,
            until=until,
            whole=came_line("", became),
            needs=by_need(became, order),
            moved=[*_goals(sent, ended), *_scales(tx.measures, sent, taken)],
        )


def as_csv(found: WhatCame) -> bytes:
    """Return the lines by need as a file that a spreadsheet opens safely."""
    steps = ("counted", "answered", "started", "helped", "told_here", "fed_back")
    head = ("need", "referrals", *STAND_WORDS, *steps)
    rows = [
        (
            NEED_WORDS[Need(each.need)] if each.need else "All needs",
            each.referrals,
            *each.stands.values(),
            *(each.counted, each.answered, each.started, each.helped, each.told_here, each.fed_back),
            "" if each.wait_weeks is None else f"{each.wait_weeks:.1f}",
        )
        for each in (*found.needs, found.whole)
    ]
    return write_csv([(*head, "middle_wait_weeks"), *rows])


def _seen(tx: Tx, taken: Mapping[UUID, Sequence[Taken]]) -> Mapping[UUID, Sequence[Taken]]:
    """What whoever asked may see of answers: these numbers are exact, so that of one person they tell the answer."""
    if tx.actor.role is Role.LINK_WORKER:
        return taken
    return {one: [tx.measures.seen_outside(each) for each in told] for one, told in taken.items()}


def _became(tx: Tx, sent: Sequence[Sent], ended: Mapping[UUID, Numbers]) -> list[Became]:
    with tx.as_system(
        "what came"
    ) as system_tx:  # a practice sees no placement; whether one began it was told
        went = came_of.went(system_tx, [each.referral_id for each in sent])
    found = []
    for each in sent:
        far, outcome = went.get(each.referral_id, NOWHERE), ended.get(each.referral_id)
        needs = each.needs or (Need.OTHER.value,)
        state = outcome.state if outcome else None
        far_and_how = (far.answered, far.started_on, state, each.loaded)
        found.append(Became(needs, each.status, each.received_on, *far_and_how))
    return found


def _goals(sent: Sequence[Sent], ended: Mapping[UUID, Numbers]) -> list[Moved]:
    """One pair a person: of several referrals the last that was rated twice."""
    rated: dict[UUID, tuple[float, float] | None] = {}
    for each in sent:
        told = ended.get(each.referral_id)
        if told is None or (told.goal_before is None and told.goal_after is None):
            continue
        if told.goal_before is not None and told.goal_after is not None:
            rated[each.person_id] = (told.goal_before, told.goal_after)
        rated.setdefault(each.person_id, None)
    pairs = [pair for pair in rated.values() if pair]
    scale = Moved(_GOAL, True, 0, 10, asked=len(rated), paired=0)
    return [_told(moved(scale, pairs, matters=None), pairs)] if rated else []


def _scales(library: Library, sent: Sequence[Sent], taken: Mapping[UUID, Sequence[Taken]]) -> list[Moved]:
    """One pair a person and scale: the first answer of before and the last of after, over their referrals."""
    answers: dict[tuple[str, str, str], dict[UUID, dict[Phase, float]]] = {}
    for each in sent:
        for one in standing(taken.get(each.referral_id, ())):
            if one.skipped or one.phase is Phase.FOLLOW_UP:
                continue
            for code, value in library.scores(one).items():
                theirs = answers.setdefault((one.measure, one.version, code), {})
                told = theirs.setdefault(each.person_id, {})
                if one.phase is Phase.AFTER or one.phase not in told:
                    told[one.phase] = value
    return [
        line
        for (code, version, part), theirs in answers.items()
        if (measure := library.find(code, version)) and (scale := _scale(measure, part))
        for line in [_moved(measure, scale, list(theirs.values()))]
    ]


def _scale(measure: Measure, code: str) -> Item | Total | None:
    """The sums of a questionnaire where it has any, else its questions."""
    counted: Sequence[Item | Total] = measure.totals or measure.items
    return next((each for each in counted if each.code == code), None)


def _moved(measure: Measure, scale: Item | Total, theirs: Sequence[Mapping[Phase, float]]) -> Moved:
    pairs = [(told[Phase.BEFORE], told[Phase.AFTER]) for told in theirs if len(told) == len(ENDS)]
    empty = Moved(
        question=measure.display(scale.code),
        higher_is_better=scale.higher_is_better,
        low=scale.low,
        high=scale.high,
        asked=len(theirs),
        paired=0,
    )
    told = moved(empty, pairs, matters=scale.change_that_matters)
    return told if isinstance(scale, Item) and scale.is_category else _told(told, pairs)


def _told(line: Moved, pairs: Sequence[tuple[float, float]]) -> Moved:
    """Add the means and the mean change as a pack tells them: from ten people on, in its steps, with the interval."""
    befores, afters = [before for before, _ in pairs], [after for _, after in pairs]
    steps = [after - before for before, after in pairs]
    if not all(may_show_mean(values) for values in (befores, afters, steps)):
        return line
    step = step_of(len(pairs), line.high - line.low)
    before, after, change = (interval(values, step) for values in (befores, afters, steps))
    return replace(line, before=before, after=after, change=change)
