"""Requests for all that is kept of somebody: asked, looked through, released; the answer sealed for the person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from app.domain.errors import NotFound
from app.domain.subject_access import AccessStatus, Bundle, Piece, Section
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, seal_for
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import ReferralRow
from app.store.tables_rights import AccessWithheldRow, SubjectAccessRow


@dataclass(frozen=True, slots=True)
class Access:
    """A request; `reference` is of the referral by which it was asked."""

    id: UUID
    person_id: UUID
    referral_id: UUID
    team_id: UUID
    team_name: str
    reference: str
    status: AccessStatus
    asked_how: str
    asked_at: datetime
    due_on: date
    released_at: datetime | None


def add(tx: Tx, referral_id: UUID, *, how: str, due_on: date, asked_by: UUID | None, audit: str) -> UUID:
    """Write a request of whom a referral is about; the open one again where there is one already."""
    referral = tx.session.get(ReferralRow, referral_id)
    if referral is None:
        raise NotFound
    theirs = (SubjectAccessRow.person_id == referral.person_id, SubjectAccessRow.team_id == referral.team_id)
    is_open = SubjectAccessRow.status == AccessStatus.ASKED
    known = tx.session.scalars(select(SubjectAccessRow.id).where(*theirs, is_open)).first()
    if known is not None:
        return known
    row = SubjectAccessRow(
        id=uuid4(),
        person_id=referral.person_id,
        referral_id=referral_id,
        team_id=referral.team_id,
        status=AccessStatus.ASKED,
        asked_how=how,
        asked_at=tx.now,
        asked_by=asked_by,
        due_on=due_on,
    )
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, "subject access", str(row.id), referral.person_id, {"how": how}))
    return row.id


def get(tx: Tx, access_id: UUID, *, audit: str) -> Access:
    """Return a request, its row held; raises NotFound."""
    query = _named().where(SubjectAccessRow.id == access_id).with_for_update(of=SubjectAccessRow)
    found = tx.session.execute(query).first()
    if found is None:
        raise NotFound
    access = _access(found)
    tx.audit(Entry(audit, "subject access", str(access_id), access.person_id))
    return access


def list_all(tx: Tx, *, audit: str) -> Sequence[Access]:
    """Return the requests, those to answer first, of each the earliest due."""
    asked_first = (SubjectAccessRow.status == AccessStatus.ASKED).desc()
    query = _named().order_by(asked_first, SubjectAccessRow.due_on, SubjectAccessRow.asked_at).limit(200)
    tx.audit(Entry(audit, "subject access", "all"))
    return [_access(found) for found in tx.session.execute(query)]


def find_newest(tx: Tx, person_id: UUID, team_id: UUID, *, audit: str) -> Access | None:
    """Return the newest request of a person to a team; None when nothing was asked."""
    theirs = (SubjectAccessRow.person_id == person_id, SubjectAccessRow.team_id == team_id)
    query = _named().where(*theirs).order_by(SubjectAccessRow.asked_at.desc()).limit(1)
    found = tx.session.execute(query).first()
    tx.audit(Entry(audit, "subject access", str(person_id), person_id))
    return None if found is None else _access(found)


def is_any_open(tx: Tx) -> bool:
    """Tell whether any request waits for an answer."""
    query = select(SubjectAccessRow.id).where(SubjectAccessRow.status == AccessStatus.ASKED).limit(1)
    return tx.session.scalar(query) is not None


def withheld(tx: Tx, access_id: UUID) -> Mapping[str, str]:
    """Return which pieces are withheld, each with its reason."""
    stand = (AccessWithheldRow.access_id == access_id, AccessWithheldRow.undone_at.is_(None))
    return {row.piece: row.reason for row in tx.session.scalars(select(AccessWithheldRow).where(*stand))}


def record_withheld(
    tx: Tx, access: Access, pieces: Sequence[str], reason: str, *, by: UUID | None, audit: str
) -> None:
    """Withhold pieces, also under another reason than before."""
    record_given_back(tx, access, pieces, audit=audit)
    for piece in sorted(set(pieces)):
        tx.session.add(
            AccessWithheldRow(access_id=access.id, piece=piece, reason=reason, made_at=tx.now, made_by=by)
        )
    tx.session.flush()
    detail = {"withheld": len(set(pieces)), "reason": reason}
    tx.audit(Entry(audit, "subject access", str(access.id), access.person_id, detail))


def record_given_back(tx: Tx, access: Access, pieces: Sequence[str], *, audit: str) -> None:
    """Withhold pieces no longer."""
    stand = (AccessWithheldRow.access_id == access.id, AccessWithheldRow.undone_at.is_(None))
    for row in tx.session.scalars(
        select(AccessWithheldRow).where(*stand, AccessWithheldRow.piece.in_(pieces))
    ):
        row.undone_at = tx.now
        detail = {"given_back": row.piece.partition(":")[0]}
        tx.audit(Entry(audit, "subject access", str(access.id), access.person_id, detail))
    tx.session.flush()


def record_released(tx: Tx, access: Access, bundle: Bundle, *, by: UUID | None, audit: str) -> None:
    """Keep the answer as the person gets it, and that it is released."""
    row = tx.session.get_one(SubjectAccessRow, access.id)
    cell = Cell("subject_access", "body", access.id)
    row.body = seal_for(tx, access.person_id, cell, json.dumps(asdict(bundle)))
    row.status, row.released_at, row.released_by = AccessStatus.RELEASED, tx.now, by
    tx.session.flush()
    tx.audit(Entry(audit, "subject access", str(access.id), access.person_id))


def get_released(tx: Tx, access: Access, *, audit: str) -> Bundle:
    """Return the answer as it was released; raises NotFound before, and once the person was erased."""
    row = tx.session.get_one(SubjectAccessRow, access.id)
    told = open_for(tx, access.person_id, Cell("subject_access", "body", access.id), row.body)
    if told is None:
        raise NotFound
    tx.audit(Entry(audit, "subject access", str(access.id), access.person_id))
    return _bundle(json.loads(told))


def note_look(tx: Tx, access: Access, *, audit: str) -> None:
    """Write that the actor themselves read all that is kept."""
    tx.audit(Entry(audit, "person", str(access.person_id), access.person_id, {"access": str(access.id)}))


def _bundle(told: dict[str, Any]) -> Bundle:
    sections = [
        Section(each["title"], [[Piece(**piece) for piece in row] for row in each["rows"]])
        for each in told["sections"]
    ]
    return Bundle(sections, [(what, why) for what, why in told["not_told"]])


def _named() -> Any:
    return (
        select(SubjectAccessRow, OrganisationRow.name, ReferralRow.reference)
        .join(OrganisationRow, OrganisationRow.id == SubjectAccessRow.team_id)
        .join(ReferralRow, ReferralRow.id == SubjectAccessRow.referral_id)
    )


def _access(found: Any) -> Access:
    row, team_name, reference = found
    return Access(
        id=row.id,
        person_id=row.person_id,
        referral_id=row.referral_id,
        team_id=row.team_id,
        team_name=team_name,
        reference=reference,
        status=AccessStatus(row.status),
        asked_how=row.asked_how,
        asked_at=row.asked_at,
        due_on=row.due_on,
        released_at=row.released_at,
    )
