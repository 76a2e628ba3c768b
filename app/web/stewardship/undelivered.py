"""The steward's page of everything that could not be carried: why, since when; tried again, or set aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import DomainError, Invalid, NotFound
from app.domain.undelivered import MAIL, Aside, Kind, reasons_of
from app.domain.vocabulary import Role
from app.services.feedback import undelivered
from app.store.undelivered import Undelivered
from app.web.frame import words
from app.web.frame.forms import Form, FormSchema, choice, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.overtaken import sentence_of
from app.web.frame.page import page_number, render

pages = Blueprint("undelivered", __name__)
PAGE: Final = "/undelivered"


class Named(NamedTuple):
    """One of a kind and many of it, as they stand within a sentence."""

    one: str
    many: str


KIND_WORDS: Final[Mapping[Kind, Named]] = {
    Kind.NEWS: Named("message to whoever referred", "messages to whoever referred"),
    Kind.EMAIL: Named("e-mail", "e-mails"),
    Kind.TEXT: Named("text message", "text messages"),
    Kind.LETTER: Named("letter", "letters"),
    Kind.HOOK: Named("system that does not answer", "systems that do not answer"),
    Kind.WAITING: Named("message that came in and waits", "messages that came in and wait"),
}
ASIDE_WORDS: Final[Mapping[Aside, str]] = {
    Aside.TOLD_OTHERWISE: "They were told another way",
    Aside.OUT_OF_DATE: "It is out of date: nobody needs it any more",
    Aside.ADDRESS_MENDED: "The address was wrong, and what comes next will use the right one",
    Aside.NOT_FOR_US: "It was not meant for us, and its sender knows",
    Aside.TEST: "It was a test",
}
_MAIL_WHY: Final[Mapping[str, str]] = {
    "mail-not-configured": "Nothing is set up here that could carry it",
    "permanent-failure": "It left, and there is no such address or number",
    "temporary-failure": "It left, and could not be delivered",
    "technical-failure": "It left, and failed on the way",
    "validation-failed": "The printer refused it: look at the address",
    "virus-scan-failed": "The printer refused it",
    "cancelled": "It was cancelled at the carrier",
    "broken-header": "Its address or subject cannot be used",
}


class SettingAside(FormSchema):
    """Why it is let rest."""

    reason = choice(ASIDE_WORDS, "Choose why you set it aside")


@pages.get(PAGE)
@requires(Role.STEWARD)
def show() -> Response:
    """Show what could not be carried, of one kind or all; or what was set aside."""
    return _list(_wanted(), aside=request.args.get("aside") == "yes")


@pages.post(f"{PAGE}/<channel>/<uuid:dead_id>/send-again")
@requires(Role.STEWARD)
def send_again(channel: str, dead_id: UUID) -> AnyResponse:
    """Try one again."""
    kind = _kind(channel)
    try:
        undelivered.send_again(database(), actor(), kind, dead_id)
    except DomainError as fault:
        return _refused(kind, fault)
    flash("It was taken in." if kind is Kind.WAITING else "It is on its way again.")
    return _back(kind)


@pages.get(f"{PAGE}/<channel>/send-again")
@requires(Role.STEWARD)
def ask_all(channel: str) -> Response:
    """Ask whether everything of a kind is to be tried again."""
    kind = _kind(channel)
    number = undelivered.list_to_send(database(), actor(), kind)
    most = undelivered.MOST_AT_ONCE
    return render("undelivered/all.html", kind=kind, name=KIND_WORDS[kind], number=number, most=most)


@pages.post(f"{PAGE}/<channel>/send-again")
@requires(Role.STEWARD)
def send_all_again(channel: str) -> AnyResponse:
    """Try everything of a kind again."""
    kind = _kind(channel)
    told = undelivered.send_all_again(database(), actor(), kind)
    flash(_told(kind, told))
    return _back(kind)


@pages.get(f"{PAGE}/<channel>/<uuid:dead_id>/set-aside")
@requires(Role.STEWARD)
def ask_aside(channel: str, dead_id: UUID) -> Response:
    """Ask why one is set aside."""
    return _aside_form(_kind(channel), dead_id, Form())


@pages.post(f"{PAGE}/<channel>/<uuid:dead_id>/set-aside")
@requires(Role.STEWARD)
def rest(channel: str, dead_id: UUID) -> AnyResponse:
    """Set one aside."""
    kind, form = _kind(channel), Form(request.form)
    try:
        told = load(SettingAside(), form)
        undelivered.rest(database(), actor(), kind, dead_id, Aside(told["reason"]))
    except Invalid as fault:
        return _aside_form(kind, dead_id, form.refused(fault))
    flash("It is set aside. You find it under “Set aside” and can bring it back.")
    return _back(kind)


@pages.post(f"{PAGE}/<channel>/<uuid:dead_id>/bring-back")
@requires(Role.STEWARD)
def bring_back(channel: str, dead_id: UUID) -> AnyResponse:
    """Take one up again."""
    kind = _kind(channel)
    undelivered.bring_back(database(), actor(), kind, dead_id)
    flash("It is back in the list.")
    return _back(kind)


def why(line: Undelivered) -> str:
    """Return in words why something did not get there."""
    code = line.why or ""
    if line.kind is Kind.NEWS:
        return words.failure(line.why)
    if line.kind is Kind.WAITING:
        return words.PARKED_WORDS.get(code, "Another reason")
    if line.kind is Kind.HOOK:
        return code  # a sentence, as its owner reads it
    if code in _MAIL_WHY:
        return _MAIL_WHY[code]
    if code.startswith(("smtp-5", "notify-4")):
        return "The address was refused"
    return "The carrier could not be reached"


def what(line: Undelivered) -> str:
    """Return in words what it is: its subject, or what the news tells."""
    if line.kind is Kind.NEWS:
        return words.NEWS_WORDS[line.what]
    if line.kind is Kind.HOOK:
        return f"Steps of “{line.what}”"
    return "A message that came in" if line.kind is Kind.WAITING else line.what


def _list(kind: Kind | None, *, aside: bool = False, form: Form | None = None, status: int = 200) -> Response:
    found = undelivered.list_page(database(), actor(), kind=kind, aside=aside, page=page_number())
    asked = {"kind": kind or "", "aside": "yes" if aside else ""}
    return render(
        "undelivered/list.html",
        status=status,
        form=form or Form(),
        found=found,
        kind=kind,
        aside=aside,
        counts=undelivered.count_by_kind(database(), actor()),
        kinds=KIND_WORDS,
        mail=MAIL,
        reasons=ASIDE_WORDS,
        why=why,
        what=what,
        extra="".join(f"&{urlencode({name: value})}" for name, value in asked.items() if value),
    )


def _aside_form(kind: Kind, dead_id: UUID, form: Form) -> Response:
    line = undelivered.get(database(), actor(), kind, dead_id)
    told: dict[str, Any] = {
        "line": line,
        "name": KIND_WORDS[kind],
        "reasons": {each: ASIDE_WORDS[each] for each in reasons_of(kind)},
        "why": why,
        "what": what,
    }
    return render("undelivered/set_aside.html", form=form, **told)


def _refused(kind: Kind, fault: DomainError) -> Response:
    """Show the list as it stands now, with the reason at its top."""
    return _list(kind, form=Form(problems={"maincontent": sentence_of(fault)}), status=fault.status)


def _told(kind: Kind, told: undelivered.TriedAgain) -> str:
    if not told.going and not told.refused:
        return "Nothing was left to try again."
    done = "taken in" if kind is Kind.WAITING else "on the way again"
    sentence = f"{told.going} {KIND_WORDS[kind][told.going != 1]}: {done}."
    if told.refused:
        sentence += f" {told.refused} could not be tried: {' '.join(told.why)}"
    return sentence


def _wanted() -> Kind | None:
    asked = request.args.get("kind", "")
    return Kind(asked) if asked in set(Kind) else None


def _kind(channel: str) -> Kind:
    if channel not in set(Kind):
        raise NotFound
    return Kind(channel)


def _back(kind: Kind) -> AnyResponse:
    return redirect(f"{PAGE}?kind={kind}", 303)
