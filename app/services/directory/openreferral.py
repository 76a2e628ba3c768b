"""The open directory: what anybody may read of what is on offer here, as Open Referral UK 3.0 wants it told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from app.domain.access import Actor
from app.domain.directory import Term
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.identifiers import Postcode
from app.domain.openreferral import (
    NEED_TERMS,
    NEEDS,
    meeting_identity,
    taxonomy_identity,
    term_identity,
)
from app.domain.vocabulary import Role
from app.services.directory import openreferral_shapes as shapes
from app.services.directory.openreferral_shapes import Around, Shape
from app.store import directory, openreferral, places
from app.store.openreferral import ANYTHING, Wanted
from app.store.session import Database, Tx

# Nobody in particular: row-level security keeps every person's record from it.
_ANYBODY: Final = Actor(Role.RESIDENT, None, process="open-directory")
ABOUT: Final[Mapping[str, str]] = {
    "version": "HSDS-UK-3.0",
    "profile": "https://docs.openreferraluk.org/en/latest/",
    "openapi_url": "https://raw.githubusercontent.com/OpenReferralUK/uk-profile/main/schema/openapi.json",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of a list, and what the reader looks for beside `wanted`: categories by their identifiers, a postcode."""

    page: int = 1  # the first is 1
    per_page: int = 50
    wanted: Wanted = ANYTHING
    taxonomy_term_id: str | None = None
    taxonomy_id: str | None = None
    postcode: str | None = None
    metres: float | None = None

    @property
    def skipped(self) -> int:
        """How many lines stand on the pages before."""
        return (self.page - 1) * self.per_page


def list_services(db: Database, asked: Asked) -> Shape:
    """Return a page of services."""
    with db.transaction(_ANYBODY) as tx:
        wanted = _wanted(tx, asked)
        found, total = openreferral.list_published(tx, wanted, limit=asked.per_page, offset=asked.skipped)
        around = _around(tx, [each.service.id for each in found])
        return _page(asked, total, [shapes.service_line(each, around) for each in found])


def get_service(db: Database, told_id: str) -> Shape:
    """Return a service with all that hangs on it; raises NotFound."""
    with db.transaction(_ANYBODY) as tx:
        found = openreferral.find_published(tx, _read_id(told_id))
        if found is None:
            raise NotFound("There is no such service.")
        return shapes.service_whole(found, _around(tx, [found.service.id]))


def list_meetings(db: Database, asked: Asked) -> Shape:
    """Return a page of services at the locations where they meet. Raises Invalid for a postcode that is not known."""
    with db.transaction(_ANYBODY) as tx:
        wanted = _near(tx, asked, _wanted(tx, asked))
        found, total = openreferral.list_meetings(tx, wanted, limit=asked.per_page, offset=asked.skipped)
        around = _around(tx, [each.entry.service.id for each in found])
        lines = [shapes.meeting_line(each.entry, each.venue, around) for each in found]
        return _page(asked, total, lines)


def get_meeting(db: Database, told_id: str) -> Shape:
    """Return a service at one location; raises NotFound."""
    wanted = _read_id(told_id)
    with db.transaction(_ANYBODY) as tx:
        keys = openreferral.list_meeting_keys(tx)
        found = next(((one, at) for one, at in keys if meeting_identity(one, at) == wanted), None)
        entry = openreferral.find_published(tx, found[0]) if found else None
        if found is None or entry is None:
            raise NotFound("There is no such service at a location.")
        return shapes.meeting_whole(entry, places.get_venue(tx, found[1]), _around(tx, [found[0]]))


def list_taxonomies(db: Database, asked: Asked) -> Shape:
    """Return a page of taxonomies: ours of needs first."""
    with db.transaction(_ANYBODY) as tx:
        names = list(dict.fromkeys(term.taxonomy for term in _terms(tx)))
    return _sliced(asked, names, shapes.taxonomy_line)


def get_taxonomy(db: Database, told_id: str) -> Shape:
    """Return a taxonomy; raises NotFound."""
    wanted = _read_id(told_id)
    with db.transaction(_ANYBODY) as tx:
        name = next(
            (term.taxonomy for term in _terms(tx) if taxonomy_identity(term.taxonomy) == wanted), None
        )
    if name is None:
        raise NotFound("There is no such taxonomy.")
    return shapes.taxonomy_line(name)


def list_terms(db: Database, asked: Asked) -> Shape:
    """Return a page of categories, of one taxonomy if so asked."""
    with db.transaction(_ANYBODY) as tx:
        terms = _terms(tx)
    by_key = {term.key: term for term in terms}
    shown = [term for term in terms if asked.taxonomy_id in (None, str(taxonomy_identity(term.taxonomy)))]
    return _sliced(asked, shown, lambda term: shapes.term_shape(term, by_key))


def get_term(db: Database, told_id: str) -> Shape:
    """Return a category; raises NotFound."""
    wanted = _read_id(told_id)
    with db.transaction(_ANYBODY) as tx:
        by_key = {term.key: term for term in _terms(tx)}
    term = next((term for term in by_key.values() if term_identity(term) == wanted), None)
    if term is None:
        raise NotFound("There is no such category.")
    return shapes.term_shape(term, by_key)


def _terms(tx: Tx) -> list[Term]:
    return [*NEED_TERMS, *places.list_terms(tx)]


def _wanted(tx: Tx, asked: Asked) -> Wanted:
    """What is wanted, with categories in our own words; one that we do not know is on no service."""
    if asked.taxonomy_term_id is None and asked.taxonomy_id is None:
        return asked.wanted
    meant = [
        term
        for term in _terms(tx)
        if asked.taxonomy_term_id in (None, str(term_identity(term)))
        and asked.taxonomy_id in (None, str(taxonomy_identity(term.taxonomy)))
    ]
    needs = tuple(term.code for term in meant if term.taxonomy == NEEDS)
    return replace(
        asked.wanted, needs=needs, terms=tuple(term.key for term in meant if term.taxonomy != NEEDS)
    )


def _near(tx: Tx, asked: Asked, wanted: Wanted) -> Wanted:
    if asked.postcode is None:
        return wanted
    try:
        postcode = Postcode(asked.postcode)
    except Invalid as fault:
        raise Invalid([FieldProblem("postcode", fault.sentence)]) from None
    wanted = replace(wanted, codes=frozenset({postcode.outward}))
    if asked.metres is None:
        return wanted
    centre = openreferral.find_centre(tx, postcode.value)
    if centre is None:
        raise Invalid(
            [FieldProblem("postcode", "We do not know where this postcode is: leave proximity out.")]
        )
    return replace(wanted, centre=centre, metres=asked.metres)


def _around(tx: Tx, service_ids: Collection[UUID]) -> Around:
    by_key = {term.key: term for term in _terms(tx)}
    place = _place_name(tx)
    return Around(places.list_profiles(tx), places.list_sessions(tx, service_ids), by_key, place)


def _place_name(tx: Tx) -> str:
    try:
        return directory.get_place(tx).name
    except NotFound:  # not set up yet
        return ""


def _read_id(told: str) -> UUID:
    try:
        return UUID(told)
    except ValueError:
        raise NotFound("There is nothing with such an id.") from None


def _sliced(asked: Asked, lines: Sequence[Any], shape: Callable[[Any], Shape]) -> Shape:
    shown = lines[asked.skipped : asked.skipped + asked.per_page]
    return _page(asked, len(lines), [shape(each) for each in shown])


def _page(asked: Asked, total: int, lines: Sequence[Shape]) -> Shape:
    """A page as Open Referral UK 3.0 has it; beyond the last it is empty."""
    pages = -(-total // asked.per_page)
    return {
        "total_items": total,
        "total_pages": pages,
        "page_number": asked.page,
        "size": len(lines),
        "first_page": asked.page == 1,
        "last_page": asked.page >= pages,
        "empty": not lines,
        "contents": list(lines),
    }
