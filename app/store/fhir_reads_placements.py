"""The same records as a provider may search them: its own placements, and of a referral only what belongs to them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    String,
    Subquery,
    Text,
    Uuid,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.orm import aliased

from app.domain.disclosure import PROFILES
from app.domain.lifecycle import OPEN_PLACEMENT, PlacementStatus, ReferralStatus, Track
from app.domain.stage_then import WITH_OUTCOME
from app.store.fhir_reads_referrals import LIVE, newest_outcome, placement_stage
from app.store.tables import OrganisationRow, ServiceRow
from app.store.tables_care import OutcomeRow, PersonRow, PlacementRow, ReferralRow, TransitionRow

_R, _P, _T = ReferralRow, PlacementRow, TransitionRow
_Team, _Provider = (aliased(OrganisationRow) for _ in range(2))
DISCLOSING: Final = tuple(status for status, fields in PROFILES.items() if fields)


def _stage() -> ColumnElement[str]:
    told_as, began = _steps(func.max(_T.stage)), _P.started_at.is_not(None)
    return placement_stage(told_as, _P.status, _P.reason, began=began)


def _steps(column: Any) -> ColumnElement[Any]:
    """An aggregate over a placement's own steps."""
    own = (_T.placement_id == _P.id, _T.track == Track.PLACEMENT)
    return select(column).where(*own).correlate(_P).scalar_subquery()


def _said() -> ColumnElement[Any]:
    """What was said with a placement's newest step, sealed."""
    own = (_T.placement_id == _P.id, _T.track == Track.PLACEMENT)
    newest = select(_T.said).where(*own).order_by(_T.id.desc()).limit(1)
    return newest.correlate(_P).scalar_subquery()


def _of_placement(*columns: Any) -> Select[Any]:
    """Select columns beside those that every record of a placement has; rows of others are absent."""
    own = (
        _P.referral_id,
        _R.person_id,
        _R.team_id.label("requester_id"),
        _Team.name.label("requester_name"),
        _Provider.name.label("owner_name"),
    )
    return (
        select(*own, *columns)
        .join(_R, _R.id == _P.referral_id)
        .join(_Team, _Team.id == _R.team_id)
        .join(_Provider, _Provider.id == _P.provider_id)
        .where(LIVE)
    )


def placement_tasks() -> Select[Any]:
    """One row a placement, in the columns of `fhir_reads_referrals.tasks`."""
    return _of_placement(
        _P.id,
        _P.referral_id.label("part_of"),
        _stage().label("stage"),
        _P.status,
        _P.reason,
        _P.offered_at.label("authored"),
        func.coalesce(_steps(func.max(_T.at)), _P.offered_at).label("updated"),
        _steps(func.count()).label("version"),
        _P.provider_id.label("owner_id"),
        case((_P.status.in_(WITH_OUTCOME), newest_outcome(OutcomeRow.placement_id == _P.id))).label(
            "outcome"
        ),
        literal("fulfill", String).label("code"),
        _steps(func.max(_T.id)).label("step"),
        _said().label("said"),
    )


def _went_on() -> ColumnElement[str]:
    """How a referral stands, as far as a placement's provider knows."""
    return case(
        (_P.status.in_(OPEN_PLACEMENT), ReferralStatus.ACTIVE),
        (_P.status == PlacementStatus.COMPLETED, ReferralStatus.COMPLETED),
        (_steps(func.max(_T.stage)) == ReferralStatus.ENTERED_IN_ERROR, ReferralStatus.ENTERED_IN_ERROR),
        else_=ReferralStatus.WITHDRAWN,
    )


def request_tasks() -> Select[Any]:
    """One row a referral: the Task of which a provider's own is a part, and of it no more than the provider knows.

    It goes on while the provider's newest placement is open and ends with it: what became of the referral with
    others is not the provider's to know, nor who asked.
    """
    went_on = _went_on()
    newest = (
        select(
            _P.referral_id,
            _R.person_id,
            cast(null(), Uuid).label("requester_id"),
            cast(null(), Text).label("requester_name"),
            _Team.name.label("owner_name"),
            _P.referral_id.label("id"),
            cast(null(), Uuid).label("part_of"),
            went_on.label("stage"),
            went_on.label("status"),
            cast(null(), Text).label("reason"),
            _P.offered_at.label("authored"),
            func.coalesce(_steps(func.max(_T.at)), _P.offered_at).label("updated"),
            cast(null(), Integer).label("version"),
            _R.team_id.label("owner_id"),
            cast(null(), Text).label("outcome"),
            literal("fulfill", String).label("code"),
            cast(null(), Integer).label("step"),
            cast(null(), LargeBinary).label("said"),
        )
        .join(_R, _R.id == _P.referral_id)
        .join(_Team, _Team.id == _R.team_id)
        .where(LIVE)
        .ext(distinct_on(_P.referral_id))
        .order_by(_P.referral_id, _P.offered_at.desc(), _P.id)
        .subquery("newest_request")
    )
    return select(*newest.c)


def orders() -> Subquery:
    """One row a referral, by its newest placement: what the team asks for, never what the practice wrote.

    For whoever is told nothing of it any more it last changed with its own placement: what the referral goes through
    later is not theirs to see, not even that it does.
    """
    own_end = func.coalesce(_steps(func.max(_T.at)), _P.offered_at)
    goes_on = func.greatest(_R.updated_at, own_end)
    newest = (
        _of_placement(
            _P.id.label("placement_id"),
            _P.status.label("placement_status"),
            _P.provider_id.label("performer_id"),
            _P.service_id,
            ServiceRow.name.label("service_name"),
            _P.referral_id.label("id"),
            _R.reference,
            cast(null(), JSONB).label("requester_identifiers"),
            _stage().label("stage"),
            literal("871731000000106", String).label("code"),
            _P.offered_at.label("authored"),
            case((_P.status.in_(DISCLOSING), goes_on), else_=own_end).label("updated"),
        )
        .join(ServiceRow, ServiceRow.id == _P.service_id)
        .ext(distinct_on(_P.referral_id))
        .order_by(_P.referral_id, _P.offered_at.desc(), _P.id)
    )
    return newest.subquery("newest_order")


def own_plans() -> Select[Any]:
    """One row a referral, by its newest placement; its steps and outcomes are those of all its placements here."""
    newest = (
        _of_placement(
            _P.referral_id.label("id"),
            _R.team_id,
            _Team.name.label("team_name"),
            _stage().label("stage"),
            _P.offered_at.label("authored"),
            _P.ended_at,
        )
        .ext(distinct_on(_P.referral_id))
        .order_by(_P.referral_id, _P.offered_at.desc(), _P.id)
        .subquery("newest_plan")
    ).c
    steps = select(func.max(_T.at)).where(_T.referral_id == newest.referral_id).scalar_subquery()
    count = select(func.count()).where(_T.referral_id == newest.referral_id).select_from(_T)
    written = select(func.max(OutcomeRow.recorded_at)).where(OutcomeRow.referral_id == newest.referral_id)
    outcomes = select(func.count()).where(OutcomeRow.referral_id == newest.referral_id)
    return select(
        *newest,
        func.greatest(newest.authored, steps, written.scalar_subquery()).label("updated"),
        (count.scalar_subquery() + outcomes.select_from(OutcomeRow).scalar_subquery()).label("version"),
    )


def own_patients() -> Any:
    """The people whom it helps or helped, or is asked to help; no number leads to any of them."""
    told = exists().where(
        _R.person_id == PersonRow.id, _P.referral_id == _R.id, _P.status.in_(DISCLOSING), LIVE
    )
    steps = select(func.max(_T.at)).where(_R.person_id == PersonRow.id, _T.referral_id == _R.id)
    updated = func.greatest(PersonRow.updated_at, steps.scalar_subquery())
    hidden = cast(null(), LargeBinary).label("nhs_number_index")
    return select(PersonRow.id, hidden, updated.label("updated")).where(told)


def open_first() -> tuple[Any, ...]:
    """The order in which placements speak for a person: what is going on, then what is newest."""
    return (_P.status.in_(OPEN_PLACEMENT).desc(), _P.offered_at.desc(), _P.id)
