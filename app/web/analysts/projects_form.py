"""The form of a project's papers: what was typed becomes what is asked for, and back, with people row by row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from werkzeug.datastructures import MultiDict

from app.domain.errors import Invalid
from app.domain.project_papers import MOST_PEOPLE, Asked, AskedPerson
from app.web.frame.forms import Form

Typed = MultiDict[str, str]
_DAY: Final = ("day", "month", "year")
_PERSON: Final = ("username", "organisation")
_TRAINED: Final = ("trained_on", "trained_until")
_WORDS: Final = ("title", "purpose", "public_benefit", "will_not_do", "setting", "outputs")


def read_asked(typed: Typed) -> Asked:
    """Return what was typed; a day that is none is None, and a row of people left empty counts for nothing."""
    return Asked(
        **{name: _text(typed, name) for name in (*_WORDS, "lawful_basis")},
        people=tuple(_person(typed, row) for row in _filled_rows(typed)),
        tiers=tuple(typed.getlist("tiers")),
        fields=tuple(typed.getlist("fields")),
        expires_on=read_day(typed, "expires_on"),
    )


def read_day(typed: Typed, name: str) -> date | None:
    """Return the day of three inputs, None when they make none."""
    parts = [typed.get(f"{name}_{part}", "").strip() for part in reversed(_DAY)]
    if not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        return None
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


def typed_of(asked: Asked) -> Typed:
    """Return papers as the form holds them."""
    typed: Typed = MultiDict({name: getattr(asked, name) for name in (*_WORDS, "lawful_basis")})
    typed.setlist("tiers", list(asked.tiers))
    typed.setlist("fields", list(asked.fields))
    typed["rows"] = str(max(1, len(asked.people)))
    _type_day(typed, "expires_on", asked.expires_on)
    for row, person in enumerate(asked.people):
        typed[f"person_{row}_username"] = person.username
        typed[f"person_{row}_organisation"] = person.organisation
        for name in _TRAINED:
            _type_day(typed, f"person_{row}_{name}", getattr(person, name))
    return typed


def blank(username: str) -> Typed:
    """Return a form in which nobody but the one who asks is named."""
    return MultiDict({"person_0_username": username, "rows": "1"})


def row_count(typed: Typed) -> int:
    """Return how many rows of people the form shows."""
    told = typed.get("rows", "1")
    wanted = int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 1
    return min(MOST_PEOPLE, max(1, wanted))


def with_another_row(typed: Typed) -> Typed:
    """Return what was typed, with one more row of people."""
    more: Typed = MultiDict(typed)
    more["rows"] = str(min(MOST_PEOPLE, row_count(typed) + 1))
    return more


def refused(form: Form, fault: Invalid) -> Form:
    """Return the form with each problem beside the input it is about."""
    return form.refused(fault, names=_inputs(form.typed))


def _inputs(typed: Typed) -> Mapping[str, str]:
    names = {"expires_on": "expires_on_day"}
    for number, row in enumerate(_filled_rows(typed) or [0]):
        names |= {f"person_{number}_{name}": f"person_{row}_{name}" for name in _PERSON}
        names |= {f"person_{number}_{name}": f"person_{row}_{name}_day" for name in _TRAINED}
    return names


def _filled_rows(typed: Typed) -> list[int]:
    inputs = (*_PERSON, *(f"{name}_{part}" for name in _TRAINED for part in _DAY))
    return [
        row
        for row in range(row_count(typed))
        if any(typed.get(f"person_{row}_{name}", "").strip() for name in inputs)
    ]


def _person(typed: Typed, row: int) -> AskedPerson:
    name = f"person_{row}"
    username, organisation = (_text(typed, f"{name}_{each}") for each in _PERSON)
    trained_on, trained_until = (read_day(typed, f"{name}_{each}") for each in _TRAINED)
    return AskedPerson(username, organisation, trained_on, trained_until)


def _text(typed: Typed, name: str) -> str:
    return typed.get(name, "").replace("\r\n", "\n").strip()  # people count a line's end once


def _type_day(typed: Typed, name: str, day: date | None) -> None:
    if day is not None:
        for part in _DAY:
            typed[f"{name}_{part}"] = str(getattr(day, part))
