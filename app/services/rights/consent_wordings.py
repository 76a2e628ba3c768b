"""The words by which people are asked for their yes or no: shown, followed by new ones, never changed or removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.access import Actor, check_acts_as, system
from app.domain.consent_wordings import ConsentWording, Kind, check_seen, next_version
from app.domain.vocabulary import Role
from app.store import consent_wordings
from app.store.consent_wordings import Answered
from app.store.session import Database, Tx

_READ, _WRITE = "read consent wordings", "write consent wording"


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind with its versions, newest first, and who answered to each; None: words that were not ours."""

    kind: Kind
    versions: Sequence[ConsentWording]
    answered: Mapping[int | None, Answered]

    @property
    def newest(self) -> ConsentWording:
        """The words of today."""
        return self.versions[0]


def list_kinds(db: Database, actor: Actor) -> Sequence[Kept]:
    """Return every kind; raises NotAllowed for whoever is no steward."""
    return [find(db, actor, kind) for kind in Kind]


def find(db: Database, actor: Actor, kind: Kind) -> Kept:
    """Return one kind with all its versions and counts of people; raises NotAllowed."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        versions = consent_wordings.list_versions(tx, kind)
        with tx.as_system("consent wordings") as inner:
            answered = consent_wordings.count_answered(inner, kind, audit=_READ)
    return Kept(kind, versions, answered)


def check(db: Database, actor: Actor, kind: Kind, question: str, words: str, *, seen: int) -> ConsentWording:
    """Return the version that would follow, without writing it; raises as `write` does."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        return next_version(consent_wordings.newest(tx, kind), question, words, seen=seen)


def write(db: Database, actor: Actor, kind: Kind, question: str, words: str, *, seen: int) -> ConsentWording:
    """Write a new version, which is asked from now on; what people said stays with the version they were shown.

    `seen` is the newest version that the steward looked at. Raises Invalid, NotAllowed, and Conflict when another
    version came meanwhile.
    """
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        made = next_version(consent_wordings.newest(tx, kind), question, words, seen=seen)
        consent_wordings.add(tx, made, audit=_WRITE)  # of two in one moment the key takes one: Conflict
    return made


def today(db: Database, *kinds: Kind) -> Mapping[Kind, ConsentWording]:
    """Return the words of today by kind, for the pages that ask; they are nobody's data."""
    with db.transaction(system("page")) as tx:
        return {kind: consent_wordings.newest(tx, kind) for kind in kinds}


def shown(tx: Tx, kind: Kind, seen: int | None, *, field: str) -> int | None:
    """Return the version that a person's word is kept with; raises Invalid when it is not that of today.

    `seen` is the version on the page, None where no page says; `field` is where the page shows the problem.
    """
    check_seen(consent_wordings.newest(tx, kind), seen, field)
    return seen
