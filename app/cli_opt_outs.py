"""The commands for the national data opt-out: `python -m app national-opt-outs ask|record`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click

from app.cli_client import database
from app.domain.errors import Invalid
from app.services.dataset import opt_outs

_FILE = click.Path(dir_okay=False, path_type=Path)
_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("national-opt-outs")
def national_opt_outs() -> None:
    """Ask who opted out of secondary use, before an extract is written, and keep the answer."""


@national_opt_outs.command()
@click.argument("question", type=_FILE)
@click.option(
    "--handed-over", is_flag=True, help="Ask about whom earlier extracts tell of: for a project's rows."
)
def ask(question: Path, *, handed_over: bool) -> None:
    """Write the file to send to the national check: the NHS numbers of whom the next extract would tell."""
    _write_for_its_owner(question, opt_outs.national_question(database(), handed_over=handed_over))
    click.echo(f"Written to {question}: send it, keep it until the answer is recorded, then delete both.")


@national_opt_outs.command()
@click.argument("question", type=_THERE)
@click.argument("answer", type=_THERE)
@click.option("--yes-so-many", is_flag=True, help="The answer is right, though over half opted out by it.")
def record(question: Path, answer: Path, *, yes_so_many: bool) -> None:
    """Keep the check's ANSWER to a QUESTION: whoever is missing from it is left out of every extract."""
    files = (question.read_bytes(), answer.read_bytes())
    try:
        checked = opt_outs.record_national_answer(database(), *files, so_many=yes_so_many)
    except Invalid as fault:
        for each in fault.problems:
            click.echo(f"{each.field}: {each.sentence}", err=True)
        sys.exit(2)
    click.echo(f"{checked.asked} people asked about, {checked.opted_out} opted out.")


def _write_for_its_owner(path: Path, content: bytes) -> None:
    """Write a new file that only its owner reads, and put it in the place of any that was there."""
    if path.exists() and not path.is_file():  # a pipe keeps nothing
        path.write_bytes(content)
        return
    target = path.resolve()
    handle, aside = tempfile.mkstemp(prefix=".", dir=target.parent)  # of mode 0600
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(aside).replace(target)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
