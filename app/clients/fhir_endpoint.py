"""Carries messages by HTTP POST to a FHIR endpoint; the recipient's address is its URL."""

import json

import requests
import urllib3

from app.clients.transport import (
    Envelope,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    failure_for,
    is_loopback,
    is_safe,
)

_CONNECT_SECONDS = 3
_READ_SECONDS = 10
_LONGEST_ANSWER = 256 * 1024  # bytes; only a short OperationOutcome is of interest


class HttpTransport:
    """A Transport to any FHIR server that follows BaRS's retry contract: the same X-Request-Id is the same message."""

    def send(self, envelope: Envelope) -> Receipt:
        """Posts the message once. 409 with issue `duplicate`: an earlier attempt arrived, so this is success."""
        if not is_safe(envelope.recipient):
            raise PermanentFailure("url-not-https")
        with requests.Session() as session:
            session.trust_env = not is_loopback(
                envelope.recipient
            )  # no proxy stands between us and ourselves
            try:
                with session.post(
                    envelope.recipient,
                    data=envelope.body,
                    headers={
                        "Content-Type": envelope.content_type,
                        "Accept": "application/fhir+json",
                        **envelope.headers,
                        "X-Request-Id": envelope.local_id,
                        "X-Correlation-Id": envelope.correlation_id,
                    },
                    timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                    allow_redirects=False,  # this address was agreed with the recipient, no other
                    stream=True,
                ) as response:
                    return _receipt(envelope, response)
            except requests.Timeout:
                raise TemporaryFailure("timeout") from None
            except (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader):
                raise PermanentFailure("url-invalid") from None
            except (
                requests.RequestException,
                urllib3.exceptions.HTTPError,
            ):  # the latter while an answer is read
                raise TemporaryFailure("connection") from None

    def find_sent(self, local_id: str) -> Receipt | None:  # noqa: ARG002 - the shape of a Transport
        """Always None: there is nobody to ask, and the receiver's rule about duplicates makes a repeat harmless."""
        return None


def _receipt(envelope: Envelope, response: requests.Response) -> Receipt:
    if response.ok and response.status_code < requests.codes.multiple_choices:
        return Receipt(envelope.local_id)
    if response.status_code == requests.codes.conflict and _says_duplicate(response):
        return Receipt(envelope.local_id)
    raise failure_for(response.status_code)


def _says_duplicate(response: requests.Response) -> bool:
    try:
        outcome = json.loads(response.raw.read(_LONGEST_ANSWER, decode_content=True))
        return any(issue["code"] == "duplicate" for issue in outcome["issue"])
    except (ValueError, LookupError, TypeError):
        return False
