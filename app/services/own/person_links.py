"""People's own door: a link and their date of birth open one referral of theirs, and one sentence refuses all else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

from app.domain.access import system
from app.domain.carers import Carer
from app.domain.carers import problems as carer_problems
from app.domain.errors import Conflict, Invalid
from app.domain.errors import FieldProblem as Problem
from app.domain.referral import Referral
from app.services.incoming.duplicates import cautions_of
from app.services.messages.links import LinkGone
from app.store import people, person_links, referrals
from app.store.audit import Entry
from app.store.person_links import PersonLink
from app.store.session import Database, Tx

PROGRESS: Final = "progress"  # the whole page: what was wanted, what happened
FOLLOW_UP: Final = "follow-up"  # the questions alone, sent without anybody looking at it first
CHECK_IN: Final = "check-in"  # the one question whether help has arrived, sent likewise
PURPOSES: Final = (PROGRESS, FOLLOW_UP, CHECK_IN)
MOST_WRONG: Final = 10  # dates of birth; after that the link is dead, so that a year of guessing finds nobody
LONGEST_DAYS: Final = 365
NOT_OPENED: Final = (
    "That did not open the page. Check the date of birth and try again. If it still does not open, the link "
    "may be too old, or it was tried too often."
)
_RANDOM_BYTES: Final = 32
_LINKS: Final = system("person-links")


class NotOpened(LinkGone):
    """A wrong date of birth and a link that is unknown, revoked, too old or guessed at are one and the same."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence = NOT_OPENED


class NoLinkForThem(Conflict):
    """A link would open for nobody, or might open for the wrong one: `sentence` says what to do instead."""


def make(
    tx: Tx, *, person_id: UUID, referral_id: UUID, purpose: str, days: int, said_safe: bool = False
) -> str:
    """Return a new link, as a whole address PUBLIC_URL/my/<code>; only the code's digest is kept.

    It opens one referral of the person for `days` days (1 to 365), together with their date of birth. `said_safe`: a
    link worker knows that a link is safe for them although the record is restricted, or says not to contact them.
    Raises NoLinkForThem when they have no date of birth, have died, or nobody said that it is safe and must.
    """
    if purpose not in PURPOSES:
        raise Invalid([Problem("purpose", "A link is for the whole page, or for questions alone.")])
    return _make(tx, _Wanted(person_id, referral_id, purpose, days, said_safe))


def make_for_carer(tx: Tx, referral: Referral, carer: Carer, *, days: int, said_safe: bool = False) -> str:
    """Return a new link by which a carer looks at the person's page for them, as the person agreed.

    Raises as `make` does, and Invalid for a carer without a name, or an agreement of a day to come.
    """
    found = carer_problems(carer, today=tx.today)
    if found:
        raise Invalid(found)
    return _make(tx, _Wanted(referral.person_id, referral.id, PROGRESS, days, said_safe, carer))


@dataclass(frozen=True, slots=True)
class _Wanted:
    person_id: UUID
    referral_id: UUID
    purpose: str
    days: int
    said_safe: bool
    carer: Carer | None = None


def _make(tx: Tx, wanted: _Wanted) -> str:
    person_id, referral_id, said_safe = wanted.person_id, wanted.referral_id, wanted.said_safe
    if not 1 <= wanted.days <= LONGEST_DAYS:
        raise Invalid([Problem("days", f"A link is good for 1 to {LONGEST_DAYS} days.")])
    with tx.as_system("person-links") as system_tx:
        _check_may_have(system_tx, person_id, referral_id, said_safe=said_safe)
        team_id = referrals.get(system_tx, referral_id, audit="make person's link").team_id
        code = secrets.token_urlsafe(_RANDOM_BYTES)
        until = tx.now + timedelta(days=wanted.days)
        agreed_on = wanted.carer.agreed_on if wanted.carer else None
        seen = (wanted.purpose, until, said_safe, None, agreed_on)
        link = PersonLink(uuid4(), person_id, referral_id, team_id, *seen)
        person_links.add(system_tx, code, link, wanted.carer)
    detail = {"purpose": wanted.purpose, "referral": str(referral_id), "days": wanted.days}
    detail |= {"proxy": "carer"} if wanted.carer else {}
    tx.audit(Entry("make person's link", "person link", str(link.id), person_id, detail))
    return f"{tx.public_url}/my/{code}"


def revoke_one(tx: Tx, link_id: UUID, person_id: UUID) -> None:
    """End one link of a person, a carer's say; raises NotFound when it is not theirs, or has ended."""
    with tx.as_system("person-links") as system_tx:
        person_links.revoke_one(system_tx, link_id, person_id=person_id)
    tx.audit(Entry("revoke person's links", "person link", str(link_id), person_id))


def may_have(tx: Tx, person_id: UUID, referral_id: UUID) -> bool:
    """Tell whether a link can be sent without anybody's word: a date of birth, alive, and no warning against it."""
    with tx.as_system("person-links") as system_tx:
        try:
            _check_may_have(system_tx, person_id, referral_id, said_safe=False)
        except NoLinkForThem:
            return False
    return True


def open_link(db: Database, code: str, birth_date: date | None) -> PersonLink:
    """Return what a link opens, for whoever knows the date of birth. Raises NotOpened for everything else, a LinkGone.

    A wrong date is counted in a transaction of its own; `MOST_WRONG` of them one after another end the link.
    """
    with db.transaction(_LINKS) as tx:
        link = person_links.find_alive(tx, code, most_wrong=MOST_WRONG, hold=True)
        if link is not None and link.is_signed_in:
            link = None  # a visit, which no date of birth opens
        is_theirs = link is not None and birth_date is not None and _is_theirs(tx, link, birth_date)
        if link is not None:
            _record(tx, link, opened=is_theirs)
    if link is None or not is_theirs:
        raise NotOpened
    return link


def look(db: Database, code: str) -> PersonLink:
    """Return what a link opens, for a visit that has given the date of birth already. Raises NotOpened."""
    with db.transaction(_LINKS) as tx:
        return find_open(tx, code)


def find_open(tx: Tx, code: str) -> PersonLink:
    """Return what a link opens, within a transaction of the platform's. Raises NotOpened."""
    link = person_links.find_alive(tx, code, most_wrong=MOST_WRONG)
    if link is None or not _is_open_to(tx, link):
        raise NotOpened
    return link


def revoke(tx: Tx, person_id: UUID) -> int:
    """End every link of a person; return how many there were. A newer one does not end an older one by itself."""
    with tx.as_system("person-links") as system_tx:
        count = person_links.revoke(system_tx, person_id)
    tx.audit(Entry("revoke person's links", "person", str(person_id), person_id, {"count": count}))
    return count


def _check_may_have(tx: Tx, person_id: UUID, referral_id: UUID, *, said_safe: bool) -> None:
    person = people.get(tx, person_id, audit="read person for their link")
    if person.deceased:
        raise NoLinkForThem("The record says that this person has died, so there is no link for them.")
    if person.details.birth_date is None:
        raise NoLinkForThem(
            "There is no date of birth, so a link could not ask for it. Print the page and post it instead."
        )
    cautions = cautions_of(tx, referral_id, audit="read cautions for a link")
    if (person.restricted or cautions.do_not_contact) and not said_safe:
        raise NoLinkForThem(
            "This record is restricted, or says not to contact the person. Ask whether a link is safe for them, "
            "and say so first."
        )


def _is_theirs(tx: Tx, link: PersonLink, birth_date: date) -> bool:
    person = people.get(tx, link.person_id, audit="check date of birth for a link")
    return _is_open_to(tx, link) and person.details.birth_date == birth_date


def _is_open_to(tx: Tx, link: PersonLink) -> bool:
    """Whoever died or was restricted after a link was made has that link closed."""
    person = people.get(tx, link.person_id, audit="read person for their link")
    return not person.deceased and (link.said_safe or not person.restricted)


def _record(tx: Tx, link: PersonLink, *, opened: bool) -> None:
    detail: dict[str, object] = {"referral": str(link.referral_id)}
    if opened:
        person_links.record_opened(tx, link.id)
        whose = replace(tx, actor=link.actor)  # from here on it is the person
        detail |= {"proxy": "carer"} if link.is_carers else {}
        whose.audit(Entry("open person's link", "person link", str(link.id), link.person_id, detail))
        return
    detail["wrong"] = person_links.record_wrong(tx, link.id)
    tx.audit(Entry("wrong date of birth for a link", "person link", str(link.id), link.person_id, detail))
