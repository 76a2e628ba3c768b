"""Notices unusual looks at records in the audit, once an hour: plain counts over the limits of the file beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

from app.domain.access import system
from app.domain.likeness import same_family
from app.store import look_alerts, people
from app.store.audit import Entry
from app.store.look_alerts import Limit, Noticed
from app.store.session import Database, Tx

EVERY: Final = timedelta(hours=1)
BACK: Final = timedelta(hours=26)  # so far back, that a worker which was away for a day misses nothing
_ACT: Final = "note unusual looks"
_FILE: Final = Path(__file__).with_suffix(".toml")
_WATCHER: Final = system("unusual looks")
_OWN_NAME: Final = "own-name"


@cache
def limits() -> Mapping[str, Limit]:
    """Return the limits by kind, as the file has them."""
    told = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {kind: Limit(**values) for kind, values in told.items()}


def note_due(db: Database) -> bool:
    """Count anew where the last count is an hour old; tell whether it was done."""
    with db.transaction(_WATCHER) as tx:
        if not look_alerts.take_turn(tx) or look_alerts.find_last_run(tx, _ACT, tx.now - EVERY):
            return False
        noticed = [each for kind, limit in limits().items() for each in _of(tx, kind, limit)]
        look_alerts.record(tx, noticed)
        tx.audit(Entry(_ACT, "look alert", "all", None, {"noticed": len(noticed)}))
    return True


def _of(tx: Tx, kind: str, limit: Limit) -> Sequence[Noticed]:
    if limit.counts == _OWN_NAME:
        return _own_names(tx, kind, limit)
    return look_alerts.list_counted(tx, kind, limit, since=tx.now - BACK)


def _own_names(tx: Tx, kind: str, limit: Limit) -> Sequence[Noticed]:
    """Return who opened a record of their own family name; one audit line tells how many names were compared."""
    pairs = look_alerts.list_pairs(tx, limit, since=tx.now - BACK)
    known = people.list_for_count(tx, {each.person_id for each in pairs}, audit=_ACT) if pairs else {}
    return [
        Noticed(kind, each.user_id, each.organisation_id, each.from_at, 1, each.person_id)
        for each in pairs
        if each.person_id in known and same_family(each.full_name, known[each.person_id].details.family)
    ]
