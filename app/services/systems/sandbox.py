"""A fenced-off place for integrators: the same code, invented people only, emptied on demand."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from app.domain.access import Actor, system
from app.domain.directory_words import CareLevel
from app.domain.errors import Conflict, FieldProblem, Invalid, NotAllowed, NotFound
from app.domain.identifiers import OdsCode
from app.domain.lifecycle import OPEN_PLACEMENT, PlacementStatus, ReferralStatus
from app.domain.referral import Organisation, Outcome, Placement, Service
from app.domain.vocabulary import (
    Capacity,
    Environment,
    Need,
    OrganisationKind,
    OutcomeState,
    ProviderKind,
    Role,
)
from app.services.caring import endings, offering, triage
from app.services.caring.endings import Ending
from app.services.caring.offering import Asking
from app.services.helping import delivery
from app.services.systems.api_clients import NewClient, add_client, set_keys
from app.services.systems.machine_sign_in import keep_token
from app.store import directory, machines, placements, referrals
from app.store import sandbox as store
from app.store.audit import Entry
from app.store.machines import ApiClient
from app.store.session import Database, Tx

USUAL_ODS: Final = "SANDBOX"
SERVICE: Final = "Sandbox walking group"
TOKEN_LIFETIME: Final = timedelta(hours=12)  # invented people only: long enough for a day's work
SCOPES: Final = ("referral.write", "referral.read", "system/*.cruds")
_PROCESS: Final = "sandbox"
_SETTER: Final = system(_PROCESS)
_OUTCOME: Final = Outcome(
    OutcomeState.BETTER,
    "Came to six walks and met people there.",
    "",
    goal="Company",
    goal_before=3,
    goal_after=7,
)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A practice, the team that triages for it, and the only provider that they can offer to."""

    practice: Organisation
    team_id: UUID
    provider_id: UUID


def open_sandbox(db: Database, ods: str, jwks: Any, *, tell: str | None = None) -> str:
    """Return the practice's client of the sandbox with this ODS code; what there is not of it yet is made.

    The provider has a client too: `provider_client_of`.

    `jwks` are the client's public keys, `tell` the address that outcomes are posted to. Raises Invalid when the
    code is a live organisation's.
    """
    code = OdsCode(ods).value
    with db.transaction(_SETTER) as tx:
        found = directory.find_organisation_by_ods(tx, code)
        if found is not None and not _is_fenced(tx, found):
            raise Invalid(
                [FieldProblem("ods", f"{code} is not a sandbox's code: choose another.", "duplicate")]
            )
        place = _add_generation(tx, _practice(code, tell)) if found is None else _made_of(tx, found)
        known = machines.is_known(tx, client_of(code)), machines.is_known(tx, provider_client_of(code))
    told: dict[str, Any] = {"jwks": jwks, "scopes": SCOPES}
    new = (
        NewClient(client_of(code), f"Sandbox practice {code}", [code], **told),
        NewClient(provider_client_of(code), f"Sandbox provider {code}", (), place.provider_id, **told),
    )
    for client, is_known in zip(new, known, strict=True):
        if is_known:
            set_keys(db, client.id, jwks)
        else:
            add_client(db, client)
    return client_of(code)


def client_of(ods: str) -> str:
    """Return the id of the client that works in the sandbox of an ODS code."""
    return f"sandbox-{ods.strip().lower()}"


def provider_client_of(ods: str) -> str:
    """Return the id of the client that the sandbox's provider has."""
    return f"{client_of(ods)}-provider"


def give_token(db: Database, client_id: str) -> str:
    """Return a bearer token for a sandbox's client, good for TOKEN_LIFETIME; raises NotAllowed for another's."""
    client = _client(db, client_id)
    with db.transaction(_SETTER) as tx:
        if not _is_fenced(tx, directory.get_organisation(tx, client.organisation_id)):
            raise NotAllowed("This is for a sandbox's own clients only.")
    token = secrets.token_urlsafe(32)
    keep_token(db, client.id, token, scope=" ".join(client.scopes), lifetime=TOKEN_LIFETIME)
    return token


def find_sandbox(db: Database, client: ApiClient) -> Sandbox:
    """Return the sandbox that a client works in; raises NotAllowed when it works in none."""
    with db.transaction(_SETTER) as tx:
        return _sandbox_of(tx, client)


def reset(db: Database, client_id: str) -> None:
    """Empty a client's sandbox: no referral, no message, no person is left; ODS code, keys and tokens stay.

    Raises NotAllowed for a client of any other organisation.
    """
    client = _client(db, client_id)
    emptied = find_sandbox(db, client)
    with db.transaction(_SETTER) as tx:
        still_open = store.list_open(tx, emptied.practice.id)
    worker = Actor(Role.LINK_WORKER, emptied.team_id, process=_PROCESS)
    for referral_id in still_open:
        endings.withdraw(db, worker, referral_id, reason="other")
    with db.transaction(_SETTER) as tx:
        machines.lock_client(tx, client.id)
        now = _sandbox_of(tx, client)
        if now != emptied or store.list_open(tx, emptied.practice.id):
            raise Conflict("The sandbox was used meanwhile. Reset it again.")
        provider_client = provider_client_of(emptied.practice.ods or "")
        store.set_aside(tx, emptied.practice.id, emptied.team_id, senders=(client.id, provider_client))
        fresh = _add_generation(tx, emptied.practice)
        machines.record_organisation(tx, client.id, fresh.practice.id)
        machines.record_organisation(tx, provider_client, fresh.provider_id)
        subject = str(emptied.practice.id)
        tx.audit(Entry("reset sandbox", "organisation", subject, None, {"client": client.id}))


def step(db: Database, client: ApiClient, referral_id: UUID) -> str:
    """Play the next step of link worker or provider for a sandbox's referral; return what was done, in a sentence.

    Raises NotAllowed outside a sandbox, NotFound for a referral that is not its own, Conflict when it has ended.
    """
    place = find_sandbox(db, client)
    worker = Actor(Role.LINK_WORKER, place.team_id, process=_PROCESS)
    with db.transaction(worker) as tx:
        referral = referrals.get(tx, referral_id, audit="sandbox step")
        found = placements.list_for_referral(tx, referral_id, audit="sandbox step")
    if referral.status == ReferralStatus.RECEIVED:
        triage.start(db, worker, referral_id)
        return "The link worker has begun to look at the referral."
    open_one = next((each for each in found if each.status in OPEN_PLACEMENT), None)
    if open_one is not None:
        return _play_provider(db, open_one)
    if referral.status == ReferralStatus.IN_TRIAGE:
        (service,) = (each.service for each in triage.suggest(db, worker, referral_id).matches[:1])
        # It takes everybody: a developer's invented person is never sent away.
        how = Asking(although={service.id: "agreed-otherwise"})
        offering.ask(db, worker, referral_id, [service.id], how)
        return "The link worker has offered the referral to the sandbox's provider."
    raise Conflict(f"The referral is {referral.status}: nobody here has a step to take.")


def _play_provider(db: Database, placement: Placement) -> str:
    provider = Actor(Role.PROVIDER, placement.provider_id, process=_PROCESS)
    if placement.status == PlacementStatus.STARTED:
        endings.complete(db, provider, placement.id, Ending(_OUTCOME))
        return "The provider has finished: the outcome is on its way to the practice."
    if placement.status == PlacementStatus.PAUSED:
        delivery.resume(db, provider, placement.id)
        return "The provider goes on after the pause."
    if placement.status == PlacementStatus.ACCEPTED:
        delivery.start(db, provider, placement.id)
        return "The provider has started to help."
    delivery.accept(db, provider, placement.id, over_limit=True)
    return "The provider has accepted the referral."


def _client(db: Database, client_id: str) -> ApiClient:
    with db.transaction(_SETTER) as tx:
        found = machines.find_client(tx, client_id)
    if found is None:
        raise NotFound("There is no such sandbox: `python -m app sandbox token` makes one.")
    return found


def _sandbox_of(tx: Tx, client: ApiClient) -> Sandbox:
    practice = (
        directory.find_organisation_by_ods(tx, client.practices[0]) if len(client.practices) == 1 else None
    )
    if practice is None or practice.team_id is None or not _is_fenced(tx, practice):
        raise NotAllowed("This is for a sandbox's own client only.")
    return _made_of(tx, practice)


def _made_of(tx: Tx, practice: Organisation) -> Sandbox:
    """Return what belongs to a sandbox's practice."""
    team_id = practice.team_id or practice.id
    (service,) = directory.list_services(tx, beside=team_id)
    return Sandbox(practice, team_id, service.provider_id)


def _is_fenced(tx: Tx, organisation: Organisation) -> bool:
    """Tell whether an organisation and its team are a sandbox's: a practice still being tested has a live team."""
    if not organisation.is_sandbox or organisation.team_id is None:
        return False
    return directory.get_organisation(tx, organisation.team_id).is_sandbox


def _practice(ods: str, tell: str | None) -> Organisation:
    return _organisation(
        OrganisationKind.PRACTICE,
        "Sandbox practice",
        ods=ods,
        use_cases=("sp1",),
        feedback_transport="fhir" if tell else None,
        feedback_address=tell,
    )


def _add_generation(tx: Tx, like: Organisation) -> Sandbox:
    """Write a team, a provider with its service, and a practice like the one given."""
    team = _organisation(OrganisationKind.TEAM, "Sandbox link workers")
    provider = _organisation(
        OrganisationKind.PROVIDER,
        "Sandbox provider",
        team_id=team.id,
        provider_kind=ProviderKind.GRASSROOTS,
    )
    practice = replace(like, id=uuid4(), team_id=team.id)
    for each in (team, provider, practice):
        directory.add_organisation(tx, each)
        tx.audit(Entry("add organisation", "organisation", str(each.id), None, {"kind": each.kind}))
    directory.add_service(tx, _service(tx, provider))
    return Sandbox(practice, team.id, provider.id)


def _organisation(kind: OrganisationKind, name: str, **values: Any) -> Organisation:
    usual: dict[str, Any] = {
        "ods": None,
        "use_cases": (),
        "team_id": None,
        "feedback_transport": None,
        "feedback_address": None,
        "provider_kind": None,
    }
    return Organisation(id=uuid4(), kind=kind, name=name, environment=Environment.SANDBOX, **(usual | values))


def _service(tx: Tx, provider: Organisation) -> Service:
    return Service(
        id=uuid4(),
        provider_id=provider.id,
        provider_name=provider.name,
        name=SERVICE,
        description="Invented: takes everybody who is referred in the sandbox.",
        needs=tuple(Need),
        areas=(),
        min_age=None,
        max_age=None,
        genders=(),
        languages=("en",),
        access=(),
        capacity=Capacity.OPEN,
        places_left=None,
        answer_days=5,
        verified_on=tx.today,
        takes=CareLevel.PROFESSIONAL,
    )
