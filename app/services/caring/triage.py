"""The link worker's part: look at a referral, see ranked services with reasons, offer it; a person decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.directory_words import LedBy, ServiceKind, Weekday
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.lifecycle import (
    OPEN_PLACEMENT,
    OPEN_REFERRAL,
    Action,
    Track,
    decide,
)
from app.domain.place import PlaceRules
from app.domain.referral import Referral
from app.domain.routing_values import Wishes
from app.domain.vocabulary import Access, Need, Role
from app.services.caring.offering import LONGEST_BRIEF, MOST_OFFERS, answer_by, make_offer, offer
from app.services.caring.suggestions import Suggestions, suggestions
from app.services.incoming import duplicates
from app.services.watching import unmet_need
from app.services.watching.calendar import limits_of
from app.store import placements, referrals, wishes
from app.store.session import Database, Tx

__all__ = [
    "LONGEST_BRIEF",
    "MOST_OFFERS",
    "answer_by",
    "back_to_triage_if_nothing_open",
    "get_wishes",
    "make_offer",
    "offer",
    "record_unmet_need",
    "set_needs",
    "set_wishes",
    "start",
    "suggest",
    "take_on",
    "withdraw_offer",
]


def start(db: Database, actor: Actor, referral_id: UUID) -> None:
    """Take a new referral in hand."""
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit="start triage")
        take_on(tx, referral)


def take_on(tx: Tx, referral: Referral) -> None:
    """Take a new referral, whose row is held, in hand; raises Conflict when somebody has."""
    step = decide(Track.REFERRAL, referral.status, Action.START_TRIAGE, role=tx.actor.role)
    look_on = limits_of(tx).days.on_or_after(tx.today)
    referrals.record(tx, referral.id, step, audit="start triage", next_action_on=look_on)
    if tx.actor.user_id:
        referrals.record_owner(tx, referral.id, tx.actor.user_id, audit="start triage")
    duplicates.ask_about(tx, referral.id, referral.team_id)
    unmet_need.look(tx, referral.id)


def set_needs(
    db: Database, actor: Actor, referral_id: UUID, *, needs: Sequence[str], access: Sequence[str]
) -> None:
    """Write the needs as the link worker understands them; raises Invalid for a word that is not of the list."""
    check_acts_as(actor, Role.LINK_WORKER)
    unknown = [word for word in needs if word not in set(Need)]
    strange = [word for word in access if word not in set(Access)]
    problems = [
        FieldProblem("needs", f"Choose from: {', '.join(Need)}.", "code-invalid") for _ in unknown[:1]
    ]
    problems += [
        FieldProblem("access", f"Choose from: {', '.join(Access)}.", "code-invalid") for _ in strange[:1]
    ]
    if problems:
        raise Invalid(problems)
    with db.transaction(actor) as tx:
        if referrals.get_for_update(tx, referral_id, audit="set needs").status not in OPEN_REFERRAL:
            raise Conflict("This referral has ended: reopen it before its needs are changed.")
        referrals.record_needs(tx, referral_id, list(dict.fromkeys(needs)), list(access), audit="set needs")
        unmet_need.look(tx, referral_id)


def get_wishes(db: Database, actor: Actor, referral_id: UUID) -> Wishes:
    """Return how the person would like it; raises NotFound when the referral is not the team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return wishes.get(tx, referral_id, audit="read wishes")


def set_wishes(db: Database, actor: Actor, referral_id: UUID, told: Wishes) -> None:
    """Write how the person would like it, in their own choice; raises Invalid for a word that is not of the lists."""
    check_acts_as(actor, Role.LINK_WORKER)
    lists: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "days": (told.days, tuple(Weekday)),
        "kinds": (told.kinds, tuple(ServiceKind)),
        "led_by": (told.led_by, tuple(LedBy)),
    }
    problems = [
        FieldProblem(name, f"Choose from: {', '.join(known)}.", "code-invalid")
        for name, (words, known) in lists.items()
        if not set(words) <= set(known)
    ]
    if problems:
        raise Invalid(problems)
    with db.transaction(actor) as tx:
        if referrals.get_for_update(tx, referral_id, audit="set wishes").status not in OPEN_REFERRAL:
            raise Conflict("This referral has ended: reopen it before its wishes are changed.")
        wishes.record(tx, referral_id, told, audit="set wishes")


def suggest(
    db: Database,
    actor: Actor,
    referral_id: UUID,
    *,
    also: Collection[UUID] = (),
    rules: PlaceRules | None = None,
) -> Suggestions:
    """Return the services of the place ranked for this referral, each with its reasons; those in `also` by name."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit="see suggestions")
        return suggestions(tx, referral, also=also, rules=rules)


def withdraw_offer(db: Database, actor: Actor, placement_id: UUID, *, reason: str) -> None:
    """Take back an offer or a placement; the referral returns to triage when nothing else is open."""
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="withdraw offer")
        step = decide(Track.PLACEMENT, placement.status, Action.WITHDRAW, role=actor.role, reason=reason)
        placements.record(tx, placement_id, step, audit="withdraw offer")
        placements.record_plan(tx, placement.referral_id, [], behind=placement_id)
        back_to_triage_if_nothing_open(tx, placement.referral_id)


def back_to_triage_if_nothing_open(tx: Tx, referral_id: UUID) -> bool:
    """Put a referral back on the link worker's list when no placement of it is open any more; True if it is there."""
    with tx.as_system("fall-through") as system_tx:
        referral = referrals.get_for_update(system_tx, referral_id, audit="fall through")
        if _anything_open(system_tx, referral_id):
            return False
        step = decide(Track.REFERRAL, referral.status, Action.RETURN_TO_TRIAGE, role=system_tx.actor.role)
        look_on = limits_of(tx).days.on_or_after(tx.today)
        referrals.record(system_tx, referral_id, step, audit="fall through", next_action_on=look_on)
        unmet_need.look(system_tx, referral_id)
        return True


def record_unmet_need(db: Database, actor: Actor, referral_id: UUID) -> int:
    """Write that nobody could help with what was asked for, and why; see `unmet_need.record`."""
    return unmet_need.record(db, actor, referral_id)


def _anything_open(tx: Tx, referral_id: UUID) -> bool:
    found = placements.list_for_referral(tx, referral_id, audit="fall through")
    return any(placement.status in OPEN_PLACEMENT for placement in found)
