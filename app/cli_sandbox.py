"""The commands for integrators: a fenced-off place with a ready token, and an empty one again."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

import click
from joserfc.jwk import KeySet, RSAKey

from app.config import from_environment
from app.runtime import Runtime, build_runtime
from app.services.systems import sandbox as places

_KEY_BITS = 2048
_DEMONSTRATION = Path(__file__).resolve().parents[1] / "var" / "demo" / "environment.json"


@click.group()
def sandbox() -> None:
    """A fenced-off place for integrators: same code, invented people only."""


@sandbox.command()
@click.option(
    "--ods", default=places.USUAL_ODS, show_default=True, help="Its practice's code; one sandbox each."
)
@click.option(
    "--tell", help="The URL of your FHIR endpoint: outcomes are posted to it. Read when it is made."
)
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("var/sandbox-key.pem"),
    show_default=True,
    help="The client's private key; made when it is not there.",
)
def token(ods: str, tell: str | None, key_file: Path) -> None:
    """Make the sandbox where there is none yet, and print a bearer token that works at once."""
    runtime = _runtime()
    key = _key(key_file)
    client_id = places.open_sandbox(runtime.db, ods, KeySet([key]).as_dict(private=False), tell=tell)
    bearer = places.give_token(runtime.db, client_id)
    provider = places.give_token(runtime.db, places.provider_client_of(ods))
    base = runtime.settings.public_url.rstrip("/")
    hours = int(places.TOKEN_LIFETIME.total_seconds() // 3600)
    click.echo(
        f"# client {client_id}, ODS code {ods.upper()}, key {key_file} (kid {key.kid}); good for {hours} hours"
    )
    told = {
        "BACKSTITCH": base,
        "TOKEN": bearer,
        "PROVIDER_TOKEN": provider,
        "CLIENT": client_id,
        "KID": key.kid,
        "KEY": key_file.resolve(),
    }
    for name, value in told.items():
        click.echo(f"export {name}={shlex.quote(str(value))}")
    click.echo(f"# next: {base}/developers; at once:")
    click.echo(f'curl -s "{base}/FHIR/R4/ServiceRequest" -H "Authorization: Bearer {bearer}"')


@sandbox.command()
@click.option("--ods", default=places.USUAL_ODS, show_default=True)
def reset(ods: str) -> None:
    """Empty a sandbox; its code, keys and tokens stay."""
    places.reset(_runtime().db, places.client_of(ods))
    click.echo(f"The sandbox {ods.upper()} is empty.")


def _runtime() -> Runtime:
    """Build the house of the environment; where it names no database, that of the demonstration that runs here."""
    told: Mapping[str, str] = os.environ
    if "DATABASE_URL" not in told and _DEMONSTRATION.exists():
        told = json.loads(_DEMONSTRATION.read_text())
    return build_runtime(from_environment(told))


def _key(path: Path) -> RSAKey:
    """Return the key of a file, a new one when there is no such file yet."""
    try:
        if not path.exists():
            _write_new(path)
        key = RSAKey.import_key(path.read_bytes())
    except (OSError, ValueError, TypeError) as fault:
        sentence = "it must be an RSA key as PEM, in a folder that you may write to."
        raise click.BadParameter(sentence, param_hint="--key-file") from fault
    return RSAKey.import_key(key.as_dict(private=True), {"kid": key.thumbprint(), "use": "sig"})


def _write_new(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(made, "wb") as file:
        file.write(RSAKey.generate_key(_KEY_BITS).as_pem(private=True))
