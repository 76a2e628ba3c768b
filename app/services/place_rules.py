"""The place's numbers, changed by its steward: what every time limit and the matching go by from then on."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.access import Actor, check_acts_as
from app.domain.place import PlaceRules
from app.domain.place_numbers import as_data, changed
from app.domain.vocabulary import Role
from app.store import directory, place_rules
from app.store.audit import Entry
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
    return after


def own_numbers(rules: PlaceRules) -> dict[str, object]:
    """Return the rules in which the place differs from the house."""
    return as_data(rules)
