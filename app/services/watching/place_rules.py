"""The place's numbers, changed by its steward: what every time limit and the matching go by from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.place import PlaceRules
from app.domain.place_numbers import as_data, changed
from app.domain.vocabulary import Role
from app.store import directory, place_changes, place_rules
from app.store.audit import Entry
from app.store.place_changes import RULES, Change
from app.store.session import Database


def get_rules(db: Database, actor: Actor) -> PlaceRules:
    """Return the place's rules. Raises NotAllowed."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        return place_rules.of(tx)


def change_rules(db: Database, actor: Actor, told: Mapping[str, object]) -> PlaceRules:
    """Change some of the rules, by name; what they were and are stands in the audit. Raises Invalid, NotAllowed."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        place = directory.get_place(tx)
        before = place_rules.of(tx)
        after = changed(before, told)
        place_rules.record(tx, after)
        detail = {
            name: [getattr(before, name), getattr(after, name)]
            for name in told
            if getattr(before, name) != getattr(after, name)
        }
        tx.audit(Entry("change place rules", "place", str(place.id), None, detail))
        if detail:
            place_changes.add(tx, RULES, "rules-changed", detail)
    return after


def list_changes(db: Database, actor: Actor) -> Sequence[Change]:
    """Return the latest changes of the rules, the newest first."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        return place_changes.list_of(tx, RULES)


def put_back(db: Database, actor: Actor, change_id: UUID) -> PlaceRules:
    """Set what one change changed to what it was before it; raises NotFound, Invalid, NotAllowed."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        change = place_changes.get(tx, RULES, change_id)
    return change_rules(db, actor, {name: values[0] for name, values in change.detail.items()})


def own_numbers(rules: PlaceRules) -> dict[str, object]:
    """Return the rules in which the place differs from the house."""
    return as_data(rules)
