"""The outcome letter to look at, print and file: for the practice that asked and for the team that told it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import NotFound
from app.domain.vocabulary import Role
from app.letters.typesetting import outcome_letter_pdf
from app.services.feedback.outcome_report import replacing, report_of
from app.store import directory, feedback, referrals
from app.store.session import Database

_ACT = "read outcome letter"


@dataclass(frozen=True, slots=True)
class OutcomeLetter:
    """A letter and the referral's short reference, which may name the file: it tells nothing of the person."""

    reference: str
    pdf: bytes


def outcome_letter(db: Database, actor: Actor, referral_id: UUID) -> OutcomeLetter:
    """Return the letter about a referral's end, the same bytes until it ends anew; for practices and link workers.

    Raises NotFound when the referral is not theirs, and while there is no end to tell: before it, after it was
    taken up again, and when the referral was withdrawn.
    """
    check_acts_as(actor, Role.PRACTICE, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        told = feedback.list_for_referral(tx, referral_id, audit=_ACT)
        if not told or referral.ended_at is None:
            raise NotFound("There is no outcome letter yet.")
        with tx.as_system(
            "letter"
        ) as system_tx:  # what the letter tells was shared with both when it was composed
            practice = directory.get_organisation(system_tx, referral.requester_id)
            written_at = told[-1].composed_at
            report = report_of(system_tx, referral, practice, audit=_ACT, composed_at=written_at)
            report = replacing(report, told[:-1])
    return OutcomeLetter(referral.reference, outcome_letter_pdf(report, reference=referral.reference))
