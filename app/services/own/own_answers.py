"""People answering about themselves through their own link: which questions stand open, kept one by one, stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app.domain.errors import Conflict
from app.domain.follow_up import LINK_DAYS, FollowUpStatus
from app.domain.lifecycle import OPEN_REFERRAL
from app.domain.measures import Measure
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Referral
from app.services.follow_up import follow_up_plan, follow_ups
from app.services.follow_up.follow_up_stops import why_not_now
from app.services.measures import measures_taken
from app.store import follow_ups as kept
from app.store import outcomes, referrals
from app.store.follow_ups import FollowUp
from app.store.outcomes import About
from app.store.person_links import PersonLink
from app.store.session import Database, Tx

_ACT, _READ = "answer by own link", "read own questions"
_SAME_SITTING = timedelta(days=14)  # answers of these days are of one sitting
_GIVEN_UP = (FollowUpStatus.COULD_NOT_REACH, FollowUpStatus.NOT_ASKED)  # a late answer is taken all the same


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions that stand open for one person now; none when there is nothing to ask.

    `answered` are the codes that have an answer, or were left out, in this sitting; `alerted` is whether one of its
    answers is of those that are told to a person at once.
    """

    phase: Phase
    months: int | None
    measures: tuple[Measure, ...]
    answered: frozenset[str]
    stopped: bool = False
    answers: tuple[Taken, ...] = ()
    alerted: bool = False

    @property
    def next(self) -> Measure | None:
        """The first that has no answer yet."""
        return next((each for each in self.measures if each.code not in self.answered), None)


def get_asked(db: Database, link: PersonLink) -> Asked:
    """Return what the holder of a link is asked now."""
    with db.transaction(link.actor) as tx:
        return _asked(tx, link)


def is_alerted(db: Database, link: PersonLink) -> bool:
    """Tell whether the holder of a link gave an answer in this sitting that a person must look at today."""
    with db.transaction(link.actor) as tx:
        about = About(link.referral_id, link.person_id)
        return _alerted(tx, outcomes.list_measures(tx, about, audit=_READ))


def answer(db: Database, link: PersonLink, taken: Taken) -> Asked:
    """Keep one questionnaire as the person answered it, or left it out; return what is asked next.

    Raises Invalid with what is wrong, Conflict when nothing is asked any more.
    """
    with db.transaction(link.actor) as tx:
        asked = _asked(tx, link)
        if not asked.measures:
            raise Conflict("We are not asking anything just now. Thank you.")
        told = replace(taken, phase=asked.phase, months=asked.months, way="link")
        with tx.as_system("own answers") as system_tx:
            measures_taken.check(system_tx, [told])
            found = _follow_up(system_tx, link)
            if found is None:
                measures_taken.write(system_tx, About(link.referral_id, link.person_id), [told])
            elif told.skipped:  # settled with the last page, or by an answer
                measures_taken.write(system_tx, About(link.referral_id, link.person_id), [told])
                _settle_skipped(system_tx, found, _asked(system_tx, link))
            else:
                follow_ups.record_answers(system_tx, found, [told])
        return _asked(tx, link)


def stop(db: Database, link: PersonLink) -> None:
    """Ask this person no more, now or after any other referral."""
    with db.transaction(link.actor) as tx:
        follow_up_plan.stop_for_person(tx, link.person_id, link.referral_id, source="person")


def _settle_skipped(tx: Tx, found: FollowUp, asked: Asked) -> None:
    if asked.next is None and all(each.skipped for each in asked.answers):
        follow_ups.settle(tx, found, FollowUpStatus.SKIPPED, reason=asked.answers[-1].skipped)


def _asked(tx: Tx, link: PersonLink) -> Asked:
    referral = referrals.get(tx, link.referral_id, audit=_READ)
    taken = outcomes.list_measures(tx, About(referral.id, referral.person_id), audit=_READ)
    return replace(_asked_of(tx, link, referral, taken), alerted=_alerted(tx, taken))


def _asked_of(tx: Tx, link: PersonLink, referral: Referral, taken: Sequence[Taken]) -> Asked:
    found = _follow_up(tx, link)
    if found is not None:
        of_now = [each for each in taken if each.phase is Phase.FOLLOW_UP and each.months == found.months]
        return _of(tx, Phase.FOLLOW_UP, found.months, of_now)
    stopped = kept.find_stopped_by(tx, link.person_id) is not None
    if referral.status not in OPEN_REFERRAL:
        return Asked(Phase.FOLLOW_UP, None, (), frozenset(), stopped)
    phase = phase_of(taken, today=tx.today)
    of_now = [each for each in taken if each.phase is phase and tx.today - each.taken_on <= _SAME_SITTING]
    return replace(_of(tx, phase, None, of_now), stopped=stopped)


def _alerted(tx: Tx, taken: Sequence[Taken]) -> bool:
    """Whether one of the answers of this sitting is told to a person at once; also one that was changed since."""
    own = (each for each in taken if each.way == "link" and tx.today - each.taken_on <= _SAME_SITTING)
    return any(tx.measures.alerts(each) for each in own)


def phase_of(taken: Sequence[Taken], *, today: date) -> Phase:
    """Return which phase an answer of today is of, while a referral is open.

    The start until an earlier sitting has told of it, from then on how things are by now.
    """
    earlier = [each for each in taken if each.phase is Phase.BEFORE and not each.skipped]
    is_known = any(today - each.taken_on > _SAME_SITTING for each in earlier)
    return Phase.AFTER if is_known else Phase.BEFORE


def _of(tx: Tx, phase: Phase, months: int | None, taken: Sequence[Taken]) -> Asked:
    own = tuple(each for each in taken if each.way == "link")
    return Asked(
        phase,
        months,
        tx.measures.asked(tx.today, phase=phase),
        frozenset(each.measure for each in own),
        answers=own,
    )


def _follow_up(tx: Tx, link: PersonLink) -> FollowUp | None:
    """The one that is under way; or the newest that was settled lately, so that somebody can finish or go back.

    Also the newest that was given up within the days that a link holds: who answers late is heard. None of somebody
    who must not be asked.
    """
    found = kept.list_for_referral(tx, link.referral_id, audit=_READ)
    lately = [each for each in reversed(found) if _was_settled(each, tx.now)]
    open_ones = [each for each in found if each.is_under_way]
    first = next(iter([*open_ones, *lately]), None)
    return None if first is None or why_not_now(tx, first, audit=_READ) is not None else first


def _was_settled(found: FollowUp, now: datetime) -> bool:
    if found.settled_at is None:
        return False
    if found.status in _GIVEN_UP:
        return now - found.settled_at <= timedelta(days=LINK_DAYS)
    return found.status is FollowUpStatus.ANSWERED and now - found.settled_at <= _SAME_SITTING
