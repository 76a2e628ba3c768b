"""The steward's commands for categories: what those of other directories mean, said and taken back."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from app.config import from_environment
from app.domain.access import system
from app.domain.categories import Category
from app.domain.errors import Invalid, NotFound
from app.domain.vocabulary import Need
from app.runtime import build_runtime
from app.services.feeds import categories
from app.store.session import Database

_ACTOR = system("command-line")
_NEEDS = click.Choice([need.value for need in Need if need is not Need.OTHER])


def _database() -> Database:
    return build_runtime(from_environment(os.environ)).db


@click.command("categories")
@click.option("--all", "all_of_them", is_flag=True, help="Those too of which it is known what they mean.")
def categories_command(*, all_of_them: bool) -> None:
    """List the categories of imported services of which nobody knows what they mean, most waited on first."""
    found = categories.list_categories(_database(), _ACTOR)
    shown = [each for each in found if all_of_them or each.needs is None]
    for each in shown:
        click.echo(_line(each))
    if not shown:
        click.echo("Of every category it is known what it means.")


@click.command("category")
@click.argument("key")
@click.option("--need", "needs", type=_NEEDS, multiple=True, help="A need that it means; again for a second.")
@click.option("--none", "none_of_ours", is_flag=True, help="It means none of our needs.")
@click.option("--undo", is_flag=True, help="Take back what was said of it.")
def category_command(key: str, needs: Sequence[str], *, none_of_ours: bool, undo: bool) -> None:
    """Say what a category means: KEY is its taxonomy and code, as the list tells it. It counts at once."""
    if sum((bool(needs), none_of_ours, undo)) != 1:
        raise click.UsageError("Give --need, --none or --undo.")
    try:
        changed = categories.say(_database(), _ACTOR, key, None if undo else needs)
    except NotFound:
        raise click.ClickException("There is no such category: see directory categories --all.") from None
    except Invalid as fault:
        raise click.ClickException(fault.problems[0].sentence) from None
    click.echo(
        f"It counts from now on: {changed} {'service has' if changed == 1 else 'services have'} new needs."
    )


def _line(each: Category) -> str:
    if each.needs is None:
        means = f"not known; {each.waiting} of {each.services} services wait on it"
    else:
        means = f"{', '.join(each.needs) or 'none of ours'} ({'said' if each.said else 'by its name'})"
    return f"{each.term.key}  {each.term.name}: {means}"
