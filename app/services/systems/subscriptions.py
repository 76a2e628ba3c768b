"""Subscriptions as their owners keep them: asked for, looked at, changed, given up; each for one organisation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.domain.access import Actor, system
from app.domain.errors import NotFound
from app.services.fhir_reading.fhir_reads import Answer
from app.services.fhir_reading.fhir_reads_query import Query, page_token
from app.services.incoming.refusals import refusal
from app.services.systems.subscription_criteria import read_criteria
from app.store import subscriptions as store
from app.store.fhir_reads import Condition, Mark, Missing, OneOf, Span, Within
from app.store.session import Database
from app.store.subscriptions import Subscription, Wanted
from fhir.problems import FhirRejected, Problem
from fhir.subscription_in import MASK, Asked, asked
from fhir.subscription_view import SubscriptionShown, subscription

Json = dict[str, Any]
MOST: Final = 20  # of one organisation


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the edge knows: why an address is never called, which types the token may search, our own address."""

    why_not: Callable[[str], str | None]
    may_search: Callable[[str], bool]
    base_url: str


def create(db: Database, actor: Actor, body: Json, bounds: Bounds) -> Json:
    """Take a new one; it is called for the first time by the next sweep.

    Raises FhirRejected with everything that is not served (422), for a type that the token may not search (403) or
    when the organisation has MOST already (409).
    """
    wish = _judged(db, body, bounds)
    with db.transaction(actor) as tx:
        store.lock_organisation(tx)
        if store.count_own(tx) >= MOST:
            sentence = f"Your organisation has {MOST} subscriptions, which is the most. Delete one first."
            raise refusal(409, sentence, issue="too-costly")
        made = store.add(tx, _wanted(wish, {}), audit="create subscription")
        return _shown(store.get(tx, made, audit="create subscription"))


def read(db: Database, actor: Actor, id: str) -> Json:
    """Return one; raises NotFound when it is absent or another organisation's."""
    with db.transaction(actor) as tx:
        return _shown(store.get(tx, _id(id), audit="read subscription"))


def version(db: Database, actor: Actor, id: str, wanted: str) -> Json:
    """Return one if this is its present version; raises NotFound for others, which are not kept."""
    found = read(db, actor, id)
    if found["meta"]["versionId"] != wanted:
        raise NotFound("There is no such version, or it is not kept: only the present version is.")
    return found


def search(db: Database, actor: Actor, query: Query) -> Answer:
    """Return a page of the organisation's own, in the order of their ids: there are MOST at most."""
    with db.transaction(actor) as tx:
        own = [_shown(each) for each in store.list_own(tx, audit="search subscriptions")]
    found = sorted(
        (each for each in own if _matches(each, query.conditions)), key=lambda each: UUID(each["id"]).int
    )
    total = len(found) if query.with_total or query.count_only else None
    if query.count_only:
        return Answer((), (), total, None, None, query.echo)
    mark, count = query.window.mark, query.window.count
    after = [each for each in found if mark is None or UUID(each["id"]).int > _place(mark)]
    following = _token(after[count - 1]) if len(after) > count else None
    return Answer(after[:count], (), total, following, None, query.echo)


def _place(mark: Mark) -> int:
    return mark.id.int if isinstance(mark.id, UUID) else mark.id


def _token(last: Json) -> str:
    return page_token(Mark((), UUID(last["id"])))


def _matches(found: Json, conditions: Sequence[Condition]) -> bool:
    values = {
        "id": UUID(found["id"]),
        "status": found["status"],
        "updated": datetime.fromisoformat(found["meta"]["lastUpdated"]),
    }
    return all(_holds(each, values[each.field]) for each in conditions)


def _holds(condition: Condition, value: Any) -> bool:
    if isinstance(condition, OneOf):
        return (value in condition.values) != condition.negated
    if isinstance(condition, Within):
        return any(_within(span, value) for span in condition.spans)
    return isinstance(condition, Missing) and not condition.missing


def _within(span: Span, value: datetime) -> bool:
    inside = (span.low is None or value >= span.low) and (span.high is None or value < span.high)
    return inside != span.outside


def update(
    db: Database, actor: Actor, id: str, body: Json, *, bounds: Bounds, versions: frozenset[str] | None
) -> Json:
    """Replace one; unless it is switched off its endpoint is called afresh, and notices that waited wait on.

    Raises NotFound, and FhirRejected: 412 when `versions` (of If-Match) leaves out the one that is there now, and as
    `create` does.
    """
    wanted_id = _id(id)
    wish = _judged(db, body, bounds)
    with db.transaction(actor) as tx:
        current = store.get(tx, wanted_id, audit="update subscription", for_update=True)
        _check_version(current, versions)
        kept = dict(current.wanted.told.get("headers", ()))
        store.record(tx, wanted_id, _wanted(wish, kept), audit="update subscription")
        return _shown(store.get(tx, wanted_id, audit="update subscription"))


def remove(db: Database, actor: Actor, id: str, *, versions: frozenset[str] | None) -> None:
    """Give one up, with all that waits to be told; raises NotFound and FhirRejected (412) as `update` does."""
    with db.transaction(actor) as tx:
        current = store.get(tx, _id(id), audit="delete subscription", for_update=True)
        _check_version(current, versions)
        store.remove(tx, current.id, audit="delete subscription")


def list_lines(db: Database) -> list[str]:
    """Return a line for each subscription of the place, for whoever runs it: whose, which, and how it fares."""
    with db.transaction(system("subscriptions")) as tx:
        found = store.list_with_owners(tx)
    return [
        f"{name}: {each.id} of {each.actor.process}, {each.wanted.status}. {each.error or ''}".rstrip()
        for each, name in found
    ]


def list_troubles(db: Database, actor: Actor) -> list[str]:
    """Return a sentence for each subscription of the actor's organisation whose endpoint is or was out of reach."""
    with db.transaction(actor) as tx:
        found = store.list_own(tx, audit="subscriptions in trouble")
    stands = {"error": "is tried again", "off": "is told no more"}
    return [
        f"{each.actor.process} {stands[each.wanted.status]}. {each.error}"
        for each in found
        if each.error and each.wanted.status in stands
    ]


def _judged(db: Database, body: Json, bounds: Bounds) -> Asked:
    wish, problems = asked(body)
    try:
        criteria = read_criteria(wish.criteria, base_url=bounds.base_url)
    except FhirRejected as fault:
        problems += fault.problems
    else:
        if not bounds.may_search(criteria.kind.type):
            sentence = f"The access token lacks the scope system/{criteria.kind.type}.s for these criteria."
            raise refusal(403, sentence, path="Subscription.criteria")
    problems += _late_problems(db, wish, bounds)
    if problems:
        raise FhirRejected(problems, status=422, rec_code="REC_UNPROCESSABLE_ENTITY")
    return wish


def _late_problems(db: Database, wish: Asked, bounds: Bounds) -> Iterator[Problem]:
    refused = bounds.why_not(wish.endpoint) if wish.endpoint else None
    if refused:
        yield Problem("Subscription.channel.endpoint", "value", refused)
    if wish.status != "off" and wish.ends_at is not None and wish.ends_at <= db.clock():
        yield Problem("Subscription.end", "value", "The end has passed. Give a later one, or none.")


def _wanted(wish: Asked, kept: dict[str, str]) -> Wanted:
    by_name = {name.lower(): value for name, value in kept.items()}
    headers = []
    problems = []
    for number, (name, value) in enumerate(wish.headers):
        known = by_name.get(name.lower()) if _is_masked(value) else value
        if known is None:
            sentence = (
                f"Nothing is kept under this name that {MASK} could stand for. Send the header's value."
            )
            problems.append(Problem(f"Subscription.channel.header[{number}]", "value", sentence))
        else:
            headers.append((name, known))
    if problems:
        raise FhirRejected(problems, status=422, rec_code="REC_UNPROCESSABLE_ENTITY")
    told = {
        "endpoint": wish.endpoint,
        "headers": headers,
        "reason": wish.reason,
        "contact": list(wish.contact),
    }
    return Wanted(wish.status, wish.criteria, wish.payload, wish.content, wish.ends_at, told)


def _is_masked(value: str) -> bool:
    return value == MASK


def _check_version(current: Subscription, versions: frozenset[str] | None) -> None:
    if versions is not None and str(current.version) not in versions:
        sentence = "It has changed since you read it. Read it again, and send If-Match with its version."
        problem = Problem("Subscription.meta.versionId", "conflict", sentence)
        raise FhirRejected([problem], status=412, rec_code="REC_CONFLICT")


def _id(text: str) -> UUID:
    try:
        found = UUID(text)
    except ValueError:
        raise NotFound from None
    if str(found) != text.lower():
        raise NotFound
    return found


def _shown(found: Subscription) -> Json:
    wanted = found.wanted
    return subscription(
        SubscriptionShown(
            id=str(found.id),
            version=found.version,
            updated=found.updated_at,
            status=wanted.status,
            reason=wanted.told["reason"],
            criteria=wanted.criteria,
            ends_at=wanted.ends_at,
            error=found.error,
            payload=wanted.payload,
            content=wanted.content,
            endpoint=wanted.told["endpoint"],
            header_names=tuple(name for name, _ in wanted.told["headers"]),
            contact=tuple(wanted.told["contact"]),
        )
    )
