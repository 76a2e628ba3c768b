"""Questions to the newest release: choose what to count by and among whom, read the answer or why there is none."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Invalid, NotAllowed
from app.domain.projects import Project, Tier
from app.domain.table_rules import table_rule
from app.services.dataset import dataset_access, dataset_questions
from app.services.dataset.dataset_questions import Answer, NoDesk, Queryable, Status, TooMany
from app.web.analysts import dataset_door, dataset_words
from app.web.frame.forms import Form
from app.web.frame.guard import requires, runtime
from app.web.frame.page import render
from app.web.frame.problems import problem_page

pages = Blueprint("dataset_asking", __name__)
_PATH: Final = "/dataset/questions"
_WAIT_SECONDS: Final = 3.0
_PEOPLE: Final = "people"
_AMONG: Final = "among-"  # begins the name of the field of a column by which people are chosen
_NO_CHOICE = "Choose at least one thing to count by, or whom to count among."


@dataclass(frozen=True)
class Asked:
    """What was chosen on the form."""

    dimensions: Sequence[str]
    filters: Mapping[str, Sequence[str]]
    mean: str

    @property
    def question(self) -> dict[str, Any]:
        """The question as the desk reads it."""
        measure = {"mean": self.mean} if self.mean else _PEOPLE
        return {"dimensions": list(self.dimensions), "filters": dict(self.filters), "measure": measure}


@pages.get(_PATH)
@requires(*dataset_door.READERS)
def show() -> AnyResponse:
    """Show the form, filled in as the address says."""
    return _form(dataset_door.project_for(Tier.QUERIES), Form(request.args))


@pages.post(_PATH)
@requires(*dataset_door.READERS)
def ask() -> AnyResponse:
    """Put a question to the desk and lead to its answer."""
    project, form = dataset_door.project_for(Tier.QUERIES), Form(request.form)
    asked, box = _read(form.typed), runtime().settings.desk_dir
    try:
        may = dataset_questions.what_may_be_asked(box)
        if not asked.dimensions and not asked.filters:
            return _form(project, Form(form.typed, {"dimensions": _NO_CHOICE}))
        dataset_questions.check(asked.question, may, project.fields if project else None)
        dataset_door.record(project, "ask", may.release, **asked.question)
        told = dataset_questions.ask(
            box, project.id if project else None, may.release, asked.question, wait_seconds=_WAIT_SECONDS
        )
    except Invalid as fault:
        return _form(project, form.refused(fault, names=_names(fault)))
    except TooMany as fault:
        return _form(project, Form(form.typed, {"dimensions": fault.sentence}), status=429)
    except NoDesk as fault:
        return _shut(fault)
    where = f"{_PATH}/{told.id}?{urlencode(_address(asked), doseq=True)}"
    return redirect(dataset_door.carry(where), 303)


@pages.get(f"{_PATH}/<uuid:question_id>")
@requires(*dataset_door.READERS)
def answer(question_id: UUID) -> AnyResponse:
    """Show the answer to a question as a table, why there is none, or that it is not there yet."""
    project = dataset_door.project_for(Tier.QUERIES)
    try:
        found = _find(project, question_id)
    except NoDesk as fault:
        return _shut(fault)
    asked = _read(request.args)
    return render(
        "dataset/answer.html",
        status=409 if found and found.status is Status.REFUSED else 200,
        answer=found,
        rule=table_rule(found.rule) if found else None,
        asked=asked,
        again=dataset_door.carry(f"{_PATH}?{urlencode(_address(asked), doseq=True)}"),
        question_id=question_id,
        told=dataset_words,
        **dataset_door.told(),
    )


@pages.get(f"{_PATH}/<uuid:question_id>.csv")
@requires(*dataset_door.READERS)
def answer_csv(question_id: UUID) -> AnyResponse:
    """Hand out the answer to a question."""
    project = dataset_door.project_for(Tier.QUERIES)
    try:
        found = _find(project, question_id)
    except NoDesk as fault:
        return _shut(fault)
    if found is None or found.status is Status.REFUSED:
        return redirect(dataset_door.carry(f"{_PATH}/{question_id}"), 303)
    dataset_door.record(project, "download answer", found.release)
    out = io.StringIO()
    csv.writer(out).writerows([found.columns, *found.rows])
    response = Response(out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.release}-{question_id}.csv"'
    return response


@pages.errorhandler(NotAllowed)
def _refused(fault: NotAllowed) -> Response:
    if not dataset_door.is_a_reader():
        return problem_page(403)
    return render("dataset/not_yours.html", status=403, sentence=fault.sentence)


def _find(project: Project | None, question_id: UUID) -> Answer | None:
    box = runtime().settings.desk_dir
    return dataset_questions.find_answer(box, project.id if project else None, question_id)


def _form(project: Project | None, form: Form, *, status: int = 200) -> Response:
    try:
        may = dataset_questions.what_may_be_asked(runtime().settings.desk_dir)
    except NoDesk as fault:
        return _shut(fault)
    return render(
        "dataset/questions.html",
        status=status,
        form=form,
        may=may,
        columns=_agreed(project, may),
        groups=may.groups,
        numbers=[each for each in may.numbers if _is_agreed(project, each)],
        among=_AMONG,
        told=dataset_words,
        **dataset_door.told(),
    )


def _shut(fault: NoDesk) -> Response:
    return render("dataset/no_desk.html", status=503, sentence=fault.sentence)


def _agreed(project: Project | None, may: Queryable) -> Mapping[str, Sequence[str]]:
    return {name: values for name, values in may.columns.items() if _is_agreed(project, name)}


def _is_agreed(project: Project | None, name: str) -> bool:
    return project is None or dataset_access.is_agreed(project.fields, name)


def _read(typed: MultiDict[str, str]) -> Asked:
    """Return what was chosen; a column that is not chosen from is sent empty."""
    chosen = {
        name.removeprefix(_AMONG): [value for value in typed.getlist(name) if value]
        for name in typed
        if name.startswith(_AMONG)
    }
    mean = typed.get("measure", _PEOPLE)
    filters = {name: values for name, values in chosen.items() if values}
    return Asked(typed.getlist("dimensions"), filters, "" if mean == _PEOPLE else mean)


def _address(asked: Asked) -> dict[str, Any]:
    """Return a question as it stands in an address: codes of columns and values, nothing of anybody."""
    told: dict[str, Any] = {"dimensions": list(asked.dimensions), "measure": asked.mean or _PEOPLE}
    return told | {f"{_AMONG}{name}": list(values) for name, values in asked.filters.items()}


def _names(fault: Invalid) -> Mapping[str, str]:
    """Return beside which input each problem stands."""
    known = ("dimensions", "measure")
    return {each.field: each.field if each.field in known else "dimensions" for each in fault.problems}
