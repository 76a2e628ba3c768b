"""Finds the team's own referrals by NHS number, reference or name; whoever is shown stands in the audit, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.caseload import MOST_NAMES, Show, Wanted
from app.domain.errors import FieldProblem, Invalid
from app.domain.person_search import Sought, likeness, read
from app.domain.vocabulary import Role
from app.services.caring.caseload import lines_of
from app.services.shown.seen import ReferralSummary
from app.store import caseload, people
from app.store.session import Database, Tx

MOST_SHOWN = 20
_ACT = "search for a person"


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found, what fits best first; `more` says how many besides fit and are not shown."""

    lines: Sequence[ReferralSummary]
    more: int
    all_looked_at: bool  # False where the team has more referrals than names are opened


def search(db: Database, actor: Actor, typed: str) -> Found:
    """Return the team's referrals that fit, ended ones too.

    Names and numbers are sealed, so those of the team's newest referrals (MOST_NAMES at most) are opened in memory and
    counted in the audit. Raises Invalid when nothing was typed that could be looked for.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    sought = sought_of(typed)
    with db.transaction(actor) as tx:
        if (ids := referred_to(tx, sought)) is not None:
            return Found(lines_of(tx, ids, audit=_ACT), 0, all_looked_at=True)
        found = caseload.list_people(tx, Wanted(show=Show.ALL), most=MOST_NAMES + 1)
        ids = fitting(tx, found[:MOST_NAMES], sought, audit=_ACT)
        lines = lines_of(tx, ids[:MOST_SHOWN], audit=_ACT)
        return Found(lines, max(0, len(ids) - MOST_SHOWN), all_looked_at=len(found) <= MOST_NAMES)


def sought_of(typed: str) -> Sought:
    """Return what is looked for; raises Invalid when nothing was typed that could be."""
    sought = read(typed)
    if sought == Sought():
        raise Invalid([FieldProblem("q", "Enter a name, an NHS number or a reference.", "required")])
    return sought


def referred_to(tx: Tx, sought: Sought) -> Sequence[UUID] | None:
    """Return the referral whose reference was typed; None where a name or a number was, which is to be looked for."""
    if sought.reference:
        return caseload.list_by_reference(tx, sought.reference)
    return (caseload.list_by_reference(tx, sought.perhaps) or None) if sought.perhaps else None


def fitting(tx: Tx, pairs: Sequence[tuple[UUID, UUID]], sought: Sought, *, audit: str) -> Sequence[UUID]:
    """Return which of these (referral, person) fit, what fits best first and of the same fit the newest."""
    known = people.list_for_count(tx, [person_id for _, person_id in pairs], audit=audit)
    fits = []
    for referral_id, person_id in pairs:
        details = known[person_id].details
        if sought.nhs_number:
            fit = int(details.nhs_number == sought.nhs_number)
        else:
            fit = likeness(sought.names, (*details.given, details.family or ""))
        if fit:
            fits.append((-fit, referral_id))
    return [referral_id for _, referral_id in sorted(fits, key=lambda pair: pair[0])]
