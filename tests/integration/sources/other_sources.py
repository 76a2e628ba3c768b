"""A hospital, a council, a Jobcentre and people who ask for themselves, beside the practices of the usual place."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from app.domain.access import Actor, system
from app.domain.referral import Organisation
from app.domain.sources import SourceKind
from app.domain.vocabulary import Role
from app.services.incoming import web_referral
from app.services.incoming.web_referral import Asked, Taken
from app.services.watching import set_up
from app.services.watching.set_up import NewPractice
from app.store import directory
from app.store.session import Database
from tests.factories import PASSWORD, MadePlace


def add_source(db: Database, place: MadePlace, kind: SourceKind, **values: Any) -> Organisation:
    """A source of the first team, with somebody who signs in under the kind's name where they may."""
    name = f"Invented {kind.value}"
    made = set_up.add_practice(
        db, NewPractice(name, values.pop("ods", None), place.team.id, source_kind=kind, **values)
    )
    if kind is not SourceKind.SELF:
        set_up.add_user(
            db, made, Role.PRACTICE, username=kind.value, full_name="Invented Asker", password=PASSWORD
        )
    with db.transaction(system("test")) as tx:
        return directory.get_organisation(tx, made)


def actor_of(source: Organisation) -> Actor:
    """Somebody who signs in for a source."""
    return Actor(Role.PRACTICE, source.id, process="test")


def make_asked(**values: Any) -> Asked:
    """What a page tells of an invented person."""
    usual: dict[str, Any] = {
        "family": "Okonkwo",
        "given": "Adaeze",
        "birth_date": date(1951, 3, 4),
        "phone": "07700 900461",
        "needs": ("social-connection",),
        "words": "Would like company.",
        "agrees_to_sharing": True,
    }
    return Asked(**(usual | values))


def refer(db: Database, source: Organisation, *, request_id: UUID | None = None, **values: Any) -> Taken:
    """A referral that somebody of a source typed."""
    asked = make_asked(**values)
    name = request_id or uuid4()
    return web_referral.refer(db, actor_of(source), asked, asked_by="Invented Asker", request_id=name)
