"""References inside a message: which entry each one means, and what is wrong with one that means none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from fhir.elements import find_resource_class

_LITERAL: Final = re.compile(r"(?:(?P<base>https?://\S{1,400})/)?(?P<type>[A-Z][A-Za-z]{1,60})/[A-Za-z0-9\-.]{1,64}"
                             r"(?:/_history/[A-Za-z0-9\-.]{1,64})?\Z")  # fmt: skip
_INTERNAL: Final = ("urn:uuid:", "urn:oid:")


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of a message and where it stands."""

    position: int
    resource: dict[str, Any]

    @property
    def type(self) -> str:
        """The resource's type; "" when the message gives none."""
        named = self.resource.get("resourceType")
        return named if isinstance(named, str) else ""

    @property
    def path(self) -> str:
        """The FHIRPath of the resource."""
        return f"Bundle.entry[{self.position}].resource"


@dataclass(frozen=True, slots=True)
class EntryIndex:
    """The entries of a message by every name that a reference may call them."""

    entries: tuple[Entry, ...] = ()
    by_name: dict[str, Entry] = field(default_factory=dict)
    whole: bool = True  # whether what is not in it is missing; false for a resource that stands alone

    @classmethod
    def of(cls, listed: Iterable[Any]) -> EntryIndex:
        """Return the index of Bundle.entry; whatever is no object with a resource is passed over."""
        entries: list[Entry] = []
        by_name: dict[str, Entry] = {}
        for position, each in enumerate(listed):
            if not isinstance(each, dict) or not isinstance(each.get("resource"), dict):
                continue
            entry = Entry(position, each["resource"])
            entries.append(entry)
            for name in _names(each.get("fullUrl"), entry):
                by_name.setdefault(name, entry)
        return cls(tuple(entries), by_name)

    def of_type(self, *types: str) -> tuple[Entry, ...]:
        """Return the entries of these types, in the message's order."""
        return tuple(entry for entry in self.entries if entry.type in types)

    def is_called(self, entry: Entry, literal: str) -> bool:
        """Tell whether Type/id is an entry's fullUrl, on whatever server: it may have no id inside."""
        return any(found is entry and name.endswith(f"/{literal}") for name, found in self.by_name.items())

    def find(self, reference: Any) -> Entry | None:
        """Return the entry that a Reference element means; None when it is not in the message."""
        literal = reference.get("reference") if isinstance(reference, dict) else None
        return self.by_name.get(_key(literal)) if isinstance(literal, str) else None


def _names(full_url: Any, entry: Entry) -> Iterable[str]:
    if isinstance(full_url, str):
        yield _key(full_url)
    own = entry.resource.get("id")
    if isinstance(own, str) and entry.type:
        yield f"{entry.type}/{own}"


def _key(literal: str) -> str:
    """UUIDs are compared without case (RFC 4122); all else as written."""
    return (
        literal.lower() if literal[:9].lower() in _INTERNAL or literal[:8].lower() in _INTERNAL else literal
    )


def reference_problem(
    reference: dict[str, Any], targets: frozenset[str], entries: EntryIndex, contained: frozenset[str]
) -> str | None:
    """Return what is wrong with a Reference, or None.

    `Type/id` that is not in the message is a logical identifier (BaRS: EpisodeOfCare, Appointment) and is allowed.
    """
    claimed = reference.get("type")
    if isinstance(claimed, str) and targets and find_resource_class(claimed) and claimed not in targets:
        return _wrong_target(targets)
    literal = reference.get("reference")
    if not isinstance(literal, str):
        return None
    if literal.startswith("#"):
        known = literal == "#" or literal[1:] in contained
        return None if known else "The reference is to a contained resource that is not there. Add it."
    found = entries.find(reference)
    if found is not None:
        return _wrong_target(targets) if targets and found.type not in targets else None
    if literal.lower().startswith(_INTERNAL):
        missing = (
            "The reference is to an entry that is not in the Bundle. Add the entry or correct the reference."
        )
        return missing if entries.whole else None
    return _literal_problem(literal, targets)


def _literal_problem(literal: str, targets: frozenset[str]) -> str | None:
    match = _LITERAL.match(literal)
    if match is None:
        if literal.startswith(("https://", "http://")) and len(literal.split()) == 1:
            return None  # some servers' addresses do not end in Type/id
        return "This is not a reference. Use the fullUrl of an entry, or Type/id."
    if find_resource_class(match["type"]) is None:
        return None if match["base"] else "The reference names a type that FHIR R4 does not have."
    return _wrong_target(targets) if targets and match["type"] not in targets else None


def _wrong_target(targets: frozenset[str]) -> str:
    return f"The reference is to the wrong type of resource. It may be: {', '.join(sorted(targets))}."
