"""People's words on their own record and the answers to them, sealed with the person's key."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import func, select

from app.domain.errors import Conflict, NotFound
from app.domain.person_comments import PersonComment, Said
from app.domain.referral import Referral
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_many, seal_for
from app.store.person_links import PersonLink
from app.store.session import Tx
from app.store.tables_person_links import PersonCommentRow, PersonLinkRow


def add(tx: Tx, of: Referral | PersonLink, said: Said, *, audit: str) -> UUID:
    """Write what a person says of a referral of theirs: through their link, or as it was written down for them."""
    row = PersonCommentRow(
        id=uuid4(),
        person_id=of.person_id,
        referral_id=of.referral_id if isinstance(of, PersonLink) else of.id,
        team_id=of.team_id,
        link_id=of.id if isinstance(of, PersonLink) else None,
        about=said.about,
        kind=said.kind,
        made_at=tx.now,
    )
    row.words = seal_for(tx, of.person_id, Cell("person_comment", "words", row.id), said.words)
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, "person comment", str(row.id), of.person_id, {"kind": said.kind}))
    return row.id


def count_open(tx: Tx, person_id: UUID) -> int:
    """Return how many of a person's words wait for an answer."""
    waiting = (PersonCommentRow.person_id == person_id, PersonCommentRow.settled.is_(None))
    return tx.session.scalar(select(func.count()).where(*waiting)) or 0


def list_for_referral(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[PersonComment]:
    """Return what was said of a referral, oldest first, as far as the actor may see it."""
    row = PersonCommentRow
    query = select(row).where(row.referral_id == referral_id).order_by(row.made_at, row.id)
    return _opened(tx, tx.session.scalars(query).all(), audit)


def get(tx: Tx, comment_id: UUID, *, audit: str) -> PersonComment:
    """Return one; raises NotFound when it is absent or not the actor's to see."""
    return _opened(tx, [_row(tx, comment_id)], audit)[0]


def record_answer(tx: Tx, comment_id: UUID, *, settled: str, answer: str, audit: str) -> None:
    """Write the team's answer; raises NotFound, and Conflict when somebody was faster."""
    row = _row(tx, comment_id)
    if row.settled is not None:
        raise Conflict("Somebody has answered this already. Look at it again.")
    row.settled, row.answered_at, row.answered_by = settled, tx.now, tx.actor.user_id
    row.answer = seal_for(tx, row.person_id, Cell("person_comment", "answer", row.id), answer or None)
    tx.session.flush()
    tx.audit(Entry(audit, "person comment", str(comment_id), row.person_id, {"settled": settled}))


def _row(tx: Tx, comment_id: UUID) -> PersonCommentRow:
    query = select(PersonCommentRow).where(PersonCommentRow.id == comment_id).with_for_update()
    row = tx.session.scalars(query).first()
    if row is None:
        raise NotFound
    return row


def _opened(tx: Tx, rows: Sequence[PersonCommentRow], audit: str) -> Sequence[PersonComment]:
    cells = [
        (row.person_id, Cell("person_comment", column, row.id), getattr(row, column))
        for row in rows
        for column in ("words", "answer")
    ]
    told = open_many(tx, cells)
    carers = _carers_links(tx, rows)
    for row in rows:
        tx.audit(Entry(audit, "person comment", str(row.id), row.person_id))
    return [
        PersonComment(
            id=row.id,
            referral_id=row.referral_id,
            said=Said(row.about, row.kind, words or ""),
            made_at=row.made_at,
            answer=answer or "",
            settled=row.settled,
            answered_at=row.answered_at,
            by_carer=row.link_id in carers,
        )
        for row, words, answer in zip(rows, told[::2], told[1::2], strict=True)
    ]


def _carers_links(tx: Tx, rows: Sequence[PersonCommentRow]) -> set[UUID | None]:
    """Those of the links through which these were said that are a carer's."""
    ids = {row.link_id for row in rows if row.link_id}
    of_carers = (PersonLinkRow.id.in_(ids), PersonLinkRow.agreed_on.is_not(None))
    return set(tx.session.scalars(select(PersonLinkRow.id).where(*of_carers)))
