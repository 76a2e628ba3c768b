"""The commands about extracts that were written: `python -m app extracts list|lists`."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli_client import database
from app.domain.access import system
from app.services.dataset import secondary_use
from app.store.secondary_use import ExtractMade

REASON_WORDS = {
    "consent-withdrawn": "said no, or took a yes back",
    "national-data-opt-out": "national data opt-out",
    "not-checked-nationally": "no fresh answer of the national check: told of once there is one",
    "identity-not-confirmed": "identity not sure",
    "restricted-record": "restricted record",
    "no-outcome": "no outcome was told",
    "worked-as-one": "told by another request of the same person",
    "not-a-referral": "sent by mistake, or twice",
}


@click.group("extracts")
def extracts() -> None:
    """Look at what left for the dataset, in counts; write the lists that go with it."""


@extracts.command("list")
def list_command() -> None:
    """Tell of the last extracts: rows, and referrals left out by reason. Counts only, for the controller's own eyes."""
    made = secondary_use.list_extracts(database(), system("extracts list"))
    for each in made:
        click.echo(told(each))
    if not made:
        click.echo("No extract was written yet: python -m app extract writes one.")


@extracts.command("lists")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def lists_command(folder: Path) -> None:
    """Write into FOLDER whose rows of earlier extracts may not be used any more; `extract` does so as well."""
    listed = secondary_use.write_lists(database(), folder)
    click.echo(told_of_lists(listed))


def told(made: ExtractMade) -> str:
    """Return one extract in a few lines."""
    lines = [
        f"{made.made_at:%Y-%m-%d}  {made.id}: {made.rows} rows, {made.opted_out} left out by Type 1 opt-out"
    ]
    lines += [
        f"    {count} left out: {REASON_WORDS.get(code, code)}"
        for code, count in sorted(made.excluded.items())
    ]
    return "\n".join(lines)


def told_of_lists(listed: secondary_use.Listed) -> str:
    """Return in a line what the lists for the anonymiser hold."""
    return (
        f"Lists for the anonymiser: {listed.type_1} people with a Type 1 opt-out and {listed.others} others whose rows "
        f"lie in earlier extracts are left out of the next release. {listed.research} agreed to research."
    )
