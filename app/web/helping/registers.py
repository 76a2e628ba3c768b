"""The register on pages: a session's whole group with one button, put right later, and on paper for the table."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.attendance import ATTENDANCE_WORDS, LONGEST_NOTE, Attendance
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.vocabulary import Role
from app.services.caring import endings
from app.services.helping import register
from app.services.helping.register import Register, RegisterLine, Said
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render
from app.web.frame.words import day as day_in_words

pages = Blueprint("register", __name__)
_NO_DAY = "Enter the day of the session as numbers, for example 12 3 2026."
_NOTHING = "Say it of at least one person. Leave out whoever you cannot say it of."


@pages.get("/register")
@requires(Role.PROVIDER)
def days() -> Response:
    """Show the provider's services with the days on which they meet."""
    return _days_page(Form())


@pages.get("/register/<uuid:service_id>")
@requires(Role.PROVIDER)
def find_day(service_id: UUID) -> AnyResponse:
    """Lead to the register of the day that was typed."""
    form = Form(request.args)
    try:
        held_on = date(*(int(form.value(part)) for part in ("year", "month", "day")))
    except (ValueError, OverflowError):
        wrong = Invalid([FieldProblem(f"day-{service_id}", _NO_DAY)])
        return _days_page(form.refused(wrong))
    return redirect(f"/register/{service_id}/{held_on.isoformat()}", 303)


@pages.get("/register/<uuid:service_id>/<held_on>")
@requires(Role.PROVIDER)
def one(service_id: UUID, held_on: str) -> Response:
    """Show everybody who is placed there, with what was said of them."""
    return _register_page(_found(service_id, held_on), Form())


@pages.post("/register/<uuid:service_id>/<held_on>")
@requires(Role.PROVIDER)
def keep(service_id: UUID, held_on: str) -> AnyResponse:
    """Write the group down in one go."""
    form, found = Form(request.form), _found(service_id, held_on)
    said, overtaken = _said(form, found), _overtaken(form, found)
    try:
        if overtaken:
            raise Invalid(overtaken)
        if not said and not _anything_said(form, found):
            raise Invalid([FieldProblem("lines", _NOTHING)])
        changed = register.keep(database(), actor(), service_id, found.held_on, said)
    except Invalid as fault:
        return _register_page(_found(service_id, held_on), form.refused(fault, names=_names(said)))
    what = "1 line is" if changed == 1 else f"{changed} lines are"
    flash(f"{what} written down for {day_in_words(found.held_on)}." if changed else "Nothing had changed.")
    return redirect(f"/register/{service_id}/{found.held_on.isoformat()}", 303)


@pages.get("/register/<uuid:service_id>/<held_on>/paper")
@requires(Role.PROVIDER)
def paper(service_id: UUID, held_on: str) -> Response:
    """Show the register for printing: names, references and empty boxes."""
    return render("register_paper.html", found=_found(service_id, held_on), answers=ATTENDANCE_WORDS)


@pages.post("/register/tasks/<uuid:task_id>/done")
@requires(Role.PROVIDER)
def finish_task(task_id: UUID) -> AnyResponse:
    """Tick off that somebody was rung who stayed away."""
    endings.complete_task(database(), actor(), task_id)
    flash("The task is done.")
    return redirect("/register", 303)


def _found(service_id: UUID, held_on: str) -> Register:
    try:
        day = date.fromisoformat(held_on)
    except ValueError:
        raise NotFound from None
    return register.get_register(database(), actor(), service_id, day)


def _said(form: Form, found: Register) -> list[Said]:
    """Return the lines that were filled in or changed, of the people who stand there and of nobody else.

    A line that was left as it stood when the page was opened says nothing: a colleague may have put it right since.
    """
    told = [_typed(form, line) for line in found.lines if line.can_change and _is_touched(form, line)]
    return [line for line in told if line.answer]


def _typed(form: Form, line: RegisterLine) -> Said:
    whose = line.placement_id
    return Said(whose, form.value(f"answer-{whose}"), form.value(f"note-{whose}"))


def _shown(form: Form, line: RegisterLine) -> tuple[str, str]:
    """Return what the page showed of somebody when it was opened; as it stands now where it does not say when."""
    words = [(each.answer, each.note) for each in line.earlier]
    words += [(line.answer, line.note)] if line.answer else []
    count = form.value(f"seen-{line.placement_id}")
    seen = min(int(count), len(words)) if count.isdecimal() and len(count) < 4 else len(words)
    return words[seen - 1] if seen else ("", "")


def _is_touched(form: Form, line: RegisterLine) -> bool:
    typed = _typed(form, line)
    return (typed.answer, typed.note.strip()) != _shown(form, line)


def _anything_said(form: Form, found: Register) -> bool:
    return any(_typed(form, line).answer for line in found.lines if line.can_change)


def _overtaken(form: Form, found: Register) -> list[FieldProblem]:
    """Return the lines that were changed here and by a colleague meanwhile, and not alike; nothing is saved then."""
    problems = []
    for line in found.lines:
        typed, now = _typed(form, line), (line.answer or "", line.note)
        if (
            line.can_change
            and _is_touched(form, line)
            and now
            not in (
                _shown(form, line),
                (typed.answer, typed.note.strip()),
            )
        ):
            word = f", “{line.note}”" if line.note else ""
            sentence = (
                f"A colleague wrote “{ATTENDANCE_WORDS[Attendance(now[0])]}”{word} while this page was open. "
            )
            problems.append(
                FieldProblem(
                    f"answer-{line.placement_id}", f"{sentence}Nothing is saved yet: say which is right."
                )
            )
    return problems


def _names(said: list[Said]) -> dict[str, str]:
    """Say which field of the form a problem of the service is about."""
    return {
        f"lines.{number}.{part}": f"{part}-{line.placement_id}"
        for number, line in enumerate(said)
        for part in ("answer", "note")
    }


def _days_page(form: Form) -> Response:
    found = register.list_days(database(), actor())
    waiting = register.list_tasks(database(), actor())
    return render("register_days.html", form=form, found=found, waiting=waiting)


def _register_page(found: Register, form: Form) -> Response:
    return render("register.html", form=form, found=found, answers=ATTENDANCE_WORDS, longest=LONGEST_NOTE)
