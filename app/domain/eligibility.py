"""Rules of who may come, as data: checked when they are entered, applied when services are matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from app.domain.areas import covers, read_area
from app.domain.directory_words import CARE_LEVEL_WORDS, CareLevel
from app.domain.errors import FieldProblem, Invalid
from app.domain.vocabulary import NEED_WORDS, Need

LONGEST_WORDS = 300  # characters
OLDEST = 120  # years
GENDERS = ("female", "male", "other")


class About(StrEnum):
    """What of a person a rule looks at."""

    AGE = "age"
    GENDER = "gender"
    RESIDENT_IN = "resident-in"  # area codes
    REGISTERED_WITH = "registered-with"  # practices, by ODS code
    SPEAKS = "speaks"  # languages, BCP 47
    HAS_NEED = "has-need"
    CARE_LEVEL = "care-level"  # who must be there: more than this level is too much for the service


class Operator(StrEnum):
    """How the person's value is compared with the rule's."""

    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    ANY_OF = "any-of"
    NONE_OF = "none-of"


_LISTS = (Operator.ANY_OF, Operator.NONE_OF)
OPERATORS: dict[About, tuple[Operator, ...]] = {
    About.AGE: (Operator.AT_LEAST, Operator.AT_MOST),
    About.GENDER: _LISTS,
    About.RESIDENT_IN: _LISTS,
    About.REGISTERED_WITH: _LISTS,
    About.SPEAKS: _LISTS,
    About.HAS_NEED: _LISTS,
    About.CARE_LEVEL: (Operator.AT_MOST,),
}


class Applicant(Protocol):
    """What rules look at of a person; `None` and empty mean that it is not known."""

    @property
    def age(self) -> int | None: ...
    @property
    def gender(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def needs(self) -> tuple[str, ...]: ...
    @property
    def place(self) -> frozenset[str]: ...
    @property
    def registered_with(self) -> str | None: ...
    @property
    def care(self) -> CareLevel: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition: `value` is an age, a level of care or a list of codes; `words` are the provider's own."""

    about: About
    operator: Operator
    value: int | str | tuple[str, ...]
    words: str = ""

    def holds(self, person: Applicant) -> bool | None:
        """Tell whether the person meets it, None when what it asks is not known."""
        match self.about:
            case About.AGE:
                return _compared(person.age, self.operator, self.value)
            case About.CARE_LEVEL:
                return CareLevel(str(self.value)).reaches(person.care)
            case About.RESIDENT_IN:
                inside = covers(self.codes, person.place) if person.place else None
            case About.HAS_NEED:
                inside = not set(self.codes).isdisjoint(person.needs) if person.needs else None
            case About.GENDER:
                inside = _among(person.gender, self.codes)
            case About.SPEAKS:
                inside = _among(person.language, self.codes)
            case About.REGISTERED_WITH:
                inside = _among(person.registered_with, self.codes)
        return inside if inside is None or self.operator is Operator.ANY_OF else not inside

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of a rule that compares with a list."""
        return self.value if isinstance(self.value, tuple) else ()

    @property
    def sentence(self) -> str:
        """The rule in words: the provider's own, or ours."""
        return self.words or _sentence(self)

    def as_data(self) -> dict[str, Any]:
        """The rule as it is stored and sent: JSON's own types."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {
            "about": self.about.value,
            "operator": self.operator.value,
            "value": value,
            "words": self.words,
        }


def read_rules(told: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Return rules from data; raises Invalid with every problem, its field such as "rules[2].value"."""
    problems: list[FieldProblem] = []
    found = []
    for number, one in enumerate(told):
        try:
            found.append(_read(one))
        except Invalid as fault:
            problems += [
                FieldProblem(f"rules[{number}].{p.field}", p.sentence, p.code) for p in fault.problems
            ]
    if problems:
        raise Invalid(problems)
    return tuple(found)


def _read(told: Mapping[str, Any]) -> Rule:
    problems = []
    about, operator, words = told.get("about"), told.get("operator"), told.get("words") or ""
    if about not in set(About):
        raise Invalid([FieldProblem("about", f"Choose from: {', '.join(About)}.", "code-invalid")])
    allowed = OPERATORS[About(about)]
    if operator not in allowed:
        problems.append(FieldProblem("operator", f"Choose from: {', '.join(allowed)}.", "code-invalid"))
    if not isinstance(words, str) or len(words) > LONGEST_WORDS:
        problems.append(FieldProblem("words", f"Write at most {LONGEST_WORDS} characters.", "value"))
    value = _value(About(about), told.get("value"))
    if value is None:
        problems.append(FieldProblem("value", _WANTED_VALUE[About(about)]))
    if problems or value is None:
        raise Invalid(problems)
    return Rule(About(about), Operator(str(operator)), value, str(words).strip())


_WANTED_VALUE: dict[About, str] = {
    About.AGE: f"Give an age as a whole number from 0 to {OLDEST}.",
    About.GENDER: f"Give a list of: {', '.join(GENDERS)}.",
    About.RESIDENT_IN: 'Give a list of areas, such as "E8" or "ward:E05009367".',
    About.REGISTERED_WITH: "Give a list of practices by their ODS codes.",
    About.SPEAKS: 'Give a list of languages by their codes, such as "tr".',
    About.HAS_NEED: f"Give a list of needs, of: {', '.join(Need)}.",
    About.CARE_LEVEL: f"Choose from: {', '.join(CareLevel)}.",
}


def _value(about: About, told: Any) -> int | str | tuple[str, ...] | None:
    if about is About.AGE:
        return told if type(told) is int and 0 <= told <= OLDEST else None
    if about is About.CARE_LEVEL:
        return told if isinstance(told, str) and told in set(CareLevel) else None
    if (
        not isinstance(told, list | tuple)
        or not told
        or not all(isinstance(each, str) and each for each in told)
    ):
        return None
    if about is About.RESIDENT_IN:
        try:
            return tuple(read_area(each) for each in told)
        except Invalid:
            return None
    known = {About.GENDER: GENDERS, About.HAS_NEED: tuple(Need)}.get(about)
    if known is not None and not set(told) <= set(known):
        return None
    return tuple(each.upper() if about is About.REGISTERED_WITH else each for each in told)


def _among(value: str | None, codes: tuple[str, ...]) -> bool | None:
    return None if value is None or value == "unknown" else value in codes


def _compared(age: int | None, operator: Operator, bound: int | str | tuple[str, ...]) -> bool | None:
    if age is None or not isinstance(bound, int):
        return None
    return age >= bound if operator is Operator.AT_LEAST else age <= bound


def _sentence(rule: Rule) -> str:
    listed = ", ".join(rule.codes)
    if rule.about is About.AGE:
        return f"For people aged {rule.value} and {'over' if rule.operator is Operator.AT_LEAST else 'under'}"
    if rule.about is About.CARE_LEVEL:
        return f"For people who do not need more than {CARE_LEVEL_WORDS[CareLevel(str(rule.value))]}"
    if rule.about is About.HAS_NEED:
        listed = ", ".join(NEED_WORDS[Need(code)].lower() for code in rule.codes)
    begins, not_ = _BEGINNINGS[rule.about], rule.operator is Operator.NONE_OF
    return f"{'Not for' if not_ else 'Only for'} {begins} {listed}"


_BEGINNINGS: dict[About, str] = {
    About.GENDER: "people who are",
    About.RESIDENT_IN: "people who live in",
    About.REGISTERED_WITH: "patients of",
    About.SPEAKS: "people who speak",
    About.HAS_NEED: "people who want help with",
}
