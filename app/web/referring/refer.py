"""A requester's page for a new referral: for practices without a connected system and for every other source."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, request
from marshmallow import fields, validate
from werkzeug.datastructures import MultiDict

from app.domain.consent_wordings import Kind
from app.domain.errors import Invalid, NotFound
from app.domain.vocabulary import Role
from app.services.incoming import prefilled, web_referral
from app.services.incoming.web_referral import LONGEST_WORDS, Asked
from app.web.frame.forms import Form, words
from app.web.frame.guard import actor, database, find_signed_in, requires
from app.web.frame.kept import for_later, note_sent
from app.web.frame.page import render
from app.web.referring import referral_entry as entry
from app.web.stewardship import consent_wordings

pages = Blueprint("refer", __name__)
_AGREES = {
    "share": "Yes, also that a service is told about them",
    "ask": "Yes to this referral. Ask them before a service is told",
    "no": "No, or I have not asked",
}
_BEGUN = (
    "Your system has filled in what it knows of the person. Check it with them: nothing is sent before you have seen "
    "it once more."
)
_NOT_ASKED = "Only somebody who agrees can be referred. Talk with them first; this page keeps nothing."


class ReferForm(entry.EntryForm):
    """What a professional knows beside: the NHS number, why now, how urgent, safeguarding, consent."""

    nhs_number = words("NHS number", longest=20)
    number_is_checked = entry.tick()
    gender = entry.one_of(entry.GENDERS, "Choose from the list.")
    why_now = words("Why now", longest=LONGEST_WORDS)
    urgent = entry.tick()
    safeguarding = words("Safeguarding", longest=1000)
    agrees = fields.String(
        required=True,
        error_messages={"required": "Say whether the person agrees."},
        validate=[
            validate.OneOf(list(_AGREES), error="Choose from the list."),
            validate.NoneOf(["no"], error=_NOT_ASKED),
        ],
    )


@pages.get("/refer")
@requires(Role.PRACTICE)
def ask() -> Response:
    """Ask about the person, on one page."""
    return _page(Form())


@pages.get("/refer/from/<code>")
@requires(Role.PRACTICE)
def ask_of_one(code: str) -> Response:
    """Ask the same about somebody whom the practice's own system has told already."""
    try:
        person = asdict(prefilled.look(database(), actor(), code))
    except NotFound:
        return _page(Form(), status=404, notice=prefilled.GONE)
    return _page(Form(MultiDict({name: told for name, told in person.items() if told})), notice=_BEGUN)


@pages.post("/refer")
@requires(Role.PRACTICE)
@for_later("A referral")
def refer() -> Response:
    """Show what was typed to be checked, then send it."""
    form = Form(request.form)
    step = form.value("step")
    if step == entry.CHANGE:
        return _page(form)
    try:
        asked = _asked(entry.read(ReferForm(), form), form)
        if step != entry.SEND:
            web_referral.check(database(), actor(), asked)
            return _check(form, asked)
        taken = web_referral.refer(
            database(), actor(), asked, asked_by=_name(), request_id=entry.request_id(form)
        )
    except Invalid as fault:
        return _page(entry.refused(form, fault))
    note_sent()
    return render("refer_sent.html", taken=taken, source=taken.referral.source)


def _asked(typed: dict[str, str], form: Form) -> Asked:
    return entry.asked_of(
        typed,
        wording=consent_wordings.shown(form),
        nhs_number=typed["nhs_number"],
        number_is_checked=typed["number_is_checked"] == "yes",
        gender=typed["gender"],
        why_now=typed["why_now"],
        urgent=typed["urgent"] == "yes",
        safeguarding=typed["safeguarding"],
        agrees_to_sharing=typed["agrees"] == "share",
    )


def _name() -> str:
    signed_in = find_signed_in()
    return signed_in.account.full_name if signed_in else ""


def _page(form: Form, *, status: int = 200, notice: str = "") -> Response:
    more = {"agree_words": _AGREES, "source": _source(), "notice": notice}
    more |= consent_wordings.asking(Kind.SHARE)
    return render("refer.html", status=status, form=form, **more, **entry.options())


def _check(form: Form, asked: Asked) -> Response:
    return render(
        "referral_check.html",
        action="/refer",
        asked=asked,
        answers=entry.answers(form),
        request_id=entry.request_id(form),
        beside=[("They agree", _AGREES[form.value("agrees")])],
        **entry.options(),
    )


def _source() -> object:
    signed_in = find_signed_in()
    return signed_in.organisation.source if signed_in else None
