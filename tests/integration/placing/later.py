"""What is said of referrals later on: at a hand-over, and of help that is over."""

from __future__ import annotations

from app.domain.hand_overs import Cover
from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import OutcomeState
from app.services.caring import ownership
from app.store import late_words
from app.store.outcomes import About
from app.store.session import Database
from tests.factories import MadePlace, MadeReferral, Patient, make_referral


def hand_over_and_tell_late(db: Database, place: MadePlace, made: MadeReferral) -> None:
    """Hand a new referral of the first team to its duty with a word, and tell late of help by the first provider."""
    covered = make_referral(db, place, ReferralStatus.IN_TRIAGE, patient=Patient(verified=False))
    ownership.hand_over(db, place.link_worker, covered.id, None, cover=Cover("Ring on Mondays."))
    with db.transaction(place.actor("provider-0")) as tx:
        about = About(made.id, made.person_id, made.placement_id)
        late_words.add(tx, about, OutcomeState.BETTER, "Comes on Fridays.", audit="test")
