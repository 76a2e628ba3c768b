"""The commands for the keys of people's records: make a ring, add a key, wrap all by it, take the old one off."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from app.cli_client import database
from app.clients.vault import VaultAccount, VaultProblem, key_file
from app.services.rights import key_changes
from app.store import key_files
from app.store.crypto import KeyRing

_PATH = click.Path(path_type=Path)
_RING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def keys() -> None:
    """Make and change the keys of people's records."""


@keys.command()
@click.argument("path", type=_PATH)
def create(path: Path) -> None:
    """Make a new key ring at PATH, readable by you alone; an existing one is left as it is."""
    KeyRing.create(path)
    click.echo(f"The key ring is at {path}. Keep a copy where no backup of the database is.")


@keys.command()
@click.argument("address")
@click.argument("key")
@click.option("--mount", default="transit", show_default=True, help="Where the transit engine is mounted.")
def service(address: str, key: str, mount: str) -> None:
    """Print a key file for a key service at ADDRESS (Vault, OpenBao) that keeps KEY, as VAULT_TOKEN_FILE."""
    told = {"address": address, "key": key, "mount": mount}
    try:
        click.echo(key_file(VaultAccount.read(told, os.environ)))
    except (VaultProblem, ConnectionError) as fault:
        click.echo(str(fault), err=True)
        sys.exit(1)


@keys.command("add")
@click.argument("path", type=_RING)
def add_command(path: Path) -> None:
    """Add a new key to the ring at PATH; it is used once it is active everywhere."""
    key_id = key_files.add_key(path)
    click.echo(
        f"The key {key_id} is on the ring. Give every process this ring, then: keys activate PATH {key_id}"
    )


@keys.command()
@click.argument("path", type=_RING)
@click.argument("key_id")
def activate(path: Path, key_id: str) -> None:
    """Let KEY_ID wrap what is new from now on; then: keys rewrap."""
    key_files.activate(path, key_id)
    click.echo(f"The key {key_id} is active. Now: keys rewrap")


@keys.command()
def rewrap() -> None:
    """Wrap every data key by the active key, while all goes on; may be stopped and begun again."""
    done = key_changes.rewrap_all(database(), tell=lambda table, count: click.echo(f"{table}: {count}"))
    click.echo(f"{done} data keys were wrapped anew.")


@keys.command("list")
def list_command() -> None:
    """Tell how many data keys each key wraps."""
    for key_id, count in sorted(key_changes.count_by_key(database()).items()):
        click.echo(f"{key_id}: {count}")


@keys.command()
@click.argument("path", type=_RING)
@click.argument("key_id")
def remove(path: Path, key_id: str) -> None:
    """Take KEY_ID off the ring at PATH for good; refused while it wraps anything of the database."""
    count = key_changes.count_by_key(database()).get(key_id, 0)
    if count:
        click.echo(f"The key {key_id} still wraps {count} data keys: keys rewrap first.", err=True)
        sys.exit(1)
    key_files.remove(path, key_id)
    click.echo(f"The key {key_id} is gone. Backups that need it can no longer be read.")
