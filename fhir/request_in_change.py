"""Reads what a practice changes of a ServiceRequest by PUT: its end, or more words; all else must stay as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from fhir.inbound_story import concept_words
from fhir.problems import FhirRejected, Problem
from fhir.reading import code_in, moment, objects, plain, text
from fhir.request_in_words import gravity_needs
from fhir.systems import OUR_NEEDS, WITHDRAWN

Json = dict[str, Any]
_UNPROCESSABLE: Final = "REC_UNPROCESSABLE_ENTITY"
# What a writer may change, and what is the server's own or says nothing: FHIR R4, resource.html, narrative.html.
_CHANGEABLE: Final = frozenset({"status", "note", "reasonCode"})
_OURS: Final = frozenset({"resourceType", "id", "meta", "text", "implicitRules", "language"})
_TIMES: Final = frozenset({"authoredOn"})
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change: `status` revoked or entered-in-error, None to leave it; `words` to add.

    `needs` are all that are asked for from now on, as codes of our list; empty when they stay as they are.
    """

    status: str | None
    words: tuple[str, ...]
    needs: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        """True when all is as it was."""
        return self.status is None and not self.words and not self.needs


def read_change(current: Json, sent: Json, *, base_url: str, order: Mapping[str, Any] = _NOTHING) -> Change:
    """Return how a ServiceRequest that was sent differs from the one that is here, as its requester read it.

    `order` is the request as its requester first sent it: its own copy, sent again, changes nothing.
    What is left out stays as it is: no element of a referral can be taken away. Raises FhirRejected (400 for
    another id, 422 with every element that its requester cannot change).
    """
    if sent.get("id") != current["id"]:
        sentence = "The resource's id must be the one in the address. Correct it or add it."
        raise FhirRejected([Problem("ServiceRequest.id", "invalid", sentence)])
    known = _Known(current, order, base_url)
    problems = [*_fixed_problems(known, sent), *_status_problems(current, sent)]
    if problems:
        raise FhirRejected(problems, status=422, rec_code=_UNPROCESSABLE)
    status = sent["status"] if sent["status"] != current["status"] else None
    asked, had = _needs(sent), _needs(current)
    return Change(status, _news(known, sent), () if set(asked) == set(had) else asked)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a requester may send again without changing anything: what it reads here, and what it wrote itself."""

    current: Json
    order: Mapping[str, Any]
    base_url: str

    def has(self, name: str, value: Any) -> bool:
        """Tell whether an element is as it is here, or as it came."""
        if name == "identifier":  # some of ours and some of its own
            held = [*objects(self.current, name), *objects(self.order, name)]
            names = [(text(each, "system"), text(each, "value")) for each in held]
            return all(
                (text(each, "system"), text(each, "value")) in names for each in objects({name: value}, name)
            )
        told = [each[name] for each in (self.current, self.order) if name in each]
        if name in _TIMES and moment(value) in [moment(each) for each in told]:
            return True
        return any(_plain(value, self.base_url) == _plain(each, self.base_url) for each in told)

    def said(self, name: str) -> list[Json]:
        """The elements of a list, from both."""
        return [*objects(self.current, name), *objects(self.order, name)]


def _news(known: _Known, sent: Json) -> tuple[str, ...]:
    """What a person has not read yet: whole notes and whole reasons; a part of a sentence may say its opposite."""
    notes = [text(each, "text") for each in objects(sent, "note") if each not in known.said("note")]
    reasons = [each for each in objects(sent, "reasonCode") if each not in known.said("reasonCode")]
    notes += [text(each, "text") if code_in(each, OUR_NEEDS) else concept_words(each) for each in reasons]
    read = {plain(text(each, "text")) for each in known.said("note")}
    words = dict.fromkeys(plain(each) for each in notes)
    return tuple(each for each in words if each and each not in read)


def _needs(request: Json) -> tuple[str, ...]:
    """The needs that a request names as `request_in` reads them; () where no reason of it names one."""
    found = [code for each in objects(request, "reasonCode") if (code := code_in(each, OUR_NEEDS))]
    named = [code_in(each, OUR_NEEDS) or "" for each in gravity_needs(request)] if found else []
    return tuple(dict.fromkeys([*found, *named]))


def _fixed_problems(known: _Known, sent: Json) -> Iterator[Problem]:
    for name, value in sent.items():
        if name in _OURS or name.lstrip("_") in _CHANGEABLE:
            continue
        if not known.has(name, value):
            sentence = (
                "This element cannot be changed: its requester changes status, note and reasonCode. Send it as it"
                " was read, or leave it out."
            )
            yield Problem(f"ServiceRequest.{name}", "business-rule", sentence)


def _status_problems(current: Json, sent: Json) -> Iterator[Problem]:
    status = sent.get("status")
    if status == current["status"]:
        return
    if status not in WITHDRAWN:
        sentence = f"The requester withdraws a referral with: {' or '.join(WITHDRAWN)}; other steps are the receiver's."
        yield Problem("ServiceRequest.status", "business-rule", sentence)


def _plain(node: Any, base_url: str) -> Any:
    """A value without what says nothing new: displays, and the server's own address before a reference."""
    if isinstance(node, dict):
        kept = {name: _plain(value, base_url) for name, value in node.items() if name != "display"}
        if isinstance(kept.get("reference"), str):
            return {"reference": kept["reference"].removeprefix(f"{base_url}/")}
        return kept
    return [_plain(each, base_url) for each in node] if isinstance(node, list) else node
