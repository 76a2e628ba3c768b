"""The steward's commands for systems that sign in with a key: their keys anew, switched off, switched on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from app.config import from_environment
from app.runtime import build_runtime
from app.services.systems import api_clients
from app.store.session import Database

KEYS_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def database() -> Database:
    """Return the database that the environment names."""
    return build_runtime(from_environment(os.environ)).db


def read_keys(path: Path) -> Any:
    """Return what a file of public keys holds; a file that is no JSON is told in a sentence."""
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError, OSError) as fault:
        sentence = 'it is not JSON. Give a JSON Web Key Set: {"keys": [...]}, public keys only.'
        raise click.BadParameter(sentence, param_hint=str(path)) from fault


@click.group("client")
def client() -> None:
    """Look after the systems that sign in with a key."""


@client.command()
@click.argument("client_id")
@click.argument("jwks", type=KEYS_FILE)
@click.option("--replace", is_flag=True, help="Drop all keys that are not in the file.")
def keys(client_id: str, jwks: Path, *, replace: bool) -> None:
    """Add the public keys of the file JWKS to a client's; a key with a known kid takes its place.

    To change keys without a gap: add the new one, let the system sign with it, then --replace by it alone.
    """
    names = api_clients.set_keys(database(), client_id, read_keys(jwks), replace=replace)
    click.echo(f"{client_id} may sign with: {', '.join(names)}")


@client.command()
@click.argument("client_id")
def off(client_id: str) -> None:
    """Shut a client out; its tokens end at once."""
    api_clients.switch(database(), client_id, active=False)
    click.echo(f"{client_id} is off: it gets no token, and those that it has are ended.")


@client.command()
@click.argument("client_id")
def on(client_id: str) -> None:
    """Let a client in again."""
    api_clients.switch(database(), client_id, active=True)
    click.echo(f"{client_id} is on.")
