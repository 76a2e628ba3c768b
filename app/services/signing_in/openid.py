"""Signing in by somebody else's word: a provider says who, our own account says as whom and for which organisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from app.domain.access import Actor, own_account_id
from app.domain.errors import Conflict, NotAllowed, NotFound
from app.domain.sessions import STEP_UP
from app.services.signing_in import account_news, second_steps
from app.services.signing_in.openid_tokens import Ended, Shown
from app.services.signing_in.sign_in import Begun
from app.store import accounts, identities, own_sessions
from app.store import second_steps as stored
from app.store.accounts import SESSIONS, ByProvider
from app.store.audit import Entry
from app.store.identities import Identity
from app.store.session import Database

FRESH: Final = STEP_UP  # how new a confirmation there must be
_NOT_JOINED: Final = (
    "No account here is joined to this sign-in. Sign in with your user name and password first, then join the two "
    "on the page of your account. If you have no account, ask the steward of your area."
)


def sign_in(db: Database, shown: Shown, *, device: str = "") -> Begun:
    """Open a session for whoever the identity was joined to; waits for the second step unless the provider had two.

    Nothing of the provider's words but issuer and subject decides: role and organisation are those of the account.
    Raises NotAllowed alike for an identity nobody has joined and an account that has ended.
    """
    with db.transaction(SESSIONS) as tx:
        identity = identities.find(tx, shown.issuer, shown.subject)
        account = identities.find_account(tx, identity) if identity else None
        if identity is None or account is None:
            subject = str(identity.user_id) if identity else "unknown"
            tx.audit(Entry("sign-in refused", "account", subject, None, {"by": "provider"}))
            begun = None
        else:
            waits = not shown.two_steps and stored.find(tx, account.id).any
            sid = accounts.hash_token(shown.sid) if shown.sid else None
            # Who did not say when is taken to have shown it too long ago for what cannot be taken back.
            by = ByProvider(identity.id, sid, min(shown.shown_at or tx.now - STEP_UP, tx.now))
            token = accounts.add_session(
                tx, account.id, device=device, waiting=waits, two_steps=shown.two_steps, by=by
            )
            begun = Begun(token, waits)
            identities.record_used(tx, identity.id)
            act = "give provider's word" if waits else "sign in"
            tx.audit(Entry(act, "account", str(account.id), None, {"by": "provider"}))
    if begun is None:
        raise NotAllowed(_NOT_JOINED)
    return begun


def list_own(db: Database, actor: Actor) -> Sequence[Identity]:
    """Return the identities that are joined to the actor's account."""
    with db.transaction(actor) as tx:
        return identities.list_of(tx, own_account_id(actor))


def join(db: Database, actor: Actor, shown: Shown) -> None:
    """Join an identity to the actor's own account, once.

    Raises Conflict alike when it is somebody else's and when the actor has one of this provider already.
    """
    with db.transaction(actor) as tx:
        account = second_steps.own_account(tx, actor)
        joined = identities.add(tx, account.id, shown.issuer, shown.subject)
        tx.audit(Entry("join identity" if joined else "join identity refused", "account", str(account.id)))
        if joined:
            account_news.tell(tx, account, "Another way of signing in was joined to your account.")
    if not joined:
        raise Conflict(
            "That sign-in is joined to an account already, or you have joined another one of the same provider. "
            "Nothing was changed."
        )


def part(db: Database, actor: Actor, identity_id: UUID) -> None:
    """Part an identity from the actor's own account, and end the sessions that it opened.

    Raises NotFound for another's, Conflict when nothing would be left to sign in with.
    """
    with db.transaction(actor) as tx:
        account = second_steps.own_account(tx, actor)
        if not account.password_hash and len(identities.list_of(tx, account.id)) == 1:
            raise Conflict("You have no password here, so this is your only way in. Set a password first.")
        if identities.remove(tx, account.id, identity_id) is None:
            raise NotFound
        tx.audit(Entry("part identity", "account", str(account.id)))
        account_news.tell(tx, account, "A way of signing in was parted from your account.")


def confirm(db: Database, actor: Actor, session_id: UUID, shown: Shown) -> None:
    """Take a provider's fresh word as the proof that it is still them. Raises NotAllowed for anybody else's."""
    with db.transaction(actor) as tx:
        account = second_steps.own_account(tx, actor)
        identity = identities.find(tx, shown.issuer, shown.subject)
        right = identity is not None and identity.user_id == account.id
        if right:
            own_sessions.record_confirmed(tx, session_id)
        tx.audit(Entry("confirm it is them" if right else "confirmation refused", "account", str(account.id)))
    if not right:
        raise NotAllowed("That was another person's sign-in. Nothing was changed.")


def find_issuer(db: Database, token: str) -> str | None:
    """Return the issuer of the provider that opened a session, None when a password did."""
    with db.transaction(SESSIONS) as tx:
        return identities.find_issuer_of_session(tx, token)


def end_sessions(db: Database, issuer: str, ended: Ended) -> int:
    """End what a provider says has ended; return how many sessions. Raises Conflict for a token used before."""
    with db.transaction(SESSIONS) as tx:
        is_new = identities.use_logout_token(tx, issuer, ended.jti, ended.expires_at)
        whose = identities.end_sessions(tx, issuer, subject=ended.subject, sid=ended.sid) if is_new else []
        for user_id in dict.fromkeys(whose):
            theirs = replace(Entry("end sessions", "account", str(user_id)), detail={"by": "provider"})
            tx.audit(theirs)
    if not is_new:
        raise Conflict("This logout token was used before.")
    return len(whose)
