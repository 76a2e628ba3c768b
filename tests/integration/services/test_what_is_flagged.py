"""What a message flags, whose number it names and what it leaves out: told to the right people, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.domain.access import system
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.services.caring import endings, triage
from app.services.caring.endings import Ending
from app.services.feedback.outcome_report import report_of
from app.services.incoming.intake import Reception
from app.services.shown import views
from app.store import directory, people, referrals
from app.store.session import Database
from fhir.message_back import RISKS_NOT_RECORDED, RISKS_TOLD
from fhir.systems import FLAG_CATEGORIES, NHS_NUMBER
from tests.directories import make_safe
from tests.factories import (
    MadePlace,
    Patient,
    make_message,
    make_nhs_number,
    make_referral,
    send,
    sender_for,
)

Json = dict[str, Any]
READER = system("test")


def _with(place: MadePlace, change: Callable[[Json], Any], patient: Patient | None = None) -> bytes:
    body = json.loads(make_message(place.practices[0], patient=patient))
    change(body)
    return json.dumps(body).encode()


def _flags(*told: tuple[str | None, str]) -> Callable[[Json], Any]:
    def change(body: Json) -> None:
        parts = {each["resource"]["resourceType"]: each["resource"] for each in body["entry"]}
        for number, (category, words) in enumerate(told):
            flag = {"resourceType": "Flag", "status": "active", "code": {"text": words}}
            flag["subject"] = parts["ServiceRequest"]["subject"]
            if category:
                flag["category"] = [{"coding": [{"system": FLAG_CATEGORIES, "code": category}]}]
            full_url = f"urn:uuid:00000000-0000-4000-8000-00000000000{number}"
            body["entry"].append({"fullUrl": full_url, "resource": flag})

    return change


def test_every_flag_is_said_in_words_and_the_provider_hears_of_adjustments_alone(
    database: Database, place: MadePlace
) -> None:
    raw = _with(place, _flags(("RA", "Speak slowly"), ("RT", "Form at home"), (None, "Violent partner")))
    assert send(database, raw, sender_for(*place.practices)).reception is Reception.TAKEN
    (line,) = views.list_referrals(database, place.link_worker).lines
    found = views.get_referral(database, place.link_worker, line.id)
    assert found.take_care == (
        "Risk: Violent partner",
        "Reasonable adjustment: Speak slowly.",
        "ReSPECT: Form at home.",
    )
    make_safe(database, place, 0)
    triage.start(database, place.link_worker, line.id)
    service = place.services[0].id
    placement_id = triage.offer(database, place.link_worker, line.id, [service])
    shown = views.get_placement(database, place.provider_of(service), placement_id).person
    assert shown.take_care == ("Reasonable adjustment: Speak slowly.",)


@pytest.mark.parametrize(
    ("change", "told"),
    [(lambda _: None, ()), (_flags(("SG", "Afraid at home")), (RISKS_TOLD,))],
    ids=["nothing flagged", "a concern flagged"],
)
def test_silence_on_risks_is_told_as_silence_beside_what_the_referral_told(
    database: Database, place: MadePlace, change: Callable[[Json], Any], told: tuple[str, ...]
) -> None:
    send(database, _with(place, change), sender_for(*place.practices))
    (line,) = views.list_referrals(database, place.link_worker).lines
    triage.start(database, place.link_worker, line.id)
    silent = Ending(Outcome(OutcomeState.NOT_KNOWN, "", ""), reason="moved-away")
    endings.end_early(database, place.link_worker, line.id, silent)
    with database.transaction(READER) as tx:
        practice = directory.get_organisation(tx, place.practices[0].id)
        report = report_of(tx, referrals.get(tx, line.id, audit="test"), practice, audit="test")
    assert report.risks.splitlines() == [RISKS_NOT_RECORDED, *told]


class TestReplacedNumbers:
    def _old(self, number: str) -> Callable[[Json], Any]:
        def change(body: Json) -> None:
            (patient,) = (e["resource"] for e in body["entry"] if e["resource"]["resourceType"] == "Patient")
            patient["identifier"].append({"use": "old", "system": NHS_NUMBER, "value": number})

        return change

    def _people(self, database: Database, place: MadePlace) -> set[Any]:
        lines = views.list_referrals(database, place.link_worker).lines
        with database.transaction(READER) as tx:
            return {referrals.get(tx, line.id, audit="test").person_id for line in lines}

    def test_whoever_still_sends_a_replaced_number_means_the_same_person(
        self, database: Database, place: MadePlace
    ) -> None:
        first, second = make_nhs_number(), make_nhs_number()
        make_referral(database, place, patient=Patient(nhs_number=first))
        sender = sender_for(*place.practices)
        send(database, _with(place, self._old(first), Patient(nhs_number=second)), sender)
        send(database, _with(place, lambda _: None, Patient(nhs_number=first)), sender)
        (person_id,) = self._people(database, place)
        with database.transaction(READER) as tx:
            assert people.get(tx, person_id, audit="test").details.nhs_number == second

    def test_a_number_replaced_before_we_heard_of_the_person_is_followed_too(
        self, database: Database, place: MadePlace
    ) -> None:
        first, second = make_nhs_number(), make_nhs_number()
        sender = sender_for(*place.practices)
        send(database, _with(place, self._old(first), Patient(nhs_number=second)), sender)
        send(database, _with(place, lambda _: None, Patient(nhs_number=first)), sender)
        assert len(self._people(database, place)) == 1

    def test_a_replaced_number_of_somebody_else_waits_for_a_person(
        self, database: Database, place: MadePlace
    ) -> None:
        first, second = make_nhs_number(), make_nhs_number()
        sender = sender_for(*place.practices)
        send(database, _with(place, self._old(first), Patient(nhs_number=second)), sender)
        other = Patient(nhs_number=first, family="Lindqvist")
        send(database, _with(place, lambda _: None, other), sender)
        assert len(self._people(database, place)) == 2
