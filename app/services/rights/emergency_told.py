"""Tells of a record that was opened in an emergency: the teams that look after the person, and whoever reviews it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from app.domain.referral import Referral
from app.domain.vocabulary import Role
from app.services.messages import mailing
from app.store import directory, staff
from app.store.session import Tx
from app.store.steward_tasks import record_list_task
from app.store.tasks import add_task

TASK: Final = "emergency-look"  # of the person's own teams
REVIEW: Final = "emergency-to-review"  # of the steward, until somebody has decided on each
_SUBJECT: Final = "A record was opened in an emergency"


def tell(tx: Tx, of_person: Sequence[Referral], *, by: UUID) -> None:
    """Leave a task for each team and for the steward, and an e-mail for everybody of them who has an address.

    In the transaction that opens the record: with the mail carrier away it is kept and sent later. Nothing of the
    person stands in it. `by` is not written to: another person must know.
    """
    newest = {each.team_id: each for each in reversed(of_person)}
    for team_id, referral in newest.items():
        add_task(tx, TASK, organisation_id=team_id, referral_id=referral.id)
        _mail(tx, _addresses(tx, team_id, Role.LINK_WORKER, but=by), team_id, "/referrals")
    record_list_task(tx, REVIEW, is_waiting=True)
    place = directory.get_place(tx)
    _mail(tx, _addresses(tx, place.id, Role.STEWARD, but=by), place.id, "/privacy-officer")


def _addresses(tx: Tx, organisation_id: UUID, role: Role, *, but: UUID) -> Iterator[str]:
    for each in staff.list_members(tx, organisation_id):
        if each.active and each.role is role and each.id != but and mailing.is_address(each.email or ""):
            yield each.email or ""


def _mail(tx: Tx, addresses: Iterator[str], organisation_id: UUID, path: str) -> None:
    lines = [
        "Hello,",
        "",
        "A person's record was opened in an emergency, by somebody who could not read it otherwise.",
        "",
        f"Sign in to see what to do: {tx.public_url}{path}",
    ]
    for to in addresses:
        mailing.mail(
            tx,
            to=to,
            subject=_SUBJECT,
            lines=lines,
            purpose="emergency",
            organisation_id=organisation_id,
        )
