"""Reads a question's letter and words the answer's: nothing that is refused says anything about anybody."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from anonymiser.policy import MINIMUM_PEOPLE
from anonymiser.releasing.columns import NOT_A_CAUSE
from anonymiser.tables.desk import Answer
from anonymiser.tables.queries import Allowed, QueryRefused
from anonymiser.tables.rule_words import BY_CELL_KEYS, how_told

OPEN: Final = "open"
_STEP: Final = "to_the_nearest"
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_PARTS: Final = ("id", "project", "release", "question")
_OF_PEOPLE: Final = "A number is of different people, {how}."
_OF_A_MEAN: Final = (
    "A mean is of one referral of each person: the first that has the number. Where two people have nearly all of it, "
    "it is not listed. It is told in steps, which are wider the fewer people it is of: to_the_nearest has the step of "
    "each line, and the mean of a group that has too few people for a step of 1 is not listed."
)
_NOTES: Final = (
    "A line that is not listed has from 0 to {most} people, or would tell of a few people beside another answer, or "
    "has a value that the release does not name.",
    f"A number that would have changed by fewer than {MINIMUM_PEOPLE} people since an earlier release is as it was.",
    NOT_A_CAUSE,
)


def read_letter(content: bytes, name: str, release: str) -> object:
    """The question in a letter about the newest release. Raises QueryRefused with everything that is wrong."""
    try:
        letter = json.loads(content)
    except (ValueError, RecursionError):
        raise QueryRefused(
            "The question is not JSON: write an object with id, project, release, question."
        ) from None
    if not isinstance(letter, Mapping):
        raise QueryRefused("A question's file holds an object with id, project, release and question.")
    if problems := list(_problems(letter, name, release)):
        raise QueryRefused(*problems)
    return letter["question"]


def _problems(letter: Mapping[str, Any], name: str, release: str) -> Iterator[str]:
    unknown = [part for part in letter if part not in _PARTS]
    if unknown:
        yield f"{len(unknown)} parts are not known; there are {', '.join(_PARTS)}."
    for part in _PARTS:
        if part not in letter:
            yield f"{part}: missing."
    told = {part: letter[part] for part in _PARTS[:3] if part in letter}
    if "id" in told and not (_is_uuid(told["id"]) and told["id"] == name):
        yield "id: give a UUID in small letters, the same as the file's name."
    if "project" in told and not (told["project"] == OPEN or _is_uuid(told["project"])):
        yield f'project: give the UUID of a project, or "{OPEN}".'
    if "release" in told and told["release"] != release:
        yield f"release: only the newest, {release}, may be asked about. Earlier ones can be read as they are."


def _is_uuid(value: object) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def answered(name: str, release: str, answer: Answer) -> dict[str, Any]:
    """The letter of an answer."""
    cells, rule = answer.cells, answer.rule
    how = BY_CELL_KEYS if answer.noisy else how_told(rule)
    is_mean = answer.query.mean_of is not None
    steps = [[each] for each in answer.steps] if is_mean else [[] for _ in range(cells.height)]
    notes = [
        (_OF_A_MEAN if is_mean else _OF_PEOPLE).format(how=how),
        *(note.format(most=answer.most_unlisted) for note in _NOTES),
    ]
    return {
        "id": name,
        "release": release,
        "status": "answered",
        "rule": answer.rule.name,
        "columns": [*cells.columns, _STEP] if is_mean else cells.columns,
        "rows": [[*row, *step] for row, step in zip(cells.rows(), steps, strict=True)],
        "notes": notes,
    }


def refused(name: str, *problems: str) -> dict[str, Any]:
    """The letter of a refusal."""
    return {"id": name, "status": "refused", "problems": list(problems)}


def may_be_asked(release: str, allowed: Allowed) -> dict[str, Any]:
    """What desk.json says."""
    return {
        "release": release,
        "columns": {name: sorted(values) for name, values in sorted(allowed.columns.items())},
        "groups": {
            column: {name: sorted(values) for name, values in sorted(groups.items())}
            for column, groups in sorted(allowed.named_groups.items())
        },
        "numbers": sorted(allowed.numbers),
        "most_dimensions": allowed.most_dimensions,
        "most_filters": allowed.most_filters,
    }
