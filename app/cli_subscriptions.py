"""The command that says who is told of every step, and whose address cannot be reached."""

from __future__ import annotations

import os

import click

from app.config import from_environment
from app.runtime import build_runtime
from app.services.systems.subscriptions import list_lines


@click.command("subscriptions")
def subscriptions() -> None:
    """List who is told of every step by Subscription, and how that fares."""
    lines = list_lines(build_runtime(from_environment(os.environ)).db)
    click.echo("\n".join(lines) or "Nobody has subscribed.")
