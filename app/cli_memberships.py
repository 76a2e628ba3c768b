"""The steward's command that writes what a group lets its anchor do: `python -m app add membership ...`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import click

from app.cli_client import database
from app.domain.access import system
from app.domain.memberships import Agreed, AgreedHow, Agreement
from app.services.directory import memberships

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("membership")
@click.argument("anchor", type=click.UUID)
@click.argument("member", type=click.UUID)
@click.option(
    "--agreed", "kinds", multiple=True, required=True, type=click.Choice([kind.value for kind in Agreed])
)
@click.option("--on", type=_DAY, required=True, help="The day of the agreement, as 2026-11-22.")
@click.option("--by", required=True, help="Who gave the member's word: 'the treasurer'.")
@click.option("--how", required=True, type=click.Choice([how.value for how in AgreedHow]))
@click.option("--until", type=_DAY, help="Its last day; without it, until somebody ends it.")
def membership(
    anchor: UUID, member: UUID, *, kinds: tuple[str, ...], on: datetime, until: datetime | None, **word: str
) -> None:
    """Write what the group MEMBER agreed that its ANCHOR may do; prints the agreement's id."""
    last = until.date() if until else None
    told = Agreement(anchor, member, kinds, on.date(), word["by"], word["how"], last)
    click.echo(memberships.record(database(), system("command-line"), told))
