"""People's own stories: sealed with their key, shown only with their yes, and wiped when it is taken back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, any_, func, select, true, update
from sqlalchemy.orm import aliased

from app.domain.errors import NotFound
from app.domain.stories import Agreed, NewStory, Use
from app.store.among import among
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_many, seal_for
from app.store.session import Tx
from app.store.tables_care import PersonRow, PlacementRow, ReferralRow
from app.store.tables_stories import StoryRow

PAGE = 20
_Whose = aliased(PersonRow)
_Rows = Select[StoryRow, str]


@dataclass(frozen=True, slots=True)
class Teller:
    """Whose story it is, and at which placement it was told."""

    organisation_id: UUID
    placement_id: UUID
    referral_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class KeptStory:
    """A story as it is kept; no words any more once it was taken back."""

    id: UUID
    reference: str
    teller: Teller
    words: str | None
    told_as: str | None
    agreed: Agreed | None
    recorded_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None


def find_teller(tx: Tx, reference: str, *, placement_id: UUID | None = None, audit: str) -> Teller | None:
    """Return who a reference stands for among those placed with the actor's organisation, and at which placement.

    The one named where it is of this reference; else the newest in which help began, else the newest.
    """
    row = PlacementRow
    query = select(row, ReferralRow.person_id).join(ReferralRow, ReferralRow.id == row.referral_id)
    theirs = query.where(ReferralRow.reference == reference, row.provider_id == tx.actor.organisation_id)
    named = [row.id != placement_id] if placement_id else []  # false comes first
    ordered = theirs.order_by(*named, row.started_at.is_(None), row.offered_at.desc(), row.id)
    found = tx.session.execute(ordered).first()
    if found is None:
        return None
    placement, person_id = found
    tx.audit(Entry(audit, "placement", str(placement.id), person_id))
    return Teller(placement.provider_id, placement.id, placement.referral_id, person_id)


def add(tx: Tx, teller: Teller, told: NewStory, *, audit: str) -> UUID:
    """Write a story and return its id."""
    story_id = uuid4()
    row = StoryRow(
        id=story_id,
        organisation_id=teller.organisation_id,
        placement_id=teller.placement_id,
        referral_id=teller.referral_id,
        person_id=teller.person_id,
        words=seal_for(tx, teller.person_id, Cell("story", "words", story_id), told.words),
        told_as=seal_for(tx, teller.person_id, Cell("story", "told_as", story_id), told.told_as),
        recorded_by=tx.actor.user_id,
        recorded_at=tx.now,
    )
    _write_agreed(row, told.agreed)
    tx.session.add(row)
    tx.session.flush()
    tx.audit(Entry(audit, "story", str(story_id), teller.person_id))
    return story_id


def get(tx: Tx, story_id: UUID, *, audit: str) -> KeptStory:
    """Return one story of the actor's organisation; raises NotFound."""
    found = _read(tx, _own(tx).where(StoryRow.id == story_id), audit)
    if not found:
        raise NotFound
    return found[0]


def list_page(tx: Tx, *, page: int, audit: str) -> tuple[Sequence[KeptStory], int]:
    """Return a page of the organisation's stories, newest first, and how many there are."""
    own = StoryRow.organisation_id == tx.actor.organisation_id
    total = tx.session.scalar(select(func.count()).select_from(StoryRow).where(own)) or 0
    order = (StoryRow.recorded_at.desc(), StoryRow.id)
    query = _own(tx).order_by(*order).limit(PAGE).offset(PAGE * (page - 1))
    return _read(tx, query, audit), total


def list_agreed(
    tx: Tx,
    organisation_id: UUID,
    *,
    placement_ids: Collection[UUID] | None = None,
    ids: Collection[UUID] | None = None,
    audit: str,
) -> Sequence[KeptStory]:
    """Return the stories that people agreed to in a pack and still agree to, oldest yes first.

    Of these placements, or of these ids, where either is given. Nobody who is restricted is among them.
    """
    theirs = true() if placement_ids is None else among(StoryRow.placement_id, placement_ids)
    these = true() if ids is None else StoryRow.id.in_(ids)
    query = _rows().where(
        StoryRow.organisation_id == organisation_id,
        any_(StoryRow.uses) == Use.PACK,
        StoryRow.withdrawn_at.is_(None),
        StoryRow.person_id.in_(select(_Whose.id).where(~_Whose.restricted)),
        theirs,
        these,
    )
    return _read(tx, query.order_by(StoryRow.agreed_on, StoryRow.recorded_at, StoryRow.id), audit)


def list_of_person(tx: Tx, person_id: UUID, *, audit: str) -> Sequence[KeptStory]:
    """Return a person's stories that were not taken back, as far as the actor may see them, oldest first."""
    query = _rows().where(StoryRow.person_id == person_id, StoryRow.withdrawn_at.is_(None))
    return _read(tx, query.order_by(StoryRow.recorded_at, StoryRow.id), audit)


def record_agreed(tx: Tx, story_id: UUID, agreed: Agreed, *, audit: str) -> None:
    """Write what the person agreed to, in place of what stood there; raises NotFound, also for one taken back."""
    row = tx.session.get(StoryRow, story_id, with_for_update=True, populate_existing=True)
    if row is None or row.withdrawn_at is not None or row.organisation_id != tx.actor.organisation_id:
        raise NotFound
    _write_agreed(row, agreed)
    tx.audit(Entry(audit, "story", str(story_id), row.person_id, {"uses": list(agreed.uses)}))


def record_withdrawn(tx: Tx, story: KeptStory, *, by: str, audit: str) -> None:
    """Take a story back and wipe its words."""
    _wipe(tx, [story.id], by)
    tx.audit(Entry(audit, "story", str(story.id), story.teller.person_id))


def record_all_withdrawn(tx: Tx, person_id: UUID, *, by: str, audit: str) -> int:
    """Take back every story of a person and wipe the words; return how many there were."""
    theirs = (StoryRow.person_id == person_id, StoryRow.withdrawn_at.is_(None))
    ids = tx.session.scalars(select(StoryRow.id).where(*theirs).with_for_update()).all()
    _wipe(tx, ids, by)
    for story_id in ids:
        tx.audit(Entry(audit, "story", str(story_id), person_id))
    return len(ids)


def _wipe(tx: Tx, ids: Collection[UUID], by: str) -> None:
    gone = {"words": None, "told_as": None, "withdrawn_at": tx.now, "withdrawn_by": by}
    tx.session.execute(update(StoryRow).where(StoryRow.id.in_(ids)).values(gone))


def _write_agreed(row: StoryRow, agreed: Agreed | None) -> None:
    row.asked_by = agreed.asked_by if agreed else None
    row.agreed_on = agreed.on if agreed else None
    row.uses = list(agreed.uses) if agreed else []


def _rows() -> _Rows:
    return select(StoryRow, ReferralRow.reference).join(ReferralRow, ReferralRow.id == StoryRow.referral_id)


def _own(tx: Tx) -> _Rows:
    return _rows().where(StoryRow.organisation_id == tx.actor.organisation_id)


def _read(tx: Tx, query: _Rows, audit: str) -> Sequence[KeptStory]:
    found = tx.session.execute(query.execution_options(populate_existing=True)).all()
    sealed = [
        (row.person_id, Cell("story", name, row.id), getattr(row, name))
        for row, _ in found
        for name in ("words", "told_as")
    ]
    opened = iter(open_many(tx, sealed))
    stories = []
    for row, reference in found:
        tx.audit(Entry(audit, "story", str(row.id), row.person_id))
        stories.append(_story(row, reference, next(opened), next(opened)))
    return stories


def _story(row: StoryRow, reference: str, words: str | None, told_as: str | None) -> KeptStory:
    asked_by, on = row.asked_by, row.agreed_on
    return KeptStory(
        id=row.id,
        reference=reference,
        teller=Teller(row.organisation_id, row.placement_id, row.referral_id, row.person_id),
        words=words,
        told_as=told_as,
        agreed=Agreed(asked_by, on, tuple(row.uses)) if asked_by and on else None,
        recorded_at=row.recorded_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
    )
