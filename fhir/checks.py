"""Everything that is asked of an incoming message before it is read, all problems collected at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from fhir.elements import find_resource_class
from fhir.invariants import invariant_problems
from fhir.message_rules import message_problems
from fhir.paths import BUNDLE, Place, render
from fhir.problems import FhirRejected, Problem
from fhir.references import EntryIndex
from fhir.resources.R4B.bundle import Bundle
from fhir.scope import version_problems
from fhir.strict_json import MAX_PROBLEMS
from fhir.walk import Walk

# Stands in for a resource of an unknown type, at which the library would stop and leave the rest unchecked.
_PLACEHOLDER: Final = {"resourceType": "Basic", "code": {"text": "unknown"}}

_LOOKED_AT: Final = 1_000  # a hostile body can repeat one fault half a million times

_DATE_SENTENCE: Final = (
    "This is no date or time of FHIR. "
    "Write a date as 1958-04-12 and a time with its zone, as 2026-11-22T09:30:00+00:00."
)
_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "missing": ("required", "This element is required. Add it."),
    "model_field_validation.missing": ("required", "This element is required. Add it."),
    "extra_forbidden": (
        "invalid",
        "FHIR R4 has no such element here. Remove it, or send it as an extension.",
    ),
    "string_pattern_mismatch": (
        "value",
        "The text does not have the form of this element's type. Correct it.",
    ),
}
_OTHERWISE: Final = ("invalid", "This does not have the form that FHIR R4 gives this element. Correct it.")


@dataclass(frozen=True, slots=True)
class Checked:
    """The entries of a sound message, and what it is taken with although it is not as published."""

    entries: EntryIndex
    warnings: tuple[Problem, ...] = ()


def check(body: dict[str, Any], *, versions: Collection[str] | None = None) -> Checked:
    """Return the message's entries and its warnings when it is a sound BaRS message in R4.

    `versions` are those of Bundle.meta.versionId that are taken, None for any: another is refused with 422
    before all else. Raises FhirRejected (400) with every problem: FHIR R4 by the library's model, and beside it
    what the model lets pass (codes of required bindings, references, shapes that would be bent, R4's invariants, the
    rules of the message).
    """
    if body.get("resourceType") != "Bundle":
        sentence = "The body must be a FHIR Bundle of type message, with its resourceType."
        raise FhirRejected([Problem("Bundle.resourceType", "not-supported", sentence)])
    listed = body.get("entry")
    entries = EntryIndex.of(listed if isinstance(listed, list) else [])
    found = _Collected()
    found.add(version_problems(body, versions))
    found.add(Walk(entries).resource(body, BUNDLE))
    misshapen = found.paths
    found.add(message_problems(body, entries))
    if not found.full:  # the model's own list of errors would have no end
        modelled = _model_problems(Bundle, _checkable(body))
        found.add(problem for problem in modelled if not _within(problem.path, misshapen))
        found.add(invariant_problems(body, BUNDLE))
    if found.problems:
        raise FhirRejected(found.problems)
    return Checked(entries, tuple(found.warnings))


def resource_problems(resource: dict[str, Any]) -> tuple[Problem, ...]:
    """Return what is wrong with one resource of any R4 type, as R4 alone asks; empty when it is sound.

    Places start with the resource's own type. References out of it are allowed, for there is nothing to find
    them in; of a Bundle the entries are checked, but not what a message must hold.
    """
    model = find_resource_class(resource.get("resourceType"))
    place = Place(None, model.__name__ if model else "Resource")
    listed = resource.get("entry") if model is Bundle else None
    entries = EntryIndex.of(listed) if isinstance(listed, list) else EntryIndex(whole=False)
    found = _Collected()
    found.add(Walk(entries).resource(resource, place))
    misshapen = found.paths
    if model is not None and not found.full and _known(resource):
        body = _checkable(resource) if model is Bundle else resource
        modelled = _model_problems(model, body)
        found.add(problem for problem in modelled if not _within(problem.path, misshapen))
    found.add(invariant_problems(resource, place))
    return tuple(found.problems)


class _Collected:
    """Problems in the order found, as many as anybody will read."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.full = False
        self._kept: set[Problem] = set()

    @property
    def paths(self) -> frozenset[str]:
        """Where something is wrong so far."""
        return frozenset(problem.path for problem in self.problems)

    def add(self, problems: Iterable[Problem]) -> None:
        """Take problems over, except at a place where an earlier source has found one."""
        if self.full:
            return
        before = self.paths
        for looked_at, problem in enumerate(problems, start=1):
            if problem.severity != "error":
                self.warnings.append(problem)
            elif problem.path not in before and problem not in self._kept:
                self.problems.append(problem)
                self._kept.add(problem)
            if len(self.problems) >= MAX_PROBLEMS or looked_at >= _LOOKED_AT:
                self.full = True
                return


def _within(path: str, places: frozenset[str]) -> bool:
    """Whether a path is one of these places or below one: what the library says there is only an echo."""
    return any(path == place or path.startswith((place + ".", place + "[")) for place in places)


def _model_problems(model: Any, body: dict[str, Any]) -> Iterator[Problem]:
    name = model.__name__
    try:
        model.model_validate(body)
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False, include_input=False)
        for each in told[:MAX_PROBLEMS]:
            if each["type"] == "uuid_version":  # the library takes version 4 alone, R4 any UUID
                continue
            code, sentence = _told(each["type"], each["msg"])
            yield Problem(_path(name, each["loc"]), code, sentence)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError, RecursionError):
        sentence = f"The {name} does not have the form of FHIR R4. Compare it with the specification."
        yield Problem(name, "invalid", sentence)


def _checkable(body: dict[str, Any]) -> dict[str, Any]:
    listed = body.get("entry")
    if not isinstance(listed, list):
        return dict(body)
    return {**body, "entry": [_without_unknown(each) for each in listed]}


def _without_unknown(entry: Any) -> Any:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict) or (
        find_resource_class(resource.get("resourceType")) and _known(resource)
    ):
        return entry
    return {**entry, "resource": _PLACEHOLDER}


def _known(resource: dict[str, Any]) -> bool:
    contained = resource.get("contained")
    if not isinstance(contained, list):
        return True
    return all(isinstance(each, dict) and find_resource_class(each.get("resourceType")) for each in contained)


def _told(kind: str, message: str) -> tuple[str, str]:
    """The library's message is only used to tell its kinds apart: it may hold a value, so it is not shown."""
    if kind.startswith(("date", "time")) or ("spec regex" in message and "value string" in message):
        return "value", _DATE_SENTENCE
    if "Any of one field value is expected" in message:
        return "invariant", "Two choices of one element are sent, such as a dateTime and a boolean. Send one."
    if "Expect any of field value" in message:
        return "required", "One choice of an element that is required here is missing. Add it."
    return _SENTENCES.get(kind, _OTHERWISE)


def _path(name: str, location: tuple[int | str, ...]) -> str:
    steps = [
        step.removesuffix("_fhir") if isinstance(step, str) else step for step in location if step != "root"
    ]
    return render([name, *steps])
