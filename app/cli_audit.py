"""The commands that look after the audit: walk its chains, sign where they stand, make the key that signs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from app.clients.checkpoints import CheckpointFolder, CheckpointProblem, create_key
from app.config import SettingsProblem, from_environment
from app.domain.audit_checkpoint import Checkpoint
from app.domain.errors import Conflict
from app.runtime import build_runtime
from app.services.rights import audit_checks
from app.store import audit_chain
from app.store.session import engine_for

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def audit() -> None:
    """Look after the audit's chains."""


@audit.command()
@click.option("--checkpoints", type=_FOLDER, envvar="AUDIT_CHECKPOINTS", help="The folder of checkpoints.")
@click.option(
    "--key", type=_FILE, envvar="AUDIT_SIGNING_KEY_FILE", help="Their key, public or private (PEM)."
)
def verify(checkpoints: Path | None, key: Path | None) -> None:
    """Walk the chains; exits 1 and names the first line of each that does not hold.

    Only with the checkpoints a chain is found whose end was cut off, or that was written anew with right hashes.
    """
    url = os.environ.get("DATABASE_URL", "").strip()
    if not url:
        raise SettingsProblem(["DATABASE_URL is missing."])
    known = _newest(checkpoints, key)
    walked = audit_chain.walk(engine_for(url), known.heads if known else None)
    for fault in walked.faults:
        click.echo(audit_checks.in_words(fault), err=True)
    if walked.faults:
        sys.exit(1)
    against = (
        f"against checkpoint {known.number} of {known.at:%Y-%m-%d %H:%M} UTC"
        if known
        else "without a checkpoint"
    )
    click.echo(f"The audit holds: {walked.lines} lines in {len(walked.heads)} chains, {against}.")


def _newest(folder: Path | None, key: Path | None) -> Checkpoint | None:
    if folder is None or key is None:
        return None
    try:
        newest = CheckpointFolder.with_key(folder, key.read_bytes()).newest()
        return Checkpoint.read(newest[1]) if newest else None
    except (CheckpointProblem, ValueError) as fault:
        click.echo(str(fault), err=True)
        sys.exit(1)


@audit.command()
def checkpoint() -> None:
    """Sign where the chains stand now and keep it in AUDIT_CHECKPOINTS; the worker does so each hour."""
    runtime = build_runtime(from_environment(os.environ))
    if runtime.checkpoints is None:
        raise SettingsProblem(["AUDIT_CHECKPOINTS and AUDIT_SIGNING_KEY_FILE are needed for checkpoints."])
    try:
        made = audit_checks.add_checkpoint(runtime.db, runtime.checkpoints)
    except (CheckpointProblem, Conflict) as fault:
        click.echo(str(fault), err=True)
        sys.exit(1)
    click.echo(f"Checkpoint {made.number}: {sum(head.number for head in made.heads.values())} lines.")


@audit.command("key")
@click.argument("path", type=click.Path(path_type=Path))
def key_command(path: Path) -> None:
    """Make the signing key at PATH, readable by you alone, and print its public half for whoever verifies."""
    click.echo(create_key(path).decode(), nl=False)
