"""Writes what may leave for the dataset: allow-listed fields of closed referrals, sealed to the anonymiser's key."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from app.domain.access import system
from app.domain.outcomes import Phase, Taken, scores
from app.domain.referral import Person, age_on
from app.store import duplicates, extracts, outcomes, people
from app.store.extracts import Candidate
from app.store.outcomes import Numbers
from app.store.sealing import seal
from app.store.session import Database, Tx

POLICY = "2026-11"
_ACT = "extract for dataset"


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
    provider_kind: str
    outcome: str
    end: str
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


EXTRACT_FIELDS: tuple[str, ...] = tuple(field.name for field in fields(ExtractRow))
_GENDERS = ("female", "male", "other")
_ETHNICITIES = (*"ABCDEFGHJKLMNPRSZ", "99")  # NHS Data Dictionary, ethnic category
_OLDEST = 120
_SCORES = ("life-satisfaction", "worthwhile", "happy", "anxious", "loneliness")


@dataclass(frozen=True, slots=True)
class Extracted:
    """One extract: where it lies, what is in it and what was left out."""

    id: UUID
    path: Path
    rows: int
    opted_out: int
    excluded: dict[str, int]


def write_extract(db: Database, public_key: bytes, folder: Path) -> Extracted:
    """Write and seal every closed referral that no extract has looked at; renamed into place when complete.

    Whoever opted out or withdrew consent is counted and left out before anything is written; so is whoever's
    identity is not sure, because two people counted as one, or one as two, break the counting of people.
    """
    extract_id = uuid4()
    folder.mkdir(parents=True, exist_ok=True)
    unfinished, path = folder / f".{extract_id}.part", folder / f"extract-{extract_id}.sealed"
    try:
        with db.transaction(system("extract")) as tx:
            rows, items = _collect(tx)
            opted_out, excluded = _left_out(items)
            header = _header(tx, extract_id, len(rows), opted_out, excluded)
            digest = _write_sealed(unfinished, [header, *rows], public_key)
            values = {
                "id": extract_id,
                "policy": POLICY,
                "rows": len(rows),
                "opted_out": opted_out,
                "excluded": excluded,
                "sealed_sha256": digest,
            }
            extracts.record(tx, values, items, audit=_ACT)
            unfinished.rename(path)
    except BaseException:
        path.unlink(missing_ok=True)  # what is not recorded as extracted would be extracted again
        raise
    finally:
        unfinished.unlink(missing_ok=True)
    return Extracted(extract_id, path, len(rows), opted_out, excluded)


_Items = dict[UUID, tuple[bool, str]]


def _collect(tx: Tx) -> tuple[list[dict[str, Any]], _Items]:
    candidates = extracts.list_candidates(tx, audit=_ACT)
    ids = [candidate.referral_id for candidate in candidates]
    persons = people.list_for_referrals(tx, [candidate.person_id for candidate in candidates], audit=_ACT)
    numbers = outcomes.numbers_of(tx, ids, audit=_ACT)
    measures = outcomes.measures_of(tx, ids, audit=_ACT)
    led = duplicates.leaders_of(tx, ids)
    rows: list[dict[str, Any]] = []
    items: _Items = {}
    for candidate in candidates:
        person, outcome = persons[candidate.person_id], numbers.get(candidate.referral_id)
        reason = _why_not(person) or (None if outcome else "no-outcome")
        if reason is None and candidate.referral_id in led:  # the help is told once, by the one that led
            reason = "worked-as-one"
        if reason is None and outcome is not None:
            row = _row(candidate, person, outcome, measures.get(candidate.referral_id, []))
            rows.append({field: getattr(row, field) for field in EXTRACT_FIELDS})
        items[candidate.referral_id] = (reason is None, reason or "sent")
    return rows, items


def _why_not(person: Person) -> str | None:
    if person.type1_opt_out:
        return "opted-out"
    if not person.identity_confirmed or not person.details.nhs_number:
        return "identity-not-confirmed"
    return "restricted-record" if person.restricted else None


def _left_out(items: _Items) -> tuple[int, dict[str, int]]:
    reasons = Counter(reason for included, reason in items.values() if not included)
    opted_out = reasons.pop("opted-out", 0)
    return opted_out, dict(sorted(reasons.items()))


def _header(tx: Tx, extract_id: UUID, rows: int, opted_out: int, excluded: dict[str, int]) -> dict[str, Any]:
    return {
        "record": "header",
        "policy": POLICY,
        "extract_id": str(extract_id),
        "created_on": tx.today.isoformat(),
        "watermark": tx.now.isoformat(timespec="seconds"),
        "counts": {"rows": rows, "opted_out": opted_out, "excluded": excluded},
    }


def _write_sealed(path: Path, records: list[dict[str, Any]], public_key: bytes) -> str:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as out:
        seal((json.dumps(record).encode() for record in records), public_key, out)
        out.flush()
        os.fsync(out.fileno())
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _row(candidate: Candidate, person: Person, outcome: Numbers, measures: list[Taken]) -> ExtractRow:
    details = person.details
    age = age_on(candidate.received_at.date(), details.birth_date)
    waited = candidate.started_at - candidate.received_at if candidate.started_at else None
    return ExtractRow(
        record="outcome",
        nhs_number=details.nhs_number or "",
        referral_key=str(candidate.referral_id),
        age_years=age if age is not None and 0 <= age <= _OLDEST else None,
        gender=details.gender if details.gender in _GENDERS else "unknown",
        ethnicity=details.ethnicity if details.ethnicity in _ETHNICITIES else None,
        outward_code=details.outward_code,
        referred_month=candidate.received_at.strftime("%Y-%m"),
        weeks_to_start=waited.days // 7 if waited else None,
        need=candidate.needs[0] if candidate.needs else "other",
        provider_kind=candidate.provider_kind or "none",
        outcome=outcome.state.value,
        end="ended-early" if candidate.end_reason else "completed",
        contacts=candidate.contacts,
        goal_before=outcome.goal_before,
        goal_after=outcome.goal_after,
        **_changes(measures),
    )


def _changes(measures: list[Taken]) -> dict[str, int | None]:
    """Return the scores by field name: of several answers the first of "before", the last of "after", as the practice
    and the pages are told."""
    found: dict[str, int | None] = {
        f"{code.replace('-', '_')}_{phase}": None for code in _SCORES for phase in Phase
    }
    for taken in measures:
        for code, value in scores(taken).items():
            name = f"{code.replace('-', '_')}_{taken.phase}"
            if name in found and (taken.phase is Phase.AFTER or found[name] is None):
                found[name] = value
    return found
