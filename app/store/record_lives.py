"""What decides for how long a record is kept: its last day of help, what is open, what was asked for, who has died."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, func, or_, select, text

from app.domain.lifecycle import OPEN_REFERRAL
from app.domain.subject_access import AccessStatus
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import PersonRow, ReferralRow
from app.store.tables_keys import PersonKeyRow
from app.store.tables_rights import SubjectAccessRow

# Every day on which there was to do with somebody: help that ended, a call, what was said at an end or since.
_DAYS = """
    select r.person_id, (r.ended_at at time zone 'Europe/London')::date as day from theirs r
    union all select r.person_id, (r.received_at at time zone 'Europe/London')::date from theirs r
    union all select r.person_id, (p.ended_at at time zone 'Europe/London')::date
      from placement p join theirs r on r.id = p.referral_id
    union all select r.person_id, c.happened_on
      from contact c join theirs r on r.id = c.referral_id where c.taken_back_at is null
    union all select r.person_id, m.taken_on from measure_response m join theirs r on r.id = m.referral_id
"""
_FACTS = text(f"""
    with theirs as (select * from referral where person_id = any(:ids)),
    days as ({_DAYS}),
    needed as (select person_id, array_agg(distinct need) as needs from theirs, unnest(needs) need group by 1),
    deaths as (
      select r.person_id, min((r.ended_at at time zone 'Europe/London')::date) as day
        from theirs r where r.end_reason = 'died' group by 1
      union all select r.person_id, min((t.created_at at time zone 'Europe/London')::date)
        from task t join theirs r on r.id = t.referral_id where t.kind = 'person-died' group by 1)
    select p.id, (select max(day) from days d where d.person_id = p.id),
      (select needs from needed n where n.person_id = p.id),
      coalesce((select min(day) from deaths d where d.person_id = p.id),
        case when p.deceased then (p.updated_at at time zone 'Europe/London')::date end),
      exists (select 1 from theirs r where r.person_id = p.id and r.status = any(:open)),
      exists (select 1 from legal_hold h where h.person_id = p.id and h.lifted_at is null
        and coalesce(h.until, :today) >= :today)
    from person p where p.id = any(:ids)
""")  # noqa: S608 - our own words
# Nobody who is helped, erased, on hold, on the list, or kept until a later day by the word of two.
_CANDIDATES = text("""
    select r.person_id from referral r join person_key k on k.person_id = r.person_id and k.destroyed_at is null
    where not exists (select 1 from retention_review v where v.person_id = r.person_id
        and (v.status in ('due', 'proposed') or (v.status = 'kept' and v.keep_until >= :today)))
      and not exists (select 1 from legal_hold h where h.person_id = r.person_id and h.lifted_at is null
        and coalesce(h.until, :today) >= :today)
    group by r.person_id
    having bool_and(r.ended_at is not null) and max(r.ended_at) < :before
    order by max(r.ended_at), r.person_id
""")
_PAUSED = text("""
    select distinct on (v.person_id) v.id from retention_review v
    join person_key k on k.person_id = v.person_id and k.destroyed_at is null
    where v.asked_how is not null and v.status = 'dropped' and v.dropped_why = 'held'
      and not exists (select 1 from retention_review n where n.person_id = v.person_id and n.listed_at > v.listed_at)
      and not exists (select 1 from legal_hold h where h.person_id = v.person_id and h.lifted_at is null
        and coalesce(h.until, :today) >= :today)
    order by v.person_id, v.listed_at desc
""")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known without opening anything; `died_on` is when we learnt of a death."""

    person_id: UUID
    last_help_on: date
    needs: frozenset[str]
    died_on: date | None
    is_open: bool
    is_held: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One referral of a record, by which a steward knows it: no name and nobody who asked."""

    id: UUID
    reference: str
    team_id: UUID
    team_name: str
    received_at: datetime
    ended_at: datetime | None


def list_candidates(tx: Tx, *, before: datetime) -> Sequence[UUID]:
    """Return whose help ended before a moment and who may be on the list, the longest ago first."""
    return tx.session.scalars(_CANDIDATES, {"today": tx.today, "before": before}).all()


def list_paused(tx: Tx) -> Sequence[UUID]:
    """Return reviews of people who asked for erasure, that a hold took off the list and none holds any more."""
    return tx.session.scalars(_PAUSED, {"today": tx.today}).all()


def facts_of(tx: Tx, person_ids: Collection[UUID]) -> Mapping[UUID, Facts]:
    """Return what decides for these people; whoever has no referral at all is left out."""
    values = {"ids": list(person_ids), "open": sorted(OPEN_REFERRAL), "today": tx.today}
    return {
        person_id: Facts(person_id, last, frozenset(needs or ()), died_on, is_open, is_held)
        for person_id, last, needs, died_on, is_open, is_held in tx.session.execute(_FACTS, values)
        if last is not None
    }


def parts_of(tx: Tx, person_ids: Collection[UUID], *, audit: str) -> Mapping[UUID, Sequence[Part]]:
    """Return the referrals of records, each record's oldest first; one audit line with how many records."""
    query = (
        select(ReferralRow, OrganisationRow.name)
        .join(OrganisationRow, OrganisationRow.id == ReferralRow.team_id)
        .where(ReferralRow.person_id.in_(person_ids))
        .order_by(ReferralRow.received_at, ReferralRow.reference)
    )
    found: dict[UUID, list[Part]] = {person_id: [] for person_id in person_ids}
    for row, name in tx.session.execute(query):
        part = Part(row.id, row.reference, row.team_id, name, row.received_at, row.ended_at)
        found[row.person_id].append(part)
    tx.audit(Entry(audit, "person", "many", None, {"count": len(found)}))
    return found


def find_by_reference(tx: Tx, reference: str) -> UUID | None:
    """Return whose referral has a reference; None for nobody's, and for somebody who was erased."""
    query = select(ReferralRow.person_id).where(func.upper(ReferralRow.reference) == reference.upper())
    return _unless_erased(tx, tx.session.scalar(query))


def find_by_number(tx: Tx, nhs_number: str) -> UUID | None:
    """Return whose confirmed NHS number this is or was, a person of live practices before one of tests; None."""
    index, row = tx.cipher.blind_index(nhs_number), PersonRow
    theirs = or_(row.nhs_number_index == index, row.replaced_indexes.contains([index]))
    order = (row.fence_id.is_not(None), (row.nhs_number_index != index).nulls_last(), row.id)
    return tx.session.scalars(select(row.id).where(theirs).order_by(*order).limit(1)).first()


def person_of(tx: Tx, referral_id: UUID) -> UUID | None:
    """Return whom a referral that the actor sees is about; None for nobody, and for somebody who was erased."""
    query = select(ReferralRow.person_id).where(ReferralRow.id == referral_id)
    return _unless_erased(tx, tx.session.scalar(query))


def is_restricted(tx: Tx, person_id: UUID) -> bool:
    """Tell whether a person's whereabouts are kept secret."""
    return bool(tx.session.scalar(select(PersonRow.restricted).where(PersonRow.id == person_id)))


def waits_for_own_data(tx: Tx, person_id: UUID) -> bool:
    """Tell whether a person asked for all that is kept, and was not answered yet."""
    theirs = (SubjectAccessRow.person_id == person_id, SubjectAccessRow.status == AccessStatus.ASKED)
    return bool(tx.session.scalar(select(exists().where(*theirs))))


def _unless_erased(tx: Tx, person_id: UUID | None) -> UUID | None:
    if person_id is None:
        return None
    gone = select(PersonKeyRow.destroyed_at).where(PersonKeyRow.person_id == person_id)
    return None if tx.session.scalar(gone) is not None else person_id
