"""The steward's commands for questionnaires: which are known, what is wrong with a file, and FHIR out and in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.measures import Library, Measure
from app.services.measures import measure_library, measure_questionnaires
from fhir import strict_json
from fhir.problems import FhirRejected

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("measures")
def measures() -> None:
    """Look at the questionnaires that are known here, and write new ones."""


@measures.command("list")
def list_all() -> None:
    """Print each version of each measure: code, version, whether it can be asked here, name, and what is asked."""
    library = _library()
    for each in library.measures:
        click.echo(f"{each.code:<20} {each.version:<8} {_state(each):<26} {each.name}")
    framework = library.framework()
    asked = ", ".join(each.code for each in library.asked())
    click.echo(f"\nAsked here ({framework.name}, version {framework.version}): {asked or 'nothing'}.")


@measures.command("check")
@click.argument("paths", nargs=-1, required=True, type=_FILE)
def check(paths: tuple[Path, ...]) -> None:
    """Read files of measures, words or frameworks, and say everything that is wrong with them."""
    known = _library()
    problems: list[FieldProblem] = []
    for path in paths:
        try:
            click.echo(f"{path.name}: {measure_library.check(path, known)}")
        except Invalid as fault:
            problems += fault.problems
    if problems:
        raise click.ClickException(_listed(problems))


@measures.command("questionnaire")
@click.argument("code")
@click.option("--version", help="The version; the newest, unless told.")
def questionnaire(code: str, version: str | None) -> None:
    """Print a measure as a FHIR Questionnaire (R4)."""
    try:
        told = measure_questionnaires.of(_library().get(code, version))
    except NotFound as fault:
        raise click.ClickException(f"{fault.sentence} See: python -m app measures list") from None
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))


@measures.command("from-questionnaire")
@click.argument("path", type=_FILE)
def from_questionnaire(path: Path) -> None:
    """Print a FHIR Questionnaire as a measure's file, to be looked at and put into the folder of MEASURES_DIR."""
    try:
        measure = measure_questionnaires.measure_from(strict_json.load(path.read_bytes()))
    except FhirRejected as fault:
        told = [FieldProblem(each.path, each.sentence) for each in fault.problems]
        raise click.ClickException(_listed(told)) from None
    except Invalid as fault:
        raise click.ClickException(_listed(fault.problems)) from None
    click.echo(measure_questionnaires.toml_of(measure), nl=False)


def _library() -> Library:
    folder = os.environ.get("MEASURES_DIR", "").strip()
    try:
        return measure_library.load(Path(folder) if folder else None)
    except Invalid as fault:
        raise click.ClickException(_listed(fault.problems)) from None


def _state(measure: Measure) -> str:
    if measure.retired:
        return "not asked any more"
    return "can be asked" if measure.may_be_asked else "needs its licensed words"


def _listed(problems: tuple[FieldProblem, ...] | list[FieldProblem]) -> str:
    lines = (": ".join(filter(None, (each.field, each.sentence))) for each in problems)
    return "\n".join(["This cannot be taken:", *(f"- {line}" for line in lines)])
