"""What leaves of one referral for the dataset: allow-listed fields, coded and counted, never a word or a name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from app.domain.geography import Located
from app.domain.measures import Library
from app.domain.outcomes import ENDS, Phase, Taken
from app.domain.referral import Person, age_on
from app.domain.sources import SourceKind
from app.domain.standing import standing
from app.domain.vocabulary import OutcomeState
from app.store.extracts import Candidate
from app.store.outcomes import Numbers
from app.store.session import LONDON


@dataclass(frozen=True, slots=True)
class ExtractRow:
    """One closed referral as it leaves: no name, address, contact detail, date of birth or free text."""

    record: str
    nhs_number: str
    referral_key: str
    age_years: int | None
    gender: str
    ethnicity: str | None
    outward_code: str | None
    referred_month: str
    weeks_to_start: int | None
    need: str
    practice: str | None
    network: str | None
    small_area: str | None
    deprivation_decile: int | None
    source: str
    provider_kind: str
    outcome: str
    end: str
    end_reason: str
    declines: int
    unanswered: int
    decline_reason: str
    contacts: int
    life_satisfaction_before: int | None
    life_satisfaction_after: int | None
    worthwhile_before: int | None
    worthwhile_after: int | None
    happy_before: int | None
    happy_after: int | None
    anxious_before: int | None
    anxious_after: int | None
    loneliness_before: int | None
    loneliness_after: int | None
    goal_before: int | None
    goal_after: int | None

    def as_record(self) -> dict[str, Any]:
        """As it is written, every field under its name."""
        return {field: getattr(self, field) for field in EXTRACT_FIELDS}


EXTRACT_FIELDS: tuple[str, ...] = tuple(field.name for field in fields(ExtractRow))
_GENDERS = ("female", "male", "other")
_ETHNICITIES = (*"ABCDEFGHJKLMNPRSZ", "99")  # NHS Data Dictionary, ethnic category
_OLDEST = 120
# As the Organisation Data Service and the Office for National Statistics spell them; what is spelt otherwise stays.
_PRACTICE_OR_NETWORK = re.compile(r"[A-Z][0-9]{5}")
_SMALL_AREA = re.compile(r"[EWNS][0-9]{8}")
# Why a referral ended, as far as it leaves: that somebody died, moved or is ill is nobody's business over there.
_END_REASONS = ("could-not-contact", "person-declined", "did-not-engage", "no-suitable-service")
_DECLINES: Mapping[str, tuple[str, ...]] = {
    "no-capacity": ("22", "31"),
    "too-far": ("21", "42"),
    "not-suitable": ("23", "32", "40", "41"),
    "person": ("26", "27"),
}
_DECLINE_OF = {code: coarse for coarse, codes in _DECLINES.items() for code in codes}
_MOST_ANSWERS = 100  # as the other side bounds them
# Of these questionnaires alone: another one may call its own item "happy".
_SCORES: Mapping[str, tuple[str, ...]] = {
    "ons4": ("life-satisfaction", "worthwhile", "happy", "anxious"),
    "ucla3": ("loneliness",),
}
# The dataset's list of states is published and fixed: what it has no word for is told as not known.
_STATES: Mapping[OutcomeState, OutcomeState] = {
    OutcomeState.COULD_NOT_REACH: OutcomeState.NOT_KNOWN,
    OutcomeState.NOT_ASKED: OutcomeState.NOT_KNOWN,
}


def make_row(
    candidate: Candidate,
    person: Person,
    home: Located | None,
    *,
    outcome: Numbers | None,
    measures: Sequence[Taken],
    library: Library,
) -> ExtractRow:
    """Return what leaves of one referral; `home` is where the person's postcode lies, `measures` the oldest first.

    A referral that was taken back has no `outcome`: it leaves as not known, so that nobody is lost from the count. A
    value that is not spelt as its published list spells values leaves as nothing, so that one slip of a setting cannot
    stop a whole extract on the other side.
    """
    told = outcome or Numbers(OutcomeState.NOT_KNOWN, None, None)
    return ExtractRow(
        record="outcome",
        referral_key=str(candidate.referral_id),
        outcome=_STATES.get(told.state, told.state).value,
        goal_before=told.goal_before,
        goal_after=told.goal_after,
        **_who(candidate, person),
        **_where(candidate, home),
        **_what_happened(candidate),
        **_changes(measures, library),
    )


def _who(candidate: Candidate, person: Person) -> dict[str, Any]:
    details = person.details
    age = age_on(candidate.received_at.astimezone(LONDON).date(), details.birth_date)
    return {
        "nhs_number": details.nhs_number or "",
        "age_years": age if age is not None and 0 <= age <= _OLDEST else None,
        "gender": details.gender if details.gender in _GENDERS else "unknown",
        "ethnicity": details.ethnicity if details.ethnicity in _ETHNICITIES else None,
        "outward_code": details.outward_code,
    }


def _where(candidate: Candidate, home: Located | None) -> dict[str, Any]:
    """The small area and who asked: of a practice its codes, of anybody else the kind alone."""
    of_practice = candidate.source == SourceKind.PRACTICE
    return {
        "small_area": _spelt(_SMALL_AREA, home.lsoa if home else None),
        "deprivation_decile": home.imd_decile if home else None,
        "source": candidate.source,
        "practice": _spelt(_PRACTICE_OR_NETWORK, candidate.requester_ods if of_practice else None),
        "network": _spelt(_PRACTICE_OR_NETWORK, candidate.network if of_practice else None),
    }


def _what_happened(candidate: Candidate) -> dict[str, Any]:
    waited = candidate.started_at - candidate.received_at if candidate.started_at else None
    return {
        "referred_month": candidate.received_at.astimezone(LONDON).strftime("%Y-%m"),
        "weeks_to_start": waited.days // 7 if waited else None,
        "need": candidate.needs[0] if candidate.needs else "other",
        "provider_kind": candidate.provider_kind or "none",
        "contacts": candidate.contacts,
        "declines": min(candidate.declines, _MOST_ANSWERS),
        "unanswered": min(candidate.unanswered, _MOST_ANSWERS),
        "decline_reason": _DECLINE_OF.get(candidate.decline_reason or "", "other")
        if candidate.declines
        else "none",
        **_ending(candidate),
    }


def _ending(candidate: Candidate) -> dict[str, str]:
    if candidate.withdrawn:
        return {"end": "withdrawn", "end_reason": "withdrawn"}
    if not candidate.end_reason:
        return {"end": "completed", "end_reason": "completed"}
    known = candidate.end_reason in _END_REASONS
    return {"end": "ended-early", "end_reason": candidate.end_reason if known else "other"}


def _spelt(pattern: re.Pattern[str], code: str | None) -> str | None:
    return code if code and pattern.fullmatch(code) else None


def _changes(measures: Sequence[Taken], library: Library) -> dict[str, Any]:
    """Return the scores by field name: of several answers the first of "before", the last of "after", as the practice
    and the pages are told."""
    codes = [code for each in _SCORES.values() for code in each]
    found: dict[str, Any] = {f"{code.replace('-', '_')}_{phase}": None for code in codes for phase in ENDS}
    for taken in standing(measures):
        if taken.phase not in ENDS:
            continue
        scores = library.scores(taken)
        for code in _SCORES.get(taken.measure, ()):
            name = f"{code.replace('-', '_')}_{taken.phase}"
            if code in scores and (taken.phase is Phase.AFTER or found[name] is None):
                found[name] = scores[code]
    return found
