"""Commands of people's rights: `python -m app rights`."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click

from app.cli_client import database
from app.domain.access import system
from app.domain.errors import Conflict, NotFound
from app.services.retaining import erasure
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


@rights.command("erase")
@click.argument("person_id", type=click.UUID)
@click.option("--why", required=True, help="A rule of retention, as adult; or asked.")
@click.confirmation_option(prompt="The person's key is destroyed, and nothing brings it back. Go on?")
def erase_command(person_id: UUID, why: str) -> None:
    """Erase a person for good, and print the certificate."""
    db = database()
    try:
        erasure_id = erasure.erase(db, _ACTOR, person_id, why=why)
    except NotFound:
        raise click.ClickException("There is no such person.") from None
    except Conflict as fault:
        raise click.ClickException(fault.sentence) from None
    click.echo(erasure.certificate(db, _ACTOR, erasure_id), nl=False)
    click.echo(
        "Write the ledger anew now, and keep it away from the database: python -m app rights ledger FILE"
    )


@rights.command("ledger")
@click.argument("file", type=_FILE)
def ledger_command(file: Path) -> None:
    """Write the ledger of erasures to a file: numbers alone."""
    file.write_text("".join(f"{line}\n" for line in erasure.ledger(database(), _ACTOR)), encoding="utf-8")


@rights.command("replay")
@click.argument("file", type=_FILE)
def replay_command(file: Path) -> None:
    """After a restore: erase again whom the copy brought back."""
    try:
        count = erasure.replay(database(), _ACTOR, file.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as fault:
        raise click.ClickException(str(fault)) from None
    click.echo(f"{count} erased again")
