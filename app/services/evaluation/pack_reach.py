"""Who came, as an evaluation counts them: by place, age, who they are, what they needed and who asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from app.domain.disclosure import AGE_BANDS, age_band
from app.domain.ethnicity import GROUP_WORDS, NOT_KNOWN, category, group
from app.domain.ethnicity import WORDS as ETHNICITY_WORDS
from app.domain.identifiers import outward_of
from app.domain.population import EVERYBODY
from app.domain.referral import age_on
from app.domain.small_numbers import LEAST
from app.domain.sources import SOURCES
from app.domain.vocabulary import NEED_WORDS
from app.services.evaluation.pack_cases import Case, Gathered
from app.services.evaluation.pack_characteristics import Characteristic
from app.services.evaluation.pack_figures import Sight, Spec

REACH: Final = "reach"
_UNKNOWN: Final = "Not known"
_OTHER_AREAS: Final = "other-areas"
_GENDERS: Final = {"female": "Female", "male": "Male", "other": "Other", NOT_KNOWN: _UNKNOWN}
_FIFTHS: Final = {
    "1": "1: most deprived fifth of areas",
    "2": "2",
    "3": "3",
    "4": "4",
    "5": "5: least deprived fifth of areas",
    NOT_KNOWN: _UNKNOWN,
}


def reach(gathered: Gathered) -> Sequence[Spec]:
    """Return the figures of who came."""
    return [
        _area(gathered),
        *(make(gathered) for make in (_age, _gender, _ethnicity, _deprivation, _need, _source)),
        *(_characteristic(gathered, each) for each in gathered.characteristics),
    ]


def _spec(gathered: Gathered, key: str, title: str, by: str, **more: Any) -> Spec:
    told = {"population": gathered.population.get(key, {}), **more}
    came = f"People for whom help began, of those {gathered.whose} in this period"
    return Spec(key=key, section=REACH, title=title, definition=f"{came}, {by}", of=gathered.helped, **told)


def _area(gathered: Gathered) -> Spec:
    """Wards where the postcodes of the place are loaded, postcode districts elsewhere."""
    by_ward = any(case.home and case.home.ward for case in gathered.helped)

    def code_of(case: Case) -> list[str]:
        if by_ward:
            return [f"ward:{case.home.ward}" if case.home and case.home.ward else _OTHER_AREAS]
        postcode = case.facts.postcode
        return [outward_of(postcode) or _OTHER_AREAS]

    found = sorted({code_of(case)[0] for case in gathered.helped} - {_OTHER_AREAS})
    names = {code: gathered.areas.get(code, code.removeprefix("ward:")) for code in found}
    words = dict(sorted(names.items(), key=lambda each: (each[1], each[0])))
    return _spec(
        gathered,
        "area",
        "Where people live",
        "by the ward of their address." if by_ward else "by the first half of their postcode.",
        words={**words, _OTHER_AREAS: "Other areas, or not known"},
        codes=code_of,
        folds=_OTHER_AREAS,
        drops_nobody=True,
        population=gathered.population.get(EVERYBODY, {}),
    )


def _age(gathered: Gathered) -> Spec:
    words = dict(zip(AGE_BANDS, AGE_BANDS, strict=True)) | {"85+": "85 and over", NOT_KNOWN: _UNKNOWN}

    def code_of(case: Case) -> list[str]:
        return [age_band(age_on(case.came.offered_on, case.facts.birth_date)) or NOT_KNOWN]

    by = "by their age on the day they were referred."
    return _spec(gathered, "age", "Age", by, words=words, codes=code_of, sight=Sight.HELPED)


def _gender(gathered: Gathered) -> Spec:
    def code_of(case: Case) -> list[str]:
        gender = case.facts.gender
        return [gender if gender in _GENDERS else NOT_KNOWN]

    by = "by gender as it was told in the referral."
    return _spec(gathered, "gender", "Gender", by, words=_GENDERS, codes=code_of)


def _ethnicity(gathered: Gathered) -> Spec:
    """The 16 categories where none of them is small, else the census's five groups."""
    counts = [category(case.facts.ethnicity) for case in gathered.helped]
    fine = all(not 0 < counts.count(code) < LEAST for code in ETHNICITY_WORDS)
    words, of = (ETHNICITY_WORDS, category) if fine else (GROUP_WORDS, group)
    population = gathered.population.get("ethnicity", {})
    return _spec(
        gathered,
        "ethnicity",
        "Ethnicity",
        "by ethnic category as it was told in the referral"
        + ("." if fine else ", in five groups because the 16 categories are too small to show."),
        words=words,
        codes=lambda case: [of(case.facts.ethnicity)],
        population=_in_words_of(words, population, group),
    )


def _in_words_of(
    words: Mapping[str, str], population: Mapping[str, int], group_of: Callable[[str], str]
) -> Mapping[str, int]:
    """The area's file may tell 16 categories where the figure tells five groups."""
    told: dict[str, int] = {}
    for code, people in population.items():
        line = code if code in words else group_of(code)
        told[line] = told.get(line, 0) + people
    return told


def _deprivation(gathered: Gathered) -> Spec:
    def code_of(case: Case) -> list[str]:
        decile = case.home.imd_decile if case.home else None
        return [str((decile + 1) // 2) if decile else NOT_KNOWN]

    by = "by how deprived the area of their address is among all in England (Index of Multiple Deprivation)."
    return _spec(gathered, "deprivation", "Deprivation of the area", by, words=_FIFTHS, codes=code_of)


def _need(gathered: Gathered) -> Spec:
    words = {str(need): told for need, told in NEED_WORDS.items()}
    return _spec(
        gathered,
        "need",
        "What people wanted help with",
        "by the needs that the referral named.",
        words=words,
        codes=lambda case: [need for need in dict.fromkeys(case.came.needs) if need in words],
        sight=Sight.HELPED,
        several=True,
        drops_nobody=True,
    )


def _source(gathered: Gathered) -> Spec:
    words = {str(kind): source.words for kind, source in SOURCES.items()}
    by = "by who first asked for help for them."
    return _spec(gathered, "source", "Who asked", by, words=words, codes=lambda case: [str(case.came.source)])


def _characteristic(gathered: Gathered, told: Characteristic) -> Spec:
    words = dict(told.words) | {NOT_KNOWN: "Not asked, or rather not say"}

    def code_of(case: Case) -> list[str]:
        return list(told.answers.get(case.came.person_id, (NOT_KNOWN,)))

    more = {"words": words, "codes": code_of, "several": told.several}
    return _spec(gathered, told.key, told.title, told.definition, **more)
