"""The rules of contact of a person's other referrals, whichever team has them: looked up as the platform."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app.domain.cautions import Cautions
from app.domain.cautions_overall import is_silent, with_rules_of_others
from app.domain.lifecycle import ReferralStatus
from app.store.among import among
from app.store.audit import Entry
from app.store.cautions import read
from app.store.crypto import Cell
from app.store.people import open_many
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import ReferralRow
from app.store.tables_directory import ProfileRow

_ACT: Final = "look what makes contact safe"
_Told = tuple[UUID, str, Cautions]  # team, whom to ring there, what it was told


def with_others(tx: Tx, own: Mapping[UUID, Cautions]) -> Mapping[UUID, Cautions]:
    """Return what was told of each referral, with what makes contact safe by all others of the same person.

    One audit line each of what was opened, by an act of its own: it is no part of what its caller does. Of another
    team's nothing is told but whom to ring, and rules that name nobody; what was sent in error says nothing.
    """
    with tx.as_system("cautions") as system_tx:
        query = select(ReferralRow.id, ReferralRow.person_id, ReferralRow.team_id)
        whose = {
            row.id: row for row in system_tx.session.execute(query.where(among(ReferralRow.id, set(own))))
        }
        told = _told(system_tx, {row.person_id for row in whose.values()})
    found: dict[UUID, Cautions] = {}
    for referral_id, care in own.items():
        row = whose[referral_id]
        others = {one: each for one, each in told[row.person_id].items() if one != referral_id}
        same = [each for team_id, _, each in others.values() if team_id == row.team_id]
        elsewhere = [(name, each) for team_id, name, each in others.values() if team_id != row.team_id]
        found[referral_id] = with_rules_of_others(care, same, elsewhere)
    return found


def _told(tx: Tx, person_ids: set[UUID]) -> Mapping[UUID, Mapping[UUID, _Told]]:
    """What was told that speaks of contact, by person and referral."""
    # Columns, not rows: what the platform loads must not stand in the session for the actor to find.
    query = (
        select(
            ReferralRow.id,
            ReferralRow.person_id,
            ReferralRow.team_id,
            ReferralRow.cautions,
            OrganisationRow.name,
            ProfileRow.phone,
        )
        .join(OrganisationRow, OrganisationRow.id == ReferralRow.team_id)
        .outerjoin(ProfileRow, ProfileRow.organisation_id == ReferralRow.team_id)
        .where(among(ReferralRow.person_id, person_ids), ReferralRow.cautions.is_not(None))
        .where(ReferralRow.status != ReferralStatus.ENTERED_IN_ERROR)
        .order_by(ReferralRow.received_at, ReferralRow.id)
    )
    rows = tx.session.execute(query).all()
    texts = open_many(
        tx, [(row.person_id, Cell("referral", "cautions", row.id), row.cautions) for row in rows]
    )
    found: dict[UUID, dict[UUID, _Told]] = defaultdict(dict)
    for row, text in zip(rows, texts, strict=True):
        tx.audit(Entry(_ACT, "referral", str(row.id), row.person_id))
        care = read(text)
        if not is_silent(care):
            found[row.person_id][row.id] = (row.team_id, _whom(row.name, row.phone), care)
    return found


def _whom(name: str, phone: str | None) -> str:
    return f"{name}, {phone}," if phone else name
