"""A group's helper, who answers by safe links."""

from __future__ import annotations

import re
from uuid import UUID

from app.domain.access import system
from app.domain.safe_links import ChannelKind
from app.services.by_link import safe_contacts, safe_links
from app.services.by_link.safe_contacts import NewHelper
from app.store import mail
from app.store.session import Database
from tests.factories import MadePlace, make_referral

LINK_TO, CODE_TO = "sam@befrienders.example", "+447700900123"


def add_helper(
    db: Database,
    place: MadePlace,
    name: str = "Sam Lee",
    link_to: str = LINK_TO,
    code_to: str = CODE_TO,
    *,
    verified: bool = True,
) -> UUID:
    """Add a helper of the first provider, verified unless told otherwise; return their id."""
    steward, group = place.actor("steward"), place.providers[0].id
    kind = ChannelKind.EMAIL if "@" in code_to else ChannelKind.TEXT
    helper_id = safe_contacts.add_helper(db, steward, group, NewHelper(name, link_to, kind, code_to))
    if verified:
        safe_contacts.verify(db, steward, group, helper_id, on=db.clock().date(), how="rang")
    return helper_id


def take_post(db: Database) -> list[mail.Mail]:
    """Return what was put on its way and not taken yet, the oldest first."""
    with db.transaction(system("test")) as tx:
        taken = [mail.lease(tx, each) for each in mail.list_due(tx)]
        letters = [each for each in taken if each is not None]
        for each in letters:
            mail.record_sent(tx, each.id)
    return letters


def path_in(text: str) -> str:
    """Return the path of the safe link in a letter."""
    (found,) = re.findall(r"/offer-link/[\w-]+", text)
    return str(found)


def knock_once(db: Database, place: MadePlace) -> None:
    """A helper of the first provider has pressed the button of a link; the group then switched links off."""
    add_helper(db, place)
    make_referral(db, place)
    letters = [letter for letter in take_post(db) if letter.to == LINK_TO]
    safe_links.knock(db, path_in(letters[-1].text).rsplit("/", 1)[1])
    safe_contacts.switch(db, place.actor("steward"), place.providers[0].id, off=True)
