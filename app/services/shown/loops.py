"""A practice's own referrals: lists with their true counts, and one of them found by name, number or reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.caseload import MOST_NAMES
from app.domain.loops_wanted import LoopShow
from app.domain.person_search import Sought
from app.domain.vocabulary import Role
from app.services.caring.person_search import MOST_SHOWN, fitting, referred_to, sought_of
from app.services.incoming.duplicates import steps_of
from app.services.shown.seen import LoopLine, LoopPage, Page
from app.services.shown.seen_lines import loop_line
from app.store import loops_listed, people, referrals
from app.store.session import Database, Tx

_LIST: Final = "list loops"
_FIND: Final = "search for a referred person"


@dataclass(frozen=True, slots=True)
class Loops:
    """One list with its page, and how many referrals each list has."""

    page: LoopPage
    counts: Mapping[LoopShow, int]


@dataclass(frozen=True, slots=True)
class LoopsFound:
    """Who was found, what fits best first; `more` says how many besides fit and are not shown."""

    lines: Sequence[LoopLine]
    more: int
    all_looked_at: bool  # False where there are more referrals than names are opened


def list_of(db: Database, actor: Actor, show: LoopShow, *, page: int = 1) -> Loops:
    """Return a page of the practice's own referrals, what is to be filed first, then the newest."""
    check_acts_as(actor, Role.PRACTICE)
    with db.transaction(actor) as tx:
        counts = loops_listed.count(tx)
        ids = loops_listed.list_ids(tx, show, page=page, size=referrals.PAGE)
        return Loops(Page(_lines(tx, ids, _LIST), counts[show], page, referrals.PAGE), counts)


def find(db: Database, actor: Actor, typed: str) -> LoopsFound:
    """Return the practice's own referrals that fit, ended ones too; who is opened for it stands in the audit.

    Raises Invalid when nothing was typed that could be looked for.
    """
    check_acts_as(actor, Role.PRACTICE)
    sought = sought_of(typed)
    with db.transaction(actor) as tx:
        ids, all_looked_at = _fitting(tx, sought)
        lines = _lines(tx, ids[:MOST_SHOWN], _FIND)
    return LoopsFound(lines, max(0, len(ids) - MOST_SHOWN), all_looked_at)


def _fitting(tx: Tx, sought: Sought) -> tuple[Sequence[UUID], bool]:
    if (named := referred_to(tx, sought)) is not None:
        return named, True
    found = loops_listed.list_people(tx, most=MOST_NAMES + 1)
    return fitting(tx, found[:MOST_NAMES], sought, audit=_FIND), len(found) <= MOST_NAMES


def _lines(tx: Tx, ids: Sequence[UUID], act: str) -> list[LoopLine]:
    found = referrals.list_in_order(tx, ids, audit=act)
    known = people.list_for_referrals(tx, [referral.person_id for referral in found], audit=act)
    steps = steps_of(tx, [referral.id for referral in found], audit=act)
    return [loop_line(each, known[each.person_id], steps.get(each.id, ())) for each in found]
