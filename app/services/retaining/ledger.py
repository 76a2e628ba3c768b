"""The ledger: who was erased and what is on hold, kept away from the database and gone through after any restore."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import NotFound
from app.domain.retention_review import DroppedWhy
from app.domain.vocabulary import Role
from app.services.retaining.listing import tell_steward
from app.services.rights.data_map import data_map
from app.store import departures, erasures, legal_holds, retention_reviews
from app.store.erasures import Erasure
from app.store.legal_holds import Hold
from app.store.session import Database

_ERASE: Final = "erase person again"
_HOLD: Final = "put on hold again"


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many people were erased again, and how many holds stand as the ledger has them again."""

    erased: int
    held: int


@dataclass(frozen=True, slots=True)
class _Held:
    """A hold with its words, sealed as they are: they open by the person's key alone."""

    hold: Hold
    words: bytes | None


def ledger(db: Database, actor: Actor) -> Iterator[str]:
    """Yield the ledger, a line of JSON for each erasure and each hold: to be kept away from the database."""
    check_acts_as(actor, Role.SYSTEM)
    with db.transaction(actor) as tx:
        lines, holds = erasures.list_all(tx), legal_holds.list_all(tx)
    yield from (json.dumps(_told(each)) for each in lines)
    yield from (json.dumps(_told_of_hold(_Held(*each))) for each in holds)


def replay(db: Database, actor: Actor, lines: Iterable[str]) -> Replayed:
    """Erase again whom a restore brought back, and put on hold again what it let go.

    Raises ValueError for a line that is none. Whoever is not in this database at all was in no copy of it either, and
    is passed over. Going through it twice changes nothing more.
    """
    check_acts_as(actor, Role.SYSTEM)
    told = [_read(line) for line in lines if line.strip()]
    erased = sum(_erase(db, actor, line) for line in told if isinstance(line, Erasure))
    held = sum(_hold(db, actor, line) for line in told if isinstance(line, _Held))
    return Replayed(erased, held)


def _erase(db: Database, actor: Actor, line: Erasure) -> bool:
    """Always to the end: where the newest keys were restored the key is gone, and all else has come back."""
    with db.transaction(actor) as tx:
        try:
            rows = erasures.erase_again(tx, data_map(), line.person_id, audit=_ERASE)
        except NotFound:
            return False
        is_new = not erasures.is_known(tx, line.id)
        if is_new:
            erasures.add_again(tx, replace(line, rows=rows))
        retention_reviews.record_erased(tx, line.person_id, line.id, audit=_ERASE)
        tell_steward(tx)
        return is_new


def _hold(db: Database, actor: Actor, line: _Held) -> bool:
    with db.transaction(actor) as tx:
        review = retention_reviews.find_open(tx, line.hold.person_id)
        departures.shut(tx, line.hold.person_id)
        try:
            is_changed = legal_holds.record_again(tx, line.hold, line.words, audit=_HOLD)
        except NotFound:
            return False
        if review is not None and legal_holds.is_held(tx, line.hold.person_id):
            retention_reviews.record_dropped(tx, review, DroppedWhy.HELD, audit=_HOLD)
        tell_steward(tx)
        return is_changed


def _told(line: Erasure) -> Mapping[str, Any]:
    told = {"id": str(line.id), "person_id": str(line.person_id), "why": line.why, "rows": dict(line.rows)}
    return told | {"erased_at": line.erased_at.isoformat()}


def _told_of_hold(line: _Held) -> Mapping[str, Any]:
    hold = line.hold
    told: dict[str, Any] = {"hold_id": str(hold.id), "person_id": str(hold.person_id), "code": hold.code}
    told["words"] = b64encode(line.words).decode() if line.words else None
    told["until"] = hold.until.isoformat() if hold.until else None
    for name in ("made_at", "lift_asked_at", "lifted_at"):
        at = getattr(hold, name)
        told[name] = at.isoformat() if at else None
    for name in ("made_by", "lift_asked_by", "lifted_by"):
        by = getattr(hold, name)
        told[name] = str(by) if by else None
    return told


def _read(line: str) -> Erasure | _Held:
    try:
        told = json.loads(line)
        return _read_hold(told) if "hold_id" in told else _read_erasure(told)
    except (KeyError, TypeError, ValueError) as fault:
        raise ValueError("A line of the ledger cannot be read.") from fault


def _read_erasure(told: Mapping[str, Any]) -> Erasure:
    at = datetime.fromisoformat(told["erased_at"])
    return Erasure(UUID(told["id"]), UUID(told["person_id"]), str(told["why"]), at, dict(told["rows"]))


def _read_hold(told: Mapping[str, Any]) -> _Held:
    def at(name: str) -> datetime | None:
        return datetime.fromisoformat(told[name]) if told[name] else None

    def by(name: str) -> UUID | None:
        return UUID(told[name]) if told[name] else None

    hold = Hold(
        id=UUID(told["hold_id"]),
        person_id=UUID(told["person_id"]),
        code=str(told["code"]),
        until=date.fromisoformat(told["until"]) if told["until"] else None,
        made_at=datetime.fromisoformat(told["made_at"]),
        made_by=by("made_by"),
        lift_asked_at=at("lift_asked_at"),
        lift_asked_by=by("lift_asked_by"),
        lifted_at=at("lifted_at"),
        lifted_by=by("lifted_by"),
    )
    return _Held(hold, b64decode(told["words"]) if told["words"] else None)
