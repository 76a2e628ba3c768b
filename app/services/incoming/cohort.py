"""Referrals for many people from one file: checked whole, shown with what is wrong, sent when somebody says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Final
from uuid import UUID

import orjson

from app.domain.access import Actor, check_acts_as
from app.domain.cohort import COLUMNS, MOST_BYTES, CohortStatus, Known, RowStatus
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.referral import Organisation
from app.domain.sheet import FILE, CellProblem, write_csv
from app.domain.vocabulary import Role
from app.services.incoming.cohort_before import SentBefore
from app.services.incoming.cohort_reading import ReadRow, read_cohort
from app.services.incoming.web_referral import Door, door_problems
from app.store import cohort as store
from app.store import directory
from app.store.audit import Entry
from app.store.cohort import CheckedLine, CohortSeen, LineSeen
from app.store.session import LONDON, Database

LONGEST_NAME: Final = 100
_WORDS: Final = {
    RowStatus.WRONG: "left out",
    RowStatus.READY: "waits",
    RowStatus.TAKEN: "sent",
    RowStatus.KNOWN: "was sent before",
    RowStatus.REFUSED: "not taken",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as somebody chose it. `name` is the cohort's: by it and by the person a row is known again."""

    name: str
    body: bytes = field(repr=False)
    asked_by: str = field(repr=False)  # who uploads it, as the referrals will name them
    requester_id: UUID | None = None  # for whom a link worker uploads it


def template() -> bytes:
    """Return the file to fill in, with one row as an example, which is refused when it is left in."""
    return write_csv([[column.key for column in COLUMNS], [column.example for column in COLUMNS]])


def list_requesters(db: Database, actor: Actor) -> Sequence[Organisation]:
    """Return for whom somebody may upload a file: their own organisation; a link worker, those who ask the team."""
    check_acts_as(actor, Role.PRACTICE, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        if actor.organisation_id is None:
            raise NotFound
        if actor.role is Role.LINK_WORKER:
            return store.list_requesters(tx, actor.organisation_id)
        return [directory.get_organisation(tx, actor.organisation_id)]


def check(db: Database, actor: Actor, upload: Upload) -> UUID:
    """Check a file and keep it, sealed and for a day, to be sent; nobody is referred yet. Return its id.

    Raises Invalid with everything that is wrong with the file as a whole; what is wrong with its rows is kept.
    """
    requesters = {each.id: each for each in list_requesters(db, actor)}
    own = actor.organisation_id if actor.role is Role.PRACTICE else None
    requester = requesters.get(own or upload.requester_id or UUID(int=0))
    problems = _name_problems(upload.name)
    if requester is None:
        problems.append(FieldProblem("requester", "Choose for whom you upload this."))
    if len(upload.body) > MOST_BYTES:
        problems.append(FieldProblem(FILE, f"It must be smaller than {MOST_BYTES // 1_000_000} MB."))
    rows: list[ReadRow] = []
    if requester is not None and len(problems) == 0:
        today = db.clock().astimezone(LONDON).date()
        door = Door("cohort", requester, upload.asked_by)
        rows = read_cohort(upload.body, lambda asked: door_problems(db, door, asked, today))
    if problems or requester is None:
        raise Invalid(problems)
    with db.transaction(actor) as tx:
        people = [store.keyed(tx, requester.id, upload.name, row.person) for row in rows]
        with tx.as_system("cohort") as inside:  # a colleague's file or the team's may have brought them
            sent = SentBefore(store.list_sent(inside, people))
        lines = [_checked(row, person, sent) for row, person in zip(rows, people, strict=True)]
        cohort_id = store.add(tx, upload.name.strip(), requester.id, asked_by=upload.asked_by, lines=lines)
        counts = {"rows": len(rows), "wrong": sum(bool(line.problems) for line in lines)}
        tx.audit(Entry("check cohort", "cohort", str(cohort_id), None, counts))
    return cohort_id


def _name_problems(name: str) -> list[FieldProblem]:
    if name.strip() and len(name) <= LONGEST_NAME and name.isprintable():
        return []
    sentence = f"Give these referrals a name of at most {LONGEST_NAME} characters, such as Frailty review autumn 2026."
    return [FieldProblem("name", sentence)]


def _checked(row: ReadRow, person: Known[UUID], sent: SentBefore) -> CheckedLine:
    problems = row.problems
    if not problems and sent.has_another_number(person):
        problems = (CellProblem(row.number, "", "nhs_number", sent.ANOTHER),)
    return CheckedLine(row.number, person, None if problems else orjson.dumps(asdict(row.asked)), problems)


def get(db: Database, actor: Actor, cohort_id: UUID) -> CohortSeen:
    """Return how far a file has come; raises NotFound."""
    check_acts_as(actor, Role.PRACTICE, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return store.get(tx, cohort_id)


def count_known(db: Database, actor: Actor, cohort_id: UUID) -> int:
    """Return how many rows of a file that was checked are in already; they are not sent again. Raises NotFound."""
    check_acts_as(actor, Role.PRACTICE, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        store.get(tx, cohort_id)
        with tx.as_system("cohort") as inside:  # a colleague's file or the team's may have brought them
            return store.count_known(inside, cohort_id)


def list_newest(db: Database, actor: Actor) -> Sequence[CohortSeen]:
    """Return the newest files of the organisation."""
    check_acts_as(actor, Role.PRACTICE, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return store.list_newest(tx)


def list_problems(db: Database, actor: Actor, cohort_id: UUID) -> Sequence[LineSeen]:
    """Return the rows that are wrong or were not taken; raises NotFound."""
    check_acts_as(actor, Role.PRACTICE, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        store.get(tx, cohort_id)
        return store.list_lines(tx, cohort_id, RowStatus.WRONG, RowStatus.REFUSED)


def send(db: Database, actor: Actor, cohort_id: UUID, *, leave_out: bool) -> None:
    """Let the good rows be sent. Raises Invalid when others are wrong and nobody said that they may be left out.

    Raises NotFound, and Conflict when it was sent before.
    """
    check_acts_as(actor, Role.PRACTICE, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        found = store.get(tx, cohort_id)
        wrong = found.counts.get(RowStatus.WRONG, 0)
        if found.status is CohortStatus.CHECKED and not found.counts.get(RowStatus.READY):
            raise Invalid([FieldProblem("leave_out", "No row is right: mend the file and upload it again.")])
        if wrong and not leave_out:
            which = "the wrong row is" if wrong == 1 else f"the {wrong} wrong rows are"
            sentence = f"Say that {which} left out, or mend the file and upload it again."
            raise Invalid([FieldProblem("leave_out", sentence)])
        store.record_sending(tx, cohort_id)
        told = {"rows": found.counts.get(RowStatus.READY, 0), "left_out": wrong}
        tx.audit(Entry("send cohort", "cohort", str(cohort_id), None, told))


def discard(db: Database, actor: Actor, cohort_id: UUID) -> None:
    """Forget a file that was checked and not sent; raises NotFound, and Conflict when it was sent."""
    check_acts_as(actor, Role.PRACTICE, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        store.remove(tx, cohort_id)
        tx.audit(Entry("discard cohort", "cohort", str(cohort_id)))


def report(db: Database, actor: Actor, cohort_id: UUID) -> bytes:
    """Return as a file what is wrong, a line for each problem; raises NotFound."""
    rows: list[Sequence[object]] = [("row", "column", "heading", "what is wrong and how to mend it")]
    for line in list_problems(db, actor, cohort_id):
        rows += [(line.number, each.letter, each.column, each.sentence) for each in line.problems]
    return write_csv(rows)


def result(db: Database, actor: Actor, cohort_id: UUID) -> bytes:
    """Return as a file what has become of every row, with the references of the referrals; raises NotFound.

    A source that hears nothing is told what it sent, and no reference.
    """
    check_acts_as(actor, Role.PRACTICE, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        is_silent = store.get(tx, cohort_id).requester.source.is_silent
        lines = store.list_lines(tx, cohort_id)
        tx.audit(Entry("read cohort result", "cohort", str(cohort_id)))
    rows: list[Sequence[object]] = [("row", "what became of it", "reference", "why not")]
    for line in lines:
        why = " ".join(each.sentence for each in line.problems)
        rows.append((line.number, _WORDS[line.status], "" if is_silent else line.reference or "", why))
    return write_csv(rows)
