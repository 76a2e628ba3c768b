"""What the table of served resources is made of: kinds, their search parameters, references that can be followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ParameterType(StrEnum):
    """FHIR's search parameter types, those in use here."""

    TOKEN = "token"  # noqa: S105 - a kind of search parameter
    REFERENCE = "reference"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter and the column of the record that it looks at.

    `codes`: FHIR code -> our values (None: any code, as it stands); `system`: the codes' own; `targets`: type -> the
    column that holds such a reference; `identifiers`: system -> column; `many`: the column holds a list.
    """

    name: str
    type: ParameterType
    about: str
    column: str = ""
    system: str | None = None
    codes: Mapping[str, tuple[str, ...]] | None = None
    targets: Mapping[str, str] = field(default_factory=dict)
    identifiers: Mapping[str, str] = field(default_factory=dict)
    many: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """A reference that can be followed: rows of `source` hold in `field` the id of a `target`."""

    source: str
    name: str
    target: str
    column: str

    @property
    def code(self) -> str:
        """As _include and _revinclude spell it."""
        return f"{self.source}:{self.name}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource type that is served.

    `dated`: when it changed is known, so _lastUpdated works; `exact`: to the last change of any part, so that
    Last-Modified can be trusted. `order` is the sort unless another is asked for, newest first; it never changes for
    a row, so that pages neither lose nor repeat one. `prefix` stands before ids that are numbers. `grows`: reading
    it adds to it, so that a walk through its pages has to end where it began.
    """

    type: str
    about: str
    parameters: tuple[Parameter, ...]
    sorts: Mapping[str, str] = field(default_factory=dict)
    order: str | None = None
    dated: bool = True
    exact: bool = True
    prefix: str | None = None
    profiled: bool = False
    grows: bool = False

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of this name, None when there is none."""
        return next((each for each in self.parameters if each.name == name), None)
