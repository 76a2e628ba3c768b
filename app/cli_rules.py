"""The steward's commands for the place's numbers: `python -m app rules`."""

from __future__ import annotations

import click

from app.cli_client import database
from app.domain.access import system
from app.domain.errors import Invalid
from app.domain.place import DEFAULT_RULES
from app.domain.place_numbers import NAMES
from app.services.watching import place_rules

_ACTOR = system("command-line")


@click.group("rules")
def rules() -> None:
    """See and change the place's numbers: time limits, and what the matching asks for."""


@rules.command("show")
def show_command() -> None:
    """Print every rule; those that the place changed say what the usual number is."""
    found = place_rules.get_rules(database(), _ACTOR)
    for name in NAMES:
        value, usual = _told(getattr(found, name)), _told(getattr(DEFAULT_RULES, name))
        click.echo(f"{name}={value}" + (f"  (usually {usual})" if value != usual else ""))


@rules.command("set")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE...")
def set_command(changes: tuple[str, ...]) -> None:
    """Change rules, such as nudge_points=5 answer_days=7; all of them or, when one is wrong, none."""
    told = {}
    for change in changes:
        name, is_told, value = change.partition("=")
        if not is_told:
            raise click.BadParameter("write NAME=VALUE.", param_hint=change)
        told[name.strip()] = value.strip()
    try:
        found = place_rules.change_rules(database(), _ACTOR, told)
    except Invalid as fault:
        lines = "\n".join(f"{problem.field}: {problem.sentence}" for problem in fault.problems)
        raise click.ClickException(lines) from None
    for name in told:
        click.echo(f"{name}={_told(getattr(found, name))}")


def _told(value: object) -> str:
    """As it is typed: several numbers with commas between them."""
    return ",".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)
