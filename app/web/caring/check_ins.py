"""Has help arrived? The team's call list and one asking on it, and the page behind a person's own link."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.check_in import ANSWER_WORDS, OWN_WORDS, STOP_WORDS, CheckInStatus
from app.domain.errors import Conflict, Invalid
from app.domain.follow_up import ASK_BY_WORDS
from app.domain.vocabulary import Role
from app.services.follow_up import check_ins
from app.services.own.person_links import CHECK_IN
from app.store.person_links import PersonLink
from app.web.frame import linked
from app.web.frame.forms import Form, FormSchema, choice, load
from app.web.frame.guard import actor, database, public, requires, runtime
from app.web.frame.page import page_number, render
from app.web.own.my_door import by_own_link

pages = Blueprint("check_ins", __name__)
_CHOOSE = "Choose what they say."
STATUS_WORDS: dict[CheckInStatus, tuple[str, str]] = {
    CheckInStatus.PLANNED: ("Planned", "grey"),
    CheckInStatus.ASKED: ("Asked, no answer yet", "blue"),
    CheckInStatus.TO_CALL: ("To ring", "yellow"),
    CheckInStatus.ANSWERED: ("Answered", "green"),
    CheckInStatus.NO_ANSWER: ("No answer", "grey"),
    CheckInStatus.NOT_ASKED: ("Not asked", "grey"),
    CheckInStatus.STOPPED: ("Not asked any more", "grey"),
}
TOLD: dict[str, Any] = {
    "statuses": STATUS_WORDS,
    "answers": ANSWER_WORDS,
    "stops": STOP_WORDS,
    "ways": ASK_BY_WORDS,
}


class AnswerForm(FormSchema):
    """What somebody says on the telephone."""

    answer = choice(ANSWER_WORDS, _CHOOSE)


@pages.get("/check-ins")
@requires(Role.LINK_WORKER)
def now() -> Response:
    """Show who is to ring, and who was asked and has not answered."""
    found = check_ins.list_now(database(), actor(), page=page_number())
    return render("check_in/list.html", found=found, told=TOLD, sends=sorted(runtime().ways_out))


@pages.get("/check-ins/<uuid:check_in_id>")
@requires(Role.LINK_WORKER)
def one(check_in_id: UUID) -> Response:
    """Show one, with how to reach the person and the question to read out."""
    return _page(check_in_id, Form())


@pages.post("/check-ins/<uuid:check_in_id>")
@requires(Role.LINK_WORKER)
def answer(check_in_id: UUID) -> AnyResponse:
    """Write down what the person says."""
    form = Form(request.form)
    try:
        said = load(AnswerForm(), form)["answer"]
        check_ins.answer_by_phone(database(), actor(), check_in_id, said)
    except Invalid as fault:
        return _page(check_in_id, form.refused(fault))
    except Conflict as fault:
        return _page(check_in_id, Form(form.typed, {"answer": fault.sentence}), status=fault.status)
    flash("It is written down, and stands on the referral’s page. A “no” is a task for today.")
    return redirect("/check-ins", 303)


@pages.post("/check-ins/<uuid:check_in_id>/could-not-reach")
@requires(Role.LINK_WORKER)
def could_not_reach(check_in_id: UUID) -> AnyResponse:
    """Take somebody off the list who could not be reached."""
    check_ins.could_not_reach(database(), actor(), check_in_id)
    flash("They are off the list. If they answer later, you can still write it down on the referral’s page.")
    return redirect("/check-ins", 303)


@pages.get("/my/<code>/arrived")
@public
@by_own_link(CHECK_IN)
def ask_own(code: str, link: PersonLink) -> Response:
    """Ask the person; looking changes nothing."""
    return _own_page(code, link, Form())


@pages.post("/my/<code>/arrived")
@public
@by_own_link(CHECK_IN)
def answer_own(code: str, link: PersonLink) -> AnyResponse:
    """Keep what they say, with one press."""
    form = Form(request.form)
    try:
        check_ins.answer_own(database(), link, str(form.value("answer")))
    except Invalid as fault:
        return _own_page(code, link, form.refused(fault))
    except Conflict:
        return _own_page(code, link, Form(), status=409)
    return redirect(f"/my/{code}/arrived", 303)


def _own_page(code: str, link: PersonLink, form: Form, *, status: int = 200) -> Response:
    asked = check_ins.get_own(database(), link)
    values: dict[str, Any] = {"asked": asked, "answers": OWN_WORDS, "help_phone": linked.help_phone()}
    return render("check_in/own.html", status=status, form=form, code=code, **values)


def _page(check_in_id: UUID, form: Form, *, status: int = 200) -> Response:
    found = check_ins.get(database(), actor(), check_in_id)
    return render("check_in/one.html", status=status, form=form, found=found, told=TOLD)


def beside(referral_id: UUID) -> dict[str, Any]:
    """Return what the referral's page shows of it to the team."""
    found = check_ins.list_of_referral(database(), actor(), referral_id)
    return {"check_ins": found, "arrived_told": TOLD}
