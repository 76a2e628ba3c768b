"""Reads what the person agreed to, and where a consent says no."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fhir.inbound_story import type_1_opt_out
from fhir.problems import Problem
from fhir.reading import code_in, dig, objects, text
from fhir.references import Entry, EntryIndex
from fhir.systems import CONSENT_CATEGORIES, DIRECT_CARE

_SAYS_NO: Final = frozenset({"inactive", "rejected"})  # Consent.status
_OPTED_OUT: Final = frozenset({"OPTOUT", "OPTOUTE"})  # v3-ActCode in Consent.policyRule
_EXCEPTION: Final = (
    "This consent agrees and then denies a part, which cannot be kept apart here: nobody may read it as a whole yes."
    " Ask the person, and send a consent without exceptions, or one that denies."
)


@dataclass(frozen=True, slots=True)
class ConsentSeen:
    """Whether an active consent to direct care is there, and whether one says no; `path` is where it does."""

    given: bool
    refused: bool
    path: str


def consent_of(entries: EntryIndex) -> ConsentSeen:
    """Return what the consents of a message say of the person's care.

    A Type 1 opt-out or a refusal of research is no refusal of care: neither counts as a no here.
    """
    given, path = False, None
    for consent in entries.of_type("Consent"):
        if _about_research(consent.resource):
            continue
        no = _no(consent.resource)
        if no and path is None:
            path = f"{consent.path}.{no}"
        given = given or (consent.resource.get("status") == "active" and not no and _direct_care(consent))
    return ConsentSeen(given, path is not None, path or "Bundle.entry")


def use_refused(entries: EntryIndex) -> bool:
    """Tell whether a consent on research (scope `research`) says no; a Type 1 opt-out is told of by itself."""
    return any(
        _about_research(each.resource)
        and not type_1_opt_out(each.resource)
        and _no(each.resource) is not None
        for each in entries.of_type("Consent")
    )


def consent_problems(entries: EntryIndex) -> Iterator[Problem]:
    """Yield each exception that a consent to care makes from its yes."""
    for consent in entries.of_type("Consent"):
        resource = consent.resource
        if resource.get("status") != "active" or _no(resource) or _about_research(resource):
            continue
        for place in _denials(resource.get("provision"), f"{consent.path}.provision"):
            yield Problem(place, "business-rule", _EXCEPTION)


def _denials(provision: Any, path: str) -> Iterator[str]:
    """Where a provision inside another denies, however deep."""
    for position, each in enumerate(objects(provision, "provision")):
        place = f"{path}.provision[{position}]"
        if each.get("type") == "deny":
            yield f"{place}.type"
        yield from _denials(each, place)


def _direct_care(consent: Entry) -> bool:
    categories = objects(consent.resource, "category")
    return any(code_in(each, CONSENT_CATEGORIES) == DIRECT_CARE for each in categories)


def _no(resource: dict[str, Any]) -> str | None:
    """The element by which a consent says no, None when it does not."""
    status = resource.get("status")
    if status in _SAYS_NO:
        return "status"
    if status != "entered-in-error" and dig(resource, "provision", "type") == "deny":
        return "provision.type"
    rules = objects(resource, "policyRule", "coding")
    opted_out = status == "active" and any(text(rule, "code") in _OPTED_OUT for rule in rules)
    return "policyRule" if opted_out else None


def _about_research(resource: dict[str, Any]) -> bool:
    scopes = objects(resource, "scope", "coding")
    return type_1_opt_out(resource) or any(text(scope, "code") == "research" for scope in scopes)
