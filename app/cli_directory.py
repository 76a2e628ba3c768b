"""The steward's commands for the directory: `python -m app directory import ...`; a dry run unless told otherwise."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from app.cli_categories import categories_command, category_command
from app.clients.feed import FeedProblem, Harvest, fetch_feed, read_files
from app.clients.outside import NotOutside, check_outside, outside_session
from app.config import from_environment
from app.domain.access import system
from app.domain.errors import Invalid
from app.runtime import build_runtime
from app.services.directory import directory_sheet
from app.services.directory.directory_columns import NOT_TAKEN
from app.services.feeds import directory_import
from app.services.feeds.directory_import import Feed
from app.services.feeds.import_report import Report, render
from app.store.session import Database

_ACTOR = system("command-line")
_SHEETS = (".csv", ".tsv", ".xlsx")


def _database() -> Database:
    return build_runtime(from_environment(os.environ)).db


@click.group("directory")
def directory() -> None:
    """Import the directory of others, and look at what could not be taken."""


@directory.command("import")
@click.option("--feed", "url", help="An Open Referral UK feed: the address that /services is added to.")
@click.option(
    "--file", "path", type=click.Path(exists=True, path_type=Path),
    help="A spreadsheet (CSV or XLSX) with the template's columns, a JSON file in the shape of Open Referral UK 3.0"
    " or 1.0, or a folder of such JSON files.",
)  # fmt: skip
@click.option("--source", help="The source's name for good; without it, the file's or the feed's address.")
@click.option(
    "--complete", is_flag=True, help="The file has all of the source: what is missing is set inactive."
)
@click.option("--apply", is_flag=True, help="Write it; without this, only tell what would be done.")
def import_command(
    url: str | None, path: Path | None, source: str | None, *, complete: bool, apply: bool
) -> None:
    """Import services with their organisations, venues and sessions; exits 1 when any row was set aside."""
    if (url is None) is (path is None):
        raise click.UsageError("Give --feed or --file.")
    if path and path.suffix.lower() in _SHEETS:
        _import_sheet(path, source or path.stem, complete=complete, apply=apply)
        return
    try:
        harvest = read_files(path) if path else _fetched(url or "")
    except (FeedProblem, NotOutside) as fault:
        raise click.ClickException(fault.sentence) from None
    name = source or (path.stem if path else url or "").rstrip("/")
    _import(harvest, Feed(name, harvest.rows, complete=complete or harvest.complete), apply=apply)


def _fetched(url: str) -> Harvest:
    allow_private = build_runtime(from_environment(os.environ)).settings.allow_private_addresses
    check_outside(url, allow_private=allow_private)
    with outside_session(allow_private=allow_private) as session:
        return fetch_feed(session, url)


def _import(harvest: Harvest, feed: Feed, *, apply: bool) -> None:
    for warning in harvest.warnings:
        click.echo(f"Look: {warning}")
    report = directory_import.import_directory(_database(), _ACTOR, feed, apply=apply)
    _tell(report)


def _tell(report: Report) -> None:
    for line in render(report):
        click.echo(line)
    if report.has_faults:
        sys.exit(1)


def _import_sheet(path: Path, source: str, *, complete: bool, apply: bool) -> None:
    if complete:
        raise click.UsageError("--complete is for feeds: a row missing from a spreadsheet says nothing.")
    try:
        report = directory_sheet.import_sheet(
            _database(), _ACTOR, path.read_bytes(), source=source, apply=apply
        )
    except Invalid as fault:
        raise click.ClickException(" ".join(each.sentence for each in fault.problems)) from None
    _tell(report)


@directory.command("template")
@click.argument("path", type=click.Path(exists=False, dir_okay=False, path_type=Path))
def template_command(path: Path) -> None:
    """Write the spreadsheet to fill in to PATH, which ends in .csv or .xlsx."""
    if path.suffix.lower() not in _SHEETS or path.exists():
        raise click.UsageError("Name a new file that ends in .csv or .xlsx.")
    is_csv = path.suffix.lower() == ".csv"
    path.write_bytes(directory_sheet.template_csv() if is_csv else directory_sheet.template_xlsx())
    click.echo(f"Written: {path}")
    click.echo(NOT_TAKEN)


@directory.command("set-aside")
def set_aside_command() -> None:
    """List the rows that could not be taken yet, with everything that is wrong with them and the rows themselves."""
    for row in directory_import.list_set_aside(_database(), _ACTOR):
        click.echo(f"{row.source}: id {row.external_id or 'none'}")
        for problem in row.problems:
            click.echo(f"    WRONG {problem.field}: {problem.sentence}")
        click.echo(f"    {row.raw}")


directory.add_command(categories_command)
directory.add_command(category_command)
