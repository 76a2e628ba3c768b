"""The languages of the pages that residents and small groups see: chosen by a link, kept in a cookie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import Babel, get_locale

from app.services.by_link.safe_visits import ByLink
from app.web.frame import guard, translated

COOKIE: Final = "language"
ENGLISH: Final = "en"
CATALOGUES: Final = Path(__file__).resolve().parents[1] / "translations"
_YEAR: Final = 365 * 24 * 60 * 60
# The pages whose words are marked for translation whole; every other one is English inside its frame, and says so.
_MARKED: Final = frozenset(
    {
        "check_ins",
        "dials",
        "entry_checks",
        "my_about",
        "my_answers",
        "my_choices",
        "my_data",
        "my_door",
        "my_pages",
        "my_plan",
        "plain",
        "safe_links",
        "self_referral",
    }
)


@dataclass(frozen=True, slots=True)
class Language:
    """A language as its own speakers call it, and which way it runs."""

    code: str
    name: str
    direction: str = "ltr"


# Welsh and Arabic wait for a speaker's review: see the heads of their catalogues.
LANGUAGES: Final = MappingProxyType(
    {
        each.code: each
        for each in (
            Language(ENGLISH, "English"),
            Language("cy", "Cymraeg"),
            Language("ar", "العربية", "rtl"),
        )
    }
)


def set_up(app: Flask) -> None:
    """Let pages be shown in other languages, and remember the choice."""
    app.config.update(
        BABEL_DEFAULT_LOCALE=ENGLISH,
        BABEL_DEFAULT_TIMEZONE="Europe/London",
        BABEL_TRANSLATION_DIRECTORIES=str(CATALOGUES),
    )
    Babel(app, locale_selector=choose)
    translated.set_up(app)
    app.jinja_env.globals.update(language=chosen, page_languages=offered, language_address=address_in)
    app.jinja_env.globals["page_is_marked"] = is_marked
    app.after_request(_remember)


def choose() -> str:
    """Return the code of the language for this request: asked for in the address, kept from before, else English."""
    if not has_request_context() or not _is_for_everybody():
        return ENGLISH
    for told in (request.args.get("lang"), request.cookies.get(_cookie())):
        if told is not None and told in LANGUAGES:
            return told
    return ENGLISH


def chosen() -> Language:
    """Return the language of the page that is being made."""
    return LANGUAGES.get(str(get_locale()), LANGUAGES[ENGLISH])


def offered() -> list[Language]:
    """Return the languages that the page can be had in; none for pages of staff."""
    return list(LANGUAGES.values()) if has_request_context() and _is_for_everybody() else []


def address_in(language: Language) -> str:
    """Return where the same page is in another language; what was asked in the address stays."""
    asked = [(name, told) for name, told in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode([*asked, ('lang', language.code)])}"


def is_marked() -> bool:
    """Tell whether the words of this page are marked for translation, so that only what has none is English."""
    return (
        request.endpoint is None or (request.blueprint or "").rpartition(".")[2] in _MARKED or _is_by_link()
    )


def _is_for_everybody() -> bool:
    """Tell whether nobody has to sign in for the page, or a safe link is enough: staff work in English."""
    if request.endpoint is None:
        return g.get("signed_in") is None  # an address that nothing has
    view = current_app.view_functions.get(request.endpoint)
    return getattr(view, "_access", None) == guard.PUBLIC or _is_by_link()


def _is_by_link() -> bool:
    return isinstance(g.get("signed_in"), ByLink)  # the view's guard has looked by now


def _remember(response: Response) -> Response:
    asked = request.args.get("lang")
    if asked is not None and asked in LANGUAGES and _is_for_everybody():
        secure = _is_secure()
        response.set_cookie(_cookie(), asked, max_age=_YEAR, secure=secure, httponly=True, samesite="Lax")
    return response


def _cookie() -> str:
    return f"__Host-{COOKIE}" if _is_secure() else COOKIE


def _is_secure() -> bool:
    return guard.runtime().settings.cookies_are_secure
