"""The words in which an entry of the directory is edited, and what is typed in them read back as codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Any

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from app.domain.areas import read_area
from app.domain.directory_words import (
    ASSURANCE_KIND_WORDS,
    LED_BY_WORDS,
    LEGAL_FORM_WORDS,
    SERVICE_KIND_WORDS,
    SIZE_WORDS,
    CareLevel,
    Repeats,
    VenueKind,
    Weekday,
)
from app.domain.eligibility import OPERATORS, About
from app.domain.entry_sections import Values
from app.domain.errors import Invalid
from app.domain.vocabulary import NEED_WORDS, ProviderKind
from app.services.feeds.feed_words import language_code
from app.web.frame.words import ACCESS_WORDS, LANGUAGE_WORDS

PAID_WORDS: dict[str, str] = {
    ProviderKind.GRASSROOTS: "Grassroots: nobody pays it for referrals",
    ProviderKind.COMMISSIONED: "Commissioned",
    ProviderKind.STATUTORY: "A public body",
}
GENDER_WORDS: dict[str, str] = {"female": "Women", "male": "Men", "other": "People of another gender"}
TAKES_WORDS: dict[str, str] = {
    CareLevel.VOLUNTEERS_ONLY: "Volunteers: nobody with a safeguarding concern is sent",
    CareLevel.TRAINED: "People trained in safeguarding",
    CareLevel.PROFESSIONAL: "Professional staff",
}
STATUS_WORDS: dict[str, str] = {
    "active": "Listed: it runs",
    "temporarily-closed": "Closed for a while",
    "inactive": "Ended: it is not listed any more",
}
DAY_WORDS: dict[str, str] = {each.value: each.value.capitalize() for each in Weekday}
REPEATS_WORDS: dict[str, str] = {Repeats.WEEKLY: "Every week", Repeats.MONTHLY: "Once a month"}
VENUE_WORDS: dict[str, str] = {
    VenueKind.PHYSICAL: "A place that one goes to",
    VenueKind.VIRTUAL: "On the telephone or online",
    VenueKind.POSTAL: "By post",
}
NOW_WORDS = {"open": "Yes, from today", "paused": "Not yet: the dial stands at paused"}
LED_BY_CHOICES: dict[str, str] = {
    each.value: f"{said[0].upper()}{said[1:]}" for each, said in LED_BY_WORDS.items()
}
ASSURANCE_CHOICES: dict[str, str] = {
    each.value: f"{said[0].upper()}{said[1:]}" for each, said in ASSURANCE_KIND_WORDS.items()
}
_ABOUT_WORDS: dict[About, str] = {
    About.AGE: "Age", About.GENDER: "Gender", About.RESIDENT_IN: "Lives in", About.REGISTERED_WITH: "Patient of",
    About.SPEAKS: "Speaks", About.HAS_NEED: "Wants help with", About.CARE_LEVEL: "Needs care of",
}  # fmt: skip
_OPERATOR_WORDS = {"at-least": "at least", "at-most": "at most", "any-of": "one of", "none-of": "none of"}
RULE_WORDS: dict[str, str] = {
    f"{about}:{operator}": f"{_ABOUT_WORDS[about]}: {_OPERATOR_WORDS[operator]}"
    for about, operators in OPERATORS.items()
    for operator in operators
}
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?")
NO_TIME = "Enter a time, for example 14:00 or 2pm."


def listed(text: str) -> list[str]:
    """Return what was written as a list, parted by commas, semicolons or lines."""
    return [each.strip() for each in re.split(r"[,;\n]", text) if each.strip()]


def read_languages(text: str) -> tuple[str, ...]:
    """Return the codes of languages told by name or code; raises ValidationError naming those that are neither."""
    codes = {each: _code(each) for each in listed(text)}
    for told, code in codes.items():
        if code is None:
            raise ValidationError(
                f"We do not know the language “{told}”: give its name in English, or its code."
            )
    return tuple(dict.fromkeys(code for code in codes.values() if code))


def read_areas(text: str) -> tuple[str, ...]:
    """Return the postcode areas and districts that were written."""
    try:
        return tuple(dict.fromkeys(read_area(each) for each in listed(text)))
    except Invalid as fault:
        raise ValidationError(fault.problems[0].sentence) from None


def read_time(text: str) -> time:
    """Return a time written as 14:00, 2pm or 2.30 pm."""
    found = _TIME.fullmatch(text.strip().lower())
    if found is None:
        raise ValidationError(NO_TIME)
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if not (1 <= hour <= 12 if half else found[2]):
        raise ValidationError(NO_TIME)
    try:
        return time(hour % 12 + (12 if half == "pm" else 0) if half else hour, minute)
    except ValueError:
        raise ValidationError(NO_TIME) from None


def rule_value(about: About, text: str) -> Any:
    """Return what was typed as a rule has it; what is none is left to the rule to refuse."""
    if about is About.AGE:
        return int(text) if re.fullmatch(r"[0-9]{1,3}", text) else text
    if about is About.CARE_LEVEL:
        return text.lower().replace(" ", "-")
    if about is About.SPEAKS:
        return [_code(each) or each for each in listed(text)]
    if about is About.HAS_NEED:
        said = {each.lower(): need for need, each in NEED_WORDS.items()}
        return [str(said.get(each.lower(), each)) for each in listed(text)]
    if about is About.GENDER:
        said_gender = {each.lower(): code for code, each in GENDER_WORDS.items()}
        return [said_gender.get(each.lower(), each.lower()) for each in listed(text)]
    return listed(text)


def language_names(codes: tuple[str, ...]) -> str:
    """Return languages as they are typed."""
    return ", ".join(LANGUAGE_WORDS.get(code, code) for code in codes)


def _code(told: str) -> str | None:
    """Return the code of a language that is told by its name or by its code, None when it is neither."""
    named = {name.lower(): code for code, name in LANGUAGE_WORDS.items()}
    return named.get(told.lower()) or language_code(told)


LABELS: dict[str, str] = {
    "name": "Name", "description": "Description", "cost": "Cost", "languages": "Languages", "access": "Access",
    "contact_name": "Ask for", "contact_phone": "Telephone", "contact_email": "E-mail", "needs": "Help with",
    "kind": "Kind of help", "areas": "Area", "min_age": "Lowest age", "max_age": "Highest age",
    "genders": "Gender", "for_whom": "Especially for", "eligibility": "Who may come, in words",
    "takes": "Who is there", "answer_days": "Days to answer", "status": "Does it run?", "phone": "Telephone",
    "email": "E-mail", "website": "Website", "provider_kind": "How it is paid for", "legal_form": "What it is",
    "charity_number": "Charity number", "led_by": "Run by and for", "size": "Size", "host_id": "Host",
}  # fmt: skip
_CHOICES: dict[str, Mapping[Any, str]] = {
    "access": ACCESS_WORDS, "needs": NEED_WORDS, "kind": SERVICE_KIND_WORDS, "genders": GENDER_WORDS,
    "for_whom": LED_BY_CHOICES, "takes": TAKES_WORDS, "status": STATUS_WORDS, "provider_kind": PAID_WORDS,
    "legal_form": LEGAL_FORM_WORDS, "led_by": LED_BY_CHOICES, "size": SIZE_WORDS,
}  # fmt: skip


def typed_of(values: Values) -> MultiDict[str, str]:
    """Return values as their form has them when it is opened."""
    typed: MultiDict[str, str] = MultiDict()
    for name, value in values.items():
        if name == "languages":
            typed[name] = language_names(value)
        elif name == "areas":
            typed[name] = ", ".join(value)
        elif isinstance(value, tuple):
            typed.setlist(name, [str(each) for each in value])
        else:
            typed[name] = "" if value is None else str(value)
    return typed


def in_words(name: str, typed: MultiDict[str, str], names: Mapping[str, str]) -> str:
    """Return a field as people read it; `names` are those of organisations, by their ids."""
    choices = names if name == "host_id" else _CHOICES.get(name, {})
    return ", ".join(choices.get(each, each) for each in typed.getlist(name) if each)
