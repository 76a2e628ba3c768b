"""The forms in which an entry of the directory is edited: what is typed, and the values that come of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from app.domain.directory_words import LEGAL_FORM_WORDS, SERVICE_KIND_WORDS, SIZE_WORDS
from app.domain.eligibility import GENDERS, OLDEST, About
from app.domain.entries import LONGEST_ANSWER, LONGEST_NAME, LONGEST_TEXT, contact_problems
from app.domain.vocabulary import NEED_WORDS
from app.web.directories.entry_editing_words import (
    ASSURANCE_CHOICES,
    DAY_WORDS,
    LED_BY_CHOICES,
    NO_TIME,
    NOW_WORDS,
    PAID_WORDS,
    REPEATS_WORDS,
    RULE_WORDS,
    STATUS_WORDS,
    TAKES_WORDS,
    VENUE_WORDS,
    read_areas,
    read_languages,
    read_time,
    rule_value,
)
from app.web.frame.forms import FormSchema, choice, choices, number, words
from app.web.frame.words import ACCESS_WORDS

_NO_DAY = "Enter the day as numbers with all four of the year, for example 12 3 2026."
_EARLIEST = 1900
_PARTS = ("year", "month", "day")


class Read(fields.String):
    """Text that a function turns into the value, or refuses in a sentence."""

    def __init__(self, read: Any, **more: Any):
        super().__init__(**more)
        self.read = read

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        return self.read(super()._deserialize(value, attr, data, **more))


def _short(name: str) -> fields.String:
    return words(name, longest=LONGEST_NAME)


def _phone() -> fields.String:
    return words("The telephone number", longest=40, by=lambda typed: contact_problems(typed, None))


def _email() -> fields.String:
    return words("The e-mail address", longest=LONGEST_NAME, by=lambda typed: contact_problems(None, typed))


def _day_part() -> fields.Integer:
    return fields.Integer(load_default=None, error_messages={"invalid": _NO_DAY})


class SectionForm(FormSchema):
    """A section: its values are the domain's own; lists are tuples, an empty line is nothing."""

    nothing = ("contact_name", "contact_phone", "contact_email", "phone", "email", "website", "charity_number",
               "host_id", "provider_kind")  # fmt: skip

    @post_load
    def _values(self, typed: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {
            name: tuple(value)
            if isinstance(value, list)
            else (value or None)
            if name in self.nothing
            else value
            for name, value in typed.items()
        }


class AboutForm(SectionForm):
    """What a service is and how to reach it."""

    name = words("The name", longest=LONGEST_NAME, missing="Enter the service's name.")
    description = words("The description", longest=LONGEST_TEXT)
    cost = _short("The cost")
    languages = Read(read_languages, load_default=())
    access = choices(ACCESS_WORDS, "Choose from the list.")
    contact_name = _short("The name")
    contact_phone = _phone()
    contact_email = _email()


class WhoForm(SectionForm):
    """Whom a service is for."""

    needs = choices(NEED_WORDS, "Choose from the list.")
    kind = choice(SERVICE_KIND_WORDS, "Choose what kind of help it is.")
    areas = Read(read_areas, load_default=())
    min_age = number(0, OLDEST, "The lowest age")
    max_age = number(0, OLDEST, "The highest age")
    genders = choices({each: each for each in GENDERS}, "Choose from the list.")
    for_whom = choices(LED_BY_CHOICES, "Choose from the list.")
    eligibility = words("Who may come", longest=LONGEST_TEXT)


class ReferringForm(SectionForm):
    """How a service takes referrals."""

    takes = choice(TAKES_WORDS, "Choose who is there.")
    answer_days = fields.Integer(
        required=True,
        validate=validate.Range(1, LONGEST_ANSWER, error=f"Enter whole days from 1 to {LONGEST_ANSWER}."),
        error_messages=dict.fromkeys(
            ("required", "invalid"), f"Enter whole days from 1 to {LONGEST_ANSWER}."
        ),
    )
    status = choice(STATUS_WORDS, "Choose whether it runs.")


class NewServiceForm(SectionForm):
    """What nobody can be sent to a service without."""

    name = words("The name", longest=LONGEST_NAME, missing="Enter the service's name.")
    needs = choices(NEED_WORDS, "Choose from the list.")
    kind = choice(SERVICE_KIND_WORDS, "Choose what kind of help it is.")
    takes = choice(TAKES_WORDS, "Choose who is there.")
    now = choice(NOW_WORDS, "Say whether they take people now.")


class ContactForm(SectionForm):
    """What a provider says of itself and how to reach it."""

    description = words("The description", longest=LONGEST_TEXT)
    phone = _phone()
    email = _email()
    website = _short("The website")


class StandingForm(SectionForm):
    """What a provider is."""

    name = words("The name", longest=LONGEST_NAME, missing="Enter the organisation's name.")
    provider_kind = choice(PAID_WORDS, "Choose how it is paid for.")
    legal_form = choice(LEGAL_FORM_WORDS, "Choose what it is.")
    charity_number = words("The charity number", longest=40)
    led_by = choices(LED_BY_CHOICES, "Choose from the list.")
    size = choice(SIZE_WORDS, "Choose how big it is.")
    host_id = fields.UUID(load_default=None, error_messages={"invalid_uuid": "Choose an organisation."})


class SessionForm(FormSchema):
    """When and where a service meets."""

    weekday = choice(DAY_WORDS, "Choose a day.")
    starts = Read(read_time, required=True, error_messages={"required": NO_TIME})
    ends = Read(read_time, required=True, error_messages={"required": NO_TIME})
    repeats = choice(REPEATS_WORDS, "Choose how often.")
    venue = fields.UUID(load_default=None, error_messages={"invalid_uuid": "Choose a venue from the list."})
    note = _short("The note")


class VenueForm(FormSchema):
    """Where sessions happen."""

    name = words("The name", longest=LONGEST_NAME, missing="Enter the venue's name.")
    kind = choice(VENUE_WORDS, "Choose what it is.")
    address = words("The address", longest=600)
    postcode = words("The postcode", longest=10)
    access = choices(ACCESS_WORDS, "Choose from the list.")
    host_id = fields.UUID(load_default=None, error_messages={"invalid_uuid": "Choose an organisation."})


class RuleForm(FormSchema):
    """A rule of who may come; the value in the words of its kind."""

    rule = choice(RULE_WORDS, "Choose what the rule looks at.")
    value = words("The value", longest=LONGEST_TEXT, missing="Enter the value.")
    sentence = words("The sentence", longest=LONGEST_NAME)

    @post_load
    def _rule(self, typed: dict[str, Any], **_: Any) -> dict[str, Any]:
        about, _, operator = typed["rule"].partition(":")
        return {"told": {"about": about, "operator": operator, "words": typed["sentence"],
                         "value": rule_value(About(about), typed["value"])}}  # fmt: skip


class AssuranceForm(FormSchema):
    """What an organisation has shown, from when to when, and when it was seen."""

    kind = choice(ASSURANCE_CHOICES, "Choose what they have shown.")
    since_day, since_month, since_year = _day_part(), _day_part(), _day_part()
    until_day, until_month, until_year = _day_part(), _day_part(), _day_part()
    seen_on_day, seen_on_month, seen_on_year = _day_part(), _day_part(), _day_part()

    @post_load
    def _days(self, typed: dict[str, Any], **_: Any) -> dict[str, Any]:
        days, wrong = {}, {}
        for name in ("since", "until", "seen_on"):
            try:
                days[name] = _day(typed, name)
            except ValueError:
                wrong[f"{name}_day"] = [_NO_DAY]
        if "since" in days and days["since"] is None:
            wrong["since_day"] = [_NO_DAY]
        if wrong:
            raise ValidationError(wrong)
        return {"kind": typed["kind"], **days}


def _day(typed: dict[str, Any], name: str) -> date | None:
    parts = [typed[f"{name}_{part}"] for part in _PARTS]
    if all(part is None for part in parts):
        return None
    if parts[0] is not None and parts[0] < _EARLIEST:  # 26 is not the year 26
        raise ValueError
    try:
        return date(*parts)
    except (TypeError, OverflowError):
        raise ValueError from None
