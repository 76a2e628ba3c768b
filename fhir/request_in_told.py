"""Says in words what a request tells in elements that a message has no place for, and names what stays untold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from fhir.inbound_story import concept_words
from fhir.problems import Problem
from fhir.reading import objects, plain, text
from fhir.systems import SOCIAL_PRESCRIBING_REFERRAL

Json = dict[str, Any]
MeansOne = Callable[[Any], bool]  # whether a Reference is to a resource that came along and is read by itself
_CONCEPTS: Final = {"orderDetail": "Detail", "locationCode": "Where", "performerType": "By whom"}
_REFERENCES: Final = {
    "reasonReference": "Reason",
    "supportingInfo": "See also",
    "locationReference": "Where",
    "performer": "By whom",
}
# Read elsewhere, or said by every referral; beside what is in words here.
_READ: Final = frozenset(
    {
        "resourceType",
        "id",
        "meta",
        "text",
        "contained",
        "language",
        "implicitRules",
        "identifier",
        "requisition",
        "status",
        "intent",
        "category",
        "priority",
        "doNotPerform",
        "code",
        "subject",
        "authoredOn",
        "requester",
        "reasonCode",
        "note",
        "patientInstruction",
        "occurrenceDateTime",
        "occurrencePeriod",
        "occurrenceTiming",
    }
)
_LOST: Final = "This was not taken over: nobody here reads it. Say what matters of it in reasonCode or note."
_AWAY: Final = (
    "What is referred to did not come along and was not taken over. Send it in the same transaction or contained,"
    " give the reference a display, or say it in reasonCode or note."
)


def asked_words(request: Json, came_along: MeansOne) -> list[str]:
    """Return what is asked for beyond its reasons: the service, its details, when, where, by whom, and about what."""
    found = [_labelled("Asked for", _service(request.get("code"))), _labelled("When", when(request))]
    for name, label in _CONCEPTS.items():
        listed = request.get(name)
        concepts = [listed] if isinstance(listed, dict) else objects(request, name)
        found += [_labelled(label, words_or_code(each)) for each in concepts]
    for name, label in _REFERENCES.items():
        found += [
            _labelled(label, text(each, "display")) for each in objects(request, name) if not came_along(each)
        ]
    return [each for each in found if each]


def task_words(task: Json) -> list[str]:
    """Return what a Task tells the people who do it: its words, its reason, what it gives them, until when."""
    found = [plain(text(task, "description"))]
    found += [plain(text(note, "text")) for note in objects(task, "note")]
    reason = words_or_code(task.get("reasonCode")) or text(task, "reasonReference", "display")
    found += [_labelled("Reason", reason), _labelled("Until", text(task, "restriction", "period", "end"))]
    found += [
        _labelled(words_or_code(each.get("type")) or "Given", value_words(each))
        for each in objects(task, "input")
    ]
    return [each for each in found if each]


def untold(request: Json, path: str, came_along: MeansOne) -> Iterator[Problem]:
    """Yield, for information, each element of a request that nobody here reads."""
    for name in request:
        if name in _REFERENCES:
            for position, each in enumerate(objects(request, name)):
                if not came_along(each) and not text(each, "display"):
                    yield Problem(f"{path}.{name}[{position}]", "informational", _AWAY, "information")
        elif name not in _READ and name not in _CONCEPTS and not name.startswith("_"):
            yield Problem(f"{path}.{name}", "informational", _LOST, "information")


def when(request: Json) -> str:
    """Return when a request is to be done, in words; "" when it does not say."""
    period, timing = request.get("occurrencePeriod"), request.get("occurrenceTiming")
    return text(request, "occurrenceDateTime") or _period(period) or _timing(timing)


def words_or_code(concept: Any) -> str:
    """Return a concept in words, its first code where it has none."""
    codes = (text(coding, "code") for coding in objects(concept, "coding"))
    return concept_words(concept) or next(filter(None, codes), "")


def value_words(node: Json) -> str:
    """Return a value[x] in words, whatever its type; "" when there is none that has words."""
    for name, value in node.items():
        if not name.startswith("value"):
            continue
        if isinstance(value, bool):
            return "yes" if value else "no"
        if not isinstance(value, dict):
            return str(value)
        parts = (text(value, "comparator"), value.get("value"), text(value, "unit"))
        measured = " ".join(str(part) for part in parts if part is not None)
        return (
            words_or_code(value)
            or measured
            or _period(value)
            or text(value, "display")
            or text(value, "text")
            or ""
        )
    return ""


def _service(code: Any) -> str:
    """The service that is asked for; that it is a referral to social prescribing goes without saying."""
    codings = [each for each in objects(code, "coding") if text(each, "code") != SOCIAL_PRESCRIBING_REFERRAL]
    return words_or_code({"text": text(code, "text"), "coding": codings})


def _period(period: Any) -> str:
    start, end = text(period, "start"), text(period, "end")
    return " ".join(filter(None, (start and f"from {start}", end and f"until {end}")))


def _timing(timing: Any) -> str:
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    found = [words_or_code(timing.get("code")) if isinstance(timing, dict) else ""]
    found.append(", ".join(str(each) for each in (timing or {}).get("event", ()) if each))
    if isinstance(repeat, dict):
        every = [repeat.get("frequency"), "times every" if "period" in repeat else None]
        every += [repeat.get("period"), repeat.get("periodUnit")]
        found.append(" ".join(str(each) for each in every if each is not None))
        found.append(_period(repeat.get("boundsPeriod")))
    return "; ".join(filter(None, found))


def _labelled(label: str, words: str | None) -> str:
    bare = plain(words)
    return f"{label}: {bare}" if bare else ""
