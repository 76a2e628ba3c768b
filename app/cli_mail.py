"""The steward's commands for e-mail and what it asks about: `python -m app mail ...`, `python -m app entries`."""

from __future__ import annotations

import os
import sys
from uuid import uuid4

import click

from app.clients.smtp import Letter
from app.clients.transport import TransportFailure
from app.config import from_environment
from app.domain.access import system
from app.runtime import Runtime, build_runtime
from app.services.directory import entry_checks
from app.services.messages import mailing

_ACTOR = system("command-line")


def _runtime() -> Runtime:
    return build_runtime(from_environment(os.environ))


@click.group("mail")
def mail() -> None:
    """Try the mail server, and see what could not be delivered."""


@mail.command("test")
@click.argument("address")
def try_command(address: str) -> None:
    """Send one e-mail to ADDRESS, now; exits 1 and says why when the mail server does not take it."""
    mailer = _runtime().mailer
    if mailer is None:
        raise click.ClickException("SMTP_URL is not set: no e-mail is sent from here.")
    if not mailing.is_address(address):
        raise click.BadParameter("give an e-mail address such as hello@example.org.", param_hint="ADDRESS")
    try:
        mailer.send(Letter(str(uuid4()), address, "A test from Backstitch", "This e-mail is a test.\n"))
    except TransportFailure as fault:
        raise click.ClickException(f"The mail server did not take it: {fault.code}.") from None
    click.echo("The mail server took it.")


@mail.command("failed")
def failed_command() -> None:
    """List the e-mails that could not be delivered and that nobody has seen to; exits 1 when there are any."""
    found = mailing.list_failed(_runtime().db, _ACTOR)
    for each in found:
        whose = each.organisation_name or "no organisation"
        click.echo(f"{each.failed_at:%Y-%m-%d}  {each.error:<20}  {each.to}  {whose}: {each.subject}")
    if found:
        sys.exit(1)
    click.echo("Every e-mail was delivered, is on its way, or was left.")


@click.command("entries")
def entries() -> None:
    """List the directory's entries to check: what is said to have changed, and whom to ring."""
    found = entry_checks.list_to_check(_runtime().db, _ACTOR)
    for change in found.changes:
        click.echo(f"CHANGED  {change.service_name}, {change.organisation_name}: {change.words}")
    for each in found.to_ring:
        seen = each.verified_on.isoformat() if each.verified_on else "never"
        click.echo(
            f"RING     {each.phone or 'no number':<16} {each.service_name}, {each.organisation_name}: confirmed {seen}"
        )
    if not (found.changes or found.to_ring):
        click.echo("No entry waits for anybody.")
