"""The invented borough of Brook Vale: its practices, its link workers, its groups of every size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID, uuid5

from app.domain.access import system
from app.domain.referral import Organisation, Service
from app.domain.vocabulary import Access, Capacity, Environment, Need, OrganisationKind, ProviderKind, Role
from app.services.sign_in import hash_password
from app.store import accounts, directory, machines
from app.store.machines import ApiClient
from app.store.session import Database

_NAMESPACE = UUID("6d1f5b0e-5b7e-4a55-9a7c-0d4c1a5b7e10")
PASSWORD = "backstitch-demo"
SCOPES = ("referral.write", "referral.read")
AREAS = ("BV1", "BV2", "BV3", "BV4")


def identity(name: str) -> UUID:
    """The same name has the same id in every run."""
    return uuid5(_NAMESPACE, name)


@dataclass(frozen=True)
class Practice:
    """A practice and how its GP system is reached: a MESH mailbox, or its own FHIR endpoint."""

    ods: str
    name: str
    mailbox: str | None
    use_cases: tuple[str, ...] = ("sp1",)


PRACTICES = (
    Practice("A99001", "Mill Race Surgery", "BVP001"),
    Practice("A99002", "Orchard Lane Practice", "BVP002"),
    Practice("A99003", "Old Tannery Health Centre", None),
    # The sender that NHS England's published examples name, allowed the use cases they carry
    Practice("RND", "Sandbox Sender (published examples)", "BVP003", ("a1t1", "a3t1", "a5t1")),
)
TEAM = "Brook Vale link workers"
TEAM_MAILBOX = "BVTEAM1"


@dataclass(frozen=True)
class Group:
    """A provider, its one service, and who signs in for it."""

    name: str
    kind: ProviderKind
    username: str
    service: str
    needs: tuple[Need, ...]
    areas: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    access: tuple[Access, ...] = ()
    capacity: Capacity = Capacity.OPEN
    min_age: int | None = 18


GROUPS = (
    Group(
        "Tea on Thursdays",
        ProviderKind.GRASSROOTS,
        "tea",
        "Thursday tea table",
        (Need.SOCIAL_CONNECTION, Need.BEREAVEMENT),
        ("BV1", "BV2"),
        ("en", "tr"),
        (Access.STEP_FREE,),
    ),
    Group(
        "Brook Vale Advice Centre",
        ProviderKind.COMMISSIONED,
        "advice",
        "Money and benefits advice",
        (Need.MONEY_ADVICE, Need.EMPLOYMENT),
        access=(Access.STEP_FREE, Access.HEARING_LOOP),
    ),
    Group(
        "Towpath Walkers",
        ProviderKind.GRASSROOTS,
        "towpath",
        "Gentle walks by the canal",
        (Need.PHYSICAL_ACTIVITY, Need.SOCIAL_CONNECTION),
        ("BV1", "BV2", "BV3"),
    ),
    Group(
        "Brook Vale Carers",
        ProviderKind.COMMISSIONED,
        "carers",
        "Carers' circle",
        (Need.CARING, Need.SOCIAL_CONNECTION, Need.MENTAL_WELLBEING),
        access=(Access.STEP_FREE, Access.HOME_VISIT),
    ),
    Group(
        "St Anne's Hall Neighbours",
        ProviderKind.GRASSROOTS,
        "neighbours",
        "Befriending at home",
        (Need.SOCIAL_CONNECTION, Need.BEREAVEMENT, Need.CARING),
        ("BV3", "BV4"),
        access=(Access.HOME_VISIT,),
    ),
    Group(
        "The Shed",
        ProviderKind.GRASSROOTS,
        "shed",
        "Make and mend mornings",
        (Need.ARTS_AND_NATURE, Need.MENTAL_WELLBEING, Need.VOLUNTEERING),
    ),
    Group(
        "Council Housing Options",
        ProviderKind.STATUTORY,
        "housing",
        "Housing options drop-in",
        (Need.HOUSING,),
        capacity=Capacity.FULL,
    ),
)


@dataclass(frozen=True)
class Signed:
    """A sign-in of the demonstration."""

    username: str
    role: Role
    organisation: str
    full_name: str


STAFF = (
    Signed("link", Role.LINK_WORKER, TEAM, "Sam Okafor"),
    Signed("steward", Role.STEWARD, "Brook Vale", "Robin Steward"),
    *(
        Signed(f"practice{n}", Role.PRACTICE, p.name, f"Reception {n}")
        for n, p in enumerate(PRACTICES[:3], 1)
    ),
    *(Signed(group.username, Role.PROVIDER, group.name, f"{group.name} volunteer") for group in GROUPS),
)


def set_up(db: Database, *, today: date, endpoint: str, clients: dict[str, dict[str, object]]) -> None:
    """Write the place; `clients` are the public keys of the GP systems by practice, `endpoint` the FHIR one's URL."""
    with db.transaction(system("set-up")) as tx:
        for organisation in _organisations(endpoint):
            directory.add_organisation(tx, organisation)
        for service in services(today):
            directory.add_service(tx, service)
        password_hash = hash_password(PASSWORD)
        for signed in STAFF:
            account = accounts.new_account(
                identity(signed.organisation), signed.role, signed.username, signed.full_name, password_hash
            )
            accounts.add_account(tx, account)
        for practice in PRACTICES:
            machines.add_client(tx, _client(practice, clients[practice.ods]))


def services(today: date) -> list[Service]:
    """Return every service of the place."""
    return [_service(group, today) for group in GROUPS]


def _organisations(endpoint: str) -> list[Organisation]:
    team = _organisation(TEAM, OrganisationKind.TEAM)
    groups = [
        replace(_organisation(group.name, OrganisationKind.PROVIDER), provider_kind=group.kind)
        for group in GROUPS
    ]
    practices = [_practice(practice, endpoint, team.id) for practice in PRACTICES]
    return [_organisation("Brook Vale", OrganisationKind.PLACE), team, *groups, *practices]


def _organisation(name: str, kind: OrganisationKind) -> Organisation:
    return Organisation(
        id=identity(name),
        kind=kind,
        name=name,
        ods=None,
        environment=Environment.LIVE,
        use_cases=(),
        team_id=None,
        feedback_transport=None,
        feedback_address=None,
        provider_kind=None,
    )


def _practice(practice: Practice, endpoint: str, team_id: UUID) -> Organisation:
    return replace(
        _organisation(practice.name, OrganisationKind.PRACTICE),
        ods=practice.ods,
        environment=Environment.SANDBOX,  # takes test patients; the place itself is no integrator's sandbox
        use_cases=practice.use_cases,
        team_id=team_id,
        feedback_transport="mesh" if practice.mailbox else "fhir",
        feedback_address=practice.mailbox or endpoint,
    )


def _service(group: Group, today: date) -> Service:
    return Service(
        id=identity(group.service),
        provider_id=identity(group.name),
        provider_name=group.name,
        name=group.service,
        description="",
        needs=group.needs,
        areas=group.areas,
        min_age=group.min_age,
        max_age=None,
        genders=(),
        languages=group.languages,
        access=group.access,
        capacity=group.capacity,
        places_left=None,
        answer_days=5,
        verified_on=today - timedelta(days=30),
    )


def _client(practice: Practice, jwks: dict[str, object]) -> ApiClient:
    return ApiClient(
        id=f"gp-system-{practice.ods.lower()}",
        name=f"GP system of {practice.name}",
        organisation_id=identity(practice.name),
        practices=(practice.ods,),
        jwks=jwks,
        scopes=SCOPES,
        dialect="bars",
        active=True,
    )
