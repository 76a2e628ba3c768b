"""What a measure is: items, answers, direction, scores, bands and codes, as data; a library keeps every version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.domain.errors import FieldProblem, NotFound
from app.domain.frameworks import USUAL, Depth, Framework, Prompt, in_force
from app.domain.measure_parts import About, Answer, Audience, Band, Coding, Item, Scoring, Total
from app.domain.outcomes import Phase, Taken

__all__ = [
    "About",
    "Answer",
    "Audience",
    "Band",
    "Coding",
    "Item",
    "Library",
    "Measure",
    "Scoring",
    "Total",
    "library_of",
]

# Of the core, what is asked where a service is asked least: what the person wanted, and how they found the help.
_MICRO: Final = (About.GOAL, About.EXPERIENCE)


@dataclass(frozen=True, slots=True)
class Measure:
    """One version of a questionnaire. No `totals`: its items are never summed. `phases`: when it makes sense.

    `narrative` is asked behind its items and answered in the person's words: kept as such, and never counted.
    """

    code: str
    version: str
    name: str
    about: About
    items: tuple[Item, ...]
    totals: tuple[Total, ...]
    attribution: str
    licence: str
    languages: tuple[str, ...] = ("en",)
    audience: Audience = Audience.EVERYBODY
    introduction: str = ""
    retired: bool = False  # not asked any more; what was answered stays readable
    phases: tuple[Phase, ...] = tuple(Phase)
    narrative: tuple[Prompt, ...] = ()

    @property
    def in_words(self) -> tuple[str, ...]:
        """The codes of what is answered in the person's own words: what an item is about, and its narrative."""
        return (
            *(item.code for item in self.items if item.own_words),
            *(each.code for each in self.narrative),
        )

    @property
    def total_code(self) -> str | None:
        """The code of its only total; None when it has none or several."""
        return self.totals[0].code if len(self.totals) == 1 else None

    @property
    def may_be_asked(self) -> bool:
        """Whether it can stand on a form: every item has words."""
        return not self.retired and all(item.wording or item.own_words for item in self.items)

    def item(self, code: str) -> Item | None:
        """Return the item of a code, None when there is none."""
        return next((item for item in self.items if item.code == code), None)

    def alerts(self, answers: Mapping[str, int]) -> bool:
        """Tell whether an answer is one that a person must look at today."""
        return any(
            item.alerts_above is not None and answers.get(item.code, item.low) > item.alerts_above
            for item in self.items
        )

    def band(self, code: str, value: float) -> str | None:
        """Return what the authors call the range that a number lies in; None where they name none."""
        found = self.counted(code)
        told = found.bands if found else ()
        return next((band.words for band in told if band.low <= value <= band.high), None)

    def direction(self, code: str, before: float, after: float) -> int:
        """Return 1 when a change is for the better, -1 for the worse, 0 when it is smaller than what matters.

        Where nobody says how much matters, any change counts.
        """
        found = self.counted(code)
        change = (after - before) * (1 if self.higher_is_better(code) else -1)
        matters = found.change_that_matters if found else None
        if change == 0 or (matters is not None and abs(change) < matters):
            return 0
        return 1 if change > 0 else -1

    def display(self, code: str) -> str:
        """Return the words for an item, total or prompt; its number where they are not ours to show."""
        for total in self.totals:
            if total.code == code:
                return total.name
        item, told = self.item(code), next((each for each in self.narrative if each.code == code), None)
        words = item.wording if item else told.wording if told else None
        if item and not words:
            return f"{self.name}, question {self.items.index(item) + 1}"
        return words or f"{self.name}: {code}"

    def counted(self, code: str) -> Item | Total | None:
        """Return the item or total of a code, None when there is none."""
        total = next((total for total in self.totals if total.code == code), None)
        return total or self.item(code)

    def higher_is_better(self, code: str) -> bool:
        """Return whether a higher number of an item or total is better for the person."""
        found = self.counted(code)
        return True if found is None else found.higher_is_better

    def scale(self, code: str) -> str:
        """Say how far a number can go and which end is the good one; empty for a code that is not of here."""
        found = self.counted(code)
        if found is None:
            return ""
        better = "higher" if found.higher_is_better else "lower"
        return f"{found.low:g} to {found.high:g}, {better} is better"

    def scores(self, answers: Mapping[str, int]) -> dict[str, float]:
        """Return each answered item by its code, and each total whose items are all there."""
        found: dict[str, float] = {
            item.code: answers[item.code] for item in self.items if item.code in answers
        }
        for total in self.totals:
            if any(code not in found for code in total.items):
                continue  # a missing answer gives no total, whatever its item is called
            if (score := _score(total, [answers[code] for code in total.items])) is not None:
                found[total.code] = score
        return found


def _score(total: Total, answers: Sequence[int]) -> float | None:
    match total.scoring:
        case Scoring.SUM:
            return sum(answers)
        case Scoring.TABLE:
            return total.table.get(sum(answers))
        case Scoring.PROFILE:
            return total.table.get(int("".join(map(str, answers)) or 0))


@dataclass(frozen=True)
class Library:
    """Every version of every measure that this installation knows; the newest of each is the one that is asked."""

    measures: tuple[Measure, ...] = ()
    frameworks: tuple[Framework, ...] = ()

    def current(self, on: date | None = None) -> tuple[Measure, ...]:
        """Return the newest version of each measure, in the order they were told in; on a day, without one to come."""
        return tuple(found for code in self.codes() if (found := self.newest(code, on)))

    def newest(self, code: str, on: date | None = None) -> Measure | None:
        """Return a measure's newest version; on a day, no framework's questions that are still to come, if it can."""
        versions = [each for each in self.measures if each.code == code]
        told = [each for each in versions if on is None or not self._is_to_come(each, on)]
        return next(reversed(told or versions), None)

    def asked_now(self, code: str, on: date) -> Measure:
        """Return the version that answers of a day are of where none is named; raises NotFound."""
        found = self.newest(code, on)
        if found is None:
            raise NotFound("There is no such measure here.")
        return found

    def _is_to_come(self, measure: Measure, on: date) -> bool:
        days = [
            each.effective_from
            for each in self.frameworks
            if (each.code, each.version) == (measure.code, measure.version)
        ]
        return bool(days) and min(days) > on

    def framework(self, on: date | None = None) -> Framework:
        """Return what the place agreed to ask, as it holds on a day (the newest, without one)."""
        return in_force(self.frameworks, on) or USUAL

    def asked(
        self, on: date | None = None, *, service_kind: str | None = None, phase: Phase | None = None
    ) -> tuple[Measure, ...]:
        """Return what is asked here, in its order: on a day, of people whom a kind of service helps, at one time."""
        framework = self.framework(on)
        depth = framework.depth_for(service_kind)
        codes = framework.codes if depth is Depth.FULL else framework.core
        found = (self._of(framework, code, on) for code in codes)
        return tuple(
            measure
            for measure in found
            if measure is not None
            and measure.may_be_asked
            and (phase is None or phase in measure.phases)
            and (depth is not Depth.MICRO or measure.about in _MICRO)
        )

    def _of(self, framework: Framework, code: str, on: date | None) -> Measure | None:
        """A framework's own questions are asked as of its own version: the next one's wait for their day."""
        own = self.find(code, framework.version) if code == framework.code else None
        return own or self.newest(code, on)

    def get(self, code: str, version: str | None = None) -> Measure:
        """Return a measure, its newest version unless one is named; raises NotFound."""
        found = self.find(code, version)
        if found is None:
            raise NotFound("There is no such measure here.")
        return found

    def find(self, code: str, version: str | None = None) -> Measure | None:
        """Return a measure or None: an old answer may name one whose file is gone."""
        found = [
            each for each in self.measures if each.code == code and (version or each.version) == each.version
        ]
        return found[-1] if found else None

    def scores(self, taken: Taken) -> dict[str, float]:
        """Return the answers and totals of a measure as it was taken; the bare answers where its file is gone."""
        measure = self.find(taken.measure, taken.version)
        found = measure.scores(taken.answers) if measure else dict(taken.answers)
        return found | dict(taken.totals)

    def alerts(self, taken: Taken) -> bool:
        """Tell whether an answer is one that a person must look at today."""
        measure = self.find(taken.measure, taken.version)
        return measure is not None and measure.alerts(taken.answers)

    def seen_outside(self, taken: Taken) -> Taken:
        """Return a measure as those outside the team see it: of some only the totals, never a single answer.

        Nothing of one whose file is gone: nobody knows any more who may see it.
        """
        measure = self.find(taken.measure, taken.version)
        if measure is None:
            return replace(taken, answers={}, words={}, totals={})
        if measure.audience is Audience.EVERYBODY:
            return taken
        scores = measure.scores(taken.answers)
        totals = {total.code: scores[total.code] for total in measure.totals if total.code in scores}
        return replace(taken, answers={}, words={}, totals=totals)

    def display(self, measure: str, code: str, version: str | None = None) -> str:
        """Return the words for an item or total; plain codes where the measure's file is gone."""
        found = self.find(measure, version)
        return found.display(code) if found else f"{measure}: {code}"

    def check_words(
        self, code: str, words: Iterable[str], field: str, *, version: str | None = None
    ) -> list[FieldProblem]:
        """Return what is wrong with own words, told by their codes: nothing asks for words under a code."""
        measure = self.find(code, version)
        unknown = [each for each in words if measure is not None and each not in measure.in_words]
        if measure is None or not unknown:
            return []
        known = ", ".join(measure.in_words) or "nothing"
        sentence = f"{measure.name} takes no words under {', '.join(unknown)}; it takes them under: {known}."
        return [FieldProblem(field, sentence, "code-invalid")]

    def codes(self) -> tuple[str, ...]:
        """Return the codes of the measures, each once."""
        return tuple(dict.fromkeys(each.code for each in self.measures))

    def check_answers(
        self, code: str, answers: Mapping[str, int], field: str, *, version: str | None = None
    ) -> list[FieldProblem]:
        """Return what is wrong with answers: unknown measure, unknown item, number out of range."""
        measure = self.find(code, version)
        if measure is None:
            sentence = f"Unknown measure; use one of: {', '.join(self.codes())}."
            return [FieldProblem(field, sentence, "code-invalid")]
        return [problem for item, value in answers.items() for problem in _wrong(measure, item, value, field)]


def library_of(measures: Iterable[Measure], frameworks: Iterable[Framework] = ()) -> Library:
    """Return the library of these measures, older versions first."""
    return Library(tuple(measures), tuple(frameworks))


def _wrong(measure: Measure, code: str, value: int, field: str) -> list[FieldProblem]:
    item = measure.item(code)
    if item is None:
        known = ", ".join(each.code for each in measure.items)
        sentence = f"{measure.name} has no such item; its items are: {known}."
        return [FieldProblem(field, sentence, "code-invalid")]
    if not item.low <= value <= item.high:
        sentence = f"{measure.name}, {code}: give a whole number from {item.low} to {item.high}."
        return [FieldProblem(f"{field}.{code}", sentence)]
    return []
