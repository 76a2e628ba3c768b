"""The steward's neighbourhoods: added, renamed, made of areas, closed and opened again; the matching follows at once.

None is ever removed: services, referrals and unmet need go on naming one, so that it is closed and can be opened again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.access import Actor, check_acts_as
from app.domain.areas import NEIGHBOURHOOD, read_area
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.identifiers import outward_of
from app.domain.vocabulary import Role
from app.store import geography, place_changes
from app.store import neighbourhoods as store
from app.store.neighbourhoods import Neighbourhood, There
from app.store.place_changes import Change
from app.store.session import Database, Tx

LONGEST_NAME: Final = 80
MOST_AREAS: Final = 200  # added at once
_LSOA, _WARD = re.compile(r"[EWNS]01[0-9]{6}"), re.compile(r"[EWNS]05[0-9]{6}")
_UNKNOWN: Final = (
    "No postcode loaded here lies in {}. Check it, or ask whoever runs Backstitch to load the postcodes."
)
_HOW: Final = "{} is not an area: give a postcode, an LSOA such as E01001742 or a ward such as E05009367."


@dataclass(frozen=True, slots=True)
class Shown:
    """One neighbourhood with its areas, who works there, and what was changed, the newest first."""

    line: Neighbourhood
    areas: Sequence[tuple[str, str | None]]
    there: There
    changes: Sequence[Change]


def list_all(db: Database, actor: Actor) -> Sequence[Neighbourhood]:
    """Return every neighbourhood of the place by name, the closed ones last."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        return store.list_all(tx)


def get(db: Database, actor: Actor, slug: str) -> Shown:
    """Return all of one; raises NotFound."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        line = store.get(tx, f"{NEIGHBOURHOOD}{slug}")
        there, areas = store.find_there(tx, line.code), store.list_areas(tx, line.code)
        return Shown(line, areas, there, place_changes.list_of(tx, line.code))


def add(db: Database, actor: Actor, name: str) -> str:
    """Add a neighbourhood without areas; return its slug. Raises Invalid for a name that is there or is none."""
    check_acts_as(actor, Role.STEWARD)
    name = _name(name)
    slug = "-".join(re.findall(r"[a-z0-9]+", name.lower()))
    if not slug:
        raise Invalid([FieldProblem("name", "Give a name with letters or numbers.")])
    code = f"{NEIGHBOURHOOD}{slug}"
    with db.transaction(actor) as tx:
        store.hold(tx)
        if any(each.code == code for each in store.list_all(tx)):
            raise Invalid([FieldProblem("name", "There is one of this name already.", "duplicate")])
        _check_free(tx, code, name)
        store.record(tx, code, audit="add neighbourhood", name=name)
        place_changes.add(tx, code, "added", {"name": [None, name]})
    return slug


def rename(db: Database, actor: Actor, slug: str, name: str) -> None:
    """Call one otherwise; services that name it go on doing so. Raises NotFound, Invalid."""
    check_acts_as(actor, Role.STEWARD)
    name = _name(name)
    with db.transaction(actor) as tx:
        line = _held(tx, slug)
        _check_free(tx, line.code, name)
        if name == line.name:
            return
        store.record(tx, line.code, audit="rename neighbourhood", name=name)
        place_changes.add(tx, line.code, "renamed", {"name": [line.name, name]})


def put_areas(db: Database, actor: Actor, slug: str, told: str) -> int:
    """Make areas part of one: postcodes (their LSOA), LSOAs and wards, by line or comma; return how many are new.

    Raises NotFound; Conflict when it is closed; Invalid for what is no area, is not known here, or belongs to another.
    """
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        line = _held(tx, slug)
        _check_open(line)
        areas = _read(tx, told)
        taken = store.find_neighbourhoods_of(tx, areas)
        elsewhere = {area: of for area, of in taken.items() if of != line.code}
        if elsewhere:
            names = {each.code: each.name for each in store.list_all(tx)}
            told_by = [
                f"{area.upper()} is in {names[of]}: take it out there first."
                for area, of in elsewhere.items()
            ]
            raise Invalid([FieldProblem("areas", " ".join(told_by), "duplicate")])
        new = sorted(areas - set(taken))
        if new:
            store.put_areas(tx, line.code, new, audit="add areas")
            place_changes.add(tx, line.code, "areas-added", {"areas": new})
        return len(new)


def take_area(db: Database, actor: Actor, slug: str, area: str) -> None:
    """Take an area out of one; raises NotFound, Conflict when it is closed."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        line = _held(tx, slug)
        _check_open(line)
        store.take_area(tx, line.code, area, audit="take area out")
        place_changes.add(tx, line.code, "area-taken-out", {"areas": [area]})


def close(db: Database, actor: Actor, slug: str) -> None:
    """Close one: nobody counts as living in it any more. Its areas are kept. Raises NotFound, Conflict."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        line = _held(tx, slug)
        _check_open(line)
        store.record(tx, line.code, audit="close neighbourhood", name=line.name, closed_at=tx.now)
        place_changes.add(tx, line.code, "closed", {})


def open_again(db: Database, actor: Actor, slug: str) -> None:
    """Open a closed one with the areas that it had and that went to no other; raises NotFound, Conflict."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        line = _held(tx, slug)
        if line.closed_at is None:
            raise Conflict("It is open already.")
        store.record(tx, line.code, audit="open neighbourhood again", closed_at=None)
        place_changes.add(tx, line.code, "opened-again", {})


def _held(tx: Tx, slug: str) -> Neighbourhood:
    store.hold(tx)
    return store.get(tx, f"{NEIGHBOURHOOD}{slug}")


def _check_open(line: Neighbourhood) -> None:
    if line.closed_at is not None:
        raise Conflict("This neighbourhood is closed. Open it again first.")


def _name(told: str) -> str:
    name = " ".join(told.split())
    if not name:
        raise Invalid([FieldProblem("name", "Give it a name.", "required")])
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid([FieldProblem("name", f"Give a name of at most {LONGEST_NAME} characters.")])
    return name


def _check_free(tx: Tx, code: str, name: str) -> None:
    same = (each for each in store.list_all(tx) if each.code != code and each.name.lower() == name.lower())
    if next(same, None) is not None:
        raise Invalid([FieldProblem("name", "Another neighbourhood has this name.", "duplicate")])


def _read(tx: Tx, told: str) -> set[str]:
    """Return typed codes of what was written, each by its line or comma."""
    written = [part.strip() for part in re.split(r"[\n,;]", told) if part.strip()]
    if not written or len(written) > MOST_AREAS:
        sentence = f"Give at least one area, and at most {MOST_AREAS} at once."
        raise Invalid([FieldProblem("areas", sentence, "required")])
    problems, areas = [], set()
    for part in written:
        found = _area(tx, part)
        if found is None:
            problems.append(_HOW.format(part[:40]))
        else:
            areas.add(found)
    unknown = sorted(areas - set(store.list_known(tx, areas)))
    problems += [_UNKNOWN.format(each.partition(":")[2]) for each in unknown]
    if problems:
        raise Invalid([FieldProblem("areas", " ".join(problems))])
    return areas


def _area(tx: Tx, part: str) -> str | None:
    """Return the typed code of a postcode's LSOA, an LSOA or a ward; None for anything else."""
    plain = part.upper()
    for kind, pattern in (("lsoa", _LSOA), ("ward", _WARD)):
        if pattern.fullmatch(plain.removeprefix(f"{kind.upper()}:")):
            return read_area(f"{kind}:{plain.removeprefix(f'{kind.upper()}:')}")
    if outward_of(part) is None:
        return None
    found = geography.find_place(tx, part)
    return f"lsoa:{found.lsoa}" if found and found.lsoa else None
