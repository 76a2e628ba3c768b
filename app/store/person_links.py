"""The links of people to what is recorded of them: found by the digest of their code, and counted when guessed at."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from app.domain.access import Actor
from app.domain.carers import Carer
from app.domain.errors import NotFound
from app.domain.vocabulary import Role
from app.store.crypto import Cell, code_digest
from app.store.people import open_many, seal_for
from app.store.session import Tx
from app.store.tables_person_links import PersonLinkRow

CARER: Final = "carer"  # as whom the audit names whoever opens a link for the person
SIGNED_IN: Final = "signed-in"  # and the person who signed in at a provider, NHS login


@dataclass(frozen=True, slots=True)
class PersonLink:
    """What a link opens: one referral of one person; `said_safe`: for a restricted record, by a link worker's word."""

    id: UUID
    person_id: UUID
    referral_id: UUID
    team_id: UUID
    purpose: str
    expires_at: datetime
    said_safe: bool = False
    opened_at: datetime | None = None
    agreed_on: date | None = None  # when the person agreed that a carer opens it; None: it is their own
    identity_id: UUID | None = (
        None  # by which account of a provider this visit was opened; None: it is a link
    )
    has_code: bool = False  # it asks for six digits beside the date of birth

    @property
    def is_carers(self) -> bool:
        """Whether a carer holds it, whom the person lets look for them."""
        return self.agreed_on is not None

    @property
    def is_signed_in(self) -> bool:
        """Whether it is a visit of the person, who signed in at a provider."""
        return self.identity_id is not None

    @property
    def actor(self) -> Actor:
        """As whom its holder reads: the person, to whom the database shows their own rows and no others.

        The audit tells a carer from the person, and a link from a sign-in.
        """
        who = CARER if self.is_carers else SIGNED_IN if self.is_signed_in else "person"
        return Actor(Role.RESIDENT, None, process=f"{who}:{self.id}", person_id=self.person_id)


def add(
    tx: Tx,
    code: str,
    link: PersonLink,
    carer: Carer | None = None,
    *,
    digits: str = "",
    provider_session: bytes | None = None,
) -> None:
    """Write a link, of its code and its six digits only digests; who else opens it is sealed for the person."""
    told = json.dumps({"name": carer.name, "relation": carer.relation}) if carer else None
    tx.session.add(
        PersonLinkRow(
            id=link.id,
            carer=seal_for(tx, link.person_id, Cell("person_link", "carer", link.id), told),
            agreed_on=carer.agreed_on if carer else None,
            code_hash=code_digest(code),
            digits_hash=_digest(code, digits) if digits else None,
            person_id=link.person_id,
            referral_id=link.referral_id,
            team_id=link.team_id,
            purpose=link.purpose,
            said_safe=link.said_safe,
            created_at=tx.now,
            expires_at=link.expires_at,
            opened_at=link.opened_at,
            identity_id=link.identity_id,
            provider_session=provider_session,
        )
    )
    tx.session.flush()


def find_alive(tx: Tx, code: str, *, most_wrong: int, hold: bool = False) -> PersonLink | None:
    """Return the link of a code; None when it is unknown, revoked, too old, or was guessed at too often.

    `hold` keeps others from trying it until the end of the transaction.
    """
    query = select(PersonLinkRow).where(PersonLinkRow.code_hash == code_digest(code))
    row = tx.session.scalars(query.with_for_update() if hold else query).first()
    return None if row is None or row.wrong >= most_wrong or _is_over(tx, row) else _link(row)


def digits_fit(tx: Tx, link_id: UUID, code: str, digits: str) -> bool:
    """Tell whether these are a link's six digits, in a time that says nothing about them; one without takes any."""
    kept = tx.session.get_one(PersonLinkRow, link_id).digits_hash
    fits = hmac.compare_digest(kept or b"", _digest(code, digits))
    return fits or kept is None


def record_wrong(tx: Tx, link_id: UUID) -> int:
    """Count a date of birth or digits that were not theirs; return how many there were since it last opened."""
    row = tx.session.get_one(PersonLinkRow, link_id)
    row.wrong += 1
    return row.wrong


def record_opened(tx: Tx, link_id: UUID) -> None:
    """Note that the right date of birth was given, and the right digits."""
    row = tx.session.get_one(PersonLinkRow, link_id)
    row.wrong, row.opened_at = 0, tx.now


def revoke(tx: Tx, person_id: UUID) -> int:
    """End every link of a person; return how many were still good."""
    theirs = (PersonLinkRow.person_id == person_id, PersonLinkRow.revoked_at.is_(None))
    still_good = select(PersonLinkRow.id).where(*theirs, PersonLinkRow.expires_at > tx.now)
    count = len(tx.session.scalars(still_good).all())
    tx.session.execute(update(PersonLinkRow).where(*theirs).values(revoked_at=tx.now))
    return count


def revoke_one(tx: Tx, link_id: UUID, *, person_id: UUID) -> None:
    """End one link of a person; raises NotFound for another's, and for one that has ended already."""
    row = tx.session.get(PersonLinkRow, link_id, with_for_update=True)
    if row is None or row.person_id != person_id or row.revoked_at is not None:
        raise NotFound
    row.revoked_at = tx.now
    tx.session.flush()


def provider_session(tx: Tx, link_id: UUID) -> bytes | None:
    """Return the digest of the provider's session behind a visit, None where it named none."""
    return tx.session.get_one(PersonLinkRow, link_id).provider_session


def carers_of(tx: Tx, links: Sequence[PersonLink]) -> Mapping[UUID, Carer]:
    """Return by link who else opens it; of a person's own link nobody."""
    rows = [tx.session.get_one(PersonLinkRow, each.id) for each in links if each.is_carers]
    cells = [(row.person_id, Cell("person_link", "carer", row.id), row.carer) for row in rows]
    told = zip(rows, map(json.loads, filter(None, open_many(tx, cells))), strict=True)
    return {
        row.id: Carer(each["name"], each["relation"], row.agreed_on or row.created_at.date())
        for row, each in told
    }


def list_alive(tx: Tx, referral_id: UUID, *, most_wrong: int) -> Sequence[PersonLink]:
    """Return the links to a referral that still open, newest first; visits of who signed in are none."""
    row = PersonLinkRow
    good = (
        row.identity_id.is_(None),
        row.revoked_at.is_(None),
        row.expires_at > tx.now,
        row.wrong < most_wrong,
    )
    query = select(row).where(row.referral_id == referral_id, *good).order_by(row.created_at.desc(), row.id)
    return [_link(each) for each in tx.session.scalars(query)]


def _digest(code: str, digits: str) -> bytes:
    """What six digits are checked by: a stolen table tells nothing of them, because the link is their key."""
    return hmac.digest(
        code.encode(errors="replace"), f"own-page|{digits}".encode(errors="replace"), hashlib.sha256
    )


def _is_over(tx: Tx, row: PersonLinkRow) -> bool:
    return row.revoked_at is not None or row.expires_at <= tx.now


def _link(row: PersonLinkRow) -> PersonLink:
    of_referral = (row.person_id, row.referral_id, row.team_id)
    seen = (row.said_safe, row.opened_at, row.agreed_on)
    more = (row.identity_id, row.digits_hash is not None)
    return PersonLink(row.id, *of_referral, row.purpose, row.expires_at, *seen, *more)
