"""Sets a place up: organisations, people who sign in, GP systems, services; every problem at once, all audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from app.domain.access import system
from app.domain.areas import read_area
from app.domain.errors import FieldProblem, Invalid
from app.domain.identifiers import OdsCode
from app.domain.referral import Organisation, Service
from app.domain.vocabulary import Capacity, Environment, FeedbackFormat, Need, OrganisationKind, Role
from app.services.sign_in import hash_password
from app.store import accounts, directory, machines
from app.store.audit import Entry
from app.store.machines import ApiClient
from app.store.session import Database

_STEWARD = system("command-line")
SHORTEST_PASSWORD = 12
_ROLES_OF = {
    OrganisationKind.TEAM: (Role.LINK_WORKER,),
    OrganisationKind.PROVIDER: (Role.PROVIDER,),
    OrganisationKind.PRACTICE: (Role.PRACTICE,),
    OrganisationKind.PLACE: (Role.STEWARD, Role.ANALYST),
}


@dataclass(frozen=True, slots=True)
class NewPractice:
    """A practice: who triages its referrals, what it may send, how its GP system is told."""

    name: str
    ods: str
    team_id: UUID
    use_cases: tuple[str, ...] = ("sp1",)
    environment: Environment = Environment.LIVE
    feedback_transport: str | None = None
    feedback_address: str | None = None
    feedback_format: FeedbackFormat = FeedbackFormat.BARS


def add_organisation(
    db: Database, kind: OrganisationKind, name: str, *, provider_kind: str | None = None
) -> UUID:
    """Write a place, a team or a provider; return its id."""
    if kind is OrganisationKind.PRACTICE:
        raise Invalid([FieldProblem("kind", "A practice is added with its ODS code and its team.")])
    blank = _blank(kind, name)
    return _write(db, Organisation(**(blank | {"provider_kind": provider_kind})))


def add_practice(db: Database, new: NewPractice) -> UUID:
    """Write a practice; raises Invalid for a wrong code, an unknown team, half a way of telling."""
    problems: list[FieldProblem] = []
    try:
        ods = OdsCode(new.ods).value
    except Invalid as fault:
        ods = new.ods
        problems += fault.problems
    problems += _problems_of_telling(new)
    with db.transaction(_STEWARD) as tx:
        if directory.find_organisation_by_ods(tx, ods) is not None:
            problems.append(
                FieldProblem("ods", "An organisation with this ODS code is set up already.", "duplicate")
            )
        if directory.get_organisation(tx, new.team_id).kind != OrganisationKind.TEAM:
            problems.append(FieldProblem("team", "The team must be a link worker team."))
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
    }
    return _write(db, Organisation(**(_blank(OrganisationKind.PRACTICE, new.name) | told)))


def _problems_of_telling(new: NewPractice) -> list[FieldProblem]:
    problems = []
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
    problems = []
    if len(password) < SHORTEST_PASSWORD:
        sentence = f"A password needs {SHORTEST_PASSWORD} characters; a few words are easy to remember."
        problems.append(FieldProblem("password", sentence))
    with db.transaction(_STEWARD) as tx:
        kind = OrganisationKind(directory.get_organisation(tx, organisation_id).kind)
        if role not in _ROLES_OF[kind]:
            words = " or ".join(_ROLES_OF[kind])
            problems.append(FieldProblem("role", f"At a {kind} people act as {words}."))
        if accounts.find_account(tx, username) is not None:
            problems.append(FieldProblem("username", "This user name is taken.", "duplicate"))
        if problems:
            raise Invalid(problems)
        account = accounts.new_account(organisation_id, role, username, full_name, hash_password(password))
        accounts.add_account(tx, account)
        tx.audit(Entry("add account", "account", str(account.id), None, {"role": role.value}))
    return account.id


def add_client(
    db: Database,
    client_id: str,
    *,
    name: str,
    practices: Sequence[str],
    jwks: dict[str, Any],
    dialect: str = "bars",
) -> None:
    """Write a GP system with its public keys and the practices it may speak for; raises Invalid."""
    problems = []
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list) or not keys or any("kid" not in key or "d" in key for key in keys):
        problems.append(
            FieldProblem("jwks", 'Give a set of PUBLIC keys ({"keys": [...]}), each with its kid.')
        )
    with db.transaction(_STEWARD) as tx:
        known = [directory.find_organisation_by_ods(tx, ods) for ods in practices]
        problems += [
            FieldProblem(
                "practices", "Set every practice up before the system that speaks for it.", "not-found"
            )
            for found in known[:1]
            if None in known or not known
        ]
        first = next((found for found in known if found is not None), None)
        if problems or first is None:
            raise Invalid(problems or [FieldProblem("practices", "Name at least one practice.", "required")])
        codes = tuple(found.ods for found in known if found is not None and found.ods)
        client = ApiClient(
            client_id, name, first.id, codes, jwks, ("referral.write", "referral.read"), dialect, active=True
        )
        machines.add_client(tx, client)
        tx.audit(Entry("add client", "api client", client_id, None, {"practices": list(codes)}))


def add_service(
    db: Database, provider_id: UUID, name: str, needs: Sequence[Need], *, areas: Sequence[str] = ()
) -> UUID:
    """Write what a provider offers, open to everybody; the directory's other fields have their usual values."""
    with db.transaction(_STEWARD) as tx:
        provider = directory.get_organisation(tx, provider_id)
        service = Service(
            id=uuid4(),
            provider_id=provider_id,
            provider_name=provider.name,
            name=name,
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


def _blank(kind: OrganisationKind, name: str) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "kind": kind,
        "name": name,
        "ods": None,
        "environment": Environment.LIVE,
        "use_cases": (),
        "team_id": None,
        "feedback_transport": None,
        "feedback_address": None,
        "provider_kind": None,
    }


def _write(db: Database, organisation: Organisation) -> UUID:
    with db.transaction(_STEWARD) as tx:
        directory.add_organisation(tx, organisation)
        tx.audit(
            Entry("add organisation", "organisation", str(organisation.id), None, {"kind": organisation.kind})
        )
    return organisation.id
