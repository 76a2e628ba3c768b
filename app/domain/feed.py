"""Values of a directory that is imported: a service as a source tells it, and how that is joined with what we have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.directory import Term
from app.domain.errors import FieldProblem

Values = dict[str, Any]  # our names of fields, values of JSON's own types


@dataclass(frozen=True, slots=True)
class Told:
    """Something with an id of its source's and what the source says of it."""

    external_id: str
    values: Values


@dataclass(frozen=True, slots=True)
class FeedService:
    """A service with its organisation and venues. `sessions` stands among its values and names venues by their ids.

    With `problems` it cannot be taken; `notes` tell what was left out of one that can.
    """

    told: Told
    organisation: Told
    venues: tuple[Told, ...]
    terms: tuple[Term, ...]
    notes: tuple[FieldProblem, ...]
    problems: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class More:
    """What a spreadsheet of ours tells beside what feeds can: values of the service, its organisation, its venue."""

    service: Values = field(default_factory=dict)
    organisation: Values = field(default_factory=dict)
    venue: Values = field(default_factory=dict)


def with_more(read: FeedService, more: More | None) -> FeedService:
    """Return a service with what else is told of it."""
    if more is None:
        return read
    return replace(
        read,
        told=replace(read.told, values=read.told.values | more.service),
        organisation=replace(read.organisation, values=read.organisation.values | more.organisation),
        venues=tuple(replace(each, values=each.values | more.venue) for each in read.venues),
    )


@dataclass(slots=True)
class Findings:
    """Gathers what is wrong while a row is read, each with the place where it stands."""

    problems: list[FieldProblem] = field(default_factory=list)
    notes: list[FieldProblem] = field(default_factory=list)

    def refuse(self, where: str, sentence: str, code: str = "value") -> None:
        """The row cannot be taken."""
        self.problems.append(FieldProblem(where, sentence, code))

    def note(self, where: str, sentence: str) -> None:
        """The row can be taken without this."""
        self.notes.append(FieldProblem(where, sentence))


@dataclass(frozen=True, slots=True)
class Merged:
    """`values` to be written; `taken` fields come from the source now, `kept` differ there but were changed here."""

    values: Values
    taken: tuple[str, ...]
    kept: tuple[str, ...]


def merge(ours: Values | None, theirs: Values, last_said: Mapping[str, Any]) -> Merged:
    """Join what a source says with what we have: a field that was changed here stays as it is here.

    `ours` None is something new; `last_said` is what the source said at the import before.
    """
    if ours is None:
        return Merged(dict(theirs), tuple(sorted(theirs)), ())
    taken, kept = [], []
    for name, value in sorted(theirs.items()):
        if value == ours.get(name):
            continue
        if name in last_said and last_said[name] == ours.get(name):
            taken.append(name)
        else:
            kept.append(name)
    return Merged(ours | {name: theirs[name] for name in taken}, tuple(taken), tuple(kept))


def moved(theirs: Values, last_said: Mapping[str, Any], fields: Sequence[str]) -> tuple[str, ...]:
    """Return those fields of which the source says something new."""
    return tuple(name for name in fields if last_said.get(name) != theirs[name])
