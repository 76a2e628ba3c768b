"""Sets a place up: organisations, people who sign in, services; every problem at once, all audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from app.domain.access import system
from app.domain.areas import read_area
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.identifiers import OdsCode
from app.domain.referral import Organisation, Service
from app.domain.sources import SOURCES, SourceKind
from app.domain.vocabulary import (
    Capacity,
    Environment,
    FeedbackFormat,
    Need,
    OrganisationKind,
    ProgressMessages,
    Role,
)
from app.services.signing_in import passwords
from app.services.signing_in.sign_in import hash_password
from app.store import accounts, directory
from app.store.audit import Entry
from app.store.session import Database, Tx

_STEWARD = system("command-line")
_USUAL_PROGRESS = {  # a letter on every step would be one more thing to file, and says nothing that asks for filing
    FeedbackFormat.BARS: ProgressMessages.ALL,
    FeedbackFormat.SEND_DOCUMENT: ProgressMessages.OUTCOME_ONLY,
    FeedbackFormat.LETTER: ProgressMessages.OUTCOME_ONLY,
}
ROLES_OF = {
    OrganisationKind.TEAM: (Role.LINK_WORKER,),
    OrganisationKind.PROVIDER: (Role.PROVIDER,),
    OrganisationKind.PRACTICE: (Role.PRACTICE,),
    OrganisationKind.PLACE: (Role.STEWARD, Role.ANALYST),
}


@dataclass(frozen=True, slots=True)
class NewPractice:
    """A practice or another source: who triages its referrals, what it may send, how its system is told."""

    name: str
    ods: str | None  # only a GP practice must have one
    team_id: UUID
    use_cases: tuple[str, ...] = ("sp1",)
    environment: Environment = Environment.LIVE
    feedback_transport: str | None = None
    feedback_address: str | None = None
    feedback_format: FeedbackFormat = FeedbackFormat.BARS
    progress: ProgressMessages | None = (
        None  # None: all for a system that reads messages, else the outcome only
    )
    parks_unknown_use_cases: bool = (
        False  # a use case not set up waits for the steward in place of being refused
    )
    source_kind: SourceKind = SourceKind.PRACTICE


def add_organisation(
    db: Database, kind: OrganisationKind, name: str, *, provider_kind: str | None = None
) -> UUID:
    """Write the place, a team or a provider; return its id. Raises Invalid, of a second place too."""
    problems = _name_problems(name)
    if kind is OrganisationKind.PRACTICE:
        problems.append(FieldProblem("kind", "A practice is added with its ODS code and its team."))
    if provider_kind is not None and kind is not OrganisationKind.PROVIDER:
        problems.append(FieldProblem("paid", "Only a provider is paid in one way or another."))
    blank = _blank(kind, name)
    new = Organisation(**(blank | {"provider_kind": provider_kind}))
    with db.transaction(_STEWARD) as tx:
        problems += _place_problems(tx, kind)
        if problems:
            raise Invalid(problems)
        return _write(tx, new)


def _place_problems(tx: Tx, kind: OrganisationKind) -> list[FieldProblem]:
    """One installation serves one place, whose rules hold for everybody in it."""
    place = directory.find_place(tx) if kind is OrganisationKind.PLACE else None
    if place is None:
        return []
    sentence = (
        f"This installation serves {place.name} already. Another place needs an installation of its own."
    )
    return [FieldProblem("kind", sentence, "duplicate")]


def add_practice(db: Database, new: NewPractice) -> UUID:
    """Write a practice, or another source; raises Invalid for a wrong code, an unknown team, half a way of telling."""
    ods, problems = _code_of(new)
    problems += _problems_of_telling(new)
    with db.transaction(_STEWARD) as tx:
        if ods and directory.find_organisation_by_ods(tx, ods) is not None:
            problems.append(
                FieldProblem("ods", "An organisation with this ODS code is set up already.", "duplicate")
            )
        if new.feedback_transport == "mesh" and directory.find_practice_by_mailbox(
            tx, new.feedback_address or ""
        ):
            sentence = (
                "Another practice has this mailbox: whose acknowledgement came out of it could not be told. "
                "Give each practice its own, or the second one the URL of a FHIR endpoint."
            )
            problems.append(FieldProblem("feedback", sentence, "duplicate"))
        team = _find_organisation(tx, new.team_id)
        if team is None or team.kind != OrganisationKind.TEAM:
            problems.append(FieldProblem("team", "The team must be a link worker team: none has this id."))
    if problems:
        raise Invalid(problems)
    told = {
        "ods": ods,
        "environment": new.environment,
        "use_cases": new.use_cases,
        "team_id": new.team_id,
        "feedback_transport": new.feedback_transport,
        "feedback_address": new.feedback_address,
        "feedback_format": new.feedback_format,
        "parks_unknown_use_cases": new.parks_unknown_use_cases,
        "progress_messages": new.progress or _USUAL_PROGRESS[new.feedback_format],
        "source_kind": new.source_kind,
    }
    with db.transaction(_STEWARD) as tx:
        return _write(tx, Organisation(**(_blank(OrganisationKind.PRACTICE, new.name) | told)))


def _code_of(new: NewPractice) -> tuple[str | None, list[FieldProblem]]:
    problems = _name_problems(new.name)
    if not new.ods:
        if SOURCES[new.source_kind].needs_ods:
            problems.append(FieldProblem("ods", "A GP practice is known by its ODS code.", "required"))
        return None, problems
    try:
        return OdsCode(new.ods).value, problems
    except Invalid as fault:
        return new.ods, [*problems, *fault.problems]


def _problems_of_telling(new: NewPractice) -> list[FieldProblem]:
    problems = []
    if new.feedback_transport is not None and SOURCES[new.source_kind].is_silent:
        sentence = f"Nothing is sent to a source of the kind {new.source_kind}: leave out how it is told."
        problems.append(FieldProblem("feedback", sentence))
    if new.progress is ProgressMessages.ALL and new.feedback_format is not FeedbackFormat.BARS:
        sentence = "A letter or a document is filed by a person and tells of an end: "
        sentence += "take outcome-only, or the format bars."
        problems.append(FieldProblem("progress", sentence))
    if (new.feedback_transport is None) != (new.feedback_address is None):
        sentence = "Give both the transport (mesh or fhir) and its address, or neither."
        problems.append(FieldProblem("feedback", sentence))
    if new.feedback_transport not in (None, "mesh", "fhir"):
        problems.append(FieldProblem("feedback", "The transport is mesh or fhir."))
    if new.feedback_format is not FeedbackFormat.BARS and new.feedback_transport == "fhir":
        sentence = (
            "A letter or a document goes by MESH: give the practice's mailbox, or take the format bars."
        )
        problems.append(FieldProblem("format", sentence))
    return problems


def add_user(
    db: Database, organisation_id: UUID, role: Role, *, username: str, full_name: str, password: str
) -> UUID:
    """Write somebody who signs in; raises Invalid for a role that is not of the organisation or a short password."""
    problems = _password_problems(password, (username, full_name))
    with db.transaction(_STEWARD) as tx:
        organisation = _find_organisation(tx, organisation_id)
        if organisation is None:
            problems.append(FieldProblem("organisation", "No organisation has this id.", "not-found"))
        elif not organisation.source.signs_in:
            sentence = "Nobody signs in for people who ask for themselves: they have the public page."
            problems.append(FieldProblem("organisation", sentence))
        elif role not in ROLES_OF[OrganisationKind(organisation.kind)]:
            words = " or ".join(ROLES_OF[OrganisationKind(organisation.kind)])
            problems.append(FieldProblem("role", f"At a {organisation.kind} people act as {words}."))
        if not username.strip() or not full_name.strip():
            problems.append(FieldProblem("username", "Give a user name and a full name.", "required"))
        if accounts.find_account(tx, username) is not None:
            problems.append(FieldProblem("username", "This user name is taken.", "duplicate"))
        if problems:
            raise Invalid(problems)
        account = accounts.new_account(organisation_id, role, username, full_name, hash_password(password))
        accounts.add_account(tx, account)
        tx.audit(Entry("add account", "account", str(account.id), None, {"role": role.value}))
    return account.id


def _password_problems(password: str, names: Sequence[str]) -> list[FieldProblem]:
    try:
        passwords.check(password, names)
    except Invalid as fault:
        return list(fault.problems)
    return []


def add_service(
    db: Database, provider_id: UUID, name: str, needs: Sequence[Need], *, areas: Sequence[str] = ()
) -> UUID:
    """Write what a provider offers, open to everybody; the directory's other fields have their usual values.

    Raises Invalid for an empty name, or an id that is no provider's.
    """
    problems = _name_problems(name)
    with db.transaction(_STEWARD) as tx:
        provider = _find_organisation(tx, provider_id)
        if provider is None or provider.kind != OrganisationKind.PROVIDER:
            problems.append(
                FieldProblem("provider", "A service belongs to a provider: no provider has this id.")
            )
        if problems or provider is None:
            raise Invalid(problems)
        service = Service(
            id=uuid4(),
            provider_id=provider_id,
            provider_name=provider.name,
            name=name.strip(),
            description="",
            needs=tuple(needs),
            areas=tuple(read_area(area) for area in areas),
            min_age=None,
            max_age=None,
            genders=(),
            languages=("en",),
            access=(),
            capacity=Capacity.OPEN,
            places_left=None,
            answer_days=5,
            verified_on=tx.today,
        )
        directory.add_service(tx, service)
        tx.audit(Entry("add service", "service", str(service.id)))
    return service.id


def _name_problems(name: str) -> list[FieldProblem]:
    return [] if name.strip() else [FieldProblem("name", "Give it a name.", "required")]


def _find_organisation(tx: Tx, organisation_id: UUID) -> Organisation | None:
    try:
        return directory.get_organisation(tx, organisation_id)
    except NotFound:
        return None


def _blank(kind: OrganisationKind, name: str) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "kind": kind,
        "name": name.strip(),
        "ods": None,
        "environment": Environment.LIVE,
        "use_cases": (),
        "team_id": None,
        "feedback_transport": None,
        "feedback_address": None,
        "provider_kind": None,
    }


def _write(tx: Tx, organisation: Organisation) -> UUID:
    directory.add_organisation(tx, organisation)
    told = {"kind": str(organisation.kind)}
    tx.audit(Entry("add organisation", "organisation", str(organisation.id), None, told))
    return organisation.id
