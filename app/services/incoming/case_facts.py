"""Writes what an update says: of the request, of the person, of what protects them; and tells the team of the grave."""

from __future__ import annotations

from typing import Any

from app.domain.case_news import GRAVE, is_newest, is_somebody_else, merge_cautions, merge_person
from app.domain.lifecycle import OPEN_PLACEMENT
from app.domain.referral import Person, Referral
from app.services.dataset import secondary_use
from app.services.incoming.heard import cautions_of, details_of, saying, told_parts
from app.services.incoming.put_aside import without_put_aside
from app.services.rights import consent
from app.services.watching.pressing import hasten
from app.store import cautions, people, placements, referrals, tasks
from app.store.session import Tx
from fhir.messages import IncomingReferral

_ACT = "receive update"
_FLAGS = {"restricted": "restricted", "type1_opt_out": "opt-out", "deceased": "deceased"}


def apply(tx: Tx, message: IncomingReferral, referral: Referral, mark: str) -> tuple[str, ...]:
    """Write each part that nothing newer has told; return the codes of what changed, never a value.

    What an update leaves out stays. Needs that a link worker has set stay too: "needs-kept" says that the practice
    told others. Another NHS number or birth date changes nothing of the person and is a task of its own.
    """
    request = _request(tx, message, referral, mark)
    person = people.get(tx, referral.person_id, audit=_ACT)
    changed = [
        *request,
        *_cautions(tx, message, referral, mark),
        *_person(tx, message, referral, person, mark),
    ]
    if {"priority", "safeguarding"} & set(changed):
        hasten(tx, referral.id)
    if message.consent_refused and consent.record_refusal_told(tx, referral):
        changed.append("consent")
    if message.use_refused:
        secondary_use.record_refusal_told(tx, person_id=referral.person_id, referral_id=referral.id)
    team, about = referral.team_id, referral.id
    if "deceased" in changed:
        tasks.add_task(tx, "person-died", organisation_id=team, referral_id=about)
    grave = GRAVE & set(changed)
    if grave and _is_placed(tx, referral):
        tasks.add_task(tx, "caution-added", organisation_id=team, referral_id=about, fields=grave)
    return tuple(changed)


def apply_words(tx: Tx, message: IncomingReferral, referral: Referral) -> None:
    """Keep what a withdrawal adds to the words that are here; other words of it are those of before, and change none.

    No mark is set: an update that overtook nothing still has the last word, in whatever order the two come.
    """
    known = referrals.reason_text(tx, referral, audit=_ACT)
    if message.reason_text != known and message.reason_text.startswith(known):
        marks = referrals.heard(tx, referral.id, audit=_ACT).marks
        referrals.record_heard(tx, referral.id, marks, {}, reason=message.reason_text, audit=_ACT)


def _request(tx: Tx, message: IncomingReferral, referral: Referral, mark: str) -> list[str]:
    heard = referrals.heard(tx, referral.id, audit=_ACT)
    held: dict[str, Any] = {
        "reason": referrals.reason_text(tx, referral, audit=_ACT),
        "needs": list(referral.needs),
        "access": list(referral.access),
        "priority": referral.asked_priority,
    }
    told = told_parts(message).items()
    newest = {part: value for part, value in told if is_newest(heard.marks, part, mark)}
    changed = [part for part, value in newest.items() if value != held[part]]
    kept = {"needs", "access"} if heard.needs_by_person else set()
    values = {part: newest[part] for part in changed if part not in kept and part != "reason"}
    marks = {**heard.marks, **dict.fromkeys(newest, mark)}
    reason = newest["reason"] if "reason" in changed else None
    referrals.record_heard(tx, referral.id, marks, values, reason=reason, audit=_ACT)
    return [f"{part}-kept" if part in kept else part for part in changed]


def _cautions(tx: Tx, message: IncomingReferral, referral: Referral, mark: str) -> tuple[str, ...]:
    known, marks = (
        cautions.get(tx, referral.id, audit=_ACT),
        referrals.heard(tx, referral.id, audit=_ACT).marks,
    )
    merged = merge_cautions(known, cautions_of(message), marks, mark)
    values = {"safeguarding": True} if merged.value.safeguarding else {}
    referrals.record_heard(tx, referral.id, merged.heard, values, audit=_ACT)
    if merged.changed:
        cautions.record(tx, referral.id, merged.value, audit=_ACT)
    return merged.changed


def _person(
    tx: Tx, message: IncomingReferral, referral: Referral, person: Person, mark: str
) -> tuple[str, ...]:
    told = details_of(message.person)
    before = people.get_as_told_by(tx, person.id, referral.requester_id, audit=_ACT)
    # A number that another practice's message replaced is still the right one in the words of this one.
    if is_somebody_else(person.details, told) and is_somebody_else(before.details, told):
        tasks.add_task(tx, "identity-changed", organisation_id=referral.team_id, referral_id=referral.id)
        return ("identity",)
    heard = people.heard(tx, person.id, audit=_ACT)
    news, kept = without_put_aside(tx, person, told, audit=_ACT)
    merged = merge_person(person.details, news, heard, mark)
    people.record_told(tx, person.id, saying(message, referral.requester_id, mark), audit=_ACT)
    said = {
        "restricted": message.person.restricted,
        "type1_opt_out": message.type1_opt_out,
        "deceased": message.person.deceased,
    }
    added = {name: True for name, holds in said.items() if holds and not getattr(person, name)}
    people.record_details(tx, person.id, merged.value, heard=merged.heard, audit=_ACT, **added)
    return (*merged.changed, *kept, *(_FLAGS[name] for name in added))


def _is_placed(tx: Tx, referral: Referral) -> bool:
    found = placements.list_for_referral(tx, referral.id, audit=_ACT)
    return any(placement.status in OPEN_PLACEMENT for placement in found)
