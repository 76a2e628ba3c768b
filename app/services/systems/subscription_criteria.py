"""What a subscriber wants to hear of: a search of this server, asked again of each step as things stood then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from app.services.fhir_reading.fhir_reads_query import read_query
from app.store.fhir_reads import Condition, Missing, OneOf
from fhir.problems import FhirRejected, Problem
from fhir.views_capability import RESULT_PARAMETERS
from fhir.views_kinds import Kind
from fhir.views_table import KINDS

TYPES: Final = ("ServiceRequest", "Task", "Communication")
PLACE: Final = "Subscription.criteria"
_LONGEST: Final = 1000
_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z-])[0-9]{3} ?[0-9]{3} ?[0-9]{4}(?![0-9A-Za-z-])")


@dataclass(frozen=True, slots=True)
class Criteria:
    """A search: what it asks of the status changes with every step, what else it asks stays as it is."""

    kind: Kind
    of_status: tuple[Condition, ...]
    others: tuple[Condition, ...]

    def holds(self, stage: str) -> bool:
        """Tell whether a resource at this stage has a status that is wanted."""
        return all(_holds(condition, stage) for condition in self.of_status)


def read_criteria(text: str, *, base_url: str) -> Criteria:
    """Return what is wanted; raises FhirRejected (422) with everything that this server cannot judge."""
    type_name, _, told = text.partition("?")
    kind = KINDS.get(type_name) if type_name in TYPES else None
    if kind is None or len(text) > _LONGEST:
        raise _refused(f"Give a search of one of {', '.join(TYPES)}, as Task?status=rejected.")
    pairs = parse_qsl(told, keep_blank_values=True)
    if _NUMBER.search(text) or any(_NUMBER.search(value) for _, value in pairs):
        raise _refused("Name a person by the id of the Patient, never by a number of theirs.")
    shaping = sorted({name for name, _ in pairs if name.split(":")[0] in (*RESULT_PARAMETERS, "_page")})
    if shaping:
        raise _refused(
            f"Leave out {', '.join(shaping)}: nothing is shown in a notification that it would shape."
        )
    try:
        query = read_query(kind, pairs, base_url=base_url, strict=True)
    except FhirRejected as fault:
        raise _refused(*(problem.sentence for problem in fault.problems)) from fault
    empty = [each for each in query.conditions if isinstance(each, OneOf) and not each.values]
    if query.lookups or empty:
        raise _refused(
            "Name resources by their ids: identifiers, and ids that cannot be one, are not taken here."
        )
    status = kind.parameter("status")
    column = status.column if status is not None else ""
    of_status = tuple(each for each in query.conditions if each.field == column)
    return Criteria(kind, of_status, tuple(each for each in query.conditions if each.field != column))


def _refused(*sentences: str) -> FhirRejected:
    problems = [Problem(PLACE, "value", sentence) for sentence in sentences]
    return FhirRejected(problems, status=422, rec_code="REC_UNPROCESSABLE_ENTITY")


def _holds(condition: Condition, stage: str) -> bool:
    if isinstance(condition, OneOf):
        return (stage in condition.values) != condition.negated
    return not (isinstance(condition, Missing) and condition.missing)  # a status is always there
