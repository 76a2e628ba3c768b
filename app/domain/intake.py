"""What a referral must satisfy before it is taken, and whose identity can be trusted; every problem at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.errors import FieldProblem, Invalid
from app.domain.identifiers import NhsNumber
from app.domain.referral import Organisation, PersonDetails


class Identity(StrEnum):
    """How far a person's identity may be trusted; only `confirmed` is ever matched by number."""

    CONFIRMED = "confirmed"
    NO_NUMBER = "no-number"
    NUMBER_NOT_VERIFIED = "number-not-verified"
    NUMBER_WRONG = "number-wrong"


@dataclass(frozen=True, slots=True)
class Told:
    """What a message tells of a referral, in our own words, before anything is believed."""

    person: PersonDetails
    number_is_verified: bool
    deceased: bool
    status: str
    use_case: str
    consent_refused: bool
    reason_text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """A referral that may be taken; `warnings` are told to the sender and to a person here."""

    identity: Identity
    warnings: tuple[FieldProblem, ...] = ()


_OLDEST = 125  # years


def judge(told: Told, practice: Organisation, today: date) -> Judgement:
    """Return how the referral may be taken; raises Invalid with every problem that stands in its way."""
    problems = [
        *_request_problems(told, practice),
        *person_problems(told.person, told.deceased, today),
    ]
    identity, number_problem = _identity(told, practice)
    if number_problem and not (practice.is_sandbox and identity is Identity.NUMBER_WRONG):
        problems.append(number_problem)
    if problems:
        raise Invalid(problems)
    return Judgement(identity, (number_problem,) if number_problem else ())


def _request_problems(told: Told, practice: Organisation) -> list[FieldProblem]:
    problems = []
    if told.status != "active":
        sentence = (
            "A new referral must be active: send a cancelled one as an update, a mistaken one as a delete."
        )
        problems.append(FieldProblem("status", sentence, "business-rule"))
    if told.use_case not in practice.use_cases:
        allowed = ", ".join(practice.use_cases) or "none yet"
        sentence = (
            "This practice is not set up for the use case that ServiceRequest.category names; "
            f"set up: {allowed}. Send one of them, or ask the steward."
        )
        problems.append(FieldProblem("use_case", sentence, "not-supported"))
    if told.consent_refused:
        sentence = "The message says that the person does not agree to the referral: it was not taken."
        problems.append(FieldProblem("consent", sentence, "business-rule"))
    return problems


def person_problems(person: PersonDetails, deceased: bool, today: date) -> list[FieldProblem]:
    """Return what stands in the way whoever sends it."""
    problems = []
    if deceased:
        sentence = "The patient is recorded as having died: check the record before sending this again."
        problems.append(FieldProblem("person.deceased", sentence, "business-rule"))
    if person.birth_date and person.birth_date > today:
        problems.append(
            FieldProblem("person.birth_date", "The date of birth lies in the future: correct it.")
        )
    elif person.birth_date and today.year - person.birth_date.year > _OLDEST:
        sentence = "The date of birth is more than 125 years ago: correct it."
        problems.append(FieldProblem("person.birth_date", sentence))
    if not person.family:
        sentence = "Give the patient's family name: nobody can be called back without one."
        problems.append(FieldProblem("person.family", sentence, "required"))
    if not person.nhs_number and not person.birth_date:
        sentence = "Give an NHS number or a whole date of birth (YYYY-MM-DD): else the person is like others."
        problems.append(FieldProblem("person.birth_date", sentence, "required"))
    return problems


def _identity(told: Told, practice: Organisation) -> tuple[Identity, FieldProblem | None]:
    if not told.person.nhs_number:
        return Identity.NO_NUMBER, None
    try:
        number = NhsNumber(told.person.nhs_number)
    except Invalid as fault:
        return Identity.NUMBER_WRONG, fault.problems[0]
    if number.is_synthetic and not practice.is_sandbox:
        sentence = "This NHS number is of the range for test patients: a live practice cannot send it."
        return Identity.CONFIRMED, FieldProblem("person.nhs_number", sentence)
    if practice.is_sandbox and not number.is_for_tests:
        sentence = "This NHS number may be a real person's: a sandbox practice sends test patients only."
        return Identity.CONFIRMED, FieldProblem("person.nhs_number", sentence)
    return (Identity.CONFIRMED if told.number_is_verified else Identity.NUMBER_NOT_VERIFIED), None
