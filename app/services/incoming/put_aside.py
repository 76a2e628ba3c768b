"""What was put right of a person is not undone by a message that merely repeats what was wrong."""

from __future__ import annotations

from app.domain import their_details
from app.domain.referral import Person, PersonDetails
from app.store import corrections
from app.store.session import Tx


def without_put_aside(
    tx: Tx, person: Person, told: PersonDetails, *, audit: str
) -> tuple[PersonDetails, tuple[str, ...]]:
    """Return what a message tells of a person without what was put right before, and which parts those are.

    The codes end in "-kept", as those of needs that a link worker set: the team reads that the sender says otherwise.
    """
    with tx.as_system("put aside") as system_tx:
        aside = corrections.list_put_aside(system_tx, person.id, audit=audit)
    news, parts = their_details.without_put_aside(told, person.details, aside)
    return news, tuple(f"{part}-kept" for part in parts)
