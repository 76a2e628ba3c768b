"""One resource of each type: what it says, who gets it, and when it need not be sent again."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.http import http_date

from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import endings, triage
from app.services.caring.endings import Ending
from app.services.helping import delivery
from fhir.views_table import KINDS
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_ending
from tests.integration.api_fhir_rest.reader import BASE, Reader, matches, refusals

DIRECTORY = ("Organization", "HealthcareService")
OF_A_PERSON = [kind for kind in KINDS if kind not in DIRECTORY]
Refer = Callable[..., MadeReferral]
ReaderOf = Callable[..., Reader]


@pytest.mark.parametrize("kind", KINDS)
def test_each_type_is_found_and_read_and_is_good_fhir(
    kind: str, reader: Reader, closed: MadeReferral
) -> None:
    found = matches(reader.search(kind))
    assert found
    for resource in found:
        get_fhir_model_class(kind).model_validate(resource)
        assert reader.read(f"{kind}/{resource['id']}") == resource


@pytest.mark.parametrize("kind", OF_A_PERSON)
def test_another_practice_finds_nothing_and_is_answered_as_if_nothing_were_there(
    kind: str, reader: Reader, stranger: Reader, closed: MadeReferral
) -> None:
    (first, *_) = matches(reader.search(kind))
    assert stranger.search(kind)["total"] == 0
    foreign = stranger.get(f"{kind}/{first['id']}")
    assert foreign.status_code == 404
    absent = stranger.get(f"{kind}/{absent_id(first['id'])}")
    assert (absent.status_code, absent.data) == (404, foreign.data)


def absent_id(id: str) -> str:
    """An id of the same form that nothing has."""
    if "-" in id and id.rpartition("-")[2].isdigit() and len(id) < 30:
        return f"{id.partition('-')[0]}-987654321"
    return "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    "id", ["9000000009", "step-1", "%00", "a" * 300, "{00000000-0000-4000-8000-000000000000}"]
)
def test_an_id_that_cannot_be_one_is_absent(id: str, reader: Reader) -> None:
    assert refusals(reader.get(f"ServiceRequest/{id}"), 404)


def test_what_was_loaded_from_before_the_platform_is_not_served(
    reader: Reader, closed: MadeReferral, admin: Engine
) -> None:
    with admin.connect() as connection:
        connection.execute(text("update referral set is_history = true"))
    assert {kind: reader.search(kind)["total"] for kind in OF_A_PERSON} == dict.fromkeys(OF_A_PERSON, 0)


def test_a_token_without_the_scope_is_refused(reader_of: ReaderOf, place: MadePlace) -> None:
    writer = reader_of(place.practices[0], scopes=("referral.write",))
    for path in ("Task", f"Task/{absent_id('')}"):
        (sentence,) = refusals(writer.get(path), 403)
        assert "system/Task." in sentence


def test_without_a_token_nothing_is_read(http: FlaskClient) -> None:
    assert {http.get(f"{BASE}/{kind}").status_code for kind in KINDS} == {401}


def test_an_unknown_type_is_not_there_and_writing_is_not_for_these_addresses(
    reader: Reader, closed: MadeReferral
) -> None:
    for path in ("Practitioner", "Slot/1", "task", f"Task/{closed.id}/_history/99"):
        assert refusals(reader.get(path), 404)
    answer = reader.post("Observation", {})
    assert refusals(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD"


def test_a_restricted_persons_whereabouts_are_withheld(
    reader: Reader, closed: MadeReferral, admin: Engine
) -> None:
    (seen,) = matches(reader.search("Patient"))
    assert {"address", "telecom"} <= set(seen)
    with admin.connect() as connection:
        connection.execute(text("update person set restricted = true"))
    (hidden,) = matches(reader.search("Patient"))
    assert not {"address", "telecom", "generalPractitioner", "contact"} & set(hidden)
    assert hidden["meta"]["security"][0]["code"] == "R"
    everything = "".join(str(reader.search(kind)) for kind in OF_A_PERSON)
    assert "Cardamom" not in everything
    assert "7700900" not in everything.replace(" ", "")


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_caller_has_already_is_not_sent_again(
    kind: str, reader: Reader, closed: MadeReferral
) -> None:
    (first, *_) = matches(reader.search(kind))
    path = f"{kind}/{first['id']}"
    tag = reader.get(path).headers["ETag"]
    assert tag == f'W/"{first["meta"]["versionId"]}"'
    same = reader.get(path, If_None_Match=tag)
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    assert reader.get(path, If_None_Match='W/"something-else"').status_code == 200


def test_a_time_is_trusted_only_where_every_change_leaves_one(
    reader: Reader, closed: MadeReferral, clock: Clock
) -> None:
    for path in (f"Task/{closed.id}", f"ServiceRequest/{closed.id}"):
        assert reader.get(path).headers["Last-Modified"] == http_date(clock.now)
        assert reader.get(path, If_Modified_Since=http_date(clock.now)).status_code == 304
        earlier = http_date(clock.now - timedelta(seconds=2))
        assert reader.get(path, If_Modified_Since=earlier).status_code == 200
    person = f"Patient/{closed.person_id}"
    assert "Last-Modified" not in reader.get(person).headers
    assert reader.get(person, If_Modified_Since=http_date(clock.now)).status_code == 200


def test_a_change_without_a_step_gives_another_version_and_is_seen_by_whoever_polls(
    reader: Reader, refer: Refer, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = refer(ReferralStatus.IN_TRIAGE)
    before = reader.get(f"ServiceRequest/{made.id}").headers["ETag"]
    clock.advance(minutes=5)
    triage.set_needs(runtime.db, place.link_worker, made.id, needs=("housing",), access=())
    after = reader.get(f"ServiceRequest/{made.id}", If_None_Match=before)
    assert after.status_code == 200
    assert after.headers["ETag"] != before
    assert after.headers["Last-Modified"] == http_date(clock.now)
    polled = {"_lastUpdated": f"ge{clock.now.isoformat().replace('+00:00', 'Z')}"}
    assert reader.ids("ServiceRequest", polled) == [str(made.id)]
    assert after.json["reasonCode"][0]["coding"][0]["code"] == "housing"


def test_tasks_move_as_gravity_has_it(
    reader: Reader, refer: Refer, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = refer(ReferralStatus.RECEIVED)
    told = [status_of(reader, made.id)]
    triage.start(runtime.db, place.link_worker, made.id)
    told.append(status_of(reader, made.id))
    offered = triage.offer(runtime.db, place.link_worker, made.id, [place.services[0].id])
    told.append(status_of(reader, made.id))
    provider, steps = place.provider_of(place.services[0].id), [status_of(reader, offered)]
    assert "owner" not in reader.read(f"Task/{offered}")
    delivery.accept(runtime.db, provider, offered)
    steps.append(status_of(reader, offered))
    delivery.start(runtime.db, provider, offered)
    steps.append(status_of(reader, offered))
    endings.complete(runtime.db, provider, offered, make_ending(clock.today))
    told.append(status_of(reader, made.id))
    steps.append(status_of(reader, offered))
    assert told == ["requested", "accepted", "in-progress", "completed"]
    assert steps == ["requested", "accepted", "in-progress", "completed"]
    done = reader.read(f"Task/{offered}")
    assert done["partOf"] == [{"reference": f"Task/{made.id}"}]
    assert done["owner"]["reference"] == f"Organization/{place.providers[0].id}"
    assert done["output"][0]["valueCodeableConcept"]["coding"][0]["code"] == "better"


def status_of(reader: Reader, id: Any) -> str:
    return str(reader.read(f"Task/{id}")["status"])


def test_an_end_without_help_says_its_reason(
    reader: Reader, refer: Refer, runtime: Runtime, place: MadePlace
) -> None:
    made = refer(ReferralStatus.ACTIVE)
    delivery.decline(runtime.db, place.provider_of(place.services[0].id), made.placement_id, reason="22")
    declined = reader.read(f"Task/{made.placement_id}")
    assert declined["status"] == "rejected"
    assert declined["statusReason"]["coding"][0]["display"] == "No capacity"
    assert status_of(reader, made.id) == "in-progress"  # back in triage: never back to accepted
    unhelped = make_ending(runtime.db.clock().date(), reason="could-not-contact").outcome
    endings.end_early(runtime.db, place.link_worker, made.id, Ending(unhelped, reason="could-not-contact"))
    ended = reader.read(f"Task/{made.id}")
    assert (ended["status"], ended["statusReason"]["text"]) == ("failed", "The person could not be reached")
    assert reader.read(f"ServiceRequest/{made.id}")["status"] == "revoked"


def test_later_words_on_consent_stay_with_the_team_but_take_the_first_out_of_force(
    reader: Reader, refer: Refer, admin: Engine
) -> None:
    made = refer(ReferralStatus.IN_TRIAGE)
    (first,) = matches(reader.search("Consent"))
    assert first["status"] == "active"
    with admin.connect() as connection:
        connection.execute(
            text(
                "insert into consent (id, person_id, referral_id, kind, given, source, recorded_at) select"
                " gen_random_uuid(), :person, :referral, kind, false, 'link-worker', recorded_at + '1 hour'"
                " from consent"
            ),
            {"person": made.person_id, "referral": made.id},
        )
    (after,) = matches(reader.search("Consent"))
    assert (after["id"], after["status"], after["meta"]["versionId"]) == (first["id"], "inactive", "2")


def test_every_read_of_a_record_is_in_the_audit_and_says_whose_system_it_was(
    reader: Reader, closed: MadeReferral, admin: Engine
) -> None:
    for kind in OF_A_PERSON:
        reader.search(kind)
    reader.read(f"Task/{closed.id}")
    with admin.connect() as connection:
        lines = connection.execute(
            text(
                "select act, subject, actor, person_id, detail->>'type' as type from audit_event where act like 'fhir%'"
            )
        ).all()
    of_the_log = [line for line in lines if line.subject == "audit"]
    assert len(of_the_log) == 1  # reading the log feeds it one line, which is of nobody in particular
    lines = [line for line in lines if line not in of_the_log]
    searched = {line.type for line in lines if line.act == "fhir search" and line.subject == "referral"}
    assert searched == set(OF_A_PERSON) - {"Patient", "AuditEvent"}
    assert any(line.act == "fhir search" and line.subject == "person" for line in lines)
    assert [line.type for line in lines if line.act == "fhir read"] == ["Task"]
    assert {line.person_id for line in lines} == {closed.person_id}
    assert all(line.actor.startswith("process:gp-") for line in lines)


def end_user(ods: str) -> str:
    identifier = {"system": "https://fhir.nhs.uk/id/ods-organization-code", "value": ods}
    return b64encode(orjson.dumps({"resourceType": "Organization", "identifier": [identifier]})).decode()


def test_a_system_of_several_practices_names_the_one_it_reads_for(
    reader_of: ReaderOf, refer: Refer, place: MadePlace
) -> None:
    both = reader_of(*place.practices)
    refer(practice=place.practices[0])
    refer(practice=place.practices[1])
    (sentence,) = refusals(both.get("ServiceRequest"), 400)
    assert "NHSD-End-User-Organisation" in sentence
    for practice in place.practices:
        found = both.search("ServiceRequest", NHSD_End_User_Organisation=end_user(practice.ods or ""))
        assert [each["requester"]["display"] for each in matches(found)] == [practice.name]


@pytest.mark.parametrize(
    "told", ["", "not base64!", b64encode(b"[]").decode(), b64encode(b'{"identifier":[{}]}').decode()]
)
def test_an_end_user_that_cannot_be_read_is_refused(told: str, reader: Reader) -> None:
    (sentence,) = refusals(reader.get("Task", NHSD_End_User_Organisation=told), 400)
    assert "NHSD-End-User-Organisation" in sentence


def test_a_practice_that_the_system_may_not_speak_for_is_refused(reader: Reader, place: MadePlace) -> None:
    for ods in (place.other_practice.ods or "", "ZZ999"):
        assert refusals(reader.get("Task", NHSD_End_User_Organisation=end_user(ods)), 403)


def test_a_read_can_be_cut_to_a_summary_or_to_elements(reader: Reader, closed: MadeReferral) -> None:
    whole = reader.read(f"Task/{closed.id}")
    summary = reader.get(f"Task/{closed.id}", {"_summary": "true"}).json
    named = reader.get(f"Task/{closed.id}", {"_elements": "output"}).json
    assert "output" in whole
    assert "output" not in summary
    assert summary["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert set(named) == {"resourceType", "id", "meta", "status", "intent", "output"}
    for cut in (summary, named):
        get_fhir_model_class("Task").model_validate(cut)


def test_a_read_takes_no_search_parameter_when_it_is_strict(reader: Reader, closed: MadeReferral) -> None:
    path, query = f"Task/{closed.id}", {"status": "completed"}
    assert reader.get(path, query).status_code == 200
    (sentence,) = refusals(reader.get(path, query, Prefer="handling=strict"), 400)
    assert sentence.startswith("status:")
