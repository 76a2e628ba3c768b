"""A canary's whole life leaves no plain trace: not in the database, its log, our log, the queue or an error's text."""

import base64
import logging
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
from redis import Redis
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from app import logs
from app.config import Settings
from app.domain.access import system
from app.domain.errors import DomainError
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.embedded.postgres import PostgresServer
from app.runtime import Runtime, build_runtime
from app.services.caring import endings, triage
from app.services.caring.endings import Ending
from app.services.helping import delivery
from app.store import people
from app.store.outcomes import Contact
from app.store.session import Database
from app.store.tables_care import ReferralRow
from app.store.tables_messages import OutboxRow
from tests.conftest import Clock, TestDatabase
from tests.factories import (
    MadePlace,
    Patient,
    make_message,
    make_nhs_number,
    make_place,
    make_referral,
    send,
    sender_for,
)

CANARY = Patient(
    nhs_number=make_nhs_number(55_555),
    family="Quillfeather",
    given="Persimmon",
    birth_date="1947-08-19",
    street="99 Zanzibar Parade",
    postcode="N16 7XB",
    phone="07700 900873",
)
WORDS = (
    "bereft of marmalade",
    "walked to the lighthouse",
    "wants a trombone",
    "rang about the gooseberries",
    "would like a xylophone",
)
TRACES = (
    CANARY.nhs_number or "",
    f"{(CANARY.nhs_number or '')[:3]} {(CANARY.nhs_number or '')[3:6]}",
    CANARY.family,
    CANARY.given,
    CANARY.birth_date or "",
    "Zanzibar",
    CANARY.postcode,
    "900873",
    *(words.split()[-1] for words in WORDS),
)


def found_in(text: str) -> list[str]:
    """The traces in a text, as they are, in another case, in hexadecimal or in base64."""
    lowered = text.lower()
    shapes = {
        trace: (trace.lower(), trace.encode().hex(), base64.b64encode(trace.encode()).decode()[:-4].lower())
        for trace in TRACES
    }
    return [
        trace for trace, forms in shapes.items() if any(form in lowered for form in forms if len(form) > 5)
    ]


@pytest.fixture
def house_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """Everything that the house and its libraries say, at their most talkative, as it would reach a file."""
    said, root = StringIO(), logging.getLogger()
    before = root.handlers[:], root.level
    monkeypatch.setattr(sys, "stderr", said)
    logs.configure(logging.DEBUG)
    yield said
    root.handlers[:] = before[0]
    root.setLevel(before[1])


@pytest.fixture
def queueing(runtime: Runtime, settings: Settings, clock: Clock) -> Runtime:
    """The runtime with its real wake: jobs lie in Valkey."""
    Redis.from_url(settings.redis_url).flushdb()
    return build_runtime(settings, clock=clock, engine=runtime.db.engine)


def live_a_whole_life(runtime: Runtime, place: MadePlace) -> None:
    """Taken in, declined, helped, ended, acknowledged, reopened, ended early; and messages that are refused."""
    db, today, worker = runtime.db, runtime.db.clock().date(), place.link_worker
    made = make_referral(db, place, ReferralStatus.ACTIVE, patient=CANARY, words=WORDS[0], services=(0, 1))
    delivery.decline(db, place.actor("provider-0"), made.placement_id, reason="22")
    with db.transaction(worker) as tx:
        people.get(tx, made.person_id, audit="look")
    done = make_referral(db, place, ReferralStatus.IN_TRIAGE, patient=CANARY, words=WORDS[0])
    asked = triage.offer(db, worker, done.id, [place.services[0].id], brief=WORDS[4])
    provider, outcome = (
        place.actor("provider-0"),
        Outcome(OutcomeState.BETTER, WORDS[1], "", goal=WORDS[2], risks=""),
    )
    delivery.accept(db, provider, asked)
    delivery.record_contact(db, provider, asked, Contact("phone", True, today, 5, WORDS[3]))
    endings.complete(db, provider, asked, Ending(outcome))
    endings.reopen(db, worker, done.id, reason="new-need")
    triage.record_unmet_need(db, worker, done.id)
    endings.end_early(db, worker, done.id, Ending(outcome, reason="no-suitable-service"))
    refuse(db, make_message(place.live_practice, patient=CANARY, words=WORDS[0], use_case="a5t1"), place)
    refuse(db, make_message(place.practices[1], patient=CANARY), place)


def refuse(db: Database, body: bytes, place: MadePlace) -> None:
    """Send what cannot be taken and log the error in full, as a careless hand would."""
    with pytest.raises(DomainError) as fault:
        send(db, body, sender_for(place.live_practice))
    logging.getLogger("app.test").error("refused", exc_info=fault.value, extra={"family": CANARY.family})
    assert found_in(f"{fault.value} {fault.value.sentence}") == []


def test_canaries_would_be_found_if_they_were_there() -> None:
    told = " ".join(
        (*WORDS, CANARY.family.upper(), CANARY.given.encode().hex(), CANARY.postcode, CANARY.street)
    )
    told += f"{CANARY.nhs_number} {CANARY.birth_date} {CANARY.phone}"
    assert set(TRACES) - set(found_in(told)) == {TRACES[1]}


def test_whole_life_leaves_no_plain_trace(
    queueing: Runtime,
    house_log: StringIO,
    test_database: TestDatabase,
    embedded_postgres: PostgresServer | None,
) -> None:
    live_a_whole_life(queueing, make_place(queueing.db))
    assert house_log.getvalue().count('"event": "refused"') == 2
    assert found_in(house_log.getvalue()) == []
    if embedded_postgres is None:
        pytest.skip("pg_dump comes with the embedded server")
    dump = [embedded_postgres.bin_dir / "pg_dump", "--no-owner", test_database.admin_url]
    dumped = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
    assert "COPY public.person" in dumped
    assert dumped.count("\\\\x01") > 20  # sealed values are in it
    assert found_in(dumped) == []
    assert found_in((embedded_postgres.data_dir / "postgres.log").read_text()) == []


def test_jobs_carry_ids_only(queueing: Runtime, settings: Settings) -> None:
    live_a_whole_life(queueing, make_place(queueing.db))
    with queueing.db.transaction(system("test")) as tx:
        waiting = {str(each) for each in tx.session.scalars(select(OutboxRow.id))}
    jobs = queueing.queue.jobs
    assert {job.func_name for job in jobs} == {"app.jobs.deliver"}
    assert sorted(tuple(job.args) for job in jobs) == sorted((each,) for each in waiting)
    kept = Redis.from_url(settings.redis_url)
    everything = b" ".join(kept.dump(key) or b"" for key in kept.scan_iter())
    assert found_in(everything.decode("latin-1")) == []


def test_error_of_the_database_does_not_repeat_what_was_to_be_written(queueing: Runtime) -> None:
    place = make_place(queueing.db)
    made = make_referral(queueing.db, place, ReferralStatus.RECEIVED, patient=CANARY)
    wrong = update(ReferralRow).values(next_action_on=None, correlation_id=CANARY.family)
    with queueing.db.transaction(system("test")) as tx, pytest.raises(DBAPIError) as fault:
        tx.session.execute(wrong.where(ReferralRow.id == made.id))
    assert "open_has_next_action" in str(fault.value)
    assert found_in(str(fault.value)) == []
