"""Who is asking, when they came by a safe link: the provider, with one placement, while there are steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.access import Actor
from app.domain.safe_links import LONGEST_VISIT, VISIT
from app.domain.vocabulary import Role
from app.services.by_link import safe_links
from app.services.signing_in.sign_in import SignedIn
from app.store import directory, safe_visits
from app.store.accounts import SESSIONS, Account
from app.store.safe_visits import Visit
from app.store.session import Database


@dataclass(frozen=True, slots=True)
class ByLink(SignedIn):
    """Somebody of a provider without an account; `account` holds the name that they typed and no user's id."""

    visit: Visit | None = None

    @property
    def actor(self) -> Actor:
        """The actor of everything they do: it names the visit and the name, and touches one placement alone."""
        return self._visit.actor

    @property
    def placement_id(self) -> UUID:
        """The one offer that they see."""
        return self._visit.placement_id

    @property
    def until(self) -> datetime:
        """When the visit ends at the latest, whatever is done; it ends sooner without a step."""
        return (self._visit.opened_at or self._visit.expires_at) + LONGEST_VISIT

    @property
    def helper_id(self) -> UUID:
        """To whom the link of the visit was sent."""
        return self._visit.helper_id

    @property
    def _visit(self) -> Visit:
        if self.visit is None:
            raise ValueError("Whoever came by a link has a visit.")
        return self.visit


def find_visitor(db: Database, token: str) -> ByLink | None:
    """Return who a visit's token belongs to, None when the visit has ended or may not go on."""
    with db.transaction(SESSIONS) as tx:
        visit = safe_links.find_visit(tx, token)
        if visit is None:
            return None
        visit = safe_visits.record_step(tx, visit, life=VISIT, longest=LONGEST_VISIT)
        organisation = directory.get_organisation(tx, visit.organisation_id)
    account = Account(
        id=visit.id,
        organisation_id=visit.organisation_id,
        role=Role.PROVIDER,
        username="",
        full_name=visit.named or "",
        password_hash="",
        active=True,
    )
    return ByLink(account, organisation, visit=visit)
