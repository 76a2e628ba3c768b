"""Keeps files of many referrals: their rows sealed until each was sent, and what has become of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from app.domain.cohort import CohortStatus, Known, RowStatus
from app.domain.errors import Conflict, NotFound
from app.domain.referral import Organisation
from app.domain.sheet import CellProblem
from app.domain.sources import SourceKind
from app.domain.vocabulary import OrganisationKind
from app.store import directory
from app.store.crypto import Cell, DataKey
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_cohort import CohortLineRow, CohortRow

KEEP_CHECKED: Final = timedelta(days=1)
_SENT: Final = (RowStatus.TAKEN, RowStatus.KNOWN)


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A row as it was checked: either what it asks for (JSON), or what is wrong with it."""

    number: int
    person: Known[UUID]
    asked: bytes | None = field(repr=False)
    problems: tuple[CellProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """Somebody who was referred from a cohort, and with which reference."""

    person: Known[UUID]
    reference: str | None


@dataclass(frozen=True, slots=True)
class LineSeen:
    """What has become of one row; `reference` of the referral that it is."""

    number: int
    status: RowStatus
    problems: tuple[CellProblem, ...]
    reference: str | None


@dataclass(frozen=True, slots=True)
class CohortSeen:
    """A file, how far it has come, and how many of its rows have come to what."""

    id: UUID
    name: str
    requester: Organisation
    status: CohortStatus
    made_at: datetime
    ended_at: datetime | None
    counts: Mapping[RowStatus, int]

    @property
    def total(self) -> int:
        """How many rows it has."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class DueLine:
    """A row to be sent, opened, with the file that it stands in."""

    cohort_id: UUID
    requester_id: UUID
    number: int
    person: Known[UUID]
    request_id: UUID
    asked: bytes = field(repr=False)
    asked_by: str = field(repr=False)


def keyed(tx: Tx, requester_id: UUID, cohort: str, person: Known[str]) -> Known[UUID]:
    """Return under which ids a person of a cohort is known: always the same, and nothing can be learned from them."""
    name = " ".join(cohort.casefold().split())

    def key(told: str | None) -> UUID | None:
        if told is None:
            return None
        digest = tx.cipher.blind_index(f"cohort|{requester_id}|{name}|{told}")
        return UUID(bytes=digest[:16], version=4)

    return Known(key(person.number), key(person.names))


def list_sent(tx: Tx, people: Collection[Known[UUID]]) -> Sequence[Sent]:
    """Return who was sent before, from whichever file, of those that are known by the number or the names of these."""
    line = CohortLineRow
    numbers = [each.number for each in people if each.number is not None]
    names = [each.names for each in people if each.names is not None]
    alike = or_(line.number_id.in_(numbers), line.names_id.in_(names))
    query = select(line.number_id, line.names_id, line.reference).where(alike, line.status.in_(_SENT))
    return [Sent(Known(row.number_id, row.names_id), row.reference) for row in tx.session.execute(query)]


def list_requesters(tx: Tx, team_id: UUID) -> Sequence[Organisation]:
    """Return who asks a team for help for people, by name; not those who ask for themselves."""
    row = OrganisationRow
    of_the_team = (row.kind == OrganisationKind.PRACTICE, row.team_id == team_id)
    query = select(row.id).where(*of_the_team, row.source_kind != SourceKind.SELF).order_by(row.name, row.id)
    return [directory.get_organisation(tx, found) for found in tx.session.scalars(query).all()]


def add(tx: Tx, name: str, requester_id: UUID, *, asked_by: str, lines: Sequence[CheckedLine]) -> UUID:
    """Write a file that was checked, for the organisation of whoever checked it."""
    cohort_id = uuid4()
    key = tx.cipher.new_data_key(cohort_id)
    values = {
        "id": cohort_id,
        "name": name,
        "requester_id": requester_id,
        "uploaded_for": tx.actor.organisation_id,
        "status": CohortStatus.CHECKED,
        "data_key": key.wrapped,
        "key_id": key.key_id,
        "asked_by": tx.cipher.seal(key, Cell("cohort", "asked_by", cohort_id), asked_by),
        "made_at": tx.now,
    }
    tx.session.execute(insert(CohortRow).values(values))
    tx.session.execute(insert(CohortLineRow), [_line(tx, key, cohort_id, line) for line in lines])
    return cohort_id


def _line(tx: Tx, key: DataKey, cohort_id: UUID, line: CheckedLine) -> dict[str, Any]:
    is_ready = line.asked is not None
    return {
        "cohort_id": cohort_id,
        "number": line.number,
        "status": RowStatus.READY if is_ready else RowStatus.WRONG,
        "request_id": (line.person.number or line.person.names or uuid4()) if is_ready else None,
        "number_id": line.person.number,
        "names_id": line.person.names,
        "asked": tx.cipher.seal(key, _cell(cohort_id, line.number), line.asked),
        "problems": [asdict(problem) for problem in line.problems],
    }


def _cell(cohort_id: UUID, number: int) -> Cell:
    return Cell("cohort_line", f"asked {number}", cohort_id)


def get(tx: Tx, cohort_id: UUID) -> CohortSeen:
    """Return a file of the actor's organisation; raises NotFound."""
    row = tx.session.get(CohortRow, cohort_id, populate_existing=True)
    if row is None:
        raise NotFound
    return _seen(tx, row)


def list_newest(tx: Tx, most: int = 20) -> Sequence[CohortSeen]:
    """Return the files of the actor's organisation, the newest first."""
    rows = tx.session.scalars(select(CohortRow).order_by(CohortRow.made_at.desc(), CohortRow.id).limit(most))
    return [_seen(tx, row) for row in rows.all()]


def _seen(tx: Tx, row: CohortRow) -> CohortSeen:
    line = CohortLineRow
    query = select(line.status, func.count()).where(line.cohort_id == row.id).group_by(line.status)
    counts = {RowStatus(status): count for status, count in tx.session.execute(query)}
    requester = directory.get_organisation(tx, row.requester_id)
    status = CohortStatus(row.status)
    return CohortSeen(row.id, row.name, requester, status, row.made_at, row.ended_at, counts)


def list_lines(tx: Tx, cohort_id: UUID, *statuses: RowStatus) -> Sequence[LineSeen]:
    """Return what has become of the rows of a file, in their order; of all, or of those that came to this."""
    line = CohortLineRow
    query = select(line).where(line.cohort_id == cohort_id).order_by(line.number)
    if statuses:
        query = query.where(line.status.in_(statuses))
    return [
        LineSeen(
            row.number,
            RowStatus(row.status),
            tuple(CellProblem(**told) for told in row.problems),
            row.reference,
        )
        for row in tx.session.scalars(query)
    ]


def count_known(tx: Tx, cohort_id: UUID) -> int:
    """Return how many of the rows that are ready were taken before, from whichever file of this name."""
    line, sent = CohortLineRow, aliased(CohortLineRow)
    same_number = sent.number_id == line.number_id
    same_names = and_(sent.names_id == line.names_id, or_(sent.number_id.is_(None), line.number_id.is_(None)))
    is_known = exists().where(sent.status.in_(_SENT), or_(same_number, same_names))
    ready = (line.cohort_id == cohort_id, line.status == RowStatus.READY)
    return tx.session.scalar(select(func.count()).select_from(line).where(*ready, is_known)) or 0


def record_sending(tx: Tx, cohort_id: UUID) -> None:
    """Let a file that was checked be sent; raises NotFound, and Conflict when it was sent before."""
    _locked(tx, cohort_id)
    told = {"status": CohortStatus.SENDING, "sent_at": tx.now}
    tx.session.execute(update(CohortRow).where(CohortRow.id == cohort_id).values(told))


def remove(tx: Tx, cohort_id: UUID) -> None:
    """Forget a file that was checked; raises NotFound, and Conflict when it was sent."""
    _locked(tx, cohort_id)
    tx.session.execute(delete(CohortRow).where(CohortRow.id == cohort_id))


def _locked(tx: Tx, cohort_id: UUID) -> None:
    query = select(CohortRow.status).where(CohortRow.id == cohort_id).with_for_update()
    status = tx.session.scalar(query)
    if status is None:
        raise NotFound
    if status != CohortStatus.CHECKED:
        raise Conflict("These referrals have been sent already.")


def remove_left(tx: Tx) -> None:
    """Forget the files that were checked a day ago and never sent."""
    left = (CohortRow.status == CohortStatus.CHECKED, CohortRow.made_at <= tx.now - KEEP_CHECKED)
    tx.session.execute(delete(CohortRow).where(*left))


def list_due(tx: Tx) -> Sequence[UUID]:
    """Return the files that are being sent, the longest waiting first."""
    query = select(CohortRow.id).where(CohortRow.status == CohortStatus.SENDING)
    return tx.session.scalars(query.order_by(CohortRow.sent_at, CohortRow.id)).all()


def take_next(tx: Tx, cohort_id: UUID) -> DueLine | None:
    """Return the next row to be sent and hold the file until the transaction ends.

    None when another process holds it, or when nothing is left: then the file has ended.
    """
    sending = (CohortRow.id == cohort_id, CohortRow.status == CohortStatus.SENDING)
    row = tx.session.scalars(select(CohortRow).where(*sending).with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    line = CohortLineRow
    query = select(line).where(line.cohort_id == cohort_id, line.status == RowStatus.READY)
    due = tx.session.scalars(query.order_by(line.attempts, line.number).limit(1)).first()
    if due is None or due.request_id is None:
        row.status, row.ended_at = CohortStatus.ENDED, tx.now
        return None
    key = tx.cipher.unwrap(row.id, row.data_key, row.key_id)
    asked = tx.cipher.open(key, _cell(cohort_id, due.number), due.asked) or b""
    by = tx.cipher.open_text(key, Cell("cohort", "asked_by", row.id), row.asked_by) or ""
    person = Known(due.number_id, due.names_id)
    return DueLine(cohort_id, row.requester_id, due.number, person, due.request_id, asked, by)


def record_result(
    tx: Tx,
    due: DueLine,
    status: RowStatus,
    *,
    reference: str | None = None,
    problems: Sequence[CellProblem] = (),
) -> None:
    """Write what has become of a row, and let go of what it asked for."""
    told = [asdict(problem) for problem in problems]
    values = {"status": status, "asked": None, "reference": reference, "problems": told}
    tx.session.execute(update(CohortLineRow).where(*_of(due)).values(values))


def record_attempt(tx: Tx, due: DueLine) -> int:
    """Note that a row could not be sent just now; return how often that was."""
    counted = update(CohortLineRow).where(*_of(due)).values(attempts=CohortLineRow.attempts + 1)
    return tx.session.scalars(counted.returning(CohortLineRow.attempts)).one()


def _of(due: DueLine) -> tuple[Any, ...]:
    return CohortLineRow.cohort_id == due.cohort_id, CohortLineRow.number == due.number
