"""Open data kept in the place, so that no look-up leaves it: postcodes, areas, the NHS's organisations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base


class PostcodeRow(Base):
    """A postcode, where it lies and of which areas it is a part."""

    __tablename__ = "postcode"
    postcode: Mapped[str] = mapped_column(primary_key=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    ward: Mapped[str | None]
    lsoa: Mapped[str | None]
    msoa: Mapped[str | None]
    lad: Mapped[str | None]
    imd_decile: Mapped[int | None]
    ended: Mapped[bool] = mapped_column(server_default="false")
    __table_args__ = (
        CheckConstraint("(latitude is null) = (longitude is null)", "point_whole"),
        CheckConstraint("imd_decile between 1 and 10", "imd_decile"),
    )


class AreaRow(Base):
    """An area by its typed code: its name, the neighbourhood that it belongs to, its deprivation."""

    __tablename__ = "area"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    neighbourhood: Mapped[str | None]
    imd_decile: Mapped[int | None]
    closed_at: Mapped[datetime | None]  # of a neighbourhood: from then on nobody is matched by it
    __table_args__ = (CheckConstraint("imd_decile between 1 and 10", "imd_decile"),)


class OdsEntryRow(Base):
    """A practice or a primary care network as the Organisation Data Service publishes it."""

    __tablename__ = "ods_entry"
    code: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    address_lines: Mapped[list[str]] = mapped_column(server_default="{}")
    postcode: Mapped[str | None]
    phone: Mapped[str | None]
    active: Mapped[bool | None]
    network: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("role in ('practice', 'network')", "role"),
        Index("ix_ods_entry_network", "network"),
    )
