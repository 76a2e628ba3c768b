"""The referrals behind a line of a requester's or a team's evaluation: they see each of them, and each look is kept."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.access import Actor, check_acts_as
from app.domain.errors import NotFound
from app.domain.pack import Filters
from app.domain.vocabulary import Role
from app.services.evaluation.pack_cases import Case
from app.services.evaluation.pack_experience import is_experience
from app.services.evaluation.pack_figures import Sight, folded_codes
from app.services.evaluation.pack_rows import (
    CHANGE,
    LIST_AUDIT,
    NO_SIGHT,
    PAGE,
    ROUNDED,
    Found,
    Row,
    Rows,
    list_rows,
)
from app.services.evaluation.pack_sent import gather_sent, only_months, specs_of_sent
from app.services.shown.seen import Page
from app.store import people
from app.store.audit import Entry
from app.store.session import Database, Tx


def own_rows(db: Database, actor: Actor, filters: Filters, *, figure: str, line: str, page: int = 1) -> Rows:
    """Return the referrals behind a line, newest first, whichever kind of organisation the actor is of.

    Of what people answered there is no list for who asked or for a team: it stands on each referral. Raises NotFound
    for a figure or line that the evaluation does not have.
    """
    if actor.role is Role.PROVIDER:
        return list_rows(db, actor, filters, figure=figure, line=line, page=page)
    check_acts_as(actor, Role.LINK_WORKER, Role.PRACTICE)
    with db.transaction(actor) as tx:
        found = _found(tx, only_months(filters), figure, line)
        cases = sorted(
            found.cases, key=lambda case: (case.came.received_on, case.came.reference), reverse=True
        )
        rows = _rows(tx, cases[(page - 1) * PAGE : page * PAGE])
        detail = {"figure": figure, "line": line, "listed": len(rows)}
        tx.audit(Entry(LIST_AUDIT, "organisation", str(actor.organisation_id), None, detail))
    return Rows(found.title, found.line, Page(rows, len(cases), page, PAGE), found.why, found.is_listed)


def _found(tx: Tx, filters: Filters, figure: str, line: str) -> Found:
    if figure.startswith(CHANGE):
        return Found("Before and after", line, (), (NO_SIGHT,), is_listed=False)
    gathered = gather_sent(tx, filters, counts_all=True)
    spec = next((each for each in specs_of_sent(gathered) if each.key == figure), None)
    if spec is None or line not in spec.words:
        raise NotFound
    title, words = spec.title, spec.words[line]
    if spec.sight is Sight.NOBODY or is_experience(tx.measures, figure):
        return Found(title, words, (), (NO_SIGHT,), is_listed=False)
    wanted = set(folded_codes(spec, line))
    return Found(
        title, words, [case for case in spec.of if wanted.intersection(spec.codes(case))], (ROUNDED,)
    )


def _rows(tx: Tx, cases: Sequence[Case]) -> list[Row]:
    """Every person that is opened is written into the audit; who asked reads a name as they told it."""
    known = people.list_for_referrals(tx, [case.came.person_id for case in cases], audit=LIST_AUDIT)
    return [
        Row(
            case.came.referral_id,
            case.came.reference,
            known[case.came.person_id].details.full_name,
            case.came.received_on,
            case.came.started_on,
            case.came.status,
        )
        for case in cases
    ]
