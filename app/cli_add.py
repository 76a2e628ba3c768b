"""The steward's commands that set a place up: `python -m app add ...`; each prints the id that the next one needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from app.cli_client import KEYS_FILE, database, read_keys
from app.clients.outside import NotOutside, check_outside
from app.config import from_environment
from app.domain.vocabulary import (
    Environment,
    FeedbackFormat,
    Need,
    OrganisationKind,
    ProgressMessages,
    ProviderKind,
    Role,
)
from app.runtime import build_runtime
from app.services.systems.api_clients import USUAL_SCOPES, NewClient, add_client
from app.services.watching import set_up
from app.services.watching.set_up import NewPractice

_KINDS = [kind.value for kind in OrganisationKind if kind is not OrganisationKind.PRACTICE]


@click.group("add")
def add() -> None:
    """Set the place up: organisations, practices, people, systems, services."""


@add.command()
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("name")
@click.option("--paid", type=click.Choice([kind.value for kind in ProviderKind]), help="For a provider.")
def organisation(kind: str, name: str, paid: str | None) -> None:
    """Add the place itself, a link worker team, or a provider of any size (with all of its entry: `directory load`)."""
    click.echo(set_up.add_organisation(database(), OrganisationKind(kind), name, provider_kind=paid))


@add.command()
@click.argument("ods")
@click.argument("name")
@click.option("--team", type=click.UUID, required=True, help="The link worker team's id.")
@click.option("--tell", help="How its GP system is told: a MESH mailbox, or the URL of its FHIR endpoint.")
@click.option(
    "--format",
    "told_as",
    type=click.Choice([each.value for each in FeedbackFormat]),
    default=FeedbackFormat.BARS.value,
    show_default=True,
    help="What it gets: a BaRS message, a GP Connect document with the letter, or the letter alone.",
)
@click.option(
    "--progress",
    type=click.Choice([each.value for each in ProgressMessages]),
    help="Whether it hears of acceptance, beginning and declines too (all is usual for bars), or of the outcome only.",
)
@click.option("--sandbox", is_flag=True, help="It sends test patients only.")
@click.option("--use-case", "use_cases", multiple=True, default=["sp1"], show_default=True)
@click.option(
    "--park-unknown-use-cases", "parks", is_flag=True, help="Keep others for the steward, not refuse them."
)
def practice(
    ods: str,
    name: str,
    *,
    team: UUID,
    sandbox: bool,
    use_cases: list[str],
    parks: bool,
    **telling: str | None,
) -> None:
    """Add a practice and how its GP system is told what became of its referrals."""
    tell = telling["tell"]
    transport = None if tell is None else "fhir" if tell.startswith(("http:", "https:")) else "mesh"
    environment = Environment.SANDBOX if sandbox else Environment.LIVE
    form = FeedbackFormat(telling["told_as"] or FeedbackFormat.BARS)
    progress = ProgressMessages(telling["progress"]) if telling["progress"] else None
    new = NewPractice(name, ods, team, tuple(use_cases), environment, transport, tell, form, progress, parks)
    click.echo(set_up.add_practice(database(), new))


@add.command()
@click.argument("organisation_id", type=click.UUID)
@click.argument("role", type=click.Choice([role.value for role in Role if role is not Role.SYSTEM]))
@click.argument("username")
@click.argument("full_name")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
def user(organisation_id: UUID, role: str, username: str, full_name: str, password: str) -> None:
    """Add somebody who signs in."""
    told = {"username": username, "full_name": full_name, "password": password}
    click.echo(set_up.add_user(database(), organisation_id, Role(role), **told))


@add.command()
@click.argument("client_id")
@click.argument("name")
@click.argument("jwks", type=KEYS_FILE, required=False)
@click.option("--jwks-uri", help="In place of JWKS: the https address that its public keys stand at.")
@click.option("--practice", "practices", multiple=True, help="ODS code; may be given several times.")
@click.option("--organisation", type=click.UUID, help="Whose system it is: a provider's or a team's id.")
@click.option("--scope", "scopes", multiple=True, default=USUAL_SCOPES, show_default=True)
@click.option("--dialect", type=click.Choice(["bars", "fhir"]), default="bars", show_default=True)
@click.option(
    "--behind-proxy", is_flag=True, help="It comes through the NHS proxy: all BaRS headers are needed."
)
def client(
    client_id: str, name: str, jwks: Path | None, *, jwks_uri: str | None, scopes: list[str], **told: Any
) -> None:
    """Add a system: JWKS is the file of its public keys. Name its practices, or whose it is."""
    runtime = build_runtime(from_environment(os.environ))
    if jwks_uri is not None:
        try:
            check_outside(jwks_uri, allow_private=runtime.settings.allow_private_addresses)
        except NotOutside as fault:
            raise click.BadParameter(fault.sentence, param_hint="--jwks-uri") from fault
    new = NewClient(
        client_id,
        name,
        practices=told["practices"],
        organisation_id=told["organisation"],
        jwks=read_keys(jwks) if jwks else None,
        jwks_uri=jwks_uri,
        scopes=scopes,
        dialect=told["dialect"],
        behind_proxy=told["behind_proxy"],
    )
    add_client(runtime.db, new)
    click.echo(client_id)


@add.command()
@click.argument("provider_id", type=click.UUID)
@click.argument("name")
@click.option(
    "--need", "needs", multiple=True, required=True, type=click.Choice([need.value for need in Need])
)
@click.option("--area", "areas", multiple=True, help="Postcode district, such as E8; none means everywhere.")
def service(provider_id: UUID, name: str, needs: list[str], areas: list[str]) -> None:
    """Add what a provider offers; all the rest of an entry by page, or with `directory load`."""
    click.echo(set_up.add_service(database(), provider_id, name, [Need(need) for need in needs], areas=areas))
