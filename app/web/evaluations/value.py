"""The page of the value calculator: off unless the place turns money lines on, and a range or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from flask import Blueprint, Response, request

from app.domain.errors import FieldProblem, Invalid
from app.domain.pack import Pack
from app.domain.value import Estimate, Given, Input, field_of
from app.domain.vocabulary import Role
from app.services.evaluation import evaluation_files, value
from app.services.evaluation.pack import evaluation
from app.web.evaluations import pack_filters
from app.web.evaluations.evaluation_files import file
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.page import render

pages = Blueprint("value", __name__)
_NUMBERS: Final = ("low", "central", "high")
_LONGEST: Final = 200


@pages.get("/value")
@requires(Role.PROVIDER)
def ask() -> Response:
    """Ask for the inputs, each with its source."""
    value.check_on(database())
    return _page(Form(), _pack())


@pages.post("/value")
@requires(Role.PROVIDER)
def work_out() -> Response:
    """Show the range, or hand out the report with it as an appendix."""
    value.check_on(database())
    form, pack = Form(request.form), _pack()
    try:
        estimates = value.work_out(pack, _given(form), this_year=today().year)
    except Invalid as fault:
        return _page(form.refused(fault), pack)
    if not form.values("appendix"):
        return _page(form, pack, estimates)
    appendix = value.appendix_of(estimates)
    return file(pack, "pdf", evaluation_files.pdf_of(pack, made_at=database().clock(), appendix=appendix))


def money_lines_are_on() -> bool:
    """Tell templates whether the place shows money lines."""
    return value.is_on(database())


def _given(form: Form) -> dict[str, Given]:
    problems: list[FieldProblem] = []
    given = {each.code: _read(form, each, problems) for method in value.methods() for each in method.inputs}
    if problems:
        raise Invalid(problems)
    return given


def _read(form: Form, asked: Input, problems: list[FieldProblem]) -> Given:
    numbers: dict[str, Decimal | None] = {}
    for part in (*_NUMBERS, "year"):
        name = field_of(asked.code, part)
        typed = form.value(name).strip().replace(",", "").removeprefix("£")
        numbers[part] = _number(typed)
        if typed and numbers[part] is None:
            problems.append(FieldProblem(name, "Enter a number, for example 12.50."))
    year = numbers.pop("year")
    source = form.value(field_of(asked.code, "source")).strip()
    if len(source) > _LONGEST:
        problems.append(
            FieldProblem(field_of(asked.code, "source"), f"Write {_LONGEST} characters or fewer.")
        )
    return Given(**numbers, source=source[:_LONGEST], year=None if year is None else int(year))


def _number(typed: str) -> Decimal | None:
    try:
        found = Decimal(typed)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < 12 else None


def _pack() -> Pack:
    return evaluation(database(), actor(), pack_filters.asked())


def _usual(asked: Input, part: str) -> str:
    found = getattr(asked.usual, part)
    return "" if found is None else str(found)


def _page(form: Form, pack: Pack, estimates: Sequence[Estimate] = ()) -> Response:
    return render(
        "pack/value.html",
        form=form,
        pack=pack,
        methods=value.methods(),
        usual=_usual,
        lead=value.LEAD,
        estimates=estimates,
        filters=pack_filters.told(pack.filters),
        query=pack_filters.query(pack.filters),
    )
