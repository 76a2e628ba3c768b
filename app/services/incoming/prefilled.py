"""A referral begun in the practice's own system: its page opens with the person already on it, for a short while."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

import orjson

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import NotFound
from app.domain.referral import PersonDetails
from app.domain.vocabulary import Role
from app.store import prefilled
from app.store.audit import Entry
from app.store.session import Database, Tx

GOOD_FOR: Final = timedelta(minutes=30)  # a consultation and the time after it
GONE: Final = (
    "The page from your system was opened too late, or by another practice. Start again from your own system, or fill "
    "in this empty page."
)
_RANDOM_BYTES: Final = 32
_PROCESS: Final = system("prefilled-referrals")


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What a practice's system knows of a person, as the page's fields hold it: empty where it told nothing."""

    given: str = ""
    family: str = ""
    born_day: str = ""
    born_month: str = ""
    born_year: str = ""
    nhs_number: str = ""
    number_is_checked: str = ""  # "yes", or empty
    gender: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    postcode: str = ""
    language: str = ""
    interpreter: str = ""  # "yes", or empty
    contact_times: str = ""
    communication: str = ""
    safe: tuple[str, ...] = ()


def begin(db: Database, actor: Actor, person: Prefilled) -> str:
    """Keep a person for the page of the actor's own practice; return its whole address, PUBLIC_URL/refer/from/<code>.

    The address tells nothing of the person. It opens for half an hour, for somebody of that practice who is signed in.
    """
    check_acts_as(actor, Role.PRACTICE)
    code = secrets.token_urlsafe(_RANDOM_BYTES)
    with db.transaction(actor) as tx:
        row_id = prefilled.add(tx, code, orjson.dumps(asdict(person)), expires_at=tx.now + GOOD_FOR)
        tx.audit(Entry("begin referral", "prefilled referral", str(row_id)))
        return f"{tx.public_url}/refer/from/{code}"


def look(db: Database, actor: Actor, code: str) -> Prefilled:
    """Return who a page is about; raises NotFound when it is too old, unknown or another practice's."""
    check_acts_as(actor, Role.PRACTICE)
    with db.transaction(actor) as tx:
        found = prefilled.find(tx, code)
        if found is None:
            raise NotFound(GONE)
        row_id, person = found
        tx.audit(Entry("open begun referral", "prefilled referral", str(row_id)))
    told = orjson.loads(person)
    return Prefilled(**told | {"safe": tuple(told["safe"])})


def forget_person(tx: Tx, details: PersonDetails) -> None:
    """Let go of the pages that were begun for a person who is erased; as the platform."""
    for row_id, person in prefilled.list_all(tx):
        told = orjson.loads(person)
        number = "".join(told["nhs_number"].split())
        names = (told["given"].split()[:1], told["family"].casefold())
        is_named = names == (list(details.given[:1]), (details.family or "").casefold())
        if number == details.nhs_number if number and details.nhs_number else is_named:
            prefilled.remove(tx, row_id)


def forget_old(db: Database) -> None:
    """Let go of the people whose page no longer opens."""
    with db.transaction(_PROCESS) as tx:
        prefilled.remove_old(tx)
