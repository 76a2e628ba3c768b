"""The proof that nobody is forgotten, as questions to the database: each finds what must not be there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, delete, select, text

from app.domain.invariants import GRACE, LATE_MESSAGE, Breach, Invariant, Run
from app.store.session import LONDON, Tx
from app.store.tables_watch import InvariantRunRow

KEPT = timedelta(days=14)
_MOST = 200  # of one kind: more of the same tells nothing new
_WITH = """
    with live as (
      select * from referral where not is_history and status in ('received', 'in-triage', 'active', 'waiting')
        and team_id not in (select id from organisation where environment = 'sandbox')),
    placed as (
      select p.* from placement p join live r on r.id = p.referral_id where p.status in
        ('offered', 'opened', 'information-requested', 'accepted', 'waitlisted', 'started', 'paused'))
"""
_QUESTIONS: Mapping[Invariant, str] = {
    Invariant.NO_OWNER: """select r.id from live r left join user_account u on u.id = r.owner_id
        where case when r.owner_id is null then not r.on_duty
          else not u.active or not (u.organisation_id = r.team_id and u.role = 'link-worker' or exists (
            select 1 from seat s where s.user_id = u.id and s.organisation_id = r.team_id
              and s.role = 'link-worker' and s.ended_at is null)) end""",
    Invariant.TEAM_EMPTY: """select distinct r.team_id from live r where not exists (
        select 1 from user_account u where u.organisation_id = r.team_id and u.active
          and u.role = 'link-worker') and not exists (
        select 1 from seat s join user_account u on u.id = s.user_id where s.organisation_id = r.team_id
          and s.role = 'link-worker' and s.ended_at is null and u.active)""",
    Invariant.NO_NEXT_ACTION: "select r.id from live r where r.next_action_on is null",
    Invariant.PAST_EXPIRY: """select p.id from placed p
        where p.status in ('offered', 'opened') and p.respond_by < :expired_by""",
    Invariant.NOTHING_GOING_ON: """select r.id from live r where r.status in ('active', 'waiting')
        and not exists (select 1 from referral_bond b where b.referral_id = r.id
          and b.decision = 'together' and b.undone_at is null)
        and not exists (select 1 from placed p where p.referral_id = r.id)
        and not exists (select 1 from task t where t.referral_id = r.id and t.done_at is null)""",
    Invariant.PARKED_UNSEEN: """select m.id from inbox_message m where m.status = 'parked'
        and not exists (select 1 from task t where t.inbox_id = m.id and t.done_at is null)
        and not exists (select 1 from set_aside s
          where s.kind = 'waiting' and s.subject_id = m.id and s.ended_at is null)""",
    Invariant.MESSAGE_UNANSWERED: """select j.id from async_job j
        where j.kind = 'message' and j.status = 'waiting' and j.created_at < :unanswered_since""",
    Invariant.OUTBOX_LATE: """select o.id from outbox_message o join feedback f on f.id = o.feedback_id
        where o.status = 'waiting' and o.next_attempt_at < :late_since
        and (o.leased_until is null or o.leased_until < :late_since)
        and not exists (select 1 from feedback g join outbox_message e on e.feedback_id = g.id
          where g.referral_id = f.referral_id and g.number < f.number and e.status = 'waiting')""",
}
_CHECKED = """select (select count(*) from live) + (select count(*) from placed)
    + (select count(*) from inbox_message where status = 'parked')
    + (select count(*) from async_job where kind = 'message' and status = 'waiting')
    + (select count(*) from outbox_message where status = 'waiting')"""
_ONE_AT_A_TIME = text("select pg_try_advisory_xact_lock(7243004)")


def take_turn(tx: Tx) -> bool:
    """Tell whether this process is the one that watches now; the turn ends with the transaction."""
    return bool(tx.session.scalar(_ONE_AT_A_TIME))


def list_breaches(tx: Tx) -> tuple[int, Sequence[Breach]]:
    """Return how many things were looked at, and what is not as it must be."""
    values = {
        "expired_by": (tx.now - GRACE).astimezone(LONDON).date(),
        "unanswered_since": tx.now - LATE_MESSAGE,
        "late_since": tx.now - GRACE,
    }
    found = []
    for invariant, words in _QUESTIONS.items():
        question = _asked(words, f"limit {_MOST}")
        found += [Breach(invariant, one) for one in _ids(tx, question, values)]
    return tx.session.scalar(_asked(_CHECKED)) or 0, found


def _asked(*words: str) -> TextClause:
    return text(" ".join((_WITH, *words)))


def _ids(tx: Tx, question: TextClause, values: Mapping[str, Any]) -> Sequence[UUID]:
    needed = {name: values[name] for name in question.compile().params}
    return tx.session.scalars(question, needed).all()


def add_run(tx: Tx, run: Run) -> None:
    """Write a proof down, and let go of old ones."""
    breaches = [{"code": each.invariant.value, "id": str(each.subject_id)} for each in run.breaches]
    tx.session.add(InvariantRunRow(ran_at=run.ran_at, checked=run.checked, breaches=breaches))
    tx.session.execute(delete(InvariantRunRow).where(InvariantRunRow.ran_at < tx.now - KEPT))
    tx.session.flush()


def find_last_run(tx: Tx) -> Run | None:
    """Return the newest proof that the actor may see, None before the first."""
    row = tx.session.scalars(select(InvariantRunRow).order_by(InvariantRunRow.id.desc()).limit(1)).first()
    if row is None:
        return None
    breaches = tuple(Breach(Invariant(each["code"]), UUID(each["id"])) for each in row.breaches)
    return Run(row.ran_at, row.checked, breaches)
