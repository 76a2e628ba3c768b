"""What is shown of a place on a waiting list, to whoever may see it: position, wait, and when somebody was in touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.disclosure import Request, disclosed_to_provider
from app.domain.lifecycle import PlacementStatus
from app.domain.place import PlaceRules
from app.domain.vocabulary import Priority
from app.domain.waiting import Expected, Waits, contact_due_on, expected, positions
from app.services.caring.disclosure import DISCLOSE
from app.store import people, place_rules, waiting
from app.store.session import LONDON, Tx
from app.store.waiting import OnList


@dataclass(frozen=True, slots=True)
class Waiter:
    """One place on a list; `person_name` as the provider is told it, None for everybody else."""

    placement_id: UUID
    referral_id: UUID
    reference: str
    service_id: UUID
    service_name: str
    provider_name: str
    person_name: str | None
    priority: str
    position: int
    length: int  # how many wait for the service
    joined_on: date
    expected: Expected
    is_own_wait: bool  # said for this person, not the service's usual one
    expected_words: str
    last_contact: date | None
    contact_due_on: date
    is_overdue: bool

    @property
    def is_urgent(self) -> bool:
        """Whether they go before the others."""
        return self.priority != Priority.ROUTINE


def seen(tx: Tx, own: Sequence[OnList], *, rules: PlaceRules | None, named: bool = False) -> Sequence[Waiter]:
    """Return these places by service and position; `named` with the names as their provider is told them.

    The position counts everybody on the list, of whatever team, and the last contact is anybody's: the platform looks
    them up, and of the others nothing but their number is told.
    """
    services = {one.service_id for one in own}
    with tx.as_system("waiting") as system_tx:
        everybody = waiting.list_waiting(system_tx, service_ids=services, audit="see waiting list")
        contacts = waiting.last_contacts(system_tx, [one.placement_id for one in own])
    names = _names(tx, own) if named else {}
    queues = {service_id: _order_of(everybody, service_id) for service_id in services}
    every, found = place_rules.of(tx, rules).waiting_contact_days, []
    for one in own:
        order, joined_on, wait = queues[one.service_id], day_of(one.joined_at), wait_of(one)
        last = contacts.get(one.placement_id)
        due = contact_due_on(joined_on, last, every)
        found.append(
            Waiter(
                placement_id=one.placement_id,
                referral_id=one.referral_id,
                reference=one.reference,
                service_id=one.service_id,
                service_name=one.service_name,
                provider_name=one.provider_name,
                person_name=names.get(one.placement_id),
                priority=one.priority,
                position=order[one.placement_id],
                length=len(order),
                joined_on=joined_on,
                expected=wait,
                expected_words=wait.sentence(tx.today),
                is_own_wait=one.wait_weeks is not None,
                last_contact=last if last and last >= joined_on else None,
                contact_due_on=due,
                is_overdue=due < tx.today,
            )
        )
    return sorted(found, key=lambda one: (one.service_name, one.service_id.bytes, one.position))


def wait_of(one: OnList) -> Expected:
    """Return how long somebody waits, as their provider said or as their service usually takes."""
    said = (one.wait_weeks, one.wait_said_on) if one.wait_weeks is not None and one.wait_said_on else None
    return expected(day_of(one.joined_at), said=said, usual=one.service_wait_weeks)


def day_of(moment: datetime) -> date:
    """Return the day of a moment in London."""
    return moment.astimezone(LONDON).date()


def _order_of(everybody: Sequence[OnList], service_id: UUID) -> dict[UUID, int]:
    return positions(
        Waits(one.placement_id, one.priority, one.joined_at)
        for one in everybody
        if one.service_id == service_id
    )


def _names(tx: Tx, own: Sequence[OnList]) -> dict[UUID, str | None]:
    known = people.list_for_referrals(tx, [one.person_id for one in own], audit=DISCLOSE)
    return {
        one.placement_id: disclosed_to_provider(
            known[one.person_id], Request(), status=PlacementStatus.WAITLISTED, today=tx.today
        ).name
        for one in own
    }
