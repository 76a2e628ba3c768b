"""The form of the search for help: for the public directory and for a link worker alike; sent in the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import request
from marshmallow import fields, validate

from app.domain.directory_words import Weekday
from app.domain.finding import NearMiles, Search, TimeOfDay
from app.domain.vocabulary import NEED_WORDS, Access, Need
from app.web.frame.forms import Form, FormSchema, choices, load
from app.web.frame.forms import words as own_words
from app.web.frame.words import ACCESS_WORDS, LANGUAGE_WORDS

LONGEST_WORDS = 100  # characters
DAY_WORDS = {day: day.value.capitalize() for day in Weekday}
TIME_WORDS = {
    TimeOfDay.MORNING: "Morning",
    TimeOfDay.AFTERNOON: "Afternoon",
    TimeOfDay.EVENING: "Evening, from 5pm",
}
WITHIN_WORDS = {str(miles): f"{miles} mile{'' if miles == 1 else 's'}" for miles in NearMiles}
LANGUAGES = dict(sorted(LANGUAGE_WORDS.items(), key=lambda each: each[1]))
_CHOSEN = {"yes": ""}


def _one(options: Mapping[Any, str], wrong: str) -> fields.String:
    listed = ["", *(str(option) for option in options)]
    return fields.String(load_default="", validate=validate.OneOf(listed, error=wrong))


class FindForm(FormSchema):
    """What somebody looks for; all of it may be left empty."""

    q = own_words("What you look for", longest=LONGEST_WORDS)
    near = own_words("The postcode", longest=10)
    within = _one(WITHIN_WORDS, "Choose a distance from the list.")
    need = _one(NEED_WORDS, "Choose a need from the list.")
    days = choices(DAY_WORDS, "Choose days from the list.")
    times = choices(TIME_WORDS, "Choose times from the list.")
    language = _one(LANGUAGES, "Choose a language from the list.")
    access = choices(ACCESS_WORDS, "Choose from the list.")
    free = _one(_CHOSEN, "Tick the box, or leave it.")
    open_now = _one(_CHOSEN, "Tick the box, or leave it.")


def asked() -> Form:
    """Return what this request asks for."""
    return Form(request.args)


def read(form: Form) -> tuple[dict[str, Any], Search]:
    """Return the fields, and the search without words and place; raises Invalid with every problem."""
    typed = load(FindForm(), form)
    return typed, Search(
        need=Need(typed["need"]) if typed["need"] else None,
        within=int(typed["within"]) if typed["within"] else None,
        days=tuple(Weekday(day) for day in typed["days"]),
        times=tuple(TimeOfDay(each) for each in typed["times"]),
        language=typed["language"] or None,
        access=tuple(Access(each) for each in typed["access"]),
        free=bool(typed["free"]),
        open_now=bool(typed["open_now"]),
    )


def chosen(search: Search) -> int:
    """Return how many choices were made beside words and place: they are folded away, so that the list stands first."""
    single = (search.need, search.within, search.language, search.free, search.open_now)
    return sum(map(bool, single)) + len(search.days) + len(search.times) + len(search.access)


def rest_of_address() -> str:
    """Return what a link to another page of the same list carries on."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "page" and value]
    return f"&{urlencode(pairs)}" if pairs else ""
