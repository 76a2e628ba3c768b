"""What a count may know of many people: only the parts that are counted are opened, for nobody to see."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select

from app.domain.completeness import lacks_of, unknown_of
from app.domain.vocabulary import Role
from app.store import extracts, people, person_keys
from app.store.among import among
from app.store.audit import Entry
from app.store.crypto import Cell, DataKey
from app.store.session import Tx
from app.store.tables_care import PersonRow

# What each sealed column holds is empty as a whole, or tells at least one of these: see app.store.people.
_WHOLE: Final[Mapping[str, str]] = {
    "nhs_number": "nhs-number",
    "birth_date": "birth-date",
    "contact": "contact",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a count may know of a person: no name, number, street or contact; `may_be_counted` unless they opted out."""

    birth_date: date | None
    gender: str | None
    ethnicity: str | None
    postcode: str | None
    may_be_counted: bool


def facts_of(tx: Tx, person_ids: Collection[UUID], *, audit: str) -> Mapping[UUID, Facts]:
    """Return what a count may know of many people; one audit line with how many, for nobody is shown to anybody."""
    who = PersonRow
    columns = (who.id, who.birth_date, who.address, who.about)
    query = select(*columns, who.type1_opt_out, who.national_opt_out).where(among(who.id, set(person_ids)))
    rows = tx.session.execute(query).all()
    tx.audit(Entry(audit, "person", "many", None, {"count": len(rows)}))
    keys = person_keys.list_all(tx, {row.id for row in rows})
    return {row.id: _facts(tx, row, keys[row.id]) for row in rows}


def list_willing(tx: Tx, person_ids: Collection[UUID], *, audit: str) -> Set[UUID]:
    """Return who of these people did not say no to being counted: an opt-out and a taken back consent are a no here as
    they are for the dataset. What somebody said of it is the platform's to read, whoever asks."""
    with tx.as_system(audit) as system_tx:
        who = PersonRow
        out = or_(who.type1_opt_out, who.national_opt_out)
        query = select(who.id).where(among(who.id, set(person_ids)), ~out)
        willing = set(system_tx.session.scalars(query))
        return willing - extracts.list_withdrawn(system_tx, willing, audit=audit)


def list_unknown(tx: Tx, person_ids: Collection[UUID], *, audit: str) -> Mapping[UUID, frozenset[str]]:
    """Return what is not recorded of many people (codes of app.domain.completeness); one audit line with how many.

    For a practice, what it has not told itself. For all others a column that is empty tells it unopened, and only the
    address and what is told about people have to be opened.
    """
    if tx.actor.role is Role.PRACTICE:
        told = people.list_for_count(tx, person_ids, audit=audit)
        return {one: lacks_of(person) for one, person in told.items()}
    who = PersonRow
    there = [getattr(who, name).is_not(None).label(code) for name, code in _WHOLE.items()]
    columns = (who.id, who.address, who.about, who.restricted)
    rows = tx.session.execute(select(*columns, *there).where(among(who.id, set(person_ids)))).all()
    tx.audit(Entry(audit, "person", "many", None, {"count": len(rows)}))
    keys = person_keys.list_all(tx, {row.id for row in rows})
    return {row.id: _unknown(tx, row, keys[row.id]) for row in rows}


def _unknown(tx: Tx, row: Any, key: DataKey) -> frozenset[str]:
    told = _opened(tx, row, key, "about") | ({} if row.restricted else _opened(tx, row, key, "address"))
    there = {code for code in _WHOLE.values() if row._mapping[code]}
    there |= {code for code in ("gender", "ethnicity") if told.get(code)}
    there |= {"address"} if told.get("postcode") else set()
    return unknown_of(there, restricted=row.restricted)


def _facts(tx: Tx, row: Any, key: DataKey) -> Facts:
    told = _opened(tx, row, key, "birth_date", "address", "about")
    born = told.get("birth_date")
    return Facts(
        birth_date=date.fromisoformat(born) if born else None,
        gender=told.get("gender"),
        ethnicity=told.get("ethnicity"),
        postcode=told.get("postcode"),
        may_be_counted=not (row.type1_opt_out or row.national_opt_out),
    )


def _opened(tx: Tx, row: Any, key: DataKey, *columns: str) -> dict[str, Any]:
    sealed = {name: value for name in columns if (value := getattr(row, name)) is not None}
    told: dict[str, Any] = {}
    for name, value in sealed.items():
        told |= json.loads(tx.cipher.open_text(key, Cell("person", name, row.id), value) or "{}")
    return told
