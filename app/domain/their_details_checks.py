"""What stands in the way of putting right what is held of a person; only what was touched is looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from app.domain.errors import FieldProblem, Invalid
from app.domain.identifiers import NhsNumber, outward_of
from app.domain.intake import person_problems
from app.domain.languages import LANGUAGE_WORDS
from app.domain.referral import Organisation, PersonDetails
from app.domain.safe_contact import DANGER
from app.domain.their_details import FIELDS, WHO_TOLD, Texts, with_parts
from app.domain.ways_to_reach import EMAIL_SENTENCE, PHONE_SENTENCE, is_email, is_phone

MOST_PHONES: Final = 5
NUMBER_WRONG: Final = (
    "This NHS number cannot be right: its check digit is wrong. Look it up again, or leave it empty."
)
SOMEBODY_ELSES: Final = (
    "This NHS number is on the record of somebody else here. Make sure who is meant before you write it down."
)
_NOT_HERE: Final = "This NHS number cannot be used here: test people have numbers that nobody else has."
_OF_PERSON: Final = MappingProxyType({"person.family": "family", "person.birth_date": "birth_date"})


def problems_of(
    known: PersonDetails, before: Texts, after: Texts, parts: Collection[str], today: date
) -> list[FieldProblem]:
    """Return what is wrong with the parts that were touched, in the order of the page."""
    found = [problem for part in parts if part in _CHECKS for problem in _CHECKS[part](after)]
    if not any(problem.field == "birth_date" for problem in found):
        found += _person(with_parts(known, after, set(parts) - {"nhs-number"}), parts, today)
    was, now = (DANGER in texts.get("safe", "").split(",") for texts in (before, after))
    if was and not now and not after.get("why", "").strip():
        sentence = "Write why contact is safe again: the warning is taken away with this."
        found.append(FieldProblem("why", sentence, "required"))
    return in_order(found)


def in_order(problems: Collection[FieldProblem]) -> list[FieldProblem]:
    """Return problems in the order in which their fields stand on the page."""
    order = [*FIELDS, "told_by", "why"]
    return sorted(problems, key=lambda each: order.index(each.field) if each.field in order else len(order))


def about_it(told_by: str, parts: Collection[str]) -> list[FieldProblem]:
    """Return what is wrong about the change as such: that there is none, or that nobody said who told us."""
    if not parts:
        return [FieldProblem("given", "You have changed nothing yet. Change what is not right.", "required")]
    if told_by not in WHO_TOLD:
        return [FieldProblem("told_by", "Choose who told you.", "required")]
    return []


def number_problem(number: str, practice: Organisation) -> FieldProblem | None:
    """Return why a number cannot stand here, None when it can: test people and real ones have their own numbers."""
    try:
        read = NhsNumber(number)
    except Invalid:
        return FieldProblem("nhs_number", NUMBER_WRONG)
    fits = read.is_for_tests if practice.is_sandbox else not read.is_synthetic
    return None if fits else FieldProblem("nhs_number", _NOT_HERE)


def _person(details: PersonDetails, parts: Collection[str], today: date) -> list[FieldProblem]:
    told = [each for each in person_problems(details, False, today) if each.field in _OF_PERSON]
    touched = {"family": "name", "birth_date": "birth-date"}
    named = [FieldProblem(_OF_PERSON[each.field], each.sentence, each.code) for each in told]
    return [each for each in named if touched[each.field] in parts]


def _birth_date(texts: Texts) -> list[FieldProblem]:
    typed = texts.get("birth_date", "")
    try:
        date.fromisoformat(typed or "2000-01-01")
    except ValueError:
        return [FieldProblem("birth_date", "Enter a real date of birth, such as 27 3 1951.")]
    return []


def _phones(texts: Texts) -> list[FieldProblem]:
    lines = [line for line in texts.get("phones", "").splitlines() if line.strip()]
    if len(lines) > MOST_PHONES:
        return [FieldProblem("phones", f"Give {MOST_PHONES} telephone numbers at most.")]
    wrong = any(not is_phone(line) for line in lines)
    return [FieldProblem("phones", f"{PHONE_SENTENCE} Each on a line of its own.")] if wrong else []


def _email(texts: Texts) -> list[FieldProblem]:
    typed = texts.get("email", "").strip()
    return [FieldProblem("email", EMAIL_SENTENCE)] if typed and not is_email(typed) else []


def _address(texts: Texts) -> list[FieldProblem]:
    typed = texts.get("postcode", "").strip()
    sentence = "Enter a full postcode such as E8 1EA, or leave it out."
    return [FieldProblem("postcode", sentence)] if typed and outward_of(typed) is None else []


def _language(texts: Texts) -> list[FieldProblem]:
    typed = texts.get("language", "")
    known = not typed or typed in LANGUAGE_WORDS
    return [] if known else [FieldProblem("language", "Choose a language from the list.")]


_CHECKS: Final[Mapping[str, Callable[[Texts], list[FieldProblem]]]] = MappingProxyType(
    {
        "birth-date": _birth_date,
        "phone": _phones,
        "email": _email,
        "address": _address,
        "language": _language,
    }
)
