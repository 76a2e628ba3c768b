"""Reads what a provider's system says of a Task: the state that it wants, why, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from fhir.paths import Place
from fhir.problems import Problem
from fhir.reading import objects, text
from fhir.systems import OUR_OUTCOMES, SDOHCC, normalised
from fhir.views_words import OUR_OUTPUTS, OUR_STAGES, OUTCOME, OUTPUTS, PLAN

_TASK: Final = Place(None, "Task")
# Who asks whom for what: settled when the Task was made, by whoever made it.
_FIXED: Final = ("intent", "code", "focus", "for", "requester", "owner", "partOf", "basedOn")
# Ours to write, or of no consequence: read without looking.
_OURS: Final = frozenset(
    {
        *("resourceType", "id", "meta", "text", "language", "extension"),
        *("authoredOn", "lastModified"),
    }
)
_READ: Final = frozenset({"status", "statusReason", "businessStatus", "output"})
# The two kinds of a yes: the place is the person's, or they wait for one.
YES: Final = ("accepted", "waitlisted")
# What a comparison leaves aside: words beside a code or a reference, which every system writes in its own way.
_ASIDE: Final = frozenset({"display", "text", "type", "id", "extension", "userSelected", "version"})
_VERSION: Final = re.compile(r"/_history/[^/]*\Z")
_VALUES: Final[Mapping[str, str]] = MappingProxyType(
    {
        OUTCOME: "valueCodeableConcept",
        PLAN: "valueReference",
        "goal-before": "valueInteger",
        "goal-after": "valueInteger",
    }
)
# Gravity's own outputs (SDOHCC 3.0.0, Task.output): what was done, and what was found beside it.
_GRAVITYS: Final[Mapping[str, str]] = MappingProxyType(
    {"resulting-activity": "Resulting activity", "additional-content": "Additional content"}
)
_BY_WORDS: Final = {words.lower(): code for code, words in {**OUTPUTS, **_GRAVITYS}.items()}
_BY_WORDS.update({code: code for code in _GRAVITYS})
_ELSEWHERE: Final = "recorded in the provider's own system"
Json = dict[str, Any]


@dataclass(slots=True)
class TaskChange:
    """What is wanted of a Task. `reasons` are (system, code), `said` why in words; `has_reason` for either.

    `outcome` is a code of OUR_OUTCOMES; `words` are the other outputs by their codes (OUTPUTS), `activities` Gravity's
    in words, each with where it stands. `stage` is the kind of yes (YES) where another is wanted than stands. `shown`
    is what the codes of the reason are called there, `has_news` whether it is another reason than stands. `places`
    tells where each of ours stands; `problems` is all that cannot be taken as it is.
    """

    status: str
    has_reason: bool = False
    reasons: tuple[tuple[str, str], ...] = ()
    said: str | None = None
    shown: str | None = None
    has_news: bool = False
    stage: str | None = None
    outcome: str | None = None
    words: dict[str, str | int] = field(default_factory=dict)
    activities: list[tuple[str, str]] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_change(body: Json, now: Json, *, base_url: str, outcomes: Collection[str]) -> TaskChange:
    """Return what a sound R4 Task wants of the Task that stands as `now` (as it was read, by the same caller).

    An element that is left out stays as it is. `outcomes` are the codes that an outcome can have. Nothing is kept
    of elements that are not known here, so each of them is a problem: silence would look like agreement.
    """
    change = TaskChange(body["status"])
    change.problems += [*_moved(body, now, base_url), *_unknown(body)]
    reason = body.get("statusReason")
    if reason is not None:
        change.has_reason = True
        change.reasons = tuple(codes_of(reason))
        change.said = text(reason, "text")
        change.shown = (
            "; ".join(filter(None, (text(each, "display") for each in objects(reason, "coding")))) or None
        )
        change.has_news = reason != now.get("statusReason")
    _stage(change, body.get("businessStatus"), now)
    for position, output in enumerate(body.get("output", ())):
        _output(change, output, _TASK.then("output", position), outcomes)
    plan = [each for each in now.get("output", ()) if "valueReference" in each]
    if PLAN in change.places and _plain(_plan_of(body), base_url) != _plain(
        _plan_of({"output": plan}), base_url
    ):
        sentence = "The plan is made here, of the referral's own record. Leave this output out."
        change.problems.append(Problem(change.places[PLAN], "business-rule", sentence))
    return change


def _stage(change: TaskChange, told: Json | None, now: Json) -> None:
    """Read which yes is meant. A stage of ours is else as somebody read it; what is none would not be kept."""
    if told is None:
        return
    stands = {code for _, code in codes_of(now["businessStatus"])}
    codes = [code for system, code in codes_of(told) if system == OUR_STAGES]
    if not codes:
        sentence = (
            f"Nothing would be kept of this. Give a code of {OUR_STAGES} with status accepted: accepted, or waitlisted"
            " for a waiting list; else send it as it was read, or leave it out."
        )
        change.problems.append(Problem(str(_TASK.then("businessStatus")), "not-supported", sentence))
    elif change.status == "accepted":
        change.stage = next((each for each in codes if each in YES and each not in stands), None)


def _moved(body: Json, now: Json, base_url: str) -> Iterator[Problem]:
    for name in _FIXED:
        if name in body and _plain(body[name], base_url) != _plain(now.get(name), base_url):
            sentence = f"Task.{name} cannot be changed. Send it as it was read, or leave it out."
            yield Problem(str(_TASK.then(name)), "business-rule", sentence)


def _unknown(body: Json) -> Iterator[Problem]:
    for name in body:
        element = name.removeprefix("_")
        if element not in _OURS and element not in _READ and element not in _FIXED:
            sentence = "Nothing would be kept of this element. Leave it out."
            yield Problem(str(_TASK.then(element)), "not-supported", sentence)


def _plain(value: Any, base_url: str) -> Any:
    """Return a value with what means the same written the same."""
    if isinstance(value, list):
        return [_plain(each, base_url) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _plain(each, base_url) for name, each in value.items() if name not in _ASIDE}
    if isinstance(kept.get("reference"), str):
        kept["reference"] = _VERSION.sub("", kept["reference"].removeprefix(f"{base_url}/"))
    return kept


def codes_of(concept: Json) -> Iterator[tuple[str, str]]:
    """Yield (system, code) of each coding of a CodeableConcept; an absent system is an empty text."""
    for coding in concept.get("coding", ()):
        if "code" in coding:
            yield normalised(coding.get("system")) or "", coding["code"]


def _output(change: TaskChange, output: Json, place: Place, outcomes: Collection[str]) -> None:
    code = _kind(output)
    if code is None:
        known = f"{OUR_OUTPUTS}: {', '.join(OUTPUTS)}; or of {SDOHCC}: {', '.join(_GRAVITYS)}"
        sentence = f"This output is not known here. Give a type of {known}."
        change.problems.append(Problem(str(place.then("type")), "code-invalid", sentence))
        return
    if code in _GRAVITYS:
        _activity(change, code, output, place)
        return
    name = _VALUES.get(code, "valueString")
    if name not in output:
        sentence = f"An output of type {code} is a {name}. Send it as one."
        change.problems.append(Problem(str(place), "invalid", sentence))
    elif code in change.places:
        sentence = f"There is another output of type {code} before this one. Send one of each type."
        change.problems.append(Problem(str(place), "duplicate", sentence))
    else:
        change.places[code] = str(place.then(name))
        _value(change, code, output[name], outcomes)


def _activity(change: TaskChange, code: str, output: Json, place: Place) -> None:
    """Keep of Gravity's outputs what can be read: the resources that they point at are not here."""
    concept, reference = output.get("valueCodeableConcept"), output.get("valueReference")
    written = output.get("valueString") or output.get("valueMarkdown")
    if concept is None and reference is None and written is None:
        sentence = f"An output of type {code} is a valueReference or a valueCodeableConcept. Send it as one."
        change.problems.append(Problem(str(place), "invalid", sentence))
        return
    words = text(concept, "text") or "; ".join(_shown(concept)) or text(reference, "display") or written
    change.activities.append((str(place), f"{_GRAVITYS[code]}: {words or _ELSEWHERE}"))


def _shown(concept: Json | None) -> Iterator[str]:
    for coding in objects(concept, "coding"):
        shown = text(coding, "display") or text(coding, "code")
        if shown:
            yield shown


def _kind(output: Json) -> str | None:
    """The type by its code or its words; of any type but ours, a value that is one of our outcomes is the outcome."""
    concept = output["type"]
    named = [
        code
        for system, code in codes_of(concept)
        if (system == OUR_OUTPUTS and code in OUTPUTS) or (system == SDOHCC and code in _GRAVITYS)
    ]
    kind = next(iter(named), None) or _BY_WORDS.get(concept.get("text", "").strip().lower())
    value = output.get("valueCodeableConcept", {})
    is_outcome = any(system == OUR_OUTCOMES for system, _ in codes_of(value))
    return OUTCOME if is_outcome and kind not in OUTPUTS else kind


def _value(change: TaskChange, code: str, value: Any, outcomes: Collection[str]) -> None:
    if code == OUTCOME:
        found = [each for system, each in codes_of(value) if system == OUR_OUTCOMES and each in outcomes]
        if len(set(found)) == 1:
            change.outcome = found[0]
        else:
            sentence = f"Give one code of {OUR_OUTCOMES}: {', '.join(outcomes)}."
            change.problems.append(Problem(change.places[code], "code-invalid", sentence))
    elif code != PLAN:
        change.words[code] = value


def _plan_of(task: Json) -> Any:
    return next((each["valueReference"] for each in task.get("output", ()) if "valueReference" in each), None)
