"""What is asked of a project's papers before they are sent: every problem at once, each with how to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from app.domain.errors import FieldProblem
from app.domain.projects import DataAgreement, LawfulBasis, Tier

LONGEST_TITLE = 120  # characters
LONGEST_WORDS = 3000
LONGEST_NAME = 120
MOST_PEOPLE = 20
LONGEST_DAYS = 3 * 365  # a project is asked for anew after three years

# The columns of a release that can be agreed on, in plain words. A row's own id comes with every row.
COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "referred": "When the referral came",
        "area": "Where the person lives",
        "deprivation": "Deprivation of the small area",
        "practice": "The general practice, or its network",
        "source": "The kind of organisation that asked",
        "age": "Age, or a band of ages",
        "ethnicity": "Ethnic category, or its group",
        "gender": "Gender",
        "need": "The main need",
        "outcome": "What came of the referral",
        "weeks_to_start": "Weeks until help began",
        "provider_kind": "The kind of organisation that helped",
        "end": "How the referral ended",
        "end_reason": "Why it ended early",
        "declines": "How often a provider said no",
        "unanswered": "How often a provider did not answer",
        "decline_reason": "Why a provider said no",
        "contacts": "Contacts with the service",
        "life_satisfaction_change": "Change in life satisfaction",
        "worthwhile_change": "Change in how worthwhile life feels",
        "happy_change": "Change in happiness",
        "anxious_change": "Change in anxiety",
        "loneliness_change": "Change in loneliness",
        "goal_change": "Change in the person's own goal",
        "first_referred": "Journeys: when the first referral came",
        "age_band": "Journeys: band of ages at the first referral",
        "ethnic_group": "Journeys: group of the ethnic category",
        "referrals": "Journeys: how many referrals",
        "first_outcome": "Journeys: what came of the first referral",
        "last_outcome": "Journeys: what came of the last referral",
    }
)
_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "purpose": "Write what the project is for, in plain words.",
        "public_benefit": "Write who is better off for it.",
        "will_not_do": "Write what the project will not do with the data.",
        "setting": "Write where the data will be worked on.",
        "outputs": "Write how what comes out is checked before anybody else sees it.",
    }
)
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")
_ENTER_DAY: Final = "Enter the day as numbers, for example 12 3 2026."


@dataclass(frozen=True, slots=True)
class AskedPerson:
    """Somebody as the form names them: by their user name."""

    username: str
    organisation: str
    trained_on: date | None
    trained_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The papers as somebody types them, in the order of the form."""

    title: str
    purpose: str
    public_benefit: str
    lawful_basis: str
    will_not_do: str
    expires_on: date | None
    people: tuple[AskedPerson, ...]
    setting: str
    tiers: tuple[str, ...]
    fields: tuple[str, ...]
    outputs: str


_ORDER: Final = tuple(each.name for each in fields(Asked))


def asked_problems(asked: Asked, today: date) -> list[FieldProblem]:
    """Return everything that is wrong with the papers, except whether the people's accounts exist."""
    problems = [*_words_problems(asked), *_data_problems(asked), *_last_day_problems(asked.expires_on, today)]
    if not 0 < len(asked.people) <= MOST_PEOPLE:
        sentence = f"Name the people who will work with the data: at least one, {MOST_PEOPLE} at the most."
        problems.append(FieldProblem("person_0_username", sentence, "required"))
    names = [person.username.strip().casefold() for person in asked.people]
    for number, person in enumerate(asked.people):
        problems += _person_problems(f"person_{number}", person, today)
        if names[number] and names[number] in names[:number]:
            problems.append(FieldProblem(f"person_{number}_username", "This person is named already."))
    return problems


def in_order(problems: Iterable[FieldProblem]) -> list[FieldProblem]:
    """Return problems as the form has its inputs, so that they can be mended from its top to its end."""
    return sorted(problems, key=_place_in_form)


def agreement_problems(told: DataAgreement, today: date) -> list[FieldProblem]:
    """Return everything that is wrong with how a signed agreement is written down."""
    problems = []
    for name, sentence in (
        ("reference", "Write the agreement's reference."),
        ("version", "Write which version was signed."),
        ("signed_by", "Write who signed it for the analysts' organisation."),
    ):
        problems += _short_problems(name, getattr(told, name), sentence)
    if told.signed_on > today:
        problems.append(FieldProblem("signed_on", "The day of the signature cannot lie in the future."))
    if not _SHA256.match(told.sha256):
        sentence = "Choose the signed document, or give its SHA-256 sum: 64 of the characters 0-9 and a-f."
        problems.append(FieldProblem("sha256", sentence))
    return problems


def reason_problems(reason: str) -> list[FieldProblem]:
    """Return what is wrong with a reason that somebody gives."""
    return _long_problems("reason", reason, "Write the reason: the people of the project read it.")


def token_problems(name: str, last_day: date, *, project_ends: date, today: date) -> list[FieldProblem]:
    """Return what is wrong with a token that is asked for."""
    problems = _short_problems("name", name, "Write what the token is for, for example: my notebook.")
    if not today <= last_day <= project_ends:
        sentence = f"Choose a last day from today to the project's own, {project_ends:%-d %B %Y}."
        problems.append(FieldProblem("expires_on", sentence))
    return problems


def _place_in_form(problem: FieldProblem) -> tuple[int, int]:
    of_person = problem.field.startswith("person_")
    row = int(problem.field.split("_")[1]) if of_person else 0
    return _ORDER.index("people" if of_person else problem.field), row


def _words_problems(asked: Asked) -> list[FieldProblem]:
    problems = []
    if not 0 < len(asked.title.strip()) <= LONGEST_TITLE or "\x00" in asked.title:
        sentence = f"Give the project a title, in {LONGEST_TITLE} characters or fewer."
        problems.append(FieldProblem("title", sentence, "required"))
    for name in (each.name for each in fields(Asked) if each.name in _WORDS):
        problems += _long_problems(name, getattr(asked, name), _WORDS[name])
    if asked.lawful_basis not in set(LawfulBasis):
        problems.append(FieldProblem("lawful_basis", "Choose the lawful basis.", "required"))
    return problems


def _data_problems(asked: Asked) -> list[FieldProblem]:
    problems = []
    if not asked.tiers or not set(asked.tiers) <= set(Tier):
        problems.append(FieldProblem("tiers", "Choose what the project needs.", "required"))
    tables_alone = set(asked.tiers) == {Tier.TABLES}  # which come whole, as everybody gets them
    if not (asked.fields or tables_alone) or not set(asked.fields) <= set(COLUMNS):
        problems.append(FieldProblem("fields", "Choose the columns that the purpose needs.", "required"))
    return problems


def _last_day_problems(last_day: date | None, today: date) -> list[FieldProblem]:
    if last_day is None:
        return [FieldProblem("expires_on", _ENTER_DAY, "required")]
    if not today <= last_day <= today + timedelta(days=LONGEST_DAYS):
        return [FieldProblem("expires_on", "Choose a last day from today to three years from now.")]
    return []


def _person_problems(name: str, person: AskedPerson, today: date) -> list[FieldProblem]:
    problems = []
    if not person.username.strip():
        problems.append(FieldProblem(f"{name}_username", "Write the user name to sign in with.", "required"))
    sentence = "Write the organisation that this person works for."
    problems += _short_problems(f"{name}_organisation", person.organisation, sentence)
    begun, until = person.trained_on, person.trained_until
    if begun is None:
        problems.append(FieldProblem(f"{name}_trained_on", _ENTER_DAY, "required"))
    elif begun > today:
        problems.append(
            FieldProblem(f"{name}_trained_on", "The training must be done before data is asked for.")
        )
    if until is None:
        problems.append(FieldProblem(f"{name}_trained_until", _ENTER_DAY, "required"))
    elif until < today or (begun is not None and until < begun):
        sentence = "The training is not in date. Do it again, then enter its new last day."
        problems.append(FieldProblem(f"{name}_trained_until", sentence))
    return problems


def _short_problems(name: str, words: str, sentence: str) -> list[FieldProblem]:
    if 0 < len(words.strip()) <= LONGEST_NAME and "\x00" not in words:
        return []
    return [FieldProblem(name, f"{sentence} At most {LONGEST_NAME} characters.", "required")]


def _long_problems(name: str, words: str, sentence: str) -> list[FieldProblem]:
    if 0 < len(words.strip()) <= LONGEST_WORDS and "\x00" not in words:
        return []
    return [FieldProblem(name, f"{sentence} At most {LONGEST_WORDS} characters.", "required")]
