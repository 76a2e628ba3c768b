"""The steward's pages of questionnaires: which there are, what each asks, and files taken up, used and withdrawn."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.measures import Audience, Measure
from app.domain.vocabulary import Role
from app.services.measures import measure_files
from app.store.measure_files import IN_USE, KEPT, WITHDRAWN
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render
from app.web.frame.uploads import file_body

pages = Blueprint("measure_files", __name__)
AUDIENCE_WORDS: Final = {
    Audience.EVERYBODY: "Team, provider and practice",
    Audience.LINK_WORKER: "The team; others see totals alone",
}
KIND_WORDS: Final = {"measure": "Questionnaire", "words": "Words for", "framework": "What is asked here"}
STATE_WORDS: Final = {
    KEPT: ("Kept, not in use", "grey"),
    IN_USE: ("In use", "green"),
    WITHDRAWN: ("Withdrawn", "yellow"),
}


@pages.get("/measures")
@requires(Role.STEWARD)
def show() -> Response:
    """List what is known here, what is asked, and what was taken up."""
    return _page(Form())


@pages.post("/measures")
@requires(Role.STEWARD)
def take() -> AnyResponse:
    """Show what a file holds, or everything that is wrong with it; keep it once it was looked at."""
    form = Form(request.form)
    try:
        body = file_body("file")
        digest = hashlib.sha256(body).hexdigest()
        if form.value("step") != "keep":
            checked = measure_files.check(database(), actor(), body)
            return _file_page(checked, digest)
        if not hmac.compare_digest(digest, form.value("digest")):
            raise Invalid([FieldProblem("file", "This is another file than the one that you looked at.")])
        checked = measure_files.take_up(database(), actor(), body)
    except Invalid as fault:
        return _refused(form, [each.sentence for each in fault.problems])
    except Conflict as fault:
        return _refused(form, [fault.sentence])
    flash(f"Kept: {checked.read.said}. It is not in use yet.")
    return redirect("/measures", 303)


@pages.get("/measures/<code>")
@requires(Role.STEWARD)
def one(code: str) -> Response:
    """Show every version of one: its questions, answers, scores, licence."""
    held = measure_files.list_held(database(), actor())
    versions = [each for each in reversed(held.measures) if each.code == code]
    if not versions:
        raise NotFound
    return render(
        "measure_files/one.html", versions=versions, audience_words=AUDIENCE_WORDS, state=_state_in(held)
    )


@pages.post("/measures/files/<uuid:file_id>/use")
@requires(Role.STEWARD)
def use(file_id: UUID) -> AnyResponse:
    """Put a file in use."""
    return _change(measure_files.use, file_id, "is in use from now on")


@pages.post("/measures/files/<uuid:file_id>/withdraw")
@requires(Role.STEWARD)
def withdraw(file_id: UUID) -> AnyResponse:
    """Ask by a file no more; it can be put in use again."""
    return _change(measure_files.withdraw, file_id, "is asked no more; what was answered stays readable")


def _change(act: Any, file_id: UUID, done: str) -> AnyResponse:
    try:
        changed = act(database(), actor(), file_id)
    except Conflict as fault:
        return _page(Form(problems={f"file-{file_id}": fault.sentence}), status=409)
    flash(f"{KIND_WORDS[changed.kind]} {changed.code}, version {changed.version}, {done}.")
    return redirect("/measures", 303)


def _file_page(checked: measure_files.Checked, digest: str) -> Response:
    measure = checked.read.measure
    return render(
        "measure_files/file.html",
        form=Form(),
        checked=checked,
        versions=[measure] if measure else [],
        digest=digest,
        audience_words=AUDIENCE_WORDS,
    )


def _refused(form: Form, told: list[str]) -> Response:
    """Every problem stands in the list; the field says how many there are."""
    count = "There is 1 problem" if len(told) == 1 else f"There are {len(told)} problems"
    problem = f"{count} with this file. Mend what the list below says, then choose it again."
    return _page(Form(form.typed, {"file": problem}), wrong=told)


def _page(form: Form, *, wrong: list[str] | None = None, status: int = 200) -> Response:
    held = measure_files.list_held(database(), actor())
    words = {"audience_words": AUDIENCE_WORDS, "kind_words": KIND_WORDS, "state_words": STATE_WORDS}
    return render(
        "measure_files/list.html",
        form=form,
        held=held,
        wrong=wrong or [],
        state=_state_in(held),
        status=status,
        **words,
    )


def _state_in(held: measure_files.Held) -> Any:
    """Return what tells in words how a measure stands here, with the tag's colour."""
    asked = {(each.code, each.version) for each in held.asked}

    def told(measure: Measure) -> tuple[str, str]:
        if (measure.code, measure.version) in asked:
            return "Asked here", "green"
        if measure.retired:
            return "Not asked any more", "yellow"
        return ("Can be asked", "blue") if measure.may_be_asked else ("Needs its licensed words", "grey")

    return told
