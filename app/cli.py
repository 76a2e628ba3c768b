"""The steward's command line: each command reads its words, calls one function and prints what came of it."""

from __future__ import annotations

import os
import sys

import click

from app.cli_add import add
from app.cli_audit import audit
from app.cli_client import client
from app.cli_directory import directory
from app.cli_directory_file import example, load
from app.cli_evaluation import evaluation
from app.cli_extracts import extracts, told_of_lists
from app.cli_invariants import invariants, leaver
from app.cli_keys import keys
from app.cli_mail import entries, mail
from app.cli_measures import measures
from app.cli_memberships import membership
from app.cli_opt_outs import national_opt_outs
from app.cli_places import places
from app.cli_projects import projects
from app.cli_rights import rights
from app.cli_rules import rules
from app.cli_sandbox import sandbox
from app.cli_sources import source
from app.cli_subscriptions import subscriptions
from app.cli_unmet_needs import unmet_needs
from app.clients.checkpoints import CheckpointProblem
from app.config import SettingsProblem, from_environment
from app.domain.diagram import mermaid
from app.domain.errors import DomainError
from app.domain.lifecycle import Track
from app.runtime import build_runtime
from app.services.dataset.extract import write_extract
from app.services.dataset.secondary_use import write_lists
from app.store import migrate
from app.store.crypto import KeyProblem
from app.store.session import UnsafeRole, is_away


@click.group()
def cli() -> None:
    """Backstitch: referrals that close the loop."""


@cli.group()
def db() -> None:
    """Make and migrate the database."""


@db.command()
@click.argument("admin_url")
@click.option("--name", default="backstitch", show_default=True, help="The database's name.")
def provision(admin_url: str, name: str) -> None:
    """Make the database with its two roles, as ADMIN_URL's log-in; prints their URLs once."""
    roles = migrate.provision(admin_url, name)
    click.echo(f"DATABASE_URL={roles.app_url}\nDATABASE_OWNER_URL={roles.owner_url}")


@db.command("migrate")
def migrate_command() -> None:
    """Bring the tables to the newest version, as DATABASE_OWNER_URL, for the role of DATABASE_URL."""
    migrate.migrate(_needed("DATABASE_OWNER_URL"), _needed("DATABASE_URL"))
    click.echo("The tables are at the newest version.")


@cli.command()
def extract() -> None:
    """Write and seal what is new for the dataset, into EXTRACT_DIR, for EXTRACT_PUBLIC_KEY."""
    runtime = build_runtime(from_environment(os.environ))
    public_key, folder = runtime.settings.extract_public_key, runtime.settings.extract_dir
    if public_key is None or folder is None:
        raise SettingsProblem(["EXTRACT_PUBLIC_KEY and EXTRACT_DIR are needed to write an extract."])
    listed = write_lists(runtime.db, folder)  # first: no release sees an extract without them
    click.echo(told_of_lists(listed))
    check = runtime.settings.mesh.opt_outs if runtime.settings.mesh else None
    within = check.valid_days if check else None
    written = write_extract(runtime.db, public_key.read_bytes(), folder, checked_within=within)
    click.echo(
        f"{written.path}: {written.rows} rows, {written.opted_out} opted out (Type 1), "
        f"left out for other reasons {written.excluded}"
    )


@cli.command()
def lifecycle() -> None:
    """Print the lifecycle's diagrams, drawn from its table."""
    for track in Track:
        click.echo(f"```mermaid\n{mermaid(track)}\n```\n")


add.add_command(source)
add.add_command(membership)
cli.add_command(add)
cli.add_command(audit)
cli.add_command(client)
directory.add_command(example)
directory.add_command(load)
cli.add_command(directory)
cli.add_command(entries)
cli.add_command(evaluation)
cli.add_command(extracts)
cli.add_command(mail)
cli.add_command(measures)
cli.add_command(national_opt_outs)
cli.add_command(invariants)
cli.add_command(leaver)
cli.add_command(keys)
cli.add_command(places)
cli.add_command(projects)
cli.add_command(rules)
cli.add_command(rights)
cli.add_command(sandbox)
cli.add_command(subscriptions)
cli.add_command(unmet_needs)


def _needed(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise SettingsProblem([f"{name} is missing."])
    return value


def main() -> None:
    """Run a command; what an operator can mend is told without a traceback."""
    try:
        cli()
    except (SettingsProblem, UnsafeRole, KeyProblem, CheckpointProblem, DomainError) as problem:
        click.echo(str(problem), err=True)
        sys.exit(2)
    except Exception as fault:
        if (
            isinstance(fault, OSError) and fault.filename is not None
        ):  # a file or folder that the operator named
            click.echo(f"{fault.filename}: {fault.strerror}.", err=True)
        elif is_away(fault):
            click.echo("The database does not answer: is it running, and is its address right?", err=True)
        else:
            raise
        sys.exit(2)
