"""Changes a referral as its requester may, by the resource: withdrawn, sent by mistake, or more to say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID, uuid4

from app.domain.access import Actor, check_acts_as
from app.domain.errors import NotFound
from app.domain.lifecycle import OPEN_REFERRAL, ReferralStatus
from app.domain.referral import Referral
from app.domain.vocabulary import Role
from app.services.fhir_reading import fhir_reads
from app.services.fhir_reading.fhir_reads_values import read_id
from app.services.fhir_writing.rest_referral import hand_over, practice_of
from app.services.incoming.answering import Posted
from app.services.incoming.refusals import refusal
from app.store import inbox, referrals
from app.store.joined import Joined, joined
from app.store.session import Database
from fhir.messages import PersonSeen
from fhir.problems import FhirRejected, Problem
from fhir.request_in import Around, Asked, Piece
from fhir.request_in_change import Change, read_change
from fhir.systems import OUR_NEEDS
from fhir.views_table import KINDS

Json = dict[str, Any]
_ACT: Final = "receive change"
_UNSAID: Final = PersonSeen()  # of the person nothing new is said


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be changed: `versions` are those of If-Match, None when it was not sent."""

    id: str
    versions: frozenset[str] | None
    base_url: str


def change(db: Database, actor: Actor, sent: Json, posted: Posted, target: Target) -> Json:
    """Apply what was sent of a ServiceRequest by PUT, as a message of its practice would; return it as it is now.

    Nobody else changes the referral meanwhile: of two that name one version at one moment the second is refused.
    Raises NotFound when the referral is absent or another practice's, FhirRejected: 412 when it has moved on, 409
    when it has ended, 422 with every element that a requester cannot change.
    """
    check_acts_as(actor, Role.PRACTICE)
    with joined(db, actor) as whole:
        return _changed(whole, actor, sent, posted, target)


def _changed(db: Joined, actor: Actor, sent: Json, posted: Posted, target: Target) -> Json:
    kind = KINDS["ServiceRequest"]
    wanted_id = read_id(kind, target.id)
    if not isinstance(wanted_id, UUID):
        raise NotFound
    referral, words = _held(db, actor, wanted_id)
    current = fhir_reads.read(db, actor, kind, target.id)
    if target.versions is not None and current["meta"]["versionId"] not in target.versions:
        sentence = (
            "The referral has changed since the version in If-Match. Read it again before you change it."
        )
        raise FhirRejected([Problem("", "conflict", sentence)], status=412, rec_code="REC_CONFLICT")
    order = _order(db, actor, UUID(current["id"]))
    wanted = read_change(current, sent, base_url=target.base_url, order=order)
    if not wanted.is_nothing:
        _apply(db, actor, posted, referral=referral, request=_request(referral, wanted, words))
    return fhir_reads.read(db, actor, kind, target.id)


def _apply(db: Joined, actor: Actor, posted: Posted, *, referral: Referral, request: Json) -> None:
    is_mistake = request["status"] == "entered-in-error"
    corrected = is_mistake and referral.status == ReferralStatus.WITHDRAWN
    if referral.status not in OPEN_REFERRAL and not corrected:
        sentence = "The referral has ended: it can neither be withdrawn nor added to. Send a new one."
        raise refusal(409, sentence, path="ServiceRequest.status")
    practice = practice_of(db, actor)
    reason = "delete" if is_mistake else "update"
    around = Around(
        practice.ods or "", practice.name, referral.original_bundle_id, str(uuid4()), db.clock(), reason
    )
    asked = Asked(Piece("ServiceRequest", None, request))
    hand_over(db, actor, replace(posted, correlation_id=None), asked=asked, around=around, known=_UNSAID)


def _order(db: Database, actor: Actor, referral_id: UUID) -> Json:
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        return referrals.order_sent(tx, referral, audit=_ACT)


def _held(db: Joined, actor: Actor, referral_id: UUID) -> tuple[Referral, str]:
    """Return a referral and the reason that was given, and hold it until the end of all; as messages do, case first."""
    with db.transaction(actor) as tx:
        inbox.hold_case(tx, referrals.get(tx, referral_id, audit=_ACT).original_bundle_id, None)
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        return referral, referrals.reason_text(tx, referral, audit=_ACT)


def _request(referral: Referral, wanted: Change, words: str) -> Json:
    """The referral as a later message of its case would tell it: what was said before, and what is said now."""
    number = referral.requester_reference
    told: Json = {
        "resourceType": "ServiceRequest",
        "id": str(referral.id),
        "identifier": [{"value": number}] if number else None,
        "status": wanted.status or "active",
        "intent": "order",
        "priority": referral.asked_priority,
        "reasonCode": [{"coding": [{"system": OUR_NEEDS, "code": code}]} for code in wanted.needs],
        "note": [{"text": each} for each in (words, *wanted.words) if each],
    }
    return {name: value for name, value in told.items() if value}
