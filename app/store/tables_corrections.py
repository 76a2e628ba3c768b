"""The table of what was put right of a person: what stood before stays, sealed with the person's key."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text, Uuid

from app.store.tables import Base, new_id


class PersonCorrectionRow(Base):
    """What was changed of who somebody is and how to reach them: on whose word, by whom, and what it was before."""

    __tablename__ = "person_correction"
    id: Mapped[UUID] = new_id()
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"))  # on whose page it was typed
    team_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))  # as of a comment
    parts: Mapped[list[str]] = mapped_column(ARRAY(Text))  # codes of app.domain.their_details
    told_by: Mapped[str]
    why: Mapped[bytes | None]  # sealed with the person's key
    texts: Mapped[bytes | None]  # sealed likewise: what stood before, and what stood then
    placement_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")  # to look at it again
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]
