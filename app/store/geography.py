"""Look-ups in the open data that the place has loaded; what a file does not tell stays as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from app.domain.areas import Point
from app.domain.directory_words import VenueKind
from app.domain.geography import Area, Located, OdsEntry, OdsRole
from app.domain.identifiers import outward_of
from app.store.among import among_words
from app.store.session import Tx
from app.store.tables_directory import VenueRow
from app.store.tables_geography import AreaRow, OdsEntryRow, PostcodeRow


def find_place(tx: Tx, postcode: str | None) -> Located | None:
    """Return where a postcode lies, None for one that is not loaded; however it is written."""
    return list_places(tx, [postcode]).get(postcode) if postcode else None


def list_places(tx: Tx, postcodes: Iterable[str | None]) -> Mapping[str, Located]:
    """Return where postcodes lie, each by its spelling in the question; those that are not loaded are left out."""
    spelt = {each: own for each in postcodes if each and (own := _spelling(each))}
    theirs = among_words(PostcodeRow.postcode, set(spelt.values()))
    rows = tx.session.scalars(select(PostcodeRow).where(theirs)).all()
    codes = {f"{kind}:{code}" for row in rows for kind, code in _areas_of(row)}
    whole = aliased(AreaRow)
    query = select(AreaRow, whole.closed_at).outerjoin(whole, whole.code == AreaRow.neighbourhood)
    known: dict[str, Area] = {}
    closed: set[str] = set()
    for row, closed_at in tx.session.execute(query.where(AreaRow.code.in_(codes))):
        known[row.code] = Area(row.code, row.name, row.neighbourhood, row.imd_decile)
        if row.neighbourhood and closed_at:
            closed.add(row.neighbourhood)
    found = {row.postcode: _located(row, known, closed) for row in rows}
    return {each: found[own] for each, own in spelt.items() if own in found}


def _spelling(postcode: str) -> str | None:
    outward = outward_of(postcode)
    squeezed = "".join(postcode.upper().split())
    return f"{outward} {squeezed.removeprefix(outward)}" if outward else None


def _areas_of(row: PostcodeRow) -> list[tuple[str, str]]:
    return [(kind, code) for kind, code in (("lsoa", row.lsoa), ("ward", row.ward)) if code]


def _located(row: PostcodeRow, known: Mapping[str, Area], closed: Set[str]) -> Located:
    codes = [f"{kind}:{code}" for kind, code in _areas_of(row)]
    areas = [known[code] for code in codes if code in known]
    told = next((area.imd_decile for area in areas if area.imd_decile), None)
    whole = [area.neighbourhood for area in areas if area.neighbourhood]
    return Located(
        row.postcode,
        None if row.latitude is None or row.longitude is None else Point(row.latitude, row.longitude),
        ward=row.ward,
        lsoa=row.lsoa,
        msoa=row.msoa,
        lad=row.lad,
        imd_decile=told or row.imd_decile,
        ended=row.ended,
        neighbourhood=next((each for each in whole if each not in closed), None),
        was_in=next((each for each in whole if each in closed), None),
    )


def find_centre(tx: Tx, district: str) -> Point | None:
    """Return the middle of a postcode district's postcodes, None for one that is not loaded."""
    inside = PostcodeRow.postcode.like(f"{district} %")
    query = select(func.avg(PostcodeRow.latitude), func.avg(PostcodeRow.longitude)).where(inside)
    latitude, longitude = tx.session.execute(query).one()
    return None if latitude is None else Point(latitude, longitude)


def find_area_name(tx: Tx, code: str) -> str | None:
    """Return the name of a typed code, None when no look-up told it."""
    row = tx.session.get(AreaRow, code)
    return None if row is None else row.name


def list_area_names(tx: Tx, codes: Iterable[str]) -> Mapping[str, str]:
    """Return the names of typed codes; those that no look-up told are left out."""
    query = select(AreaRow.code, AreaRow.name).where(AreaRow.code.in_(set(codes)), AreaRow.name.is_not(None))
    return {code: name for code, name in tx.session.execute(query) if name}


def list_areas(tx: Tx, codes: Iterable[str]) -> Mapping[str, Area]:
    """Return what is known of areas, by their typed codes; those of which nothing is known are left out."""
    rows = tx.session.scalars(select(AreaRow).where(AreaRow.code.in_(set(codes))))
    return {row.code: Area(row.code, row.name, row.neighbourhood, row.imd_decile) for row in rows}


def record_postcodes(tx: Tx, places: Sequence[Located]) -> None:
    """Write postcodes, each in place of what stood there."""
    rows = [
        {
            "postcode": one.postcode,
            "latitude": one.point.latitude if one.point else None,
            "longitude": one.point.longitude if one.point else None,
            "ward": one.ward,
            "lsoa": one.lsoa,
            "msoa": one.msoa,
            "lad": one.lad,
            "imd_decile": one.imd_decile,
            "ended": one.ended,
        }
        for one in places
    ]
    adding = insert(PostcodeRow)
    changed = {name: adding.excluded[name] for name in rows[0] if name != "postcode"}
    tx.session.execute(adding.on_conflict_do_update(index_elements=["postcode"], set_=changed), rows)


def record_areas(tx: Tx, areas: Sequence[Area]) -> None:
    """Write what look-ups tell of areas."""
    rows = [{name: getattr(area, name) for name in Area.__dataclass_fields__} for area in areas]
    adding = insert(AreaRow)
    changed: dict[str, Any] = {
        name: func.coalesce(adding.excluded[name], getattr(AreaRow, name))
        for name in ("name", "neighbourhood", "imd_decile")
    }
    tx.session.execute(adding.on_conflict_do_update(index_elements=["code"], set_=changed), rows)


def record_ods(tx: Tx, entries: Sequence[OdsEntry]) -> None:
    """Write practices and networks."""
    rows = [
        {name: getattr(entry, name) for name in OdsEntry.__dataclass_fields__}
        | {"address_lines": list(entry.address_lines)}
        for entry in entries
    ]
    adding = insert(OdsEntryRow)
    new = adding.excluded
    changed: dict[str, Any] = {
        name: func.coalesce(new[name], getattr(OdsEntryRow, name))
        for name in ("postcode", "phone", "active", "network")
    }
    changed["name"] = func.coalesce(func.nullif(new.name, ""), OdsEntryRow.name)
    changed["address_lines"] = func.coalesce(
        func.nullif(new.address_lines, text("'{}'::text[]")), OdsEntryRow.address_lines
    )
    tx.session.execute(adding.on_conflict_do_update(index_elements=["code"], set_=changed), rows)


def place_venues(tx: Tx) -> int:
    """Give venues that have a postcode and no point the point of their postcode; return how many."""
    lost = select(VenueRow).where(VenueRow.latitude.is_(None), VenueRow.kind == VenueKind.PHYSICAL)
    placed = 0
    for venue in tx.session.scalars(lost.where(VenueRow.postcode.is_not(None))):
        found = find_place(tx, venue.postcode)
        if found is not None and found.point is not None:
            venue.latitude, venue.longitude = found.point.latitude, found.point.longitude
            placed += 1
    return placed


def find_ods(tx: Tx, code: str) -> OdsEntry | None:
    """Return a practice or network, None when it is not loaded."""
    row = tx.session.get(OdsEntryRow, code.upper())
    return None if row is None else _entry(row)


def list_ods(tx: Tx, *, network: str | None = None) -> Sequence[OdsEntry]:
    """Return what is loaded and not closed, by name; of one network, its practices."""
    query = select(OdsEntryRow).where(OdsEntryRow.active.is_not(False))
    if network is not None:
        query = query.where(OdsEntryRow.network == network)
    return [_entry(row) for row in tx.session.scalars(query.order_by(OdsEntryRow.name, OdsEntryRow.code))]


def _entry(row: OdsEntryRow) -> OdsEntry:
    told = {name: getattr(row, name) for name in OdsEntry.__dataclass_fields__}
    return OdsEntry(**(told | {"role": OdsRole(row.role), "address_lines": tuple(row.address_lines)}))
