"""Reads one measure from the tables of its file: every problem at once, each with its key and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from marshmallow import Schema, ValidationError, fields, post_load, validate

from app.domain.errors import FieldProblem, Invalid
from app.domain.measures import About, Answer, Audience, Band, Coding, Item, Measure, Scoring, Total
from app.domain.measures_checks import problems_of
from app.domain.outcomes import Phase

LOWEST, HIGHEST = -1000, 1000  # no questionnaire in use goes beyond
_BETTER: Final = ("higher", "lower")
CODE: Final = validate.Regexp(
    r"[a-z][a-z0-9-]{0,39}\Z", error="Use lower-case letters, digits and hyphens, beginning with a letter."
)
VERSION: Final = validate.Regexp(
    r"[A-Za-z0-9][A-Za-z0-9.-]{0,19}\Z",
    error="Use up to 20 letters, digits, dots and hyphens, as in 1 or 2026.1.",
)
_NOT_BLANK: Final = validate.Regexp(r"\s*\S", error="Give words, not spaces alone.")
_SYSTEM: Final = validate.Regexp(
    r"(https?://|urn:)\S+\Z", error="Give the code system's address, as in http://snomed.info/sct."
)


def measure_of(tables: Mapping[str, Any]) -> Measure:
    """Return the measure that a file's tables tell (their keys: app/measures/README.md).

    Raises Invalid with every problem at once; a problem's `field` is the key, as in items.2.low, counted from 1.
    """
    try:
        measure: Measure = _MeasureFile().load(tables)
    except ValidationError as fault:
        raise Invalid(list(flat(fault.messages))) from None
    problems = problems_of(measure)
    if problems:
        raise Invalid(problems)
    return measure


def flat(messages: Any, where: str = "") -> list[FieldProblem]:
    """Return a schema's messages as problems; places in a list count from 1, as people count tables in a file."""
    if isinstance(messages, Mapping):
        found: list[FieldProblem] = []
        for key, said in messages.items():
            name = str(key + 1) if isinstance(key, int) else str(key)
            found += flat(said, where if name == "_schema" else f"{where}.{name}".strip("."))
        return found
    told = messages if isinstance(messages, list) else [messages]
    return [FieldProblem(where, str(each)) for each in told]


def said(what: str) -> dict[str, Any]:
    """Return marshmallow's messages for a field as a sentence that says what to write there."""
    names = (
        "required",
        "null",
        "invalid",
        "type",
        "validator_failed",
        "special",
        "too_large",
        "invalid_utf8",
    )
    return dict.fromkeys(names, f"Give {what}.")


class FileSchema(Schema):
    """A table of a file: a key that nobody reads is a slip of the pen, and said to be one."""

    error_messages: ClassVar[dict[str, str]] = {  # type: ignore[misc]  # marshmallow's own name
        "unknown": "There is no such key here; take it out, or mend its spelling.",
        "type": "Give a table with keys here.",
    }


def text(*, longest: int = 400, **more: Any) -> fields.String:
    """A field of words."""
    length = validate.Length(1, longest, error=f"Give between 1 and {longest} characters.")
    checks = [length, _NOT_BLANK, *more.pop("checks", ())]
    return fields.String(validate=checks, error_messages=said("words in quotation marks"), **more)


def whole(**more: Any) -> fields.Integer:
    """A field of a whole number, within what any questionnaire uses."""
    bounds = validate.Range(LOWEST, HIGHEST, error=f"Give a whole number from {LOWEST} to {HIGHEST}.")
    return fields.Integer(strict=True, validate=bounds, error_messages=said("a whole number"), **more)


def number(**more: Any) -> fields.Float:
    """A field of a number, within what any questionnaire uses."""
    bounds = validate.Range(LOWEST, HIGHEST, error=f"Give a number from {LOWEST} to {HIGHEST}.")
    return fields.Float(validate=bounds, error_messages=said("a number"), **more)


def one_of(known: Any, **more: Any) -> fields.String:
    """A field that takes one word of a list."""
    listed = [str(each) for each in known]
    sentence = f"Use one of: {', '.join(listed)}."
    return fields.String(
        validate=validate.OneOf(listed, error=sentence),
        error_messages=dict.fromkeys(("required", "null", "invalid"), sentence),
        **more,
    )


def many(schema: type[Schema], what: str, **more: Any) -> fields.List[Any]:
    """A list of tables."""
    return fields.List(fields.Nested(schema), load_default=list, error_messages=said(what), **more)


class _Coding(FileSchema):
    system = text(required=True, checks=[_SYSTEM])
    code = text(required=True, longest=40)

    @post_load
    def _made(self, told: dict[str, Any], **_: Any) -> Coding:
        return Coding(**told)


class _Answer(FileSchema):
    value = whole(required=True)
    words = text(required=True)

    @post_load
    def _made(self, told: dict[str, Any], **_: Any) -> Answer:
        return Answer(**told)


class BandTable(FileSchema):
    """A named range of a score."""

    low = number(required=True)
    high = number(required=True)
    words = text(required=True)

    @post_load
    def _made(self, told: dict[str, Any], **_: Any) -> Band:
        return Band(**told)


class _Counted(FileSchema):
    """What items and totals share: a range, a direction, and what a change means."""

    code = text(required=True, checks=[CODE])
    better = one_of(_BETTER, required=True)
    bands = many(BandTable, 'a list of bands, as in [{ low = 0, high = 4, words = "low" }]')
    codings = many(_Coding, 'a list of codes, as in [{ system = "http://snomed.info/sct", code = "1" }]')
    change_that_matters = number(load_default=None)

    @staticmethod
    def shared(told: dict[str, Any]) -> dict[str, Any]:
        """The same by the names of the value."""
        better = told.pop("better")
        return told | {
            "higher_is_better": better == "higher",
            "bands": tuple(told["bands"]),
            "codings": tuple(told["codings"]),
        }


class ItemTable(_Counted):
    """One question."""

    wording = text(longest=600, load_default=None)
    low = whole(required=True)
    high = whole(required=True)
    answers = many(_Answer, 'a list of answers, as in [{ value = 1, words = "Often" }]')
    own_words = fields.Boolean(load_default=False, error_messages=said("true or false"))
    optional = fields.Boolean(load_default=False, error_messages=said("true or false"))
    category = fields.Boolean(load_default=False, error_messages=said("true or false"))
    alerts_above = whole(load_default=None)

    @post_load
    def _made(self, told: dict[str, Any], **_: Any) -> Item:
        own = {"answers": tuple(told["answers"]), "is_category": told.pop("category")}
        return Item(**self.shared(told) | own)


class TotalTable(_Counted):
    """One score made of items."""

    name = text(required=True)
    scoring = one_of(Scoring, load_default=Scoring.SUM.value)
    low = number(required=True)
    high = number(required=True)
    items = fields.List(text(), required=True, error_messages=said("the codes of its items in a list"))
    table = fields.Dict(
        keys=fields.Integer(error_messages=said("a sum as a whole number")),
        values=number(),
        load_default=dict,
        error_messages=said("a table of sums and scores"),
    )

    @post_load
    def _made(self, told: dict[str, Any], **_: Any) -> Total:
        own = {"scoring": Scoring(told["scoring"]), "items": tuple(told["items"])}
        return Total(**self.shared(told) | own)


class _MeasureFile(FileSchema):
    code = text(required=True, checks=[CODE])
    version = text(load_default="1", checks=[VERSION])
    name = text(required=True)
    about = one_of(About, required=True)
    items = many(ItemTable, "the questions as [[items]] tables")
    totals = many(TotalTable, "the totals as [[totals]] tables")
    attribution = text(required=True)
    licence = text(required=True)
    languages = fields.List(
        text(longest=20), load_default=("en",), error_messages=said("languages in a list")
    )
    audience = one_of(Audience, load_default=Audience.EVERYBODY.value)
    introduction = text(longest=1000, load_default="")
    retired = fields.Boolean(load_default=False, error_messages=said("true or false"))
    phases = fields.List(one_of(Phase), load_default=tuple(Phase), error_messages=said("times in a list"))

    @post_load
    def _made(self, told: dict[str, Any], **_: Any) -> Measure:
        own: dict[str, Any] = {"about": About(told["about"]), "audience": Audience(told["audience"])}
        own["phases"] = tuple(Phase(each) for each in told["phases"])
        lists = {name: tuple(told[name]) for name in ("items", "totals", "languages")}
        return Measure(**told | own | lists)
