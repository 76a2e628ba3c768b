"""Passkeys (WebAuthn), checked by the webauthn library: made, used as the second step, taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

from app.domain.access import Actor
from app.domain.errors import FieldProblem, Invalid, NotAllowed, NotFound
from app.services.signing_in import second_steps
from app.services.signing_in.second_steps import ISSUER
from app.store import accounts, own_sessions
from app.store import second_steps as stored
from app.store.accounts import SESSIONS, Account
from app.store.audit import Entry
from app.store.second_steps import Passkey
from app.store.session import Database, Tx

MOST: Final = 10
LONGEST_NAME: Final = 60
_UNCLEAR: Final = "Your device did not finish this. Try again, or use a code."
_DISCOURAGED: Final = UserVerificationRequirement.DISCOURAGED  # the password was the other step


def ask_new(db: Database, actor: Actor, token: str) -> str:
    """Return what the browser asks a device to make, as JSON; an earlier question counts no more."""
    with db.transaction(actor) as tx:
        account = second_steps.own_account(tx, actor)
        options = generate_registration_options(
            rp_id=_host(tx),
            rp_name=ISSUER,
            user_id=account.id.bytes,
            user_name=account.username,
            user_display_name=account.full_name,
            challenge=own_sessions.new_challenge(tx, token),
            exclude_credentials=_descriptors(stored.list_passkeys(tx, account.id)),
        )
    return options_to_json(options)


def add(db: Database, actor: Actor, session_id: UUID, token: str, *, told: str, name: str) -> tuple[str, ...]:
    """Keep the passkey that a device has made; return first recovery codes, if these are new. Raises Invalid."""
    name = name.strip() or "Passkey"
    with db.transaction(actor) as tx:
        account = second_steps.own_account(tx, actor)
        challenge = own_sessions.use_challenge(tx, token)
        if challenge is None or len(name) > LONGEST_NAME or len(stored.list_passkeys(tx, account.id)) >= MOST:
            raise Invalid([FieldProblem("name", _UNCLEAR)])
        try:
            made = verify_registration_response(
                credential=told,
                expected_challenge=challenge,
                expected_rp_id=_host(tx),
                expected_origin=tx.public_url,
            )
        except (WebAuthnException, ValueError) as fault:
            raise Invalid([FieldProblem("name", _UNCLEAR)]) from fault
        key = (made.credential_public_key, made.sign_count)
        stored.add_passkey(tx, account.id, name, made.credential_id, key)
        tx.audit(Entry("set up passkey", "account", str(account.id)))
        return second_steps.added(tx, account, session_id)


def remove(db: Database, actor: Actor, passkey_id: UUID) -> None:
    """Take one of the actor's passkeys away; raises NotFound."""
    with db.transaction(actor) as tx:
        account = second_steps.own_account(tx, actor)
        if not stored.remove_passkey(tx, account.id, passkey_id):
            raise NotFound
        tx.audit(Entry("remove passkey", "account", str(account.id)))
        second_steps.removed(tx, account, "A passkey was taken away from your account.")


def ask_waiting(db: Database, token: str) -> str | None:
    """Return what the browser asks a device to sign, as JSON; None when they have no passkey."""
    with db.transaction(SESSIONS) as tx:
        account = accounts.find_waiting_account(tx, token)
        known = stored.list_passkeys(tx, account.id) if account else []
        if not known:
            return None
        options = generate_authentication_options(
            rp_id=_host(tx),
            challenge=own_sessions.new_challenge(tx, token),
            allow_credentials=_descriptors(known),
            user_verification=_DISCOURAGED,
        )
    return options_to_json(options)


def complete(db: Database, token: str, told: str) -> str:
    """Open the session that waits for its second step, under a new token. Raises NotAllowed."""
    with db.transaction(SESSIONS) as tx:
        account = accounts.find_waiting_account(tx, token)
        challenge = own_sessions.use_challenge(tx, token)
        opened = None
        if account is not None and challenge is not None and _is_signed(tx, account, challenge, told):
            opened = second_steps.open_session(tx, token, account)
        else:
            subject = str(account.id) if account else "unknown"
            tx.audit(Entry("second step refused", "account", subject))
    if opened is None:
        raise NotAllowed(_UNCLEAR)
    return opened


def _is_signed(tx: Tx, account: Account, challenge: bytes, told: str) -> bool:
    try:
        credential = parse_authentication_credential_json(told)
        raw = base64url_to_bytes(credential.id)
        known = next((one for one in stored.list_passkeys(tx, account.id) if one.credential_id == raw), None)
        if known is None:
            return False
        done = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(tx),
            expected_origin=tx.public_url,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
        )
    except (WebAuthnException, ValueError):
        return False
    stored.record_passkey_used(tx, known.id, done.new_sign_count)
    return True


def _descriptors(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=each.credential_id) for each in known]


def _host(tx: Tx) -> str:
    return urlsplit(tx.public_url).hostname or "localhost"
