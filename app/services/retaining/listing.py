"""The daily look: puts each record whose time is over on the list, once; nothing is erased by it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Final
from uuid import UUID

from app.domain.access import system
from app.domain.follow_up import add_months
from app.domain.retention import Kept, Life, is_over, kept_until
from app.domain.retention_review import ASKED, DroppedWhy
from app.domain.subject_access import due_day
from app.services.retaining.retention import mental_health_needs, rules
from app.services.watching.calendar import limits_of
from app.store import people, record_lives, retention_reviews, retention_runs
from app.store.record_lives import Facts
from app.store.retention_reviews import NewReview
from app.store.session import LONDON, Database, Tx
from app.store.steward_tasks import record_list_task

TASK: Final = "retention-review"
MOST: Final = 2000  # new on the list in one day: more than anybody decides; the rest is there tomorrow
_AT_ONCE: Final = 500
_ACT: Final = "list for retention"
_LISTER: Final = system("retention")


def list_due(db: Database) -> int | None:
    """Look once a day; return how many records came onto the list, None when it was not time."""
    with db.transaction(_LISTER) as tx:
        if not retention_runs.take_turn(tx):
            return None
        _drop_overtaken(tx)
        _list_again(tx)
        ids, looked_at, listed = _candidates(tx), 0, 0
        for batch in _batches(ids):
            looked_at += len(batch)
            listed += _list_batch(tx, batch)
            if listed >= MOST:
                break
        retention_runs.add(tx, looked_at=looked_at, listed=listed)
        tell_steward(tx)
        return listed


def tell_steward(tx: Tx) -> None:
    """Have the steward's task for the list open as long as anything waits on it; as the platform."""
    record_list_task(tx, TASK, is_waiting=retention_reviews.is_any_open(tx))


def over_of(tx: Tx, person_ids: Collection[UUID], *, audit: str) -> Mapping[UUID, Kept]:
    """Return of those whose time is over by which rule it is, and since when; as the platform.

    A birth date can only make it longer, so only those are opened whose time is over without it.
    """
    facts = record_lives.facts_of(tx, person_ids)
    lives = {person_id: _life(each) for person_id, each in facts.items()}
    ids = [person_id for person_id, life in lives.items() if is_over(life, rules(), tx.today)]
    if not ids:
        return {}
    known = people.list_for_count(tx, ids, audit=audit)
    over = {}
    for person_id in ids:
        life = replace(lives[person_id], born_on=known[person_id].details.birth_date)
        kept = kept_until(life, rules())
        if kept is not None and tx.today > kept.until:
            over[person_id] = kept
    return over


def _life(facts: Facts) -> Life:
    return Life(
        last_help_on=facts.last_help_on,
        died_on=facts.died_on,
        is_mental_health=bool(facts.needs & mental_health_needs()),
        is_open=facts.is_open,
        is_held=facts.is_held,
    )


def _candidates(tx: Tx) -> Sequence[UUID]:
    """Whose help ended longer ago than any rule is long; the rules themselves decide of each."""
    years = min(rule.years for rule in rules().values() if rule.years is not None)
    day = add_months(tx.today, -12 * years)
    return record_lives.list_candidates(tx, before=datetime.combine(day, time(), LONDON))


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _list_batch(tx: Tx, ids: Sequence[UUID]) -> int:
    over = over_of(tx, ids, audit=_ACT)
    for person_id, kept in over.items():
        new = NewReview(person_id, kept.rule.code, kept_until=kept.until)
        retention_reviews.add(tx, new, by=None, audit=_ACT)
    return len(over)


def _drop_overtaken(tx: Tx) -> None:
    """Take off the list whose help goes on again, or whose time is not over any more."""
    waiting = [each for each in retention_reviews.list_open(tx) if not each.is_asked]
    over = over_of(tx, [each.person_id for each in waiting], audit=_ACT)
    facts = record_lives.facts_of(tx, [each.person_id for each in waiting])
    for review in waiting:
        if review.person_id not in over:
            goes_on = facts[review.person_id].is_open
            why = DroppedWhy.HELP_AGAIN if goes_on else DroppedWhy.NOT_OVER
            retention_reviews.record_dropped(tx, review, why, audit=_ACT)


def _list_again(tx: Tx) -> None:
    """Put what people asked for back on the list once no hold stands against it any more; a month begins anew."""
    for review_id in record_lives.list_paused(tx):
        before = retention_reviews.get(tx, review_id, audit=_ACT)
        due_on = limits_of(tx).days.on_or_after(due_day(tx.today))
        new = NewReview(before.person_id, ASKED, None, before.asked_how, due_on, before.referral_id)
        retention_reviews.add(tx, new, by=None, audit=_ACT)
