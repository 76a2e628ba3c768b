"""The bridge from what was typed to values or to problems: marshmallow checks, the domain's errors tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

from app.domain.errors import FieldProblem, Invalid
from app.domain.wording import worded
from app.web.frame.translated import say, told_text

Rule = Callable[[str], Iterable[FieldProblem]]  # what is wrong with one input by itself


class FormSchema(Schema):
    """A form: empty inputs count as not given, and whatever else the browser sends is left aside."""

    class Meta:
        """A button's name and the form token are no fields."""

        unknown = EXCLUDE


@dataclass(frozen=True)
class Form:
    """What was typed and what is wrong with it, by field; an untouched form has neither."""

    typed: MultiDict[str, str] = field(default_factory=MultiDict)
    problems: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[str, ...] = ()  # what others changed while it was open, in sentences

    def value(self, name: str, default: Any = "") -> Any:
        """Return what was typed in a field, or what the record says when nothing was sent yet."""
        return self.typed.get(name, "") if self.typed else default

    def values(self, name: str, default: Any = ()) -> list[str]:
        """Return the choices ticked, or what the record says when nothing was sent yet."""
        return self.typed.getlist(name) if self.typed else list(default)

    def error(self, name: str) -> dict[str, str] | None:
        """Return the design system's error message of a field, None when it is right."""
        if name not in self.problems:
            return None
        return {"text": told_text(self.problems[name]), "visuallyHiddenText": say("Error")}

    @property
    def summary(self) -> list[dict[str, str]]:
        """Return the lines of the error summary, each leading to its field."""
        return [{"text": told_text(sentence), "href": f"#{name}"} for name, sentence in self.problems.items()]

    def refused(self, fault: Invalid, *, names: Mapping[str, str] | None = None) -> Form:
        """Return the form with the problems beside it; `names` maps the domain's fields to this form's."""
        names = names or {}
        told: dict[str, str] = {}
        for problem in fault.problems:
            told.setdefault(names.get(problem.field, problem.field), problem.sentence)
        return replace(self, problems=told)


class Password(fields.String):
    """A password: taken as it was typed, spaces at its ends too."""


def load(schema: Schema, form: Form) -> dict[str, Any]:
    """Return the values of a form; raises Invalid with every problem, one a field."""
    given: dict[str, Any] = {}
    for name, declared in schema.fields.items():
        if isinstance(declared, fields.List):
            given[name] = [text for text in form.typed.getlist(name) if text.strip()]
        elif isinstance(declared, Password) and form.typed.get(name):
            given[name] = form.typed[name]
        elif text := form.typed.get(name, "").replace("\r\n", "\n").strip():  # people count a line's end once
            given[name] = text
    try:
        return schema.load(given)  # type: ignore[no-any-return]
    except ValidationError as fault:
        raise Invalid([FieldProblem(name, _first(said)) for name, said in _messages(fault).items()]) from None


def _messages(fault: ValidationError) -> dict[str, Any]:
    return fault.messages if isinstance(fault.messages, dict) else {"": fault.messages}


def _first(said: Any) -> str:
    if isinstance(said, dict):
        return _first(next(iter(said.values())))
    if isinstance(said, list):
        return _first(said[0])
    return said if isinstance(said, str) else str(said)


def choice(options: Mapping[Any, str], missing: str) -> fields.String:
    """Return a field that must be one of the options."""
    return fields.String(
        required=True,
        error_messages={"required": missing},
        validate=validate.OneOf([str(option) for option in options], error=missing),
    )


def choices(options: Mapping[Any, str], wrong: str) -> fields.List[str]:
    """Return a field of ticked options; none ticked is an empty list."""
    one = fields.String(validate=validate.OneOf([str(option) for option in options], error=wrong))
    return fields.List(one, load_default=list)


def judged(rule: Rule) -> Callable[[str], None]:
    """Return a check of one input by the rule that its use case holds it to.

    A use case is asked only once a form can be read. So that all that is wrong is told at once, what can be
    said of one input by itself is said here too.
    """

    def check(typed: str) -> None:
        for problem in rule(typed):
            raise ValidationError(problem.sentence)

    return check


def number(low: int, high: int, name: str) -> fields.Integer:
    """Return a field for a whole number that may be left empty."""
    called = worded(name)
    sentence = worded(
        "%(name)s must be a whole number from %(low)s to %(high)s.", name=called, low=low, high=high
    )
    return fields.Integer(
        load_default=None,
        validate=validate.Range(low, high, error=sentence),
        error_messages={"invalid": sentence},
    )


def words(name: str, *, longest: int, missing: str | None = None, by: Rule | None = None) -> fields.String:
    """Return a field for somebody's own words; `missing` makes it needed and says so, `by` judges them."""
    called = worded(name)
    too_long = worded("%(name)s must be %(longest)s characters or fewer.", name=called, longest=longest)
    unclean = worded("%(name)s contains a character that cannot be kept.", name=called)
    length = validate.Length(max=longest, error=too_long)
    clean = validate.ContainsNoneOf("\x00", error=unclean)
    checks: list[Callable[[Any], Any]] = [length, clean, *([judged(by)] if by else [])]
    if missing is None:
        return fields.String(load_default="", validate=checks)
    return fields.String(required=True, validate=checks, error_messages={"required": missing})
