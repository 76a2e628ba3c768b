"""Links in e-mails that let an organisation act without signing in: one thing, for a while, and nothing on a GET."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from app.domain.access import system
from app.domain.errors import DomainError, NotFound
from app.store import links
from app.store.audit import Entry
from app.store.links import Link
from app.store.session import Database, Tx

GONE: Final = (
    "This link does not work any more. It may be too old, it was used already, or a newer one was sent."
)
MOST_TRIES: Final = 20  # forms sent through one link
TRIES_WITHIN: Final = timedelta(hours=1)
_RANDOM_BYTES: Final = 32
_LINKS: Final = system("links")


class LinkGone(NotFound):
    """Unknown, used, revoked and too old are one and the same to whoever holds it."""

    def __init__(self) -> None:
        super().__init__(GONE)


class TooOften(DomainError):
    """A link was used too often in a short time."""

    status = 429
    issue = "throttled"


def make_link(
    tx: Tx, *, purpose: str, subject_id: UUID, organisation_id: UUID, days: int, helper_id: UUID | None = None
) -> str:
    """Return a new link, as a whole address: PUBLIC_URL/<purpose>/<code>; only the code's digest is kept.

    Whoever holds it acts for the organisation on that one thing until it is used up, revoked, or `days` have passed.
    `helper_id` is whose a safe link is (see `safe_links`).
    """
    code = secrets.token_urlsafe(_RANDOM_BYTES)
    link = Link(uuid4(), purpose, subject_id, organisation_id, tx.now + timedelta(days=days), helper_id)
    with tx.as_system("links") as system_tx:
        links.add(system_tx, code, link)
    detail = {"purpose": purpose, "subject": str(subject_id), "organisation": str(organisation_id)}
    tx.audit(Entry("make link", "link", str(link.id), None, detail))
    return f"{tx.public_url}/{purpose}/{code}"


def look(db: Database, code: str, *, purpose: str) -> Link:
    """Return what a link opens; looking changes nothing, however often a mail scanner does. Raises LinkGone."""
    with db.transaction(_LINKS) as tx:
        return _alive(tx, code, purpose)


def knock(db: Database, code: str, *, purpose: str) -> Link:
    """Return what a link opens, for a form that was sent through it. Raises LinkGone, TooOften.

    The try is counted in a transaction of its own, so that what is refused afterwards is counted too.
    """
    with db.transaction(_LINKS) as tx:
        link = _alive(tx, code, purpose)
        if not links.record_try(tx, link.id, most=MOST_TRIES, within=TRIES_WITHIN):
            raise TooOften("This link was used very often just now. Wait an hour, or ring us.")
        return link


def use_up(tx: Tx, link: Link) -> None:
    """Let a link that is good for one answer be used no more, in the transaction of that answer. Raises LinkGone."""
    with tx.as_system("links") as system_tx:
        if not links.record_used(system_tx, link.id):
            raise LinkGone


def revoke(tx: Tx, *, purpose: str, subject_id: UUID) -> None:
    """End every link of a purpose to a thing, because a newer one is sent or the thing has changed hands."""
    with tx.as_system("links") as system_tx:
        links.revoke(system_tx, subject_id, purpose)
    tx.audit(Entry("revoke links", purpose, str(subject_id)))


def _alive(tx: Tx, code: str, purpose: str) -> Link:
    link = links.find_alive(tx, code, purpose)
    if link is None:
        raise LinkGone
    return link
