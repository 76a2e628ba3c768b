"""The invented borough of Brook Vale: its practices, its link workers, its groups of every size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from app.demo import directory as groups
from app.demo.directory import identity
from app.domain.access import system
from app.domain.directory import Profile
from app.domain.directory_words import LegalForm, Size
from app.domain.geography import OdsEntry, OdsRole
from app.domain.referral import Organisation
from app.domain.sources import SOURCES, SourceKind
from app.domain.vocabulary import Environment, FeedbackFormat, OrganisationKind, ProgressMessages, Role
from app.services.feeds import open_data
from app.services.signing_in.sign_in import hash_password
from app.store import accounts, directory, geography, machines, places, seats
from app.store.machines import ApiClient
from app.store.session import Database, Tx

PASSWORD = "backstitch-demo"
SCOPES = ("referral.write", "referral.read")
AREAS = ("BV1", "BV2", "BV3", "BV4")
BOROUGH = "Brook Vale"
_PHONE = "01632 960100"


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
_ADDRESSES = {
    TEAM: "link.workers@brook-vale.example",
    BOROUGH: "steward@brook-vale.example",
    "Weir House Surgery": "reception@weir-house.example",
}


@dataclass(frozen=True)
class Group:
    """A provider that plays a part in the demonstration: its service, and who signs in for it."""

    name: str
    username: str
    service: str


GROUPS = (
    Group("Tea on Thursdays", "tea", "Thursday tea table"),
    Group("Brook Vale Advice Centre", "advice", "Money and benefits advice"),
    Group("Towpath Walkers", "towpath", "Gentle walks by the canal"),
    Group("Brook Vale Carers", "carers", "Carers' circle"),
    Group("St Anne's Hall Neighbours", "neighbours", "Befriending at home"),
    Group("The Shed", "shed", "Make and mend mornings"),
    Group("Council Housing Options", "housing", "Housing options drop-in"),
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
    Signed("colleague", Role.LINK_WORKER, TEAM, "Jude Marsh"),
    Signed("steward", Role.STEWARD, "Brook Vale", "Robin Steward"),
    Signed("guardian", Role.STEWARD, "Brook Vale", "Ines Guardian"),  # the second of two approvals
    Signed("analyst", Role.ANALYST, "Brook Vale", "Noor Analyst"),
    Signed("both", Role.LINK_WORKER, TEAM, "Asha Both"),  # helps at a group too: see BOTH
    *(
        Signed(f"practice{n}", Role.PRACTICE, p.name, f"Reception {n}")
        for n, p in enumerate(PRACTICES[:3], 1)
    ),
    Signed("practice4", Role.PRACTICE, "Weir House Surgery", "Reception 4"),  # refers by the pages
    *(
        Signed(told["key"], Role.PRACTICE, told["name"], f"{told['key'].capitalize()} desk")
        for told in groups.sources()
        if "key" in told
    ),
    *(Signed(group.username, Role.PROVIDER, group.name, f"{group.name} volunteer") for group in GROUPS),
)

# A person for each role: the sign-in page of the demonstration offers them
TO_TRY = {"DEMO_SIGN_INS": "link tea practice1 steward analyst both", "DEMO_PASSWORD": PASSWORD}
BOTH = ("both", "Tea on Thursdays")  # who acts for two organisations with one account, and for which too


def set_up(db: Database, *, today: date, endpoint: str, clients: dict[str, dict[str, object]]) -> None:
    """Write the place; `clients` are the public keys of the GP systems by practice, `endpoint` the FHIR one's URL."""
    with db.transaction(system("set-up")) as tx:
        for organisation in _organisations(endpoint):
            directory.add_organisation(tx, organisation)
        groups.load(tx, today)
        for name, email in _ADDRESSES.items():  # where reminders go that nobody here answers
            profile = Profile(identity(name), LegalForm.STATUTORY, size=Size.LARGE, phone=_PHONE, email=email)
            places.record_profile(tx, profile)
        geography.record_ods(tx, ods_entries())
        password_hash = hash_password(PASSWORD)
        for signed in (*STAFF, *_others_who_sign_in()):
            account = accounts.new_account(
                identity(signed.organisation), signed.role, signed.username, signed.full_name, password_hash
            )
            accounts.add_account(tx, account)
        _seat(tx)
        for practice in PRACTICES:
            machines.add_client(tx, _client(practice, clients[practice.ods]))
    open_data.load(db, groups.POSTCODES)
    open_data.load(db, groups.POSTCODES.with_name("wards.csv"))


def _seat(tx: Tx) -> None:
    """Let one person act for a second organisation, as the steward would."""
    who, steward = accounts.find_account(tx, BOTH[0]), accounts.find_account(tx, "steward")
    if who is not None and steward is not None:
        seats.add(tx, who.id, identity(BOTH[1]), Role.PROVIDER, by=steward.id)


def _others_who_sign_in() -> list[Signed]:
    """Every group that plays no part signs in by its key in the data."""
    playing = {group.name for group in GROUPS}
    others = [told for told in groups.groups() if told["name"] not in playing]
    return [Signed(told["key"], Role.PROVIDER, told["name"], f"{told['name']} volunteer") for told in others]


def ods_entries() -> list[OdsEntry]:
    """Return the borough's practices and their networks, as the Organisation Data Service would publish them."""
    told = groups.practices()
    names = sorted({one["network"] for one in told})
    codes = {name: f"A991{number:02}" for number, name in enumerate(names, 1)}
    networks = [OdsEntry(codes[name], OdsRole.NETWORK, f"{name} PCN", active=True) for name in names]
    return networks + [
        OdsEntry(
            one["ods"],
            OdsRole.PRACTICE,
            one["name"],
            (),
            one["postcode"],
            active=True,
            network=codes[one["network"]],
        )
        for one in told
    ]


def _organisations(endpoint: str) -> list[Organisation]:
    team = _organisation(TEAM, OrganisationKind.TEAM)
    providers = [
        replace(
            _organisation(told["name"], OrganisationKind.PROVIDER), provider_kind=groups.provider_kind(told)
        )
        for told in groups.groups()
    ]
    practices = [_practice(practice, endpoint, team.id) for practice in PRACTICES]
    connected = {practice.ods for practice in PRACTICES}
    others = [_quiet(told, team.id) for told in groups.practices() if told["ods"] not in connected]
    sources = [_source(told, team.id) for told in groups.sources()]
    return [_organisation(BOROUGH, OrganisationKind.PLACE), team, *providers, *practices, *others, *sources]


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


def _quiet(told: Mapping[str, Any], team_id: UUID) -> Organisation:
    """A practice whose system is not connected yet: it refers by the pages."""
    blank = _organisation(told["name"], OrganisationKind.PRACTICE)
    return replace(blank, ods=told["ods"], use_cases=("sp1",), team_id=team_id)


def _source(told: Mapping[str, Any], team_id: UUID) -> Organisation:
    """A hospital, a council, a Jobcentre and others: they refer by the pages and read there how it ended."""
    kind = SourceKind(told["kind"])
    return replace(
        _organisation(told["name"], OrganisationKind.PRACTICE),
        use_cases=SOURCES[kind].use_cases,
        team_id=team_id,
        feedback_format=FeedbackFormat.LETTER,
        progress_messages=ProgressMessages.OUTCOME_ONLY,
        source_kind=kind,
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
