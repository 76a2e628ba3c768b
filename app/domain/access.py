"""Who is acting, and for which organisation: every read and write of the house names one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.domain.errors import NotAllowed
from app.domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """One person in one role for one organisation, or a named process of the platform."""

    role: Role
    organisation_id: UUID | None
    user_id: UUID | None = None
    process: str | None = None  # set when no person acts: "intake", "sweep", an API client's id
    entered_by: UUID | None = None  # another organisation, whose person enters this for the one that acts
    person_id: UUID | None = None  # of a resident: whose own rows they see
    placement_id: UUID | None = None  # of a provider by a safe link: the only placement there is for it
    named: str | None = None  # who told it by telephone or typed it by a safe link, having no account

    @property
    def label(self) -> str:
        """Who did it, without a name: for the audit and the transition rows."""
        return f"user:{self.user_id}" if self.user_id else f"process:{self.process or 'unnamed'}"


def system(process: str) -> Actor:
    """Return the platform itself, acting as the named process."""
    return Actor(Role.SYSTEM, None, process=process)


def can_act_as(actor: Actor, *roles: Role) -> bool:
    """Tell whether the actor holds one of these roles."""
    return actor.role in roles


def check_acts_as(actor: Actor, *roles: Role) -> None:
    """Raise NotAllowed unless the actor holds one of these roles."""
    if not can_act_as(actor, *roles):
        raise NotAllowed("Your role may not do this.")


def own_account_id(actor: Actor) -> UUID:
    """Return the actor's own account; raises NotAllowed for whoever has none."""
    if actor.user_id is None:
        raise NotAllowed("Only somebody who signs in has an account.")
    return actor.user_id
