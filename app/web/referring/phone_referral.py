"""The link worker's page for somebody on the telephone who asks for themselves: typed for them, and audited as such."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.consent_wordings import Kind
from app.domain.errors import Invalid
from app.domain.vocabulary import Role
from app.services.incoming import self_referral
from app.services.incoming.self_referral import AGREED_HOW
from app.services.incoming.web_referral import Asked
from app.web.frame.forms import Form, choice, words
from app.web.frame.guard import actor, database, requires
from app.web.frame.kept import for_later
from app.web.frame.page import render
from app.web.referring import referral_entry as entry
from app.web.stewardship import consent_wordings

pages = Blueprint("phone_referral", __name__)
_SHARES = {"yes": "Yes", "no": "Not yet: ask them again when a service is found"}


class PhoneForm(entry.EntryForm):
    """What is asked beside: the NHS number if they have it at hand, how they agreed."""

    nhs_number = words("NHS number", longest=20)
    urgent = entry.tick()
    safeguarding = words("Safeguarding", longest=1000)
    agreed_how = choice(AGREED_HOW, "Say how they agreed that this is written down.")
    shares = choice(_SHARES, "Say whether a service may be told about them.")


@pages.get("/phone-referral")
@requires(Role.LINK_WORKER)
def ask() -> Response:
    """Ask what to ask on the telephone."""
    return _page(Form())


@pages.post("/phone-referral")
@requires(Role.LINK_WORKER)
@for_later("A referral by telephone")
def send() -> AnyResponse:
    """Show what was typed, to be read back to the person; then take it in."""
    form = Form(request.form)
    step = form.value("step")
    if step == entry.CHANGE:
        return _page(form)
    try:
        typed = entry.read(PhoneForm(), form)
        asked = _asked(typed, form)
        if step != entry.SEND:
            self_referral.check_entry(database(), actor(), asked)
            return _check(form, asked)
        taken = self_referral.enter(
            database(),
            actor(),
            asked,
            agreed_how=typed["agreed_how"],
            request_id=entry.request_id(form),
        )
    except Invalid as fault:
        return _page(entry.refused(form, fault))
    flash(f"The referral is written down. Its reference is {taken.referral.reference}: tell the person.")
    return redirect(f"/referrals/{taken.referral.id}", 303)


def _asked(typed: dict[str, str], form: Form) -> Asked:
    return entry.asked_of(
        typed,
        wording=consent_wordings.shown(form),
        nhs_number=typed["nhs_number"],
        urgent=typed["urgent"] == "yes",
        safeguarding=typed["safeguarding"],
        agrees_to_sharing=typed["shares"] == "yes",
    )


def _page(form: Form) -> Response:
    return render(
        "phone_referral.html",
        form=form,
        agreed_words=AGREED_HOW,
        share_words=_SHARES,
        **entry.options(of_themselves=True),
        **consent_wordings.asking(Kind.SHARE),
    )


def _check(form: Form, asked: Asked) -> Response:
    beside = [
        ("How they agreed", AGREED_HOW[form.value("agreed_how")]),
        ("A service may be told", _SHARES[form.value("shares")]),
    ]
    return render(
        "referral_check.html",
        action="/phone-referral",
        asked=asked,
        answers=entry.answers(form),
        request_id=entry.request_id(form),
        beside=beside,
        **entry.options(),
    )
