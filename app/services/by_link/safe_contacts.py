"""Who of a group gets safe links: added by the group or the steward, verified by the steward, switched off by both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.message_templates import Channel
from app.domain.referral import Organisation
from app.domain.safe_links import (
    VERIFIED_HOW,
    ChannelKind,
    Helper,
    channel_problems,
    mobile,
    name_problems,
    too_many,
)
from app.domain.vocabulary import OrganisationKind, Role
from app.services.by_link.safe_link_post import EVERY_WAY, is_carried
from app.services.messages.mailing import is_address
from app.store import directory, safe_links
from app.store.audit import Entry
from app.store.safe_links import Waiting
from app.store.session import Database, Tx
from app.store.steward_tasks import record_list_task

TO_VERIFY: Final = "link-helper-new"
LOCKED: Final = "link-helper-locked"
NOT_CARRIED: Final = "This site cannot send the six digits in that way."


@dataclass(frozen=True, slots=True)
class Helpers:
    """Who of one group gets safe links, and whether the group wants any."""

    organisation: Organisation
    helpers: Sequence[Helper]
    off: bool


@dataclass(frozen=True, slots=True)
class NewHelper:
    """What is told of a new helper, as typed."""

    name: str
    link_to: str
    code_kind: ChannelKind
    code_to: str


def list_helpers(db: Database, actor: Actor, organisation_id: UUID) -> Helpers:
    """Return who of a group gets links; raises NotFound for another group's."""
    with db.transaction(actor) as tx:
        organisation = _whose(tx, organisation_id)
        _audit(tx, "list link helpers", organisation_id)
        return Helpers(
            organisation, safe_links.list_of(tx, organisation_id), safe_links.are_off(tx, organisation_id)
        )


def get_helper(db: Database, actor: Actor, organisation_id: UUID, helper_id: UUID) -> Helper:
    """Return one helper of a group; raises NotFound."""
    with db.transaction(actor) as tx:
        _whose(tx, organisation_id)
        return safe_links.get(tx, helper_id, organisation_id=organisation_id)


def add_helper(
    db: Database,
    actor: Actor,
    organisation_id: UUID,
    told: NewHelper,
    ways: frozenset[Channel] = EVERY_WAY,
) -> UUID:
    """Write a helper with two channels; nothing is sent to them until the steward has verified both.

    `ways` are those that messages go out by here. Raises Invalid with every problem, NotFound for another group's.
    """
    with db.transaction(actor) as tx:
        _whose(tx, organisation_id)
        problems = [*name_problems(told.name, "name"), *_address_problems(told)]
        problems += too_many(safe_links.list_of(tx, organisation_id))
        if not is_carried(told.code_kind, ways):  # its field is not on the page, so nothing is said of it
            problems = [each for each in problems if each.field not in ("code_phone", "code_email")]
            problems.append(FieldProblem("code_kind", NOT_CARRIED, "business-rule"))
        if problems:
            raise Invalid(problems)
        values: dict[str, Any] = {"name": told.name.strip(), "link_to": told.link_to.strip()}
        values |= {"code_kind": told.code_kind, "code_to": _as_kept(told)}
        helper_id = safe_links.add(tx, organisation_id, values)
        _audit(tx, "add link helper", organisation_id, helper=str(helper_id))
        _tasks(tx)
        return helper_id


def remove_helper(db: Database, actor: Actor, organisation_id: UUID, helper_id: UUID) -> None:
    """Send somebody no links any more; those they have end at once. Raises NotFound."""
    with db.transaction(actor) as tx:
        _whose(tx, organisation_id)
        safe_links.get(tx, helper_id, organisation_id=organisation_id)
        safe_links.record_removed(tx, helper_id)
        _revoke(tx, organisation_id, helper_id=helper_id)
        _audit(tx, "remove link helper", organisation_id, helper=str(helper_id))
        _tasks(tx)


def check_can_be_verified(
    db: Database, actor: Actor, organisation_id: UUID, helper_id: UUID, ways: frozenset[Channel]
) -> None:
    """Raise Conflict where none of the `ways` out of here brings six digits to a helper; NotFound."""
    if not is_carried(get_helper(db, actor, organisation_id, helper_id).code_kind, ways):
        raise Conflict(f"{NOT_CARRIED} Remove this helper, and add them with another address.")


def verify(db: Database, actor: Actor, organisation_id: UUID, helper_id: UUID, *, on: date, how: str) -> None:
    """Write that the steward made sure, another way than by these channels, that both are the group's.

    Raises Invalid, NotFound, and Conflict when it was written already.
    """
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        _whose(tx, organisation_id)
        helper = safe_links.get(tx, helper_id, organisation_id=organisation_id)
        problems = []
        if how not in VERIFIED_HOW:
            problems.append(FieldProblem("how", "Choose how you made sure.", "code-invalid"))
        if not helper.added_on <= on <= tx.today:
            sentence = "Give a day from the one on which they were added until today."
            problems.append(FieldProblem("on_day", sentence))
        if problems:
            raise Invalid(problems)
        if helper.verified_on is not None:
            raise Conflict("This helper is verified already.")
        safe_links.record_verified(tx, helper_id, on=on, how=how)
        _audit(tx, "verify link helper", organisation_id, helper=str(helper_id), how=how, on=on.isoformat())
        _tasks(tx)


def unlock(db: Database, actor: Actor, organisation_id: UUID, helper_id: UUID) -> None:
    """Let a helper use links again after too many wrong codes, once the steward spoke to them. Raises NotFound."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        _whose(tx, organisation_id)
        safe_links.get(tx, helper_id, organisation_id=organisation_id)
        safe_links.record_locked(tx, helper_id, locked=False)
        _audit(tx, "unlock link helper", organisation_id, helper=str(helper_id))
        _tasks(tx)


def switch(db: Database, actor: Actor, organisation_id: UUID, *, off: bool) -> None:
    """Switch a group's links off or on again; switching off ends every link and visit at once. Raises NotFound."""
    with db.transaction(actor) as tx:
        _whose(tx, organisation_id)
        safe_links.record_off(tx, organisation_id, off=off)
        if off:
            _revoke(tx, organisation_id)
        _audit(tx, "switch links off" if off else "switch links on", organisation_id)


def list_waiting(db: Database, actor: Actor) -> Sequence[Waiting]:
    """Return the helpers of all groups who wait for the steward: not verified, or locked out."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        tx.audit(Entry("list link helpers", "link helper", "waiting"))
        return safe_links.list_waiting(tx)


def _whose(tx: Tx, organisation_id: UUID) -> Organisation:
    """Return the group; raises NotFound unless the steward asks, or the group itself with nobody entering for it."""
    actor = tx.actor
    own = actor.role is Role.PROVIDER and actor.organisation_id == organisation_id
    is_itself = own and actor.entered_by is None and actor.placement_id is None
    if actor.role is not Role.STEWARD and not is_itself:
        raise NotFound
    found = directory.get_organisation(tx, organisation_id)
    if found.kind != OrganisationKind.PROVIDER:
        raise NotFound
    return found


def link_problems(link_to: str) -> list[FieldProblem]:
    """Return what is wrong with the address to which links go."""
    wrong = not is_address(link_to)
    return [FieldProblem("link_to", "Give an e-mail address such as hello@example.org.")] if wrong else []


def _address_problems(told: NewHelper) -> list[FieldProblem]:
    problems = []
    link_to, code_to = told.link_to.strip(), told.code_to.strip()
    problems += link_problems(link_to)
    if told.code_kind is ChannelKind.EMAIL and not is_address(code_to):
        problems.append(FieldProblem("code_email", "Give an e-mail address such as sam@example.org."))
        return problems
    return problems + channel_problems(link_to, told.code_kind, code_to)


def _as_kept(told: NewHelper) -> str:
    text = told.code_to.strip()
    return mobile(text) or text if told.code_kind is ChannelKind.TEXT else text


def _revoke(tx: Tx, organisation_id: UUID, *, helper_id: UUID | None = None) -> None:
    with tx.as_system("safe-links") as system_tx:
        safe_links.revoke_of_organisation(system_tx, organisation_id, helper_id=helper_id)


def _tasks(tx: Tx) -> None:
    """Have the steward's tasks stand while anybody waits, and no longer."""
    with tx.as_system("safe-links") as system_tx:
        waiting = safe_links.list_waiting(system_tx)
        record_list_task(
            system_tx, TO_VERIFY, is_waiting=any(each.helper.verified_on is None for each in waiting)
        )
        record_list_task(
            system_tx, LOCKED, is_waiting=any(each.helper.locked_at is not None for each in waiting)
        )


def _audit(tx: Tx, act: str, organisation_id: UUID, **detail: Any) -> None:
    tx.audit(Entry(act, "organisation", str(organisation_id), None, detail))
