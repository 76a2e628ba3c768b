"""Asking services: one after the other or several at once, each its own placement with its own plan of who is next."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.explanation import Explanation
from app.domain.lifecycle import NEW, OPEN_PLACEMENT, UNANSWERED_PLACEMENT, Action, Track, decide
from app.domain.referral import Placement, Referral, Service
from app.domain.vocabulary import Role
from app.services.by_link import safe_links
from app.services.caring import goals_shared, onward, sharing
from app.services.caring.goals_shared import Sharing
from app.services.caring.suggestions import Match, explained
from app.services.directory import room
from app.services.directory.room import Reasons
from app.services.watching.calendar import limits_of
from app.services.watching.next_looks import plan_look
from app.store import directory, placements, referrals
from app.store.session import Database, Tx

MOST_OFFERS = 10
LONGEST_BRIEF = 1000  # characters


@dataclass(frozen=True, slots=True)
class Asking:
    """How services are asked.

    `brief` is what all of them are told in words, at most LONGEST_BRIEF characters, and nobody who was asked before;
    None tells them what was written last, an empty text nothing. `override` and `although` are why services are asked
    all the same (see `room.Reasons`). `at_once` asks all of them now, for different needs; else each other is asked
    when the one before says no or nothing. `onward_id` is a provider's wish to pass the person on that is taken up
    with this, and `tell_origin` whether the services are told who that was. `asked_again` says that whoever acts asked
    the person now, and they agree (see `sharing`).
    """

    brief: str | None = None
    override: str | None = None
    at_once: bool = False
    onward_id: UUID | None = None
    tell_origin: bool = False
    although: Mapping[UUID, str] = field(default_factory=dict)
    asked_again: bool = False
    wording: int | None = None  # the version of our words by which they were asked
    goals: Sharing = goals_shared.NONE  # of the person's plan, for those that are asked now


def offer(
    db: Database,
    actor: Actor,
    referral_id: UUID,
    service_ids: Sequence[UUID],
    *,
    brief: str | None = None,
    override: str | None = None,
) -> UUID:
    """Offer a referral to the first service, the others in turn; return the placement. See `ask`."""
    return ask(db, actor, referral_id, service_ids, Asking(brief, override))[0]


def ask(
    db: Database, actor: Actor, referral_id: UUID, service_ids: Sequence[UUID], how: Asking
) -> Sequence[UUID]:
    """Offer a referral to services of the place; return the placements that were made, in their order.

    Raises Invalid with everything that stops it: an unknown or doubled service, one that has the referral already, a
    longer brief, a rule or a full service without a reason, a person who is to be asked first; Conflict when the person
    does not agree, or when services are to be asked in turn while an earlier offer still waits.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    reasons = Reasons(how.override, how.although)
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit="offer")
        step = decide(Track.REFERRAL, referral.status, Action.OFFER, role=actor.role)
        to_ask = sharing.problems(tx, referral, asked_again=how.asked_again, wording=how.wording)
        placed = _may_be_asked(tx, referral_id, how)
        matches = explained(tx, referral, service_ids)
        chosen = [matches[each] for each in dict.fromkeys(service_ids) if each in matches]
        wrong = _choice_problems(service_ids, matches, (how.brief or "").strip(), placed)
        wrong += goals_shared.problems(tx, referral, how.goals)
        if problems := [*wrong, *to_ask, *room.problems(tx, _not_there(chosen, placed), reasons)]:
            raise Invalid(_told_once(problems))
        offers = room.decided(tx, referral_id, chosen, reasons)
        brief = _brief(tx, referral, how)
        origin = onward.take_up(tx, referral_id, how.onward_id) if how.onward_id else None
        came = {"passed_from": origin, "origin_told": how.tell_origin and origin is not None}
        now = offers if how.at_once else offers[:1]
        made = [
            make_offer(tx, referral, matches[one].service, why=why, brief=brief, came=came)
            for one, why in now
        ]
        goals_shared.share(tx, referral, made, how.goals)
        if not how.at_once:
            placements.record_plan(tx, referral_id, offers[1:], behind=made[0])
        review = min(answer_by(tx, referral, matches[one].service) for one, _ in now)
        referrals.record(tx, referral_id, step, audit="offer", next_action_on=review)
        plan_look(tx, referral_id)
        return made


def _not_there(chosen: Sequence[Match], placed: Collection[Placement]) -> list[Match]:
    """Of a service that has the referral already it is said once that it has."""
    there = {each.service_id for each in placed if each.status in OPEN_PLACEMENT}
    return [each for each in chosen if each.service.id not in there]


def _brief(tx: Tx, referral: Referral, how: Asking) -> str:
    """Return what is told now; new words are kept, so that the next offer starts from them."""
    if how.brief is None:
        return referrals.brief_text(tx, referral, audit="offer")
    referrals.record_brief(tx, referral, how.brief.strip(), audit="offer")
    return how.brief.strip()


def answer_by(tx: Tx, referral: Referral, service: Service) -> date:
    """Return when a service must have answered an offer that is made today."""
    return limits_of(tx).answer_by(tx.today, service.answer_days, referral.priority)


def make_offer(
    tx: Tx,
    referral: Referral,
    service: Service,
    *,
    why: Explanation,
    brief: str,
    came: dict[str, Any] | None = None,
) -> UUID:
    """Write one offer; the provider has the service's own number of working days to answer, fewer if it is urgent.

    `came` holds `passed_from` and `origin_told` of a placement, where another provider passed the person on.
    """
    step = decide(Track.PLACEMENT, NEW, Action.OFFER, role=tx.actor.role)
    values = {
        "referral_id": referral.id,
        "service_id": service.id,
        "provider_id": service.provider_id,
        "team_id": referral.team_id,
        "respond_by": answer_by(tx, referral, service),
        "why": why,
        "brief": brief,
        **(came or {}),
    }
    placement_id = placements.add(tx, values, step, audit="offer")
    safe_links.announce(tx, placement_id)
    return placement_id


def offer_next(tx: Tx, referral: Referral, ended: Placement) -> bool:
    """Ask the next service of the plan behind a placement that came to nothing; False when there is none.

    It is told what the one before was told: so it was agreed with the plan. Nobody is asked, and the plan is struck
    out, when the person has said no or "not yet" since it was made.
    """
    if not sharing.may_be_told(tx, referral):
        placements.record_plan(tx, referral.id, [], behind=ended.id)
        return False
    following = room.take_next(tx, referral, ended)
    if following is None:
        return False
    service_id, why = following
    step = decide(Track.REFERRAL, referral.status, Action.OFFER, role=tx.actor.role)
    service = directory.get_service(tx, service_id)
    came = {"passed_from": ended.passed_from, "origin_told": ended.origin_told}
    placement_id = make_offer(tx, referral, service, why=why, brief=ended.brief, came=came)
    placements.move_plan(tx, ended.id, placement_id)
    review = answer_by(tx, referral, service)
    referrals.record(tx, referral.id, step, audit="fall through", next_action_on=review)
    return True


def _may_be_asked(tx: Tx, referral_id: UUID, how: Asking) -> Sequence[Placement]:
    """Return the placements so far; raises Conflict when nobody more may be asked like this."""
    placed = placements.list_for_referral(tx, referral_id, audit="offer")
    if not how.at_once and any(each.status in UNANSWERED_PLACEMENT for each in placed):
        raise Conflict(
            "An offer is still waiting for its answer: withdraw it before you offer again, or ask for another need at "
            "once."
        )
    return placed


def _choice_problems(
    service_ids: Sequence[UUID], matches: dict[UUID, Match], brief: str, placed: Collection[Placement]
) -> list[FieldProblem]:
    problems = []
    if not 1 <= len(service_ids) <= MOST_OFFERS:
        problems.append(FieldProblem("service_ids", f"Choose between 1 and {MOST_OFFERS} services."))
    if len(set(service_ids)) != len(service_ids):
        problems.append(FieldProblem("service_ids", "Choose each service once."))
    if any(service_id not in matches for service_id in service_ids):
        problems.append(
            FieldProblem("service_ids", "Choose services of this place's directory.", "not-found")
        )
    there = {each.service_id: each for each in placed if each.status in OPEN_PLACEMENT}
    for service_id in dict.fromkeys(service_ids):
        if service_id in there:
            sentence = f"{there[service_id].service_name} has this referral already: choose another service."
            problems.append(FieldProblem("service_ids", sentence, "business-rule"))
    if len(brief) > LONGEST_BRIEF:
        sentence = f"What the provider is told must be {LONGEST_BRIEF} characters or fewer."
        problems.append(FieldProblem("brief", sentence))
    return problems


def _told_once(problems: list[FieldProblem]) -> list[FieldProblem]:
    """A form has one line for a field: several services are told in one sentence after the other."""
    about = [problem for problem in problems if problem.field == "service_ids"]
    others = [problem for problem in problems if problem.field != "service_ids"]
    together = " ".join(dict.fromkeys(problem.sentence for problem in about))
    return others + ([replace(about[0], sentence=together)] if about else [])
