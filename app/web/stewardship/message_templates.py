"""The steward's pages of what goes out in fixed words, and of what went out, or would have."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from app.domain.errors import NotFound
from app.domain.message_templates import (
    AUDIENCE_WORDS,
    CHANNEL_WORDS,
    EXAMPLES,
    LANGUAGES,
    MAY_BE_MISSING,
    PLACEHOLDERS,
    Channel,
    Template,
)
from app.domain.vocabulary import Role
from app.services.messages import messages_out
from app.store.mail_watch import Shown
from app.web.frame.guard import actor, database, requires, runtime
from app.web.frame.page import page_number, render

pages = Blueprint("message_templates", __name__)
# what a carrier says of a message -> (words, the tag's colour)
_DELIVERY: dict[str, tuple[str, str]] = {
    "delivered": ("Delivered", "green"),
    "received": ("Printed and posted", "green"),
    "sent": ("Sent abroad", "green"),
    "permanent-failure": ("No such address or number", "red"),
    "temporary-failure": ("Could not be reached", "red"),
    "technical-failure": ("Failed on the way", "red"),
    "validation-failed": ("Refused by the printer", "red"),
    "virus-scan-failed": ("Refused by the printer", "red"),
    "cancelled": ("Cancelled", "grey"),
    "not-known": ("Sent, not followed any more", "grey"),
}
_HELD_BACK: dict[str, str] = {
    "died": "the person has died",
    "not-safe": "it may not be safe to write to them",
    "asked-not-to": "the person asked us to stop",
    "contact-refused": "the person asked us not to be in touch",
    "contact-other-way": "the person wants to be reached in another way",
    "consent-ended": "the person must be asked again first",
    "closed": "the referral has ended",
    "address-changed": "the number or address was put right, and there is no other of its kind",
}


@pages.get("/message-templates")
@requires(Role.STEWARD)
def templates() -> Response:
    """List what goes out in fixed words."""
    known = database().templates
    listed = [known.newest(code) for code in known.codes]
    return render("messages/templates.html", templates=listed, **_words())


@pages.get("/message-templates/<code>")
@requires(Role.STEWARD)
def template(code: str) -> Response:
    """Show one: its words in every language and version, filled in with examples, and what it may hold."""
    versions = [*reversed(database().templates.versions(code))]
    if not versions:
        raise NotFound
    shown = [(each, _previews(each)) for each in versions]
    return render("messages/template.html", newest=versions[0], versions=shown, **_words())


@pages.get("/messages")
@requires(Role.STEWARD)
def messages() -> Response:
    """Show what went out, or would have: never to which person."""
    found = messages_out.list_messages(database(), actor(), page=page_number())
    shown_only = runtime().settings.shows_messages
    return render("messages/list.html", found=found, state=_state, shown_only=shown_only, **_words())


def _previews(each: Template) -> list[tuple[str, Channel, str, str]]:
    """Language, way, subject and text of everything that a version says, with the examples filled in."""
    return [
        (LANGUAGES[language], channel, filled.subject, filled.text)
        for language, wording in each.wordings.items()
        for channel in wording.pieces
        for filled in (each.filled(channel, dict(EXAMPLES), language=language),)
    ]


def _state(one: Shown) -> tuple[str, str]:
    """Return in words how far a message is, and the tag's colour."""
    error = one.error or ""
    if error.startswith("held-back-"):
        return f"Did not leave: {_HELD_BACK.get(error.removeprefix('held-back-'), 'it must not')}", "grey"
    if one.delivery in _DELIVERY:
        return _DELIVERY[one.delivery]
    if one.failed_at is not None:
        return "Given up", "red"
    if one.transport == "shown":
        return "Shown only", "purple"
    if one.sent_at is not None:
        return "Sent", "blue"
    return ("Waits, tried before" if one.attempts else "Waits"), "yellow"


def _words() -> dict[str, Any]:
    return {
        "channels": CHANNEL_WORDS,
        "audiences": AUDIENCE_WORDS,
        "placeholders": PLACEHOLDERS,
        "may_be_missing": MAY_BE_MISSING,
    }
