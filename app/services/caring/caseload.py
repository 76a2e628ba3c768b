"""The link worker's caseload: today's counts, and the list that each of them opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.caseload import MOST_NAMES, AskAbout, Show, Sort, Wanted
from app.domain.referral import Person
from app.domain.vocabulary import Role
from app.services.caring.owners_seen import whose
from app.services.shown.seen import Page, ReferralPage, ReferralSummary
from app.services.shown.seen_lines import referral_line
from app.store import caseload, people, referrals
from app.store.session import Database, Tx

_ACT = "list referrals"


@dataclass(frozen=True, slots=True)
class Caseload:
    """One page of a list, and how many rows each list of today has.

    `ask_about`: on the list of consent, by referral, what each person is to be asked about; empty on every other.
    """

    page: ReferralPage
    counts: Mapping[Show, int]
    ask_about: Mapping[UUID, Sequence[AskAbout]] = field(default_factory=dict)


def list_caseload(db: Database, actor: Actor, wanted: Wanted, *, page: int = 1) -> Caseload:
    """Return a page of the team's list that is wanted, with the counts of today; for link workers.

    By name it is ordered in memory: every name of the list is opened, counted in the audit and not shown.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        total = caseload.count(tx, wanted)
        ids = _by_name(tx, wanted, page) if wanted.sort is Sort.NAME else None
        if ids is None:
            ids = caseload.list_ids(tx, wanted, page=page, size=referrals.PAGE)
        lines = lines_of(tx, ids, audit=_ACT)
        ask_about = caseload.list_to_ask_about(tx, ids) if wanted.show is Show.CONSENT else {}
        counts = caseload.count_today(tx, wanted.whose)
        return Caseload(Page(lines, total, page, referrals.PAGE), counts, ask_about)


def lines_of(tx: Tx, ids: Sequence[UUID], *, audit: str) -> Sequence[ReferralSummary]:
    """Return these referrals as lines in their order, each person shown with an audit line of their own."""
    found = referrals.list_in_order(tx, ids, audit=audit)
    known = people.list_for_referrals(tx, [referral.person_id for referral in found], audit=audit)
    return whose(tx, [referral_line(each, known[each.person_id], tx.today) for each in found])


def _by_name(tx: Tx, wanted: Wanted, page: int) -> Sequence[UUID] | None:
    """Return a page of the list by family name; None where the list is too long to be opened."""
    found = caseload.list_people(tx, wanted, most=MOST_NAMES + 1)
    if len(found) > MOST_NAMES:
        return None
    known = people.list_for_count(tx, [person_id for _, person_id in found], audit=_ACT)
    in_order = sorted(found, key=lambda pair: (*_name(known[pair[1]]), str(pair[0])))
    first = (page - 1) * referrals.PAGE
    return [referral_id for referral_id, _ in in_order[first : first + referrals.PAGE]]


def _name(person: Person) -> tuple[str, str]:
    details = person.details
    return (details.family or "").casefold(), " ".join(details.given).casefold()
