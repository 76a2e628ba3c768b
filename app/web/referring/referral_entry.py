"""The questions that every page for a new referral asks, and the way from page to check and back, without a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

from marshmallow import ValidationError, fields, validate, validates_schema

from app.domain.errors import FieldProblem, Invalid
from app.domain.identifiers import number_wrong, outward_of
from app.domain.languages import LANGUAGE_WORDS
from app.domain.safe_contact import DANGER, SAFE_CONTACT
from app.domain.vocabulary import NEED_WORDS
from app.domain.ways_to_reach import EMAIL_SENTENCE, PHONE_SENTENCE, is_email, is_phone
from app.domain.wording import worded, worded_all
from app.services.incoming.web_referral import (
    LONGEST_WORDS,
    ONE_WAY,
    POSTCODE_SENTENCE,
    Asked,
)
from app.web.frame.forms import Form, FormSchema, choices, load, words
from app.web.frame.words import ACCESS_WORDS, GENDER_WORDS

CHECK, SEND, CHANGE = "check", "send", "change"
YES = worded_all({"yes": "Yes"})
LANGUAGES = {"": worded("English")} | {code: said for code, said in LANGUAGE_WORDS.items() if code != "en"}
GENDERS = {"": worded("Not asked")} | {code: GENDER_WORDS[code] for code in ("female", "male", "other")}
_DATE = ("born_day", "born_month", "born_year")
# The domain's names of what can be wrong, as fields of these pages.
FIELDS: Mapping[str, str] = {
    "person.family": "family",
    "person.birth_date": "born_day",
    "person.nhs_number": "nhs_number",
    "person.postcode": "postcode",
    "consent": "agrees",
    "use_case": "family",
}
# As the questions follow each other, on every page for a new referral.
_DOWN_THE_PAGE: Final = (
    "team", "who", "helper_name", "helper_relation", "helper_phone",
    "given", "family", *_DATE, "nhs_number", "number_is_checked", "gender",
    "phone", "email", "address", "postcode", "safe", "contact_times",
    "needs", "story", "why_now", "urgent", "safeguarding",
    "language", "interpreter", "access", "communication", "gp", "agreed_how", "shares", "agrees", "website",
)  # fmt: skip
_SHAPES: Final[tuple[tuple[str, Callable[[str], bool], str], ...]] = (
    ("phone", is_phone, PHONE_SENTENCE),
    ("helper_phone", is_phone, PHONE_SENTENCE),
    ("email", is_email, EMAIL_SENTENCE),
    ("postcode", lambda typed: outward_of(typed) is not None, POSTCODE_SENTENCE),
)


def tick(missing: str | None = None) -> fields.String:
    """Return a field for one box; `missing` makes it needed and says so."""
    if missing is None:
        return fields.String(load_default="", validate=validate.OneOf(["yes"]))
    return fields.String(
        required=True, validate=validate.OneOf(["yes"], error=missing), error_messages={"required": missing}
    )


def one_of(options: Mapping[str, str], wrong: str) -> fields.String:
    """Return a field of a list in which nothing may be chosen."""
    return fields.String(load_default="", validate=validate.OneOf(list(options), error=wrong))


class EntryForm(FormSchema):
    """Who it is about, how to reach them safely, what they would like help with."""

    given = words("First name", longest=100, missing="Enter the first name.")
    family = words("Last name", longest=100, missing="Enter the last name.")
    born_day = words("Day", longest=2)
    born_month = words("Month", longest=2)
    born_year = words("Year", longest=4)
    phone = words("Telephone number", longest=40)
    email = words("E-mail address", longest=200)
    address = words("Address", longest=400)
    postcode = words("Postcode", longest=10)
    safe = choices(SAFE_CONTACT, "Choose from the list.")
    contact_times = words("When", longest=200)
    language = one_of(LANGUAGES, "Choose a language from the list.")
    interpreter = tick()
    communication = words("Communication", longest=500)
    access = choices(ACCESS_WORDS, "Choose from the list.")
    needs = choices(NEED_WORDS, "Choose from the list.")
    story = words("What would help", longest=LONGEST_WORDS)

    @validates_schema(skip_on_field_errors=False)
    def _born(self, typed: dict[str, Any], **_: Any) -> None:
        if day_of(typed) is None and (any(typed.get(part) for part in _DATE) or not typed.get("nhs_number")):
            raise ValidationError("Enter a real date of birth, such as 27 3 1951.", "born_day")

    @validates_schema(skip_on_field_errors=False)
    def _can_be_right(self, typed: dict[str, Any], **_: Any) -> None:
        wrong = {
            name: sentence
            for name, is_right, sentence in _SHAPES
            if (said := typed.get(name)) and not is_right(said)
        }
        if number := number_wrong(typed.get("nhs_number", "")):
            wrong["nhs_number"] = number
        if wrong:
            raise ValidationError(wrong)

    @validates_schema(skip_on_field_errors=False)
    def _can_be_reached(self, typed: dict[str, Any], **_: Any) -> None:
        if not any(typed.get(way) for way in ("phone", "email", "address")):
            raise ValidationError(ONE_WAY, "phone")

    @validates_schema(skip_on_field_errors=False)
    def _asks_for_something(self, typed: dict[str, Any], **_: Any) -> None:
        if not typed.get("needs") and not typed.get("story"):
            raise ValidationError("Choose what would help, or write it in words.", "needs")


def day_of(typed: Mapping[str, Any]) -> date | None:
    """Return the date of birth that was typed, None for none and for what is no date."""
    try:
        day, month, year = (int(typed.get(part) or "") for part in _DATE)
        return date(year, month, day)
    except ValueError:
        return None


def asked_of(typed: Mapping[str, Any], **more: Any) -> Asked:
    """Return what was typed as the services take it; `more` are the answers that one page alone asks for."""
    return Asked(
        family=" ".join(typed["family"].split()),
        given=" ".join(typed["given"].split()),
        birth_date=day_of(typed),
        phone=typed["phone"],
        email=typed["email"],
        address=typed["address"],
        postcode=typed["postcode"],
        safe=tuple(typed["safe"]),
        contact_times=typed["contact_times"],
        language=typed["language"],
        interpreter=typed["interpreter"] == "yes",
        communication=typed["communication"],
        access=tuple(typed["access"]),
        needs=tuple(typed["needs"]),
        words=typed["story"],
        **more,
    )


def answers(form: Form) -> list[tuple[str, str]]:
    """Return everything that was typed, to be carried through the page on which it is checked."""
    left_out = ("csrf_token", "step")
    return [(name, said) for name, said in form.typed.items(multi=True) if name not in left_out and said]


def request_id(form: Form) -> UUID:
    """Return under which name this page is sent, however often; a new one for a page that has none."""
    try:
        return UUID(form.value("request_id"))
    except ValueError:
        return uuid4()


def read(schema: FormSchema, form: Form, **beside: FieldProblem | None) -> dict[str, Any]:
    """Return the values of a form; raises Invalid with its problems and those found `beside` it, down the page."""
    found = [problem for problem in beside.values() if problem is not None]
    try:
        typed = load(schema, form)
    except Invalid as fault:
        raise Invalid(down_the_page([*fault.problems, *found])) from None
    if found:
        raise Invalid(found)
    return typed


def down_the_page(problems: Sequence[FieldProblem]) -> list[FieldProblem]:
    """Return problems in the order in which their questions stand on the page."""
    place = {name: number for number, name in enumerate(_DOWN_THE_PAGE)}
    return sorted(problems, key=lambda each: place.get(FIELDS.get(each.field, each.field), len(place)))


def refused(form: Form, fault: Invalid) -> Form:
    """Return the form with what was found wrong beside its questions, in their order."""
    return form.refused(Invalid(down_the_page(fault.problems)), names=FIELDS)


def options(*, of_themselves: bool = False) -> dict[str, Any]:
    """Return the lists that the questions choose from; who asks `of_themselves` has nobody else to be rung first."""
    safe = {code: said for code, said in SAFE_CONTACT.items() if code != DANGER}
    return {
        "need_words": NEED_WORDS,
        "access_words": ACCESS_WORDS,
        "safe_words": safe if of_themselves else SAFE_CONTACT,
        "languages": LANGUAGES,
        "genders": GENDERS,
        "longest_words": LONGEST_WORDS,
        "yes": YES,
    }
