"""The search for services in words, by place, time and what somebody needs; public facts, the same for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Float,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import outerjoin

from app.domain.areas import DISTRICT, KINDS, closed_of, kinds_of
from app.domain.directory import FREE_WORDS, PAID_WORDS
from app.domain.directory_words import ServiceStatus, VenueKind
from app.domain.finding import TIMES, Meant, Near, Search
from app.domain.vocabulary import Access, Capacity
from app.store.fence import fence_of, is_beside
from app.store.session import Tx
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_directory import ServiceSessionRow, VenueRow
from app.store.tables_finding import ServiceWordsRow

_MEETINGS = outerjoin(ServiceSessionRow, VenueRow, VenueRow.id == ServiceSessionRow.venue_id)
_OF_SERVICE = ServiceSessionRow.service_id == ServiceRow.id
_MILES_A_DEGREE = 69.05  # of latitude, as app.domain.areas has it
_IN_THE_NAME = "A"  # the weight of a service's name, as the migration gives it
_SIMILAR = text(
    "set local pg_trgm.word_similarity_threshold = 0.4"
)  # wide: what is like enough is judged later
_MOST_LIKE = 40  # entries that words are taken from to mend a typing slip


@dataclass(frozen=True, slots=True)
class Hit:
    """A service that was found; `miles` in a straight line, None when it is not known or nobody has to travel."""

    service_id: UUID
    miles: float | None


def find(
    tx: Tx, search: Search, *, beside: UUID | None, limit: int, offset: int = 0
) -> tuple[int, Sequence[Hit]]:
    """Return how many services there are beside an organisation (None: outside every sandbox) and a slice of them.

    Best first: named so, confirmed within six months, the nearest, the most about it, by name.
    """
    found = _found(tx, search).where(_stands(beside)).subquery()
    total = tx.session.scalar(select(func.count()).select_from(found)) or 0
    order = (
        found.c.named.desc(),
        found.c.fresh.desc(),
        found.c.miles.asc().nulls_last(),
        found.c.rank.desc(),
        found.c.name,
        found.c.id,
    )
    query = select(found.c.id, found.c.miles).order_by(*order).limit(limit).offset(offset)
    return total, [Hit(service_id, miles) for service_id, miles in tx.session.execute(query)]


def is_found(tx: Tx, meant: Meant, *, beside: UUID | None) -> bool:
    """Tell whether any service of the place is found by a word."""
    query = select(ServiceRow.id).join(ServiceWordsRow).where(_is_about(meant), _stands(beside)).limit(1)
    return tx.session.scalar(query) is not None


def list_words_like(tx: Tx, word: str, *, beside: UUID | None) -> frozenset[str]:
    """Return the words of the entries whose words are the most like one that was typed."""
    tx.session.execute(_SIMILAR)
    plain = ServiceWordsRow.plain
    alike = literal(word).op("<%", is_comparison=True)(plain)
    near = func.word_similarity(word, plain).desc()
    query = select(plain).join(ServiceRow).where(alike, _stands(beside)).order_by(near).limit(_MOST_LIKE)
    found = tx.session.scalars(query)
    return frozenset("".join(letter if letter.isalnum() else " " for letter in " ".join(found)).split())


def _stands(beside: UUID | None) -> ColumnElement[bool]:
    """On an organisation's side of the sandboxes' fence."""
    providers = select(OrganisationRow.id).where(is_beside(fence_of(OrganisationRow), beside))
    return ServiceRow.provider_id.in_(providers)


def _found(tx: Tx, search: Search) -> Select[UUID, str, float | None, bool, bool, float]:
    row = ServiceRow
    miles = _miles(search.near)
    words = ServiceWordsRow.words
    named = words.op("@@", is_comparison=True)(_tsquery(search.words, _IN_THE_NAME))
    stale_from = text("(:today)::date - 183").bindparams(today=tx.today)
    columns = (
        row.id.label("id"),
        row.name.label("name"),
        miles.label("miles"),
        (named if search.words else true()).label("named"),
        func.coalesce(row.verified_on >= stale_from, False).label("fresh"),
        (func.ts_rank(words, _tsquery(search.words)) if search.words else literal(0.0)).label("rank"),
    )
    return select(*columns).join(ServiceWordsRow).where(*_conditions(tx, search, miles))


def _conditions(tx: Tx, search: Search, miles: ColumnElement[float | None]) -> list[ColumnElement[bool]]:
    row = ServiceRow
    asked = [row.status != ServiceStatus.INACTIVE]
    if search.words:
        join = or_ if search.any_word else and_
        asked.append(join(*(_is_about(meant) for meant in search.words)))
    if search.need:
        asked.append(_overlap(row.needs, [search.need]))
    if search.language:
        asked.append(_overlap(row.languages, [search.language]))
    asked += [_has_access(each) for each in search.access]
    if search.days or search.times:
        asked.append(_meets(search))
    if search.free:
        asked += [row.cost.regexp_match(FREE_WORDS, "i"), ~row.cost.regexp_match(PAID_WORDS, "i")]
    if search.open_now:
        asked.append(_is_open(tx))
    if search.near:
        asked.append(_covers(search.near))
        if search.within:
            asked.append(or_(miles <= search.within, _comes_to_people()))
    return asked


def _tsquery(words: Sequence[Meant], weight: str = "") -> ColumnElement[str]:
    """One of the words, or its beginning; letters and digits only, so that nothing of it is an operator."""
    parts = [part for meant in words for part in meant.word.split()]
    return func.to_tsquery("english", " | ".join(f"'{part}':*{weight}" for part in parts))


def _is_about(meant: Meant) -> ColumnElement[bool]:
    each = " & ".join(f"'{part}':*" for part in meant.word.split())
    written = ServiceWordsRow.words.op("@@", is_comparison=True)(func.to_tsquery("english", each))
    return or_(written, _overlap(ServiceRow.needs, list(meant.needs))) if meant.needs else written


def _has_access(access: Access) -> ColumnElement[bool]:
    """The service says so itself, or a venue of its sessions does."""
    return or_(_overlap(ServiceRow.access, [access]), _at_session(_overlap(VenueRow.access, [access])))


def _meets(search: Search) -> ColumnElement[bool]:
    starts = [ServiceSessionRow.starts.between(*TIMES[each]) for each in search.times]
    return _at_session(
        ServiceSessionRow.weekday.in_(search.days) if search.days else true(),
        or_(*starts) if starts else true(),
    )


def _is_open(tx: Tx) -> ColumnElement[bool]:
    """As app.domain.capacity.takes_people has it; a test holds the two together."""
    row = ServiceRow
    has_places = row.capacity.in_([Capacity.OPEN, Capacity.LIMITED]) & row.places_left.is_distinct_from(0)
    again = (row.capacity == Capacity.FULL) & (row.full_until <= tx.today)
    takes = or_(has_places, row.capacity == Capacity.WAITING_LIST, again)
    return and_(row.status == ServiceStatus.ACTIVE, takes)


def _overlap(column: Any, codes: Sequence[str]) -> ColumnElement[bool]:
    """One of the codes stands in a column that is a list."""
    found: ColumnElement[bool] = column.op("&&", is_comparison=True)(cast(list(codes), ARRAY(Text)))
    return found


def _covers(near: Near) -> ColumnElement[bool]:
    """As app.domain.areas.covers has it: what cannot be told stays in."""
    known, closed = kinds_of(near.codes), closed_of(near.codes)
    unknown = [kind for kind in KINDS if kind not in known]
    area = func.unnest(ServiceRow.areas).column_valued("area")
    kind = func.split_part(area, ":", 1)
    typed = area.like("%:%")
    untold = or_(typed & kind.in_(unknown), ~typed if DISTRICT in unknown else ~true())
    return or_(
        func.cardinality(ServiceRow.areas) == 0,
        _overlap(ServiceRow.areas, [*near.codes, *closed]),
        exists(select(1).where(untold).correlate(ServiceRow)),
    )


def _comes_to_people() -> ColumnElement[bool]:
    """A visit at home, or a venue that nobody travels to; a service that names neither venue nor visit is kept, too."""
    elsewhere = _at_session(VenueRow.kind != VenueKind.PHYSICAL)
    on_no_map = ~_at_session(VenueRow.latitude.is_not(None))
    return or_(_overlap(ServiceRow.access, [Access.HOME_VISIT]), elsewhere, on_no_map)


def _miles(near: Near | None) -> ColumnElement[float | None]:
    """To the nearest venue, over a flat map, as app.domain.areas.miles_between has it."""
    if near is None or near.point is None:
        return cast(null(), Float)
    north = (VenueRow.latitude - near.point.latitude) * _MILES_A_DEGREE
    east = (VenueRow.longitude - near.point.longitude) * (_MILES_A_DEGREE * cos(radians(near.point.latitude)))
    nearest = select(func.min(func.sqrt(north * north + east * east), type_=Float))
    return nearest.select_from(_MEETINGS).where(_OF_SERVICE).correlate(ServiceRow).scalar_subquery()


def _at_session(*asked: ColumnElement[bool]) -> ColumnElement[bool]:
    """One session of the service meets all of it."""
    return exists(select(1).select_from(_MEETINGS).where(_OF_SERVICE, *asked).correlate(ServiceRow))
