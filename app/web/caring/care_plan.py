"""The link worker's pages of a person's plan: what matters, goals, actions, versions, and what a provider may read."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.domain.care_plan import (
    HOW,
    LONGEST_MATTERS,
    LONGEST_NAME,
    LONGEST_WORDS,
    WHO,
    WRITTEN_BY_TEAM,
    CarePlan,
)
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.vocabulary import Role
from app.services.caring import care_plans, disclosure, plan_paper
from app.services.caring.care_plans import PlanChanged, Seen
from app.services.shown import views
from app.web.caring.care_plan_forms import (
    ActionForm,
    GoalForm,
    MattersForm,
    SharedForm,
    action_of,
    goal_of,
    typed_action,
    typed_goal,
)
from app.web.frame.forms import Form, load
from app.web.frame.guard import actor, database, requires, today
from app.web.frame.kept import for_later, restored
from app.web.frame.page import render
from app.web.own.my_pages import pdf_file

pages = Blueprint("care_plan", __name__)
_HOW: Final = {code: HOW[code] for code in WRITTEN_BY_TEAM}
_LONGEST: Final = {"matters": LONGEST_MATTERS, "words": LONGEST_WORDS, "name": LONGEST_NAME}


@pages.get("/referrals/<uuid:referral_id>/plan")
@requires(Role.LINK_WORKER)
def show(referral_id: UUID) -> Response:
    """Show the plan as it stands, and what can be done with it."""
    found = views.get_referral(database(), actor(), referral_id)
    page = care_plans.find(database(), actor(), referral_id)
    new: dict[str, Any] = {
        f"new_{part}": _new_address(referral_id, f"{part}s") for part in ("goal", "action")
    }
    return render("care_plan/show.html", found=found, page=page, how=HOW, today=today(), **new)


@pages.get("/referrals/<uuid:referral_id>/plan.pdf")
@requires(Role.LINK_WORKER)
def printed(referral_id: UUID) -> Response:
    """Hand out the plan as a file, in large print where that is asked for."""
    is_large = request.args.get("print") == "large"
    return pdf_file(plan_paper.for_team(database(), actor(), referral_id, large=is_large))


@pages.get("/referrals/<uuid:referral_id>/plan/versions")
@requires(Role.LINK_WORKER)
def versions(referral_id: UUID) -> Response:
    """Show when each version was written."""
    found = views.get_referral(database(), actor(), referral_id)
    kept = care_plans.list_versions(database(), actor(), referral_id)
    return render("care_plan/versions.html", found=found, kept=kept, how=HOW)


@pages.get("/referrals/<uuid:referral_id>/plan/versions/<int:version>")
@requires(Role.LINK_WORKER)
def version_shown(referral_id: UUID, version: int) -> Response:
    """Show one earlier version."""
    found = views.get_referral(database(), actor(), referral_id)
    page = care_plans.find(database(), actor(), referral_id, version=_numbered(version))
    return render("care_plan/version.html", found=found, page=page, how=HOW)


@pages.post("/referrals/<uuid:referral_id>/plan/versions/<int:version>")
@requires(Role.LINK_WORKER)
def bring_back(referral_id: UUID, version: int) -> AnyResponse:
    """Make an earlier version the newest again."""
    care_plans.bring_back(database(), actor(), referral_id, _numbered(version))
    return _back(referral_id, "That version is the plan again. The one before it is kept too.")


@pages.get("/referrals/<uuid:referral_id>/plan/matters")
@requires(Role.LINK_WORKER)
def ask_matters(referral_id: UUID) -> Response:
    """Ask what matters to the person."""
    return _matters_page(referral_id, Form())


@pages.post("/referrals/<uuid:referral_id>/plan/matters")
@requires(Role.LINK_WORKER)
@for_later("What matters to the person")
def write_matters(referral_id: UUID) -> AnyResponse:
    """Write what matters to the person."""
    form = Form(request.form)
    try:
        typed = load(MattersForm(), form)
        care_plans.set_matters(database(), actor(), referral_id, typed["matters"], _seen(typed))
    except Invalid as fault:
        return _matters_page(referral_id, form.refused(fault))
    except PlanChanged as fault:
        return _matters_page(referral_id, Form(form.typed, {"matters": fault.sentence}), changed=True)
    return _back(referral_id, "It is saved, in the person's words.")


@pages.get("/referrals/<uuid:referral_id>/plan/goals/<uuid:goal_id>")
@requires(Role.LINK_WORKER)
def ask_goal(referral_id: UUID, goal_id: UUID) -> Response:
    """Ask for a goal, new or one that is there."""
    return _goal_page(referral_id, goal_id, Form())


@pages.post("/referrals/<uuid:referral_id>/plan/goals/<uuid:goal_id>")
@requires(Role.LINK_WORKER)
@for_later("A goal of a plan")
def write_goal(referral_id: UUID, goal_id: UUID) -> AnyResponse:
    """Write a goal."""
    form = Form(request.form)
    try:
        typed = load(GoalForm(), form)
        care_plans.put_goal(database(), actor(), referral_id, goal_of(goal_id, typed), _seen(typed))
    except Invalid as fault:
        return _goal_page(referral_id, goal_id, form.refused(fault))
    except PlanChanged as fault:
        return _goal_page(referral_id, goal_id, Form(form.typed, {"words": fault.sentence}), changed=True)
    return _back(referral_id, "The goal is saved, in the person's words.")


@pages.post("/referrals/<uuid:referral_id>/plan/goals/<uuid:goal_id>/remove")
@requires(Role.LINK_WORKER)
def remove_goal(referral_id: UUID, goal_id: UUID) -> AnyResponse:
    """Take a goal out."""
    seen = Seen(_number(request.form.get("plan_version", "")), "with")
    care_plans.remove_goal(database(), actor(), referral_id, goal_id, seen)
    return _back(referral_id, "The goal is taken out. Earlier versions keep it: you can bring one back.")


@pages.get("/referrals/<uuid:referral_id>/plan/actions/<uuid:action_id>")
@requires(Role.LINK_WORKER)
def ask_action(referral_id: UUID, action_id: UUID) -> Response:
    """Ask who does what, and by when."""
    return _action_page(referral_id, action_id, Form())


@pages.post("/referrals/<uuid:referral_id>/plan/actions/<uuid:action_id>")
@requires(Role.LINK_WORKER)
@for_later("An action of a plan")
def write_action(referral_id: UUID, action_id: UUID) -> AnyResponse:
    """Write an action."""
    form = Form(request.form)
    try:
        typed = load(ActionForm(), form)
        action = action_of(action_id, typed, care_plans.find(database(), actor(), referral_id).kept.plan)
        care_plans.put_action(database(), actor(), referral_id, action, _seen(typed))
    except Invalid as fault:
        return _action_page(referral_id, action_id, form.refused(fault, names={"by": "by_day"}))
    except PlanChanged as fault:
        return _action_page(referral_id, action_id, Form(form.typed, {"what": fault.sentence}), changed=True)
    return _back(referral_id, "The action is saved.")


@pages.post("/referrals/<uuid:referral_id>/plan/actions/<uuid:action_id>/remove")
@requires(Role.LINK_WORKER)
def remove_action(referral_id: UUID, action_id: UUID) -> AnyResponse:
    """Take an action out."""
    seen = Seen(_number(request.form.get("plan_version", "")), "with")
    care_plans.remove_action(database(), actor(), referral_id, action_id, seen)
    return _back(referral_id, "The action is taken out. Earlier versions keep it: you can bring one back.")


@pages.post("/referrals/<uuid:referral_id>/plan/actions/<uuid:action_id>/<word>")
@requires(Role.LINK_WORKER)
def mark(referral_id: UUID, action_id: UUID, word: str) -> AnyResponse:
    """Write that an action is done, or that it is not yet."""
    if word not in ("done", "not-done"):
        raise NotFound
    care_plans.mark_done(database(), actor(), referral_id, action_id, done=word == "done")
    return _back(referral_id, "It is done." if word == "done" else "It is open again.")


@pages.get("/referrals/<uuid:referral_id>/plan/shared/<uuid:placement_id>")
@requires(Role.LINK_WORKER)
def ask_shared(referral_id: UUID, placement_id: UUID) -> Response:
    """Ask which goals one provider may read, and show what it reads now."""
    return _shared_page(referral_id, placement_id, Form())


@pages.post("/referrals/<uuid:referral_id>/plan/shared/<uuid:placement_id>")
@requires(Role.LINK_WORKER)
def share(referral_id: UUID, placement_id: UUID) -> AnyResponse:
    """Let one provider read the goals that are ticked, and no others."""
    form = Form(request.form)
    try:
        typed = load(SharedForm(), form)
        agreed = typed["agreed"] == "yes"
        care_plans.share(database(), actor(), referral_id, placement_id, typed["goals"], agreed=agreed)
    except Invalid as fault:
        return _shared_page(referral_id, placement_id, form.refused(fault))
    except Conflict as fault:
        return _shared_page(referral_id, placement_id, Form(form.typed, {"goals": fault.sentence}))
    flash("Saved. Below is all that this provider reads now.")
    return redirect(f"/referrals/{referral_id}/plan/shared/{placement_id}", 303)


def _matters_page(referral_id: UUID, form: Form, *, changed: bool = False) -> Response:
    return _page("care_plan/matters.html", referral_id, form, changed=changed)


def _goal_page(referral_id: UUID, goal_id: UUID, form: Form, *, changed: bool = False) -> Response:
    plan = care_plans.find(database(), actor(), referral_id).kept.plan
    goal = next((each for each in plan.goals if each.id == goal_id), None)
    typed = form if form.typed or form.problems else restored() or typed_goal(goal, today())
    return _page("care_plan/goal.html", referral_id, typed, changed=changed, goal=goal)


def _action_page(referral_id: UUID, action_id: UUID, form: Form, *, changed: bool = False) -> Response:
    plan = care_plans.find(database(), actor(), referral_id).kept.plan
    action = next((each for each in plan.actions if each.id == action_id), None)
    typed = form if form.typed or form.problems else restored() or typed_action(action)
    beside: dict[str, Any] = {"action": action, "who": WHO, "goals": _goals(plan)}
    return _page("care_plan/action.html", referral_id, typed, changed=changed, **beside)


def _shared_page(referral_id: UUID, placement_id: UUID, form: Form) -> Response:
    preview = disclosure.preview_asked(database(), actor(), referral_id, placement_id)
    page = care_plans.find(database(), actor(), referral_id)
    shared = page.shared.get(placement_id, ())
    now = {each.goal_id: each.words for each in shared}
    placement = next((each for each in page.asked if each.id == placement_id), None)
    beside: dict[str, Any] = {"preview": preview, "shared": now, "placement": placement}
    return _page("care_plan/shared.html", referral_id, form, **beside)


def _page(template: str, referral_id: UUID, form: Form, *, changed: bool = False, **values: Any) -> Response:
    found = views.get_referral(database(), actor(), referral_id)
    page = care_plans.find(database(), actor(), referral_id)
    told = {"how": _HOW, "longest": _LONGEST, "page": page, "changed": changed}
    status = 409 if changed else 200
    return render(template, status=status, form=form, found=found, **told, **values)


def _goals(plan: CarePlan) -> dict[str, str]:
    return {"": "No goal in particular"} | {str(each.id): each.words for each in plan.goals}


def _seen(typed: dict[str, Any]) -> Seen:
    return Seen(typed["plan_version"], typed["how"])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _numbered(version: int) -> int:
    if not 1 <= version < 100_000:
        raise NotFound
    return version


def _new_address(referral_id: UUID, part: str) -> str:
    """The form for a new goal or action: its id is made now, so that sending twice makes one."""
    return f"/referrals/{referral_id}/plan/{part}/{uuid4()}"


def _back(referral_id: UUID, done: str) -> AnyResponse:
    flash(done)
    return redirect(f"/referrals/{referral_id}/plan", 303)
