"""Reads what a practice changes of a ServiceRequest by PUT: its end, or more words; all else must stay as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fhir.problems import FhirRejected, Problem
from fhir.reading import code_in, moment, objects, plain, text
from fhir.request_in_words import words_of
from fhir.systems import OUR_NEEDS, WITHDRAWN

Json = dict[str, Any]
_UNPROCESSABLE: Final = "REC_UNPROCESSABLE_ENTITY"
# What a writer may change, and what is the server's own or says nothing: FHIR R4, resource.html, narrative.html.
_CHANGEABLE: Final = frozenset({"status", "note", "reasonCode"})
_OURS: Final = frozenset({"resourceType", "id", "meta", "text", "implicitRules", "language"})
_TIMES: Final = frozenset({"authoredOn"})


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


def read_change(current: Json, sent: Json, *, base_url: str) -> Change:
    """Return how a ServiceRequest that was sent differs from the one that is here, as its requester read it.

    What is left out stays as it is: no element of a referral can be taken away. Raises FhirRejected (400 for
    another id, 422 with every element that its requester cannot change).
    """
    if sent.get("id") != current["id"]:
        sentence = "The resource's id must be the one in the address. Correct it or add it."
        raise FhirRejected([Problem("ServiceRequest.id", "invalid", sentence)])
    problems = [*_fixed_problems(current, sent, base_url), *_status_problems(current, sent)]
    if problems:
        raise FhirRejected(problems, status=422, rec_code=_UNPROCESSABLE)
    status = sent["status"] if sent["status"] != current["status"] else None
    reasons = [each for each in objects(sent, "reasonCode") if not code_in(each, OUR_NEEDS)]
    notes = [text(note, "text") for note in objects(sent, "note")]
    words = [plain(each) for each in (*notes, *(words_of(reason) for reason in reasons))]
    asked, had = _needs(sent), _needs(current)
    return Change(status, tuple(dict.fromkeys(each for each in words if each)), () if asked == had else asked)


def _needs(request: Json) -> tuple[str, ...]:
    found = (code_in(each, OUR_NEEDS) for each in objects(request, "reasonCode"))
    return tuple(dict.fromkeys(each for each in found if each))


def _fixed_problems(current: Json, sent: Json, base_url: str) -> Iterator[Problem]:
    for name, value in sent.items():
        if name in _OURS or name.lstrip("_") in _CHANGEABLE:
            continue
        here = current.get(name)
        same = moment(value) == moment(here) if name in _TIMES else None
        if not same and _plain(value, base_url) != _plain(here, base_url):
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
