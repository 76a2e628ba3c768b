"""A practice is told of a person what it said itself, whatever another practice has said of the same person."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app import jobs
from app.domain.access import Actor, system
from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import FeedbackFormat, Role
from app.runtime import Runtime
from app.services.caring import endings, triage
from app.services.feedback.letters import outcome_letter
from app.services.helping import delivery
from app.services.shown import views
from app.store.outbox import lease
from fhir.views_table import KINDS
from fhir.writes_table import KEPT
from tests.conftest import Clock
from tests.factories import MadePlace, make_ending
from tests.integration.api_fhir_operations.asking import lines_of
from tests.integration.api_fhir_write.writer import service_request
from tests.integration.web.conftest import Visitor
from tests.integration.whose_person.conftest import ReferrerOf
from tests.integration.whose_person.referrer import (
    CONFIDENCES,
    NUMBER,
    OLDER,
    SAM,
    Referrer,
    confidences,
    dead,
    nothing_more,
    number_of,
    phones_of,
    reached_at,
    replacing,
    restricted,
)
from tests.unit.letters.pdf import text_of

OF_A_PERSON = [kind for kind in KINDS if kind not in ("Organization", "HealthcareService")]
TOLD = (*CONFIDENCES, SAM.given)
Json = dict[str, Any]


@pytest.fixture
def teller(referrer_of: ReferrerOf) -> Referrer:
    """The practice that tells all that it knows of Sam."""
    return referrer_of("tested")


@pytest.fixture
def other(referrer_of: ReferrerOf) -> Referrer:
    """The practice that tells no more than whom it means; its system is another."""
    return referrer_of("second")


@pytest.fixture
def both(teller: Referrer, other: Referrer) -> tuple[bytes, bytes]:
    """Each has referred Sam: the messages."""
    sent = teller.refer(confidences), other.refer(nothing_more)
    assert teller.patient()["id"] == other.patient()["id"]
    return sent


def told_in(found: object) -> list[str]:
    """The confidences that stand in an output."""
    said = found if isinstance(found, str) else json.dumps(found)
    return [each for each in TOLD if each in said]


def phones_here(runtime: Runtime, place: MadePlace) -> set[tuple[str, ...]]:
    """The telephones as the link workers see them."""
    lines = views.list_referrals(runtime.db, place.link_worker).lines
    seen = [views.get_referral(runtime.db, place.link_worker, line.id) for line in lines]
    return {each.person.phones for each in seen}


def test_who_told_reads_it_back_and_the_link_worker_reads_all(
    both: tuple[bytes, bytes], teller: Referrer, runtime: Runtime, place: MadePlace
) -> None:
    assert set(told_in(teller.patient())) == set(TOLD)
    assert phones_here(runtime, place) == {("07700 900461",)}


def test_the_other_practice_reads_whom_it_meant_and_no_more(
    both: tuple[bytes, bytes], other: Referrer
) -> None:
    patient = other.patient()
    assert set(patient) == {"resourceType", "id", "meta", "identifier", "active", "name", "birthDate"}
    assert patient["name"] == [{"use": "official", "family": SAM.family}]
    assert (number_of(patient), patient["birthDate"]) == (NUMBER, SAM.birth_date)


@pytest.mark.parametrize("kind", OF_A_PERSON)
def test_no_read_search_or_history_tells_it_more(
    kind: str, both: tuple[bytes, bytes], other: Referrer
) -> None:
    found = other.all(kind)
    for each in found:
        assert told_in(other.get(f"{kind}/{each['id']}")) == []
        if kind in KEPT:
            assert told_in(other.get(f"{kind}/{each['id']}/_history")) == []
    assert told_in(found) == []


@pytest.mark.parametrize(
    "path",
    [
        "ServiceRequest?_include=ServiceRequest:patient",
        "Task?_include=Task:patient",
        "CarePlan?_include=CarePlan:patient",
        "Patient?_revinclude=ServiceRequest:patient",
        f"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|{NUMBER}",
        "Patient?_summary=data",
        "Patient?_elements=telecom,address,communication,gender",
    ],
)
def test_what_comes_along_with_a_search_tells_no_more(
    path: str, both: tuple[bytes, bytes], teller: Referrer, other: Referrer
) -> None:
    assert told_in(teller.get(path))
    assert told_in(other.get(path)) == []
    assert "Patient" in {each["resourceType"] for each in other.all(path)}


def test_an_old_version_tells_no_more(both: tuple[bytes, bytes], other: Referrer) -> None:
    patient = other.patient()
    version = patient["meta"]["versionId"]
    assert other.get(f"Patient/{patient['id']}/_history/{version}") == patient


def test_an_export_tells_no_more(
    both: tuple[bytes, bytes], teller: Referrer, other: Referrer, runtime: Runtime
) -> None:
    assert told_in(exported(teller, runtime))
    assert told_in(exported(other, runtime)) == []


def exported(referrer: Referrer, runtime: Runtime) -> list[Json]:
    address = referrer.fhir.export().headers["Content-Location"]
    jobs.sweep(runtime)
    files = referrer.get(address)["output"]
    found = [line for each in files for line in lines_of(referrer.fhir.ask_for("GET", each["url"]))]
    assert "Patient" in {each["resourceType"] for each in found}
    return found


def test_its_pages_and_the_json_api_tell_no_more(
    both: tuple[bytes, bytes], app: Flask, runtime: Runtime, place: MadePlace
) -> None:
    teller, other = (place.actor(f"practice-{number}") for number in (0, 1))
    (full,), (bare,) = (views.list_loops(runtime.db, each).lines for each in (teller, other))
    assert (full.person_name, bare.person_name) == ("Sampson Penhallow", "Penhallow")
    visitor = Visitor(app.test_client()).sign_in("practice-1")
    for path in ("/loops", f"/loops/{bare.id}"):
        assert told_in(visitor.get(path).html) == []
    detail = views.get_loop(runtime.db, other, bare.id)
    assert told_in(str(detail)) == []
    assert detail.nhs_number == "590 001 4002"


@pytest.fixture
def ended(
    both: tuple[bytes, bytes], other: Referrer, runtime: Runtime, place: MadePlace, admin: Engine
) -> Callable[..., UUID]:
    """Help in the other practice's referral and end it, with word on each step in the form that it chose."""

    def end(form: FeedbackFormat = FeedbackFormat.BARS) -> UUID:
        chosen = text("update organisation set progress_messages = 'all', feedback_format = :form")
        with admin.connect() as connection:
            connection.execute(chosen, {"form": form.value})
        (request,) = other.all("ServiceRequest")
        referral_id, db = UUID(request["id"]), runtime.db
        triage.start(db, place.link_worker, referral_id)
        placement = triage.offer(db, place.link_worker, referral_id, [place.services[0].id])
        provider = place.provider_of(place.services[0].id)
        delivery.accept(db, provider, placement)
        delivery.start(db, provider, placement)
        endings.complete(db, provider, placement, make_ending(db.clock().date()))
        return referral_id

    return end


@pytest.fixture
def next_sent(runtime: Runtime, admin: Engine) -> Callable[[], bytes | None]:
    """Take the message that may leave next, and count it as delivered: the one after it is free to go."""

    def take() -> bytes | None:
        waiting = "select id from outbox_message where status = 'waiting' order by created_at, id"
        with admin.connect() as connection:
            ids = connection.execute(text(waiting)).scalars().all()
            for each in ids:
                with runtime.db.transaction(system("carrier")) as tx:
                    found = lease(tx, each)
                if found is not None:
                    gone = text("update outbox_message set status = 'sent' where id = :id")
                    connection.execute(gone, {"id": each})
                    return found.body
        return None

    return take


def test_the_messages_that_go_back_to_it_tell_no_more(
    ended: Callable[..., UUID], next_sent: Callable[[], bytes | None]
) -> None:
    ended()
    sent = list(iter(next_sent, None))
    assert len(sent) == 3  # accepted, begun, the outcome
    for body in sent:
        patient = next(
            each["resource"]
            for each in json.loads(body)["entry"]
            if each["resource"]["resourceType"] == "Patient"
        )
        assert (number_of(patient), patient["name"]) == (NUMBER, [{"use": "official", "family": SAM.family}])
        assert "gender" not in patient
        assert told_in(body.decode()) == []


def test_its_letter_tells_no_more(ended: Callable[..., UUID], runtime: Runtime, place: MadePlace) -> None:
    referral_id = ended()
    for reader in (place.actor("practice-1"), place.link_worker):  # it is the practice's, whoever prints it
        letter = text_of(outcome_letter(runtime.db, reader, referral_id).pdf)
        assert SAM.family in letter
        assert told_in(letter) == []


@pytest.mark.parametrize("form", [FeedbackFormat.SEND_DOCUMENT, FeedbackFormat.LETTER])
def test_a_document_for_its_records_tells_no_more(
    form: FeedbackFormat, ended: Callable[..., UUID], next_sent: Callable[[], bytes | None]
) -> None:
    ended(form)
    body = next_sent()
    assert body is not None
    shown = text_of(body) if form is FeedbackFormat.LETTER else body.decode()
    assert SAM.family in shown
    assert told_in(shown) == []


class TestWhenBothTell:
    """Each has its own newest word; the link worker has the newest of all."""

    def test_each_keeps_its_own_telephone(
        self,
        both: tuple[bytes, bytes],
        teller: Referrer,
        other: Referrer,
        runtime: Runtime,
        place: MadePlace,
        clock: Clock,
    ) -> None:
        clock.advance(minutes=2)
        other.update(both[1], reached_at("07700 900777"))
        assert phones_of(other.patient()) == ["07700 900777"]
        assert phones_of(teller.patient()) == ["07700 900461"]
        assert phones_here(runtime, place) == {("07700 900777",)}
        clock.advance(minutes=2)
        teller.refer(reached_at("07700 900888"))
        assert phones_of(other.patient()) == ["07700 900777"]
        assert phones_here(runtime, place) == {("07700 900888",)}

    def test_that_another_told_something_shows_in_no_time_and_no_version(
        self, both: tuple[bytes, bytes], teller: Referrer, other: Referrer, clock: Clock
    ) -> None:
        before = teller.patient()
        clock.advance(minutes=2)
        asked_from = clock.now.isoformat().replace("+00:00", "Z")
        other.update(both[1], reached_at("07700 900777"))
        assert teller.patient() == before
        assert teller.all(f"Patient?_lastUpdated=ge{asked_from}") == []
        assert len(other.all(f"Patient?_lastUpdated=ge{asked_from}")) == 1

    def test_an_older_message_that_comes_late_does_not_bring_back_what_it_said(
        self, both: tuple[bytes, bytes], other: Referrer, clock: Clock
    ) -> None:
        clock.advance(minutes=4)
        other.update(both[1], reached_at("07700 900777"))
        clock.advance(minutes=-2)
        other.update(both[1], reached_at("07700 900666"), status=409)  # kept, and told that it was overtaken
        assert phones_of(other.patient()) == ["07700 900777"]

    def test_a_death_is_told_by_who_told_it_and_to_the_team(
        self, both: tuple[bytes, bytes], teller: Referrer, other: Referrer, runtime: Runtime, place: MadePlace
    ) -> None:
        teller.update(both[0], dead)
        assert teller.patient()["deceasedBoolean"] is True
        assert "deceasedBoolean" not in other.patient()
        lines = views.list_referrals(runtime.db, place.link_worker).lines
        seen = [views.get_referral(runtime.db, place.link_worker, line.id).person for line in lines]
        assert [each.deceased for each in seen] == [True, True]

    def test_a_restriction_protects_from_everybody_and_whoever_polls_hears_of_it(
        self, both: tuple[bytes, bytes], teller: Referrer, other: Referrer, clock: Clock
    ) -> None:
        other.update(both[1], reached_at("07700 900777"))
        clock.advance(minutes=2)
        asked_from = clock.now.isoformat().replace("+00:00", "Z")
        teller.update(both[0], restricted)
        (found,) = other.all(f"Patient?_lastUpdated=ge{asked_from}")
        assert found["meta"]["security"][0]["code"] == "R"
        assert "telecom" not in found


@pytest.mark.usefixtures("older")
class TestWhenTheNumberWasReplaced:
    """Each practice reads, searches and writes by the number that it knows."""

    @pytest.fixture
    def older(self, teller: Referrer, other: Referrer) -> bytes:
        """Both knew the older number; one has heard of the newer. The other's message."""
        teller.refer(number=OLDER)
        sent = other.refer(nothing_more, number=OLDER)
        teller.refer(replacing(OLDER), number=NUMBER)
        assert teller.patient()["id"] == other.patient()["id"]
        return sent

    def test_it_shows_to_who_told_it_alone(self, teller: Referrer, other: Referrer) -> None:
        assert (number_of(teller.patient()), number_of(other.patient())) == (NUMBER, OLDER)
        by_number = "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|"
        assert len(other.all(by_number + OLDER)) == len(teller.all(by_number + NUMBER)) == 1
        assert other.all(by_number + NUMBER) == teller.all(by_number + OLDER) == []

    def test_an_update_by_the_old_number_is_taken_for_the_same_person(
        self, older: bytes, other: Referrer, runtime: Runtime, place: MadePlace, clock: Clock
    ) -> None:
        clock.advance(minutes=2)
        other.update(older, reached_at("07700 900777"))
        assert phones_of(other.patient()) == ["07700 900777"]
        with runtime.db.transaction(place.link_worker) as tx:
            kinds = tx.session.execute(text("select kind from task where done_at is null")).scalars().all()
        assert "identity-changed" not in kinds

    def test_who_gives_the_new_number_has_followed(self, other: Referrer) -> None:
        other.refer(nothing_more, number=NUMBER)
        assert number_of(other.patient()) == NUMBER


def test_referring_a_person_by_our_id_makes_nobodys_words_its_own(
    both: tuple[bytes, bytes], other: Referrer, runtime: Runtime, place: MadePlace
) -> None:
    request = service_request(f"Patient/{other.patient()['id']}")
    answer = other.fhir.ask_for(
        "POST", "ServiceRequest", request, **{"Content-Type": "application/fhir+json"}
    )
    assert answer.status_code == 201, answer.text
    assert told_in(other.patient()) == []
    assert phones_here(runtime, place) == {("07700 900461",)}


def test_a_practice_has_only_its_own_words_in_the_database(
    both: tuple[bytes, bytes], runtime: Runtime, place: MadePlace
) -> None:
    readers: dict[str, Actor] = {
        name: place.actor(name)
        for name in ("practice-0", "practice-1", "link-worker", "provider-0", "analyst")
    }
    found = {}
    for name, actor in readers.items():
        with runtime.db.transaction(actor) as tx:
            owners = tx.session.execute(text("select practice_id from person_word")).scalars().all()
            found[name] = [owner == actor.organisation_id for owner in owners]
            changed: Any = tx.session.execute(text("update person_word set words = null where false"))
            assert changed.rowcount == 0
    assert found == {
        "practice-0": [True],
        "practice-1": [True],
        "link-worker": [],
        "provider-0": [],
        "analyst": [],
    }


def test_a_practice_that_has_said_nothing_is_told_nothing(
    both: tuple[bytes, bytes], runtime: Runtime, place: MadePlace, admin: Engine, teller: Referrer
) -> None:
    with admin.connect() as connection:
        connection.execute(text("delete from person_word"))
    assert teller.all("Patient") == []
    (line,) = views.list_loops(runtime.db, place.actor("practice-0")).lines
    assert line.person_name == "Name not given"
    nobody = Actor(Role.PRACTICE, None)
    assert views.list_loops(runtime.db, nobody).lines == []
    assert line.status == ReferralStatus.RECEIVED
