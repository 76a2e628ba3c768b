"""The letter to somebody who asked for themselves: printed, posted or read out by their link worker."""

from __future__ import annotations

from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import NotFound
from app.domain.lifecycle import PlacementStatus
from app.domain.referral import Referral
from app.domain.sources import GoesBack
from app.domain.vocabulary import Role
from app.letters.person import Story, words_to
from app.letters.plain import plain_letter_pdf
from app.services.feedback.letters import OutcomeLetter
from app.store import directory, duplicates, feedback, outcomes, people, placements, referrals
from app.store.outcomes import About
from app.store.session import LONDON, Database, Tx

_ACT = "read letter to the person"
_HELPED = (PlacementStatus.STARTED, PlacementStatus.COMPLETED, PlacementStatus.ENDED_EARLY)


def person_letter(db: Database, actor: Actor, referral_id: UUID) -> OutcomeLetter:
    """Return the letter about how it ended, for link workers to hand on.

    Raises NotFound when the referral is not theirs, when somebody else asked, and while there is no end to tell.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=_ACT)
        told = feedback.list_for_referral(tx, referral_id, audit=_ACT)
        if referral.source.goes_back is not GoesBack.TO_PERSON or not told or referral.ended_at is None:
            raise NotFound("There is no letter to the person yet.")
        person = people.get(tx, referral.person_id, audit=_ACT)
        story = _story(tx, referral, restricted=person.restricted)
        written_at = told[-1].composed_at
        words = words_to(person.details, story, written_on=written_at.astimezone(LONDON).date())
    return OutcomeLetter(referral.reference, plain_letter_pdf(words, written_at=written_at))


def _story(tx: Tx, referral: Referral, *, restricted: bool) -> Story:
    outcome = outcomes.find_outcome(tx, About(referral.id, referral.person_id), audit=_ACT)
    if outcome is None:
        raise NotFound("There is no letter to the person yet.")
    leader_id = duplicates.find_leader(tx, referral.id) or referral.id
    asked = placements.list_for_referral(tx, leader_id, audit=_ACT)
    helped = [each for each in asked if each.status in _HELPED]
    return Story(
        reference=referral.reference,
        team_name=directory.get_organisation(tx, referral.team_id).name,
        asked_on=referral.received_at,
        helped_by=f"{helped[-1].service_name} ({helped[-1].provider_name})" if helped else None,
        outcome=outcome,
        end_reason=referral.end_reason,
        address_is_secret=restricted,
    )
