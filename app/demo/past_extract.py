"""The invented year as the extract tells it, made without a database: for attacks on what is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from app.demo import directory, place
from app.demo.year import homes
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Person
from app.domain.sources import SourceKind
from app.domain.vocabulary import OutcomeState
from app.services.dataset.extract import why_not
from app.services.dataset.extract_row import make_row
from app.services.measures.measure_library import shipped
from app.store.extracts import Candidate
from app.store.history import PastEpisode, PastPerson
from app.store.outcomes import Numbers

Record = dict[str, Any]
_NAMING = ("record", "nhs_number", "referral_key")


def extract_records(past: Iterable[PastPerson]) -> list[Record]:
    """Return the year's records exactly as an extract of the loaded year holds them, header left out, in its order.

    Whoever opted out, withdrew consent or is restricted is not among them.
    """
    told = [(episode, person) for person in past for episode in person.episodes]
    told.sort(key=lambda each: each[0].id)
    return [_record(episode, person) for episode, person in told if _may_leave(person)]


def unprotected(records: Sequence[Record]) -> list[Record]:
    """Return the control: what would be published if taking names off were enough.

    Every field is exact and a `person` ("p1", "p2", ...) stands in place of the identifiers, so that an attack can be
    judged; an intruder must find people in it.
    """
    serial = {
        number: f"p{at}" for at, number in enumerate(dict.fromkeys(r["nhs_number"] for r in records), 1)
    }
    return [
        {"person": serial[record["nhs_number"]]} | {k: v for k, v in record.items() if k not in _NAMING}
        for record in records
    ]


def _may_leave(person: PastPerson) -> bool:
    return why_not(_person(person), withdrew=person.withdrew) is None


def _record(episode: PastEpisode, person: PastPerson) -> Record:
    before, after = episode.goal or (None, None)
    return make_row(
        _candidate(episode, person),
        _person(person),
        homes().get(person.details.postcode or ""),
        outcome=Numbers(OutcomeState(episode.outcome), before, after),
        measures=[
            Taken(measure, Phase(phase), answers, episode.ended_at.date())
            for measure, phase, answers in episode.measures
        ],
        library=shipped(),
    ).as_record()


def _person(person: PastPerson) -> Person:
    return Person(
        directory.identity(f"person {person.details.nhs_number}"),
        person.details,
        identity_confirmed=True,
        restricted=person.restricted,
        deceased=False,
        type1_opt_out=person.type1_opt_out,
        national_opt_out=person.national_opt_out,
    )


def _candidate(episode: PastEpisode, person: PastPerson) -> Candidate:
    ods, network, source = _requesters()[episode.requester_id]
    reasons = [each.reason for each in episode.declined if each.reason]
    helped = episode.started_at is not None and episode.provider_id is not None
    return Candidate(
        referral_id=episode.id,
        person_id=_person(person).id,
        needs=(episode.need,),
        received_at=episode.received_at,
        end_reason=episode.end_reason,
        provider_kind=_kinds()[episode.provider_id] if helped and episode.provider_id else None,
        started_at=episode.started_at,
        contacts=sum(episode.contacts),
        declines=len(reasons),
        unanswered=len(episode.declined) - len(reasons),
        decline_reason=reasons[-1] if reasons else None,
        withdrawn=False,
        source=source,
        requester_ods=ods,
        network=network,
    )


@cache
def _requesters() -> Mapping[UUID, tuple[str | None, str | None, str]]:
    networks = {entry.code: entry.network for entry in place.ods_entries()}
    practices = {
        directory.identity(told["name"]): (told["ods"], networks[told["ods"]], SourceKind.PRACTICE.value)
        for told in directory.practices()
    }
    others = {directory.identity(told["name"]): (None, None, told["kind"]) for told in directory.sources()}
    return {**practices, **others}


@cache
def _kinds() -> Mapping[UUID, str]:
    return {
        directory.identity(told["name"]): directory.provider_kind(told).value for told in directory.groups()
    }
