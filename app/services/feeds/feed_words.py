"""Reads single values of other people's directories: texts without markup, ages, days, areas, languages."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from app.domain.directory import FREE
from app.domain.eligibility import OLDEST
from app.domain.entries import LONGEST_NAME, LONGEST_TEXT
from app.domain.feed import Findings
from app.domain.identifiers import outward_of

_TAG = re.compile(r"<[^<>]{1,500}>")
_E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ONS = re.compile(r"\b([EWNS](?:0[0-9]|1[0-3])[0-9]{6})\b")
# The first three letters of ONS codes: https://geoportal.statistics.gov.uk, Register of Geographic Codes
_KINDS: Final = {
    "ward": ("E05", "W05", "S13", "N08"),
    "lsoa": ("E01", "W01", "S01"),
    "msoa": ("E02", "W02", "S02"),
    "lad": ("E06", "E07", "E08", "E09", "W06", "S12", "N09"),
}
_LANGUAGES: Final = {  # as feeds of version 1 name them; ISO 639
    "arabic": "ar", "bengali": "bn", "british sign language": "bfi", "bsl": "bfi", "english": "en",
    "farsi": "fa", "french": "fr", "gujarati": "gu", "hindi": "hi", "kurdish": "ku", "polish": "pl",
    "portuguese": "pt", "punjabi": "pa", "romanian": "ro", "somali": "so", "spanish": "es", "tamil": "ta",
    "turkish": "tr", "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi", "welsh": "cy", "yiddish": "yi",
}  # fmt: skip
_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def items(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list; whatever else stands in it is no part of what we read."""
    found = raw.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object, empty when there is none."""
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}


def text(raw: Mapping[str, Any], name: str) -> str:
    """Return a text on one or more lines without markup, empty when there is none."""
    told = raw.get(name)
    if isinstance(told, bool) or not isinstance(told, str | int | float):
        return ""
    plain = html.unescape(_TAG.sub(" ", str(told))).replace("\x00", "").encode("utf-8", "ignore").decode()
    return "\n".join(line for each in plain.splitlines() if (line := " ".join(each.split())))


def long_text(raw: Mapping[str, Any], name: str, found: Findings) -> str:
    """Return a text that fits where we keep it."""
    whole = text(raw, name)
    if len(whole) > LONGEST_TEXT:
        found.note(name, f"It is longer than {LONGEST_TEXT} characters: the rest is left out.")
    return whole[:LONGEST_TEXT]


def age(raw: Mapping[str, Any], name: str, found: Findings) -> int | None:
    """Return an age in years. One that cannot be read stops the row: somebody would be sent who may not come."""
    told = raw.get(name)
    if told in (None, "", "null"):
        return None
    try:
        years = -1 if isinstance(told, bool) else int(float(told))
    except (TypeError, ValueError, OverflowError):
        years = -1
    if years < 0:
        found.refuse(name, f"Give an age in whole years from 0 to {OLDEST}, or leave it out.")
        return None
    return None if years == 0 or years > OLDEST else years


def email(raw: Mapping[str, Any], name: str, found: Findings) -> str | None:
    """Return an e-mail address, None when it is none."""
    told = text(raw, name)
    if told and not _E_MAIL.fullmatch(told):
        found.note(name, "It is no e-mail address: left out.")
        return None
    return told or None


def website(raw: Mapping[str, Any], name: str, found: Findings) -> str | None:
    """Return the address of a website, None when it is none."""
    told = text(raw, name)
    if told and not re.fullmatch(r"https?://\S+", told):
        found.note(name, "It is no web address that begins with https://: left out.")
        return None
    return told or None


def phone(holder: Iterable[Mapping[str, Any]], where: str, found: Findings) -> str | None:
    """Return the first telephone number of a list of them."""
    for each in holder:
        number = text(each, "number")
        if 5 <= sum(letter.isdigit() for letter in number) <= 15:
            return number
        if number:
            found.note(where, "It is no telephone number with 5 to 15 digits: left out.")
    return None


def checked_on(raw: Mapping[str, Any], name: str, *, today: date, found: Findings) -> str | None:
    """Return when an entry was checked (ISO), None when that is not told or lies in the future."""
    told = text(raw, name)
    if not told:
        return None
    try:
        day = date.fromisoformat(told[:10])
    except ValueError:
        found.note(name, "It is no date such as 2026-03-15: left out.")
        return None
    if day > today:
        found.note(name, "It lies in the future: left out.")
        return None
    return day.isoformat()


def areas(raw: Mapping[str, Any], found: Findings) -> tuple[list[str], list[str]]:
    """Return area codes, and the words of areas that no machine can check."""
    codes, words = [], []
    for number, area in enumerate(items(raw, "service_areas")):
        told = " ".join(text(area, name) for name in ("uri", "extent", "service_area", "name"))
        read = [code for code in (_typed(each) for each in _ONS.findall(told)) if code]
        plain = text(area, "service_area") or text(area, "name")
        if not read and (district := _district(plain)):
            read = [district]
        if not read and plain:
            found.note(f"service_areas[{number}]", "The area has no code: it is kept in words only.")
            words.append(plain)
        codes += read
    return sorted(set(codes)), words


def _typed(code: str) -> str | None:
    return next((f"{kind}:{code}" for kind, begins in _KINDS.items() if code.startswith(begins)), None)


def _district(words: str) -> str | None:
    return outward_of(words) or outward_of(f"{words} 1AA")


def languages(raw: Mapping[str, Any], found: Findings) -> list[str]:
    """Return codes of languages; English where nothing is told that can be read."""
    codes = set()
    for number, language in enumerate(items(raw, "languages")):
        told = text(language, "code") or text(language, "name") or text(language, "language")
        code = language_code(told)
        if code:
            codes.add(code)
        elif told:
            found.note(f"languages[{number}]", "We do not know this language: give its code, such as tr.")
    return sorted(codes) or ["en"]


def language_code(told: str) -> str | None:
    """Return the code of a language that is told by its name in English or by its code, None when it is neither."""
    return _LANGUAGES.get(told.lower()) or (told if _LANGUAGE_CODE.fullmatch(told) else None)


def cost(raw: Mapping[str, Any], found: Findings) -> str:
    """Return what a service costs, in words; empty when it is not told."""
    options = items(raw, "cost_options")
    amounts = [each.get("amount") for each in options]
    if options and all(not isinstance(each, bool) and each in (0, "0", "0.0", "0.00") for each in amounts):
        return FREE
    words = text(raw, "fees") or "; ".join(each for each in (_option(one) for one in options) if each)
    if words.lower().rstrip(".") in ("free", "no charge", "none"):
        return FREE
    if len(words) > LONGEST_NAME:
        found.note("fees", f"It is longer than {LONGEST_NAME} characters: the rest is left out.")
    return words[:LONGEST_NAME]


def _option(option: Mapping[str, Any]) -> str:
    amount = text(option, "amount")
    parts = (text(option, "option"), f"£{amount}" if amount else "", text(option, "amount_description"))
    return " ".join(each for each in parts if each)
