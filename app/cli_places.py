"""The steward's commands for open data: `python -m app places ...`; nothing is ever fetched from elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

from app.config import from_environment
from app.domain.access import system
from app.domain.errors import Invalid
from app.runtime import build_runtime
from app.services.evaluation import population as populations
from app.services.feeds import open_data
from app.store import geography
from app.store.session import Database

_MOST_TOLD: Final = 20


def _database() -> Database:
    return build_runtime(from_environment(os.environ)).db


@click.group("places")
def places() -> None:
    """Load postcodes, areas, practices and networks from open data, and look them up."""


@places.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--only", multiple=True, help="Postcode area or district, such as E or E8; none takes all.")
def load(files: tuple[Path, ...], only: tuple[str, ...]) -> None:
    """Load FILES; exits 1 when lines had to be left aside."""
    db, left = _database(), 0
    for path in files:
        loaded = open_data.load(db, path, only=only)
        click.echo(f"{path.name}: {loaded.taken} {loaded.what} loaded, {loaded.left_aside} left aside.")
        if loaded.venues_placed:
            click.echo(f"  {loaded.venues_placed} venues have their point on the map now.")
        if loaded.overruled:
            click.echo(f"  {len(loaded.overruled)} things were said otherwise here, and are overruled:")
        for sentence in loaded.overruled[:_MOST_TOLD]:
            click.echo(f"    {sentence}")
        if len(loaded.overruled) > _MOST_TOLD:
            click.echo("    And more: the steward's pages of neighbourhoods have all of it, with its day.")
        for problem in loaded.problems:
            click.echo(f"  line {problem.line}: {problem.sentence}", err=True)
        left += loaded.left_aside
    if left:
        sys.exit(1)


@places.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def population(file: Path) -> None:
    """Load how many people of which group live in the area (area,kind,group,people), in place of what was loaded."""
    try:
        groups = populations.load(_database(), file)
    except Invalid as fault:
        told = "\n".join(f"  {each.field}: {each.sentence}" for each in fault.problems[:20])
        raise click.ClickException(f"Nothing was loaded.\n{told}") from None
    click.echo(f"{groups} groups loaded.")


@places.command()
@click.argument("code")
def show(code: str) -> None:
    """Print what is known of a postcode, or of a practice or network by its ODS code."""
    with _database().transaction(system("command-line")) as tx:
        found = geography.find_place(tx, code) or geography.find_ods(tx, code)
    if found is None:
        raise click.ClickException("Nothing is loaded for this code.")
    for name in found.__dataclass_fields__:
        value = getattr(found, name)
        if value not in (None, "", ()):
            click.echo(f"{name}: {', '.join(value) if isinstance(value, tuple) else value}")
