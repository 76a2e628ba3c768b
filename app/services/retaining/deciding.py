"""Two people decide what becomes of a record: the first proposes, another confirms; nobody does both."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as, own_account_id
from app.domain.errors import Conflict
from app.domain.retention_review import (
    Proposal,
    ReviewStatus,
    Verdict,
    check_proposal,
    check_second,
)
from app.domain.vocabulary import Role
from app.services.retaining.erasure import erase_within
from app.services.retaining.listing import over_of, tell_steward
from app.store import record_lives, retention_reviews
from app.store.audit import Entry
from app.store.retention_reviews import Review
from app.store.session import Database, Tx
from app.store.tasks import add_task

ERASED_TASK: Final = "erasure-done"
KEPT_TASK: Final = "erasure-refused"
_PROPOSE, _BACK, _CONFIRM = "propose for retention", "send back for retention", "confirm for retention"
_MOVED_ON: Final = "Somebody else has just changed this. Look at what stands here now."


def propose(db: Database, actor: Actor, review_id: UUID, proposal: Proposal) -> None:
    """Say as the first of two what is to become of a record.

    Raises NotFound, Invalid (fields "reason", "words", "until"), Conflict when somebody has proposed or decided.
    """
    check_acts_as(actor, Role.STEWARD)
    by = own_account_id(actor)
    with db.transaction(actor) as tx:
        review = retention_reviews.get(tx, review_id, audit=_PROPOSE)
        if review.status is not ReviewStatus.DUE:
            raise Conflict(_MOVED_ON)
        check_proposal(proposal, tx.today, is_asked=review.is_asked)
        with tx.as_system("retention") as system_tx:
            retention_reviews.record_proposed(system_tx, review, proposal, by=by, audit=_PROPOSE)


def send_back(db: Database, actor: Actor, review_id: UUID, *, mark: str) -> None:
    """Say no to a proposal, or take one's own back: the record waits for another. Raises NotFound, Conflict."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        review = _marked(tx, review_id, mark, audit=_BACK)
        retention_reviews.record_sent_back(tx, review, audit=_BACK)


def confirm(db: Database, actor: Actor, review_id: UUID, *, mark: str) -> UUID | None:
    """Say the second of two words, and do it; return the certificate's number of what was erased.

    `mark` is that of the proposal that was read. Raises NotFound, Conflict for whoever proposed it, for a proposal
    that is another by now, and for a record that must not be erased (help, a hold, an answer due, its time not over).
    """
    check_acts_as(actor, Role.STEWARD)
    by = own_account_id(actor)
    with db.transaction(actor) as tx:
        review = _marked(tx, review_id, mark, audit=_CONFIRM)
        check_second(review.proposed_by, by)
        if review.verdict is Verdict.KEEP:
            retention_reviews.record_kept(tx, review, by=by, audit=_CONFIRM)
            erasure_id = None
        else:
            erasure_id = _erase(tx, review, by=by)
        with tx.as_system("retention") as system_tx:
            _tell_team(system_tx, review)
            tell_steward(system_tx)
    return erasure_id


def _marked(tx: Tx, review_id: UUID, mark: str, *, audit: str) -> Review:
    """Return the review whose proposal was read; what was proposed anew meanwhile is nobody's yes."""
    review = retention_reviews.get(tx, review_id, audit=audit)
    if review.status is not ReviewStatus.PROPOSED or review.mark != mark:
        raise Conflict(_MOVED_ON)
    return review


def _erase(tx: Tx, review: Review, *, by: UUID) -> UUID:
    person_id = review.person_id
    with tx.as_system("retention") as system_tx:
        is_open = record_lives.facts_of(system_tx, [person_id])[person_id].is_open
        if not review.is_asked and not is_open and not over_of(system_tx, [person_id], audit=_CONFIRM):
            raise Conflict(
                "The time of this record is not over any more. It stays, and leaves this list by itself."
            )
        erasure_id = erase_within(system_tx, review, by=by)
    tx.audit(Entry(_CONFIRM, "erasure", str(erasure_id), person_id, {"review": str(review.id)}))
    return erasure_id


def _tell_team(tx: Tx, review: Review) -> None:
    """Whoever wrote down that the person asks has to know how it was decided."""
    if review.referral_id is None:
        return
    parts = record_lives.parts_of(tx, [review.person_id], audit=_CONFIRM)[review.person_id]
    team_id = next(each.team_id for each in parts if each.id == review.referral_id)
    kind = KEPT_TASK if review.verdict is Verdict.KEEP else ERASED_TASK
    add_task(tx, kind, organisation_id=team_id, referral_id=review.referral_id)
