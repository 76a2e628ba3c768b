"""A funder's look at a pack: numbers as they were on one day, stories as long as people agree, for a year at most.

Frozen, since two looks at live numbers a month apart would tell who came in between.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import FieldProblem, Invalid, NotAllowed
from app.domain.memberships import Agreed
from app.domain.pack import Pack
from app.domain.pack_frozen import as_data, from_data
from app.domain.vocabulary import Role
from app.services.evaluation.stories import list_tellable, told
from app.services.messages.links import LinkGone
from app.store import funder_links, memberships
from app.store.audit import Entry
from app.store.funder_links import PAGE, FunderLink
from app.store.session import Database, Tx

PURPOSE: Final = "funder"  # the first part of the address
LONGEST_DAYS: Final = 366
LONGEST_WORDS: Final = 120
_RANDOM_BYTES: Final = 32
_LINKS: Final = system("funder-links")
_TWO_CUTS: Final = (
    "This funder has a link to other dates, services or grants of the same time. Two of them side by side can tell of "
    "a few people. End that link first, or choose dates that do not overlap."
)
_NOT_AGREED: Final = "They have not agreed that you do this for them. Stop entering for them first."


@dataclass(frozen=True, slots=True)
class NewLink:
    """For whom a link is, what it is called, and its last day."""

    title: str
    funder: str
    until_on: date


@dataclass(frozen=True, slots=True)
class Shown:
    """What a funder sees."""

    link: FunderLink
    pack: Pack


@dataclass(frozen=True, slots=True)
class LinkPage:
    """A page of an organisation's links."""

    links: Sequence[FunderLink]
    total: int
    number: int
    today: date

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // PAGE))

    @property
    def has_next(self) -> bool:
        """Whether there are more."""
        return self.number < self.last


def make(db: Database, actor: Actor, pack: Pack, new: NewLink) -> str:
    """Freeze a pack and return the address PUBLIC_URL/funder/<code>, once; only the code's digest is kept.

    Raises Invalid with every problem; NotAllowed for who enters for an organisation without its word that they may.
    """
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        _check_agreed(tx)
        problems = [*_problems(new, pack, tx.today), *_cut(funder_links.list_alive(tx), new, pack)]
        if problems or actor.organisation_id is None:
            raise Invalid(problems)
        agreed = list_tellable(tx, actor.organisation_id, audit="choose stories for a funder")
        link = FunderLink(
            id=uuid4(),
            organisation_id=actor.organisation_id,
            title=new.title.strip(),
            funder=new.funder.strip(),
            pack=as_data(pack),
            story_ids=tuple(each.id for each in agreed if told(each) in pack.stories),
            made_at=tx.now,
            until_on=new.until_on,
        )
        code = secrets.token_urlsafe(_RANDOM_BYTES)
        funder_links.add(tx, code, link)
        detail = {"until": link.until_on.isoformat(), "stories": len(link.story_ids)}
        tx.audit(Entry("make funder link", "funder link", str(link.id), None, detail))
        return f"{tx.public_url}/{PURPOSE}/{code}"


def look(db: Database, code: str) -> Shown:
    """Return what a link shows, and count the look: frozen numbers, and the stories that may still be told.

    Raises LinkGone.
    """
    with db.transaction(_LINKS) as tx:
        link = _alive(tx, code)
        found = list_tellable(tx, link.organisation_id, ids=link.story_ids, audit="show story to a funder")
        funder_links.record_opened(tx, link.id)
        tx.audit(Entry("open funder link", "funder link", str(link.id)))
        return Shown(link, replace(from_data(link.pack), stories=tuple(map(told, found))))


def look_again(db: Database, code: str) -> Pack:
    """Return the frozen numbers alone, for a chart on a page that was counted. Raises LinkGone."""
    with db.transaction(_LINKS) as tx:
        return from_data(_alive(tx, code).pack)


def list_links(db: Database, actor: Actor, *, page: int = 1) -> LinkPage:
    """Return a page of the links that the actor's organisation made, newest first."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        found, total = funder_links.list_page(tx, page=page)
        return LinkPage(found, total, page, tx.today)


def revoke(db: Database, actor: Actor, link_id: UUID) -> None:
    """End a link at once; raises NotFound when it is another organisation's."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        _check_agreed(tx)
        funder_links.record_revoked(tx, link_id)
        tx.audit(Entry("revoke funder link", "funder link", str(link_id)))


def _alive(tx: Tx, code: str) -> FunderLink:
    link = funder_links.find_alive(tx, code)
    if link is None:
        raise LinkGone
    return link


def _problems(new: NewLink, pack: Pack, today: date) -> list[FieldProblem]:
    problems = []
    for name, words, missing in (
        ("title", new.title, "Write what the funder reads above it, for example “Warm Rooms, first year”."),
        ("funder", new.funder, "Write which funder it is for. Each funder gets a link of their own."),
    ):
        if not words.strip():
            problems.append(FieldProblem(name, missing, "required"))
        elif len(words) > LONGEST_WORDS:
            problems.append(FieldProblem(name, f"Write {LONGEST_WORDS} characters or fewer."))
    if not today <= new.until_on <= today + timedelta(days=LONGEST_DAYS):
        problems.append(FieldProblem("until", "Choose a last day from today to a year from now."))
    if pack.is_empty:
        problems.append(FieldProblem("title", "There is nobody in this pack. Choose other filters first."))
    return problems


def _cut(alive: Sequence[FunderLink], new: NewLink, pack: Pack) -> list[FieldProblem]:
    """Two packs of one funder that cut the same people in two ways: one less the other can be a few of them."""
    theirs = (each for each in alive if _name(each.funder) == _name(new.funder))
    if any(from_data(each.pack).filters.cuts(pack.filters) for each in theirs):
        return [FieldProblem("funder", _TWO_CUTS)]
    return []


def _name(funder: str) -> str:
    return " ".join(funder.split()).casefold()


def _check_agreed(tx: Tx) -> None:
    """Only the organisation itself, or an anchor that it lets enter for it, hands its numbers to somebody else."""
    by, own = tx.actor.entered_by, tx.actor.organisation_id
    if by is None or own is None:
        return
    found = memberships.find_between(tx, by, own)
    if found is None or not found.allows((Agreed.RECORD,), tx.today):
        raise NotAllowed(_NOT_AGREED)
