"""Commands of people's rights: `python -m app rights`."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli_client import database
from app.domain.access import system
from app.services.retaining import ledger
from app.services.rights.data_map import data_map
from app.services.rights.processing_record import processing_record

_ACTOR = system("command-line")
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("rights")
def rights() -> None:
    """The record of processing, and what else people's rights need."""


@rights.command("record")
@click.argument("file", type=_FILE, required=False)
def record_command(file: Path | None) -> None:
    """Write the record of processing from the data map, to a file or as it comes."""
    told = processing_record(data_map())
    if file is None:
        click.echo(told, nl=False)
    else:
        file.write_text(told, encoding="utf-8")


@rights.command("ledger")
@click.argument("file", type=_FILE)
def ledger_command(file: Path) -> None:
    """Write the ledger of erasures and legal holds to a file: numbers, codes, and words that are sealed."""
    file.write_text("".join(f"{line}\n" for line in ledger.ledger(database(), _ACTOR)), encoding="utf-8")


@rights.command("replay")
@click.argument("file", type=_FILE)
def replay_command(file: Path) -> None:
    """After a restore: erase again whom the copy brought back, and put on hold again what it let go."""
    try:
        done = ledger.replay(database(), _ACTOR, file.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as fault:
        raise click.ClickException(str(fault)) from None
    click.echo(f"{done.erased} erased again, {done.held} holds put right")
