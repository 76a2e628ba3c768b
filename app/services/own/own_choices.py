"""A person changes their mind on their own page: at once, with an audit line as theirs and a task for the team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.consent_wordings import Kind
from app.domain.errors import Conflict
from app.domain.lifecycle import HELPS, OPEN_REFERRAL, ReferralStatus
from app.domain.referral import Placement
from app.domain.secondary_use import Stand
from app.services.caring import endings
from app.services.dataset import secondary_use
from app.services.follow_up import follow_up_plan
from app.services.own import person_choices
from app.services.own.person_choices import Answer, Stands
from app.services.rights import consent, consent_wordings
from app.store import care_plans, follow_ups, placements, referrals, tasks
from app.store.audit import Entry
from app.store.person_links import PersonLink
from app.store.session import Database, Tx
from app.store.sharing import SHARE, asks_first

CHANGED: Final = "person-changed-mind"
STOPPED: Final = "person-stopped"
AGAIN: Final = "person-asks-again"
_ACT: Final = "change own mind"
_READ: Final = "read own choices"
_STOP_REASON: Final = "consent-withdrawn"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person has said so far, and what a change would touch.

    `share`: their newest word on groups being told, None where nobody asked; `ask_first`: they said "not yet".
    """

    is_open: bool
    was_stopped: bool  # the referral was taken back, by them or by others
    share: bool | None
    ask_first: bool
    dataset: Stand
    asks_stopped: bool
    stands: Stands  # on contact and on research
    asked: Sequence[str]  # groups that have not begun: a no takes the question back
    helping: Sequence[str]  # groups that help now
    goals_shared: int


def find(db: Database, link: PersonLink) -> Choices:
    """Return what the person of a link has said so far."""
    with db.transaction(link.actor) as tx:
        referral = referrals.get(tx, link.referral_id, audit=_READ)
        placed = placements.list_for_referral(tx, referral.id, audit=_READ)
        with tx.as_system("own choices") as system_tx:  # words of other referrals of theirs count too
            share = tasks.find_consent(system_tx, referral.id, SHARE)
            ask_first = asks_first(system_tx, referral.id)
            dataset = secondary_use.stand_of_person(system_tx, referral.person_id, audit=_READ)
            asks_stopped = follow_ups.asked_not_to(system_tx, referral.person_id)
        return Choices(
            is_open=referral.status in OPEN_REFERRAL,
            was_stopped=referral.status == ReferralStatus.WITHDRAWN
            or referral.end_reason == endings.STOPPED_BY_PERSON,
            share=share,
            ask_first=ask_first,
            dataset=dataset,
            asks_stopped=asks_stopped,
            stands=person_choices.stands_of(tx, referral.person_id),
            asked=[each.service_name for each in placed if consent.would_stop(each)],
            helping=[each.service_name for each in placed if each.status in HELPS and each.started_at],
            goals_shared=len(care_plans.list_shared(tx, referral, audit=_READ)),
        )


def share(db: Database, link: PersonLink, *, given: bool, wording: int | None = None) -> None:
    """Write whether groups may be told about the person; a no takes back what has not begun.

    `wording` is the version of our words on the page. Raises Conflict when the referral has ended, Invalid (field
    "answer") when our words are others today; so do the next two.
    """
    with db.transaction(link.actor) as tx:
        _note(tx, link, "share", given=given)
        with tx.as_system("own choice") as system_tx:
            referral = referrals.get_for_update(system_tx, link.referral_id, audit=_ACT)
            consent.record_own(system_tx, referral, given=given, wording=wording)
            if not given:
                care_plans.end_shared(system_tx, referral, audit=_ACT)
            _tell_team(system_tx, link, CHANGED)


def count(db: Database, link: PersonLink, *, given: bool, wording: int | None = None) -> None:
    """Write whether what became of the person may be counted in the shared dataset."""
    with db.transaction(link.actor) as tx:
        _note(tx, link, "dataset", given=given)
        with tx.as_system("own choice") as system_tx:
            whose = {"person_id": link.person_id, "referral_id": link.referral_id}
            secondary_use.record_own(system_tx, **whose, given=given, wording=wording)
            _tell_team(system_tx, link, CHANGED)


def ask(db: Database, link: PersonLink, *, wanted: bool, wording: int | None = None) -> None:
    """Write whether the person wants to be asked later how things are; a stop holds for all their referrals."""
    with db.transaction(link.actor) as tx:
        _note(tx, link, "follow-up", given=wanted)
        change = follow_up_plan.allow_again if wanted else follow_up_plan.stop_for_person
        shown = consent_wordings.shown(tx, Kind.FOLLOW_UP, wording, field="answer")
        change(tx, link.person_id, link.referral_id, source="person", wording=shown)
        with tx.as_system("own choice") as system_tx:
            _tell_team(system_tx, link, CHANGED)


def say(db: Database, link: PersonLink, answer: Answer) -> None:
    """Write what the person says of contact or of research; raises Invalid (field "answer", "ways")."""
    with db.transaction(link.actor) as tx:
        _note(tx, link, answer.kind.value, given=answer.given)
        with tx.as_system("own choice") as system_tx:
            whose = {"person_id": link.person_id, "referral_id": link.referral_id}
            person_choices.record_own(system_tx, **whose, answer=answer)
            _tell_team(system_tx, link, CHANGED)


def take_goals_back(db: Database, link: PersonLink) -> int:
    """Let no group read a goal of the plan any more; return how many could be read."""
    with db.transaction(link.actor) as tx:
        _note(tx, link, "goals", given=False)
        with tx.as_system("own choice") as system_tx:
            referral = referrals.get_for_update(system_tx, link.referral_id, audit=_ACT)
            ended = care_plans.end_shared(system_tx, referral, audit=_ACT)
            _tell_team(system_tx, link, CHANGED)
    return ended


def stop(db: Database, link: PersonLink) -> None:
    """Say no to the help, or stop it, and every group is told so.

    Before help began the referral is taken back; afterwards it ends with an outcome, which whoever asked is told.

    Raises Conflict when it has ended already.
    """
    with db.transaction(link.actor) as tx:
        _note(tx, link, "help", given=False)
        with tx.as_system("own choice") as system_tx:
            referral = referrals.get_for_update(system_tx, link.referral_id, audit=_ACT)
            if referral.status not in OPEN_REFERRAL:
                raise Conflict("This has ended already, so there is nothing to stop.")
            if _has_begun(placements.list_for_referral(system_tx, referral.id, audit=_ACT)):
                endings.end_for_person(system_tx, referral.id)
            else:
                endings.take_back(system_tx, referral.id, reason=_STOP_REASON)
            care_plans.end_shared(system_tx, referral, audit=_ACT)
            _tell_team(system_tx, link, STOPPED)


def want_again(db: Database, link: PersonLink) -> None:
    """Ask the team to ring, because the person wants help after all."""
    with db.transaction(link.actor) as tx:
        _note(tx, link, "help", given=True)
        with tx.as_system("own choice") as system_tx:
            _tell_team(system_tx, link, AGAIN)


def _has_begun(placed: Sequence[Placement]) -> bool:
    return any(each.started_at is not None for each in placed)


def _note(tx: Tx, link: PersonLink, what: str, *, given: bool) -> None:
    """The change is the person's own, though the platform carries it out."""
    detail = {"what": what, "given": given, "link": str(link.id)}
    tx.audit(Entry(_ACT, "referral", str(link.referral_id), link.person_id, detail))


def _tell_team(tx: Tx, link: PersonLink, kind: str) -> None:
    tasks.add_task(tx, kind, organisation_id=link.team_id, referral_id=link.referral_id)
