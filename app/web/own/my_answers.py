"""A person's own answers: one questionnaire a page, saved as they go on; each may be left out, and all stopped."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.crisis import asks_what_cannot_wait
from app.domain.errors import Invalid, NotFound
from app.domain.follow_up import LONGEST_RELATION
from app.domain.measures import Measure
from app.domain.outcomes import ANSWERED_BY, Taken
from app.services.own import carer_links, own_answers
from app.services.own.own_answers import Asked
from app.services.own.person_links import FOLLOW_UP, PROGRESS
from app.store.person_links import PersonLink
from app.web.caring import measure_form
from app.web.caring.measure_form import Told, name_of
from app.web.frame import linked
from app.web.frame.forms import Form, FormSchema, load, words
from app.web.frame.guard import database, public, today
from app.web.frame.page import render
from app.web.own.my_door import by_own_link, the_person_alone

pages = Blueprint("my_answers", __name__)
_LEAVE_OUT = "leave-out"
_DECLINED = "declined"


class HelperForm(FormSchema):
    """Who answers, where it is not the person."""

    helper = words("The name", longest=LONGEST_RELATION)


@pages.get("/my/<code>/answers")
@public
@by_own_link(FOLLOW_UP, PROGRESS)
def start(code: str, link: PersonLink) -> AnyResponse:
    """Say what is asked, how long it takes, and that nobody has to."""
    return _show("my/answers.html", code, link, own_answers.get_asked(database(), link))


@pages.get("/my/<code>/answers/done")
@public
@by_own_link(FOLLOW_UP, PROGRESS)
def done(code: str, link: PersonLink) -> AnyResponse:
    """Say thank you; and whom to turn to, where an answer says that somebody should not wait."""
    return _show("my/answers_done.html", code, link, own_answers.get_asked(database(), link))


@pages.get("/my/<code>/answers/stop")
@public
@by_own_link(FOLLOW_UP, PROGRESS)
@the_person_alone
def ask_stop(code: str, link: PersonLink) -> AnyResponse:
    """Ask once whether asking should stop."""
    return _show("my/answers_stop.html", code, link, own_answers.get_asked(database(), link))


@pages.post("/my/<code>/answers/stop")
@public
@by_own_link(FOLLOW_UP, PROGRESS)
@the_person_alone
def stop(code: str, link: PersonLink) -> AnyResponse:
    """Ask this person no more."""
    own_answers.stop(database(), link)
    return redirect(f"/my/{code}/answers/stop", 303)


@pages.get("/my/<code>/answers/<measure_code>")
@public
@by_own_link(FOLLOW_UP, PROGRESS)
def ask(code: str, link: PersonLink, measure_code: str) -> AnyResponse:
    """Ask the questions of one questionnaire."""
    asked = own_answers.get_asked(database(), link)
    return _question(code, link, asked, _measure(asked, measure_code), Form())


@pages.post("/my/<code>/answers/<measure_code>")
@public
@by_own_link(FOLLOW_UP, PROGRESS)
def answer(code: str, link: PersonLink, measure_code: str) -> AnyResponse:
    """Save the answers and go on with what has none yet."""
    form = Form(request.form)
    asked = own_answers.get_asked(database(), link)
    measure = _measure(asked, measure_code)
    try:
        asked = own_answers.answer(
            database(), link, _taken(form, measure, asked, carer_links.name_of(database(), link))
        )
    except Invalid as fault:
        return _question(code, link, asked, measure, form.refused(fault))
    return redirect(f"/my/{code}/answers/{asked.next.code if asked.next else 'done'}", 303)


def _taken(form: Form, measure: Measure, asked: Asked, carer: str) -> Taken:
    """What was answered; a page that is sent on empty is one that the person would rather leave out.

    `carer` opens the link for the person, empty where it is their own.
    """
    helper = load(HelperForm(), form)["helper"] or carer[:LONGEST_RELATION]
    told = Told(today(), "proxy" if helper else "person", "link", helper)
    if form.value("step") == _LEAVE_OUT:
        return _left_out(measure, asked, told)
    taken = measure_form.read(form, [measure], asked.phase, told)
    return taken[0] if taken else _left_out(measure, asked, told)


def _left_out(measure: Measure, asked: Asked, told: Told) -> Taken:
    return Taken(
        measure.code,
        asked.phase,
        {},
        told.taken_on,
        version=measure.version,
        said_by=told.said_by,
        way="link",
        skipped=_DECLINED,
    )


def _measure(asked: Asked, code: str) -> Measure:
    found = next((each for each in asked.measures if each.code == code), None)
    if found is None:
        raise NotFound
    return found


def _question(code: str, link: PersonLink, asked: Asked, measure: Measure, form: Form) -> AnyResponse:
    place = asked.measures.index(measure)
    given = next((each for each in reversed(asked.answers) if each.measure == measure.code), None)
    helper = next((each.words[ANSWERED_BY] for each in asked.answers if ANSWERED_BY in each.words), "")
    told = form if form.typed or given is None else Form(_typed(form, measure, asked, given))
    before = asked.measures[place - 1].code if place else None
    values: dict[str, Any] = {"measure": measure, "place": place + 1, "before": before, "helper": helper}
    values["cannot_wait"] = asks_what_cannot_wait(measure)
    return _show("my/question.html", code, link, asked, form=told, **values)


def _typed(form: Form, measure: Measure, asked: Asked, given: Taken) -> Any:
    """What was answered before, so that it can be looked at and changed."""
    typed = form.typed.copy()
    for item, value in given.answers.items():
        typed[name_of(measure, asked.phase, item)] = str(value)
    for item, said in given.words.items():
        typed["helper" if item == ANSWERED_BY else name_of(measure, asked.phase, f"{item}-words")] = said
    return typed


def _show(template: str, code: str, link: PersonLink, asked: Asked, **values: Any) -> AnyResponse:
    on_progress = link.purpose == PROGRESS
    values |= {"alerted": asked.alerted, "on_progress": on_progress}
    return render(template, code=code, asked=asked, help_phone=linked.help_phone(), **values)
