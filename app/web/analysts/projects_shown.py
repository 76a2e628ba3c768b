"""How a project is shown to its people and to the steward: where it stands, and what each can do now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Response

from app.domain.project_papers import COLUMNS
from app.domain.projects import (
    BASIS_WORDS,
    DECIDES_AS_WORDS,
    STATUS_WORDS,
    TIER_WORDS,
    Act,
    Project,
    ProjectStatus,
    approvals,
    may,
)
from app.services.dataset import projects
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database, today
from app.web.frame.page import render

_COLOURS = {
    ProjectStatus.DRAFT: "yellow",
    ProjectStatus.SUBMITTED: "blue",
    ProjectStatus.APPROVED: "green",
    ProjectStatus.REFUSED: "red",
    ProjectStatus.WITHDRAWN: "grey",
    ProjectStatus.ENDED: "grey",
}
_STEPS = {
    Act.ASKED: "Written",
    Act.SUBMITTED: "Sent",
    Act.CHANGED: "Changed",
    Act.AGREEMENT: "Signed agreement written down",
    Act.APPROVED: "Approved",
    Act.REFUSED: "Refused",
    Act.WITHDRAWN: "Withdrawn",
    Act.ENDED: "Ended",
}


@dataclass(frozen=True, slots=True)
class SortedOut:
    """The steward's projects: those that wait, those in force, and the rest."""

    waiting: tuple[Project, ...]
    in_force: tuple[Project, ...]
    others: tuple[Project, ...]


def sorted_out(found: Sequence[Project]) -> SortedOut:
    """Sort the steward's projects by what there is to do."""
    waiting = tuple(each for each in found if each.status is ProjectStatus.SUBMITTED)
    in_force = tuple(each for each in found if each.is_in_force(today()))
    return SortedOut(waiting, in_force, tuple(each for each in found if each not in (*waiting, *in_force)))


def state(project: Project) -> tuple[str, str]:
    """Return where a project stands, in words, and the tag's colour."""
    if project.status is ProjectStatus.APPROVED and not project.is_in_force(today()):
        return "Last day is past", "grey"
    return STATUS_WORDS[project.status], _COLOURS[project.status]


def reason_of(form: Form, act: Act) -> str:
    """Return the reason that was typed for a deed; each has an input of its own on the page."""
    return str(form.value(f"reason_{act}")).replace("\r\n", "\n").strip()


def one(project_id: UUID, form: Form, *, token: str = "", status: int = 200) -> Response:
    """Show one project; `token` is one just made, which no other page will ever show."""
    seen = projects.get(database(), actor(), project_id)
    who = actor().user_id
    project = seen.project
    given = approvals(project, seen.steps)
    return render(
        "projects/one.html",
        form=form,
        status=status,
        seen=seen,
        project=project,
        state=state(project),
        can={act.value for act in Act if act is not Act.ASKED and may(project, act)},
        is_own=project.asked_by == who,
        is_apart=project.asked_by != who and project.person(who) is None,
        is_open=project.is_open_to(who, today()),
        given=given,
        has_approved=any(step.by == who for step in given),
        as_words={
            name: words
            for name, words in DECIDES_AS_WORDS.items()
            if all(step.decides_as != name for step in given)
        },
        all_as_words=DECIDES_AS_WORDS,
        step_words=_STEPS,
        tier_words=TIER_WORDS,
        basis_words=BASIS_WORDS,
        columns=COLUMNS,
        token=token,
        today=today(),
    )
