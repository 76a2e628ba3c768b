"""Who may read the dataset by machine: whoever holds a token of a project that is in force."""

from __future__ import annotations

from functools import wraps
from typing import Any, Final

from flask import current_app, g, request

from app.api.guard import NotSignedIn, View, bearer_token, database
from app.domain.access import Actor
from app.domain.errors import FieldProblem, Invalid
from app.domain.projects import Project
from app.runtime import Runtime
from app.services.dataset import projects
from app.services.dataset.releases import Release, get_release

PREFIX: Final = "/dataset/v1"
ACCESS: Final = "a token of a project that is in force"
_AS_AGREED: Final = "a table comes whole, with the columns agreed for your project. Leave it out."
_SIGN_IN: Final = (
    "Send 'Authorization: Bearer bsd_...' with a token of your project. It is made on the page Projects, and ends "
    "with the project, with your training, or when it is taken back."
)


def for_projects(view: View) -> View:
    """Let in whoever sends a project's token, before anything of the request is read."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        token = bearer_token()
        g.dataset_caller = projects.find_by_token(database(), token) if token else None
        if g.dataset_caller is None:
            raise NotSignedIn(_SIGN_IN)
        return view(*args, **kwargs)

    wrapper._access = ACCESS  # type: ignore[attr-defined]
    return wrapper


def project() -> Project:
    """Return for which project is asked."""
    found: tuple[Actor, Project] = g.dataset_caller
    return found[1]


def record(act: str, subject: str, **detail: Any) -> None:
    """Write into the audit what the caller reads; `subject` is a release or something of it, never a person.

    `detail` holds what was asked: names of columns, values and tables.
    """
    found: tuple[Actor, Project] = g.dataset_caller
    projects.record_use(database(), found[0], found[1], act, subject, **detail)


def runtime() -> Runtime:
    """Return the house."""
    found: Runtime = current_app.extensions["backstitch"]
    return found


def release(release_id: str) -> Release:
    """Return a release by its id; raises NotFound."""
    return get_release(runtime().settings.releases_dir, release_id)


def take_no_parameters() -> None:
    """Raise Invalid with each parameter of the query: what is left aside in silence seems to have been done."""
    problems = [
        FieldProblem(name, f"{name} is not taken here: {_AS_AGREED}", "not-supported")
        for name in request.args
    ]
    if problems:
        raise Invalid(problems)


def address(path: str) -> str:
    """Return the whole address of something under /dataset/v1."""
    return f"{runtime().settings.public_url.rstrip('/')}{PREFIX}{path}"
