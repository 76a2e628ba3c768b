"""What is said in another language, and what is still English there and is marked as English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from flask import Flask
from flask_babel import format_date, format_datetime, get_locale, get_translations
from markupsafe import Markup

from app.domain.wording import AsWritten, Wording, english_of

# Around English in a page of another language, until the whole page is there; no text of ours or of theirs has them.
_OPEN, _SHUT = "\ue000", "\ue001"
_NOTE_OPEN, _NOTE_SHUT = "\ue002", "\ue003"  # the sentence that says so, which goes where all is translated
_ALL: Final = re.compile(f"[{_OPEN}{_SHUT}{_NOTE_OPEN}{_NOTE_SHUT}]")
_NOTE: Final = re.compile(f"{_NOTE_OPEN}.*?{_NOTE_SHUT}", re.DOTALL)
# Where no element may stand: a tag's attributes, and what holds text alone.
_PLAIN: Final = re.compile(r"<(title|option|textarea|script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
_RAISED: Final = re.compile(r"\w")
_MAIN: Final = re.compile(r"<main\b.*</main>", re.DOTALL)
_ENGLISH: Final = str.maketrans(
    {_OPEN: '<span lang="en" dir="ltr">', _SHUT: "</span>", _NOTE_OPEN: "", _NOTE_SHUT: ""}
)


def set_up(app: Flask) -> None:
    """Let templates say `_("…")`, and say every Wording in the language of the page wherever one is put out."""
    app.jinja_env.finalize = (
        told  # macros of the design system trim and join, so what they get goes through the filter
    )
    app.jinja_env.filters.update(told=told, said=told_text, english=as_asked)
    app.jinja_env.globals["said_all"] = told_all
    app.jinja_env.globals.update(gettext=_in_page, ngettext=_counted_in_page, where_not_all_is_told=_note)


def say(english: str) -> str:
    """Return a text of ours in the language of the page; what has no translation is marked as English."""
    if is_english():
        return english
    said: str = get_translations().ugettext(english)
    return said if said != english else f"{_OPEN}{english}{_SHUT}"


def say_counted(one: str, several: str, count: int) -> str:
    """Return the text for a number of things, by the rules of the page's language."""
    if is_english():
        return one if count == 1 else several
    said: str = get_translations().ungettext(one, several, count)
    return said if said not in (one, several) else f"{_OPEN}{said}{_SHUT}"


def told(value: object) -> object:
    """Return a Wording in the language of the page, anything else as it is; templates pass through here whatever
    they put out."""
    if isinstance(value, AsWritten):
        return as_asked(value)
    if not isinstance(value, Wording) or is_english():
        return value
    if value.parts:
        said = value.separator.join(str(told(part)) for part in value.parts)
        return _RAISED.sub(lambda found: found.group().upper(), said, count=1) if value.is_raised else said
    said = say(value.pattern)
    return said % {name: _put_in(one) for name, one in value.values.items()} if value.values else said


def told_text(value: str) -> str:
    """Return a sentence of ours, whether it remembers its pattern or is a plain text of the catalogue."""
    if isinstance(value, Wording):
        return str(told(value))
    return say(value) if value else value


def as_asked(wording: str) -> str:
    """Return the words of a questionnaire, which are asked as whoever owns it wrote them: in English, and marked so."""
    return f"{_OPEN}{wording}{_SHUT}" if wording and not is_english() else wording


def told_all(words: Mapping[str, str]) -> dict[str, str]:
    """Return the same of words by code, such as a list of ours from a file."""
    return {code: told_text(english) for code, english in words.items()}


def is_english() -> bool:
    """Tell whether the page is in English, as is all that is no page."""
    locale = get_locale()
    return locale is None or locale.language == "en"


def day(value: date) -> str:
    """Return a date with the name of its month in the language of the page."""
    return english_of(value) if is_english() else str(format_date(value, "d MMMM y"))


def moment(value: datetime) -> str:
    """Return a London time in the language of the page."""
    return str(format_datetime(value, "d MMMM y, HH:mm", rebase=False))


def mark_english(html: str) -> str:
    """Return a page with its English parts marked as English, without the sentence that says so if there is none."""
    if not _ALL.search(html):
        return html
    main = _MAIN.search(html)
    if main is None or _OPEN not in _NOTE.sub("", main.group()):
        html = _NOTE.sub("", html)
    parts, at = [], 0
    for plain in _PLAIN.finditer(html):
        parts += [html[at : plain.start()].translate(_ENGLISH), _ALL.sub("", plain.group())]
        at = plain.end()
    return "".join((*parts, html[at:].translate(_ENGLISH)))


def _in_page(english: str, **values: object) -> Markup:
    """A template's text: it may hold elements, and what is put in is escaped."""
    return Markup(say(english)) % {name: _put_in(value) for name, value in values.items()}  # noqa: S704 - ours


def _counted_in_page(one: str, several: str, num: int, **values: object) -> Markup:
    put_in = {"num": num} | {name: _put_in(value) for name, value in values.items()}
    return Markup(say_counted(one, several, num)) % put_in  # noqa: S704 - ours


def _put_in(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return day(value)
    return told(value)


def _note(sentence: str) -> Markup:
    """Return a sentence that goes again where nothing of the page is left in English."""
    return Markup("{}{}{}").format(_NOTE_OPEN, sentence, _NOTE_SHUT)
