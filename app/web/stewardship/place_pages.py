"""The steward's pages of the place itself: its neighbourhoods and its numbers, each change with its way back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.place import DEFAULT_RULES
from app.domain.vocabulary import Role
from app.services.watching import neighbourhoods, place_rules
from app.web.frame.forms import Form, FormSchema, load
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render
from app.web.stewardship import place_rule_words

pages = Blueprint("place_pages", __name__)
ACT_WORDS = {
    "added": "Added",
    "renamed": "Renamed",
    "areas-added": "Areas added",
    "area-taken-out": "Area taken out",
    "closed": "Closed",
    "opened-again": "Opened again",
}


class NameForm(FormSchema):
    """What a neighbourhood is called."""

    name = fields.String(load_default="")


class AreasForm(FormSchema):
    """Areas as somebody writes them."""

    areas = fields.String(load_default="")


class AreaForm(FormSchema):
    """One area's typed code, from the page's own button."""

    area = fields.String(load_default="")


class RuleForm(FormSchema):
    """What a rule is set to, as it is typed."""

    value = fields.String(load_default="")


@pages.get("/neighbourhoods")
@requires(Role.STEWARD)
def list_all() -> Response:
    """Show the place's neighbourhoods."""
    return _list(Form())


@pages.post("/neighbourhoods")
@requires(Role.STEWARD)
def add() -> AnyResponse:
    """Add one."""
    form = Form(request.form)
    try:
        slug = neighbourhoods.add(database(), actor(), load(NameForm(), form)["name"])
    except Invalid as fault:
        return _list(form.refused(fault))
    flash("The neighbourhood is added. Now say which areas it is made of.")
    return redirect(f"/neighbourhoods/{slug}", 303)


@pages.get("/neighbourhoods/<slug>")
@requires(Role.STEWARD)
def one(slug: str) -> Response:
    """Show one with its areas, who works there, and what was changed."""
    return _one(slug, Form())


@pages.post("/neighbourhoods/<slug>/name")
@requires(Role.STEWARD)
def rename(slug: str) -> AnyResponse:
    """Call one otherwise."""
    form = Form(request.form)
    try:
        neighbourhoods.rename(database(), actor(), slug, load(NameForm(), form)["name"])
    except Invalid as fault:
        return _one(slug, form.refused(fault))
    return _back(slug, "The name is changed.")


@pages.post("/neighbourhoods/<slug>/areas")
@requires(Role.STEWARD)
def put_areas(slug: str) -> AnyResponse:
    """Make areas part of one."""
    form = Form(request.form)
    try:
        new = neighbourhoods.put_areas(database(), actor(), slug, load(AreasForm(), form)["areas"])
    except Invalid as fault:
        return _one(slug, form.refused(fault))
    except Conflict as fault:
        return _refused(slug, form, fault)
    return _back(slug, f"{new} {'area' if new == 1 else 'areas'} added. The matching goes by it from now on.")


@pages.post("/neighbourhoods/<slug>/take-out")
@requires(Role.STEWARD)
def take_out(slug: str) -> AnyResponse:
    """Take one area out."""
    form = Form(request.form)
    area = str(load(AreaForm(), form)["area"])
    try:
        neighbourhoods.take_area(database(), actor(), slug, area)
    except Conflict as fault:
        return _refused(slug, Form(), fault)
    code = area.partition(":")[2]
    return _back(slug, f"{code} is taken out. To undo it, add {code} again.")


@pages.post("/neighbourhoods/<slug>/close")
@requires(Role.STEWARD)
def close(slug: str) -> AnyResponse:
    """Close one."""
    try:
        neighbourhoods.close(database(), actor(), slug)
    except Conflict as fault:
        return _refused(slug, Form(), fault)
    return _back(slug, "The neighbourhood is closed. You can open it again.")


@pages.post("/neighbourhoods/<slug>/open-again")
@requires(Role.STEWARD)
def open_again(slug: str) -> AnyResponse:
    """Open a closed one."""
    try:
        neighbourhoods.open_again(database(), actor(), slug)
    except Conflict as fault:
        return _refused(slug, Form(), fault)
    return _back(slug, "The neighbourhood is open again.")


@pages.get("/place-rules")
@requires(Role.STEWARD)
def rules() -> Response:
    """Show the place's numbers and what was changed of them."""
    return render(
        "place/rules.html",
        rules=place_rules.get_rules(database(), actor()),
        usual=DEFAULT_RULES,
        changes=place_rules.list_changes(database(), actor()),
        told=place_rule_words,
    )


@pages.get("/place-rules/<rule>")
@requires(Role.STEWARD)
def rule(rule: str) -> Response:
    """Show one of them, to be changed."""
    return _rule(rule, Form())


@pages.post("/place-rules/<rule>")
@requires(Role.STEWARD)
def change(rule: str) -> AnyResponse:
    """Change one."""
    _known(rule)
    form = Form(request.form)
    try:
        place_rules.change_rules(database(), actor(), {rule: load(RuleForm(), form)["value"]})
    except Invalid as fault:
        return _rule(rule, form.refused(fault, names={rule: "value"}))
    flash("It is changed, and counts from now on. You can put it back below.")
    return redirect("/place-rules", 303)


@pages.post("/place-rules/changes/<uuid:place_change_id>/put-back")
@requires(Role.STEWARD)
def put_back(place_change_id: UUID) -> AnyResponse:
    """Undo one change."""
    change = next(
        (each for each in place_rules.list_changes(database(), actor()) if each.id == place_change_id), None
    )
    if change is None or not set(change.detail) <= set(place_rule_words.ALL):
        raise NotFound
    place_rules.put_back(database(), actor(), place_change_id)
    flash("It is put back to what it was before.")
    return redirect("/place-rules", 303)


def _list(form: Form) -> Response:
    return render("place/list.html", form=form, found=neighbourhoods.list_all(database(), actor()))


def _one(slug: str, form: Form, status: int = 200) -> Response:
    found = neighbourhoods.get(database(), actor(), slug)
    return render("place/one.html", form=form, status=status, found=found, acts=ACT_WORDS)


def _refused(slug: str, form: Form, fault: Conflict) -> Response:
    refused = Form(typed=form.typed, problems={"maincontent": fault.sentence})
    return _one(slug, refused, fault.status)


def _rule(rule: str, form: Form) -> Response:
    rules = place_rules.get_rules(database(), actor())
    known = _known(rule)
    now, usual = place_rule_words.value_of(rules, rule), place_rule_words.value_of(DEFAULT_RULES, rule)
    told: dict[str, Any] = {"name": rule, "rule": known, "now": place_rule_words.typed(now)}
    return render("place/rule.html", form=form, **told, usual=place_rule_words.said(rule, usual))


def _known(rule: str) -> place_rule_words.Rule:
    if rule not in place_rule_words.ALL:
        raise NotFound
    return place_rule_words.ALL[rule]


def _back(slug: str, done: str) -> AnyResponse:
    flash(done)
    return redirect(f"/neighbourhoods/{slug}", 303)
