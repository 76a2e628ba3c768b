"""Reads what one referral's record holds, once, for every form in which the PRSB record is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from app.domain.care_plan import KeptPlan
from app.domain.cautions import Cautions
from app.domain.characteristics import Said
from app.domain.errors import NotFound
from app.domain.measures import Library
from app.domain.milestones import MilestoneList
from app.domain.onward import OnwardKind
from app.domain.outcomes import Taken
from app.domain.referral import Organisation, Outcome, Person, Placement, Referral
from app.domain.said_in_answers import named_by_them
from app.domain.standing import standing
from app.domain.vocabulary import Role
from app.services.caring.owners_seen import owner_of
from app.services.incoming.duplicates import cautions_of
from app.services.measures.milestones import the_list
from app.store import (
    care_plans,
    cautions,
    characteristics,
    directory,
    feedback,
    milestones,
    onward,
    outcomes,
    people,
    placements,
    referrals,
    tasks,
)
from app.store.milestones import Seen
from app.store.onward import Onward
from app.store.outcomes import About, Contact
from app.store.session import LONDON, Tx
from app.store.tasks import Consent

ACT: Final = "read record as PRSB"


@dataclass(frozen=True, slots=True)
class Facts:
    """All of one referral that the actor may see; `agreed`: the newest word on telling providers."""

    referral: Referral
    person: Person
    reason: str
    requested_by: str
    requester: Organisation
    team: Organisation
    owner: str
    take_care: Cautions
    agreed: Consent | None
    placements: Sequence[Placement]
    contacts: Sequence[Contact]
    taken: Sequence[Taken]
    own_names: Mapping[tuple[str, str], str]  # what items of own words are about, for the team alone
    outcome: Outcome | None
    plan: KeptPlan  # in the person's own words: for the team alone
    milestones: Sequence[Seen]
    signposts: Sequence[Onward]
    says: Mapping[str, Said]
    library: Library
    milestone_words: MilestoneList
    today: date


def facts_of(tx: Tx, referral: Referral) -> Facts:
    """Return the record; for who referred as they told it and may see it, with no word of another requester's."""
    about = About(referral.id, referral.person_id)
    is_team = tx.actor.role is Role.LINK_WORKER
    read_cautions = cautions_of if is_team else cautions.get
    taken = outcomes.list_measures(tx, about, audit=ACT)
    passed = onward.list_for_referral(tx, referral.id, audit=ACT) if is_team else ()
    return Facts(
        referral=referral,
        person=people.get(tx, referral.person_id, audit=ACT),
        reason=referrals.reason_text(tx, referral, audit=ACT),
        requested_by=referrals.requested_by(tx, referral, audit=ACT),
        requester=directory.get_organisation(tx, referral.requester_id),
        team=directory.get_organisation(tx, referral.team_id),
        owner=owner_of(tx, referral.id).name if is_team else "",
        take_care=read_cautions(tx, referral.id, audit=ACT),
        agreed=tasks.find_newest_consent(tx, referral.id, "share-with-provider"),
        placements=placements.list_for_referral(tx, referral.id, audit=ACT),
        contacts=outcomes.list_contacts(tx, about, audit=ACT),
        taken=[
            each if is_team else tx.measures.seen_outside(each)
            for each in standing(taken)
            if not each.skipped
        ],
        own_names=named_by_them(tx.measures, taken) if is_team else {},
        outcome=_outcome(tx, about, is_team=is_team),
        plan=care_plans.find(tx, referral, audit=ACT) if is_team else KeptPlan(),
        milestones=milestones.list_of(tx, about, audit=ACT) if is_team else (),
        signposts=[each for each in passed if each.kind == OnwardKind.SIGNPOSTED],
        says=_says(tx, referral) if is_team else {},
        library=tx.measures,
        milestone_words=the_list(),
        today=tx.now.astimezone(LONDON).date(),
    )


def _says(tx: Tx, referral: Referral) -> Mapping[str, Said]:
    kept = characteristics.list_of_person(tx, referral.person_id, team_id=referral.team_id, audit=ACT)
    return {each.question: each.said for each in kept}


def get_readable(tx: Tx, referral_id: UUID) -> Referral:
    """Return the referral; raises NotFound for a foreign one, and for who hands people on and hears nothing."""
    referral = referrals.get(tx, referral_id, audit=ACT)
    if tx.actor.role is Role.PRACTICE and referral.source.is_silent:
        raise NotFound
    return referral


def _outcome(tx: Tx, about: About, *, is_team: bool) -> Outcome | None:
    """Who referred learns of an end when they are told of it, not while it is written; one was loaded as it ended."""
    was_told = is_team or feedback.list_for_referral(tx, about.referral_id, audit=ACT)
    if not was_told and not referrals.is_loaded(tx, about.referral_id, audit=ACT):
        return None
    return outcomes.find_outcome(tx, about, audit=ACT)
