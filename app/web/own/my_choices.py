"""Behind a person's own link: who has seen their record, and changing their mind, each change with what follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.consent_wordings import Kind
from app.domain.contact_wish import WAYS
from app.domain.errors import Conflict, FieldProblem, Invalid
from app.domain.wording import in_a_row, worded, worded_all
from app.services.own import carer_links, own_choices, own_looks
from app.services.own.person_choices import Answer
from app.services.own.person_links import PROGRESS
from app.store.person_links import PersonLink
from app.store.session import Database
from app.web.frame import linked
from app.web.frame.forms import Form, FormSchema, choice, choices, load
from app.web.frame.guard import database, public
from app.web.frame.page import page_number, render
from app.web.frame.translated import told_text
from app.web.own.my_door import by_own_link, the_person_alone
from app.web.stewardship import consent_wordings

pages = Blueprint("my_choices", __name__)
_YES_OR_NO: Final = {"yes": "Yes", "no": "No"}
_ABOUT: Final = ("share", "dataset", "ask", "contact", "research")
_SAID: Final = worded_all(
    {
        ("share", True): "You said yes. Groups that could help may be told about you.",
        (
            "share",
            False,
        ): "You said no. Nobody new is told about you, and groups that had not begun are told to stop.",
        ("dataset", True): "You said yes. How things went for you is counted, without your name.",
        ("dataset", False): "You said no. How things went for you is not counted any more.",
        ("ask", True): "You said yes. We may ask you later how things are.",
        ("ask", False): "You said no. We do not ask you how things are any more.",
        ("contact", True): "You said yes. We get in touch in the ways that you chose.",
        ("contact", False): "You said no. We send you nothing and wait until you come to us.",
        ("research", True): "You said yes. Approved research may use what happened, without your name.",
        ("research", False): "You said no. Research does not use what happened.",
    }
)
Change = Callable[[Database, PersonLink, bool, int | None, tuple[str, ...]], None]
_CHANGES: Final[dict[str, Change]] = {
    "share": lambda db, link, yes, read, _: own_choices.share(db, link, given=yes, wording=read),
    "dataset": lambda db, link, yes, read, _: own_choices.count(db, link, given=yes, wording=read),
    "ask": lambda db, link, yes, read, _: own_choices.ask(db, link, wanted=yes, wording=read),
    "contact": lambda db, link, yes, read, ways: own_choices.say(
        db, link, Answer(kind=Kind.CONTACT, given=yes, ways=ways, wording=read)
    ),
    "research": lambda db, link, yes, read, _: own_choices.say(
        db, link, Answer(kind=Kind.RESEARCH, given=yes, wording=read)
    ),
}


class AnswerForm(FormSchema):
    """Yes or no; of a yes to contact also in which ways."""

    answer = choice(_YES_OR_NO, "Choose yes or no.")
    ways = choices(WAYS, "Choose ways from the list.")


@pages.get("/my/<code>/seen")
@public
@by_own_link(PROGRESS)
def seen(code: str, link: PersonLink) -> Response:
    """Show who has seen the record, newest first."""
    found = own_looks.find(database(), link, page=page_number())
    return render("my/seen.html", code=code, found=found, help_phone=linked.help_phone())


@pages.get("/my/<code>/change")
@public
@by_own_link(PROGRESS)
@the_person_alone
def ask_change(code: str, link: PersonLink) -> Response:
    """Show what the person has said so far, and what follows from a change."""
    return _page(code, link, Form())


@pages.post("/my/<code>/change/<about>")
@public
@by_own_link(PROGRESS)
@the_person_alone
def change(code: str, link: PersonLink, about: str) -> AnyResponse:
    """Write a new yes or no; it counts at once."""
    form = Form(request.form)
    try:
        if about not in _ABOUT:
            raise Invalid([FieldProblem("share", "Choose what you want to change.")])
        typed = load(AnswerForm(), form)
        given, ways = typed["answer"] == "yes", tuple(typed["ways"])
        _CHANGES[about](database(), link, given, consent_wordings.shown(form), ways)
    except Invalid as fault:
        return _page(code, link, form.refused(fault, names={"answer": about}))
    except Conflict as fault:
        return _page(code, link, Form(form.typed, {about: fault.sentence}))
    return _back(
        code,
        in_a_row(
            (_SAID[about, given], worded("Your link worker's team sees it. You can change it again here."))
        ),
    )


@pages.post("/my/<code>/change/goals")
@public
@by_own_link(PROGRESS)
@the_person_alone
def take_goals_back(code: str, link: PersonLink) -> AnyResponse:
    """Let no group read a goal any more."""
    own_choices.take_goals_back(database(), link)
    return _back(
        code, "No group can read your goals any more. Tell your link worker if you want to share one again."
    )


@pages.post("/my/<code>/change/carers/<uuid:link_id>/end")
@public
@by_own_link(PROGRESS)
@the_person_alone
def end_carer(code: str, link: PersonLink, link_id: UUID) -> AnyResponse:
    """End a carer's link."""
    carer_links.end_own(database(), link, link_id)
    return _back(code, "Their link is ended. Your link worker can make a new one if you change your mind.")


@pages.get("/my/<code>/stop")
@public
@by_own_link(PROGRESS)
@the_person_alone
def ask_stop(code: str, link: PersonLink) -> Response:
    """Say what follows from a no, before it is said."""
    return _stop_page(code, link)


@pages.post("/my/<code>/stop")
@public
@by_own_link(PROGRESS)
@the_person_alone
def stop(code: str, link: PersonLink) -> AnyResponse:
    """Stop the help."""
    try:
        own_choices.stop(database(), link)
    except Conflict:  # it ended meanwhile, or the button was pressed twice: the page says how it stands
        return redirect(f"/my/{code}/stop", 303)
    flash("We have stopped it. You need not do anything more.")
    return redirect(f"/my/{code}/stop", 303)


@pages.post("/my/<code>/stop/undo")
@public
@by_own_link(PROGRESS)
@the_person_alone
def want_again(code: str, link: PersonLink) -> AnyResponse:
    """Ask for help again."""
    own_choices.want_again(database(), link)
    flash("Thank you. Your link worker's team knows that you want help again. They get in touch with you.")
    return redirect(f"/my/{code}/progress", 303)


def _page(code: str, link: PersonLink, form: Form) -> Response:
    found = own_choices.find(database(), link)
    carers = carer_links.list_own(database(), link)
    told: dict[str, Any] = {"found": found, "carers": carers, "answers": _YES_OR_NO, "ways": WAYS}
    told |= consent_wordings.asking(*Kind)
    return render("my/change.html", form=form, code=code, help_phone=linked.help_phone(), **told)


def _stop_page(code: str, link: PersonLink) -> Response:
    found = own_choices.find(database(), link)
    return render("my/stop.html", code=code, found=found, help_phone=linked.help_phone())


def _back(code: str, said: str) -> AnyResponse:
    flash(told_text(said))
    return redirect(f"/my/{code}/change", 303)
