"""The person's word on sharing, looked at before a service is told: a no stops, a "not yet" means asking them first."""

from __future__ import annotations

from typing import Final

from app.domain.consent_wordings import Kind
from app.domain.errors import Conflict, FieldProblem
from app.domain.referral import Referral
from app.services.rights import consent_wordings
from app.store import tasks
from app.store.audit import Entry
from app.store.session import Tx
from app.store.sharing import SHARE, asks_first
from app.store.tasks import Consent

TYPED_ON_A_PAGE: Final = "page"  # the event of what our own pages hand in: each of them asks about sharing
SAYS_NO: Final = "The person does not agree that a provider is told about them: talk to them first."
ASK_AGAIN: Final = (
    "The person said “not yet” to a service being told about them: ask them again now that one is found, then say that "
    "you did. If they say no, write that down instead."
)


def problems(
    tx: Tx, referral: Referral, *, asked_again: bool, wording: int | None = None
) -> list[FieldProblem]:
    """Return what must be done before a service is told; raises Conflict when the person said no.

    `asked_again` is the word of whoever acts that they asked the person now and the person agrees: it is written down
    with the version of our words that was read to them. Raises Invalid (field "asked_again") when it is not today's.
    """
    if tasks.find_consent(tx, referral.id, SHARE) is False:
        raise Conflict(SAYS_NO)
    if asked_again:
        read = consent_wordings.shown(tx, Kind.SHARE, wording, field="asked_again")
        consent = Consent(SHARE, given=True, source="link-worker", asked_by=tx.actor.user_id, wording=read)
        tasks.add_consent(tx, consent, person_id=referral.person_id, referral_id=referral.id, audit="offer")
    elif asks_first(tx, referral.id):
        return [FieldProblem("asked_again", ASK_AGAIN, "required")]
    return []


def may_be_told(tx: Tx, referral: Referral) -> bool:
    """Tell whether the next agreed service may be told without anybody asking the person; a no here is audited."""
    if tasks.find_consent(tx, referral.id, SHARE) is not False and not asks_first(tx, referral.id):
        return True
    tx.audit(Entry("pass over plan: ask first", "referral", str(referral.id), referral.person_id))
    return False
