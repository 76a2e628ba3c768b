"""Answers that another system brings: those of months after settle the follow-up that they answer, as the pages do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.outcomes import Phase, Taken
from app.domain.vocabulary import Role
from app.services.follow_up.follow_ups import record_answers
from app.services.measures import measures_taken
from app.store import follow_ups, referrals
from app.store.follow_ups import FollowUp
from app.store.outcomes import About
from app.store.session import Database, Tx

_ACT = "record follow-up"


def record(db: Database, actor: Actor, referral_id: UUID, taken: Sequence[Taken]) -> None:
    """Write questionnaires beside a referral, at any time of its life; all of them or none.

    Raises NotFound for another team's, Invalid with every problem (also for months at which nobody was to be asked),
    Conflict where a follow-up is settled already: what it answered, or that the person said stop, stands.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        planned = {each.months: each for each in follow_ups.list_for_referral(tx, referral_id, audit=_ACT)}
        if found := [*measures_taken.problems(tx, taken, of=referral), *_unplanned(taken, planned)]:
            raise Invalid(found)
        now = [each for each in taken if each.phase is not Phase.FOLLOW_UP]
        measures_taken.write(tx, About(referral.id, referral.person_id), now)
        for months in sorted({each.months for each in taken if each.months is not None}):
            answers = [each for each in taken if each.months == months]
            record_answers(tx, _open(tx, planned[months]), answers)


def _open(tx: Tx, planned: FollowUp) -> FollowUp:
    found = follow_ups.get_for_update(tx, planned.id, audit=_ACT)
    if not found.is_open:
        raise Conflict(f"The follow-up at {found.months} months is settled already: {found.status}.")
    return found


def _unplanned(taken: Sequence[Taken], planned: Mapping[int, FollowUp]) -> list[FieldProblem]:
    known = ", ".join(map(str, planned))
    sentence = (
        f"Nobody asks at this time. Give the months of a follow-up of this referral: {known or 'none'}."
    )
    return [
        FieldProblem(f"measures.{number}.months", sentence, "code-invalid")
        for number, each in enumerate(taken)
        if each.phase is Phase.FOLLOW_UP and each.months is not None and each.months not in planned
    ]
