"""The invented borough of Brook Vale, as its files tell it: practices, link workers, groups of every size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from app.demo import borough_files
from app.demo.borough_files import Group, identity
from app.domain.access import system
from app.domain.assurance import TIERS, Assurance
from app.domain.directory_words import AssuranceTier, CareLevel
from app.domain.geography import OdsEntry, OdsRole
from app.domain.referral import Organisation
from app.domain.vocabulary import Environment, OrganisationKind, Role
from app.services import open_data
from app.services.sign_in import hash_password
from app.store import accounts, directory, geography, machines, places
from app.store.machines import ApiClient
from app.store.session import Database, Tx

PASSWORD = "backstitch-demo"
SCOPES = ("referral.write", "referral.read")
AREAS = ("BV1", "BV2", "BV3", "BV4")
BOROUGH = "Brook Vale"
_SHOWN = 7  # groups whose sign-ins are printed; the others sign in by their key just so


@dataclass(frozen=True)
class Practice:
    """A practice and how its GP system is reached: a MESH mailbox, or its own FHIR endpoint."""

    ods: str
    name: str
    mailbox: str | None
    use_cases: tuple[str, ...] = ("sp1",)


_TWELVE = borough_files.practices()
_MAILBOXES = ("BVP001", "BVP002", None)
# Those with a GP system that sends and hears; the other practices of the borough wait for theirs.
PRACTICES = (
    *(Practice(one.ods, one.name, mailbox) for one, mailbox in zip(_TWELVE, _MAILBOXES, strict=False)),
    # The sender that NHS England's published examples name, allowed the use cases they carry
    Practice("RND", "Sandbox Sender (published examples)", "BVP003", ("a1t1", "a3t1", "a5t1")),
)
TEAM = "Brook Vale link workers"
TEAM_MAILBOX = "BVTEAM1"
GROUPS = borough_files.groups()
OFFERED_BY = {told["name"]: group for group in GROUPS for told in group.services}
# Whoever takes people that need trained staff has shown what that asks for, at least.
_SHOWN_FOR = {CareLevel.TRAINED: AssuranceTier.BASIC, CareLevel.PROFESSIONAL: AssuranceTier.ENHANCED}


@dataclass(frozen=True)
class Signed:
    """A sign-in of the demonstration."""

    username: str
    role: Role
    organisation: str
    full_name: str


def _for_group(group: Group) -> Signed:
    return Signed(group.key, Role.PROVIDER, group.name, f"{group.name} volunteer")


STAFF = (
    Signed("link", Role.LINK_WORKER, TEAM, "Sam Okafor"),
    Signed("steward", Role.STEWARD, BOROUGH, "Robin Steward"),
    *(
        Signed(f"practice{n}", Role.PRACTICE, p.name, f"Reception {n}")
        for n, p in enumerate(PRACTICES[:3], 1)
    ),
    *(_for_group(group) for group in GROUPS[:_SHOWN]),
)


def set_up(db: Database, *, today: date, endpoint: str, clients: dict[str, dict[str, object]]) -> None:
    """Write the place; `clients` are the public keys of the GP systems by practice, `endpoint` the FHIR one's URL."""
    with db.transaction(system("set-up")) as tx:
        for organisation in _organisations(endpoint):
            directory.add_organisation(tx, organisation)
        _write_directory(tx, today)
        geography.record_ods(tx, _ods_entries())
        password_hash = hash_password(PASSWORD)
        for signed in (*STAFF, *(_for_group(group) for group in GROUPS[_SHOWN:])):
            account = accounts.new_account(
                identity(signed.organisation), signed.role, signed.username, signed.full_name, password_hash
            )
            accounts.add_account(tx, account)
        for practice in PRACTICES:
            machines.add_client(tx, _client(practice, clients[practice.ods]))
    open_data.load(db, borough_files.POSTCODES)


def _write_directory(tx: Tx, today: date) -> None:
    venues = borough_files.venues(GROUPS)
    for venue in venues.values():
        places.record_venue(tx, venue)
    for group in GROUPS:
        places.record_profile(tx, group.profile(today))
        for item in _assurances(group, today):
            places.add_assurance(tx, item)
        for told in group.services:
            service = group.service(told, today)
            directory.add_service(tx, service)
            places.record_sessions(tx, service.id, borough_files.sessions(told, venues))


def _assurances(group: Group, today: date) -> list[Assurance]:
    since, until = today - timedelta(days=120), today + timedelta(days=245)
    kinds = sorted(TIERS[_SHOWN_FOR.get(group.takes, AssuranceTier.NONE)])
    return [Assurance(identity(group.name), kind, since, until, since, BOROUGH) for kind in kinds]


def _ods_entries() -> list[OdsEntry]:
    names = sorted({one.network for one in _TWELVE})
    codes = {name: f"A991{number:02}" for number, name in enumerate(names, 1)}
    networks = [OdsEntry(codes[name], OdsRole.NETWORK, f"{name} PCN", active=True) for name in names]
    return networks + [
        OdsEntry(
            one.ods, OdsRole.PRACTICE, one.name, (), one.postcode, active=True, network=codes[one.network]
        )
        for one in _TWELVE
    ]


def _organisations(endpoint: str) -> Sequence[Organisation]:
    team = _organisation(TEAM, OrganisationKind.TEAM)
    groups = [
        replace(_organisation(group.name, OrganisationKind.PROVIDER), provider_kind=group.kind)
        for group in GROUPS
    ]
    practices = [_practice(practice, endpoint, team.id) for practice in PRACTICES]
    waiting = [
        replace(
            _organisation(one.name, OrganisationKind.PRACTICE),
            ods=one.ods,
            use_cases=("sp1",),
            team_id=team.id,
        )
        for one in _TWELVE[len(_MAILBOXES) :]
    ]
    return [_organisation(BOROUGH, OrganisationKind.PLACE), team, *groups, *practices, *waiting]


def _organisation(name: str, kind: OrganisationKind) -> Organisation:
    return Organisation(
        id=identity(name),
        kind=kind,
        name=name,
        ods=None,
        environment=Environment.SANDBOX,
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
        use_cases=practice.use_cases,
        team_id=team_id,
        feedback_transport="mesh" if practice.mailbox else "fhir",
        feedback_address=practice.mailbox or endpoint,
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
