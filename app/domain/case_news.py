"""What a later message of a case may change: the newest word on each part counts, protection is only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from app.domain.cautions import Cautions
from app.domain.referral import PersonDetails

# part -> the fields that belong together; NHS number and birth date are of none: they are identity, a person's to judge
PERSON_PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": ("family", "given", "prefix"),
        "address": ("address_lines", "postcode"),
        "phone": ("phones",),
        "email": ("email",),
        "gender": ("gender",),
        "language": ("language",),
        "ethnicity": ("ethnicity",),
    }
)
# What is added by any message and taken away by none: a flag left out is not a flag lifted.
_ADDED = {
    "do_not_contact": "do-not-contact",
    "no_telephone": "no-telephone",
    "interpreter": "interpreter",
    "communication": "communication",
    "safeguarding": "safeguarding",
    "risks": "risk",
    "adjustments": "adjustment",
    "notes": "flag",
    "sensitive": "sensitive",
}
_NEWEST = {"preferred_contact": "preferred-contact", "contact_times": "contact-times"}
GRAVE = frozenset({"do-not-contact", "safeguarding", "risk", "restricted"})  # the team is told at once

Value = TypeVar("Value")
Marks = Mapping[str, Any]  # part -> place in time of the newest word on it


@dataclass(frozen=True, slots=True)
class PlaceInTime:
    """Where a message stands among those of its case, whenever it arrives.

    By Bundle.timestamp (FHIR R4: when the message was put together), then by ServiceRequest.meta.lastUpdated (BaRS:
    a changed resource carries a later one); of two that say the same, a change follows the referral it changes, and
    two changes go by their digests, so that every order of arrival has one result.
    """

    sent_at: datetime
    updated_at: datetime | None = None
    is_change: bool = False
    digest: bytes = b""

    @property
    def mark(self) -> str:
        """The place as a text that sorts in time."""
        updated = self.updated_at or self.sent_at
        return f"{_utc(self.sent_at)} {_utc(updated)} {int(self.is_change)} {self.digest.hex()[:16]}"


@dataclass(frozen=True, slots=True)
class Merged(Generic[Value]):
    """The values as they stand now, which parts that changed, and the places in time of what was heard."""

    value: Value
    changed: tuple[str, ...] = ()
    heard: Marks = field(default_factory=dict)


def _utc(moment: datetime) -> str:
    try:
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError:  # the first or last day that there is, in another zone
        return moment.replace(tzinfo=UTC).isoformat(timespec="microseconds")


def is_newest(heard: Marks, part: str, mark: str) -> bool:
    """Tell whether nothing newer was heard on this part."""
    return mark >= str(heard.get(part, ""))


def merge_person(known: PersonDetails, told: PersonDetails, heard: Marks, mark: str) -> Merged[PersonDetails]:
    """Return the person with each part that the message tells and nothing newer has told; silence changes nothing."""
    values: dict[str, Any] = {}
    marks: dict[str, str] = {}
    changed = []
    for part, names in PERSON_PARTS.items():
        said = {name: getattr(told, name) for name in names}
        if any(said.values()) and is_newest(heard, part, mark):
            marks[part] = mark
            if any(getattr(known, name) != value for name, value in said.items()):
                changed.append(part)
                values |= said
    return Merged(replace(known, **values), tuple(changed), {**heard, **marks})


def merge_cautions(known: Cautions, told: Cautions, heard: Marks, mark: str) -> Merged[Cautions]:
    """Return the cautions with what the message adds; of how and when to make contact, the newest word."""
    values: dict[str, Any] = {name: _added(getattr(known, name), getattr(told, name)) for name in _ADDED}
    marks: dict[str, str] = {}
    for name, part in _NEWEST.items():
        if getattr(told, name) and is_newest(heard, part, mark):
            values[name], marks[part] = getattr(told, name), mark
    parts = {**_ADDED, **_NEWEST}
    changed = tuple(parts[name] for name, value in values.items() if value != getattr(known, name))
    return Merged(replace(known, **values), changed, {**heard, **marks})


def is_somebody_else(known: PersonDetails, told: PersonDetails) -> bool:
    """Tell whether a message gives another NHS number or birth date than we hold, or one where we hold none."""
    return any(
        said is not None and said != held
        for said, held in ((told.nhs_number, known.nhs_number), (told.birth_date, known.birth_date))
    )


def _added(known: bool | Iterable[str], told: bool | Iterable[str]) -> bool | tuple[str, ...]:
    if isinstance(known, bool) or isinstance(told, bool):
        return bool(known) or bool(told)
    both = set(known) | set(told)
    return tuple(known) if both == set(known) else tuple(sorted(both))  # one order, whoever came first
