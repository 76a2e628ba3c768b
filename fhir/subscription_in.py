"""Reads a Subscription as a client sends it: what of R4's rest-hook this server does, and a sentence for all else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from fhir.checks import resource_problems
from fhir.problems import FhirRejected, Problem
from fhir.reading import moment
from fhir.resource_in import read_body
from fhir.writing import Json

# Shown in place of a secret; sent back, it stands for the secret that is there.
MASK: Final = "********"
PAYLOADS: Final = ("application/fhir+json", "application/json", "application/fhir+xml", "application/xml")
_PARAMETERS: Final = frozenset({"fhirversion=4.0", "fhirversion=4.0.1", "charset=utf-8"})
# Subscriptions R5 Backport 1.1.0: how much a notification holds.
CONTENT: Final = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content"
_CONTENTS: Final = ("empty", "id-only")
_ASKED: Final = ("requested", "active", "off")
_MOST_HEADERS: Final = 10
_MOST_CONTACTS: Final = 10
_LONGEST: Final = 1000  # characters of a reason, a header
# Names of headers that carry a secret; others could turn our call into something else than what was agreed.
_SECRET: Final = re.compile(
    r"authorization\Z|x-[a-z0-9-]+\Z|[a-z0-9-]*(key|token|secret|signature)\Z", re.IGNORECASE
)
_OURS: Final = re.compile(
    r"x-(forwarded|real|original|rewrite|http|proxy|amz|aws|goog|ms)|proxy-", re.IGNORECASE
)
_HEADER: Final = re.compile(
    r"(?P<name>[A-Za-z0-9-]{1,60}):[ \t]*(?P<value>[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A Subscription as asked for; headers whose value is MASK are those that are there already."""

    id: str | None
    status: str
    reason: str
    criteria: str
    ends_at: datetime | None
    payload: str | None
    content: str | None
    endpoint: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    contact: tuple[Json, ...] = field(repr=False)


def read_subscription(raw: bytes, *, content_type: str) -> Json:
    """Return a sound Subscription; raises FhirRejected (400) with every problem that R4 alone sees.

    An empty channel.payload is taken as none: servers have asked for that spelling.
    """
    body = read_body(raw, content_type=content_type, types=("Subscription",))
    channel = body.get("channel")
    if isinstance(channel, dict) and channel.get("payload") == "":
        body = body | {"channel": {name: value for name, value in channel.items() if name != "payload"}}
    problems = resource_problems(body)
    if problems:
        raise FhirRejected(problems)
    return body


def asked(body: Json) -> tuple[Asked, list[Problem]]:
    """Return what a sound Subscription asks for, and what of it this server does not do."""
    channel: Json = body["channel"]
    headers = _headers(channel.get("header", []))
    problems = [*_problems(body), *_channel_problems(channel), *_header_problems(channel.get("header", []))]
    found = Asked(
        id=body.get("id"),
        status="off" if body["status"] == "off" else "requested",
        reason=body["reason"],
        criteria=body["criteria"],
        ends_at=moment(body.get("end")),
        payload=_media(channel),
        content=_content(channel),
        endpoint=channel.get("endpoint", ""),
        headers=headers,
        contact=tuple(body.get("contact", ())),
    )
    return found, problems


def _problems(body: Json) -> Iterator[Problem]:
    if body["status"] not in _ASKED:
        yield _problem("status", "Only the server says error. Send requested to be called (again), or off.")
    if "end" in body and moment(body.get("end")) is None:
        yield _problem("end", "Write the end as an instant: 2027-03-31T23:00:00Z.")
    if len(body["reason"]) > _LONGEST:
        yield _problem("reason", f"Give a reason of at most {_LONGEST} characters.")
    if len(body.get("contact", [])) > _MOST_CONTACTS:
        yield _problem("contact", f"Give at most {_MOST_CONTACTS} contacts.")
    if "_criteria" in body:
        yield _problem(
            "criteria", "Extensions of the criteria are not understood here: say all of it as a search."
        )


def _channel_problems(channel: Json) -> Iterator[Problem]:
    if channel["type"] != "rest-hook":
        yield _problem("channel.type", "Only rest-hook is served.", "not-supported")
    if not channel.get("endpoint"):
        yield _problem("channel.endpoint", "Say which address is to be called.", "required")
    media = _media(channel)
    if media is not None:
        yield from _media_problems(*(part.strip() for part in media.split(";")))
    if _content(channel) not in (None, *_CONTENTS):
        sentence = "Notifications hold ids at most: use id-only or empty, and read what they name."
        yield _problem("channel.payload", sentence, "not-supported")


def _media_problems(media: str, *parameters: str) -> Iterator[Problem]:
    if media not in PAYLOADS:
        sentence = f"Use one of {', '.join(PAYLOADS)}, or leave it out to be called without a body."
        yield _problem("channel.payload", sentence)
    if not {each.lower() for each in parameters} <= _PARAMETERS:
        sentence = (
            "Leave out what stands after the media type: a notification is FHIR 4.0 and holds ids at most."
        )
        yield _problem("channel.payload", sentence, "not-supported")


def _header_problems(told: list[Any]) -> Iterator[Problem]:
    if len(told) > _MOST_HEADERS:
        yield _problem("channel.header", f"Give at most {_MOST_HEADERS} headers.")
    names = set()
    for number, line in enumerate(told):
        match = _HEADER.fullmatch(line or "")
        place = f"channel.header[{number}]"
        if match is None or len(line) > _LONGEST:
            yield _problem(place, "Write a header as one line of ASCII: Authorization: Bearer abc.")
            continue
        name = match["name"].lower()
        if name in names:
            yield _problem(place, "Give each header once.")
        elif not _SECRET.match(name) or _OURS.match(name):
            sentence = (
                "Only headers that say who calls are sent: Authorization, X-..., or one for a key or a token."
            )
            yield _problem(place, sentence)
        names.add(name)


def _headers(told: Iterable[Any]) -> tuple[tuple[str, str], ...]:
    found = (_HEADER.fullmatch(line or "") for line in told)
    return tuple((match["name"], match["value"]) for match in found if match is not None)


def _media(channel: Json) -> str | None:
    media: str | None = channel.get("payload")
    return media


def _content(channel: Json) -> str | None:
    beside = channel.get("_payload") or {}
    codes = (each.get("valueCode", "") for each in beside.get("extension", []) if each.get("url") == CONTENT)
    return next(codes, None)


def _problem(path: str, sentence: str, code: str = "value") -> Problem:
    return Problem(f"Subscription.{path}", code, sentence)
