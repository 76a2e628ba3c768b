"""A practice's post, by hand: what was carried to it, what it answers, and the steps that make news."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.domain.access import system
from app.domain.referral import Feedback
from app.services.caring import endings
from app.services.feedback import acknowledgement, carrying
from app.services.feedback.carrying import Attempt, Result
from app.services.helping import delivery
from app.services.shown import views
from app.store import feedback, tasks
from app.store.outbox import Outgoing
from app.store.outcomes import Contact
from app.store.session import Database
from tests.factories import MadePlace, MadeReferral, make_ending

READER = system("test")


@dataclass
class Post:
    """A way out that does as it is told, and remembers what it carried."""

    db: Database
    answers: list[Attempt] = field(default_factory=list)
    carried: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, outgoing: Outgoing) -> Attempt:
        attempt = self.answers.pop(0) if self.answers else Attempt(Result.SENT, "sent")
        if attempt.result is Result.SENT:
            self.carried.append(json.loads(outgoing.body))
        return attempt

    def empty(self) -> None:
        """Carry what is due and what follows from it; what stumbles is put off until the next time."""
        put_off: set[UUID] = set()
        while due := set(carrying.due(self.db)) - put_off:
            for outbox_id in due:
                if carrying.deliver(self.db, outbox_id, self) is Result.LATER:
                    put_off.add(outbox_id)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Reason and what the last Encounter says, of everything carried."""
        return [(reason_of(each), standing_of(each)) for each in self.carried]


def parts(message: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = [entry["resource"] for entry in message["entry"]]
    return [resource for resource in found if resource["resourceType"] == kind]


def reason_of(message: dict[str, Any]) -> str:
    return str(parts(message, "MessageHeader")[0]["reason"]["coding"][0]["code"])


def standing_of(message: dict[str, Any]) -> str:
    return str(parts(message, "Encounter")[-1]["status"])


def news(database: Database, made: MadeReferral) -> list[Feedback]:
    with database.transaction(READER) as tx:
        return list(feedback.list_all(tx, made.id, audit="test"))


def known(database: Database, made: MadeReferral) -> list[tuple[str, str]]:
    return [(each.kind.value, each.status) for each in news(database, made)]


def open_tasks(database: Database) -> list[str]:
    with database.transaction(READER) as tx:
        return [task.kind for task in tasks.list_open(tx, audit="test")]


def status(database: Database, place: MadePlace, made: MadeReferral) -> str:
    return views.get_referral(database, place.link_worker, made.id).referral.status


def accept(database: Database, place: MadePlace, placement_id: UUID | None, service: int = 0) -> None:
    delivery.accept(database, place.provider_of(place.services[service].id), some(placement_id))


def begin(database: Database, place: MadePlace, placement_id: UUID | None) -> None:
    contact = Contact("phone", True, database.clock().date(), 10, "")
    delivery.record_contact(database, place.provider_of(place.services[0].id), some(placement_id), contact)


def complete(database: Database, place: MadePlace, made: MadeReferral) -> None:
    provider = place.provider_of(place.services[0].id)
    endings.complete(database, provider, some(made.placement_id), make_ending(database.clock().date()))


def some(placement_id: UUID | None) -> UUID:
    assert placement_id is not None
    return placement_id


def answer(database: Database, made: MadeReferral, told: Feedback, code: str = "ok") -> None:
    with database.transaction(system("intake:test")) as tx:
        acknowledgement.record(
            tx, answers=told.message_id, code=code, practice_id=made.practice.id, how="test"
        )
