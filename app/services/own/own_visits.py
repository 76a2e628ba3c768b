"""A visit of one's own page: begun by a date of birth or a sign-in, ended on the server for every copy of it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from app.domain.access import system
from app.services.own import person_links
from app.services.own.person_links import NotOpened
from app.store import own_visits
from app.store.audit import Entry
from app.store.person_links import PersonLink
from app.store.session import Database

VISIT: Final = timedelta(minutes=30)  # without a step; a borrowed telephone is handed back sooner
LONGEST: Final = timedelta(hours=2)  # whatever is done meanwhile
_RANDOM_BYTES: Final = 32
_VISITS: Final = system("own-visits")


def begin(db: Database, link: PersonLink, *, instead_of: str = "") -> str:
    """Begin a visit of a link that was opened, and end the one that this browser had; return its secret."""
    token = secrets.token_urlsafe(_RANDOM_BYTES)
    with db.transaction(_VISITS) as tx:
        own_visits.end(tx, instead_of)
        own_visits.add(tx, token, link, life=VISIT)
    return token


def step(db: Database, token: str, code: str) -> PersonLink:
    """Return what a visit opens under a link's code, and let it go on. Raises NotOpened for whatever opens nothing.

    Half an hour without a step ends it, two hours do whatever is done; so does the link's own end.
    """
    with db.transaction(_VISITS) as tx:
        link = person_links.find_open(tx, code)
        if own_visits.find_link(tx, token) != link.id:
            raise NotOpened
        own_visits.step(tx, token, life=VISIT, longest=LONGEST)
        return link


def end(db: Database, token: str, code: str) -> None:
    """End a visit, if there is one: from now on no copy of the browser's secret opens anything."""
    with db.transaction(_VISITS) as tx:
        link_id = own_visits.end(tx, token)
        if link_id is None:
            return
        try:
            link = person_links.find_open(tx, code)
        except NotOpened:
            return
        if link.id == link_id and not link.is_signed_in:
            tx.audit(Entry("leave own page", "person link", str(link.id), link.person_id))
