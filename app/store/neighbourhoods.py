"""The place's neighbourhoods: their names, the areas that they are made of, and who works there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, any_, func, literal, or_, select, union, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from app.domain.areas import NEIGHBOURHOOD
from app.domain.errors import NotFound
from app.domain.vocabulary import OrganisationKind
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_geography import AreaRow, OdsEntryRow, PostcodeRow
from app.store.tables_stewardship import UnmetNeedRow


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """One neighbourhood: `code` is typed, `closed_at` since when nobody is matched by it."""

    code: str
    name: str
    closed_at: datetime | None
    areas: int
    services: int

    @property
    def slug(self) -> str:
        """Its code without the type, as it stands in an address."""
        return self.code.removeprefix(NEIGHBOURHOOD)


@dataclass(frozen=True, slots=True)
class There:
    """Who works in a neighbourhood: services that name it, and practices within it with their teams."""

    services: Sequence[tuple[UUID, str, str]]  # id, name, provider
    practices: Sequence[tuple[str, str | None]]  # name, team
    unmet: int  # how often nobody could help somebody from there


def list_all(tx: Tx) -> Sequence[Neighbourhood]:
    """Return every neighbourhood by name, the closed ones last."""
    found = _codes().subquery()
    parts = aliased(AreaRow)
    areas = select(func.count()).where(parts.neighbourhood == found.c.code).scalar_subquery()
    services = select(func.count()).where(_names(found.c.code)).scalar_subquery()
    query = select(found.c.code, AreaRow.name, AreaRow.closed_at, areas, services)
    rows = tx.session.execute(query.outerjoin(AreaRow, AreaRow.code == found.c.code))
    lines = [
        Neighbourhood(code, name or code.removeprefix(NEIGHBOURHOOD), *rest) for code, name, *rest in rows
    ]
    return sorted(lines, key=lambda line: (line.closed_at is not None, line.name.lower(), line.code))


def get(tx: Tx, code: str) -> Neighbourhood:
    """Return one; raises NotFound."""
    found = next((each for each in list_all(tx) if each.code == code), None)
    if found is None:
        raise NotFound
    return found


def hold(tx: Tx) -> None:
    """Let nobody else change neighbourhoods until this transaction ends."""
    key = func.hashtextextended("neighbourhoods", 0)
    tx.session.execute(select(func.pg_advisory_xact_lock(key)))


def list_areas(tx: Tx, code: str) -> Sequence[tuple[str, str | None]]:
    """Return the typed codes of which a neighbourhood is made, each with its name where one is known."""
    query = select(AreaRow.code, AreaRow.name).where(AreaRow.neighbourhood == code).order_by(AreaRow.code)
    return [(area, name) for area, name in tx.session.execute(query)]


def find_there(tx: Tx, code: str) -> There:
    """Return who works in a neighbourhood, and how often nobody could help there."""
    provider, team, practice = aliased(OrganisationRow), aliased(OrganisationRow), aliased(OrganisationRow)
    services = (
        select(ServiceRow.id, ServiceRow.name, provider.name)
        .join(provider, provider.id == ServiceRow.provider_id)
        .where(_names(literal(code)))
        .order_by(ServiceRow.name, ServiceRow.id)
    )
    own = (literal("lsoa:") + PostcodeRow.lsoa, literal("ward:") + PostcodeRow.ward)
    practices = (
        select(practice.name, team.name)
        .distinct()
        .join(OdsEntryRow, OdsEntryRow.code == practice.ods)
        .join(PostcodeRow, PostcodeRow.postcode == OdsEntryRow.postcode)
        .join(AreaRow, or_(*(AreaRow.code == each for each in own)))
        .outerjoin(team, team.id == practice.team_id)
        .where(practice.kind == OrganisationKind.PRACTICE, AreaRow.neighbourhood == code)
        .order_by(practice.name)
    )
    unmet = select(func.count()).where(UnmetNeedRow.neighbourhood == code)
    with tx.as_system("neighbourhoods") as system_tx:  # a count: the steward sees nobody's need
        number = system_tx.session.scalar(unmet) or 0
    return There(
        [(each, name, by) for each, name, by in tx.session.execute(services)],
        [(name, by) for name, by in tx.session.execute(practices)],
        number,
    )


def find_neighbourhoods_of(tx: Tx, codes: Collection[str]) -> Mapping[str, str]:
    """Return of which open neighbourhood each of these areas is a part; those of none are left out."""
    whole = aliased(AreaRow)
    query = (
        select(AreaRow.code, AreaRow.neighbourhood)
        .outerjoin(whole, whole.code == AreaRow.neighbourhood)
        .where(AreaRow.code.in_(codes), AreaRow.neighbourhood.is_not(None), whole.closed_at.is_(None))
    )
    return {code: of for code, of in tx.session.execute(query) if of}


def list_known(tx: Tx, codes: Collection[str]) -> Collection[str]:
    """Return which of these typed codes (of LSOAs and wards) a loaded postcode lies in."""
    kinds = (("lsoa:", PostcodeRow.lsoa), ("ward:", PostcodeRow.ward))
    found: set[str] = set()
    for prefix, column in kinds:
        plain = [code.removeprefix(prefix) for code in codes if code.startswith(prefix)]
        query = select(column).distinct().where(column.in_(plain))
        found |= {f"{prefix}{each}" for each in tx.session.scalars(query)}
    return found


def record(tx: Tx, code: str, *, audit: str, **values: Any) -> None:
    """Write a neighbourhood's own row: its name, or since when it is closed."""
    adding = insert(AreaRow).values(code=code, **values)
    tx.session.execute(adding.on_conflict_do_update(index_elements=["code"], set_=values))
    tx.audit(Entry(audit, "neighbourhood", code))


def put_areas(tx: Tx, code: str, areas: Collection[str], *, audit: str) -> None:
    """Make areas parts of a neighbourhood, wherever they were before."""
    for area in areas:
        adding = insert(AreaRow).values(code=area, neighbourhood=code)
        tx.session.execute(
            adding.on_conflict_do_update(index_elements=["code"], set_={"neighbourhood": code})
        )
    tx.audit(Entry(audit, "neighbourhood", code, None, {"areas": sorted(areas)}))


def take_area(tx: Tx, code: str, area: str, *, audit: str) -> None:
    """Take an area out of a neighbourhood; raises NotFound when it is no part of it."""
    part = (AreaRow.code == area, AreaRow.neighbourhood == code)
    gone = update(AreaRow).where(*part).values(neighbourhood=None).returning(AreaRow.code)
    if tx.session.scalar(gone) is None:
        raise NotFound
    tx.audit(Entry(audit, "neighbourhood", code, None, {"areas": [area]}))


def _codes() -> Any:
    """Every neighbourhood: those with a row of their own, and those that a loaded look-up names alone."""
    named = select(AreaRow.code.label("code")).where(AreaRow.code.like(f"{NEIGHBOURHOOD}%"))
    told = select(AreaRow.neighbourhood.label("code")).where(AreaRow.neighbourhood.is_not(None))
    return union(named, told)


def _names(code: Any) -> ColumnElement[bool]:
    """The condition that a service names a neighbourhood among its areas."""
    return cast(ColumnElement[bool], code == any_(ServiceRow.areas))
