"""People's own door: a link, their date of birth and six digits open one referral; one sentence refuses all else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

from app.domain.access import system
from app.domain.carers import Carer
from app.domain.carers import problems as carer_problems
from app.domain.errors import Conflict, Invalid
from app.domain.errors import FieldProblem as Problem
from app.domain.own_codes import CODED, DIGITS, LinkBy, Wish, asks_for_digits
from app.domain.referral import Referral
from app.domain.who_looked import WRONG_CODE, WRONG_DATE
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
NOT_OPENED_BY_CODE: Final = (
    "That did not open the page. Check the date of birth and the six digits, and try again. If it still does not "
    "open, the link may be too old, or it was tried too often."
)
_RANDOM_BYTES: Final = 32
_LINKS: Final = system("person-links")


class NotOpened(LinkGone):
    """A wrong date of birth, wrong digits and a link that is unknown, revoked, too old or guessed at are the same.

    The sentence speaks of digits where the address, by its shape alone, asks for them.
    """

    def __init__(self, code: str = "") -> None:
        super().__init__()
        self.sentence = NOT_OPENED_BY_CODE if asks_for_digits(code) else NOT_OPENED


class NoLinkForThem(Conflict):
    """A link would open for nobody, or might open for the wrong one: `sentence` says what to do instead."""


def make(
    tx: Tx, *, person_id: UUID, referral_id: UUID, purpose: str, days: int, said_safe: bool = False
) -> str:
    """Return a new link that asks for no digits, as an address PUBLIC_URL/my/<code>; only the code's digest is kept.

    It opens one referral of the person for `days` days (1 to 365), together with their date of birth. `said_safe`: a
    link worker knows that a link is safe for them although the record is restricted, or says not to contact them.
    Raises NoLinkForThem when they have no date of birth, have died, or nobody said that it is safe and must.
    """
    if purpose not in PURPOSES:
        raise Invalid([Problem("purpose", "A link is for the whole page, or for questions alone.")])
    return _make(tx, _Wanted(person_id, referral_id, purpose, days, said_safe)).address


def make_page(tx: Tx, referral: Referral, wish: Wish, carer: Carer | None = None) -> Made:
    """Return a new link to a person's whole page with its six digits, of which only digests are kept.

    By a carer's the carer looks for them, as the person agreed. Raises as `make` does, and Invalid for a carer without
    a name, or an agreement of a day to come.
    """
    found = carer_problems(carer, today=tx.today) if carer else ()
    if found:
        raise Invalid(found)
    whose = (referral.person_id, referral.id, PROGRESS)
    return _make(tx, _Wanted(*whose, wish.days, wish.said_safe, carer, wish))


@dataclass(frozen=True, slots=True)
class Made:
    """A link as whoever made it is told it, once: its whole address, and the six digits that it asks for, if any.

    Empty is what has been sent to the person instead.
    """

    address: str = field(repr=False)
    digits: str = field(default="", repr=False)

    def but_for_what_was_sent(self, wish: Wish) -> Made:
        """Return what is left to hand over."""
        is_shown, is_told = wish.link_by is LinkBy.SHOW, wish.code_channel is None
        return Made(self.address if is_shown else "", self.digits if is_told else "")


@dataclass(frozen=True, slots=True)
class _Wanted:
    person_id: UUID
    referral_id: UUID
    purpose: str
    days: int
    said_safe: bool
    carer: Carer | None = None
    wish: Wish | None = None  # how the six digits go; None: there are none, for questions alone


def _make(tx: Tx, wanted: _Wanted) -> Made:
    person_id, referral_id, said_safe = wanted.person_id, wanted.referral_id, wanted.said_safe
    if not 1 <= wanted.days <= LONGEST_DAYS:
        raise Invalid([Problem("days", f"A link is good for 1 to {LONGEST_DAYS} days.")])
    with tx.as_system("person-links") as system_tx:
        _check_may_have(system_tx, person_id, referral_id, said_safe=said_safe)
        team_id = referrals.get(system_tx, referral_id, audit="make person's link").team_id
        code, digits = _new_code(wanted)
        until = tx.now + timedelta(days=wanted.days)
        agreed_on = wanted.carer.agreed_on if wanted.carer else None
        seen = (wanted.purpose, until, said_safe, None, agreed_on)
        link = PersonLink(uuid4(), person_id, referral_id, team_id, *seen)
        person_links.add(system_tx, code, link, wanted.carer, digits=digits)
    tx.audit(Entry("make person's link", "person link", str(link.id), person_id, _told(wanted)))
    return Made(f"{tx.public_url}/my/{code}", digits)


def _new_code(wanted: _Wanted) -> tuple[str, str]:
    """Return the code of a new link, whose shape tells the door whether to ask for digits, and the digits."""
    code = secrets.token_urlsafe(_RANDOM_BYTES)
    if wanted.wish is None or not wanted.wish.has_code:
        return code, ""
    return f"{CODED}{code}", f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def _told(wanted: _Wanted) -> dict[str, object]:
    """Return what the audit tells of a new link: never the digits, and where it asks for none, why."""
    detail: dict[str, object] = {"purpose": wanted.purpose, "referral": str(wanted.referral_id)}
    detail |= {"days": wanted.days} | ({"proxy": "carer"} if wanted.carer else {})
    if wanted.wish is not None:
        detail["code"] = wanted.wish.code_by.value
        detail |= {} if wanted.wish.has_code else {"why": wanted.wish.why_none}
    return detail


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


def open_link(db: Database, code: str, birth_date: date | None, digits: str = "") -> PersonLink:
    """Return what a link opens, for whoever knows the date of birth, and the six digits of a link that asks for them.

    Raises NotOpened for everything else, a LinkGone. A wrong date and wrong digits are counted together, in a
    transaction of their own; `MOST_WRONG` of them one after another end the link.
    """
    with db.transaction(_LINKS) as tx:
        link = person_links.find_alive(tx, code, most_wrong=MOST_WRONG, hold=True)
        if link is not None and link.is_signed_in:
            link = None  # a visit, which no date of birth opens
        fits_date = link is not None and birth_date is not None and _is_theirs(tx, link, birth_date)
        fits_digits = link is not None and person_links.digits_fit(tx, link.id, code, digits)
        if link is not None:
            _record(tx, link, None if fits_date and fits_digits else WRONG_CODE if fits_date else WRONG_DATE)
    if link is None or not (fits_date and fits_digits):
        raise NotOpened(code)
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


def _record(tx: Tx, link: PersonLink, wrong: str | None) -> None:
    """Write down that it opened; or what was `wrong`, an act of the audit, one try more."""
    detail: dict[str, object] = {"referral": str(link.referral_id)}
    if wrong is None:
        person_links.record_opened(tx, link.id)
        whose = replace(tx, actor=link.actor)  # from here on it is the person
        detail |= {"proxy": "carer"} if link.is_carers else {}
        whose.audit(Entry("open person's link", "person link", str(link.id), link.person_id, detail))
        return
    detail["wrong"] = person_links.record_wrong(tx, link.id)
    tx.audit(Entry(wrong, "person link", str(link.id), link.person_id, detail))
