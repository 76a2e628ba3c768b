"""The part of the CapabilityStatement that tells of reading and searching, from the table that the routes come from."""

from __future__ import annotations

from typing import Final

from fhir.systems import UK_CORE
from fhir.views_kinds import Kind, Parameter, ParameterType
from fhir.views_table import KINDS, includes_of, revincludes_of
from fhir.writing import Json, element

DOCUMENTATION: Final = (
    "Messages are taken one at a time, synchronously. A GP system whose token has referral.read reads and searches"
    " as one practice: its own referrals and all that belongs to them; with several practices it names one in"
    " NHSD-End-User-Organisation. Links of a Bundle never repeat an identifier: it is replaced by the id found."
    " Old versions are not kept whole: Provenance tells every step."
)
# Every type's own: FHIR R4 search.html. The last change is known of most types only.
ID: Final = Parameter("_id", ParameterType.TOKEN, "Its id.", "id")
LAST_UPDATED: Final = Parameter("_lastUpdated", ParameterType.DATE, "When it last changed.", "updated")
# Beside the search itself: type and meaning of what shapes an answer.
RESULT_PARAMETERS: Final = {
    "_count": ("number", "At most 100; 50 unless told."),
    "_sort": ("string", "Names of dates, - before one for newest first."),
    "_include": ("string", "As searchInclude lists."),
    "_revinclude": ("string", "As searchRevInclude lists."),
    "_summary": ("token", "true, count or false."),
    "_elements": ("string", "Names of elements, with commas."),
    "_total": ("token", "accurate (usual) or none; an estimate is given as accurate."),
    "_format": ("token", "json."),
}


def parameters_of(kind: Kind) -> tuple[Parameter, ...]:
    """Return all that a type is searched by."""
    general = (ID, LAST_UPDATED) if kind.dated else (ID,)
    return (*general, *kind.parameters)


def rest_resources() -> list[Json]:
    """Return CapabilityStatement.rest.resource."""
    return [_resource(kind) for kind in KINDS.values()]


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
        documentation=kind.about,
        interaction=[{"code": "read"}, {"code": "search-type"}],
        versioning="versioned",
        readHistory=False,
        updateCreate=False,
        conditionalRead="full-support" if kind.dated and kind.exact else "not-match",
        searchInclude=[include.code for include in includes_of(kind.type)],
        searchRevInclude=[include.code for include in revincludes_of(kind.type)],
        searchParam=[
            {"name": each.name, "type": each.type.value, "documentation": each.about}
            for each in parameters_of(kind)
        ],
    )
