"""Questions to the anonymiser's desk: put into its letter box as files, so that no record comes to this side."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from app.domain.errors import Conflict, DomainError, FieldProblem, Invalid, NotFound
from app.services.dataset.dataset_access import is_agreed

OPEN: Final = "open"  # asks for nobody's project: the view without log-in
_WAIT: Final = 0.05  # seconds between two looks for an answer
MOST_A_MINUTE: Final = 30
_MINUTE: Final = 60.0  # seconds
_KEPT: Final = 30 * 24 * 3600.0  # seconds after which nobody asks for an answer any more
_MOST_WAITING: Final = 200  # questions in the box before further ones are put off
_LARGEST: Final = 8 * 2**20  # bytes of an answer
_SHUT: Final = "The desk's letter box cannot be written to. Tell the steward."
_KEYS: Final = ("dimensions", "filters", "measure")


class NoDesk(DomainError):
    """Nobody answers questions here just now."""

    status = 503
    issue = "transient"


class TooMany(DomainError):
    """A project asked too often."""

    status = 429
    issue = "throttled"


class Status(StrEnum):
    """What the desk said."""

    ANSWERED = "answered"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk said to one question: a table, or why there is none."""

    id: UUID
    release: str
    status: Status
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    rule: str = ""
    notes: Sequence[str] = ()
    problems: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question that the desk has not answered yet."""

    id: UUID


@dataclass(frozen=True, slots=True)
class Queryable:
    """What may be asked of the newest release: columns with their values, numbers that have means, and limits.

    `groups` are those of a column's values that may be asked for by one name: by column, then by name.
    """

    release: str
    columns: Mapping[str, Sequence[str]]
    groups: Mapping[str, Mapping[str, Sequence[str]]]
    numbers: Sequence[str]
    most_dimensions: int
    most_filters: int


def what_may_be_asked(desk_dir: Path | None) -> Queryable:
    """Return what the desk says may be asked; raises NoDesk where there is none."""
    told = _read(_box(desk_dir) / "desk.json")
    if told is None:
        raise NoDesk("The desk that answers questions is not open yet: ask again in a few minutes.")
    return Queryable(
        release=str(told["release"]),
        columns={str(name): tuple(values) for name, values in told["columns"].items()},
        groups={
            str(name): {str(group): tuple(values) for group, values in groups.items()}
            for name, groups in told.get("groups", {}).items()
        },
        numbers=tuple(told.get("numbers", ())),
        most_dimensions=int(told["most_dimensions"]),
        most_filters=int(told["most_filters"]),
    )


def check(question: Mapping[str, Any], may: Queryable, fields: Sequence[str] | None) -> None:
    """Raise Invalid with everything in a question that cannot be asked, before the desk sees it.

    `fields` are the agreed columns of a project, None where all may be asked.
    """
    names = [*question["dimensions"], *question["filters"]]
    problems = [_unknown(name, may) for name in names if name not in may.columns]
    if fields is not None:
        problems += [
            FieldProblem(name, f"{name} is not among the columns agreed for your project.", "forbidden")
            for name in dict.fromkeys([*names, *_mean_of(question)])
            if not is_agreed(fields, name) and (name in may.columns or name in may.numbers)
        ]
    problems += _value_problems(question["filters"], may)
    problems += [
        FieldProblem("measure", f"No mean is told of {name}: {_listed(may.numbers)}.")
        for name in _mean_of(question)
        if name not in may.numbers
    ]
    for key, most in (("dimensions", may.most_dimensions), ("filters", may.most_filters)):
        if len(question[key]) > most:
            problems.append(FieldProblem(key, f"At most {most} {key} in one question."))
    if len(set(question["dimensions"])) < len(question["dimensions"]):
        problems.append(FieldProblem("dimensions", "Name each column once."))
    if problems:
        raise Invalid(problems)


def told_of(question: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is asked, and nothing else of a request: columns, values and the measure, which name nobody."""
    return {key: question[key] for key in _KEYS if key in question}


def ask(
    desk_dir: Path | None,
    project_id: UUID | None,
    release_id: str,
    question: Mapping[str, Any],
    *,
    wait_seconds: float,
) -> Answer | Waiting:
    """Put a question to the desk and return its answer, or its id where that has not come in time.

    What the desk refused is an answer too: see `answered`. Raises NoDesk.
    """
    box = _box(desk_dir)
    question_id, project = uuid4(), _named(project_id)
    told = {
        "id": str(question_id),
        "project": project,
        "release": release_id,
        "question": told_of(question),
    }
    _note_whose(box, project, question_id)
    _put(box, question_id, told)
    ends = time.monotonic() + wait_seconds
    while (found := _find(box, question_id)) is None and time.monotonic() < ends:
        time.sleep(_WAIT)
    return found or Waiting(question_id)


def find_answer(desk_dir: Path | None, project_id: UUID | None, question_id: UUID) -> Answer | None:
    """Return the answer to a question of a project, or None while it waits.

    Raises NotFound where this project asked nothing under this id, NoDesk.
    """
    box = _box(desk_dir)
    if not (box / "asked" / _named(project_id) / str(question_id)).is_file():
        raise NotFound("No question of your project has this id. Ask it again with POST /dataset/v1/queries.")
    return _find(box, question_id)


def _named(project_id: UUID | None) -> str:
    return str(project_id) if project_id else OPEN


def _note_whose(box: Path, project: str, question_id: UUID) -> None:
    """Remember who asked, because an answer does not say, and how often: an empty file of each question."""
    folder, now = box / "asked" / project, time.time()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ages = {each: now - each.stat().st_mtime for each in folder.iterdir()}
        if sum(age < _MINUTE for age in ages.values()) >= MOST_A_MINUTE:
            raise TooMany(f"A project may ask {MOST_A_MINUTE} questions a minute: ask again in a minute.")
        for each in (path for path, age in ages.items() if age > _KEPT):
            each.unlink(missing_ok=True)
        (folder / str(question_id)).touch(exist_ok=False)
    except OSError as fault:
        raise NoDesk(_SHUT) from fault


def _put(box: Path, question_id: UUID, told: Mapping[str, Any]) -> None:
    folder = box / "questions"
    aside = folder / f".{question_id}"
    try:
        folder.mkdir(exist_ok=True)
        waiting = sum(1 for _ in folder.glob("*.json"))
        if waiting < _MOST_WAITING:
            aside.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
            aside.rename(folder / f"{question_id}.json")
    except OSError as fault:
        raise NoDesk(_SHUT) from fault
    if waiting >= _MOST_WAITING:
        raise NoDesk("Too many questions wait for the desk: ask again in a minute.")


def _find(box: Path, question_id: UUID) -> Answer | None:
    told = _read(box / "answers" / f"{question_id}.json")
    if told is None or told.get("id") != str(question_id) or told.get("status") not in [*Status]:
        return None
    return Answer(
        id=question_id,
        release=str(told.get("release", "")),
        status=Status(told["status"]),
        columns=tuple(told.get("columns", ())),
        rows=tuple(tuple(row) for row in told.get("rows", ())),
        rule=str(told.get("rule", "")),
        notes=tuple(told.get("notes", ())),
        problems=tuple(told.get("problems", ())),
    )


def answered(answer: Answer) -> Answer:
    """Return an answer that has a table; raises Conflict with the desk's sentences where it refused."""
    if answer.status is Status.REFUSED:
        raise Conflict(" ".join(answer.problems) or "The desk does not answer this question.")
    return answer


def _box(desk_dir: Path | None) -> Path:
    if desk_dir is None or not desk_dir.is_dir():
        raise NoDesk("No desk answers questions here. The tables of each release can be read without one.")
    return desk_dir


def _read(path: Path) -> dict[str, Any] | None:
    try:
        if path.is_symlink() or path.stat().st_size > _LARGEST:
            return None
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None


def _mean_of(question: Mapping[str, Any]) -> Sequence[str]:
    measure = question.get("measure")
    return (str(measure["mean"]),) if isinstance(measure, Mapping) and "mean" in measure else ()


def _unknown(name: str, may: Queryable) -> FieldProblem:
    return FieldProblem(name, f"There is no column of this name to ask by: {_listed(may.columns)}.")


def _value_problems(filters: Mapping[str, Sequence[str]], may: Queryable) -> list[FieldProblem]:
    return [
        FieldProblem(
            f"filters.{name}",
            f"{name} has no value and no group {value!r}: GET /dataset/v1/queryable lists them.",
        )
        for name, values in filters.items()
        for value in values
        if name in may.columns
        and value not in may.columns[name]
        # A group is named alone: beside other values it would be a group of nobody's making.
        and not (len(values) == 1 and value in may.groups.get(name, {}))
    ]


def _listed(names: Sequence[str] | Mapping[str, Any]) -> str:
    return f"choose from {', '.join(names)}" if names else "there is none"
