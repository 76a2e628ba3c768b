"""Changes that a practice sends after its referral: cancelled, sent by mistake, or new facts; in whatever order."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.domain.case_news import is_newest
from app.domain.lifecycle import (
    OPEN_PLACEMENT,
    OPEN_REFERRAL,
    PLAIN,
    Action,
    ReferralStatus,
    Telling,
    Track,
    decide,
)
from app.domain.referral import Referral
from app.services.incoming import case_facts
from app.services.incoming.heard import place_in_time, read
from app.store import directory, inbox, placements, referrals, tasks
from app.store.session import Tx
from fhir.messages import IncomingReferral
from fhir.problems import FhirRejected
from fhir.systems import REASON_NEW

_ACT = "receive change"
# Marks: of the newest message with facts, of the newest that changed some, of the newest that took the referral back.
_MESSAGE, _CHANGE, _TAKEN_BACK = "message", "update", "taken-back"
_GONE = (ReferralStatus.WITHDRAWN, ReferralStatus.ENTERED_IN_ERROR)
_SETTLED = ("requester-update", "caution-added")


def apply(tx: Tx, message: IncomingReferral, referral: Referral, *, digest: bytes = b"") -> UUID:
    """Apply a change to the referral it belongs to, whatever came before it; return the referral's id.

    All orders of arrival of one case's messages lead to one state: of the facts the newest word counts
    (`app.domain.case_news` says by which clock), "cancelled" stands against every update, "sent by mistake" against
    everything. What comes after an end that the requester did not make changes nothing and is a task for the team.
    """
    held = referrals.get_for_update(tx, referral.id, audit=_ACT)
    mark = place_in_time(message, digest).mark
    if message.status == "entered-in-error":
        _take_back(tx, held, Action.ENTER_IN_ERROR, mark)
    elif message.status == "revoked":
        _take_back(tx, held, Action.WITHDRAW, mark)
    else:
        _update(tx, message, held, mark)
    if message.status != "active" and held.status in (*OPEN_REFERRAL, *_GONE):
        case_facts.apply_words(tx, message, held)
    return referral.id


def is_overtaken(tx: Tx, message: IncomingReferral, referral: Referral, *, digest: bytes) -> bool:
    """Tell whether a newer message of the case came before this one."""
    marks = referrals.heard(tx, referral.id, audit=_ACT).marks
    mark = place_in_time(message, digest).mark
    known = (_MESSAGE, _TAKEN_BACK) if message.status == "active" else (_MESSAGE,)
    return not all(is_newest(marks, each, mark) for each in known)


def apply_held(tx: Tx, referral: Referral) -> None:
    """Apply what came before the referral that it changes and has waited for it; whatever cannot be, waits on."""
    practice = directory.get_organisation(tx, referral.requester_id)
    held = inbox.list_held(tx, referral.original_bundle_id, referral.correlation_id, audit=_ACT)
    for inbox_id, envelope in held:
        try:
            message = read(envelope.body)
        except FhirRejected:  # it was readable when it came; the steward sees it
            continue
        if not isinstance(message, IncomingReferral) or message.requester.ods != practice.ods:
            continue
        if message.identity.reason != REASON_NEW:
            apply(tx, message, referral, digest=envelope.digest)
            inbox.record_taken(tx, inbox_id, referral.id, audit=_ACT)
            tasks.record_done_for_inbox(tx, inbox_id)


def _update(tx: Tx, message: IncomingReferral, referral: Referral, mark: str) -> None:
    marks = referrals.heard(tx, referral.id, audit=_ACT).marks
    taken_back = marks.get(_TAKEN_BACK)
    if referral.status not in OPEN_REFERRAL and taken_back is None:
        _late(tx, referral)
        return
    is_news = mark > str(marks.get(_MESSAGE, ""))
    changed = case_facts.apply(tx, message, referral, mark)
    if is_news:
        _remember(tx, referral, mark, _MESSAGE, _CHANGE)
    if taken_back is None and (is_news or changed):
        team, about = referral.team_id, referral.id
        tasks.add_task(tx, "requester-update", organisation_id=team, referral_id=about, fields=changed)
    elif taken_back is not None and mark > taken_back:
        _late(tx, referral)


def _take_back(tx: Tx, referral: Referral, action: Action, mark: str) -> None:
    if referral.status not in OPEN_REFERRAL and referral.status not in _GONE:
        _late(tx, referral)
        return
    marks = referrals.heard(tx, referral.id, audit=_ACT).marks
    if mark > str(marks.get(_TAKEN_BACK, "")):
        _remember(tx, referral, mark, _TAKEN_BACK)
    moves = referral.status in OPEN_REFERRAL or (
        action is Action.ENTER_IN_ERROR and referral.status == ReferralStatus.WITHDRAWN
    )
    if moves:
        _end(tx, referral, action)
    if str(marks.get(_CHANGE, "")) > mark:  # what was said after the withdrawal came before it
        _late(tx, referral)


def _remember(tx: Tx, referral: Referral, mark: str, *names: str) -> None:
    marks = {**referrals.heard(tx, referral.id, audit=_ACT).marks, **dict.fromkeys(names, mark)}
    referrals.record_heard(tx, referral.id, marks, {}, audit=_ACT)


def _late(tx: Tx, referral: Referral) -> None:
    tasks.add_task(tx, "late-change", organisation_id=referral.team_id, referral_id=referral.id)


def _end(tx: Tx, referral: Referral, action: Action) -> None:
    """End the referral and what is open of it; whoever was asked hears whether it was cancelled or never meant."""
    reason = "requester-cancelled" if action is Action.WITHDRAW else None
    step = decide(Track.REFERRAL, referral.status, action, role=tx.actor.role, reason=reason)
    told = PLAIN if reason else Telling(ReferralStatus.ENTERED_IN_ERROR)
    referrals.record(tx, referral.id, step, audit=_ACT)
    tasks.record_done_for_referral(tx, referral.id, _SETTLED, audit=_ACT)
    placements.record_plan(tx, referral.id, [])
    for placement in placements.list_for_referral(tx, referral.id, audit=_ACT):
        if placement.status in OPEN_PLACEMENT:
            withdrawn = decide(
                Track.PLACEMENT,
                placement.status,
                Action.WITHDRAW,
                role=tx.actor.role,
                reason=reason or "sent-by-mistake",
            )
            placements.record(tx, placement.id, replace(withdrawn, told=told), audit=_ACT)
