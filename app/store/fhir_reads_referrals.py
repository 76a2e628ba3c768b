"""Referrals, their plan and the Tasks made of their steps, as the FHIR door searches them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    String,
    Subquery,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import aliased

from app.domain.lifecycle import Action, PlacementStatus, ReferralStatus, Track
from app.domain.stage_then import PERSON_SAID_NO, WITH_OUTCOME
from app.domain.vocabulary import Role
from app.store.tables import OrganisationRow
from app.store.tables_care import OutcomeRow, ReferralRow, TransitionRow

_R, _T = ReferralRow, TransitionRow
_Practice, _Team, _Owner = (aliased(OrganisationRow) for _ in range(3))
LOADED_TOO = "loaded_too"
# What was loaded from before the platform was never asked through it: no search finds it. A document of one referral
# tells of it all the same, and says so with this parameter.
LIVE = or_(_R.is_history.is_(False), bindparam(LOADED_TOO, value=False, type_=Boolean))
_BEFORE = "ended-before-it-began"
TOLD_OF_CARE = (Track.REFERRAL, Track.PLACEMENT)  # the other tracks are those of messages


def steps(column: Any, *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    """An aggregate over a referral's own steps."""
    return select(column).where(_T.referral_id == _R.id, *conditions).correlate(_R).scalar_subquery()


def _stage() -> ColumnElement[str]:
    """A referral's status with its past folded in; see fhir.views_words. One that was loaded has no steps to tell."""
    began = exists().where(
        _T.referral_id == _R.id,
        _T.track == Track.REFERRAL,
        or_(_T.after == ReferralStatus.ACTIVE, _T.action == Action.REOPEN),
    )
    ended_early = and_(
        _R.status.in_([ReferralStatus.ENDED_EARLY, ReferralStatus.CLOSED]), _R.end_reason.is_not(None)
    )
    return case(
        (and_(_R.status == ReferralStatus.IN_TRIAGE, began), "in-triage-again"),
        (and_(ended_early, or_(_R.end_reason == PERSON_SAID_NO, and_(~began, ~_R.is_history))), _BEFORE),
        (ended_early, "ended-early"),
        (_R.status == ReferralStatus.CLOSED, "completed"),
        else_=_R.status,
    )


def placement_stage(
    told_as: Any, status: Any, reason: Any, *, began: ColumnElement[bool]
) -> ColumnElement[str]:
    """What a placement's end was told as, else its status; an end before help began stands apart."""
    before = and_(status == PlacementStatus.ENDED_EARLY, or_(reason == PERSON_SAID_NO, ~began))
    return func.coalesce(told_as, case((before, _BEFORE), else_=status))


def newest_outcome(*conditions: ColumnElement[bool]) -> ColumnElement[str]:
    """The state of the newest outcome that meets the conditions."""
    newest = select(OutcomeRow.state).where(*conditions).order_by(OutcomeRow.recorded_at.desc())
    return newest.limit(1).scalar_subquery()


def of_referral(*columns: Any) -> Select[Any]:
    """Select columns beside those that every record of a referral has."""
    own = (_R.id.label("referral_id"), _R.person_id, _R.requester_id, _R.team_id)
    names = (_Practice.name.label("requester_name"), _Team.name.label("team_name"))
    return (
        select(*own, *names, *columns)
        .join(_Practice, _Practice.id == _R.requester_id)
        .join(_Team, _Team.id == _R.team_id)
        .where(LIVE)
    )


def _priority() -> ColumnElement[str]:
    """As its requester asked; whoever helps reads how the request is worked, with others that are one with it."""
    helps = func.current_setting("app.role") == Role.PROVIDER
    return case((helps, _R.priority), else_=func.coalesce(_R.asked_priority, _R.priority))


def service_requests() -> Select[Any]:
    """One row a referral."""
    return of_referral(
        _R.id,
        _R.version,
        _R.reference,
        _R.requester_reference,
        _R.requester_identifiers,
        _R.reason,
        _R.order_sent,
        _R.original_bundle_id,
        _priority().label("priority"),
        _R.needs,
        _stage().label("stage"),
        literal("871731000000106", String).label("code"),
        func.coalesce(_R.authored_on, _R.received_at).label("authored"),
        _R.updated_at.label("updated"),
        _R.team_id.label("performer_id"),
    )


def tasks() -> Any:
    """One row a referral, under its own id, and one a placement."""
    return union_all(_referral_tasks(), _placement_tasks())


def _referral_tasks() -> Select[Any]:
    own = _T.track == Track.REFERRAL
    return (
        select(
            _R.id,
            cast(null(), Uuid).label("part_of"),
            _R.id.label("referral_id"),
            _R.person_id,
            _stage().label("stage"),
            _R.status,
            _R.end_reason.label("reason"),
            _R.received_at.label("authored"),
            func.coalesce(steps(func.max(_T.at), own), _R.received_at).label("updated"),
            steps(func.count(), own).label("version"),
            _R.requester_id,
            _Practice.name.label("requester_name"),
            _R.team_id.label("owner_id"),
            _Team.name.label("owner_name"),
            case((_R.status.in_(WITH_OUTCOME), newest_outcome(OutcomeRow.referral_id == _R.id))).label(
                "outcome"
            ),
            literal("fulfill", String).label("code"),
            cast(null(), Integer).label("step"),
            cast(null(), LargeBinary).label("said"),
        )
        .join(_Practice, _Practice.id == _R.requester_id)
        .join(_Team, _Team.id == _R.team_id)
        .where(LIVE)
    )


def _placement_tasks() -> Select[Any]:
    """A placement as its steps tell it: the practice sees no placement, so neither offers nor plans of others show."""
    moved = _moved().c
    outcome = newest_outcome(OutcomeRow.placement_id == moved.id)
    return (
        select(
            moved.id,
            _R.id.label("part_of"),
            _R.id.label("referral_id"),
            _R.person_id,
            placement_stage(moved.stage, moved.status, moved.reason, began=moved.began).label("stage"),
            moved.status,
            moved.reason,
            moved.authored,
            moved.updated,
            moved.version,
            _R.team_id.label("requester_id"),
            _Team.name.label("requester_name"),
            moved.owner_id,
            _Owner.name.label("owner_name"),
            case((moved.status.in_(WITH_OUTCOME), outcome)).label("outcome"),
            literal("fulfill", String).label("code"),
            moved.step,
            moved.said,
        )
        .join(_R, _R.id == moved.referral_id)
        .join(_Team, _Team.id == _R.team_id)
        .outerjoin(_Owner, _Owner.id == moved.owner_id)
        .where(LIVE)
    )


def _moved() -> Subquery:
    """Each placement, from its steps; its provider is known from the first step that the provider took."""

    def latest(column: Any, kind: Any) -> ColumnElement[Any]:
        return func.array_agg(aggregate_order_by(column, _T.id.desc()), type_=ARRAY(kind))[1]

    providers = func.array_agg(_T.organisation_id, type_=ARRAY(Uuid)).filter(_T.role == Role.PROVIDER)
    return (
        select(
            _T.placement_id.label("id"),
            _T.referral_id,
            latest(_T.after, Text).label("status"),
            latest(_T.reason, Text).label("reason"),
            latest(_T.said, LargeBinary).label("said"),
            func.max(_T.id).label("step"),
            func.min(_T.at).label("authored"),
            func.max(_T.at).label("updated"),
            func.count().label("version"),
            func.bool_or(_T.after == PlacementStatus.STARTED).label("began"),
            func.max(_T.stage).label("stage"),
            func.array_remove(providers, None, type_=ARRAY(Uuid))[1].label("owner_id"),
        )
        .where(_T.placement_id.is_not(None), _T.track == Track.PLACEMENT)
        .group_by(_T.placement_id, _T.referral_id)
        .subquery("moved")
    )


def care_plans() -> Select[Any]:
    """One row a referral."""
    told = _T.track.in_(TOLD_OF_CARE)
    written = select(func.max(OutcomeRow.recorded_at)).where(OutcomeRow.referral_id == _R.id)
    outcomes = select(func.count()).where(OutcomeRow.referral_id == _R.id).select_from(OutcomeRow)
    return of_referral(
        _R.id,
        _stage().label("stage"),
        _R.received_at.label("authored"),
        _R.ended_at,
        func.greatest(_R.received_at, steps(func.max(_T.at), told), written.scalar_subquery()).label(
            "updated"
        ),
        (steps(func.count(), told) + outcomes.scalar_subquery()).label("version"),
    )
