"""The steward's command for unmet need: `python -m app unmet-needs`."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli_client import database
from app.domain.access import system
from app.domain.unmet_need import AreaKind
from app.services.watching import unmet_needs as needs

_ACTOR = system("command-line")


@click.command("unmet-needs")
@click.option("--for-commissioners", is_flag=True, help="The guarded table, fit to leave the house.")
@click.option(
    "--area", type=click.Choice([each.value for each in AreaKind]), default=AreaKind.NEIGHBOURHOOD.value
)
@click.option(
    "--to", type=click.Path(dir_okay=False, path_type=Path), help="A file to write; else it is printed."
)
def unmet_needs(for_commissioners: bool, area: str, to: Path | None) -> None:
    """Write the needs that nobody could meet as CSV: gaps for the steward, or the table for commissioners."""
    db = database()
    if for_commissioners:
        text = needs.commissioners_csv(needs.for_commissioners(db, _ACTOR))
    else:
        text = needs.report_csv(needs.find_report(db, _ACTOR, kind=AreaKind(area)))
    if to is None:
        click.echo(text, nl=False)
    else:
        to.write_text(text, newline="")
        click.echo(f"Written to {to}.")
