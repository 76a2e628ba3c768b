"""The steward's commands for a whole directory in one file: read it, say everything that is wrong, write it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import click
from marshmallow import Schema, ValidationError, fields, validate

from app.config import from_environment
from app.domain.access import system
from app.domain.directory_words import (
    AssuranceKind,
    CareLevel,
    LegalForm,
    ServiceKind,
    ServiceStatus,
    Size,
    VenueKind,
)
from app.domain.errors import FieldProblem, Invalid
from app.domain.vocabulary import Capacity, ProviderKind
from app.runtime import build_runtime
from app.services.directory import directory_file

_ACTOR = system("command-line")


def _one_of(words: Any, **more: Any) -> fields.String:
    known = [str(each) for each in words]
    return fields.String(validate=validate.OneOf(known, error=f"Choose from: {', '.join(known)}."), **more)


def _texts() -> fields.List[str]:
    return fields.List(fields.String())


class _Assurance(Schema):
    kind = _one_of(AssuranceKind, required=True)
    since = fields.Raw(required=True, data_key="from")
    until = fields.Raw(load_default=None)
    seen = fields.Raw(load_default=None)


class _Service(Schema):
    name = fields.String(required=True)
    about = fields.String()
    kind = _one_of(ServiceKind)
    needs = _texts()
    areas = _texts()
    ages = fields.List(fields.Integer(strict=True), validate=validate.Length(equal=2))
    genders, for_whom, languages, access = _texts(), _texts(), _texts(), _texts()
    eligibility, cost = fields.String(), fields.String()
    rules = fields.List(fields.Dict())
    takes = _one_of(CareLevel)
    answer_days = fields.Integer(strict=True)
    status = _one_of(ServiceStatus)
    contact_name, contact_phone, contact_email = fields.String(), fields.String(), fields.String()
    capacity = _one_of(Capacity)
    weekly_limit, wait_weeks = fields.Integer(strict=True), fields.Integer(strict=True)
    checked = fields.Boolean(load_default=False)
    days = fields.List(fields.List(fields.String(), validate=validate.Length(min=3, max=5)))


class _Organisation(Schema):
    key = fields.String()
    name = fields.String(required=True)
    legal_form = _one_of(LegalForm)
    funding = _one_of(ProviderKind)
    charity_number = fields.String()
    size = _one_of(Size)
    led_by = _texts()
    host = fields.String()
    about, phone, email, website = fields.String(), fields.String(), fields.String(), fields.String()
    assurance = fields.List(fields.Nested(_Assurance), load_default=list)
    service = fields.List(fields.Nested(_Service), load_default=list)


class _Venue(Schema):
    key = fields.String(required=True)
    name = fields.String(required=True)
    kind = _one_of(VenueKind, load_default=VenueKind.PHYSICAL.value)
    address, access = (
        fields.List(fields.String(), load_default=list),
        fields.List(fields.String(), load_default=list),
    )
    postcode, host = fields.String(load_default=None), fields.String(load_default=None)


class _File(Schema):
    venue = fields.List(fields.Nested(_Venue), load_default=list)
    organisation = fields.List(fields.Nested(_Organisation), load_default=list)


@click.command("load")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", is_flag=True, help="Write it; without this, only tell what would be done.")
def load(path: Path, *, apply: bool) -> None:
    """Write organisations, venues, services, sessions and assurances from a TOML file; all of it or nothing."""
    try:
        told = _File().load(tomllib.loads(path.read_text(encoding="utf-8")))
        lines = directory_file.load_directory(
            build_runtime(from_environment(os.environ)).db, _ACTOR, told, apply=apply
        )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise click.ClickException(f"{path.name} cannot be read as TOML: {fault}") from None
    except ValidationError as fault:
        raise click.ClickException(_listed(_flat(fault.messages, ""))) from None
    except Invalid as fault:
        raise click.ClickException(_listed(list(fault.problems))) from None
    for line in lines:
        click.echo(line)
    click.echo("Written." if apply else "Nothing is written yet: add --apply.")


@click.command("example")
def example() -> None:
    """Print an example of the file that `directory load` takes, with what can stand in it."""
    click.echo(directory_file.example(), nl=False)


def _flat(messages: Any, where: str) -> list[FieldProblem]:
    if isinstance(messages, dict):
        parts = [
            (f"{where}[{key}]" if isinstance(key, int) else f"{where}.{key}", said)
            for key, said in messages.items()
        ]
        return [problem for at, said in parts for problem in _flat(said, at.lstrip("."))]
    return [FieldProblem(where, str(said)) for said in messages]


def _listed(problems: list[FieldProblem]) -> str:
    return "\n".join(
        ["Nothing is written.", *(f"    WRONG {each.field}: {each.sentence}" for each in problems)]
    )
