"""The steward's commands for projects that work with the dataset: `python -m app projects ...`."""

from __future__ import annotations

import os

import click

from app.config import from_environment
from app.domain.access import system
from app.runtime import build_runtime
from app.services.dataset.projects import list_seen


@click.group("projects")
def projects() -> None:
    """Look at the projects that work with the dataset; they are decided on the pages, by two people."""


@projects.command("list")
def list_all() -> None:
    """Print each project: its id, where it stands, its last day, what it may be given, its title."""
    db = build_runtime(from_environment(os.environ)).db
    for each in list_seen(db, system("command-line")):
        tiers = ",".join(sorted(each.tiers))
        click.echo(f"{each.id}  {each.status:<9}  {each.expires_on}  {tiers:<19}  {each.title}")
