"""A provider's system reads its own placements, and of person and request what a provider is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fhir.resources.R4B import get_fhir_model_class
from sqlalchemy import Engine, text
from werkzeug.http import http_date

from app.domain.access import system
from app.domain.cautions import Cautions
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import triage
from app.services.helping import delivery
from app.store import cautions
from fhir.systems import NHS_NUMBER
from fhir.views_table import KINDS
from tests.conftest import Clock
from tests.factories import (
    MadePlace,
    MadeReferral,
    Patient,
    make_change,
    make_nhs_number,
    send,
    sender_for,
)
from tests.integration.api_fhir_rest.reader import Json, Reader, matches, refusals

BRIEF = "Would like company on Tuesdays."
REFERRERS_WORDS = "Bereaved in the spring; drinks."
EMPTY = ("Consent", "Communication", "AuditEvent")
TOLD = [kind for kind in KINDS if kind not in EMPTY]
OF_A_PERSON = [kind for kind in TOLD if kind not in ("Organization", "HealthcareService")]
Refer = Callable[..., MadeReferral]
ReaderOf = Callable[..., Reader]


@pytest.fixture
def offered(runtime: Runtime, place: MadePlace, refer: Refer) -> MadeReferral:
    """A referral that was offered to the first provider, with a brief."""
    made = refer(
        ReferralStatus.IN_TRIAGE, words=REFERRERS_WORDS, patient=Patient(nhs_number=make_nhs_number())
    )
    services = [place.services[0].id]
    placement_id = triage.offer(runtime.db, place.link_worker, made.id, services, brief=BRIEF)
    return MadeReferral(made.id, made.person_id, made.practice, made.message, placement_id)


def only(reader: Reader, kind: str) -> Json:
    (found,) = matches(reader.search(kind))
    return found


def test_a_provider_finds_and_reads_what_belongs_to_its_placement_and_all_of_it_is_good_fhir(
    provider: Reader, closed: MadeReferral
) -> None:
    for kind in TOLD:
        found = matches(provider.search(kind))
        assert found, kind
        for resource in found:
            get_fhir_model_class(kind).model_validate(resource)
            assert provider.read(f"{kind}/{resource['id']}") == resource
    assert {kind: provider.search(kind)["total"] for kind in EMPTY} == dict.fromkeys(EMPTY, 0)
    task = only(provider, "Task")
    assert task["id"] == str(closed.placement_id)
    assert [each["type"]["text"] for each in task["output"]][:2] == ["Outcome", "Summary"]


def test_another_provider_finds_nothing_and_reads_nothing(
    provider: Reader, reader_of: ReaderOf, place: MadePlace, closed: MadeReferral
) -> None:
    stranger = reader_of(bound_to=place.providers[1])
    for kind in OF_A_PERSON:
        assert stranger.search(kind)["total"] == 0, kind
        known = matches(provider.search(kind))[0]["id"]
        assert refusals(stranger.get(f"{kind}/{known}"), 404)


def test_a_provider_is_told_the_brief_and_how_to_reach_the_person_and_nothing_else_of_them(
    provider: Reader, place: MadePlace, offered: MadeReferral
) -> None:
    person, order = only(provider, "Patient"), only(provider, "ServiceRequest")
    assert person["name"] == [{"use": "official", "text": "Adaeze Okonkwo"}]
    assert person["telecom"] == [{"system": "phone", "value": "07700 900461"}]
    assert not {"identifier", "birthDate", "address", "gender", "generalPractitioner"} & set(person)
    assert (order["intent"], order["status"]) == ("filler-order", "active")
    assert order["requester"]["reference"] == f"Organization/{place.team.id}"
    assert [each["text"] for each in order["note"]] == [BRIEF]
    everything = "".join(str(provider.search(kind)) for kind in OF_A_PERSON)
    for secret in (REFERRERS_WORDS, "Cardamom", "E8 1EA", "1951", place.practices[0].name):
        assert secret not in everything


@pytest.mark.parametrize("why", ["do not contact", "restricted"])
def test_who_must_not_be_contacted_has_no_number_here_either(
    why: str, provider: Reader, offered: MadeReferral, runtime: Runtime, admin: Engine
) -> None:
    if why == "restricted":
        with admin.connect() as connection:
            connection.execute(text("update person set restricted = true"))
    else:
        with runtime.db.transaction(system("test")) as tx:
            cautions.record(tx, offered.id, Cautions(do_not_contact=True), audit="test")
    assert "telecom" not in only(provider, "Patient")
    order = only(provider, "ServiceRequest")
    details = [each["coding"][0]["code"] for each in order.get("orderDetail", [])]
    assert details == (["contacting-subject-prohibited"] if why == "do not contact" else [])
    assert "team" in order["note"][0]["text"]
    everything = "".join(str(provider.search(kind)) for kind in OF_A_PERSON)
    assert "7700900" not in everything.replace(" ", "")


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("caution", [Cautions(do_not_contact=True), Cautions(no_telephone=True)])
def test_a_number_that_one_of_a_persons_referrals_withholds_is_told_for_neither(
    which: int, caution: Cautions, provider: Reader, refer: Refer, runtime: Runtime
) -> None:
    patient = Patient(nhs_number=make_nhs_number())
    made = [refer(ReferralStatus.ACTIVE, patient=patient) for _ in range(2)]
    assert only(provider, "Patient")["telecom"]
    with runtime.db.transaction(system("test")) as tx:
        cautions.record(tx, made[which].id, caution, audit="test")
    assert "telecom" not in only(provider, "Patient")


def test_who_wants_no_calls_has_no_telephone_number_here(
    provider: Reader, offered: MadeReferral, runtime: Runtime
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        cautions.record(tx, offered.id, Cautions(no_telephone=True), audit="test")
    everything = "".join(str(provider.search(kind)) for kind in OF_A_PERSON)
    assert "7700900" not in everything.replace(" ", "")
    assert "Do not telephone" in everything


def test_who_declined_reads_no_more_of_the_person(
    provider: Reader, offered: MadeReferral, runtime: Runtime, place: MadePlace
) -> None:
    delivery.decline(runtime.db, place.provider_of(place.services[0].id), offered.placement_id, reason="22")
    assert only(provider, "Task")["status"] == "rejected"
    assert provider.search("Patient")["total"] == 0
    assert refusals(provider.get(f"Patient/{offered.person_id}"), 404)
    order = only(provider, "ServiceRequest")
    assert order["status"] == "revoked"
    assert not {"note", "reasonCode", "orderDetail"} & set(order)


@pytest.mark.parametrize("end", ["declined", "withdrawn"])
def test_who_no_longer_has_to_do_with_a_referral_learns_nothing_of_its_later_life(
    end: str, provider: Reader, offered: MadeReferral, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    clock.advance(minutes=1)
    if end == "declined":
        first = place.provider_of(place.services[0].id)
        delivery.decline(runtime.db, first, offered.placement_id, reason="22")
    else:
        triage.withdraw_offer(runtime.db, place.link_worker, offered.placement_id, reason="other")
    kinds = ("ServiceRequest", "Task", "CarePlan")
    stands = [matches(provider.search(kind)) for kind in kinds]
    tag = provider.get(f"ServiceRequest/{offered.id}").headers["ETag"]
    since = {"_lastUpdated": f"gt{clock.now.isoformat()}"}
    clock.advance(minutes=1)
    second = triage.offer(runtime.db, place.link_worker, offered.id, [place.services[1].id])
    clock.advance(minutes=1)
    practice = sender_for(offered.practice)
    send(runtime.db, make_change(offered.message, "active"), practice)
    clock.advance(minutes=1)
    delivery.accept(runtime.db, place.provider_of(place.services[1].id), second)
    assert [matches(provider.search(kind)) for kind in kinds] == stands
    assert [provider.ids(kind, since) for kind in kinds] == [[], [], []]
    assert provider.get(f"ServiceRequest/{offered.id}", If_None_Match=tag).status_code == 304
    clock.advance(minutes=1)
    send(runtime.db, make_change(offered.message, "revoked"), practice)
    assert [matches(provider.search(kind)) for kind in kinds] == stands


def test_no_number_leads_a_provider_to_a_person(provider: Reader, reader: Reader, refer: Refer) -> None:
    number = make_nhs_number()
    refer(ReferralStatus.ACTIVE, patient=Patient(nhs_number=number))
    query = {"identifier": f"{NHS_NUMBER}|{number}"}
    assert reader.search("Patient", query)["total"] == 1
    assert provider.search("Patient", query)["total"] == 0
    assert provider.search("Task", {"patient:identifier": query["identifier"]})["total"] == 0


def test_a_providers_search_takes_what_everybodys_takes(
    provider: Reader, offered: MadeReferral, place: MadePlace
) -> None:
    task = str(offered.placement_id)
    for query in (
        {"status": "requested"},
        {"owner": f"Organization/{place.providers[0].id}"},
        {"requester": str(place.team.id)},
        {"focus": f"ServiceRequest/{offered.id}", "_sort": "-modified"},
        {"patient": str(offered.person_id), "code": "fulfill", "part-of": f"Task/{offered.id}"},
    ):
        assert provider.ids("Task", query) == [task], query
    assert provider.ids("Task", {"owner:missing": "true"}) == []
    assert provider.ids("ServiceRequest", {"performer": str(place.providers[0].id)}) == [str(offered.id)]
    along = matches(provider.search("Task", {"_include": "Task:focus,Task:patient,Task:owner"}), "include")
    assert sorted(each["resourceType"] for each in along) == ["Organization", "Patient", "ServiceRequest"]


def test_a_providers_versions_and_times_move_with_what_it_sees(
    provider: Reader, offered: MadeReferral, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    task, order = f"Task/{offered.placement_id}", f"ServiceRequest/{offered.id}"
    before = {path: provider.get(path).headers["ETag"] for path in (task, order)}
    assert {provider.get(path, If_None_Match=tag).status_code for path, tag in before.items()} == {304}
    clock.advance(minutes=2)
    triage.set_needs(runtime.db, place.link_worker, offered.id, needs=("housing",), access=("step-free",))
    assert provider.get(task).headers["ETag"] == before[task]
    after = provider.get(order)
    assert after.headers["ETag"] != before[order]
    assert after.headers["Last-Modified"] == http_date(clock.now)
    clock.advance(minutes=2)
    delivery.accept(runtime.db, place.provider_of(place.services[0].id), offered.placement_id)
    moved = provider.get(task)
    assert moved.headers["ETag"] != before[task]
    assert moved.headers["Last-Modified"] == http_date(clock.now)


def test_a_teams_system_reads_the_teams_referrals(
    reader_of: ReaderOf, reader: Reader, place: MadePlace, closed: MadeReferral
) -> None:
    team, other = reader_of(bound_to=place.team), reader_of(bound_to=place.other_team)
    for kind in OF_A_PERSON:
        assert {each["id"] for each in matches(team.search(kind))} >= {
            each["id"] for each in matches(reader.search(kind))
        }
        assert other.search(kind)["total"] == 0
    assert team.search("Consent")["total"] == 1
    assert team.search("AuditEvent")["total"] > 0
    assert other.search("AuditEvent")["total"] == other.search("Consent")["total"] == 0


def test_a_client_of_no_practice_team_or_provider_is_refused(reader_of: ReaderOf, place: MadePlace) -> None:
    (sentence,) = refusals(reader_of(bound_to=place.place).get("Task"), 403)
    assert "registered" in sentence


def test_a_system_that_only_writes_cannot_read(reader_of: ReaderOf, place: MadePlace) -> None:
    writer = reader_of(bound_to=place.providers[0], scopes=("system/Task.u",))
    assert refusals(writer.get("Task"), 403)
