"""The waiting list as people use it: who is where on it, how long it takes, being in touch, and the free place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.consent_wordings import Kind
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.lifecycle import HELPS, Action, ReferralStatus, Track, decide
from app.domain.place import PlaceRules
from app.domain.referral import Outcome, Placement
from app.domain.sources import GoesBack
from app.domain.vocabulary import OutcomeState, Role
from app.domain.waiting import check_leaving, check_weeks, contact_due_on, counts_still
from app.services.caring.endings import Ending, end_placement_early
from app.services.feedback.progress import tell_waiting
from app.services.helping.waiting_seen import Waiter, day_of, seen, wait_of
from app.services.rights import consent_wordings
from app.store import duplicates, place_rules, placements, referrals, tasks, waiting
from app.store.joined import joined
from app.store.session import Database, Tx
from app.store.sharing import asks_first
from app.store.tasks import Consent
from app.store.waiting import OnList

SHARE = "share-with-provider"
SAID_NO = (
    "The person said since that they do not agree to a provider being told about them: they cannot be given this "
    "place. The link worker talks with them."
)
_CHASE = "waiting-contact-due"
_SWEEPER, _LEFT = system("sweep"), system("left list")


def join(tx: Tx, placement: Placement, *, wait_weeks: int | None, rules: PlaceRules | None = None) -> None:
    """Put a placement that was answered with "later" on its list; team and practice hear of it, the person next.

    `wait_weeks` is what the provider expects for this person; None leaves it at the service's usual wait. Raises
    Invalid when it is no number of weeks.
    """
    if wait_weeks is not None:
        check_weeks(wait_weeks)
    with tx.as_system("waitlisted") as system_tx:
        waiting.add(system_tx, placement.id, wait_weeks=wait_weeks, audit="waitlist")
        found = _on_list(system_tx, placement.id)
        referral = referrals.get_for_update(system_tx, placement.referral_id, audit="waitlist")
        if referral.status == ReferralStatus.ACTIVE and not _is_helped(system_tx, referral.id):
            step = decide(Track.REFERRAL, referral.status, Action.WAIT, role=system_tx.actor.role)
            due = _next_contact(system_tx, found, rules)
            referrals.record(system_tx, referral.id, step, audit="waitlist", next_action_on=due)
        _tell(system_tx, found)


def promote(
    tx: Tx,
    placement: Placement,
    *,
    by: Actor,
    asked_again: bool,
    wording: int | None = None,
    rules: PlaceRules | None = None,
) -> None:
    """Check that the person still agrees, now that a place came free, and tell the team; the step is the caller's.

    Raises Conflict when the newest word on sharing is no; Invalid (field "asked_again") when there is none, or when
    it is older than the place's `consent_months` and the provider does not say that somebody asked the person again, or
    when our words (version `wording`) are others today.
    """
    said = tasks.find_consent_said(tx, placement.referral_id, SHARE)
    if said is not None and not said[0]:
        raise Conflict(SAID_NO)
    if asked_again:
        person_id = referrals.get(tx, placement.referral_id, audit="promote").person_id
        read = consent_wordings.shown(tx, Kind.SHARE, wording, field="asked_again")
        consent = Consent(SHARE, given=True, source="provider", asked_by=by.user_id, wording=read)
        tasks.add_consent(
            tx, consent, person_id=person_id, referral_id=placement.referral_id, audit="promote"
        )
    elif must_ask_again(tx, placement.referral_id, rules):
        months = place_rules.of(tx, rules).consent_months
        sentence = (
            f"The person's yes to sharing is older than {months} months, or was never written down: ask them again, "
            "then say that you did."
        )
        raise Invalid([FieldProblem("asked_again", sentence, "required")])
    team_id = referrals.get(tx, placement.referral_id, audit="promote").team_id
    tasks.add_task(tx, "place-came-free", organisation_id=team_id, referral_id=placement.referral_id)


def must_ask_again(tx: Tx, referral_id: UUID, rules: PlaceRules | None = None) -> bool:
    """Tell whether nobody wrote down within `consent_months` that the person agrees; to be asked as the platform."""
    said = tasks.find_consent_said(tx, referral_id, SHARE)
    if said is None or asks_first(tx, referral_id):
        return True
    return not counts_still(day_of(said[1]), tx.today, place_rules.of(tx, rules).consent_months)


def list_waiting(db: Database, actor: Actor, *, rules: PlaceRules | None = None) -> Sequence[Waiter]:
    """Return everybody on the provider's own lists, by service and position."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        return seen(tx, waiting.list_waiting(tx, audit="list waiting"), rules=rules, named=True)


def list_for_referral(
    db: Database, actor: Actor, referral_id: UUID, *, rules: PlaceRules | None = None
) -> Sequence[Waiter]:
    """Return the lists that a referral is on, for its team and whoever asked for it; raises NotFound for others.

    A request that is worked together with another one stands where that one does. Who asked and is to hear nothing of
    it, not even whether the person came, is told of no list.
    """
    check_acts_as(actor, Role.LINK_WORKER, Role.PRACTICE)
    act, asked = "see waiting place", actor.role is Role.PRACTICE
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=act)
        if asked and referral.source.goes_back is not GoesBack.TO_REQUESTER:
            return ()
        with tx.as_system(
            "waiting"
        ) as system_tx:  # who asked sees no placement, only where its referral stands
            about = (duplicates.find_leader(system_tx, referral_id) if asked else None) or referral_id
            return seen(system_tx, waiting.list_for_referral(system_tx, about, audit=act), rules=rules)


def find(db: Database, actor: Actor, placement_id: UUID, *, rules: PlaceRules | None = None) -> Waiter | None:
    """Return a placement's place on its list, None when it is on none; for its provider and its team."""
    check_acts_as(actor, Role.PROVIDER, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        placements.get(tx, placement_id, audit="see waiting place")  # raises NotFound for a foreign one
        found = waiting.find(tx, placement_id, audit="see waiting place")
        return next(iter(seen(tx, [found], rules=rules)), None) if found else None


def get(db: Database, actor: Actor, placement_id: UUID) -> tuple[Waiter, bool]:
    """Return a place on a list, and whether the person must be asked again before it; raises NotFound."""
    found = find(db, actor, placement_id)
    if found is None:
        raise NotFound("This person is not on a waiting list.")
    with db.transaction(actor) as tx, tx.as_system("waiting") as system_tx:
        return found, must_ask_again(system_tx, found.referral_id)


def set_wait(db: Database, actor: Actor, placement_id: UUID, *, wait_weeks: int) -> None:
    """Say how long this person will wait, from today; practice, team and person hear what is new.

    Raises Conflict when they are on no list, Invalid when it is no number of weeks.
    """
    check_acts_as(actor, Role.PROVIDER)
    check_weeks(wait_weeks)
    with db.transaction(actor) as tx:
        placements.get_for_update(tx, placement_id, audit="set wait")
        told = wait_of(_on_list(tx, placement_id)).weeks
        waiting.record_wait(tx, placement_id, wait_weeks, audit="set wait")
        if told != wait_weeks:
            with tx.as_system("wait changed") as system_tx:
                _tell(system_tx, _on_list(system_tx, placement_id))


def leave(db: Database, actor: Actor, placement_id: UUID, *, reason: str | None, words: str = "") -> None:
    """Take somebody off the list who gets no place; the link worker is told why and decides what is next.

    Raises Invalid when the reason is not one for leaving a list, Conflict when they are on none.
    """
    check_acts_as(actor, Role.PROVIDER)
    check_leaving(reason)
    with joined(db, actor) as whole:
        with whole.transaction(actor) as tx:
            placement = placements.get_for_update(tx, placement_id, audit="leave list")
            on_list = _on_list(tx, placement_id)
        outcome = Outcome(OutcomeState.NOT_KNOWN, words, "")
        end_placement_early(whole, actor, placement.id, Ending(outcome, reason=reason))
        team, about = on_list.team_id, on_list.referral_id
        with whole.transaction(_LEFT) as tx:
            tasks.add_task(tx, "left-waiting-list", organisation_id=team, referral_id=about)


def note_contact(tx: Tx, placement_id: UUID, *, by_team: bool, rules: PlaceRules | None = None) -> None:
    """Settle what was due because nobody had been in touch, and look again when it will be; as the platform."""
    found = waiting.find(tx, placement_id, audit="contact while waiting")
    if found is None:
        return
    kinds = (_CHASE, "tell-person-waiting") if by_team else (_CHASE,)
    tasks.record_done_for_referral(tx, found.referral_id, kinds, audit="contact while waiting")
    if referrals.get(tx, found.referral_id, audit="contact while waiting").status == ReferralStatus.WAITING:
        due = _next_contact(tx, found, rules)
        referrals.record_next_look(tx, found.referral_id, due, audit="contact while waiting")


def count_overdue(db: Database, actor: Actor, *, rules: PlaceRules | None = None) -> int:
    """Return with how many people on the provider's lists nobody was in touch for too long."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        own = [one.placement_id for one in waiting.list_waiting(tx, audit="count waiting")]
        with tx.as_system("waiting") as system_tx:
            return len(waiting.list_unheard(system_tx, _heard_since(tx, rules), among=own)) if own else 0


def overdue(db: Database, *, rules: PlaceRules | None = None) -> Sequence[UUID]:
    """Return the placements whose person nobody was in touch with for too long, and of which no team was told yet."""
    with db.transaction(_SWEEPER) as tx:
        return _untold(tx, waiting.list_unheard(tx, _heard_since(tx, rules)), rules)


def chase(db: Database, placement_id: UUID, *, rules: PlaceRules | None = None) -> None:
    """Give the team the task to see that somebody is in touch; the provider's page shows the same line."""
    with db.transaction(_SWEEPER) as tx:
        found = waiting.find(tx, placement_id, audit="chase")
        if found is not None and _untold(tx, [placement_id], rules):
            team, about = found.team_id, found.referral_id
            tasks.add_task(tx, "waiting-contact-due", organisation_id=team, referral_id=about)


def _is_helped(tx: Tx, referral_id: UUID) -> bool:
    """Tell whether another provider has said yes: the referral as a whole then waits for nobody."""
    found = placements.list_for_referral(tx, referral_id, audit="waitlist")
    return any(each.status in HELPS for each in found)


def _heard_since(tx: Tx, rules: PlaceRules | None) -> date:
    return tx.today - timedelta(days=place_rules.of(tx, rules).waiting_contact_days)


def _untold(tx: Tx, late: Sequence[UUID], rules: PlaceRules | None) -> Sequence[UUID]:
    return (
        waiting.without_task(tx, late, _CHASE, days=place_rules.of(tx, rules).waiting_contact_days)
        if late
        else ()
    )


def _next_contact(tx: Tx, found: OnList, rules: PlaceRules | None) -> date:
    last = waiting.last_contacts(tx, [found.placement_id]).get(found.placement_id)
    return contact_due_on(day_of(found.joined_at), last, place_rules.of(tx, rules).waiting_contact_days)


def _tell(tx: Tx, found: OnList) -> None:
    """The practice by its news, the person by the team, of how long it takes."""
    (place,) = seen(tx, [found], rules=None)
    tell_waiting(tx, found.placement_id, place.expected.short, position=place.position)
    tasks.add_task(tx, "tell-person-waiting", organisation_id=found.team_id, referral_id=found.referral_id)


def _on_list(tx: Tx, placement_id: UUID) -> OnList:
    found = waiting.find(tx, placement_id, audit="waiting list")
    if found is None:
        raise Conflict("This person is not on a waiting list.")
    return found
