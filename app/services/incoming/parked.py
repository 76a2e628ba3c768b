"""Gives a parked message another try, once the steward has mended what it waited for."""

from __future__ import annotations

from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import Conflict, NotAllowed
from app.domain.intake import judge
from app.domain.place import PlaceRules
from app.domain.vocabulary import Role
from app.services.incoming import case_changes, new_referral
from app.services.incoming.heard import read, told_of
from app.services.incoming.intake import find_changed
from app.store import directory, inbox, referrals, tasks
from app.store.audit import Entry
from app.store.inbox import Envelope
from app.store.session import Database, Tx
from fhir.messages import IncomingReferral
from fhir.problems import FhirRejected
from fhir.systems import REASON_NEW

_ACT = "take parked message"


def try_again(db: Database, actor: Actor, inbox_id: UUID, *, rules: PlaceRules | None = None) -> UUID:
    """Take a parked referral in as if it came now; return the referral's id.

    Raises Conflict when it still cannot be taken, and says why; Invalid when the rules refuse it. It stays
    parked then. The practice must be set up first: its referral is nobody else's.
    """
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        tx.audit(Entry(_ACT, "message", str(inbox_id)))
    with db.transaction(system("parked")) as tx:
        envelope = inbox.get_parked_for_update(tx, inbox_id, audit=_ACT)
        referral_id = _take(tx, _referral(envelope.body), envelope, rules)
        inbox.record_taken(tx, inbox_id, referral_id, audit=_ACT)
        tasks.record_done_for_inbox(tx, inbox_id)
        return referral_id


def _take(tx: Tx, message: IncomingReferral, envelope: Envelope, rules: PlaceRules | None) -> UUID:
    practice = directory.find_organisation_by_ods(tx, message.requester.ods or "")
    if practice is None or practice.team_id is None:
        raise Conflict("The practice that it names is still not set up here: set it up first.")
    correlation_id = envelope.correlation_id
    inbox.hold_case(tx, message.identity.bundle_id, correlation_id)
    if message.identity.reason == REASON_NEW:
        judgement = judge(told_of(message), practice, tx.today)
        referral_id = new_referral.take(
            tx, message, judgement, practice=practice, correlation_id=correlation_id, rules=rules
        )
        case_changes.apply_held(tx, referrals.get(tx, referral_id, audit=_ACT))
        return referral_id
    known = find_changed(tx, message, practice, correlation_id)
    if known is None:
        raise Conflict("It changes a referral that has not come: wait for it, or ask the practice.")
    return case_changes.apply(tx, message, known, digest=envelope.digest)


def _referral(body: bytes) -> IncomingReferral:
    try:
        message = read(body)
    except FhirRejected as fault:
        raise Conflict(
            "The message cannot be read as a referral: ask the sender to send it again."
        ) from fault
    if not isinstance(message, IncomingReferral):
        raise NotAllowed("This is an answer to a message, not a referral.")
    return message
