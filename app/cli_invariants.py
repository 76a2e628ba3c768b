"""The steward's commands that see to it that nothing waits unseen: the proof by hand, and somebody who left."""

from __future__ import annotations

import sys

import click

from app.cli_client import database
from app.domain.invariants import WORDINGS
from app.services.caring import ownership
from app.services.watching import invariants as proof


@click.command()
def invariants() -> None:
    """Prove that nobody is forgotten; prints every breach with its id and exits 1 when there is one."""
    run = proof.prove(database())
    for breach in run.breaches:
        wording = WORDINGS[breach.invariant]
        click.echo(f"{breach.invariant.value} {breach.subject_id}: {wording.what}. {wording.mend}", err=True)
    click.echo(f"{run.checked} things looked at, {len(run.breaches)} not as they must be.")
    if run.breaches:
        sys.exit(1)


@click.command()
@click.argument("username")
def leaver(username: str) -> None:
    """Switch off the account of somebody who left; their open referrals go back to the team's duty."""
    count = ownership.leave(database(), username)
    click.echo(f"{username} cannot sign in any more. Open referrals that went to the team's duty: {count}.")
