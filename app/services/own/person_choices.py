"""What a person says of contact and of research, and all that they ever said: read and written down, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.consent_wordings import Kind
from app.domain.contact_wish import ContactWish, checked_ways, why_held
from app.domain.errors import FieldProblem, Invalid
from app.domain.follow_up import add_months
from app.domain.vocabulary import Role
from app.services.messages.contact_wishes import wish_of
from app.services.rights import consent_wordings
from app.store import choices, departures, referrals, tasks
from app.store.choices import Said
from app.store.session import Database, Tx
from app.store.tasks import Consent

HOW_SAID: Final[dict[str, str]] = {
    "telephone": "On the telephone",
    "in-conversation": "In person",
    "in-writing": "In writing",
}
_READ, _WRITE = "read choices", "record choice"


@dataclass(frozen=True, slots=True)
class Stands:
    """What counts today: the word on contact (None where nobody asked), and whether research may use what happened.

    `in_touch`: we may be in touch at all; a yes whose last day has passed is none.
    """

    contact: ContactWish | None
    research: bool
    in_touch: bool = True


@dataclass(frozen=True, slots=True)
class History:
    """What counts today, and every word of theirs, the newest first."""

    stands: Stands
    said: Sequence[Said]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A word as it was given: `wording` is the version of our words that was read or shown to them.

    `ways` are of a yes to contact (app.domain.contact_wish), none: any; `months` is for how long a yes counts.
    """

    kind: Kind
    given: bool
    ways: tuple[str, ...] = ()
    wording: int | None = None
    months: int | None = None


def find(db: Database, actor: Actor, referral_id: UUID) -> History:
    """Return what a person said, as far as the link worker's team was told; raises NotFound for another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        person_id = referrals.get(tx, referral_id, audit=_READ).person_id
        return History(stands_of(tx, person_id), choices.list_said(tx, person_id, audit=_READ))


def stands_of(tx: Tx, person_id: UUID) -> Stands:
    """Return what counts today, whichever team wrote it down. Without a word on research the answer is no."""
    with tx.as_system("choices") as system_tx:
        agrees = choices.list_agreeing(system_tx, [person_id], Kind.RESEARCH, audit=_READ)
    wish = wish_of(tx, person_id)
    return Stands(wish, person_id in agrees, why_held(wish, None, tx.today) is None)


def record(db: Database, actor: Actor, referral_id: UUID, answer: Answer, *, how: str) -> None:
    """Write down what the person told a link worker, whatever became of the referral; it counts for all of theirs.

    Raises Invalid: `how` is none of HOW_SAID, a way is none, or (field "given") the words are others today; NotFound
    for another team's referral.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    if how not in HOW_SAID:
        raise Invalid([FieldProblem("how", "Choose how they told you.", "required")])
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_WRITE)
        said = _word(tx, answer, source="link-worker", how=how, field="given")
        _write(tx, said, person_id=referral.person_id, referral_id=referral.id)


def record_own(tx: Tx, *, person_id: UUID, referral_id: UUID, answer: Answer) -> None:
    """Write what the person says on their own page, as the platform.

    Raises Invalid: a way is none, or (field "answer") our words are others today.
    """
    said = _word(tx, answer, source="person", how=None, field="answer")
    _write(tx, said, person_id=person_id, referral_id=referral_id)


def _word(tx: Tx, answer: Answer, *, source: str, how: str | None, field: str) -> Consent:
    shown = consent_wordings.shown(tx, answer.kind, answer.wording, field=field)
    return Consent(
        answer.kind,
        given=answer.given,
        source=source,
        asked_by=tx.actor.user_id,
        how=how,
        wording=shown,
        ways=checked_ways(answer.ways) if answer.kind is Kind.CONTACT else (),
        expires_on=add_months(tx.today, answer.months) if answer.months else None,
    )


def _write(tx: Tx, said: Consent, *, person_id: UUID, referral_id: UUID) -> None:
    """What is leaving at this very moment has left; all else asks again before it does, and finds this word."""
    departures.shut(tx, person_id)
    tasks.add_consent(tx, said, person_id=person_id, referral_id=referral_id, audit=_WRITE)
