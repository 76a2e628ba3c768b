"""Writes down what somebody was refused, or asked for and did not find: who tries doors stands in the audit too."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.access import Actor
from app.store.audit import Entry
from app.store.session import Database

ACT = "refuse"


@dataclass(frozen=True, slots=True)
class Denied:
    """What was asked for: the address as the map of addresses has it, and the id in it; never a code or a value."""

    asked: str
    method: str
    status: int  # 403: not this role; 404: not there, or another's
    subject_id: str


def record(db: Database, actor: Actor, denied: Denied) -> None:
    """Write a refusal down; whose record it would have been is not looked up, which the time taken would tell."""
    told = {"asked": denied.asked, "method": denied.method, "status": denied.status}
    with db.transaction(actor) as tx:
        tx.audit(Entry(ACT, "address", denied.subject_id, None, told))
