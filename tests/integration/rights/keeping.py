"""Short ways through keeping and erasing for the tests: what is listed, a hold, two people's word."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine

from app.domain.retention_review import NewHold, Proposal, Verdict
from app.domain.vocabulary import Role
from app.services.retaining import asking, deciding, holding, shown
from app.services.retaining.shown import Line
from app.services.signing_in.sign_in import hash_password
from app.store import accounts, legal_holds, referrals, retention_reviews, retention_runs
from app.store.retention_reviews import NewReview
from app.store.session import Database, Tx
from tests.conftest import TestDatabase
from tests.factories import PASSWORD, MadePlace, MadeReferral

_SECOND = "second-steward"
WORDS = "Her solicitor Mr Quillfeather wrote to us."


def reference_of(database: Database, place: MadePlace, made: MadeReferral) -> str:
    with database.transaction(place.link_worker) as tx:
        return referrals.get(tx, made.id, audit="test").reference


def listed(database: Database, place: MadePlace) -> Sequence[Line]:
    """What a steward has to decide."""
    return shown.list_reviews(database, place.actor("steward"), is_open=True, number=1).lines


def on_hold(database: Database, place: MadePlace, made: MadeReferral, *, until: date | None = None) -> UUID:
    """Put a record on hold, and return the hold's number."""
    hold, steward = NewHold("claim", WORDS, until), place.actor("steward")
    return holding.hold_found(database, steward, reference_of(database, place, made), hold)


def decide(
    database: Database, place: MadePlace, review_id: UUID, *, keep_until: date | None = None
) -> UUID | None:
    """Let the steward propose and the second steward confirm: to keep until a day, else to erase."""
    erase = Proposal(Verdict.ERASE, WORDS)
    kept = Proposal(Verdict.KEEP, WORDS, "claim", keep_until)
    deciding.propose(database, place.actor("steward"), review_id, kept if keep_until else erase)
    mark = shown.look(database, place.actor("steward"), review_id).review.mark
    return deciding.confirm(database, place.actor("second-steward"), review_id, mark=mark)


def second_steward(database: Database, place: MadePlace) -> str:
    """Let the place have a second steward, and return the user name."""
    told = (place.place.id, Role.STEWARD, _SECOND, "Invented second steward", hash_password(PASSWORD))
    with database.transaction(accounts.SESSIONS) as tx:
        accounts.add_account(tx, account := accounts.new_account(*told))
    place.accounts[_SECOND] = account
    return _SECOND


def erase(database: Database, place: MadePlace, made: MadeReferral) -> UUID:
    """Write that a person asks, and let two stewards erase their record; return the certificate's number."""
    if _SECOND not in place.accounts:
        second_steward(database, place)
    asked = asking.ask(database, place.actor("steward"), reference_of(database, place, made), how="telephone")
    erasure_id = decide(database, place, asked)
    assert erasure_id is not None
    return erasure_id


def leave_rows(tx: Tx, person_id: UUID) -> None:
    """Leave a row in each table of keeping and erasing."""
    retention_reviews.add(tx, NewReview(person_id, "adult", tx.today), by=None, audit="test")
    legal_holds.add(tx, person_id, NewHold("claim", WORDS), by=None, audit="test")
    retention_runs.add(tx, looked_at=1, listed=1)


def copied(test_database: TestDatabase, folder: Path) -> Path:
    """A dump of everything with its keys: the worst copy that somebody may have kept."""
    return dumped(test_database, folder / "before.sql")


def dumped(test_database: TestDatabase, file: Path, *options: str) -> Path:
    """A dump with these options of pg_dump."""
    assert test_database.bin_dir is not None
    dump = [test_database.bin_dir / "pg_dump", "--no-owner", "--no-acl", *options, f"--file={file}"]
    subprocess.run([*dump, test_database.admin_url], check=True, capture_output=True)
    return file


def take_up(test_database: TestDatabase, file: Path, restored: Engine) -> None:
    """Restore a dump into an empty database."""
    assert test_database.bin_dir is not None
    url = restored.url.render_as_string(hide_password=False)
    psql = [test_database.bin_dir / "psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={file}", url]
    subprocess.run(psql, check=True, capture_output=True)
