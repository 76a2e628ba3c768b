"""Somebody who is erased, in the files of many referrals: whether they wait in one, and by what rows know them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import literal, or_, select, update

from app.domain.cohort import CohortStatus, Known, RowStatus, known_by
from app.domain.referral import PersonDetails
from app.store.cohort import keyed
from app.store.session import Tx
from app.store.tables_care import ReferralRow
from app.store.tables_cohort import CohortLineRow, CohortRow


def waits_for(tx: Tx, details: PersonDetails) -> bool:
    """Tell whether somebody stands in a file that is still to be sent; as the platform, which sees every file."""
    told = known_by(
        details.nhs_number or "", details.family or "", " ".join(details.given), details.birth_date
    )
    line = CohortLineRow
    waiting = select(CohortRow.id, CohortRow.requester_id, CohortRow.name)
    for row in tx.session.execute(waiting.where(CohortRow.status != CohortStatus.ENDED)):
        person = keyed(tx, row.requester_id, row.name, told)
        ready = (line.cohort_id == row.id, line.status == RowStatus.READY)
        found = tx.session.execute(select(line.number_id, line.names_id).where(*ready))
        if any(person.is_same(Known(each.number_id, each.names_id)) for each in found):
            return True
    return False


def forget(tx: Tx, referral_ids: Collection[UUID]) -> None:
    """Empty what a person who is erased is known by in the files that they were sent from, in every row of theirs."""
    line = CohortLineRow
    references = tx.session.scalars(select(ReferralRow.reference).where(ReferralRow.id.in_(referral_ids)))
    sent = line.reference.in_(references.all())
    rows = tx.session.execute(select(line.number_id, line.names_id).where(sent)).all()
    numbers, names = {row.number_id for row in rows} - {None}, {row.names_id for row in rows} - {None}
    unsent = line.status.in_((RowStatus.WRONG, RowStatus.REFUSED))
    by_names = line.names_id.in_(names) & or_(line.number_id.is_(None), literal(not numbers))
    theirs = or_(sent, unsent & or_(line.number_id.in_(numbers), by_names))
    nothing = {"request_id": None, "number_id": None, "names_id": None}
    tx.session.execute(update(line).where(theirs).values(**nothing))
