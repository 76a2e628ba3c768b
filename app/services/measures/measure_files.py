"""Questionnaires taken up by the steward: checked whole, kept, used, withdrawn; versions stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.measures import Library, Measure
from app.domain.vocabulary import Role
from app.services.measures import measure_questionnaires
from app.services.measures.measure_library import Read, read_text
from app.services.measures.measure_shelf import Shelf
from app.store import measure_files
from app.store.measure_files import IN_USE, KEPT, WITHDRAWN, MeasureFile
from app.store.session import Database
from fhir import strict_json
from fhir.problems import FhirRejected

MOST_BYTES = 200_000
_FILE = "file"
_TWICE = "There is such a version here already: give this one a new version."


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file holds, and its text in our own form."""

    read: Read
    content: str


@dataclass(frozen=True, slots=True)
class Held:
    """What is known here: every version of every measure, what is asked today, and the files that were taken up."""

    measures: Sequence[Measure]
    asked: Sequence[Measure]
    framework: str
    files: Sequence[MeasureFile]


def list_held(db: Database, actor: Actor) -> Held:
    """Return what is known here; raises NotAllowed for whoever is no steward."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        library, files = tx.measures, measure_files.list_files(tx)
        named = library.framework(tx.today)
        asked = library.asked(tx.today)
    return Held(library.measures, asked, f"{named.name}, version {named.version}", files)


def check(db: Database, actor: Actor, body: bytes) -> Checked:
    """Read a FHIR Questionnaire (JSON) or a file in our own form, without keeping it.

    Raises Invalid with every problem, each `field` "file" and its sentence with its place; NotAllowed.
    """
    check_acts_as(actor, Role.STEWARD)
    if not body or len(body) > MOST_BYTES:
        sentence = f"Choose a file of at most {MOST_BYTES // 1000} KB."
        raise Invalid([FieldProblem(_FILE, sentence)])
    try:
        content = _own_form(body)
        read = read_text(content, db.measures)
    except Invalid as fault:
        raise Invalid([_placed(each.field, each.sentence) for each in fault.problems]) from None
    if problem := _clash(read, db.measures):
        raise Invalid([FieldProblem(_FILE, problem)])
    return Checked(read, content)


def take_up(db: Database, actor: Actor, body: bytes) -> Checked:
    """Keep a file; it is not in use before the steward says so. Raises as `check`, and Conflict for a version twice."""
    checked = check(db, actor, body)
    read = checked.read
    with db.transaction(actor) as tx:
        measure_files.add(tx, kind=read.kind, code=read.code, version=read.version, content=checked.content)
    return checked


def use(db: Database, actor: Actor, file_id: UUID) -> MeasureFile:
    """Put a file in use, also again; raises NotFound, Conflict where it does not go with what is known today."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        found = measure_files.get(tx, file_id)
        if found.state == KEPT:
            _check_fits(found, tx.measures)
        measure_files.record_state(tx, file_id, IN_USE)
    _know_at_once(db)
    return found


def withdraw(db: Database, actor: Actor, file_id: UUID) -> MeasureFile:
    """Ask by a file no more; what was answered stays readable. Raises NotFound, Conflict when it is not in use."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        found = measure_files.get(tx, file_id)
        if found.state != IN_USE:
            raise Conflict("This is not in use.")
        measure_files.record_state(tx, file_id, WITHDRAWN)
    _know_at_once(db)
    return found


def _know_at_once(db: Database) -> None:
    """The process that was told need not wait for its next look, as the others do."""
    if isinstance(db.shelf, Shelf):
        db.shelf.look_again(changed=True)


def _check_fits(file: MeasureFile, known: Library) -> None:
    try:
        problem = _clash(read_text(file.content, known), known)
    except Invalid as fault:
        problem = fault.sentence
    if problem:
        raise Conflict(f"It does not go with what is here today: {problem}")


def _own_form(body: bytes) -> str:
    """Return a file in our own form; a FHIR Questionnaire begins with a brace, which ours never does."""
    if not body.lstrip().startswith(b"{"):
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Invalid([FieldProblem("", "This is no text: save it as UTF-8.")]) from None
    try:
        measure = measure_questionnaires.measure_from(strict_json.load(body))
    except FhirRejected as fault:
        raise Invalid([FieldProblem(each.path, each.sentence) for each in fault.problems]) from None
    return measure_questionnaires.toml_of(measure)


def _clash(read: Read, known: Library) -> str | None:
    """Say why a file must not be laid over what is known: answers were given to that version as it stands."""
    held = known.find(read.code, read.version)
    if read.kind == "words":
        return (
            "This measure has its words already: lay no others over them."
            if held and held.may_be_asked
            else None
        )
    return _TWICE if held else None


def _placed(place: str, sentence: str) -> FieldProblem:
    where = place.removeprefix("here: ").removeprefix("here")
    return FieldProblem(_FILE, f"{where}: {sentence}" if where else sentence)
