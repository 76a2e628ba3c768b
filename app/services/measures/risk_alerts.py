"""Calls a person to an answer that cannot wait: in the same transaction as the answer, and without repeating it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from app.domain.outcomes import Taken
from app.services.messages.mailing import is_address, mail
from app.store import places, referrals, tasks
from app.store.session import Tx

_ACT: Final = "raise risk alert"
_PURPOSE: Final = "risk-alert"


def raise_alert(tx: Tx, referral_id: UUID, taken: Iterable[Taken]) -> bool:
    """Give the referral's team an urgent task where an answer asks for a person today; tell whether one did.

    Which answers do, each measure's file says (`alerts_above`). The task names no answer and no measure; the team's
    own mailbox gets an e-mail with the reference alone.
    """
    if not any(tx.measures.alerts(each) for each in taken):
        return False
    with tx.as_system("risk") as system_tx:
        referral = referrals.get(system_tx, referral_id, audit=_ACT)
        tasks.add_task(system_tx, tasks.RISK_ALERT, organisation_id=referral.team_id, referral_id=referral.id)
        _write(system_tx, referral.team_id, referral.reference, referral.id)
    return True


def _write(tx: Tx, team_id: UUID, reference: str, referral_id: UUID) -> None:
    profile = places.find_profile(tx, team_id)
    to = profile.email if profile else None
    if not to or not is_address(to):
        return
    lines = (
        f"Please look at {reference} now: an answer that was just written down asks for a person today.",
        "",
        f"{tx.public_url}/referrals/{referral_id}",
    )
    mail(
        tx,
        to=to,
        subject=f"Please look at {reference} today",
        lines=lines,
        purpose=_PURPOSE,
        organisation_id=team_id,
    )
