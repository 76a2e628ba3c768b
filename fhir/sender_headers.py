"""What a message's sender says beside it over HTTP, so that the receiver's proxy can route it without opening it."""

from __future__ import annotations

import base64
from typing import Any, Final

import orjson

from fhir.writing import Json

SOFTWARE_VERSION: Final = "0.1.0"
ACCEPTED: Final = "application/fhir+json; version=1.4.0"  # what the answer may be: BaRS API 1.4.0


def sender_headers(message: bytes, *, address: str) -> dict[str, str]:
    """Return the headers that BaRS asks of the sender of one of our messages; each value is base64 of JSON.

    For whom it is and who says so are read from the message itself, so that every attempt says the same. `address` is
    where this installation stands. Source: BaRS API 1.4.0, components.parameters.
    """
    bundle: Json = orjson.loads(message)
    resources = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    header: Json = bundle["entry"][0]["resource"]
    destination = header["destination"][0]
    sender = resources[header["sender"]["reference"]]
    receiver = resources[destination["receiver"]["reference"]]
    return {
        "Accept": ACCEPTED,
        "NHSD-Target-Identifier": _packed(_target(destination["endpoint"], receiver)),
        "NHSD-Requesting-Software": _packed(_software(address)),
        "NHSD-End-User-Organisation": _packed(
            {name: sender[name] for name in ("resourceType", "identifier", "name")}
        ),
    }


def _target(endpoint: str, receiver: Json) -> Json:
    """Return the endpoint's own identifier where it is one (a DoS service id), else the organisation's."""
    system, bar, value = endpoint.partition("|")
    return {"system": system, "value": value} if bar and value else receiver["identifier"][0]


def _software(address: str) -> Json:
    """Return a sound Device; the published example is none, and receivers read it as plain JSON."""
    return {
        "resourceType": "Device",
        "deviceName": [{"name": "Backstitch", "type": "user-friendly-name"}],
        "version": [{"value": SOFTWARE_VERSION}],
        "url": address,
    }


def _packed(told: Any) -> str:
    return base64.b64encode(orjson.dumps(told)).decode()
