"""All that is kept of a person, on request: gathered by the data map, read through by somebody, released, taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.subject_access import (
    ASKED_HOW,
    WITHHOLD,
    AccessStatus,
    Bundle,
    Section,
    check_withheld,
    due_day,
)
from app.domain.vocabulary import Role
from app.services.rights.data_map import data_map
from app.services.watching.calendar import limits_of
from app.store import gathering, referrals, subject_access
from app.store.gathering import Whose
from app.store.person_links import PersonLink
from app.store.session import Database, Tx
from app.store.steward_tasks import record_list_task
from app.store.subject_access import Access
from app.store.tasks import add_task

TASK: Final = "subject-access"
READY: Final = "subject-access-ready"
ANSWERED: Final = (
    "This was answered already, and the person may have read it. Ask them whether they need more."
)
WRITTEN_SINCE: Final = "Something was written since you opened this page. Read it once more, then release it."
_ASK, _LOOK, _READ = "ask for own data", "look through own data", "read own data bundle"
_WITHHOLD, _RELEASE = "withhold from own data", "release own data"


@dataclass(frozen=True, slots=True)
class Review:
    """A request with all that is kept, and what is withheld of it by whoever reads it through."""

    access: Access
    bundle: Bundle
    withheld: Mapping[str, str]

    @property
    def to_read(self) -> Sequence[Section]:
        """What somebody must read before it is given, and nothing else: whoever reads it needs no more."""
        return self.bundle.to_read()

    @property
    def plain(self) -> int:
        """How many pieces are given as they are."""
        read = sum(len(row) for section in self.to_read for row in section.rows)
        return len(self.bundle.keys()) - read


def ask_own(db: Database, link: PersonLink) -> None:
    """Write that the person of a link asks for everything; asking twice is asking once."""
    with db.transaction(link.actor) as tx:
        _ask(tx, link.referral_id, how="own-page")


def ask_for(db: Database, actor: Actor, referral_id: UUID, *, how: str) -> None:
    """Write that a person asked the team; raises NotFound for another team's, Invalid (field "how")."""
    check_acts_as(actor, Role.LINK_WORKER)
    if how not in ASKED_HOW:
        raise Invalid([FieldProblem("how", "Choose how they asked.", "required")])
    with db.transaction(actor) as tx:
        referrals.get(tx, referral_id, audit=_ASK)
        _ask(tx, referral_id, how=how)


def _ask(tx: Tx, referral_id: UUID, *, how: str) -> None:
    due_on = limits_of(tx).days.on_or_after(due_day(tx.today))
    by = tx.actor.user_id
    with tx.as_system("subject access") as system_tx:
        subject_access.add(system_tx, referral_id, how=how, due_on=due_on, asked_by=by, audit=_ASK)
        record_list_task(system_tx, TASK, is_waiting=True)


def list_requests(db: Database, actor: Actor) -> Sequence[Access]:
    """Return every request, those to answer first: references and days, nobody's name."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx, tx.as_system("subject access") as system_tx:
        return subject_access.list_all(system_tx, audit="list requests for own data")


def look(db: Database, actor: Actor, access_id: UUID) -> Review:
    """Return all that is kept of whoever asked, to be read through. Raises NotFound."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        return _review(tx, access_id)


def withhold(db: Database, actor: Actor, access_id: UUID, pieces: Sequence[str], reason: str) -> None:
    """Withhold pieces for a reason. Raises NotFound, Invalid (fields "pieces", "reason"), Conflict once answered."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        found = _open_review(tx, access_id)
        check_withheld(found.bundle.readable(), pieces, reason)
        with tx.as_system("subject access") as system_tx:
            by = actor.user_id
            subject_access.record_withheld(system_tx, found.access, pieces, reason, by=by, audit=_WITHHOLD)


def give_back(db: Database, actor: Actor, access_id: UUID, piece: str) -> None:
    """Withhold a piece no longer. Raises NotFound, Conflict once answered."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        found = _open_review(tx, access_id)
        with tx.as_system("subject access") as system_tx:
            subject_access.record_given_back(system_tx, found.access, [piece], audit=_WITHHOLD)


def release(db: Database, actor: Actor, access_id: UUID, *, has_read: bool, seen: str) -> None:
    """Keep the answer as it stands now, for the person to take; their team has the task to tell them.

    `seen` is the digest of what stood on the page. Raises NotFound, Conflict once answered, Invalid (field "has_read")
    when nobody says that they read it through, or when something was written since that they have not read.
    """
    check_acts_as(actor, Role.STEWARD)
    if not has_read:
        sentence = "Read everything that is marked, then say that you did."
        raise Invalid([FieldProblem("has_read", sentence, "required")])
    with db.transaction(actor) as tx:
        found = _open_review(tx, access_id)
        if found.bundle.seen() != seen:
            raise Invalid([FieldProblem("has_read", WRITTEN_SINCE, "conflict")])
        bundle = found.bundle.without({key: WITHHOLD[why] for key, why in found.withheld.items()})
        with tx.as_system("subject access") as system_tx:
            subject_access.record_released(system_tx, found.access, bundle, by=actor.user_id, audit=_RELEASE)
            add_task(
                system_tx, READY, organisation_id=found.access.team_id, referral_id=found.access.referral_id
            )
            still = subject_access.is_any_open(system_tx)
            record_list_task(system_tx, TASK, is_waiting=still)


def find_own(db: Database, link: PersonLink) -> Access | None:
    """Return the newest request of a link's person to its team."""
    with db.transaction(link.actor) as tx, tx.as_system("subject access") as system_tx:
        return subject_access.find_newest(system_tx, link.person_id, link.team_id, audit=_READ)


def own_released(db: Database, link: PersonLink) -> Bundle | None:
    """Return the released answer to the newest request, None where there is none yet."""
    with db.transaction(link.actor) as tx, tx.as_system("subject access") as system_tx:
        access = subject_access.find_newest(system_tx, link.person_id, link.team_id, audit=_READ)
        if access is None or access.status is not AccessStatus.RELEASED:
            return None
        return subject_access.get_released(system_tx, access, audit=_READ)


def _open_review(tx: Tx, access_id: UUID) -> Review:
    found = _review(tx, access_id)
    if found.access.status is not AccessStatus.ASKED:
        raise Conflict(ANSWERED)
    return found


def _review(tx: Tx, access_id: UUID) -> Review:
    """Read as the platform: a steward reads nobody's record otherwise. The audit names who it was."""
    with tx.as_system("subject access") as system_tx:
        access = subject_access.get(system_tx, access_id, audit=_LOOK)
        found = data_map()
        whose = Whose(access.person_id, access.team_id)
        sections = gathering.gather(system_tx, found, whose, audit=_LOOK)
        withheld = subject_access.withheld(system_tx, access_id)
    subject_access.note_look(tx, access, audit=_LOOK)
    return Review(access, Bundle(sections, sorted(found.not_told.items())), withheld)
