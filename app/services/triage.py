"""The link worker's part: look at a referral, see ranked services with reasons, offer it; a person decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.directory_words import LedBy, ServiceKind, Weekday
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.explanation import Explanation
from app.domain.lifecycle import (
    NEW,
    OPEN_PLACEMENT,
    OPEN_REFERRAL,
    UNANSWERED_PLACEMENT,
    Action,
    Track,
    decide,
)
from app.domain.place import DEFAULT_RULES, PlaceRules
from app.domain.referral import Referral, Service
from app.domain.routing_values import Wishes
from app.domain.vocabulary import Access, Need, Role
from app.services import duplicates, room
from app.services.calendar import deadlines
from app.services.suggestions import Suggestions, explained, suggestions
from app.store import people, placements, referrals, tasks, wishes
from app.store.session import Database, Tx

MOST_OFFERS = 10
LONGEST_BRIEF = 1000  # characters


def start(db: Database, actor: Actor, referral_id: UUID) -> None:
    """Take a new referral in hand."""
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit="start triage")
        step = decide(Track.REFERRAL, referral.status, Action.START_TRIAGE, role=actor.role)
        referrals.record(tx, referral_id, step, audit="start triage", next_action_on=tx.today)
        if actor.user_id:
            referrals.record_owner(tx, referral_id, actor.user_id, audit="start triage")
        duplicates.ask_about(tx, referral_id, referral.team_id)


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
    rules: PlaceRules = DEFAULT_RULES,
) -> Suggestions:
    """Return the services of the place ranked for this referral, each with its reasons; those in `also` by name."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit="see suggestions")
        return suggestions(tx, referral, also=also, rules=rules)


def offer(
    db: Database,
    actor: Actor,
    referral_id: UUID,
    service_ids: Sequence[UUID],
    *,
    brief: str | None = None,
    override: str | None = None,
) -> UUID:
    """Offer a referral to the first service; the others are asked in turn on a no or on silence.

    `brief` is what all of them are told in words, at most LONGEST_BRIEF characters; None leaves what was written
    before, an empty text takes it away. `override` is why a service that is full is asked all the same (see
    `room.checked`). Returns the placement. Raises Invalid for an unknown or doubled service or
    a longer brief, Conflict when an earlier offer still waits for its answer or the person does not agree.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit="offer")
        step = decide(Track.REFERRAL, referral.status, Action.OFFER, role=actor.role)
        if tasks.find_consent(tx, referral_id, "share-with-provider") is False:
            raise Conflict(
                "The person does not agree that a provider is told about them: talk to them first."
            )
        open_ones = placements.list_for_referral(tx, referral_id, audit="offer")
        if any(placement.status in UNANSWERED_PLACEMENT for placement in open_ones):
            raise Conflict("An offer is still waiting for its answer: withdraw it before you offer again.")
        matches = explained(tx, referral, service_ids)
        _check_offers(service_ids, matches, (brief or "").strip())
        asked = [matches[service_id] for service_id in service_ids]
        offers = room.checked(tx, referral_id, asked, override)
        if brief is not None:
            referrals.record_brief(tx, referral, brief.strip(), audit="offer")
        placements.record_plan(tx, referral_id, offers[1:])
        placement_id = make_offer(tx, referral, asked[0].service, why=offers[0][1])
        review = answer_by(tx, referral, asked[0].service)
        referrals.record(tx, referral_id, step, audit="offer", next_action_on=review)
        return placement_id


def answer_by(tx: Tx, referral: Referral, service: Service) -> date:
    """Return when a service must have answered an offer that is made today."""
    return deadlines().answer_by(tx.today, service.answer_days, referral.priority)


def make_offer(tx: Tx, referral: Referral, service: Service, *, why: Explanation) -> UUID:
    """Write one offer; the provider has the service's own number of working days to answer, fewer if it is urgent."""
    step = decide(Track.PLACEMENT, NEW, Action.OFFER, role=tx.actor.role)
    values = {
        "referral_id": referral.id,
        "service_id": service.id,
        "provider_id": service.provider_id,
        "team_id": referral.team_id,
        "respond_by": answer_by(tx, referral, service),
        "why": why,
    }
    return placements.add(tx, values, step, audit="offer")


def withdraw_offer(db: Database, actor: Actor, placement_id: UUID, *, reason: str) -> None:
    """Take back an offer or a placement; the referral returns to triage when nothing else is open."""
    with db.transaction(actor) as tx:
        placement = placements.get_for_update(tx, placement_id, audit="withdraw offer")
        step = decide(Track.PLACEMENT, placement.status, Action.WITHDRAW, role=actor.role, reason=reason)
        placements.record(tx, placement_id, step, audit="withdraw offer")
        placements.record_plan(tx, placement.referral_id, [])
        back_to_triage_if_nothing_open(tx, placement.referral_id)


def back_to_triage_if_nothing_open(tx: Tx, referral_id: UUID) -> bool:
    """Put a referral back on the link worker's list when no placement of it is open any more; True if it is there."""
    with tx.as_system("fall-through") as system_tx:
        referral = referrals.get_for_update(system_tx, referral_id, audit="fall through")
        if _anything_open(system_tx, referral_id):
            return False
        step = decide(Track.REFERRAL, referral.status, Action.RETURN_TO_TRIAGE, role=system_tx.actor.role)
        look_on = deadlines().days.on_or_after(tx.today)
        referrals.record(system_tx, referral_id, step, audit="fall through", next_action_on=look_on)
        return True


def record_unmet_need(db: Database, actor: Actor, referral_id: UUID) -> int:
    """Write that nobody can help with this referral's needs in its area; return how many needs are new.

    Raises Conflict while an offer is open: then it is not known yet.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit="record unmet need")
        if _anything_open(tx, referral_id):
            raise Conflict("An offer is still open: whether the need is met is not known yet.")
        person = people.get(tx, referral.person_id, audit="record unmet need")
        area = None if person.restricted else person.details.outward_code
        needs = referral.needs or (Need.OTHER,)
        new = [need for need in needs if need not in tasks.list_unmet_needs(tx, referral_id)]
        for need in new:
            tasks.add_unmet_need(tx, referral_id, need, area, audit="record unmet need")
        return len(new)


def _anything_open(tx: Tx, referral_id: UUID) -> bool:
    found = placements.list_for_referral(tx, referral_id, audit="fall through")
    return any(placement.status in OPEN_PLACEMENT for placement in found)


def _check_offers(service_ids: Sequence[UUID], matches: Collection[UUID], brief: str) -> None:
    problems = []
    if not 1 <= len(service_ids) <= MOST_OFFERS:
        problems.append(FieldProblem("service_ids", f"Choose between 1 and {MOST_OFFERS} services."))
    if len(set(service_ids)) != len(service_ids):
        problems.append(FieldProblem("service_ids", "Choose each service once."))
    if any(service_id not in matches for service_id in service_ids):
        problems.append(
            FieldProblem("service_ids", "Choose services of this place's directory.", "not-found")
        )
    if len(brief) > LONGEST_BRIEF:
        sentence = f"What the provider is told must be {LONGEST_BRIEF} characters or fewer."
        problems.append(FieldProblem("brief", sentence))
    if problems:
        raise Invalid(problems)
