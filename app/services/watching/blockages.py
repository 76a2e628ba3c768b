"""Report a system blockage: written by who meets it, seen as patterns by the steward, answered to who wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.domain import blockages as rules
from app.domain.access import Actor, check_acts_as
from app.domain.blockages import LONGEST_DONE, Blockage, Pattern, Told
from app.domain.errors import Invalid, NotAllowed
from app.domain.vocabulary import Role
from app.store import blockages, people, placements, referrals
from app.store.audit import Entry
from app.store.session import Database, Tx
from app.store.steward_tasks import record_list_task

TASK: Final = "blockage-written"
_YEAR = timedelta(days=365)
_ACT = "report blockage"


@dataclass(frozen=True, slots=True)
class About:
    """What a blockage is written from: a referral of the team, or an offer to the provider."""

    referral_id: UUID | None = None
    placement_id: UUID | None = None


ON_ITS_OWN = About()


@dataclass(frozen=True, slots=True)
class Patterns:
    """A year of blockages for the steward: counts, what came up more than once, and what nobody has looked at."""

    by_theme: Mapping[str, int]
    by_area: Mapping[str, int]
    by_month: Mapping[str, int]
    repeated: Sequence[Pattern]
    to_look_at: Sequence[Blockage]
    looked_at: Sequence[Blockage]


def report(db: Database, actor: Actor, told: Told, about: About = ON_ITS_OWN) -> UUID:
    """Write a blockage; return its id. The area of a referral is taken from it unless its place must be kept secret.

    What the organisation has said already and nobody has looked at is not written twice: its id is returned.
    Raises NotAllowed, NotFound for a referral or an offer that is not the actor's.
    """
    check_acts_as(actor, Role.LINK_WORKER, Role.PROVIDER)
    if actor.organisation_id is None:
        raise NotAllowed("Only an organisation can report a blockage.")
    with db.transaction(actor) as tx:
        referral_id = _referral_of(tx, about)
        with tx.as_system("blockage") as system_tx:
            area = _area(system_tx, referral_id) if referral_id else told.area
            written = Told(told.theme, area, told.words)
            waiting = blockages.hold_waiting(system_tx, actor.organisation_id, referral_id)
            twice = next((known for known, theirs in waiting if rules.is_same(theirs, written)), None)
            if twice is not None:
                return twice
            blockage_id = blockages.add(
                system_tx, written, organisation_id=actor.organisation_id, written_by=actor.user_id
            )
            if referral_id:
                blockages.add_referral(system_tx, blockage_id, referral_id)
            record_list_task(system_tx, TASK, is_waiting=True)
        tx.audit(Entry(_ACT, "blockage", str(blockage_id), None, {"theme": told.theme.value}))
        return blockage_id


def check_about(db: Database, actor: Actor, about: About) -> None:
    """Raise NotFound for a referral or an offer that is not the actor's."""
    check_acts_as(actor, Role.LINK_WORKER, Role.PROVIDER)
    with db.transaction(actor) as tx:
        _referral_of(tx, about)


def list_own(db: Database, actor: Actor, *, referral_id: UUID | None = None) -> Sequence[Blockage]:
    """Return what the organisation wrote, and a team what was written of its referrals; newest first."""
    check_acts_as(actor, Role.LINK_WORKER, Role.PROVIDER)
    with db.transaction(actor) as tx:
        return blockages.list_seen(tx, referral_id=referral_id)


def find_patterns(db: Database, actor: Actor) -> Patterns:
    """Return the blockages of a year, without whom they are about."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        found = blockages.list_seen(tx, since=tx.now - _YEAR)
    return Patterns(
        by_theme=rules.count(found, lambda each: each.theme),
        by_area=rules.count(found, lambda each: each.area),
        by_month=dict(sorted(rules.count(found, lambda each: each.month).items())),
        repeated=rules.patterns(found),
        to_look_at=[each for each in reversed(found) if each.looked_at is None],
        looked_at=[each for each in found if each.looked_at is not None],
    )


def take_back(db: Database, actor: Actor, blockage_id: UUID) -> None:
    """Take back what one's own organisation wrote. Raises NotFound."""
    check_acts_as(actor, Role.LINK_WORKER, Role.PROVIDER)
    with db.transaction(actor) as tx:
        blockages.record_taken_back(tx, blockage_id)
        with tx.as_system("blockage") as system_tx:
            _settle(system_tx)


def look_at(db: Database, actor: Actor, blockage_id: UUID, done: str) -> None:
    """Write what was done about it; whoever wrote it reads that. Raises Invalid, NotFound."""
    check_acts_as(actor, Role.STEWARD)
    problems = rules.words_problems("done", done, LONGEST_DONE, "Say what was done, or that nothing can be.")
    if problems:
        raise Invalid(problems)
    with db.transaction(actor) as tx:
        blockages.record_looked_at(tx, blockage_id, done.strip())
        _settle(tx)


def look_again(db: Database, actor: Actor, blockage_id: UUID) -> None:
    """Put it back among those that nobody has looked at. Raises NotFound."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        blockages.record_looked_at(tx, blockage_id, None)
        _settle(tx)


def _settle(tx: Tx) -> None:
    """Keep the steward's task while anything waits to be looked at."""
    tx.session.flush()
    waiting = any(each.looked_at is None for each in blockages.list_seen(tx))
    record_list_task(tx, TASK, is_waiting=waiting)


def _referral_of(tx: Tx, about: About) -> UUID | None:
    if about.placement_id is not None:
        return placements.get(tx, about.placement_id, audit=_ACT).referral_id
    if about.referral_id is not None:
        check_acts_as(tx.actor, Role.LINK_WORKER)  # a provider has offers, and no referral
        return referrals.get(tx, about.referral_id, audit=_ACT).id
    return None


def _area(tx: Tx, referral_id: UUID) -> str | None:
    person = people.get(tx, referrals.get(tx, referral_id, audit=_ACT).person_id, audit=_ACT)
    return None if person.restricted else person.details.outward_code
