"""The loop's health in numbers: answered, started, helped and fed back are four separate rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import text

from app.store.outbox import oldest_waiting_seconds
from app.store.session import Tx

PAGE: Final = 50
# One step of the loop, by its name: what is true of a referral that has reached it.
STEPS: Final = MappingProxyType(
    {
        "answered": "exists (select 1 from placement p where p.referral_id = live.id and p.answered_at is not null)",
        "started": "exists (select 1 from placement p where p.referral_id = live.id and p.started_at is not null)",
        "helped": "exists (select 1 from outcome o where o.referral_id = live.id and o.state = 'better')",
        "fed_back": "live.status = 'closed'",
    }
)
_LIVE: Final = """
    with live as (select * from referral where not is_history and status not in ('withdrawn', 'entered-in-error')
      and team_id not in (select id from organisation where environment = 'sandbox'))
"""
_COUNTS = text(  # of our own conditions alone
    _LIVE  # noqa: S608
    + "select count(*) as referrals, "
    + "".join(f"count(*) filter (where {reached}) as {step}, " for step, reached in STEPS.items())
    + """
      count(*) filter (where status in ('completed', 'ended-early')) as ended_not_closed,
      count(*) filter (where status in ('received', 'in-triage', 'active', 'waiting')
        and (next_action_on is null or (owner_id is null and not on_duty))) as orphaned
    from live"""
)
_LINE: Final = """
    select live.reference, live.status, live.received_at, live.next_action_on, asked.name as requester_name,
      asked.source_kind, team.name as team_name
    from live join organisation asked on asked.id = live.requester_id join organisation team on team.id = live.team_id
"""
_OLDEST_FIRST: Final = "order by live.received_at, live.id limit :most offset :past"
_LINES: Final = {
    (step, has): text(" ".join((_LIVE, _LINE, "where" if has else "where not", reached, _OLDEST_FIRST)))
    for step, reached in STEPS.items()
    for has in (True, False)
}
_STATUSES = text(
    "select status, count(*) as count_of from referral where not is_history"
    " and team_id not in (select id from organisation where environment = 'sandbox') group by status"
)
_FAILED = text("select count(*) from feedback where status = 'failed'")


@dataclass(frozen=True, slots=True)
class LoopLine:
    """One referral behind a rate: by its reference, nobody's name."""

    reference: str
    status: str
    received_at: datetime
    next_action_on: date | None
    requester_name: str
    source_kind: str
    team_name: str


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


def list_lines(tx: Tx, step: str, *, has: bool, page: int) -> Sequence[LoopLine]:
    """Return the referrals that have reached a step, or have not, the oldest first; raises KeyError for no step."""
    told = {"most": PAGE, "past": (page - 1) * PAGE}
    return [LoopLine(**row) for row in tx.session.execute(_LINES[step, has], told).mappings()]
