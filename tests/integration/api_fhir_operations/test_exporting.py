"""$export: all that an organisation may read, as of one moment, in files that only it can fetch for a day."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from app import jobs
from app.domain.access import system as platform
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.fhir_reading import export
from app.services.incoming import later
from app.store import async_jobs
from tests.conftest import Clock
from tests.factories import MadePlace, make_message, make_referral, send, sender_for
from tests.integration.api_fhir_operations.asking import HOST, Asking, lines_of

Counted = Callable[[str], int]
MakeSystem = Callable[..., Asking]
Json = dict[str, Any]
DIRECTORY = {"Organization", "HealthcareService"}


def address_of(answer: TestResponse) -> str:
    assert answer.status_code == 202, answer.text
    address: str = answer.headers["Content-Location"]
    return address


def exported(
    system: Asking, runtime: Runtime, query: str = "", **words: Any
) -> tuple[Json, dict[str, list[Json]]]:
    """The manifest of an export that ran to its end, and its files by type."""
    address = address_of(system.export(query, **words))
    jobs.sweep(runtime)
    answer = system.ask_for("GET", address)
    assert answer.status_code == 200, answer.text
    manifest: Json = answer.json
    return manifest, {
        each["type"]: lines_of(system.ask_for("GET", each["url"])) for each in manifest["output"]
    }


def searched(system: Asking, resource_type: str) -> list[Json]:
    """All that a search finds."""
    found: list[Json] = []
    address: str | None = f"{resource_type}?_count=100"
    while address:
        answer = system.ask_for("GET", address)
        assert answer.status_code == 200, answer.text
        found += [each["resource"] for each in answer.json.get("entry", ())]
        address = next((each["url"] for each in answer.json["link"] if each["relation"] == "next"), None)
    return found


class TestWhatIsInIt:
    def test_it_holds_exactly_what_the_organisation_can_search(
        self, make_system: MakeSystem, place: MadePlace, runtime: Runtime
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.CLOSED)
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        make_referral(runtime.db, place, ReferralStatus.RECEIVED, practice=place.practices[1])
        system = make_system()
        expected = {
            each: searched(system, each) for each in ("ServiceRequest", "Task", "Patient", "Observation")
        }
        _, files = exported(system, runtime, f"?_type={','.join(expected)}")
        assert len(files["ServiceRequest"]) == len(files["Patient"]) == 2
        for resource_type, resources in expected.items():
            assert by_id(files[resource_type]) == by_id(resources)

    def test_a_providers_system_gets_what_it_can_search_and_nothing_of_others(
        self, make_system: MakeSystem, place: MadePlace, runtime: Runtime
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.COMPLETED)
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        system = make_system(organisation=place.providers[0])
        expected = {each: searched(system, each) for each in ("ServiceRequest", "Task", "Patient")}
        _, files = exported(system, runtime, f"?_type={','.join(expected)}")
        assert len(files["Patient"]) == 1
        for resource_type, resources in expected.items():
            assert by_id(files[resource_type]) == by_id(resources)

    def test_all_types_are_in_it_unless_some_are_named(
        self, system: Asking, place: MadePlace, runtime: Runtime
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.CLOSED)
        manifest, files = exported(system, runtime)
        assert {
            "ServiceRequest",
            "Patient",
            "Task",
            "CarePlan",
            "Provenance",
            "AuditEvent",
            *DIRECTORY,
        } <= set(files)
        assert {each["type"]: each["count"] for each in manifest["output"]} == {
            kind: len(lines) for kind, lines in files.items()
        }
        assert all(line["resourceType"] == kind for kind, lines in files.items() for line in lines)

    def test_that_of_patients_leaves_the_directory_out(
        self, system: Asking, place: MadePlace, runtime: Runtime
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        _, files = exported(system, runtime, path="Patient/$export")
        assert "Patient" in files
        assert not set(files) & DIRECTORY

    def test_an_organisation_without_referrals_gets_a_manifest_without_files(
        self, make_system: MakeSystem, place: MadePlace, runtime: Runtime
    ) -> None:
        make_referral(runtime.db, place)
        manifest, _ = exported(make_system(place.practices[1]), runtime, "?_type=ServiceRequest,Patient")
        assert manifest["output"] == manifest["error"] == []

    def test_a_file_of_many_pages_holds_each_resource_once(
        self,
        system: Asking,
        place: MadePlace,
        runtime: Runtime,
        monkeypatch: pytest.MonkeyPatch,
        counted: Counted,
    ) -> None:
        for _ in range(5):
            send(runtime.db, make_message(place.practices[0]), sender_for(place.practices[0]))
        monkeypatch.setattr(export, "_PAGE_OF", 2)
        _, files = exported(system, runtime, "?_type=ServiceRequest")
        assert len({each["id"] for each in files["ServiceRequest"]}) == len(files["ServiceRequest"]) == 5
        assert counted("async_part where file = 'ServiceRequest'") == 3

    def test_since_leaves_out_what_did_not_change(
        self, system: Asking, place: MadePlace, runtime: Runtime, clock: Clock
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        clock.advance(minutes=2)
        manifest, _ = exported(system, runtime, "?_type=ServiceRequest")
        clock.advance(minutes=2)
        younger = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        query = f"?_type=ServiceRequest&_since={manifest['transactionTime']}"
        _, files = exported(system, runtime, query)
        assert [each["id"] for each in files["ServiceRequest"]] == [str(younger.id)]

    def test_its_moment_is_no_later_than_the_beginning_of_what_is_still_being_written(
        self, system: Asking, runtime: Runtime, clock: Clock
    ) -> None:
        address = address_of(system.export("?_type=Patient"))
        clock.advance(minutes=5)
        with runtime.db.transaction(platform("test")) as tx:
            began = tx.session.scalar(text("select now()"))
            jobs.sweep(runtime)
        manifest = system.ask_for("GET", address).json
        assert datetime.fromisoformat(manifest["transactionTime"]) <= began < runtime.db.clock()

    def test_elements_cut_the_lines_and_mark_them(
        self, system: Asking, place: MadePlace, runtime: Runtime
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        _, files = exported(system, runtime, "?_type=Patient,ServiceRequest&_elements=Patient.gender")
        (patient,) = files["Patient"]
        assert set(patient) == {"resourceType", "id", "meta", "gender"}
        assert patient["meta"]["tag"][0]["code"] == "SUBSETTED"
        assert "tag" not in files["ServiceRequest"][0]["meta"]

    def test_it_shows_one_moment_whatever_is_written_meanwhile(
        self, system: Asking, place: MadePlace, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        search = export.search

        def and_then_one_more(*words: Any) -> Any:
            found = search(*words)
            send(runtime.db, make_message(place.practices[0]), sender_for(place.practices[0]))
            return found

        monkeypatch.setattr(export, "search", and_then_one_more)
        _, files = exported(system, runtime, "?_type=ServiceRequest,Patient,Task,Provenance")
        assert {kind: len(lines) for kind, lines in files.items()} == {
            "ServiceRequest": 1,
            "Patient": 1,
            "Task": 1,
            "Provenance": 1,
        }


def by_id(resources: list[Json]) -> dict[str, Json]:
    return {each["id"]: each for each in resources}


class TestTheManifest:
    def test_it_says_what_was_asked_and_as_of_when(
        self, system: Asking, place: MadePlace, runtime: Runtime
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        address = address_of(system.export("?_type=Patient"))
        jobs.sweep(runtime)
        answer = system.ask_for("GET", address)
        assert answer.mimetype == "application/json"
        assert "Expires" in answer.headers
        manifest = answer.json
        assert manifest["request"] == f"{HOST}/FHIR/R4/$export?_type=Patient"
        assert manifest["requiresAccessToken"] is True
        assert datetime.fromisoformat(manifest["transactionTime"]) <= runtime.db.clock()
        assert manifest["output"] == [{"type": "Patient", "url": f"{address}/Patient.ndjson", "count": 1}]

    def test_it_is_waited_for(self, system: Asking) -> None:
        answer = system.ask_for("GET", address_of(system.export()))
        assert answer.status_code == 202
        assert answer.headers["X-Progress"] == "waiting"
        assert int(answer.headers["Retry-After"]) > 0

    def test_asking_by_post_with_parameters_is_the_same(
        self, system: Asking, place: MadePlace, runtime: Runtime
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        body = {
            "resourceType": "Parameters",
            "parameter": [
                {"name": "_type", "valueString": "Patient"},
                {"name": "_type", "valueString": "Task"},
                {"name": "_since", "valueInstant": "2020-01-01T00:00:00Z"},
            ],
        }
        address = address_of(system.ask_for("POST", "$export", body, Prefer="respond-async"))
        jobs.sweep(runtime)
        manifest = system.ask_for("GET", address).json
        assert [each["type"] for each in manifest["output"]] == ["Patient", "Task"]


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("query", "named"),
        [
            ("?_type=Patient,Medication", "_type"),
            ("?_typeFilter=Patient%3Fgender=female", "_typeFilter"),
            ("?_since=yesterday", "_since"),
            ("?_since=2026-01-01", "_since"),
            ("?_since=2026-13-41T00:00:00Z", "_since"),
            ("?_outputFormat=text/csv", "_outputFormat"),
            ("?_elements=Patient.colour", "_elements"),
            ("?includeAssociatedData=LatestProvenanceResources", "includeAssociatedData"),
        ],
    )
    def test_what_is_not_supported_is_named(
        self, system: Asking, counted: Counted, query: str, named: str
    ) -> None:
        answer = system.export(query)
        assert answer.status_code == 400
        assert answer.json["issue"][0]["diagnostics"].startswith(named)
        assert counted("async_job") == 0

    @pytest.mark.parametrize("told", ["ndjson", "application/ndjson", "application/fhir%2Bndjson"])
    def test_every_name_of_the_one_format_is_taken(self, system: Asking, told: str) -> None:
        assert system.export(f"?_outputFormat={told}").status_code == 202

    def test_everything_wrong_is_told_at_once(self, system: Asking) -> None:
        answer = system.export("?_since=yesterday&_outputFormat=csv&_typeFilter=x")
        assert len(answer.json["issue"]) == 3

    def test_what_is_not_supported_is_left_aside_and_named_for_the_lenient(self, system: Asking) -> None:
        answer = system.export("?_typeFilter=x", Prefer="respond-async, handling=lenient")
        assert answer.status_code == 202
        assert "_typeFilter was left aside." in answer.text

    def test_an_answer_at_once_is_not_to_be_had(self, system: Asking) -> None:
        answer = system.export(Prefer=None)
        assert answer.status_code == 400
        assert "respond-async" in answer.text

    def test_another_media_type_for_the_first_answer_is_refused(self, system: Asking) -> None:
        assert system.export(Accept="text/html").status_code == 406

    def test_a_third_export_waits_for_the_first_two(self, make_system: MakeSystem, place: MadePlace) -> None:
        first, second = make_system(), make_system()
        other = make_system(place.practices[1])
        addresses = [address_of(first.export()), address_of(second.export())]
        refused = first.export()
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert refused.json["issue"][0]["code"] == "throttled"
        assert other.export().status_code == 202
        assert first.ask_for("DELETE", addresses[0]).status_code == 202
        assert first.export().status_code == 202

    def test_a_type_outside_the_tokens_scope_is_refused_and_left_out_when_none_is_named(
        self, make_system: MakeSystem, place: MadePlace, runtime: Runtime
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        narrow = make_system(scopes=("system/Patient.rs", "system/Task.r"))
        assert narrow.export("?_type=Task").status_code == 403
        _, files = exported(narrow, runtime)
        assert set(files) == {"Patient"}
        assert make_system(scopes=("referral.write",)).export().status_code == 403


class TestTheFiles:
    @pytest.mark.parametrize("path", ["", "/Patient.ndjson"])
    def test_they_are_absent_for_every_other_system(
        self, make_system: MakeSystem, place: MadePlace, runtime: Runtime, path: str
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        address = address_of(make_system().export("?_type=Patient"))
        jobs.sweep(runtime)
        assert make_system().ask_for("GET", address + path).status_code == 404
        assert make_system().ask_for("GET", address + path, Authorization=None).status_code == 401

    def test_they_are_absent_for_a_system_that_may_speak_for_the_practice_no_more(
        self, system: Asking, admin: Engine
    ) -> None:
        address = address_of(system.export())
        with admin.connect() as connection:
            connection.execute(text("update api_client set practices = '{A81002}'"))
        assert system.ask_for("GET", address).status_code == 404

    def test_a_token_that_does_not_cover_a_type_does_not_fetch_its_file(
        self, system: Asking, place: MadePlace, runtime: Runtime, admin: Engine
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        address = address_of(system.export("?_type=Patient,Task"))
        jobs.sweep(runtime)
        with admin.connect() as connection:
            connection.execute(text("update api_token set scope = 'system/Task.rs'"))
        refused = system.ask_for("GET", f"{address}/Patient.ndjson")
        assert refused.status_code == 403
        assert "Okonkwo" not in refused.text
        assert system.ask_for("GET", f"{address}/Task.ndjson").status_code == 200

    def test_deleting_the_export_deletes_them(
        self, system: Asking, place: MadePlace, runtime: Runtime, counted: Counted
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        address = address_of(system.export("?_type=Patient"))
        jobs.sweep(runtime)
        assert counted("async_part") == 1
        assert system.ask_for("DELETE", address).status_code == 202
        assert system.ask_for("GET", f"{address}/Patient.ndjson").status_code == 404
        assert counted("async_part") == 0

    def test_they_end_after_a_day(
        self, system: Asking, place: MadePlace, runtime: Runtime, clock: Clock, counted: Counted
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        exported(system, runtime, "?_type=Patient")
        clock.advance(hours=25)
        later.due(runtime.db)
        assert counted("async_part") == counted("async_job") == 0

    def test_nothing_of_a_person_lies_open_in_the_database(
        self, system: Asking, place: MadePlace, runtime: Runtime, admin: Engine
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        _, files = exported(system, runtime, "?_type=Patient")
        assert "Okonkwo" in json.dumps(files)
        with admin.connect() as connection:
            kept = b"".join(
                bytes(row.body) for row in connection.execute(text("select body from async_part"))
            )
        assert b"Okonkwo" not in kept
        assert b"Patient" not in kept

    def test_a_file_that_is_none_is_absent(self, system: Asking, runtime: Runtime) -> None:
        address = address_of(system.export("?_type=Patient"))
        jobs.sweep(runtime)
        assert system.ask_for("GET", f"{address}/Patient.ndjson").status_code == 404
        assert system.ask_for("GET", f"$export/{uuid4()}/Patient.ndjson").status_code == 404


class TestTheAudit:
    def test_every_person_in_it_has_one_line_of_the_export(
        self, system: Asking, place: MadePlace, runtime: Runtime, admin: Engine
    ) -> None:
        made = [make_referral(runtime.db, place, ReferralStatus.RECEIVED) for _ in range(3)]
        exported(system, runtime, "?_type=ServiceRequest,Patient,Task")
        query = "select person_id, role from audit_event where act = 'fhir export' and subject = 'referral'"
        with admin.connect() as connection:
            rows = connection.execute(text(query)).all()
        assert sorted(row.person_id for row in rows) == sorted(each.person_id for each in made)
        assert {row.role for row in rows} == {"practice"}

    def test_start_fetch_and_removal_are_lines_of_their_own(
        self, system: Asking, place: MadePlace, runtime: Runtime, counted: Counted
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        address = address_of(system.export("?_type=Patient"))
        jobs.sweep(runtime)
        system.ask_for("GET", f"{address}/Patient.ndjson")
        system.ask_for("DELETE", address)
        for act in ("start export", "fetch export", "remove export"):
            assert counted(f"audit_event where act = '{act}'") == 1


class TestTheWorkerDies:
    def test_the_next_attempt_writes_everything_anew_and_nothing_twice(
        self,
        system: Asking,
        place: MadePlace,
        runtime: Runtime,
        admin: Engine,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        address = address_of(system.export("?_type=Patient,ServiceRequest"))

        def die(*_: Any, **__: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(export, "_audit", die)
            with pytest.raises(KeyboardInterrupt):
                jobs.sweep(runtime)
        assert system.ask_for("GET", address).status_code == 202
        assert system.ask_for("GET", f"{address}/Patient.ndjson").status_code == 404
        with admin.connect() as connection:
            connection.execute(text("update async_job set leased_until = now() - interval '1 second'"))
        jobs.sweep(runtime)
        output = system.ask_for("GET", address).json["output"]
        assert [each["count"] for each in output] == [1, 1]

    def test_whoever_was_overtaken_writes_nothing_more(
        self, system: Asking, place: MadePlace, runtime: Runtime, admin: Engine, counted: Counted
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        job_id = UUID(address_of(system.export("?_type=Patient")).rsplit("/", 1)[-1])
        with runtime.db.transaction(platform("test")) as tx:
            slow = async_jobs.lease(tx, job_id)
        assert slow is not None
        with admin.connect() as connection:
            connection.execute(text("update async_job set leased_until = now() - interval '1 second'"))
        jobs.sweep(runtime)
        with pytest.raises(async_jobs.LostLease):
            export.gather(runtime.db, slow)
        assert counted("async_part") == 1

    def test_whoever_was_overtaken_writes_nothing_while_the_other_is_still_at_it(
        self, system: Asking, runtime: Runtime, admin: Engine
    ) -> None:
        job_id = UUID(address_of(system.export("?_type=Patient")).rsplit("/", 1)[-1])
        held = []
        for _ in range(2):
            with runtime.db.transaction(platform("test")) as tx:
                held.append(async_jobs.lease(tx, job_id))
            with admin.connect() as connection:
                connection.execute(text("update async_job set leased_until = now() - interval '1 second'"))
        slow, quick = held
        assert slow is not None
        assert quick is not None
        with pytest.raises(async_jobs.LostLease), runtime.db.transaction(platform("test")) as tx:
            async_jobs.record_answer(tx, slow, 200, b"{}")
        with runtime.db.transaction(platform("test")) as tx:
            async_jobs.record_answer(tx, quick, 200, b'{"whose": "the second"}')

    def test_an_export_that_was_deleted_under_way_ends_quietly(
        self,
        system: Asking,
        place: MadePlace,
        runtime: Runtime,
        monkeypatch: pytest.MonkeyPatch,
        counted: Counted,
    ) -> None:
        make_referral(runtime.db, place, ReferralStatus.RECEIVED)
        address = address_of(system.export("?_type=Patient,ServiceRequest"))
        search = export.search

        def and_then_delete(*words: Any) -> Any:
            found = search(*words)
            system.ask_for("DELETE", address)
            return found

        monkeypatch.setattr(export, "search", and_then_delete)
        jobs.sweep(runtime)
        assert counted("async_job") == counted("async_part") == 0
