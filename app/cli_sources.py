"""The steward's command for those who ask for help for people and are no GP practice: `python -m app add source`."""

from __future__ import annotations

from uuid import UUID

import click

from app.cli_client import database
from app.domain.sources import SOURCES, SourceKind
from app.domain.vocabulary import Environment, FeedbackFormat, ProgressMessages
from app.services.watching import set_up
from app.services.watching.set_up import NewPractice

_KINDS = [kind.value for kind in SourceKind if kind is not SourceKind.PRACTICE]


@click.command("source")
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("name")
@click.option("--team", type=click.UUID, required=True, help="The link worker team's id.")
@click.option("--ods", help="Its ODS code, if it has one; a system can send messages for it only then.")
@click.option(
    "--tell", help="How its system is told: a MESH mailbox or the URL of a FHIR endpoint. Else by page."
)
@click.option(
    "--format",
    "told_as",
    type=click.Choice([each.value for each in FeedbackFormat]),
    default=FeedbackFormat.LETTER.value,
    show_default=True,
    help="What its mailbox or endpoint gets.",
)
@click.option(
    "--progress",
    type=click.Choice([each.value for each in ProgressMessages]),
    help="Whether it hears of a referral on its way too, or of the outcome only.",
)
@click.option("--sandbox", is_flag=True, help="It sends test patients only.")
def source(
    kind: str, name: str, *, team: UUID, ods: str | None, sandbox: bool, **telling: str | None
) -> None:
    """Add a hospital, council, faith or voluntary organisation, Jobcentre, or `self`: people who ask for themselves.

    A Jobcentre hears nothing of what becomes of a person, not even whether they came. `self` opens the public page
    /self-referral and the link workers' page for people on the telephone.
    """
    tell = telling["tell"]
    transport = None if tell is None else "fhir" if tell.startswith(("http:", "https:")) else "mesh"
    source_kind = SourceKind(kind)
    new = NewPractice(
        name,
        ods,
        team,
        use_cases=SOURCES[source_kind].use_cases,
        environment=Environment.SANDBOX if sandbox else Environment.LIVE,
        feedback_transport=transport,
        feedback_address=tell,
        feedback_format=FeedbackFormat(telling["told_as"] or FeedbackFormat.LETTER),
        progress=ProgressMessages(telling["progress"]) if telling["progress"] else None,
        source_kind=source_kind,
    )
    click.echo(set_up.add_practice(database(), new))
