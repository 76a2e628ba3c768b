"""The page on which a team puts right who somebody is and how to reach them, with what stood there before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request
from marshmallow import fields
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.languages import LANGUAGE_WORDS
from app.domain.person_comments import PersonComment
from app.domain.safe_contact import SAFE_CONTACT
from app.domain.their_details import (
    FIELDS,
    LONGEST_WHY,
    PART_WORDS,
    PARTS,
    WHO_TOLD,
    ChangedMeanwhile,
    Texts,
    part_of,
)
from app.domain.vocabulary import Role
from app.domain.wording import in_a_row
from app.services.caring import their_details
from app.services.caring.their_details import Held, Told
from app.services.incoming import duplicates
from app.services.shown import views
from app.web.caring.their_details_words import PART_TITLES, read_aloud
from app.web.frame import meanwhile
from app.web.frame.forms import Form, FormSchema, choices, load, words
from app.web.frame.guard import actor, database, requires
from app.web.frame.page import render

pages = Blueprint("their_details", __name__)
_BORN = ("born_year", "born_month", "born_day")
_NAMES = {"birth_date": "born_day"}
_LINKS = (
    " A link to their own page that went to the old number or address still opens it: end it under "
    "The person's own page if somebody else may read it."
)


class DetailsForm(FormSchema):
    """Who they are, how to reach them, what makes that safe, and who says so; what is wrong is said all at once."""

    prefix = words("The title", longest=20)
    given = words("The first name", longest=100)
    family = words("The last name", longest=100)
    born_day = words("Day", longest=2)
    born_month = words("Month", longest=2)
    born_year = words("Year", longest=4)
    nhs_number = words("The NHS number", longest=20)
    number_is_checked = fields.String(load_default="")
    phones = words("The telephone numbers", longest=200)
    email = words("The e-mail address", longest=200)
    address = words("The address", longest=400)
    postcode = words("The postcode", longest=10)
    language = words("The language", longest=20)
    safe = choices(SAFE_CONTACT, "Choose from the list.")
    contact_times = words("When", longest=200)
    must_not_hear = words("Who must not hear of it", longest=200)
    told_by = words("Who told you", longest=20)
    why = words("Why", longest=LONGEST_WHY)


@pages.get("/referrals/<uuid:referral_id>/their-details")
@requires(Role.LINK_WORKER)
def show(referral_id: UUID) -> Response:
    """Show what is held; `back` names what was put right once and fills the form with what stood before."""
    held = their_details.find(database(), actor(), referral_id)
    texts = dict(held.texts)
    if before := request.args.get("back"):
        found = [each.before for each in held.history if str(each.id) == before]
        if not found:
            raise NotFound
        texts |= found[0]
    return _page(referral_id, held, _filled(texts))


@pages.post("/referrals/<uuid:referral_id>/their-details")
@requires(Role.LINK_WORKER)
def save(referral_id: UUID) -> AnyResponse:
    """Write what is right."""
    form = Form(request.form)
    told = _told(form)
    try:
        parts = their_details.put_right(database(), actor(), referral_id, told)
    except Invalid as fault:
        return _page(referral_id, _held(referral_id), form.refused(fault, names=_NAMES))
    except ChangedMeanwhile as fault:
        return _overtaken(referral_id, form, told, fault)
    except Conflict as fault:
        return _page(referral_id, _held(referral_id), meanwhile.overtaken(form, fault))
    named = in_a_row((PART_WORDS[part] for part in parts), ", ")
    done = f"It is put right: {named}." if parts else "It is put right."
    flash(done + (_LINKS if {"phone", "email", "address"} & set(parts) else ""))
    return redirect(f"/referrals/{referral_id}", 303)


def put_right_since(referral_id: UUID, said: Sequence[PersonComment]) -> Mapping[UUID, str]:
    """Return the beginning of an answer to each comment that waits: what was put right since it was made."""
    waiting = [each for each in said if each.is_open]
    history = _held(referral_id).history if waiting else ()
    found = {}
    for each in waiting:
        changed = {part for one in history if one.at >= each.made_at for part in one.parts}
        if changed:
            named = in_a_row((PART_WORDS[part] for part in PARTS if part in changed), ", ")
            found[each.id] = f"We have put right: {named}."
    return found


def _held(referral_id: UUID) -> Held:
    return their_details.find(database(), actor(), referral_id)


def _told(form: Form) -> Told:
    problems: Sequence[FieldProblem] = ()
    try:
        typed = load(DetailsForm(), form)
    except Invalid as fault:
        problems = fault.problems
        typed = {name: form.value(name, "") for name in DetailsForm().fields}
        typed["safe"] = [each for each in form.values("safe") if each in SAFE_CONTACT]
    born = [str(typed[name]).strip() for name in _BORN]
    texts = {name: str(typed[name]) for name in FIELDS if name not in ("birth_date", "safe")}
    texts["birth_date"] = _iso(born) if any(born) else ""
    texts["safe"] = ",".join(sorted(typed["safe"]))
    said = {"told_by": typed["told_by"], "why": typed["why"]}
    checked = typed["number_is_checked"] == "yes"
    return Told(texts, _shown(form), **said, number_is_checked=checked, problems=problems)


def _iso(born: Sequence[str]) -> str:
    """As the calendar writes it; what is no day stays what was typed, and is refused as that."""
    year, month, day = born
    return f"{year}-{month.zfill(2)}-{day.zfill(2)}"


def _shown(form: Form) -> Texts:
    """What stood on the page that was filled in; a form without it is as of now."""
    try:
        found = json.loads(form.value("was", "{}") or "{}")
    except ValueError:
        return {}
    if not isinstance(found, dict) or not set(FIELDS) <= found.keys():
        return {}
    return {name: str(found[name]) for name in FIELDS}


def _overtaken(referral_id: UUID, form: Form, told: Told, fault: ChangedMeanwhile) -> Response:
    """Show what changed; what was typed of these parts stays, and the others are as they are by now."""
    held = _held(referral_id)
    touched = [part for part in PARTS if part_of(told.shown, part) != part_of(told.texts, part)]
    mine = {name: told.texts[name] for part in touched for name in PARTS[part]}
    typed = _filled({**held.texts, **mine}).typed
    for name in ("told_by", "why", "number_is_checked"):
        typed[name] = form.value(name)
    changes = tuple(
        f"Somebody else changed {PART_WORDS[part]}. It is now: {read_aloud(held.texts, part)}."
        for part in fault.parts
    )
    return _page(referral_id, held, replace(form, typed=typed, changes=changes))


def _filled(texts: Texts) -> Form:
    """Return the form as it stands with these texts."""
    typed = MultiDict((name, text) for name, text in texts.items() if name not in ("birth_date", "safe"))
    for name, text in zip(_BORN, texts["birth_date"].split("-"), strict=False):
        typed[name] = text.lstrip("0")
    typed.setlist("safe", [code for code in texts["safe"].split(",") if code])
    return Form(typed)


def _page(referral_id: UUID, held: Held, form: Form) -> Response:
    alike = duplicates.find_others(database(), actor(), referral_id).alike if form.error("nhs_number") else ()
    known = held.texts["language"]
    languages = {"": "Not known"} | ({known: known} if known else {}) | dict(LANGUAGE_WORDS)
    was = form.value("was") if form.problems else json.dumps(dict(held.texts))
    values: dict[str, Any] = {"safe_words": SAFE_CONTACT, "who_words": WHO_TOLD, "languages": languages}
    values |= {
        "held": held,
        "was": was,
        "alike": alike,
        "part_words": PART_WORDS,
        "read": read_aloud,
        "titles": PART_TITLES,
    }
    values |= {"longest_why": LONGEST_WHY, "banner": views.get_heading(database(), actor(), referral_id)}
    return render("their_details.html", form=form, **values)
