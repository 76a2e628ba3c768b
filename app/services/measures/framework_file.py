"""Reads what a place agreed to ask from its file: every problem at once, each with its key and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load, validate

from app.domain.directory_words import ServiceKind
from app.domain.errors import FieldProblem, Invalid
from app.domain.frameworks import Depth, Framework, Prompt
from app.domain.measures import About, Library, Measure
from app.domain.measures_checks import problems_of
from app.services.measures.measure_file import (
    CODE,
    VERSION,
    FileSchema,
    ItemTable,
    flat,
    many,
    one_of,
    said,
    text,
)

_FEW: Final = 6  # a core that is longer is no small core, and nobody fills it in


def framework_of(tables: Mapping[str, Any]) -> tuple[Framework, Measure | None]:
    """Return the framework that a file's tables tell, and the measure of its own questions, None when it has none.

    Its own questions are its items and its narrative. Raises Invalid with every problem at once; keys as
    app/measures/README.md lists them.
    """
    try:
        told = _FrameworkFile().load(tables)
    except ValidationError as fault:
        raise Invalid(list(flat(fault.messages))) from None
    framework, items = told
    own = _own(framework, items) if items or framework.narrative else None
    if own is not None and (problems := problems_of(own)):
        raise Invalid(problems)
    return framework, own


def unknown_measures(framework: Framework, library: Library) -> list[FieldProblem]:
    """Return which measures a framework names that nobody here knows, or that cannot stand on a form."""
    problems = []
    for name in ("core", "extension"):
        for number, code in enumerate(getattr(framework, name), 1):
            measure = library.find(code)
            if measure is None:
                sentence = f"There is no measure {code}; use: {', '.join(library.codes())}."
                problems.append(FieldProblem(f"{name}.{number}", sentence))
            elif not measure.may_be_asked:
                sentence = f"{code} has no words to ask with: add its pack with the words that your licence gives you."
                problems.append(FieldProblem(f"{name}.{number}", sentence))
    return problems


def _own(framework: Framework, items: Any) -> Measure:
    return Measure(
        code=framework.code,
        version=framework.version,
        name=framework.name,
        about=About.OTHER,
        items=tuple(items),
        totals=(),
        attribution=framework.author,
        licence="The place's own",
        narrative=framework.narrative,
    )


class _Prompt(FileSchema):
    code = text(required=True, checks=[CODE])
    wording = text(required=True, longest=600)

    @post_load
    def _made(self, told: dict[str, Any], **_: Any) -> Prompt:
        return Prompt(**told)


class _FrameworkFile(FileSchema):
    code = text(required=True, checks=[CODE])
    version = text(required=True, checks=[VERSION])
    name = text(required=True)
    author = text(required=True)
    agreed_by = fields.List(
        text(),
        required=True,
        validate=validate.Length(1, error="Say who agreed on it: at least one party."),
        error_messages=said("the parties that agreed on it, in a list"),
    )
    effective_from = fields.Raw(required=True, error_messages=said("a day, as 2026-11-22"))
    core = fields.List(
        text(),
        required=True,
        validate=validate.Length(1, _FEW, error=f"A core is small: give 1 to {_FEW} measures."),
        error_messages=said("the codes of measures in a list"),
    )
    extension = fields.List(text(), load_default=list, error_messages=said("the codes of measures in a list"))
    narrative = many(_Prompt, "questions for people's own words as [[narrative]] tables")
    items = many(ItemTable, "the place's own questions as [[items]] tables")
    depths = fields.Dict(
        keys=one_of(ServiceKind),
        values=one_of(Depth),
        load_default=dict,
        error_messages=said("depths by kind"),
    )

    @post_load
    def _made(self, told: dict[str, Any], **_: Any) -> tuple[Framework, list[Any]]:
        items = told.pop("items")
        if type(told["effective_from"]) is not date:
            raise ValidationError("Give a day without quotation marks, as 2026-11-22.", "effective_from")
        lists = {name: tuple(told[name]) for name in ("agreed_by", "core", "extension", "narrative")}
        if items or lists["narrative"]:
            lists["extension"] = (*lists["extension"], told["code"])
        depths = {kind: Depth(depth) for kind, depth in told["depths"].items()}
        return Framework(**told | lists | {"depths": depths}), items
