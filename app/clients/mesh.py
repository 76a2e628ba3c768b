"""Carries messages through NHS England's MESH with NHS England's own client."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import quote

import requests
import urllib3
from mesh_client import MeshClient, Message

from app.clients.transport import (
    Envelope,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    failure_for,
    is_loopback,
    is_safe,
)

_TIMEOUT_SECONDS = 10  # the client's own default is ten minutes
_HANDSHAKE_SECONDS = 23 * 60 * 60  # MESH asks for one every 24 hours
_SUBJECT = "Social prescribing"  # seen in mailbox lists and logs: never anything about a person
_NOT_FOUND = "http-404"
_MOST_VALID_DAYS = 7


class DeliveryKind(StrEnum):
    """What came: a message, or MESH's report about one of ours that could not be delivered."""

    DATA = "DATA"
    REPORT = "REPORT"


@dataclass(frozen=True)
class OptOutMailbox:
    """Where the national check for opt-outs takes questions, under which workflow, and how long an answer counts."""

    mailbox: str
    workflow: str = "SPINE_NTT_UPHOLDING"
    workflow_back: str = "SPINE_NTT_UPHOLDING"
    valid_days: int = 7


def read_opt_outs(environ: Mapping[str, str], problems: list[str]) -> OptOutMailbox | None:
    """Read where the national check is asked; None: nobody asks by MESH. `problems` gets what is wrong, in words."""
    mailbox = environ.get("MESH_OPT_OUT_MAILBOX", "").strip()
    if not mailbox:
        return None
    told = {
        setting: value
        for setting, name in {"workflow": "WORKFLOW", "workflow_back": "WORKFLOW_BACK"}.items()
        if (value := environ.get(f"MESH_OPT_OUT_{name}", "").strip())
    }
    days = environ.get("OPT_OUT_VALID_DAYS", "").strip() or "7"
    if not days.isascii() or not days.isdigit() or not 3 <= int(days) <= _MOST_VALID_DAYS:
        problems.append("OPT_OUT_VALID_DAYS must be a number of days from 3 to 7.")
        return None
    return OptOutMailbox(mailbox, **told, valid_days=int(days))


@dataclass(frozen=True)
class MeshAccount:
    """How to reach our mailbox; `ca`, `cert` and `key` are paths of PEM files, needed everywhere but on loopback."""

    url: str
    mailbox: str
    password: str = field(repr=False)
    shared_key: str = field(repr=False)
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    opt_outs: OptOutMailbox | None = None


@dataclass(frozen=True)
class Delivery:
    """One message in our mailbox, still there until `acknowledge`.

    For a REPORT `linked_message_id` and `linked_local_id` name our message that failed, as far as MESH tells, and
    `status_code` says why (14: not collected in time).
    """

    message_id: str
    workflow: str
    body: bytes = field(repr=False)
    from_mailbox: str
    kind: DeliveryKind
    linked_message_id: str | None = None
    linked_local_id: str | None = None
    status_code: str | None = None
    local_id: str | None = None  # of a message: the name that its sender gave it


class MeshTransport:
    """A Transport over one MESH mailbox; safe to make before a fork, to be used by one thread at a time."""

    def __init__(self, account: MeshAccount) -> None:
        if not is_safe(account.url):
            raise ValueError("MESH is spoken over https, or over http on this machine only: change MESH_URL")
        self._account = account
        self._client: _Client | None = None
        self._owner = 0
        self._handshaken_at: float | None = None

    def send(self, envelope: Envelope) -> Receipt:
        """Hands the message to MESH. Unknown mailbox: PermanentFailure `mesh-12`; workflow refused: `mesh-17`."""
        with self._mailbox() as client:
            reference = client.send_message(
                envelope.recipient,
                envelope.body,
                workflow_id=envelope.workflow,
                local_id=envelope.local_id,
                subject=_SUBJECT,
                content_type=envelope.content_type,
            )
        return Receipt(reference)

    def find_sent(self, local_id: str) -> Receipt | None:
        """The message that MESH already has from us under `local_id`.

        Raises:
            PermanentFailure: `sent-more-than-once`, which asking first every time should have prevented.
        """
        with self._mailbox() as client:
            reference = client.find_by_local_id(local_id)
        return None if reference is None else Receipt(reference)

    def delivered(self, transport_reference: str) -> bool:
        """True once the recipient has collected and acknowledged the message; False also when MESH has forgotten it."""
        with self._mailbox() as client:
            tracking = _if_found(client.track_message, transport_reference)
        return tracking is not None and tracking.get("status") == "acknowledged"

    def fetch(self, workflows: Sequence[str]) -> Iterator[Delivery]:
        """What lies in our mailbox for these workflows, oldest first; reports come under the failed message's workflow.

        Each is read when its turn comes and comes again next time unless acknowledged.
        """
        with self._mailbox() as client:
            waiting = [found for workflow in workflows for found in client.iterate_message_ids(workflow)]
        for message_id in waiting:
            with self._mailbox() as client:
                message = _if_found(client.retrieve_message, message_id)
                delivery = None if message is None else _read(message)
            if delivery is not None:
                yield delivery

    def acknowledge(self, message_id: str) -> None:
        """Takes the message out of our mailbox for good: only after what it said is committed."""
        with self._mailbox() as client:
            client.acknowledge_message(message_id)

    def close(self) -> None:
        """Lets the connections go; the next call opens new ones."""
        if self._client is not None:
            self._client.close()  # type: ignore[no-untyped-call]
        self._client = None

    @contextmanager
    def _mailbox(self) -> Iterator["_Client"]:
        try:
            client = self._connected_client()
            if self._handshaken_at is None or time.monotonic() - self._handshaken_at > _HANDSHAKE_SECONDS:
                client.handshake()  # type: ignore[no-untyped-call]
                self._handshaken_at = time.monotonic()
            yield client
        except requests.Timeout:
            raise TemporaryFailure("timeout") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError):  # the latter while a body is read
            raise TemporaryFailure("connection") from None
        except TemporaryFailure:
            self._handshaken_at = None  # a 403 may mean that MESH wants another one
            raise

    def _connected_client(self) -> "_Client":
        """One client a process: two that share a nonce after a fork would be refused as replays."""
        if self._client is None or self._owner != os.getpid():
            self.close()
            self._client = _Client(self._account)
            self._owner = os.getpid()
        return self._client


class _Client(MeshClient):
    """NHS England's client, which also tells failures apart by status and finds a message by our own id.

    The lookup by local id is marked deprecated in the API but is its only answer to "did my last attempt arrive?",
    and the client has no call for it.
    """

    def __init__(self, account: MeshAccount) -> None:
        super().__init__(
            account.url,
            account.mailbox,
            account.password,
            account.shared_key.encode(),
            cert=(account.cert, account.key) if account.cert and account.key else None,
            verify=account.ca,
            max_retries=0,
            timeout=_TIMEOUT_SECONDS,
            application_name="backstitch",
        )
        self._session.trust_env = not is_loopback(account.url)  # no proxy stands between us and ourselves
        self._session.max_redirects = 0  # this address was agreed on, no other
        self._session.hooks["response"] = [_raise_for_status]

    def find_by_local_id(self, local_id: str) -> str | None:
        """MESH's message id, or None when it has no message of ours by that name."""
        url = f"{self.mailbox_url}/outbox/tracking/{quote(local_id, safe='')}"
        response = _if_found(lambda wanted: self._session.get(wanted, timeout=self._timeout), url)
        if response is None:
            return None
        if response.status_code == requests.codes.multiple_choices:
            raise PermanentFailure("sent-more-than-once")
        answer = response.json()
        return str(answer.get("message_id") or answer["messageId"])


Found = TypeVar("Found")


def _if_found(ask: Callable[[str], Found], name: str) -> Found | None:
    """What `ask` finds, or None when MESH has no such thing any more."""
    try:
        return ask(name)
    except PermanentFailure as failure:
        if failure.code in (_NOT_FOUND, "http-410", "mesh-20"):
            return None
        raise


def _raise_for_status(response: requests.Response, *_args: Any, **_kwargs: Any) -> None:
    """Speaks before the client does, whose errors do not tell the status."""
    if response.status_code >= requests.codes.bad_request:
        raise failure_for(response.status_code, _mesh_code(response))


def _mesh_code(response: requests.Response) -> str:
    """`mesh-12` from `{"detail": [{"event": "SEND", "code": "12", "msg": "..."}]}`; empty when there is none."""
    try:
        code = response.json()["detail"][0]["code"]
    except (ValueError, LookupError, TypeError):
        return ""
    return f"mesh-{code}" if isinstance(code, str) and code.isalnum() and len(code) <= 8 else ""


def _read(message: Message) -> Delivery:
    try:
        is_report = message.message_type == DeliveryKind.REPORT
        return Delivery(
            message_id=message.id(),
            workflow=message.workflow_id or "",
            body=message.read(),
            from_mailbox=message.sender or "",
            kind=DeliveryKind.REPORT if is_report else DeliveryKind.DATA,
            linked_message_id=message.mex_header("linkedmsgid"),
            linked_local_id=message.local_id if is_report else None,
            status_code=message.mex_header("statuscode") if is_report else None,
            local_id=None if is_report else message.local_id,
        )
    finally:
        message.close()  # type: ignore[no-untyped-call]
