"""Referrals: read under the actor's scope, changed only together with their transition and their audit line."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, case, func, or_, select

from app.domain.errors import NotFound
from app.domain.lifecycle import OPEN_REFERRAL, Transition
from app.domain.referral import Referral
from app.domain.sources import SourceKind
from app.domain.vocabulary import Priority, Role
from app.store import pressing, referral_steps
from app.store.audit import Entry
from app.store.crypto import Cell
from app.store.people import open_for, seal_for
from app.store.pressing import OWN_COLUMN
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import ReferralRow
from app.store.transitions import add_transition

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that is misread over the telephone
PAGE = 50


def new_reference() -> str:
    """Make a short reference that people can read out; tells nothing of the person."""
    return "BK-" + "".join(secrets.choice(_LETTERS) for _ in range(7))


def get(tx: Tx, referral_id: UUID, *, audit: str) -> Referral:
    """Return a referral; raises NotFound when absent or not shared with the actor."""
    found = tx.session.execute(_named().where(ReferralRow.id == referral_id)).first()
    if found is None:
        raise NotFound
    return _audited(tx, found, audit)


def list_of_person(tx: Tx, person_id: UUID, *, audit: str) -> list[Referral]:
    """Return the referrals of a person that the actor may see, the newest first."""
    query = _named().where(ReferralRow.person_id == person_id)
    order = (ReferralRow.received_at.desc(), ReferralRow.id)
    return [_audited(tx, row, audit) for row in tx.session.execute(query.order_by(*order))]


def get_for_update(tx: Tx, referral_id: UUID, *, audit: str) -> Referral:
    """Return a referral and hold its row until the end of the transaction."""
    query = _named().where(ReferralRow.id == referral_id).with_for_update(of=ReferralRow)
    found = tx.session.execute(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound
    return _audited(tx, found, audit)


def is_loaded(tx: Tx, referral_id: UUID, *, audit: str) -> bool:
    """Tell whether a referral was loaded from before the platform: it took no steps here and no news of it was sent."""
    query = select(ReferralRow.person_id).where(ReferralRow.id == referral_id, ReferralRow.is_history)
    person_id = tx.session.scalar(query)
    if person_id is not None:
        tx.audit(Entry(audit, "referral", str(referral_id), person_id))
    return person_id is not None


def find_of_case(
    tx: Tx, requester_id: UUID, bundle_id: str, correlation_id: str | None, *, audit: str
) -> Referral | None:
    """Return the referral of a case, the newest of several: BaRS keeps Bundle.id and X-Correlation-Id through it all.

    One of the same Bundle.id comes before one of the same journey, which may hold several referrals.
    """
    same_case = ReferralRow.original_bundle_id == bundle_id
    if correlation_id:
        same_case = or_(same_case, ReferralRow.correlation_id == correlation_id)
    query = _named().where(ReferralRow.requester_id == requester_id, same_case)
    nearest = case((ReferralRow.original_bundle_id == bundle_id, 0), else_=1)
    found = tx.session.execute(query.order_by(nearest, ReferralRow.received_at.desc())).first()
    return None if found is None else _audited(tx, found, audit)


def list_page(
    tx: Tx, *, audit: str, page: int = 1, open_only: bool = False
) -> tuple[Sequence[Referral], int]:
    """Return a page of the actor's referrals, overdue, urgent and soonest first, and how many there are in all."""
    query = _named().where(ReferralRow.is_history.is_(False))
    if open_only:
        query = query.where(ReferralRow.status.in_(OPEN_REFERRAL))
    total = tx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    first = (
        case((ReferralRow.next_action_on < tx.today, 0), else_=1),
        case(
            (ReferralRow.status.in_(OPEN_REFERRAL) & (ReferralRow.priority != Priority.ROUTINE), 0), else_=1
        ),
    )
    soonest = (ReferralRow.next_action_on.asc().nulls_last(), ReferralRow.received_at.desc(), ReferralRow.id)
    order = (*first, *soonest)
    rows = tx.session.execute(query.order_by(*order).limit(PAGE).offset((page - 1) * PAGE))
    return [_audited(tx, row, audit) for row in rows], total


def list_in_order(tx: Tx, referral_ids: Sequence[UUID], *, audit: str) -> Sequence[Referral]:
    """Return these referrals in this order; those not shared with the actor are left out."""
    query = _named().where(ReferralRow.id.in_(referral_ids))
    found = {row[0].id: row for row in tx.session.execute(query)}
    return [_audited(tx, found[each], audit) for each in referral_ids if each in found]


def add(
    tx: Tx, values: dict[str, Any], transition: Transition, *, sealed: Mapping[str, str], audit: str
) -> UUID:
    """Write a new referral with its first transition; the texts of `sealed`, by column, are sealed for the person."""
    made_id = uuid4()  # made here, for what is sealed is bound to it: one row written is one version
    texts = {
        name: seal_for(tx, values["person_id"], Cell("referral", name, made_id), words or None)
        for name, words in sealed.items()
    }
    row = ReferralRow(id=made_id, reference=new_reference(), status=transition.after, **values, **texts)
    tx.session.add(row)
    tx.session.flush()
    add_transition(tx, transition, referral_id=row.id)
    tx.audit(Entry(audit, "referral", str(row.id), row.person_id))
    return row.id


def record(
    tx: Tx, referral_id: UUID, transition: Transition, *, audit: str, next_action_on: date | None = None
) -> None:
    """Take a step: status, transition and audit together. An ended referral has no next date, an open one must.

    Raises Conflict when the referral follows another one, whose step it is.
    """
    referral_steps.take(tx, referral_id, transition, audit=audit, next_action_on=next_action_on)


def record_owner(tx: Tx, referral_id: UUID, user_id: UUID | None, *, audit: str) -> None:
    """Give a referral to a link worker, or to whoever of the team is on duty."""
    row = _row(tx, referral_id)
    row.owner_id, row.on_duty = user_id, user_id is None
    detail = {"owner": str(user_id) if user_id else "duty"}
    tx.audit(Entry(audit, "referral", str(referral_id), row.person_id, detail))


def record_next_look(tx: Tx, referral_id: UUID, day: date, *, audit: str) -> None:
    """Set the day on which the owner of an open referral must look at it again."""
    row = _row(tx, referral_id)
    row.next_action_on = day
    tx.audit(Entry(audit, "referral", str(referral_id), row.person_id, {"next_look": day.isoformat()}))


def record_needs(
    tx: Tx, referral_id: UUID, needs: Sequence[str], access: Sequence[str], *, audit: str
) -> None:
    """Set the coded needs and access needs, as the link worker found them."""
    row = _row(tx, referral_id)
    row.needs, row.access = list(needs), list(access)
    row.needs_by_person = row.needs_by_person or tx.actor.role is Role.LINK_WORKER
    tx.audit(Entry(audit, "referral", str(referral_id), row.person_id, {"needs": list(needs)}))


@dataclass(frozen=True, slots=True)
class Heard:
    """Of when the newest word of the requester on each part is, and whether a person has set the needs since."""

    marks: Mapping[str, Any]
    needs_by_person: bool


def heard(tx: Tx, referral_id: UUID, *, audit: str) -> Heard:
    """Return what was heard of a referral; hold its row first (`get_for_update`) to change it."""
    row = _row(tx, referral_id)
    tx.audit(Entry(audit, "referral", str(referral_id), row.person_id))
    return Heard(row.heard, row.needs_by_person)


def record_heard(
    tx: Tx,
    referral_id: UUID,
    marks: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    reason: str | None = None,
    audit: str,
) -> None:
    """Write what a message of the requester says: columns by name, the words sealed; the audit names them only."""
    row = _row(tx, referral_id)
    row.heard = dict(marks)
    for name, value in values.items():
        setattr(row, OWN_COLUMN.get(name, name), value)
    if OWN_COLUMN.keys() & values.keys():
        pressing.share(tx, referral_id, audit=audit)
    if reason is not None:
        row.reason = seal_for(tx, row.person_id, Cell("referral", "reason", row.id), reason)
    told = sorted([*values, *(["reason"] if reason is not None else [])])
    tx.audit(Entry(audit, "referral", str(referral_id), row.person_id, {"fields": told}))


def record_brief(tx: Tx, referral: Referral, brief: str, *, audit: str) -> None:
    """Write what providers are told in words, sealed for the person; nothing written leaves them the needs alone."""
    row = _row(tx, referral.id)
    row.brief = seal_for(tx, row.person_id, Cell("referral", "brief", row.id), brief or None)
    detail = {"brief": "written" if brief else "none"}
    tx.audit(Entry(audit, "referral", str(referral.id), referral.person_id, detail))


def brief_text(tx: Tx, referral: Referral, *, audit: str) -> str:
    """Return what providers are told in words; empty when nothing was written for them."""
    row = _row(tx, referral.id)
    tx.audit(Entry(audit, "referral", str(referral.id), referral.person_id))
    return open_for(tx, row.person_id, Cell("referral", "brief", row.id), row.brief) or ""


def reason_text(tx: Tx, referral: Referral, *, audit: str) -> str:
    """Return the referrer's own words."""
    row = _row(tx, referral.id)
    tx.audit(Entry(audit, "referral", str(referral.id), referral.person_id))
    return open_for(tx, row.person_id, Cell("referral", "reason", row.id), row.reason) or ""


def order_sent(tx: Tx, referral: Referral, *, audit: str) -> dict[str, Any]:
    """Return the request as its requester first sent it; empty where it was not kept."""
    row = _row(tx, referral.id)
    tx.audit(Entry(audit, "referral", str(referral.id), referral.person_id))
    told = open_for(tx, row.person_id, Cell("referral", "order_sent", row.id), row.order_sent)
    return dict(json.loads(told)) if told else {}


def requested_by(tx: Tx, referral: Referral, *, audit: str) -> str:
    """Return the name of the professional who asked."""
    row = _row(tx, referral.id)
    tx.audit(Entry(audit, "referral", str(referral.id), referral.person_id))
    return open_for(tx, row.person_id, Cell("referral", "requested_by", row.id), row.requested_by) or ""


def _row(tx: Tx, referral_id: UUID) -> ReferralRow:
    row = tx.session.get(ReferralRow, referral_id)
    if row is None:
        raise NotFound
    return row


def _named() -> Select[ReferralRow, str, str | None, str]:
    asked = (OrganisationRow.name, OrganisationRow.ods, OrganisationRow.source_kind)
    return select(ReferralRow, *asked).join(OrganisationRow, OrganisationRow.id == ReferralRow.requester_id)


def _audited(tx: Tx, found: Any, audit: str) -> Referral:
    row, name, ods, source_kind = found
    own = row.asked_priority or row.priority
    of_requester = tx.actor.role is Role.PRACTICE  # it is told what it asked, never what another one did
    tx.audit(Entry(audit, "referral", str(row.id), row.person_id))
    return Referral(
        id=row.id,
        reference=row.reference,
        person_id=row.person_id,
        requester_id=row.requester_id,
        requester_name=name,
        requester_ods=ods,
        team_id=row.team_id,
        status=row.status,
        version=row.version,
        priority=own if of_requester else row.priority,
        asked_priority=own,
        use_case=row.use_case,
        needs=tuple(row.needs),
        access=tuple(row.access),
        safeguarding=row.asked_safeguarding
        if of_requester and row.asked_safeguarding is not None
        else row.safeguarding,
        original_bundle_id=row.original_bundle_id,
        header_id=row.header_id,
        correlation_id=row.correlation_id,
        requester_reference=row.requester_reference,
        journey_id=row.journey_id,
        reply_endpoint=row.reply_endpoint,
        received_at=row.received_at,
        next_action_on=row.next_action_on,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        source_kind=SourceKind(source_kind),
    )
