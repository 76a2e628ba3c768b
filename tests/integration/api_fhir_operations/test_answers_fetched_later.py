"""Messages with Prefer: respond-async: kept at once, judged by the worker, answered as the synchronous door would."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from app import jobs
from app.domain.access import system as platform
from app.runtime import Runtime
from app.services.incoming import answering, later
from app.store import async_jobs, machines
from fhir.xml_writing import to_xml
from tests.conftest import Clock
from tests.factories import MadePlace, make_message
from tests.integration.api_fhir_operations.asking import HOST, Asking

Counted = Callable[[str], int]
Json = dict[str, Any]
PADDING = 2 * 2**20


def large_message(place: MadePlace) -> bytes:
    """A sound message of more than the synchronous door takes."""
    body = json.loads(make_message(place.practices[0]))
    words = {"contentType": "text/plain", "data": "QUJD" * (PADDING // 4)}
    patient = next(
        each["resource"] for each in body["entry"] if each["resource"]["resourceType"] == "Patient"
    )
    patient["photo"] = [words]
    return json.dumps(body).encode()


def promised(answer: TestResponse) -> str:
    """Where the answer will be."""
    assert answer.status_code == 202, answer.text
    address: str = answer.headers["Content-Location"]
    assert address.startswith(f"{HOST}/FHIR/R4/$async/")
    return address


def entry_of(answer: TestResponse) -> Json:
    """The one entry of an answer that was fetched."""
    assert answer.status_code == 200, answer.text
    assert (answer.json["resourceType"], answer.json["type"]) == ("Bundle", "batch-response")
    (entry,) = answer.json["entry"]
    return dict(entry)


def switch(admin: Engine, client_id: str, *, on: bool) -> None:
    """Switch a client on or off."""
    with admin.connect() as connection:
        connection.execute(
            text("update api_client set active = :on where id = :id"), {"on": on, "id": client_id}
        )


@contextmanager
def dying_at(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> Iterator[None]:
    """The process dies where this would be called: nothing after it happens, no handler runs."""

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, die)
        yield


@pytest.fixture
def lease_ends(admin: Engine) -> Callable[[], None]:
    """Let the leases of whoever died run out."""

    def end() -> None:
        with admin.connect() as connection:
            connection.execute(text("update async_job set leased_until = now() - interval '1 second'"))

    return end


class TestALargeMessage:
    def test_it_is_too_large_for_an_answer_at_once_and_the_refusal_says_what_to_do(
        self, system: Asking, place: MadePlace
    ) -> None:
        answer = system.post(large_message(place))
        assert answer.status_code == 413
        assert "Prefer: respond-async" in answer.text

    def test_it_is_kept_then_taken_and_answered_as_if_it_had_waited(
        self, system: Asking, place: MadePlace, runtime: Runtime, counted: Counted
    ) -> None:
        address = promised(system.send_for_later(large_message(place)))
        assert counted("referral") == 0
        jobs.sweep(runtime)
        entry = entry_of(system.ask_for("GET", address))
        assert entry["response"] == {"status": "200 OK"}
        focus = entry["resource"]["entry"][0]["resource"]["focus"][0]["reference"]
        assert counted(f"referral where id::text = '{focus.rsplit('/', 1)[-1]}'") == 1

    def test_it_may_come_in_xml(
        self, system: Asking, place: MadePlace, runtime: Runtime, counted: Counted
    ) -> None:
        in_xml = to_xml(json.loads(large_message(place)))
        address = promised(system.send_for_later(in_xml, Content_Type="application/fhir+xml"))
        jobs.sweep(runtime)
        assert entry_of(system.ask_for("GET", address))["response"] == {"status": "200 OK"}
        assert counted("referral") == 1

    def test_the_configured_limit_is_told_where_it_is_passed(self, system: Asking, runtime: Runtime) -> None:
        body = b" " * (runtime.settings.largest_upload + 1)
        answer = system.send_for_later(body)
        assert answer.status_code == 413
        assert "larger than 32 MiB" in answer.text

    def test_the_limit_of_entries_holds_here_too(
        self, system: Asking, place: MadePlace, runtime: Runtime
    ) -> None:
        body = json.loads(make_message(place.practices[0]))
        body["entry"] += [{"resource": {"resourceType": "Flag"}}] * 1000
        address = promised(system.send_for_later(json.dumps(body).encode()))
        jobs.sweep(runtime)
        response = entry_of(system.ask_for("GET", address))["response"]
        assert response["status"].startswith("413")
        assert response["outcome"]["issue"][0]["expression"] == ["Bundle.entry"]

    def test_nothing_of_it_lies_open_in_the_database(
        self, system: Asking, place: MadePlace, admin: Engine
    ) -> None:
        promised(system.send_for_later(make_message(place.practices[0], words="A cardamom secret.")))
        with admin.connect() as connection:
            (row,) = connection.execute(text("select * from async_job")).all()
        assert b"cardamom" not in b"|".join(str(each).encode("latin-1", "ignore") for each in row)
        assert b"Bundle" not in bytes(row.asked)

    def test_its_bytes_are_let_go_when_it_is_answered(
        self, system: Asking, place: MadePlace, runtime: Runtime, counted: Counted
    ) -> None:
        promised(system.send_for_later(make_message(place.practices[0])))
        jobs.sweep(runtime)
        assert counted("async_job where asked is null and status = 'done'") == 1


class TestTheAddressOfTheAnswer:
    def test_it_says_how_long_to_wait_while_the_message_waits(self, system: Asking, place: MadePlace) -> None:
        address = promised(system.send_for_later(make_message(place.practices[0])))
        answer = system.ask_for("GET", address)
        assert answer.status_code == 202
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["X-Progress"] == "waiting"

    def test_both_ids_are_mirrored_at_both_ends(
        self, system: Asking, place: MadePlace, runtime: Runtime
    ) -> None:
        ids = {"X_Request_Id": str(uuid4()), "X_Correlation_Id": str(uuid4())}
        kept = system.send_for_later(make_message(place.practices[0]), **ids)
        jobs.sweep(runtime)
        fetched = system.ask_for("GET", promised(kept), **ids)
        for answer in (kept, fetched):
            assert answer.headers["X-Request-Id"] == ids["X_Request_Id"]
            assert answer.headers["X-Correlation-Id"] == ids["X_Correlation_Id"]

    def test_a_refusal_is_the_same_as_at_once_with_its_status(
        self, system: Asking, place: MadePlace, runtime: Runtime
    ) -> None:
        bad = make_message(place.practices[0], use_case="unheard-of")
        address = promised(system.send_for_later(bad))
        jobs.sweep(runtime)
        entry = entry_of(system.ask_for("GET", address))
        at_once = system.post(bad)
        assert entry["response"]["status"].startswith(str(at_once.status_code))
        assert entry["response"]["outcome"] == at_once.json
        assert "resource" not in entry

    def test_it_answers_in_xml_when_that_is_asked(
        self, system: Asking, place: MadePlace, runtime: Runtime
    ) -> None:
        address = promised(system.send_for_later(make_message(place.practices[0])))
        jobs.sweep(runtime)
        answer = system.ask_for("GET", address, Accept="application/fhir+xml")
        assert answer.mimetype == "application/fhir+xml"
        assert b'<type value="batch-response"/>' in answer.data.replace(b" />", b"/>")

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_anothers_is_as_absent_as_none(
        self, make_system: Callable[..., Asking], place: MadePlace, method: str
    ) -> None:
        address = promised(make_system().send_for_later(make_message(place.practices[0])))
        stranger = make_system()
        foreign = stranger.ask_for(method, address)
        absent = stranger.ask_for(method, f"$async/{uuid4()}")
        assert foreign.status_code == absent.status_code == 404
        assert foreign.json == absent.json

    def test_it_takes_the_right_to_send(self, make_system: Callable[..., Asking]) -> None:
        reader = make_system(scopes=("referral.read",))
        assert reader.ask_for("GET", f"$async/{uuid4()}").status_code == 403

    def test_a_deleted_answer_is_gone_and_the_referral_stays(
        self, system: Asking, place: MadePlace, runtime: Runtime, counted: Counted
    ) -> None:
        address = promised(system.send_for_later(make_message(place.practices[0])))
        jobs.sweep(runtime)
        assert system.ask_for("DELETE", address).status_code == 202
        assert system.ask_for("GET", address).status_code == 404
        assert (counted("async_job"), counted("referral")) == (0, 1)

    def test_a_message_that_was_taken_back_before_its_turn_makes_no_referral(
        self, system: Asking, place: MadePlace, runtime: Runtime, counted: Counted
    ) -> None:
        address = promised(system.send_for_later(make_message(place.practices[0])))
        assert system.ask_for("DELETE", address).status_code == 202
        jobs.sweep(runtime)
        assert counted("referral") == 0

    def test_a_message_that_nobody_came_to_for_weeks_is_taken_all_the_same(
        self, system: Asking, place: MadePlace, runtime: Runtime, clock: Clock, counted: Counted
    ) -> None:
        promised(system.send_for_later(make_message(place.practices[0])))
        clock.advance(days=20)
        for job_id in later.due(runtime.db):
            later.run(runtime.db, job_id)
        assert counted("referral") == 1
        clock.advance(days=6)
        assert later.due(runtime.db) == []
        assert counted("async_job") == 1  # its answer can be fetched as long as any other

    def test_an_answer_ends_after_a_week(
        self, system: Asking, place: MadePlace, runtime: Runtime, clock: Clock, counted: Counted
    ) -> None:
        promised(system.send_for_later(make_message(place.practices[0])))
        jobs.sweep(runtime)
        clock.advance(days=6)
        assert later.due(runtime.db) == []
        assert counted("async_job") == 1
        clock.advance(days=2)
        assert later.due(runtime.db) == []
        assert counted("async_job") == 0


class TestTheRetryContract:
    def test_the_same_request_again_has_the_same_address(
        self, system: Asking, place: MadePlace, counted: Counted
    ) -> None:
        body, ids = make_message(place.practices[0]), {"X_Request_Id": str(uuid4())}
        first, second = (promised(system.send_for_later(body, **ids)) for _ in range(2))
        assert first == second
        assert counted("async_job") == 1

    def test_at_the_same_moment_too(self, system: Asking, place: MadePlace, counted: Counted) -> None:
        body, ids = make_message(place.practices[0]), {"X_Request_Id": str(uuid4())}
        assert system.token
        found: list[TestResponse] = []
        knocks = [
            threading.Thread(target=lambda: found.append(system.send_for_later(body, **ids)))
            for _ in range(6)
        ]
        for knock in knocks:
            knock.start()
        for knock in knocks:
            knock.join()
        assert len({promised(each) for each in found}) == 1
        assert counted("async_job") == 1

    def test_the_same_id_with_another_body_is_refused_at_once(self, system: Asking, place: MadePlace) -> None:
        ids = {"X_Request_Id": str(uuid4())}
        promised(system.send_for_later(make_message(place.practices[0]), **ids))
        assert system.send_for_later(make_message(place.practices[0]), **ids).status_code == 422

    def test_what_was_taken_at_once_is_a_duplicate_later(
        self, system: Asking, place: MadePlace, runtime: Runtime
    ) -> None:
        body, ids = make_message(place.practices[0]), {"X_Request_Id": str(uuid4())}
        assert system.post(body, **ids).status_code == 200
        address = promised(system.send_for_later(body, **ids))
        jobs.sweep(runtime)
        assert entry_of(system.ask_for("GET", address))["response"]["status"].startswith("409")

    @pytest.mark.parametrize("header", ["X_Request_Id", "X_Correlation_Id"])
    def test_the_headers_of_a_message_are_needed_here_too(
        self, system: Asking, place: MadePlace, header: str
    ) -> None:
        assert system.send_for_later(make_message(place.practices[0]), **{header: None}).status_code == 400


class TestTheWorkerDies:
    @pytest.mark.parametrize(
        ("owner", "name"),
        [(later, "answer"), (answering, "receive"), (async_jobs, "record_answer")],
        ids=["before it reads", "before it takes", "after it has taken"],
    )
    def test_the_message_is_taken_once_and_answered_all_the_same(
        self,
        monkeypatch: pytest.MonkeyPatch,
        system: Asking,
        place: MadePlace,
        runtime: Runtime,
        counted: Counted,
        lease_ends: Callable[[], None],
        owner: Any,
        name: str,
    ) -> None:
        address = promised(system.send_for_later(make_message(place.practices[0])))
        with dying_at(monkeypatch, owner, name), pytest.raises(KeyboardInterrupt):
            jobs.sweep(runtime)
        jobs.sweep(runtime)
        assert (
            system.ask_for("GET", address).status_code == 202
        )  # in the hands of the dead until the lease ends
        lease_ends()
        jobs.sweep(runtime)
        assert entry_of(system.ask_for("GET", address))["response"]["status"] == "200 OK"
        assert counted("referral") == 1

    def test_one_that_can_never_be_answered_is_answered_so(
        self,
        monkeypatch: pytest.MonkeyPatch,
        system: Asking,
        place: MadePlace,
        runtime: Runtime,
        admin: Engine,
    ) -> None:
        def stumble(*_: Any, **__: Any) -> None:
            raise RuntimeError("a defect of ours, with a name in it")

        address = promised(system.send_for_later(make_message(place.practices[0])))
        monkeypatch.setattr(later, "answer", stumble)
        for _ in range(later.MOST_ATTEMPTS):
            with admin.connect() as connection:
                connection.execute(text("update async_job set next_attempt_at = now()"))
            jobs.sweep(runtime)
        response = entry_of(system.ask_for("GET", address))["response"]
        assert response["status"].startswith("500")
        assert "incident" in json.dumps(response)
        assert "a defect of ours" not in json.dumps(response)

    def test_one_that_meets_a_passing_fault_of_ours_is_tried_again_and_taken(
        self,
        monkeypatch: pytest.MonkeyPatch,
        system: Asking,
        place: MadePlace,
        runtime: Runtime,
        admin: Engine,
        counted: Counted,
    ) -> None:
        def stumble(*_: Any, **__: Any) -> None:
            raise RuntimeError("away for a moment")

        address = promised(system.send_for_later(make_message(place.practices[0])))
        with monkeypatch.context() as patch:
            patch.setattr(later, "answer", stumble)
            jobs.sweep(runtime)
        assert system.ask_for("GET", address).status_code == 202
        with admin.connect() as connection:
            connection.execute(text("update async_job set next_attempt_at = now()"))
        jobs.sweep(runtime)
        assert entry_of(system.ask_for("GET", address))["response"]["status"] == "200 OK"
        assert counted("referral") == 1

    def test_one_whose_system_was_switched_off_meanwhile_is_refused(
        self, system: Asking, place: MadePlace, runtime: Runtime, admin: Engine, counted: Counted
    ) -> None:
        address = promised(system.send_for_later(make_message(place.practices[0])))
        job_id = address.rsplit("/", 1)[-1]
        switch(admin, system.client_id, on=False)
        jobs.sweep(runtime)
        switch(admin, system.client_id, on=True)
        with runtime.db.transaction(platform("test")) as tx:
            client = machines.find_client(tx, system.client_id)
        assert client is not None
        assert later.standing(runtime.db, client, UUID(job_id)).answer_status == 403
        assert counted("referral") == 0

    def test_the_queue_is_woken_with_the_id_alone(
        self, system: Asking, place: MadePlace, runtime: Runtime
    ) -> None:
        runtime.queue.empty()
        address = promised(system.send_for_later(make_message(place.practices[0])))
        (job,) = runtime.queue.jobs
        assert job.func_name == "app.jobs.answer_later"
        assert job.args == [address.rsplit("/", 1)[-1]]
