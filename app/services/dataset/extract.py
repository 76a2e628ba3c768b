"""Writes what may leave for the dataset: allow-listed fields of ended referrals, sealed to the anonymiser's key."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from app.domain.access import system
from app.domain.referral import Person
from app.services.dataset.extract_row import make_row
from app.services.dataset.name_prints import KEY_BYTES, NAME_KEY, NAME_PRINTS, prints_of
from app.services.dataset.opt_out_checks import fresh_from
from app.store import duplicates, extracts, geography, outcomes, people
from app.store.extracts import Candidate
from app.store.outcomes import Numbers
from app.store.sealing import seal
from app.store.session import Database, Tx

POLICY = "2026-12"
NOT_CHECKED = "not-checked-nationally"
_ACT = "extract for dataset"
_TAKEN_BACK = {
    "consent-withdrawn": "consent-withdrawn",
    "sent-by-mistake": "not-a-referral",
    "duplicate": "not-a-referral",
}


@dataclass(frozen=True, slots=True)
class Extracted:
    """One extract: where it lies, what is in it and what was left out."""

    id: UUID
    path: Path
    rows: int
    opted_out: int
    excluded: dict[str, int]


def write_extract(
    db: Database, public_key: bytes, folder: Path, *, checked_within: int | None = None
) -> Extracted:
    """Write and seal every ended referral that no extract has looked at; renamed into place when complete.

    Whoever opted out (Type 1, the national data opt-out) or withdrew consent is counted by reason and left out before
    anything is written, never listed; so is whoever's identity is not sure, because two people counted as one, or one
    as two, break the counting of people, and everybody whose record is restricted. With `checked_within` so is whoever
    the national check has not answered on within so many days: counted too, and looked at again next time.
    """
    extract_id = uuid4()
    folder.mkdir(parents=True, exist_ok=True)
    unfinished, path = folder / f".{extract_id}.part", folder / f"extract-{extract_id}.sealed"
    try:
        with db.transaction(system("extract")) as tx:
            name_key = secrets.token_bytes(KEY_BYTES)
            rows, items, unchecked = _collect(tx, name_key, checked_within)
            opted_out, excluded = _left_out(items, unchecked)
            header = _header(tx, extract_id, len(rows), opted_out, excluded)
            header[NAME_KEY] = name_key.hex()
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


def _collect(tx: Tx, name_key: bytes, checked_within: int | None) -> tuple[list[dict[str, Any]], _Items, int]:
    candidates = extracts.list_candidates(tx, audit=_ACT)
    ids = [candidate.referral_id for candidate in candidates]
    persons = people.list_for_referrals(tx, [candidate.person_id for candidate in candidates], audit=_ACT)
    numbers = outcomes.numbers_of(tx, ids, audit=_ACT)
    measures = outcomes.measures_of(tx, ids, audit=_ACT)
    led = duplicates.leaders_of(tx, ids)
    withdrawn = extracts.list_withdrawn(tx, persons, audit=_ACT)
    homes = geography.list_places(tx, [person.details.postcode for person in persons.values()])
    rows: list[dict[str, Any]] = []
    items: _Items = {}
    unchecked = 0
    oldest = None if checked_within is None else fresh_from(tx.today, checked_within)
    for candidate in candidates:
        person, outcome = persons[candidate.person_id], numbers.get(candidate.referral_id)
        reason = why_not(person, withdrew=person.id in withdrawn) or _why_not_told(candidate, outcome)
        if reason is None and candidate.referral_id in led:  # the help is told once, by the one that led
            reason = "worked-as-one"
        if reason is None and not _is_checked(person, oldest):  # not for good: no line stands for it
            unchecked += 1
            continue
        if reason is None:
            taken = measures.get(candidate.referral_id, [])
            home = homes.get(person.details.postcode or "")
            row = make_row(
                candidate, person, home, outcome=outcome, measures=taken, library=tx.measures
            ).as_record()
            names = (person.details.family or "", *person.details.given)
            rows.append({**row, NAME_PRINTS: prints_of(names, name_key)})
        items[candidate.referral_id] = (reason is None, reason or "sent")
    return rows, items, unchecked


def _is_checked(person: Person, oldest: date | None) -> bool:
    checked_on = person.national_checked_on
    return oldest is None or (checked_on is not None and checked_on >= oldest)


def why_not(person: Person, *, withdrew: bool) -> str | None:
    """Return the code of why nothing of a person leaves, None when it may; `withdrew`: their consent to this use."""
    if person.type1_opt_out:
        return "opted-out"
    if withdrew:
        return "consent-withdrawn"
    if person.national_opt_out:
        return "national-data-opt-out"
    if not person.identity_confirmed or not person.details.nhs_number:
        return "identity-not-confirmed"
    return "restricted-record" if person.restricted else None


def _why_not_told(candidate: Candidate, outcome: Numbers | None) -> str | None:
    """Return the code of why a referral is not told of: what was taken back because it never was one, or because the
    person no longer agreed; one that was closed must say how it ended."""
    if not candidate.withdrawn:
        return None if outcome else "no-outcome"
    return _TAKEN_BACK.get(candidate.end_reason or "")


def _left_out(items: _Items, unchecked: int) -> tuple[int, dict[str, int]]:
    reasons = Counter(reason for included, reason in items.values() if not included)
    if unchecked:
        reasons[NOT_CHECKED] = unchecked
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
