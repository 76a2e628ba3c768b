"""What stands in a part of somebody's details, in words for the team that reads its history."""

from __future__ import annotations

from datetime import date
from typing import Final

from app.domain.errors import Invalid
from app.domain.identifiers import NhsNumber
from app.domain.languages import LANGUAGE_WORDS
from app.domain.safe_contact import SAFE_CONTACT
from app.domain.their_details import PARTS, Texts
from app.web.frame.words import day

PART_TITLES: Final = {
    "name": "Name",
    "birth-date": "Date of birth",
    "nhs-number": "NHS number",
    "phone": "Telephone",
    "email": "E-mail",
    "address": "Address",
    "language": "Language",
    "contact": "What makes contact safe",
}


def read_aloud(texts: Texts, part: str) -> str:
    """Return a part in words, on one line; "nothing" where nothing stood, "kept secret" where it is not shown."""
    if not set(PARTS[part]) & texts.keys():
        return "kept secret"
    told = [_told(name, texts.get(name, "")) for name in PARTS[part]]
    return (" " if part == "name" else ", ").join(filter(None, told)) or "nothing"


def _told(name: str, text: str) -> str:
    if not text:
        return ""
    if name == "birth_date":
        return day(date.fromisoformat(text))
    if name == "nhs_number":
        return _spaced(text)
    if name == "language":
        return str(LANGUAGE_WORDS.get(text.lower().split("-")[0], text))
    if name == "safe":
        return "; ".join(str(SAFE_CONTACT[code]) for code in text.split(",") if code in SAFE_CONTACT)
    labels = {"contact_times": "when: ", "must_not_hear": "must not hear of it: "}
    return labels.get(name, "") + text.replace("\n", ", ")


def _spaced(number: str) -> str:
    try:
        return NhsNumber(number).spaced()
    except Invalid:
        return number
