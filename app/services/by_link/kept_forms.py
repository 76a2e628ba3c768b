"""Text that was typed and not sent: kept when a session runs out, or because somebody wants to come back to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from app.domain.access import Actor, own_account_id, system
from app.domain.errors import Conflict, NotFound
from app.domain.sessions import MOST_KEPT
from app.services.signing_in.sign_in import find_owner
from app.store import kept_forms as stored
from app.store import seats
from app.store.accounts import SESSIONS
from app.store.audit import Entry
from app.store.kept_forms import Begun, KeptForm
from app.store.session import Database, Tx

LARGEST: Final = 100_000  # characters; the longest form of ours holds a fifth of that
_NEVER: Final = ("csrf_token", "code", "now", "begun_at", "begun", "acting_for")
_PROCESS: Final = system("kept-forms")
_TOO_LONG: Final = "This is too long to be kept. Send it, or shorten it."
_TOO_MANY: Final = (
    f"You have begun {MOST_KEPT} forms. Send one of them or throw one away, then this one can be kept too."
)


def keep_for_token(db: Database, token: str, path: str, fields: Sequence[tuple[str, str]]) -> UUID | None:
    """Keep what came with a session that has run out; None when nobody knows whose it was, or it is too much."""
    owner = find_owner(db, token)
    return None if owner is None else _keep(db, owner, path, fields)


def keep_own(
    db: Database,
    actor: Actor,
    path: str,
    fields: Sequence[tuple[str, str]],
    *,
    begun_for: UUID | None = None,
) -> UUID | None:
    """Keep what the actor sent while they are asked who they are, or for whom they act; None when it is too much.

    `begun_for`: one of their organisations, for which alone it comes back; None too when it is none of theirs.
    """
    return None if actor.user_id is None else _keep(db, actor.user_id, path, fields, begun_for)


def _keep(
    db: Database,
    user_id: UUID,
    path: str,
    fields: Sequence[tuple[str, str]],
    begun_for: UUID | None = None,
) -> UUID | None:
    kept = worth_keeping(fields)
    if not kept or _size(kept) > LARGEST:
        return None
    with db.transaction(SESSIONS) as tx:
        if begun_for is not None and not seats.holds(tx, user_id, begun_for):
            return None
        tx.audit(Entry("keep unsent form", "account", str(user_id)))
        return stored.add(tx, user_id, KeptForm(path, kept), organisation_id=begun_for)


def find_own(db: Database, actor: Actor, form_id: UUID) -> KeptForm | None:
    """Return what the actor had typed; None when it is another's, gone or too old."""
    if actor.user_id is None:
        return None
    with db.transaction(actor) as tx:
        return stored.find(tx, actor.user_id, form_id)


def forget_own(db: Database, actor: Actor, form_id: UUID) -> None:
    """Forget it, because it was sent."""
    if actor.user_id is not None:
        with db.transaction(actor) as tx:
            stored.remove(tx, actor.user_id, form_id)


def keep_for_later(
    db: Database,
    actor: Actor,
    path: str,
    fields: Sequence[tuple[str, str]],
    *,
    instead_of: UUID | None = None,
    one_a_page: bool = True,
) -> Begun:
    """Keep a form that the actor wants to come back to, in place of what they kept of the same page before.

    `one_a_page` False: the page is about nobody yet, and each form on it about somebody else, so that only the one
    that it goes on with, `instead_of`, is replaced. It is theirs alone, for the organisation they act for now, for two
    weeks. Raises Conflict when it is too long, or they have begun too many; NotAllowed for whoever has no account.
    """
    user_id, kept = own_account_id(actor), worth_keeping(fields)
    if _size(kept) > LARGEST:
        raise Conflict(_TOO_LONG)
    with db.transaction(actor) as tx:
        _remove_at(tx, actor, path, only=None if one_a_page else (instead_of,))
        if stored.count_begun(tx, user_id, actor.organisation_id) >= MOST_KEPT:
            raise Conflict(_TOO_MANY)
        form = KeptForm(path, kept)
        form_id = stored.add(tx, user_id, form, for_later=True, organisation_id=actor.organisation_id)
        tx.audit(Entry("keep form for later", "kept form", str(form_id)))
        return stored.list_begun(tx, user_id, actor.organisation_id)[0]


def list_begun(db: Database, actor: Actor) -> Sequence[Begun]:
    """Return the forms that the actor wants to come back to, the newest first; of whoever has no account none."""
    if actor.user_id is None:
        return ()
    with db.transaction(actor) as tx:
        return stored.list_begun(tx, actor.user_id, actor.organisation_id)


def count_begun(db: Database, actor: Actor) -> int:
    """Return how many there are."""
    if actor.user_id is None:
        return 0
    with db.transaction(actor) as tx:
        return stored.count_begun(tx, actor.user_id, actor.organisation_id)


def references(
    db: Database, actor: Actor, *, referral_ids: Iterable[UUID], placement_ids: Iterable[UUID]
) -> Mapping[UUID, str]:
    """Return the references of what forms are about, by id; what is the actor's no longer is left out."""
    with db.transaction(actor) as tx:
        return stored.references(tx, referral_ids=referral_ids, placement_ids=placement_ids)


def find_begun(db: Database, actor: Actor, path: str, *, form_id: UUID | None = None) -> Begun | None:
    """Return what the actor kept of the form on a page, the newest or the one that is named; None when nothing is.

    Opening it is audited.
    """
    if actor.user_id is None:
        return None
    with db.transaction(actor) as tx:
        begun = stored.list_begun(tx, actor.user_id, actor.organisation_id)
        found = next((one for one in begun if one.form.path == path and form_id in (None, one.id)), None)
        if found is not None:
            tx.audit(Entry("open kept form", "kept form", str(found.id)))
        return found


def throw_away(db: Database, actor: Actor, form_id: UUID) -> str:
    """Throw a form away and return the path of its page; raises NotFound unless it is the actor's own."""
    user_id = own_account_id(actor)
    with db.transaction(actor) as tx:
        begun = stored.list_begun(tx, user_id, actor.organisation_id)
        found = next((each for each in begun if each.id == form_id), None)
        if found is None:
            raise NotFound
        stored.remove(tx, user_id, form_id)
        tx.audit(Entry("throw kept form away", "kept form", str(form_id)))
        return found.form.path


def forget_sent(
    db: Database, actor: Actor, path: str, *, form_id: UUID | None = None, one_a_page: bool = True
) -> None:
    """Forget what the actor kept of the form on a page, because it was sent; see `keep_for_later`."""
    if actor.user_id is not None and count_begun(db, actor):
        with db.transaction(actor) as tx:
            _remove_at(tx, actor, path, only=None if one_a_page else (form_id,))


def forget_old(db: Database) -> None:
    """Let go of everybody's forms that were kept long enough."""
    with db.transaction(_PROCESS) as tx:
        stored.remove_old(tx)


def _remove_at(tx: Tx, actor: Actor, path: str, *, only: Collection[UUID | None] | None) -> None:
    user_id = own_account_id(actor)
    for each in stored.list_begun(tx, user_id, actor.organisation_id):
        if each.form.path == path and (only is None or each.id in only):
            stored.remove(tx, user_id, each.id)


def worth_keeping(fields: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return of a form what may be kept: no code, no token, and nothing of a form with a password.

    Such a form asks for it twice, and for the one of now, under other names.
    """
    if any("pass" in name.lower() for name, _ in fields):
        return ()
    return tuple((name, value) for name, value in fields if name not in _NEVER)


def _size(kept: Sequence[tuple[str, str]]) -> int:
    return sum(len(name) + len(value) for name, value in kept)
