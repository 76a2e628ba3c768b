"""Entering for another organisation: an anchor for its members, a link worker for a group on the phone or on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Invalid, NotAllowed, NotFound
from app.domain.memberships import SEES_PEOPLE, Agreed
from app.domain.referral import Organisation, Placement
from app.domain.safe_links import Helper, name_problems
from app.domain.vocabulary import Role
from app.services.by_link import safe_links
from app.store import accounts, directory, memberships, placements
from app.store.accounts import Account
from app.store.audit import Entry
from app.store.session import Database, Tx

_LOOK_ONLY = "The agreement lets you look and not enter. Ask them to ring the steward if that has changed."


@dataclass(frozen=True, slots=True)
class Entering:
    """Whose person it is that enters for the organisation they act for now, and whether they may more than look."""

    own: Organisation
    own_role: Role
    may_record: bool
    told_by: str | None = None  # who of the organisation told what is entered


def find(tx: Tx, account: Account) -> Entering | None:
    """Return by what right somebody enters for the organisation of their session now; None without one.

    Asked at each request: an agreement that has ended is none at the next.
    """
    if account.entering_for is None:
        return None
    may_record = _right(tx, account.role, account.organisation_id, account.entering_for)
    if may_record is None:
        return None
    own = directory.get_organisation(tx, account.organisation_id)
    return Entering(own, account.role, may_record, account.told_by)


def as_the_other(account: Account) -> Account:
    """Return the account as it acts while it enters for another: in that organisation's name and role."""
    return replace(
        account, organisation_id=account.entering_for or account.organisation_id, role=Role.PROVIDER
    )


def start(db: Database, actor: Actor, token: str, member_id: UUID) -> Organisation:
    """Act for a member from the next request on; raises NotFound unless it has agreed that its people are seen."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        return _start(tx, token, member_id)


@dataclass(frozen=True, slots=True)
class ToEnterFor:
    """An offer for whose provider somebody of the team may enter, and who of it could be sent a safe link instead."""

    placement: Placement
    helpers: Sequence[Helper]


def find_for_placement(db: Database, actor: Actor, placement_id: UUID, *, referral_id: UUID) -> ToEnterFor:
    """Return one of the team's placements, to enter for; raises NotFound for another team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        placement = _placed(tx, placement_id, referral_id)
        return ToEnterFor(placement, safe_links.list_who_may(tx, placement_id))


def start_for_placement(
    db: Database, actor: Actor, token: str, placement_id: UUID, *, referral_id: UUID, told_by: str
) -> Organisation:
    """Act for the provider of one of the team's placements, of whom `told_by` said or wrote what is entered.

    Raises NotFound for another team's, Invalid without a name.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        placement = _placed(tx, placement_id, referral_id)
        if problems := name_problems(told_by, "told_by"):
            raise Invalid(problems)
        return _start(tx, token, placement.provider_id, told_by=told_by.strip())


def _placed(tx: Tx, placement_id: UUID, referral_id: UUID) -> Placement:
    placement = placements.get(tx, placement_id, audit="enter for provider")
    if placement.referral_id != referral_id:
        raise NotFound
    return placement


def stop(db: Database, token: str) -> None:
    """Enter for nobody any more."""
    with db.transaction(accounts.SESSIONS) as tx:
        accounts.record_entering(tx, token, None)


def go_home(db: Database, token: str) -> None:
    """Act for one's own organisation again, because a seat is over."""
    with db.transaction(accounts.SESSIONS) as tx:
        accounts.record_seat(tx, token, None)


def check_may_change(entering: Entering | None) -> None:
    """Raise NotAllowed when somebody may only look at what they are about to change."""
    if entering is not None and not entering.may_record:
        raise NotAllowed(_LOOK_ONLY)


def _start(tx: Tx, token: str, organisation_id: UUID, *, told_by: str | None = None) -> Organisation:
    actor = tx.actor
    if actor.entered_by or actor.organisation_id is None:
        raise NotFound  # a member's own members are not its anchor's
    if _right(tx, actor.role, actor.organisation_id, organisation_id) is None:
        raise NotFound
    accounts.record_entering(tx, token, organisation_id, told_by=told_by)
    detail = {"told_by": told_by} if told_by else {}
    tx.audit(Entry("enter for", "organisation", str(organisation_id), None, detail))
    return directory.get_organisation(tx, organisation_id)


def _right(tx: Tx, role: Role, own: UUID, other: UUID) -> bool | None:
    """Whether more than looking is allowed; None when nothing is."""
    if role is Role.LINK_WORKER:
        return True if memberships.has_placement_with(tx, own, other) else None
    found = memberships.find_between(tx, own, other) if role is Role.PROVIDER else None
    if found is None or not found.allows(SEES_PEOPLE, tx.today):
        return None
    return Agreed.RECORD in found.agreement.kinds
