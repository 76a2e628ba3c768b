"""Reads what a GP system answers to a Send Document: an ITK3 response, infrastructure or business, JSON or XML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from xml.parsers import expat

from fhir.problems import FhirRejected, Problem

_RESPONSE_EVENTS: Final = ("ITK008M", "ITK002M")  # the latter is an older name of the business response
_CODE: Final = re.compile(r"[123]\d{4,5}\Z")
_LARGEST: Final = 1_000_000  # bytes; a response holds no document
_DEEPEST: Final = 40
_VALUE: Final = "@value"  # the attribute; an element may be named value too


class Verdict(StrEnum):
    """What an answer comes to."""

    ARRIVED = "arrived"  # the receiving system has it; nobody has filed it yet
    FILED = "filed"  # the practice knows the person and has the letter
    REFUSED = "refused"  # it will not be filed: a person must tell the practice another way


# ITK-ResponseCodes-1: 20007 and 20008 say that an earlier copy arrived; 30004 is a known person who has died.
_VERDICTS: Final = {
    "20013": Verdict.ARRIVED,
    "20007": Verdict.ARRIVED,
    "20008": Verdict.ARRIVED,
    "30001": Verdict.FILED,
    "30004": Verdict.FILED,
}


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """An answer: which message of ours it `answers` (Bundle.identifier or MessageHeader.id) and what it says."""

    bundle_id: str
    header_id: str
    answers: str
    response: str  # MessageHeader.response.code: ok, transient-error, fatal-error
    codes: tuple[str, ...]  # of ITK-ResponseCodes-1, as sent

    @property
    def verdict(self) -> Verdict:
        """The weightiest thing said: a refusal over a filing, a filing over an arrival. No code: the header's word."""
        said = {_VERDICTS.get(code, Verdict.REFUSED) for code in self.codes}
        if not said:
            said = {Verdict.ARRIVED if self.response == "ok" else Verdict.REFUSED}
        return next(each for each in (Verdict.REFUSED, Verdict.FILED, Verdict.ARRIVED) if each in said)

    @property
    def code(self) -> str:
        """The code that the verdict rests on; the header's word when there is none."""
        same = [code for code in self.codes if _VERDICTS.get(code, Verdict.REFUSED) is self.verdict]
        return same[0] if same else self.response


def read_send_document_ack(raw: bytes) -> DocumentAnswer | None:
    """Return the ITK3 response in `raw`, None when it is something else.

    Raises FhirRejected when it is a response that does not say what it answers.
    """
    body = _parsed(raw)
    resources = [_part(entry, "resource") for entry in _all(body, "entry")]
    header = next((each for each in resources if each.get("resourceType") == "MessageHeader"), {})
    if _text(_part(header, "event"), "code") not in _RESPONSE_EVENTS:
        return None
    response = _part(header, "response")
    answers = _text(response, "identifier").strip().lower().removeprefix("urn:uuid:")
    if not answers:
        where = "Bundle.entry[0].resource.response.identifier"
        sentence = "The response does not say which message it answers. Give that message's identifier."
        raise FhirRejected([Problem(where, "required", sentence)])
    return DocumentAnswer(
        bundle_id=_text(body, "id") or answers,
        header_id=_text(header, "id") or answers,
        answers=answers,
        response=_text(response, "code") or "fatal-error",
        codes=tuple(_codes(resources)),
    )


def _codes(resources: list[dict[str, Any]]) -> Iterator[str]:
    for outcome in (each for each in resources if each.get("resourceType") == "OperationOutcome"):
        for issue in _all(outcome, "issue"):
            for coding in _all(_part(issue, "details"), "coding"):
                if _CODE.match(code := _text(coding, "code")):
                    yield code


def _parsed(raw: bytes) -> dict[str, Any]:
    """Return the body in the shape of FHIR JSON, empty when it is neither JSON nor XML or far too large."""
    if len(raw) > _LARGEST:
        return {}
    try:
        body = _from_xml(raw) if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else json.loads(raw)
    except (ValueError, RecursionError, expat.ExpatError):
        return {}
    return body if isinstance(body, dict) else {}


def _from_xml(raw: bytes) -> dict[str, Any]:
    """Return XML in the shape of JSON, except that one of a list stands alone. A DOCTYPE ends the reading."""
    top: dict[str, Any] = {}
    open_elements = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > _DEEPEST:
            raise ValueError("nested too deeply")
        here: dict[str, Any] = {_VALUE: attributes["value"]} if "value" in attributes else {}
        open_elements[-1].setdefault(name.rpartition(" ")[2], []).append(here)
        open_elements.append(here)

    def end(_name: str) -> None:
        open_elements.pop()

    def refuse(*_told: object) -> None:
        raise ValueError("a DOCTYPE is not taken")

    parser = expat.ParserCreate(None, " ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(raw, True)
    shaped = _shaped(top.get("Bundle", [{}])[0])
    return shaped if isinstance(shaped, dict) else {}


def _shaped(node: dict[str, Any]) -> Any:
    """Return an element of XML as JSON has it: its value, or its parts; a resource with its type inside."""
    if _VALUE in node:
        return node[_VALUE]
    shaped: dict[str, Any] = {}
    for name, found in node.items():
        each = [_shaped(one) for one in found]
        if name == "resource":
            (kind, parts), *_ = each[0].items() if each[0] else [("", {})]
            shaped[name] = {"resourceType": kind, **(parts if isinstance(parts, dict) else {})}
        else:
            shaped[name] = each[0] if len(each) == 1 else each
    return shaped


def _part(node: Any, name: str) -> dict[str, Any]:
    return next(iter(_all(node, name)), {})


def _all(node: Any, name: str) -> list[dict[str, Any]]:
    found = node.get(name) if isinstance(node, dict) else None
    listed = found if isinstance(found, list) else [found]
    return [each for each in listed if isinstance(each, dict)]


def _text(node: dict[str, Any], name: str) -> str:
    found = node.get(name)
    return found if isinstance(found, str) else ""
