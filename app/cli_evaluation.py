"""The steward's command for a group without a sign-in: its evaluation as files, made on the steward's own host."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from app.cli_client import database
from app.domain.pack import Filters
from app.services.evaluation import evaluation_files as files
from app.services.evaluation.evaluation_workbook import xlsx_of
from app.services.evaluation.pack import evaluation_of

_DAY = click.DateTime(["%Y-%m-%d"])
_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("evaluation")
@click.argument("organisation_id", type=click.UUID)
@click.option("--since", type=_DAY, help="The first day, as 2026-01-01; without it, from the beginning.")
@click.option("--until", type=_DAY, help="The last day; without it, until today.")
@click.option("--pdf", type=_FILE, help="Where the report is written.")
@click.option("--xlsx", type=_FILE, help="Where the spreadsheet is written.")
@click.option("--csv", type=_FILE, help="Where all numbers are written.")
def evaluation(
    organisation_id: UUID, since: datetime | None, until: datetime | None, **paths: Path | None
) -> None:
    """Write the evaluation of a group of the directory to files, for it to have on paper or by e-mail."""
    wanted = {kind: path for kind, path in paths.items() if path is not None}
    if not wanted:
        raise click.UsageError("Say what to write: --pdf FILE, --xlsx FILE or --csv FILE.")
    filters = Filters(since.date() if since else None, until.date() if until else None)
    if filters.since and filters.until and filters.until < filters.since:
        raise click.BadParameter("it is before the first day.", param_hint="--until")
    db = database()
    pack = evaluation_of(db, organisation_id, filters)
    made = {
        "pdf": lambda: files.pdf_of(pack, made_at=db.clock()),
        "xlsx": lambda: xlsx_of(pack),
        "csv": lambda: files.csv_of(pack).encode(),
    }
    for kind, path in wanted.items():
        path.write_bytes(made[kind]())
        click.echo(f"{path}: {pack.people.words} people, {pack.referrals.words} referrals")
