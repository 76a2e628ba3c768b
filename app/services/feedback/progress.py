"""Tells the practice where its referral stands before its end: waiting, accepted, help begun, or declined and why."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.domain.lifecycle import CALLED_OFF
from app.domain.referral import Organisation, Placement, Referral
from app.domain.sources import GoesBack
from app.domain.vocabulary import DECLINE_REASONS, WITHDRAW_REASONS, NewsKind, why
from app.services.feedback.letterhead import letterhead
from app.services.feedback.outgoing import MESSAGE_CONTENT_TYPE, Composed, clear_the_way, post
from app.store import directory, duplicates, feedback, placements, referrals, tasks
from app.store.session import Tx
from fhir.messages import Stage, StatusUpdate
from fhir.outbound import to_bytes
from fhir.outbound_status import status_message

_ACT = "tell the practice"
_TAKEN_ON = (NewsKind.ACCEPTED, NewsKind.IN_PROGRESS)
_ON_THE_WAY = (NewsKind.WAITING, NewsKind.NOT_REACHED, *_TAKEN_ON)
_LOOKED_ON = "The referral stays open: the link worker talks with the person about what else could help."
_TRIED = (
    "We tried {count} times without an answer. The referral stays open. If you have a newer number, tell us."
)
_URGENT_FIRST = "Urgent referrals go first, so this can change."
_TAKEN_BACK = "The referral has ended without an outcome."


@dataclass(frozen=True, slots=True)
class _Word:
    """What is told, and of whose help; a decline has its coded reason."""

    kind: NewsKind
    placement: Placement | None = None
    reason: str | None = None
    reason_text: str | None = None
    note: str = ""
    expected: str = ""

    @property
    def called_off(self) -> bool:
        """Whether a decline is read over REST as cancelled, not as rejected."""
        is_no = self.kind is NewsKind.DECLINED
        return is_no and (self.placement is None or self.placement.told_as == CALLED_OFF)


def tell_waiting(tx: Tx, placement_id: UUID, expected: str, *, position: int) -> None:
    """A provider put the person on its list, or expects another wait; not told once somebody has said yes."""
    placement = placements.get(tx, placement_id, audit=_ACT)
    said = f" {why(None, placement.said)}." if placement.said else ""
    note = f"Number {position} on the list when this was written. {_URGENT_FIRST}{said}"
    word = _Word(NewsKind.WAITING, placement, reason_text=placement.said, note=note, expected=expected)
    for referral, practice in _everybody(tx, placement.referral_id):
        if practice.hears_progress and not set(_TAKEN_ON) & set(_heard(tx, referral)):
            _send(tx, referral, practice, word)


def tell_accepted(tx: Tx, placement_id: UUID) -> None:
    """A provider said yes; told once until the practice hears of an end or a decline."""
    _tell_of_help(tx, placement_id, NewsKind.ACCEPTED, unless=_TAKEN_ON)


def tell_begun(tx: Tx, placement_id: UUID) -> None:
    """Help has begun; told once until the practice hears of an end or a decline."""
    _tell_of_help(tx, placement_id, NewsKind.IN_PROGRESS, unless=(NewsKind.IN_PROGRESS,))


def tell_declined(tx: Tx, placement_id: UUID) -> None:
    """A provider said no and nobody else is asked: the routing has come to nothing, the referral not yet."""
    placement = placements.get(tx, placement_id, audit=_ACT)
    reason = placement.reason or ""
    told = why(DECLINE_REASONS.get(reason), placement.said)
    word = _Word(NewsKind.DECLINED, placement, reason, told, _LOOKED_ON)
    for referral, practice in _everybody(tx, placement.referral_id):
        if practice.hears_progress and _heard(tx, referral)[-1:] != [NewsKind.DECLINED]:
            _send(tx, referral, practice, word)


def tell_not_reached(tx: Tx, referral_id: UUID, *, attempts: int) -> bool:
    """The team tried to reach the person without an answer; False where nobody hears of it on the way.

    Not told to whoever has heard that help has begun: that would contradict it.
    """
    told = False
    for referral, practice in _everybody(tx, referral_id):
        if practice.hears_progress and NewsKind.IN_PROGRESS not in _heard(tx, referral):
            _send(tx, referral, practice, _Word(NewsKind.NOT_REACHED, note=_TRIED.format(count=attempts)))
            told = True
    return told


def tell_taken_back(tx: Tx, referral_id: UUID, reason: str) -> None:
    """The team took the referral back, so that no outcome will come: the last word, for every system that reads it.

    A practice that gets letters only has none for this: its team is given the task to ring. So has a person who asked
    for themselves; a source that hears nothing hears nothing of this either.
    """
    referral, practice = _whom(tx, referral_id)
    if practice.source.goes_back is GoesBack.NOWHERE:
        return
    if practice.reads_messages:
        _send(
            tx,
            referral,
            practice,
            _Word(NewsKind.DECLINED, None, reason, WITHDRAW_REASONS.get(reason), _TAKEN_BACK),
        )
    elif reason != "requester-cancelled":
        to_person = practice.source.goes_back is GoesBack.TO_PERSON
        kind = "tell-person-withdrawn" if to_person else "tell-practice-withdrawn"
        tasks.add_task(tx, kind, organisation_id=referral.team_id, referral_id=referral_id)


def _whom(tx: Tx, referral_id: UUID) -> tuple[Referral, Organisation]:
    referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
    return referral, directory.get_organisation(tx, referral.requester_id)


def _everybody(tx: Tx, referral_id: UUID) -> list[tuple[Referral, Organisation]]:
    """Everybody who asked for what one referral does: each hears of its own request."""
    return [_whom(tx, each) for each in (referral_id, *duplicates.list_followers(tx, referral_id))]


def _tell_of_help(tx: Tx, placement_id: UUID, kind: NewsKind, *, unless: tuple[NewsKind, ...]) -> None:
    placement = placements.get(tx, placement_id, audit=_ACT)
    for referral, practice in _everybody(tx, placement.referral_id):
        if practice.hears_progress and not set(unless) & set(_heard(tx, referral)):
            _send(tx, referral, practice, _Word(kind, placement))


def _heard(tx: Tx, referral: Referral) -> list[NewsKind]:
    """Return what the practice was told since the last outcome or decline, that one first."""
    told = [each.kind for each in feedback.list_all(tx, referral.id, audit=_ACT)]
    ends = [place for place, kind in enumerate(told) if kind not in _ON_THE_WAY]
    return told[ends[-1] :] if ends else told


def _send(tx: Tx, referral: Referral, practice: Organisation, word: _Word) -> None:
    told = clear_the_way(tx, referral.id)
    update = StatusUpdate(
        **letterhead(tx, referral, practice, placement=word.placement, audit=_ACT),
        stage=Stage(word.kind.value),
        happened_on=tx.now,
        first=not any(each.may_be_known for each in told),
        reason=word.reason,
        reason_text=word.reason_text,
        note=word.note,
        called_off=word.called_off,
        expected=word.expected,
    )
    body = to_bytes(status_message(update))
    composed = Composed(word.kind, update.message_id, update.header_id, MESSAGE_CONTENT_TYPE, body)
    post(tx, referral, practice, composed)
