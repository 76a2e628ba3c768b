"""Tells subscribers: looks at every new step, gathers what each is to hear, calls its endpoint, knows when to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import orjson

from app.domain.access import system
from app.domain.errors import Conflict
from app.services.systems.notified import notices_of
from app.services.systems.subscription_criteria import read_criteria
from app.store import notices, subscriptions, tasks
from app.store.audit import Entry
from app.store.notices import Call, Due, Notice
from app.store.session import Database
from fhir.problems import FhirRejected
from fhir.subscription_notice import Event, Notification, notification
from fhir.xml_writing import to_xml

log = logging.getLogger(__name__)
MOST_STEPS: Final = 500  # looked at in one transaction
FIRST_RETRY: Final = timedelta(seconds=5)
LONGEST_RETRY: Final = timedelta(hours=1)
HANDSHAKES: Final = 6  # attempts; about three minutes
AT_ONCE: Final = 32  # calls of each kind: the organisations' subscriptions are twenty at most
LOOK_AGAIN: Final = 1.0  # seconds, while a call is under way
TASK: Final = "subscription-off"
GONE: Final = "http-410"
_NOTIFIER: Final = system("notifier")
_SENTENCES: Final[Mapping[str, str]] = {
    GONE: "The endpoint answered 410: it is gone for good.",
    "timeout": "The endpoint did not answer in time.",
    "tls": "No secure connection could be made to the endpoint: look at its certificate.",
    "connection": "The endpoint could not be reached.",
    "name-unknown": "The endpoint's host is not known to the name service.",
    "not-outside": "The endpoint's address is not a public one.",
}

# Calls an address once; None when it was taken, else a short code such as "http-503" or "timeout".
Post = Callable[[str, Mapping[str, str], bytes], str | None]


@dataclass(frozen=True, slots=True)
class Way:
    """How subscribers are reached: the call, the address that ours stand under, and how long a call is tried."""

    post: Post
    base_url: str
    give_up_after: timedelta


def notify(db: Database, way: Way) -> None:
    """Do all that is due for subscribers now; a step that is committed is told of sooner or later, come what may.

    Who failed the last time has a lane of its own, and while calls hang there are more looks for others' new steps:
    nobody waits for another's time-out.
    """
    with ThreadPoolExecutor(AT_ONCE) as steady, ThreadPoolExecutor(AT_ONCE) as failing:
        turns: dict[UUID, Future[str | None]] = {}
        opening: tuple[Future[str | None], ...] | None = None
        while opening is None or wait(opening, LOOK_AGAIN).not_done:
            for due in _due(db, way.base_url):
                if _may_begin(turns.get(due.id)):
                    lane = failing if due.failing else steady
                    turns[due.id] = lane.submit(call, db, way, due.id)
            opening = tuple(turns.values()) if opening is None else opening
    for turn in turns.values():
        turn.result()


def _due(db: Database, base_url: str) -> Sequence[Due]:
    while gather(db, base_url):
        pass
    with db.transaction(_NOTIFIER) as tx:
        subscriptions.end_overdue(tx)
        return notices.list_due(tx)


def _may_begin(last: Future[str | None] | None) -> bool:
    """Tell whether a subscriber may be called: not while it is, and not again soon after it failed."""
    return last is None or (last.done() and last.result() is None)


def gather(db: Database, base_url: str) -> bool:
    """Look at the oldest steps that nobody has looked at; True when there may be more.

    A step's note is taken away in the transaction that writes the notices of it: neither is ever without the other.
    """
    with db.transaction(_NOTIFIER) as tx:
        ids = notices.list_to_tell(tx, MOST_STEPS)
        story = notices.list_steps_of(tx, ids) if ids else ()
        concerned = notices.list_concerned(tx, {step.referral_id for step in story})
        listening = subscriptions.list_listening(tx, concerned) if concerned else ()
    if not ids:
        return False
    found: dict[UUID, list[Notice]] = {}
    for each in listening:
        try:
            wanted = read_criteria(each.wanted.criteria, base_url=base_url)
        except FhirRejected:  # it was taken under rules that have changed since
            log.warning("criteria no longer read", extra={"subscription_id": str(each.id)})
            continue
        with db.transaction(each.actor) as tx:
            found[each.id] = notices_of(tx, wanted, ids, story)
    with suppress(Conflict), db.transaction(_NOTIFIER) as tx:
        if not notices.forget_steps(tx, ids):
            raise Conflict("Another process has told of these steps.")
        for subscription_id in sorted(found):
            notices.add_notices(tx, subscription_id, found[subscription_id])
    return len(ids) == MOST_STEPS


def call(db: Database, way: Way, subscription_id: UUID) -> str | None:
    """Call one subscriber, with no transaction open meanwhile; return a short code of what failed, if anything."""
    with db.transaction(_NOTIFIER) as tx:
        due = notices.lease(tx, subscription_id)
        now = tx.now
    if due is None:
        return None
    failure = way.post(due.wanted.told["endpoint"], _headers(due), _body(due, way.base_url, now))
    result = failure or "taken"
    log.info("subscriber called", extra={"subscription_id": str(due.id), "result": result})
    with db.transaction(_NOTIFIER) as tx:
        if failure is None:
            notices.record_taken(tx, due)
            return None
        again_in = _again_in(due, failure, tx.now, way.give_up_after)
        owner = notices.record_failed(tx, due, _error(failure, due, tx.now), again_in=again_in)
        if owner is not None:
            tx.audit(
                Entry("switch subscription off", "subscription", str(due.id), None, {"failure": failure})
            )
            tasks.add_task(tx, TASK, organisation_id=None)
    return failure


def _headers(due: Call) -> dict[str, str]:
    told = dict(due.wanted.told.get("headers", ()))
    return told | ({"Content-Type": due.wanted.payload} if due.wanted.payload else {})


def _body(due: Call, base_url: str, now: datetime) -> bytes:
    """The notification as the subscriber wants it: by R4 a subscription without payload is only knocked at."""
    if due.wanted.payload is None:
        return b""
    events = [
        Event(each.number, each.type, str(each.resource_id), each.version, each.happened_at)
        for each in due.notices
    ]
    told = Notification(
        subscription_id=str(due.id),
        status=due.wanted.status,
        at=now,
        last_number=due.last_number,
        events=tuple(events),
        with_ids=due.wanted.content != "empty",
    )
    bundle = notification(told, base_url)
    return to_xml(bundle) if "xml" in due.wanted.payload else orjson.dumps(bundle)


def _again_in(due: Call, failure: str, now: datetime, give_up_after: timedelta) -> timedelta | None:
    """Return how long to wait, each time twice as long; None when it is enough."""
    if failure == GONE:
        return None
    if due.wanted.status == "requested" and due.attempts + 1 >= HANDSHAKES:
        return None
    if due.failing_since is not None and now - due.failing_since >= give_up_after:
        return None
    doublings = min(due.attempts, 12)
    return min(FIRST_RETRY * float(2**doublings), LONGEST_RETRY)


def _error(failure: str, due: Call, now: datetime) -> str:
    status = failure.removeprefix("http-")
    if status[:1] == "3":
        sentence = f"The endpoint answered {status}: redirects are not followed."
    else:
        sentence = _SENTENCES.get(failure, f"The endpoint answered {status}.")
    since = due.failing_since or now
    return f"{sentence} Failing since {since:%Y-%m-%d %H:%M} UTC."
