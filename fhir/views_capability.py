"""The part of the CapabilityStatement that tells of reading and searching, from the table that the routes come from."""

from __future__ import annotations

from typing import Final

from fhir.message_definitions import capability as message_definition
from fhir.operations import operations_of
from fhir.questionnaire import capability as questionnaire
from fhir.subscription_view import KIND as SUBSCRIPTION
from fhir.subscription_view import capability as subscription_resource
from fhir.systems import UK_CORE
from fhir.views_kinds import Kind, Parameter, ParameterType
from fhir.views_table import KINDS, includes_of, revincludes_of
from fhir.writes_table import ABOUT as WRITTEN
from fhir.writes_table import CREATE, KEPT, interactions_of
from fhir.writing import Json, element

DOCUMENTATION: Final = (
    "Messages are taken one at a time: at once, or with Prefer: respond-async to be answered later."
    " A GP system whose token has referral.read reads and searches"
    " as one practice: its own referrals and all that belongs to them; with several practices it names one in"
    " NHSD-End-User-Organisation. A provider's system reads its own placements and, of person and request, what a"
    " provider is told; a link workers' team's system the team's referrals."
    " Links of a Bundle never repeat an identifier: it is replaced by the id found."
    " Every version of ServiceRequest and Task is kept, for a provider of its Tasks; of other types the present one can"
    " be read by its version, an older one is 404. Provenance tells every step. A transaction makes one referral; each"
    " entry of a batch is a request of its own, of at most 100. If-Match may be left out of an update."
)
# Every type's own: FHIR R4 search.html. The last change is known of most types only.
ID: Final = Parameter("_id", ParameterType.TOKEN, "Its id.", "id")
LAST_UPDATED: Final = Parameter("_lastUpdated", ParameterType.DATE, "When it last changed.", "updated")
# Beside the search itself: type and meaning of what shapes an answer.
RESULT_PARAMETERS: Final = {
    "_count": ("number", "At most 100; 50 unless told."),
    "_sort": ("string", "Names of dates, - before one for newest first."),
    "_include": ("string", "As searchInclude lists; _include:iterate goes on from what was brought along."),
    "_revinclude": ("string", "As searchRevInclude lists."),
    "_summary": ("token", "true, text, data, count or false."),
    "_elements": ("string", "Names of elements, with commas; a type may stand before a name."),
    "_total": ("token", "accurate (usual) or none; an estimate is given as accurate."),
    "_format": ("token", "json or xml; it goes before Accept."),
    "_pretty": ("token", "true for JSON in lines."),
}


def parameters_of(kind: Kind) -> tuple[Parameter, ...]:
    """Return all that a type is searched by."""
    general = (ID, LAST_UPDATED) if kind.dated else (ID,)
    return (*general, *kind.parameters)


def rest_resources() -> list[Json]:
    """Return CapabilityStatement.rest.resource."""
    written = (_resource(kind) for kind in KINDS.values())
    others = (questionnaire(), subscription_resource(parameters_of(SUBSCRIPTION)))
    asked = (each | {"operation": operations_of(each["type"])} for each in others)
    return [*written, message_definition(), *asked]


def rest_parameters() -> list[Json]:
    """Return CapabilityStatement.rest.searchParam: what every search takes."""
    return [
        {"name": name, "type": kind, "documentation": about}
        for name, (kind, about) in RESULT_PARAMETERS.items()
    ]


def _resource(kind: Kind) -> Json:
    return element(
        type=kind.type,
        supportedProfile=[UK_CORE + kind.type] if kind.profiled else None,
        documentation=" ".join(filter(None, (kind.about, WRITTEN.get(kind.type)))),
        interaction=[{"code": "read"}, {"code": "search-type"}, *interactions_of(kind.type)],
        versioning="versioned",
        readHistory=kind.type in KEPT,
        updateCreate=False,
        conditionalCreate=kind.type in CREATE,
        conditionalRead="full-support" if kind.dated and kind.exact else "not-match",
        searchInclude=list(dict.fromkeys(include.code for include in includes_of(kind.type))),
        searchRevInclude=list(dict.fromkeys(include.code for include in revincludes_of(kind.type))),
        operation=operations_of(kind.type),
        searchParam=[
            {"name": each.name, "type": each.type.value, "documentation": each.about}
            for each in parameters_of(kind)
        ],
    )
