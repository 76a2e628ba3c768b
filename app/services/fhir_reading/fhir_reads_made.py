"""Makes FHIR resources of the rows that were read: values first, cut to what a practice may see, then written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, TypeVar

import orjson

from app.domain.measures import Audience, Measure
from app.domain.referral import Person
from app.domain.vocabulary import (
    DECLINE_REASONS,
    END_REASONS,
    NEED_WORDS,
    OUTCOME_WORDS,
    PAUSE_REASONS,
    REOPEN_REASONS,
    WITHDRAW_REASONS,
    Need,
    OutcomeState,
    Role,
)
from app.store import fhir_reads_plans as plans
from app.store import people
from app.store.crypto import Cell
from app.store.fhir_reads import Row
from app.store.session import Tx
from app.store.transitions import said_in
from fhir import views, views_audit, views_evidence, views_parties
from fhir.views_kinds import Kind
from fhir.views_values import (
    Coded,
    ConsentShown,
    Doer,
    ItemShown,
    LineShown,
    MeasureShown,
    NewsShown,
    OrganisationShown,
    OutcomeShown,
    PatientShown,
    PlanShown,
    ReferralShown,
    ServiceShown,
    StepShown,
    TaskShown,
)

Json = dict[str, Any]
Shown = TypeVar("Shown")
# A person's own file may be read by somebody else: see app.services.own.my_data.
RISKS_KEPT_BACK: Final = "Not in this file. Ask your link worker: they show you."
_AS_TEXT: Final = frozenset({"version"})
_REASONS: Final = {**PAUSE_REASONS, **REOPEN_REASONS, **WITHDRAW_REASONS, **END_REASONS, **DECLINE_REASONS}


def made(tx: Tx, kind: Kind, rows: Sequence[Row], *, audit: str) -> list[Json]:
    """Return a resource a row, in their order; what has no version of its own gets the digest of its content."""
    if kind.type == "Patient":
        resources = _patients(tx, rows, audit)
    elif kind.type == "ServiceRequest":
        resources = _service_requests(tx, rows)
    elif kind.type == "CarePlan":
        resources = _care_plans(tx, rows, audit)
    elif kind.type in _OF_STEPS:
        write = _OF_STEPS[kind.type]
        resources = [write(row, said) for row, said in zip(rows, said_of(tx, rows), strict=True)]
    elif kind.type in _OF_MEASURES:
        resources = [_OF_MEASURES[kind.type](_measure(tx, row)) for row in rows]
    else:
        resources = [_WRITERS[kind.type](row) for row in rows]
    return [versioned(resource) for resource in resources]


def versioned(resource: Json) -> Json:
    """Return a resource with the digest of its content for a version where it has none of its own."""
    meta = resource.get("meta", {})
    if "versionId" in meta:
        return resource
    digest = hashlib.sha256(orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
    return resource | {"meta": {"versionId": digest, **meta}}


def shown(value: type[Shown], row: Row, **more: Any) -> Shown:
    """Fill a value from the columns of the same names; ids and versions become text."""
    told = {
        each.name: _plain(each.name, row[each.name])
        for each in fields(value)  # type: ignore[arg-type]  # every value is a dataclass
        if each.name not in more
    }
    return value(**told, **more)


def _plain(name: str, value: Any) -> Any:
    is_id = name == "id" or name.endswith("_id") or name == "part_of" or name in _AS_TEXT
    if isinstance(value, list):
        return tuple(value)
    return str(value) if is_id and value is not None else value


def needs_of(codes: Iterable[str]) -> tuple[Coded, ...]:
    """Return needs with their words."""
    return tuple(Coded(code, NEED_WORDS[Need(code)]) for code in codes)


def reason_of(code: str | None) -> Coded | None:
    """Return a coded reason with its words, of whichever of our lists it is."""
    return Coded(code, _REASONS.get(code, code)) if code else None


def said_of(tx: Tx, rows: Sequence[Row]) -> Sequence[str | None]:
    """Return for each row what was said with the step that it is, or stands at, beside the coded reason."""
    return people.open_many(tx, [(row["person_id"], said_in(row["step"]), row["said"]) for row in rows])


def state_of(state: str) -> Coded:
    """Return an outcome's state with its words."""
    return Coded(state, OUTCOME_WORDS[OutcomeState(state)])


def _service_requests(tx: Tx, rows: Sequence[Row]) -> list[Json]:
    """Requests as their practice wrote them, the words as they stood in the version that a row is of."""
    sealed = [
        (row["person_id"], Cell("referral", column, row["id"]), row[column])
        for row in rows
        for column in ("reason", "order_sent")
    ]
    opened = people.open_many(tx, sealed)
    return [
        views.service_request(
            shown(
                ReferralShown,
                row,
                needs=needs_of(row["needs"]),
                notes=tuple(words.split("\n\n")) if words else (),
                order=orjson.loads(order) if order else {},
            )
        )
        for row, words, order in zip(rows, opened[::2], opened[1::2], strict=True)
    ]


def _task(row: Row, said: str | None) -> Json:
    return views.task(task_of(row, said))


def task_of(row: Row, said: str | None, words: tuple[tuple[str, str | int], ...] = ()) -> TaskShown:
    """Return a Task's value; `words` are those of its end, for the provider that said them."""
    outcome = state_of(row["outcome"]) if row["outcome"] else None
    return shown(TaskShown, row, reason=reason_of(row["reason"]), outcome=outcome, said=said, words=words)


def _measure(tx: Tx, row: Row) -> MeasureShown:
    """A measure's value; of one whose single answers stay in the team, the total alone."""
    answers = row["answers"]
    measure = tx.measures.find(row["measure"], row["measure_version"])
    is_team = tx.actor.role in (Role.LINK_WORKER, Role.RESIDENT)
    if (
        measure is None
    ):  # its file is gone: nobody knows its words, or who may see its answers beside the team
        told = answers.items() if is_team else ()
        bare = tuple(ItemShown(code, code, value) for code, value in told)
        return shown(MeasureShown, row, measure=Coded(row["measure"], row["measure"]), items=bare, total=None)
    items = (
        ItemShown(item.code, measure.display(item.code), answers[item.code])
        for item in measure.items
        if item.code in answers
    )
    may_see = measure.audience is Audience.EVERYBODY or is_team
    return shown(
        MeasureShown,
        row,
        measure=Coded(measure.code, measure.name),
        items=tuple(items) if may_see else (),
        total=_total(measure, measure.scores(answers)),
    )


def _total(measure: Measure, found: Mapping[str, float]) -> float | None:
    return found.get(measure.total_code) if measure.total_code else None


def _audit_event(row: Row) -> Json:
    told = shown(LineShown, row, id=f"line-{row['id']}", at=row["authored"], by=_doer(row))
    return views_audit.audit_event(told)


def _provenance(row: Row, said: str | None) -> Json:
    own = {"id": f"step-{row['id']}", "at": row["authored"], "by": _doer(row)}
    told = shown(StepShown, row, **own, reason=reason_of(row["reason"]), said=said)
    return views_evidence.provenance(told)


def _doer(row: Row) -> Doer:
    return shown(Doer, row)


_OF_STEPS: Final[Mapping[str, Callable[[Row, str | None], Json]]] = {
    "Task": _task,
    "Provenance": _provenance,
}
_OF_MEASURES: Final[Mapping[str, Callable[[MeasureShown], Json]]] = {
    "Observation": views_evidence.observation,
    "QuestionnaireResponse": views_evidence.questionnaire_response,
}
_WRITERS: Final[Mapping[str, Callable[[Row], Json]]] = {
    "Organization": lambda row: views_parties.organization(shown(OrganisationShown, row)),
    "HealthcareService": lambda row: views_parties.healthcare_service(
        shown(ServiceShown, row, needs=needs_of(row["needs"]))
    ),
    "Consent": lambda row: views_parties.consent(shown(ConsentShown, row)),
    "Communication": lambda row: views.communication(shown(NewsShown, row)),
    "AuditEvent": _audit_event,
}


def _patients(tx: Tx, rows: Sequence[Row], audit: str) -> list[Json]:
    known = people.list_for_referrals(tx, [row["id"] for row in rows], audit=audit)
    return [
        views_parties.patient(_patient(known[row["id"]], row["updated"]))
        for row in rows
        if row["id"] in known
    ]


def _patient(person: Person, updated: datetime) -> PatientShown:
    details, hidden = person.details, person.restricted
    return PatientShown(
        id=str(person.id),
        nhs_number=details.nhs_number,
        nhs_number_verified=person.identity_confirmed,
        prefix=details.prefix,
        given=details.given,
        family=details.family,
        gender=details.gender,
        birth_date=details.birth_date,
        language=details.language,
        address_lines=() if hidden else details.address_lines,
        postcode=None if hidden else details.postcode,
        phones=() if hidden else details.phones,
        email=None if hidden else details.email,
        restricted=hidden,
        deceased=person.deceased,
        updated=updated,
    )


def _care_plans(tx: Tx, rows: Sequence[Row], audit: str) -> list[Json]:
    wanted = {row["id"]: row["person_id"] for row in rows}
    placements = plans.placements_of(tx, wanted)
    outcomes = plans.outcomes_of(tx, wanted, audit=audit)
    return [
        views.care_plan(
            shown(
                PlanShown,
                row,
                placements=tuple(str(each) for each in placements.get(row["id"], ())),
                outcomes=tuple(_outcome(each, tx.actor.role) for each in outcomes.get(row["id"], ())),
            )
        )
        for row in rows
    ]


def _outcome(written: plans.Written, reader: Role) -> OutcomeShown:
    outcome = written.outcome
    return OutcomeShown(
        placement_id=str(written.placement_id) if written.placement_id else None,
        state=state_of(outcome.state),
        summary=outcome.summary,
        actions=outcome.actions,
        risks=RISKS_KEPT_BACK if reader is Role.RESIDENT else outcome.risks,
        goal=outcome.goal,
        goal_before=outcome.goal_before,
        goal_after=outcome.goal_after,
    )
