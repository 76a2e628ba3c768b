"""Writes a measure as a Questionnaire (R4): each item with its range and the number of each answer.

What FHIR has no element for (which end is better, totals and their tables, bands, who may see the answers) stands in
extensions of our own, so that what is written here can be read again whole (questionnaire_in.py); all but the
narrative of a place's framework, whose file is the framework's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fhir.systems import OURS
from fhir.views_words import QUESTIONNAIRE
from fhir.writing import Json, coding, element

TYPE: Final = "Questionnaire"
ANSWERS: Final = OURS + "CodeSystem/measure-answers"
EXT_MEASURE: Final = OURS + "StructureDefinition/measure"
EXT_COUNTED: Final = OURS + "StructureDefinition/measure-counted"
EXT_TOTAL: Final = OURS + "StructureDefinition/measure-total"
_FHIR: Final = "http://hl7.org/fhir/StructureDefinition/"
EXT_ORDINAL: Final = _FHIR + "ordinalValue"
EXT_MIN: Final = _FHIR + "minValue"
EXT_MAX: Final = _FHIR + "maxValue"

Band = tuple[float, float, str]  # from, to, words
Code = tuple[str, str]  # system, code


@dataclass(frozen=True, slots=True)
class CountedTold:
    """What items and totals share: which end is better, what a change and a range mean, and published codes."""

    code: str
    low: float
    high: float
    higher_is_better: bool = True
    change_that_matters: float | None = None
    bands: tuple[Band, ...] = ()
    codings: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionTold(CountedTold):
    """One question; `wording` None where its words are licensed; `answers` are numbers with their words."""

    wording: str | None = None
    answers: tuple[tuple[int, str], ...] = ()
    own_words: bool = False
    optional: bool = False
    alerts_above: int | None = None
    is_category: bool = False


@dataclass(frozen=True, slots=True)
class TotalTold(CountedTold):
    """A score of some items; `table` maps their sum, or the answers in a row, to the score."""

    name: str = ""
    scoring: str = "sum"
    items: tuple[str, ...] = ()
    table: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuestionnaireTold:
    """A measure as it is told in FHIR; the same names as the house's own."""

    code: str
    version: str
    name: str
    about: str
    items: tuple[QuestionTold, ...]
    totals: tuple[TotalTold, ...]
    attribution: str
    licence: str
    languages: tuple[str, ...]
    audience: str
    introduction: str
    retired: bool
    phases: tuple[str, ...]
    narrative: tuple[tuple[str, str], ...] = ()  # codes and wordings of what is answered in words alone


# Name -> type and meaning of each search parameter.
PARAMETERS: Final = {
    "_id": ("token", "Its id: code and version."),
    "status": ("token", "active, or retired: not asked any more."),
    "title": ("string", "What its name begins with."),
    "url": ("uri", "Its canonical address, with or without its version."),
    "version": ("token", "Its version."),
}


def id_of(code: str, version: str) -> str:
    """Return the id of a version of a measure, as an id may be spelt."""
    return f"{code}-{version}"


def questionnaire(told: QuestionnaireTold) -> Json:
    """Return the Questionnaire of a measure, its canonical address without a host of this installation."""
    about = [_part("valueCode", "about", told.about), _part("valueCode", "audience", told.audience)]
    about += [_part("valueCode", "phase", phase) for phase in told.phases]
    about += [_part("valueCode", "language", language) for language in told.languages]
    about.append(_part("valueString", "licence", told.licence))
    head: Json = {"resourceType": TYPE, "id": id_of(told.code, told.version)}
    return head | element(
        language=told.languages[0],
        extension=[{"url": EXT_MEASURE, "extension": about}, *(_total(total) for total in told.totals)],
        url=QUESTIONNAIRE + told.code,
        version=told.version,
        name=_name(told.code),
        title=told.name,
        status="retired" if told.retired else "active",
        subjectType=["Patient"],
        publisher=told.attribution,
        description=told.introduction or None,
        copyright=f"{told.attribution}. {told.licence}.",
        item=[*map(_question, told.items), *(_prompt(*each) for each in told.narrative)],
    )


def _name(code: str) -> str:
    """A name that programs can use: a capital first, no hyphens."""
    return "".join(part.capitalize() for part in code.split("-"))


def _question(item: QuestionTold) -> Json:
    limits = (
        [{"url": EXT_MIN, "valueInteger": item.low}, {"url": EXT_MAX, "valueInteger": item.high}]
        if not item.answers
        else []
    )
    return element(
        extension=[_counted(item, _of_question(item)), *limits],
        linkId=item.code,
        code=[coding(*each) for each in item.codings],
        text=item.wording,
        type="choice" if item.answers else "integer",
        answerOption=[_option(value, words) for value, words in item.answers],
    )


def _prompt(code: str, wording: str) -> Json:
    return {"linkId": code, "text": wording, "type": "text"}


def _option(value: int, words: str) -> Json:
    ordinal = {"url": EXT_ORDINAL, "valueDecimal": value}
    return {"valueCoding": {"extension": [ordinal], **coding(ANSWERS, str(value), words)}}


def _of_question(item: QuestionTold) -> Iterable[Json]:
    flags = {"ownWords": item.own_words, "optional": item.optional, "category": item.is_category}
    yield from (_part("valueBoolean", name, True) for name, is_so in flags.items() if is_so)
    if item.alerts_above is not None:
        yield _part("valueInteger", "alertsAbove", item.alerts_above)


def _counted(told: CountedTold, more: Iterable[Json]) -> Json:
    return {"url": EXT_COUNTED, "extension": [*_shared(told), *more]}


def _shared(told: CountedTold) -> Iterable[Json]:
    yield _part("valueCode", "better", "higher" if told.higher_is_better else "lower")
    if told.change_that_matters is not None:
        yield _part("valueDecimal", "changeThatMatters", told.change_that_matters)
    for low, high, words in told.bands:
        parts = [_part("valueDecimal", "low", low), _part("valueDecimal", "high", high)]
        yield {"url": "band", "extension": [*parts, _part("valueString", "words", words)]}


def _total(total: TotalTold) -> Json:
    parts = [
        _part("valueCode", "code", total.code),
        _part("valueString", "name", total.name),
        _part("valueCode", "scoring", total.scoring),
        _part("valueDecimal", "low", total.low),
        _part("valueDecimal", "high", total.high),
        *(_part("valueString", "item", code) for code in total.items),
        *_shared(total),
        *(_part("valueCoding", "coding", coding(*each)) for each in total.codings),
    ]
    for key, score in total.table.items():
        pair = [_part("valueInteger", "key", key), _part("valueDecimal", "score", score)]
        parts.append({"url": "entry", "extension": pair})
    return {"url": EXT_TOTAL, "extension": parts}


def _part(kind: str, url: str, value: Any) -> Json:
    return {"url": url, kind: value}


def capability() -> Json:
    """Return the CapabilityStatement's part."""
    return {
        "type": TYPE,
        "documentation": "The questionnaires that are known here, every version. Questions without text are licensed:"
        " their words are not ours to give. Open to any signed-in system.",
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "versioned",
        "readHistory": False,
        "updateCreate": False,
        "conditionalCreate": False,
        "conditionalRead": "not-match",
        "searchParam": [
            {"name": name, "type": kind, "documentation": about} for name, (kind, about) in PARAMETERS.items()
        ],
    }
