"""Carries measures over the border to FHIR and back, and writes one as a file of our own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from app.domain.errors import NotFound
from app.domain.measures import Item, Library, Measure, Total
from app.domain.outcomes import Phase
from app.services.fhir_reading.fhir_reads_made import versioned
from app.services.fhir_reading.fhir_reads_values import Wrong, split
from app.services.measures.measure_file import measure_of
from fhir.questionnaire import (
    QuestionnaireTold,
    QuestionTold,
    TotalTold,
    id_of,
    questionnaire,
)
from fhir.questionnaire_in import read_questionnaire

Json = dict[str, Any]


def list_questionnaires(library: Library) -> list[Json]:
    """Return every version of every measure as a Questionnaire, older versions first."""
    return [versioned(of(measure)) for measure in library.measures]


def get_questionnaire(library: Library, id: str, on: date) -> Json:
    """Return one by its id, or by the measure's code alone what is asked on a day; raises NotFound."""
    by_id = {id_of(each.code, each.version): each for each in library.measures}
    found = by_id.get(id) or library.newest(id, on)
    if found is None:
        raise NotFound
    return versioned(of(found))


def matching(found: Iterable[Json], name: str, value: str) -> list[Json] | None:
    """Return those that a search parameter finds, None when there is none of the name; raises Wrong for a value."""
    test = _TESTS.get(name)
    if test is None:
        return None
    if not value:
        raise Wrong("give a value")
    asked = split(value)
    return [each for each in found if any(test(each, one) for one in asked)]


_TESTS: Final = MappingProxyType[str, Callable[[Json, str], bool]](
    {
        "_id": lambda each, asked: each["id"] == asked,
        "status": lambda each, asked: each["status"] == asked.rpartition("|")[2],
        "title": lambda each, asked: each["title"].lower().startswith(asked.lower()),
        "url": lambda each, asked: asked in (each["url"], f"{each['url']}|{each['version']}"),
        "version": lambda each, asked: each["version"] == asked.rpartition("|")[2],
    }
)


def of(measure: Measure) -> Json:
    """Return a measure as a Questionnaire."""
    return questionnaire(_told(measure))


def measure_from(body: Json) -> Measure:
    """Return the measure that a Questionnaire tells; raises FhirRejected or Invalid with every problem."""
    return measure_of(_tables(read_questionnaire(body)))


def _question(item: Item) -> QuestionTold:
    return QuestionTold(
        **_counted(item),
        wording=item.wording,
        answers=tuple((answer.value, answer.words) for answer in item.answers),
        own_words=item.own_words,
        optional=item.optional,
        alerts_above=item.alerts_above,
        is_category=item.is_category,
    )


def _total(total: Total) -> TotalTold:
    return TotalTold(
        **_counted(total),
        name=total.name,
        scoring=total.scoring.value,
        items=total.items,
        table=total.table,
    )


def _counted(told: Item | Total) -> dict[str, Any]:
    return {
        "code": told.code,
        "low": told.low,
        "high": told.high,
        "higher_is_better": told.higher_is_better,
        "change_that_matters": told.change_that_matters,
        "bands": tuple((band.low, band.high, band.words) for band in told.bands),
        "codings": tuple((each.system, each.code) for each in told.codings),
    }


def toml_of(measure: Measure) -> str:
    """Return the text of a measure's file; reading it gives the measure again."""
    tables = _tables(_told(measure))
    lists = {name: tables.pop(name) for name in ("items", "totals")}
    lines = list(_keys(tables))
    for name, each in [(name, each) for name, found in lists.items() for each in found]:
        table = each.pop("table", {})
        lines += ["", f"[[{name}]]", *_keys(each)]
        if table:
            lines += ["", f"[{name}.table]", *(f"{key} = {score}" for key, score in table.items())]
    return "\n".join(lines) + "\n"


def _told(measure: Measure) -> QuestionnaireTold:
    return QuestionnaireTold(
        code=measure.code,
        version=measure.version,
        name=measure.name,
        about=measure.about.value,
        items=tuple(_question(item) for item in measure.items),
        totals=tuple(_total(total) for total in measure.totals),
        attribution=measure.attribution,
        licence=measure.licence,
        languages=measure.languages,
        audience=measure.audience.value,
        introduction=measure.introduction,
        retired=measure.retired,
        phases=tuple(phase.value for phase in measure.phases),
        narrative=tuple((each.code, each.wording) for each in measure.narrative),
    )


def _tables(told: QuestionnaireTold) -> dict[str, Any]:
    """Return what a file of our own holds, without what is as usual."""
    head = {
        "code": told.code,
        "version": told.version,
        "name": told.name,
        "about": told.about,
        "introduction": told.introduction,
        "attribution": told.attribution,
        "licence": told.licence,
        "languages": list(told.languages),
        "audience": told.audience,
        "phases": [] if told.phases == tuple(Phase) else list(told.phases),
        "retired": told.retired,
    }
    return _given(head) | {
        "items": [_item_table(item) for item in told.items],
        "totals": [_total_table(total) for total in told.totals],
    }


def _item_table(item: QuestionTold) -> dict[str, Any]:
    return {"code": item.code} | _given(
        {
            "wording": item.wording,
            **_counted_table(item),
            "answers": [{"value": value, "words": words} for value, words in item.answers],
            "own_words": item.own_words,
            "optional": item.optional,
            "category": item.is_category,
            "alerts_above": item.alerts_above,
        }
    )


def _total_table(total: TotalTold) -> dict[str, Any]:
    own = {"code": total.code, "name": total.name, "scoring": total.scoring, "items": list(total.items)}
    return own | _given({**_counted_table(total), "table": dict(total.table)})


def _counted_table(told: QuestionTold | TotalTold) -> dict[str, Any]:
    return {
        "low": told.low,
        "high": told.high,
        "better": "higher" if told.higher_is_better else "lower",
        "change_that_matters": told.change_that_matters,
        "bands": [{"low": low, "high": high, "words": words} for low, high, words in told.bands],
        "codings": [{"system": system, "code": code} for system, code in told.codings],
    }


def _given(table: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is not told; the number 0 is told."""
    untold: tuple[Any, ...] = (None, "", [], {})
    return {key: value for key, value in table.items() if value is not False and value not in untold}


def _keys(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{key} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_value(each)}' for key, each in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)  # TOML writes texts, numbers and yes or no as JSON does
