"""What open data know of a postcode and of the NHS's organisations; nothing here is about a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.areas import CLOSED, Point


@dataclass(frozen=True, slots=True)
class Located:
    """A postcode and where it lies: codes are nine characters of the Office for National Statistics."""

    postcode: str  # upper case with its space
    point: Point | None = None  # None: the directory has no grid reference for it
    ward: str | None = None
    lsoa: str | None = None
    msoa: str | None = None
    lad: str | None = None
    imd_decile: int | None = None  # 1 is the tenth of areas with most deprivation
    ended: bool = False  # no longer in use: old addresses still have it
    neighbourhood: str | None = None  # a typed code, of its LSOA or ward
    was_in: str | None = (
        None  # the neighbourhood that it was in until that was closed, where it is in no other
    )

    @property
    def areas(self) -> tuple[str, ...]:
        """The typed codes that services name their areas by, beside the district; a closed one is marked as such."""
        typed = {"ward": self.ward, "lsoa": self.lsoa, "msoa": self.msoa, "lad": self.lad}
        codes = tuple(f"{kind}:{code}" for kind, code in typed.items() if code)
        if self.neighbourhood:
            return (*codes, self.neighbourhood)
        return (*codes, f"{CLOSED}{self.was_in}") if self.was_in else codes


@dataclass(frozen=True, slots=True)
class Area:
    """What look-ups tell of an area; None is not told, and leaves what was told before."""

    code: str  # typed: "ward:E05009367"
    name: str | None = None
    neighbourhood: str | None = None  # the typed code of the neighbourhood that it is a part of
    imd_decile: int | None = None


class OdsRole(StrEnum):
    """The organisations of the NHS that referrals come from."""

    PRACTICE = "practice"
    NETWORK = "network"  # a primary care network


@dataclass(frozen=True, slots=True)
class OdsEntry:
    """A practice or a primary care network as published; None and empty leave what was told before."""

    code: str
    role: OdsRole
    name: str = ""
    address_lines: tuple[str, ...] = ()
    postcode: str | None = None
    phone: str | None = None
    active: bool | None = None
    network: str | None = None  # of a practice: the network's code
