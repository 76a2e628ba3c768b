"""How people found the help, as an evaluation counts it: questions that are asked once, at the end or later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app.domain.measure_parts import Audience, Item
from app.domain.measures import Library, Measure
from app.domain.outcomes import Phase
from app.services.evaluation.pack_cases import Case, Gathered
from app.services.evaluation.pack_changes import could_answer
from app.services.evaluation.pack_figures import Sight, Spec
from app.services.evaluation.pack_journeys import OUTCOME

NO_ANSWER: Final = "no-answer"
_OF_ALL_HELP: Final = (
    "Somebody whom several groups helped may have answered for all of the help. An answer is what one person said; "
    "those who gave none may see it in another way."
)


@dataclass
class _Asked:
    """One question of this kind: its lines by code, and in which of them each person is."""

    measure: Measure
    item: Item
    words: dict[str, str]
    told: dict[UUID, str] = field(default_factory=dict)


class _Known:
    """The questions of this kind of each version of a measure, looked up once however many people answered it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._found: dict[tuple[str, str], list[tuple[Measure, Item]]] = {}

    def of(self, code: str, version: str) -> Sequence[tuple[Measure, Item]]:
        """Return the questions of a version, none of a measure whose file is gone."""
        if (code, version) not in self._found:
            measure = self._library.find(code, version)
            items = [(measure, item) for item in _items(measure)] if measure else []
            self._found[code, version] = items
        return self._found[code, version]


def experiences(gathered: Gathered) -> Sequence[Spec]:
    """Return a figure of each question about the help that somebody answered, in the library's order."""
    found: dict[str, _Asked] = {}
    known = _Known(gathered.library)
    for case in gathered.helped:
        for measure, item, value in _answers(case, known):
            key = f"{measure.code}.{item.code}"
            if key not in found:
                newest = gathered.library.asked_now(measure.code, gathered.today)
                found[key] = _asked(newest, newest.item(item.code) or item)
            asked = found[key]
            asked.told[case.came.person_id] = _line(asked, measure, item, value)  # the newest answer stays
    order = {code: place for place, code in enumerate(gathered.library.codes())}
    keys = sorted(found, key=lambda key: (order[found[key].measure.code], key))
    return [_spec(gathered, key, found[key]) for key in keys]


def is_experience(library: Library, key: str) -> bool:
    """Tell whether a figure's key is that of such a question, in whichever version."""
    code, _, item = key.partition(".")
    versions = (measure for measure in library.measures if measure.code == code)
    return any(one.code == item for measure in versions for one in _items(measure))


def _items(measure: Measure) -> Iterator[Item]:
    """The questions that have no answer from before to be set beside, and whose answers are kinds."""
    if Phase.BEFORE not in measure.phases:
        yield from (item for item in measure.items if item.is_category)


def _answers(case: Case, known: _Known) -> Iterator[tuple[Measure, Item, int]]:
    for taken in case.measures:
        if taken.phase is Phase.BEFORE:
            continue
        for measure, item in known.of(taken.measure, taken.version):
            if item.code in taken.answers:
                yield measure, item, taken.answers[item.code]


def _asked(newest: Measure, item: Item) -> _Asked:
    values = [answer.value for answer in item.answers] or range(item.low, item.high + 1)
    return _Asked(newest, item, {str(value): item.words_of(value) for value in values})


def _line(asked: _Asked, measure: Measure, item: Item, value: int) -> str:
    """The line of an answer: one of its own where an older version meant something else by the same number."""
    words = item.words_of(value)
    if asked.words.get(str(value)) == words:
        return str(value)
    code = f"{value}@{measure.version}"
    asked.words[code] = f"{words} (version {measure.version})"
    return code


def _spec(gathered: Gathered, key: str, asked: _Asked) -> Spec:
    def code_of(case: Case) -> Sequence[str]:
        return (asked.told.get(case.came.person_id, NO_ANSWER),)

    of = [
        case
        for case in gathered.helped
        if case.came.person_id in asked.told or could_answer(case, 0, gathered.today)
    ]
    words: Mapping[str, str] = {**asked.words, NO_ANSWER: "No answer"}
    everybody = asked.measure.audience is Audience.EVERYBODY
    return Spec(
        key=key,
        section=OUTCOME,
        title=f"{asked.measure.name}: what people said",
        definition=f"People for whom help began, of those {gathered.whose} in this period, whose help has ended or who "
        f"answered already, by their newest answer to: “{asked.measure.display(asked.item.code)}”",
        words=words,
        codes=code_of,
        of=of,
        sight=Sight.EVERYBODY if everybody else Sight.NOBODY,
        missing=NO_ANSWER,
        is_own=True,
        notes=(_OF_ALL_HELP,),
    )
