"""The loop's health in numbers: answered, started, helped and fed back are four separate rates."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from app.store.outbox import oldest_waiting_seconds
from app.store.session import Tx

_COUNTS = text("""
    with live as (select * from referral where not is_history and status not in ('withdrawn', 'entered-in-error')
      and team_id not in (select id from organisation where environment = 'sandbox'))
    select count(*) as referrals,
      count(*) filter (where exists (select 1 from placement p where p.referral_id = live.id
        and p.answered_at is not null)) as answered,
      count(*) filter (where exists (select 1 from placement p where p.referral_id = live.id
        and p.started_at is not null)) as started,
      count(*) filter (where exists (select 1 from outcome o where o.referral_id = live.id
        and o.state = 'better')) as helped,
      count(*) filter (where status = 'closed') as fed_back,
      count(*) filter (where status in ('completed', 'ended-early')) as ended_not_closed,
      count(*) filter (where status in ('received', 'in-triage', 'active', 'waiting')
        and (next_action_on is null or (owner_id is null and not on_duty))) as orphaned
    from live
""")
_STATUSES = text(
    "select status, count(*) as count_of from referral where not is_history"
    " and team_id not in (select id from organisation where environment = 'sandbox') group by status"
)
_FAILED = text("select count(*) from feedback where status = 'failed'")


@dataclass(frozen=True, slots=True)
class LoopHealth:
    """Counts over all live referrals of the place; `orphaned` must be 0 at every moment."""

    referrals: int
    answered: int
    started: int
    helped: int
    fed_back: int
    ended_not_closed: int
    orphaned: int
    by_status: dict[str, int]
    failed_messages: int
    oldest_unsent_seconds: float


def loop_health(tx: Tx) -> LoopHealth:
    """Count the loop; counts only, nobody's record is opened."""
    counts = tx.session.execute(_COUNTS).mappings().one()
    return LoopHealth(
        **{name: int(value) for name, value in counts.items()},
        by_status={row.status: row.count_of for row in tx.session.execute(_STATUSES)},
        failed_messages=tx.session.scalar(_FAILED) or 0,
        oldest_unsent_seconds=oldest_waiting_seconds(tx),
    )
