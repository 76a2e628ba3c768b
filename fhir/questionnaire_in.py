"""Reads a Questionnaire (R4) as a measure; what this house could not mean by it is refused, every problem at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from fhir.checks import resource_problems
from fhir.problems import FhirRejected, Problem
from fhir.questionnaire import (
    EXT_COUNTED,
    EXT_MAX,
    EXT_MEASURE,
    EXT_MIN,
    EXT_ORDINAL,
    EXT_TOTAL,
    TYPE,
    Band,
    QuestionnaireTold,
    QuestionTold,
    TotalTold,
)
from fhir.writing import Json

_COUNTED_TYPES: Final = ("integer", "choice")
_MEANT: Final = ("linkId", "code", "text", "type", "answerOption", "required", "extension", "id")
_ITEM_EXTENSIONS: Final = (EXT_COUNTED, EXT_MIN, EXT_MAX)
_PHASES: Final = ("before", "after", "follow-up")
_BETTER: Final = (
    "FHIR does not say which end is better: add the extension "
    f"{EXT_COUNTED} with a part better, higher or lower."
)


def read_questionnaire(body: Json) -> QuestionnaireTold:
    """Return the measure that a Questionnaire tells; raises FhirRejected with every problem, each with its place.

    Taken are integer items with a lowest and a highest number, and choice items whose every answer has an
    ordinalValue. Groups, free text, conditions and the like would lose their meaning here and are refused.
    """
    if body.get("resourceType") != TYPE:
        raise FhirRejected([Problem("resourceType", "invalid", f"Give a {TYPE}.")])
    problems = list(resource_problems(body))
    if problems:
        raise FhirRejected(problems)
    items: list[QuestionTold] = []
    for number, item in enumerate(body.get("item", [])):
        place = f"{TYPE}.item[{number}]"
        wrong = list(_not_meant(item, place))
        problems += wrong
        if not wrong:
            items.append(_question(item))
    problems += _head_problems(body)
    if problems:
        raise FhirRejected(problems)
    return _whole(body, tuple(items))


def _whole(body: Json, items: tuple[QuestionTold, ...]) -> QuestionnaireTold:
    own = _extension(body, EXT_MEASURE)
    language = body.get("language", "en")
    return QuestionnaireTold(
        code=_slug(body["url"].rstrip("/").rpartition("/")[2]),
        version=body.get("version", "1"),
        name=body.get("title") or body.get("name") or "",
        about=_one(own, "about", "valueCode") or "other",
        items=items,
        totals=tuple(_total(each) for each in body.get("extension", ()) if each["url"] == EXT_TOTAL),
        attribution=body.get("publisher", "Not told"),
        licence=_one(own, "licence", "valueString") or body.get("copyright", "Not told"),
        languages=tuple(_each(own, "language", "valueCode")) or (language,),
        audience=_one(own, "audience", "valueCode") or "everybody",
        introduction=body.get("description", ""),
        retired=body["status"] == "retired",
        phases=tuple(_each(own, "phase", "valueCode")) or _PHASES,
    )


def _head_problems(body: Json) -> Iterator[Problem]:
    if not body.get("url"):
        yield Problem(
            f"{TYPE}.url", "required", "Give the canonical address: its last part becomes the code."
        )
    if not body.get("item"):
        yield Problem(f"{TYPE}.item", "required", "Give at least one question.")
    if not (body.get("title") or body.get("name")):
        yield Problem(f"{TYPE}.title", "required", "Give a title: it is what people read.")


def _not_meant(item: Json, place: str) -> Iterator[Problem]:
    kind = item["type"]
    for name in item:
        if name not in _MEANT and not (name == "repeats" and item[name] is False):
            sentence = "This would lose its meaning here. Take it out, or make a measure without it."
            yield Problem(f"{place}.{name}", "not-supported", sentence)
    for each in item.get("extension", ()):
        if each["url"] not in _ITEM_EXTENSIONS:
            yield Problem(
                f"{place}.extension", "not-supported", "This extension is not known here. Take it out."
            )
    if kind not in _COUNTED_TYPES:
        sentence = "Only questions of type integer or choice can be counted here."
        yield Problem(f"{place}.type", "not-supported", sentence)
    elif kind == "integer":
        yield from _limits(item, place)
    else:
        yield from _options(item, place)
    if _one(_extension(item, EXT_COUNTED), "better", "valueCode") not in ("higher", "lower"):
        yield Problem(f"{place}.extension", "required", _BETTER)


def _limits(item: Json, place: str) -> Iterator[Problem]:
    for url, end in ((EXT_MIN, "lowest"), (EXT_MAX, "highest")):
        if _limit(item, url) is None:
            sentence = f"Give the {end} number as the extension {url} with valueInteger."
            yield Problem(f"{place}.extension", "required", sentence)
    if item.get("answerOption"):
        sentence = "An integer with listed answers would lose their words. Make it a choice."
        yield Problem(f"{place}.answerOption", "not-supported", sentence)


def _options(item: Json, place: str) -> Iterator[Problem]:
    if not item.get("answerOption"):
        yield Problem(
            f"{place}.answerOption", "required", "List the answers here: a value set is not looked up."
        )
    for number, option in enumerate(item.get("answerOption", ())):
        where = f"{place}.answerOption[{number}]"
        value = _ordinal(option)
        if value is None or value != int(value):
            sentence = f"Give the answer's whole number as the extension {EXT_ORDINAL} of its valueCoding."
            yield Problem(where, "required", sentence)
        elif not option["valueCoding"].get("display"):
            yield Problem(where, "required", "Give the answer's words as valueCoding.display.")


def _question(item: Json) -> QuestionTold:
    own = _extension(item, EXT_COUNTED)
    answers = tuple(
        (int(_ordinal(option) or 0), option["valueCoding"]["display"])
        for option in item.get("answerOption", ())
    )
    values = [value for value, _ in answers]
    low, high = (min(values), max(values)) if values else (_limit(item, EXT_MIN), _limit(item, EXT_MAX))
    alerts = _one(own, "alertsAbove", "valueInteger")
    return QuestionTold(
        code=_slug(item["linkId"]),
        low=low or 0,
        high=high or 0,
        **_shared(own),
        codings=tuple((each.get("system", ""), each["code"]) for each in item.get("code", ())),
        wording=item.get("text"),
        answers=answers,
        own_words=bool(_one(own, "ownWords", "valueBoolean")),
        optional=bool(_one(own, "optional", "valueBoolean")),
        is_category=bool(_one(own, "category", "valueBoolean")),
        alerts_above=alerts,
    )


def _total(extension: Json) -> TotalTold:
    parts = extension.get("extension", [])
    entries = [each.get("extension", []) for each in parts if each["url"] == "entry"]
    return TotalTold(
        code=_one(parts, "code", "valueCode") or "",
        name=_one(parts, "name", "valueString") or "",
        scoring=_one(parts, "scoring", "valueCode") or "sum",
        low=_one(parts, "low", "valueDecimal") or 0,
        high=_one(parts, "high", "valueDecimal") or 0,
        items=tuple(_each(parts, "item", "valueString")),
        **_shared(parts),
        codings=tuple((each["system"], each["code"]) for each in _each(parts, "coding", "valueCoding")),
        table={_one(each, "key", "valueInteger"): _one(each, "score", "valueDecimal") for each in entries},
    )


def _shared(parts: Sequence[Json]) -> dict[str, Any]:
    return {
        "higher_is_better": _one(parts, "better", "valueCode") == "higher",
        "change_that_matters": _one(parts, "changeThatMatters", "valueDecimal"),
        "bands": tuple(_band(each.get("extension", [])) for each in parts if each["url"] == "band"),
    }


def _band(parts: Sequence[Json]) -> Band:
    low, high = (_one(parts, end, "valueDecimal") or 0 for end in ("low", "high"))
    return low, high, _one(parts, "words", "valueString") or ""


def _slug(text: str) -> str:
    """A code as measures spell it; what cannot be one is refused when the file is checked."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _extension(node: Json, url: str) -> list[Json]:
    found: Json = next((each for each in node.get("extension", ()) if each["url"] == url), {})
    parts: list[Json] = found.get("extension", [])
    return parts


def _each(parts: Sequence[Json], url: str, kind: str) -> list[Any]:
    return [each[kind] for each in parts if each["url"] == url and kind in each]


def _one(parts: Sequence[Json], url: str, kind: str) -> Any:
    return next(iter(_each(parts, url, kind)), None)


def _limit(item: Json, url: str) -> int | None:
    return _one(item.get("extension", ()), url, "valueInteger")  # type: ignore[no-any-return]


def _ordinal(option: Json) -> float | None:
    return _one(option.get("valueCoding", {}).get("extension", ()), EXT_ORDINAL, "valueDecimal")  # type: ignore[no-any-return]
