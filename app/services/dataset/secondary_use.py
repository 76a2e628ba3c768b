"""The person's word on the shared dataset: written down when it is said, heeded by every extract and release after."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.consent_wordings import Kind
from app.domain.errors import FieldProblem, Invalid
from app.domain.identifiers import check_digit_is_right
from app.domain.secondary_use import SAID_BY, Stand, stand_of
from app.domain.vocabulary import Role
from app.services.rights import consent_wordings
from app.store import referrals, secondary_use, tasks
from app.store.extracts import SECONDARY_USE
from app.store.secondary_use import ExtractMade, Word
from app.store.session import Database, Tx
from app.store.tasks import Consent

TYPE_1, WITHDRAWN, RESEARCH = "type-1.txt", "withdrawn.txt", "research.txt"  # beside the extracts
_ACT = "record secondary use"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the person's word stands; `is_handed_over`: rows of theirs are in an extract already."""

    stand: Stand
    words: Sequence[Word]
    is_handed_over: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """How many people the lists for the anonymiser name; `research`: who agreed to it."""

    type_1: int
    others: int
    research: int = 0


def find(db: Database, actor: Actor, referral_id: UUID) -> Standing:
    """Return what the person said; raises NotFound when the referral is not the link worker's team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    act = "read secondary use"
    with db.transaction(actor) as tx:
        referral = referrals.get(tx, referral_id, audit=act)
        words = secondary_use.list_words(tx, referral.person_id, audit=act)
        with tx.as_system("secondary use") as inner:
            handed_over = secondary_use.is_handed_over(inner, referral.person_id)
    return Standing(stand_of([word.given for word in words]), words, handed_over)


def record(
    db: Database, actor: Actor, referral_id: UUID, *, given: bool, said_by: str, wording: int | None = None
) -> None:
    """Write what the person said, whatever became of the referral; the newest word counts for all of theirs.

    `wording` is the version of our words that was read to them. Raises Invalid for a `said_by` that is none of SAID_BY
    and (field "given") when the words are others today, NotFound for another team's referral.
    """
    check_acts_as(actor, Role.LINK_WORKER)
    if said_by not in SAID_BY:
        raise Invalid([FieldProblem("said_by", "Choose who said so.", "required")])
    with db.transaction(actor) as tx:
        referral = referrals.get_for_update(tx, referral_id, audit=_ACT)
        read = consent_wordings.shown(tx, Kind.DATASET, wording, field="given")
        said = Consent(SECONDARY_USE, given=given, source=said_by, asked_by=actor.user_id, wording=read)
        tasks.add_consent(tx, said, person_id=referral.person_id, referral_id=referral.id, audit=_ACT)


def record_own(
    tx: Tx, *, person_id: UUID, referral_id: UUID, given: bool, wording: int | None = None
) -> None:
    """Write what the person says on their own page, as the platform; the newest word counts for all of theirs.

    Raises Invalid (field "answer") when our words are others today than `wording`.
    """
    shown = consent_wordings.shown(tx, Kind.DATASET, wording, field="answer")
    said = Consent(SECONDARY_USE, given=given, source="person", wording=shown)
    tasks.add_consent(tx, said, person_id=person_id, referral_id=referral_id, audit=_ACT)


def stand_of_person(tx: Tx, person_id: UUID, *, audit: str) -> Stand:
    """Return where a person's word on the shared dataset stands."""
    return stand_of([word.given for word in secondary_use.list_words(tx, person_id, audit=audit)])


def record_refusal_told(tx: Tx, *, person_id: UUID, referral_id: UUID) -> bool:
    """Write that a message says no to such use; False when that is the newest word already.

    A message's yes is never written: who talked to the person knows, and without a word nothing changes.
    """
    words = secondary_use.list_words(tx, person_id, audit=_ACT)
    if words and not words[0].given:
        return False
    said = Consent(SECONDARY_USE, given=False, source="message")
    tasks.add_consent(tx, said, person_id=person_id, referral_id=referral_id, audit=_ACT)
    return True


def write_lists(db: Database, folder: Path) -> Listed:
    """Write the lists by which the anonymiser leaves out whoever said no since their rows went into an extract, and the
    one of who agreed to research, for projects that rest on consent.

    Each is NHS numbers, a line each, empty when there are none; replaced as a whole, readable by the folder's group.
    """
    with db.transaction(system("extract")) as tx:
        numbers = secondary_use.list_numbers(tx, audit="list for anonymiser")
        agreed = secondary_use.list_numbers_agreeing(tx, Kind.RESEARCH, audit="list for anonymiser")
    folder.mkdir(parents=True, exist_ok=True)
    listed = {
        name: _possible(found)
        for name, found in ((TYPE_1, numbers.type_1), (WITHDRAWN, numbers.others), (RESEARCH, agreed))
    }
    for name, found in listed.items():
        _replace(folder / name, "".join(f"{number}\n" for number in found).encode())
    return Listed(*(len(listed[name]) for name in (TYPE_1, WITHDRAWN, RESEARCH)))


def list_extracts(db: Database, actor: Actor) -> Sequence[ExtractMade]:
    """Return the last extracts with counts of rows and of people left out by reason; for the steward."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx, tx.as_system("list extracts") as inner:
        return secondary_use.list_extracts(inner, audit="list extracts")


def _possible(numbers: Sequence[str]) -> list[str]:
    """The anonymiser stops at a number that cannot be one, so that no slip in a list goes unseen."""
    return [each for each in numbers if len(each) == 10 and each.isdecimal() and check_digit_is_right(each)]


def _replace(path: Path, content: bytes) -> None:
    aside = path.with_name(f".{path.name}.part")
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(path)
