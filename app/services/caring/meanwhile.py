"""Tells somebody who sends a form what others did to the referral while the form was open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.referral import Step
from app.domain.vocabulary import Role
from app.store import meanwhile, referrals, transitions
from app.store.outcomes import About
from app.store.session import Database

_ACT: Final = "look for changes"
# Acts that change a referral without a step of its lifecycle; a step tells itself.
ACTS: Mapping[str, str] = MappingProxyType(
    {
        "set needs": "The needs were changed.",
        "put details right": "Who the person is, or how to reach them, was put right.",
        "set wishes": "How the person would like it was changed.",
        "record consent": "Somebody wrote down what the person said about sharing.",
        "record contact": "A contact was written down.",
        "take contact back": "A contact was taken back.",
        "hand over": "It was handed over.",
        "put reminders off": "It was put off to another day.",
        "receive update": "Whoever asked sent news about it.",
        "receive change": "Whoever asked sent news about it.",
        "record measure": "Answers about how the person is were written down.",
        "record unmet need": "An unmet need was written down.",
        "record secondary use": "Somebody wrote down whether the person may be counted.",
    }
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What others did, oldest first: steps of the lifecycle, and other acts in sentences, each with its time."""

    steps: tuple[Step, ...] = ()
    acts: tuple[tuple[datetime, str], ...] = ()


def changes_since(db: Database, actor: Actor, referral_id: UUID, *, since: datetime) -> Changes:
    """Return what anybody but the actor did after a moment; raises NotFound when the referral is not the team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        theirs = meanwhile.moments_of_others(tx, referral_id, since=since)
        steps = transitions.timeline(tx, referral_id, audit=_ACT) if theirs else ()
        with tx.as_system("changes") as system_tx:
            acts = meanwhile.acts_of_others(
                system_tx,
                About(referral_id, referral.person_id),
                besides=actor.label,
                since=since,
                acts=tuple(ACTS),
                audit=_ACT,
            )
    told = tuple(step for step in steps if step.at in theirs)
    return Changes(told, tuple((at, ACTS[act]) for at, act in acts))
