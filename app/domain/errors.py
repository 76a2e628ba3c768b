"""Errors as data: a sentence for people, an HTTP status and a FHIR issue type; nothing personal in any of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong value: `field` names it in our own words, `sentence` says what is wrong and how to mend it."""

    field: str
    sentence: str
    code: str = "value"  # FHIR issue type


class DomainError(Exception):
    """Base of what the rules refuse; edges look the status up here, never by exact class."""

    status = 500
    issue = "exception"

    def __init__(self, sentence: str):
        self.sentence = sentence
        super().__init__(sentence)


class NotFound(DomainError):
    """Absent, or not yours: the two are answered alike."""

    status = 404
    issue = "not-found"

    def __init__(self, sentence: str = "There is nothing here, or it is not shared with your organisation."):
        super().__init__(sentence)


class NotAllowed(DomainError):
    """Your role may not do this."""

    status = 403
    issue = "forbidden"


class Conflict(DomainError):
    """The thing has moved on: somebody else acted first, or this step does not follow from where it stands."""

    status = 409
    issue = "conflict"


class MovedOn(Conflict):
    """A step that does not follow from where a thing stands; `is_done` where it stands there because of that step.

    `track` and `status` name what stands where, for edges that say it in people's words.
    """

    def __init__(self, sentence: str, *, track: str, status: str, is_done: bool):
        self.track, self.status_now, self.is_done = track, status, is_done
        super().__init__(sentence)


class Invalid(DomainError):
    """Values that cannot be taken; carries every problem at once."""

    status = 422
    issue = "value"

    def __init__(self, problems: list[FieldProblem] | tuple[FieldProblem, ...]):
        self.problems = tuple(problems)
        super().__init__(" ".join(problem.sentence for problem in self.problems))
