"""Says what would be refused of a resource or a message, and why, and keeps nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import orjson

from app.domain.access import Actor, system
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.services.fhir_writing.validating_writes import Writing, write_problems
from app.services.incoming.answering import CHANGED, REPEATED, Posted, paths_of, read, sender_of
from app.services.incoming.destination import check_names
from app.services.incoming.intake import Received, Reception, Sender, envelope_of, receive
from app.services.incoming.reception import seen_before
from app.services.incoming.refusals import find_refusal, invalid_message
from app.services.systems.subscriptions import Bounds
from app.store import directory, inbox
from app.store.audit import Entry
from app.store.inbox import Envelope
from app.store.joined import rehearsed
from app.store.machines import ApiClient
from app.store.session import Database
from fhir.messages import IncomingAcknowledgement, IncomingReferral
from fhir.operations import VALIDATED
from fhir.problems import FhirRejected, Problem
from fhir.validating import Submitted, named_in, problems_of
from fhir.walk import unknown_code

Message = IncomingReferral | IncomingAcknowledgement
_NOT_THEIRS = "This system may not speak for the organisation that the message names."
_TAKEN_BEFORE = "This message was taken before. Sent again it changes nothing, and is given its first answer."
_NOT_SET_UP = "The practice that the message names is not set up for this use case. Ask the steward."


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks with which scopes, under which ids a message would come, as whom and within which bounds something
    would be written, and what the address names: a type, one resource of it, or nothing."""

    client: ApiClient
    request_id: str
    correlation_id: str | None
    actor: Callable[[], Actor]
    base_url: str
    may: Callable[[str], bool]
    bounds: Callable[[], Bounds]
    type: str | None = None
    id: str | None = None


def validate(db: Database, submitted: Submitted, asking: Asking) -> list[Problem]:
    """Return everything that would be refused, and warnings.

    A message is judged by the very steps of $process-message, for this client, in transactions that are taken
    back. One that would be refused for several reasons is told all of them, although its sending would be told
    the first.
    """
    problems = [*_of_the_address(submitted, asking), *_of_the_mode(submitted)]
    if submitted.is_message:
        problems += _Trial(db, submitted, asking).problems()
    else:
        form = problems_of(submitted)
        problems += form
        if submitted.resource is not None and submitted.type in VALIDATED:
            problems += _of_the_write(db, submitted, asking, sound=not form)
    told = {"client": asking.client.id, "type": submitted.type if submitted.type in VALIDATED else None}
    with db.transaction(system("validate")) as tx:
        tx.audit(Entry("validate", "resource", "none kept", None, told))
    return list(dict.fromkeys(problems))


def _of_the_address(submitted: Submitted, asking: Asking) -> Iterator[Problem]:
    found = submitted.type
    if submitted.resource is None:
        return
    if asking.type is not None and found != asking.type:
        yield Problem(
            "resourceType", "invalid", f"This address is for {asking.type}: the resource is another's."
        )
    elif found is not None and found not in VALIDATED:
        yield Problem(f"{found}.resourceType", "not-supported", unknown_code(VALIDATED))
    elif asking.id is not None and submitted.resource.get("id") != asking.id:
        yield Problem(f"{found}.id", "value", "The resource's id must be the one in the address.")


def _of_the_mode(submitted: Submitted) -> Iterator[Problem]:
    if submitted.mode == "delete":
        sentence = (
            "Nothing is deleted through this door: what was sent by mistake is marked entered-in-error."
        )
        yield Problem("", "not-supported", sentence)


def _of_the_write(db: Database, submitted: Submitted, asking: Asking, *, sound: bool) -> Iterator[Problem]:
    posted = Posted(submitted.body, submitted.content_type, asking.request_id, asking.correlation_id)
    writing = Writing(asking.actor, asking.base_url, posted, asking.may, asking.bounds)
    yield from write_problems(db, submitted, writing, of_instance=asking.id is not None, sound=sound)


class _Trial:
    """A message sent in for what would be said of it."""

    def __init__(self, db: Database, submitted: Submitted, asking: Asking):
        self._db, self._asking, self._submitted = db, asking, submitted
        self._posted = Posted(
            submitted.body, submitted.content_type, asking.request_id, asking.correlation_id
        )

    def problems(self) -> list[Problem]:
        """Return what would be said, each thing once."""
        try:
            message = read(self._db, self._posted)
        except FhirRejected as fault:
            if fault.status == 413:
                raise
            return [*fault.problems, *self._seems(self._submitted.resource or {})]
        return [*message.warnings, *self._not_for_us(message), *self._judged(message)]

    def _not_for_us(self, message: Message) -> tuple[Problem, ...]:
        try:
            if isinstance(message, IncomingReferral):
                check_names(self._db, message)
        except FhirRejected as fault:
            return fault.problems
        return ()

    def _seems(self, body: dict[str, Any]) -> Iterator[Problem]:
        """Yield what would be said of a message once its form is mended, as far as it can be read before."""
        named = named_in(body)
        if named is None:
            return
        client, request_id = self._asking.client, self._asking.request_id
        first = named.reason in ("", "new")
        header_id = named.header_id if first else f"{named.header_id}|{named.reason}|{request_id}"
        body_bytes = self._submitted.body
        envelope = Envelope(client.id, request_id, None, named.bundle_id, header_id, body_bytes)
        with self._db.transaction(system("validate")) as tx:
            seen = inbox.find(tx, envelope)
            practice = directory.find_organisation_by_ods(tx, named.requester) if named.requester else None
        if seen is not None:
            yield Problem("Bundle.id", "business-rule", CHANGED)
        if practice is not None and practice.ods not in client.practices:
            yield Problem(named.requester_path, "security", _NOT_THEIRS)
        elif practice is not None and named.use_case and named.use_case not in practice.use_cases:
            yield Problem(named.use_case_path, "not-supported", _NOT_SET_UP)

    def _judged(self, message: Message) -> Iterator[Problem]:
        envelope = self._envelope(message)
        with self._db.transaction(system("validate")) as tx:
            seen = inbox.find(tx, envelope)
        if seen is not None and (seen.same_body or self._submitted.wrapped):
            yield from self._repeat(seen, message)
            return
        if seen is not None:
            yield Problem("Bundle.id", "business-rule", CHANGED)
        fresh = replace(envelope, request_id=str(uuid4()), header_id=f"{envelope.header_id}|{uuid4()}")
        yield from self._rehearsed(message, fresh, sender_of(self._asking.client), known=seen is not None)

    def _repeat(self, seen: inbox.Seen, message: Message) -> Iterator[Problem]:
        if not seen.same_body:
            sentence = (
                "This id was used before. A repeat must be the same message byte by byte, sent unwrapped."
            )
            yield Problem("Bundle.id", "business-rule", sentence, "warning")
        elif seen.same_request and self._asking.client.dialect == "bars":
            yield Problem("Bundle.id", "duplicate", REPEATED)
        else:
            code = "duplicate" if seen.same_request else "informational"
            yield Problem("Bundle.id", code, _TAKEN_BEFORE, "information")
            yield from _said(seen_before(seen), message)

    def _rehearsed(
        self, message: Message, envelope: Envelope, sender: Sender, *, known: bool
    ) -> Iterator[Problem]:
        try:
            with rehearsed(self._db) as rehearsal:
                received = receive(rehearsal, message, envelope, sender=sender)
        except NotAllowed as fault:
            yield from _refused(fault)
            granted = self._granted(message, sender)
            if granted != sender:  # what else would be said, once that is mended
                yield from self._rehearsed(message, envelope, granted, known=known)
        except Conflict as fault:
            if not known:  # else only an echo of the id that was used before
                yield from _refused(fault)
        except Invalid as fault:
            yield from invalid_message(fault, paths_of(message)).problems
        except Exception as fault:
            if find_refusal(fault) is None:
                raise
            yield from _refused(fault)
        else:
            yield from _said(received, message)

    @staticmethod
    def _granted(message: Message, sender: Sender) -> Sender:
        named = [message.sender.ods]
        if isinstance(message, IncomingReferral):
            named.append(message.requester.ods)
        more = (each for each in named if each)
        return replace(sender, practices=tuple(dict.fromkeys([*sender.practices, *more])))

    def _envelope(self, message: Message) -> Envelope:
        return envelope_of(
            message,
            self._submitted.body,
            sender=sender_of(self._asking.client),
            request_id=self._asking.request_id,
            correlation_id=self._asking.correlation_id,
        )


def _refused(fault: Exception) -> tuple[Problem, ...]:
    found = find_refusal(fault)
    return found.problems if found else ()


def _said(received: Received, message: Message) -> Iterator[Problem]:
    """Yield what the answer would tell beside having taken it, without the message's own warnings."""
    body: dict[str, Any] = orjson.loads(received.answer.body)
    listed = [each["resource"] for each in body.get("entry", ())] or [body]
    parked = received.reception is Reception.PARKED
    for resource in listed:
        for issue in resource["issue"] if resource["resourceType"] == "OperationOutcome" else ():
            words = issue["diagnostics"]
            for warning in message.warnings:
                words = words.replace(warning.sentence, "").strip()
            if words:
                yield Problem("", issue["code"], words, "warning" if parked else issue["severity"])
