"""The question back on pages: the provider asks, the link worker reads it first, sees what is told, and answers."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid, NotFound
from app.domain.questions import LONGEST_ANSWER, LONGEST_QUESTION
from app.domain.vocabulary import Role
from app.services.caring import disclosure
from app.services.helping import questions
from app.services.helping.questions import Asked
from app.services.shown import views
from app.web.frame.forms import Form, FormSchema, load, words
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render
from app.web.frame.words import day

pages = Blueprint("questions", __name__)


class QuestionForm(FormSchema):
    """What the provider wants to know."""

    question = words(
        "Your question", longest=LONGEST_QUESTION, missing="Write your question in a sentence or two."
    )


class AnswerForm(FormSchema):
    """What the link worker answers."""

    answer = words("The answer", longest=LONGEST_ANSWER, missing="Write the answer in a sentence or two.")


@pages.get("/offers/<uuid:placement_id>/question")
@requires(Role.PROVIDER)
def ask_question(placement_id: UUID) -> Response:
    """Ask what the provider wants to know."""
    return _question_page(placement_id, Form())


@pages.post("/offers/<uuid:placement_id>/question")
@requires(Role.PROVIDER)
def ask(placement_id: UUID) -> AnyResponse:
    """Send the question to the link worker."""
    form = Form(request.form)
    try:
        questions.ask(database(), actor(), placement_id, load(QuestionForm(), form)["question"])
    except Invalid as fault:
        return _question_page(placement_id, form.refused(fault))
    flash("Your question is with the link worker. Your time to answer stands still until they have replied.")
    return redirect(f"/offers/{placement_id}", 303)


@pages.get("/referrals/<uuid:referral_id>/questions/<uuid:placement_id>")
@requires(Role.LINK_WORKER)
def ask_answer(referral_id: UUID, placement_id: UUID) -> Response:
    """Show the question and ask for the answer."""
    return _answer_page(referral_id, placement_id, Form())


@pages.post("/referrals/<uuid:referral_id>/questions/<uuid:placement_id>")
@requires(Role.LINK_WORKER)
def answer(referral_id: UUID, placement_id: UUID) -> AnyResponse:
    """Show the answer as the provider is told it; send it once the link worker has seen that."""
    form = Form(request.form)
    try:
        told = load(AnswerForm(), form)["answer"]
    except Invalid as fault:
        return _answer_page(referral_id, placement_id, form.refused(fault))
    if form.value("do") == "change":
        return _answer_page(referral_id, placement_id, form)
    if form.value("do") != "send":
        return _preview_page(referral_id, placement_id, told)
    _open_question(referral_id, placement_id)
    due = questions.answer(database(), actor(), placement_id, told)
    flash(f"Your answer is with the provider. They have until {day(due)} to say yes or no.")
    return redirect(f"/referrals/{referral_id}", 303)


def _question_page(placement_id: UUID, form: Form) -> Response:
    found = views.get_placement(database(), actor(), placement_id)
    return render("question.html", form=form, found=found, longest=LONGEST_QUESTION)


def _answer_page(referral_id: UUID, placement_id: UUID, form: Form) -> Response:
    asked = _open_question(referral_id, placement_id)
    found = views.get_referral(database(), actor(), referral_id)
    seen = disclosure.preview(database(), actor(), referral_id)
    return render(
        "question_answer.html", form=form, found=found, asked=asked, preview=seen, longest=LONGEST_ANSWER
    )


def _preview_page(referral_id: UUID, placement_id: UUID, told: str) -> Response:
    asked = _open_question(referral_id, placement_id)
    found = views.get_referral(database(), actor(), referral_id)
    return render("question_preview.html", found=found, asked=asked, told=told)


def _open_question(referral_id: UUID, placement_id: UUID) -> Asked:
    """Return the question that waits; raises NotFound when none does, and for a foreign one."""
    for asked in questions.list_for_referral(database(), actor(), referral_id):
        if asked.is_open and asked.question.placement_id == placement_id:
            return asked
    raise NotFound("No question waits here: it was answered, or the provider has gone on without.")
