"""What each kind of record is for the FHIR door: one select a kind, every field that is searched or shown in it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    DateTime,
    Integer,
    Select,
    String,
    Subquery,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from app.domain.vocabulary import Role
from app.store.fence import fence_of
from app.store.fhir_reads_placements import (
    orders,
    own_patients,
    own_plans,
    placement_tasks,
    request_tasks,
)
from app.store.fhir_reads_referrals import (
    LIVE,
    TOLD_OF_CARE,
    care_plans,
    of_referral,
    service_requests,
    steps,
    tasks,
)
from app.store.outcomes import stands
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_care import ConsentRow, FeedbackRow, PersonRow, ReferralRow, TransitionRow
from app.store.tables_measures import MeasureRow
from app.store.tables_messages import AuditRow
from app.store.tables_words import PersonWordRow

# Tables that no practice may read: what it may know of them is read by the platform, bound to the reader's referrals.
BEHIND_THE_WALL = frozenset({"Consent", "AuditEvent"})
# Everybody's, on their own side of a sandbox's fence.
FENCED = frozenset({"Organization", "HealthcareService"})

_REFUSED = "refuse"  # the act of app.services.rights.denials
_R, _T = ReferralRow, TransitionRow
_Doer = aliased(OrganisationRow)


def _consents() -> Select[Any]:
    # What the team was told since stays with the team, and with the person.
    return _all_consents().where(ConsentRow.source == "message")


def _all_consents() -> Select[Any]:
    later = aliased(ConsentRow)
    replaced = (
        select(func.min(later.recorded_at))
        .where(
            later.referral_id == ConsentRow.referral_id,
            later.kind == ConsentRow.kind,
            later.recorded_at > ConsentRow.recorded_at,
        )
        .scalar_subquery()
    )
    return of_referral(
        ConsentRow.id,
        ConsentRow.source,
        ConsentRow.kind,
        ConsentRow.given,
        case((replaced.is_not(None), "inactive"), (ConsentRow.given, "active"), else_="rejected").label(
            "status"
        ),
        ConsentRow.recorded_at.label("authored"),
        func.coalesce(replaced, ConsentRow.recorded_at).label("updated"),
        case((replaced.is_not(None), 2), else_=1).label("version"),
    ).join(ConsentRow, ConsentRow.referral_id == _R.id)


def _measures() -> Select[Any]:
    day = func.timezone("Europe/London", cast(MeasureRow.taken_on, DateTime(timezone=False)))
    return of_referral(
        MeasureRow.id,
        MeasureRow.measure,
        MeasureRow.phase,
        MeasureRow.answers,
        MeasureRow.version.label("measure_version"),
        MeasureRow.taken_on,
        cast(day, DateTime(timezone=True)).label("authored"),
        MeasureRow.recorded_at.label("updated"),
        literal("final", String).label("observed"),
        literal("completed", String).label("answered"),
    ).join(  # words alone are the person's and the team's; what was corrected or taken back stays with the team too
        MeasureRow,
        and_(
            MeasureRow.referral_id == _R.id, MeasureRow.skipped.is_(None), MeasureRow.answers != {}, stands()
        ),
    )


def _communications() -> Select[Any]:
    return of_referral(
        FeedbackRow.id,
        FeedbackRow.version,
        FeedbackRow.status,
        FeedbackRow.kind.label("news"),
        FeedbackRow.message_id,
        (literal("urn:uuid:", String) + FeedbackRow.message_id).label("message"),
        FeedbackRow.transport,
        FeedbackRow.composed_at.label("authored"),
        FeedbackRow.sent_at.label("sent"),
        func.coalesce(FeedbackRow.delivered_at, FeedbackRow.acknowledged_at).label("received"),
        # Steps of the news name no message: the newest of the referral's is never too early.
        func.greatest(FeedbackRow.composed_at, steps(func.max(_T.at), _T.track.not_in(TOLD_OF_CARE))).label(
            "updated"
        ),
    ).join(FeedbackRow, FeedbackRow.referral_id == _R.id)


def _audit_events() -> Select[Any]:
    """What was done with a referral, and who was refused it: such a line names the id that was asked for alone."""
    its_id = AuditRow.subject_id == cast(_R.id, Text)
    done = and_(AuditRow.person_id == _R.person_id, its_id)
    refused = and_(AuditRow.act == _REFUSED, its_id)
    told = AuditRow.detail
    return (
        of_referral(
            AuditRow.seq.label("id"),
            AuditRow.act,
            told["purpose"].astext.label("purpose"),
            case((AuditRow.act == _REFUSED, told["method"].astext)).label("method"),
            case((AuditRow.act == _REFUSED, cast(told["status"].astext, Integer))).label("status"),
            AuditRow.role,
            AuditRow.organisation_id,
            _Doer.name.label("organisation_name"),
            AuditRow.at.label("authored"),
            AuditRow.at.label("updated"),
        )
        .join(AuditRow, or_(done, refused))
        .outerjoin(_Doer, _Doer.id == AuditRow.organisation_id)
    )


def _provenances() -> Select[Any]:
    moved = case((_T.track.in_(TOLD_OF_CARE), func.coalesce(_T.placement_id, _T.referral_id)))
    return (
        of_referral(
            _T.id,
            _T.track,
            _T.action,
            _T.reason,
            _T.id.label("step"),
            _T.said,
            _T.role,
            _T.organisation_id,
            _Doer.name.label("organisation_name"),
            moved.label("task_id"),
            _T.at.label("authored"),
            _T.at.label("updated"),
        )
        .join(_T, _T.referral_id == _R.id)
        .outerjoin(_Doer, _Doer.id == _T.organisation_id)
    )


def _patients() -> Any:
    own = (_R.person_id == PersonRow.id, LIVE)
    # A person comes into a practice's sight by its first referral, however long ago they last changed.
    updated = func.greatest(
        PersonRow.updated_at, select(func.max(_R.received_at)).where(*own).scalar_subquery()
    )
    columns = (PersonRow.id, PersonRow.nhs_number_index, updated.label("updated"))
    return select(*columns).where(exists().where(*own))


def _patients_told() -> Any:
    """A practice's people, found and dated by its own words: of another's nothing shows, not even when they came."""
    word = PersonWordRow
    own = (_R.person_id == word.person_id, LIVE)
    received = select(func.max(_R.received_at)).where(*own).scalar_subquery()
    updated = func.greatest(word.updated_at, received).label("updated")
    return select(word.person_id.label("id"), word.nhs_number_index, updated).where(exists().where(*own))


def _organisations() -> Any:
    row = OrganisationRow
    fence = fence_of(row).label("fence")
    return select(row.id, row.name, row.ods, row.kind, row.updated_at.label("updated"), fence)


def _services() -> Any:
    row = ServiceRow
    own = (
        row.id,
        row.name,
        row.description,
        row.provider_id,
        row.needs,
        row.areas,
        row.languages,
        row.capacity,
    )
    updated = func.greatest(row.updated_at, OrganisationRow.updated_at).label("updated")
    fence = fence_of(OrganisationRow).label("fence")
    query = select(*own, OrganisationRow.name.label("provider_name"), updated, fence)
    return query.join(OrganisationRow, OrganisationRow.id == row.provider_id)


def _subqueries(**queries: Any) -> Mapping[str, Subquery]:
    return MappingProxyType({kind: query.subquery(kind.lower()) for kind, query in queries.items()})


_EVERYBODYS = {"Organization": _organisations(), "HealthcareService": _services()}
_OF_ONES_REFERRALS = _subqueries(
    **_EVERYBODYS,
    ServiceRequest=service_requests(),
    Task=tasks(),
    Patient=_patients(),
    Consent=_consents(),
    CarePlan=care_plans(),
    Observation=_measures(),
    QuestionnaireResponse=_measures(),
    Communication=_communications(),
    AuditEvent=_audit_events(),
    Provenance=_provenances(),
)
_OF_A_PRACTICE = _subqueries(Patient=_patients_told())
_OF_A_PERSON = _subqueries(Consent=_all_consents())
# A provider's own measures and steps are what row-level security leaves of all; what the practice said of consent,
# what it is told and who looked is none of its business.
_OF_ONES_PLACEMENTS = _subqueries(
    **_EVERYBODYS,
    ServiceRequest=select(orders()),
    Task=placement_tasks(),
    Patient=own_patients(),
    Consent=_consents().where(false()),
    CarePlan=own_plans(),
    Observation=_measures(),
    QuestionnaireResponse=_measures(),
    Communication=_communications().where(false()),
    AuditEvent=_audit_events().where(false()),
    Provenance=_provenances(),
)


# What a provider is led to by a reference and finds by its id alone: in other searches each Task would stand twice.
_OF_ONES_REFERENCES = _subqueries(Task=union_all(placement_tasks(), request_tasks()))


def source_of(kind: str, role: Role, *, by_id: bool = False) -> Subquery:
    """Return what a resource type is read of for somebody in this role; `by_id` by somebody who knows its id."""
    if by_id and role is Role.PROVIDER and kind in _OF_ONES_REFERENCES:
        return _OF_ONES_REFERENCES[kind]
    if role is Role.PRACTICE and kind in _OF_A_PRACTICE:
        return _OF_A_PRACTICE[kind]
    if role is Role.RESIDENT and kind in _OF_A_PERSON:
        return _OF_A_PERSON[kind]
    return (_OF_ONES_PLACEMENTS if role is Role.PROVIDER else _OF_ONES_REFERRALS)[kind]
