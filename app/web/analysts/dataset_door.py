"""Who reads the dataset on the pages, and for which project: the steward always, an analyst by a project in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask import g, request

from app.domain.projects import Project, Tier
from app.domain.vocabulary import Role
from app.services.dataset import dataset_access, projects
from app.services.dataset.releases import Release, get_release
from app.web.frame.guard import actor, database, runtime

READERS: Final = (Role.STEWARD, Role.ANALYST)


@dataclass(frozen=True)
class Chosen:
    """For which project is read, and among which it was chosen."""

    project: Project
    among: Sequence[Project]


def project_for(tier: Tier) -> Project | None:
    """Return the analyst's project, which must have been given a tier; None for others. Raises as `any_project`."""
    project = _chosen(tier)
    if project:
        dataset_access.check_tier(project, tier)
    return project


def any_project() -> Project | None:
    """Return for which project an analyst reads, None for others: the one that the address names, else a default.

    Raises NotAllowed, saying what to do, where the address names none of theirs, or none is in force.
    """
    return _chosen(None)


def carry(path: str) -> str:
    """Return an address with the project for which is read, where there are several to choose from."""
    found: Chosen | None = g.get("dataset_chosen")
    if found is None or len(found.among) < 2:
        return path
    return f"{path}{'&' if '?' in path else '?'}project={found.project.id}"


def told() -> dict[str, Any]:
    """Return what every page of the dataset needs, so that links keep to one project and others can be chosen."""
    found: Chosen | None = g.get("dataset_chosen")
    among = found.among if found else ()
    return {
        "carry": carry,
        "chosen": found.project if found else None,
        "mine": among if len(among) > 1 else (),
    }


def is_a_reader() -> bool:
    """Tell whether the one who signed in reads releases at all, so that projects are something to tell them of."""
    return actor().role in READERS


def _chosen(tier: Tier | None) -> Project | None:
    if actor().role is not Role.ANALYST:
        return None
    among = projects.require(database(), actor())
    project = projects.choose(among, request.args.get("project"), tier)
    g.dataset_chosen = Chosen(project, among)
    return project


def record(project: Project | None, act: str, subject: str, **asked: Any) -> None:
    """Write into the audit what is read; `subject` is a release or something of it, never a person."""
    projects.record_use(database(), actor(), project, act, subject, **asked)


def releases_dir() -> Path | None:
    """Return the folder of the releases."""
    return runtime().settings.releases_dir


def release(release_id: str) -> Release:
    """Return a release by its id; raises NotFound."""
    return get_release(releases_dir(), release_id)
