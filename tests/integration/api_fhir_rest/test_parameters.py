"""Every search parameter of every type finds what it should, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from fhir.systems import (
    NHS_NUMBER,
    ODS_ORGANISATION,
    OUR_MEASURES,
    OUR_NEEDS,
    OUR_ORGANISATION_ID,
    OUR_REFERRAL_ID,
    OUR_SERVICE_ID,
    SNOMED,
)
from fhir.views_capability import parameters_of
from fhir.views_table import KINDS
from fhir.views_words import OUR_REFERENCE, URI
from tests.factories import make_nhs_number
from tests.integration.api_fhir_rest.reader import Reader, matches
from tests.integration.api_fhir_rest.world import NOBODY, World

Value = str | Callable[[World], str]
DATED = "ServiceRequest Task Consent CarePlan Observation QuestionnaireResponse Communication AuditEvent Provenance"
SUBJECT = "ServiceRequest Task CarePlan Observation QuestionnaireResponse Communication"
BASED_ON = "Task Observation QuestionnaireResponse Communication"


def organisation(of: str) -> Callable[[World], str]:
    return lambda world: f"Organization/{getattr(world, of)}"


def request(world: World) -> str:
    return f"ServiceRequest/{world.closed.id}"


def message_of(world: World) -> str:
    return f"{URI}|urn:uuid:{world.message_id}"


# types, parameter, a value that finds something (when marked, of the closed referral alone), one that finds nothing
ROWS: list[tuple[str, str, Value, Value, bool]] = [
    (f"{DATED} Patient", "_lastUpdated", lambda w: f"le{w.yesterday}", "gt2090", True),
    ("Organization HealthcareService", "_lastUpdated", "gt2020", "gt2090", False),
    (
        "Communication",
        "identifier",
        message_of,
        f"{URI}|urn:uuid:{NOBODY}",
        True,
    ),
    (DATED, "patient", lambda w: f"Patient/{w.closed.person_id}", f"Patient/{NOBODY}", True),
    (DATED, "patient", lambda w: str(w.closed.person_id), "nobody", True),
    (
        DATED,
        "patient:identifier",
        lambda w: f"{NHS_NUMBER}|{w.number}",
        lambda _: f"{NHS_NUMBER}|{make_nhs_number()}",
        True,
    ),
    (SUBJECT, "subject", lambda w: f"Patient/{w.closed.person_id}", f"Patient/{NOBODY}", True),
    (SUBJECT, "subject:Patient", lambda w: str(w.closed.person_id), NOBODY, True),
    (BASED_ON, "based-on", request, f"ServiceRequest/{NOBODY}", True),
    ("Task", "focus", lambda w: f"http://localhost/FHIR/R4/{request(w)}", NOBODY, True),
    ("Task", "part-of", lambda w: f"Task/{w.closed.id}", lambda w: f"Task/{w.fresh.id}", True),
    ("Provenance", "target", request, f"ServiceRequest/{NOBODY}", True),
    ("Provenance", "target", lambda w: f"Task/{w.closed.placement_id}", f"Task/{NOBODY}", True),
    ("AuditEvent", "entity", request, f"ServiceRequest/{NOBODY}", True),
    ("ServiceRequest Task CarePlan Communication", "status", "completed", "entered-in-error,stopped", True),
    ("Observation", "status", "final", "", False),
    ("Observation", "status:not", "", "final", False),
    ("QuestionnaireResponse", "status:not", "", "completed", False),
    ("QuestionnaireResponse", "status", "completed", "", False),
    ("Consent", "status", "active", "rejected,inactive", False),
    ("Task", "status:not", "requested", "requested,completed", True),
    ("ServiceRequest QuestionnaireResponse", "authored", lambda w: f"le{w.yesterday}", "2019", True),
    ("Consent CarePlan AuditEvent Observation", "date", lambda w: w.yesterday, "lt2020-06", True),
    ("Task", "authored-on", lambda w: w.yesterday, "2019-02-03", True),
    ("Task", "modified", lambda w: f"le{w.yesterday}", "gt2090", True),
    ("Provenance", "recorded", lambda w: w.yesterday, "2019-02-03T10:00", True),
    ("Communication", "sent:missing", "true", "false", True),
    ("Task", "owner", organisation("team"), organisation("practice"), False),
    ("Task", "owner", organisation("provider"), f"Organization/{NOBODY}", True),
    ("Task", "owner:missing", "false", "true", False),
    ("Task", "requester", organisation("practice"), organisation("provider"), False),
    ("ServiceRequest", "requester", organisation("practice"), organisation("team"), False),
    (
        "ServiceRequest Task",
        "requester:identifier",
        lambda w: f"{ODS_ORGANISATION}|{w.place.practices[0].ods}",
        lambda w: f"{ODS_ORGANISATION}|{w.place.practices[1].ods}",
        False,
    ),
    ("ServiceRequest", "performer", organisation("team"), organisation("practice"), False),
    ("Communication", "recipient", organisation("practice"), organisation("team"), True),
    ("Communication", "sender", organisation("team"), organisation("practice"), True),
    ("Consent", "organization", organisation("practice"), organisation("team"), False),
    ("AuditEvent Provenance", "agent", organisation("provider"), f"Organization/{NOBODY}", True),
    ("ServiceRequest", "code", f"{SNOMED}|871731000000106", f"{SNOMED}|1", False),
    ("Task", "code", "fulfill", "approve", False),
    ("Observation", "code", f"{OUR_MEASURES}|ons4", f"{SNOMED}|ons4", True),
    ("HealthcareService", "service-type", f"{OUR_NEEDS}|housing,money-advice", "housing", False),
    ("HealthcareService", "organization", organisation("provider"), organisation("team"), False),
    (
        "ServiceRequest",
        "identifier",
        lambda w: f"{OUR_REFERRAL_ID}|{w.closed.id}",
        f"{OUR_REFERRAL_ID}|x",
        True,
    ),
    ("ServiceRequest", "identifier", lambda w: str(w.closed.id), f"{OUR_REFERENCE}|BK-2222222", True),
    ("ServiceRequest", "identifier", "|sender1234", "|sender12345", False),
    ("Patient", "identifier", lambda w: f"{NHS_NUMBER}|{w.number}", lambda _: make_nhs_number(), True),
    ("Organization", "identifier", f"{ODS_ORGANISATION}|A81001", f"{ODS_ORGANISATION}|A99999", False),
    (
        "Organization",
        "identifier",
        lambda w: f"{OUR_ORGANISATION_ID}|{w.team}",
        lambda w: f"https://unknown.example/|{w.team}",
        False,
    ),
    (
        "HealthcareService",
        "identifier",
        lambda w: f"{OUR_SERVICE_ID}|{w.place.services[0].id}",
        f"{OUR_SERVICE_ID}|{NOBODY}",
        False,
    ),
]
CASES = [(kind, *rest) for kinds, *rest in ROWS for kind in kinds.split()]


def text_of(value: Value, world: World) -> str:
    return value if isinstance(value, str) else value(world)


def trimmed(kind: str, value: str) -> str:
    """Of several states only those that the type has."""
    codes = (KINDS[kind].parameter("status") or KINDS["Task"].parameter("status")).codes or {}
    states = [each for each in value.split(",") if each in codes]
    return ",".join(states) or value


@pytest.mark.parametrize(("kind", "name", "hit", "miss", "alone"), CASES)
def test_a_parameter_finds_what_it_should_and_nothing_else(
    kind: str, name: str, hit: Value, miss: Value, alone: bool, reader: Reader, world: World
) -> None:
    for value, finds in ((hit, True), (miss, False)):
        told = text_of(value, world)
        if not told:
            continue
        told = trimmed(kind, told) if name == "status" else told
        bundle = reader.search(kind, {name: told}, Prefer="handling=strict")
        assert bool(matches(bundle)) is finds
        assert bundle["total"] == len(matches(bundle))
        if finds and alone:
            shown = str(matches(bundle))
            assert str(world.fresh.id) not in shown
            assert str(world.fresh.person_id) not in shown


@pytest.mark.parametrize("kind", KINDS)
def test_by_id_one_is_found_and_several_are(kind: str, reader: Reader, world: World) -> None:
    known = reader.ids(kind)[:2]
    assert reader.ids(kind, {"_id": known[0]}) == known[:1]
    assert sorted(reader.ids(kind, {"_id": ",".join(known)})) == sorted(known)
    assert reader.ids(kind, {"_id": NOBODY}) == []


def test_every_parameter_of_the_table_has_a_case() -> None:
    tried = {(kind, name.partition(":")[0]) for kind, name, *_ in CASES} | {(kind, "_id") for kind in KINDS}
    # Whether news was sent at a time is tried where it is sent.
    untried = {(kind.type, each.name) for kind in KINDS.values() for each in parameters_of(kind)} - tried
    assert untried == set()


def test_sent_news_is_found_by_when_it_was_sent(reader: Reader, world: World, admin: Engine) -> None:
    with admin.connect() as connection:
        connection.execute(text("update feedback set sent_at = '2026-03-01T10:00:00Z'"))
    assert len(reader.ids("Communication", {"sent": "2026-03-01"})) == 1
    assert reader.ids("Communication", {"sent": "ne2026-03-01"}) == []


def test_values_of_one_parameter_widen_and_repeated_parameters_narrow(reader: Reader, world: World) -> None:
    both = f"Patient/{world.closed.person_id},Patient/{world.fresh.person_id}"
    assert len(reader.ids("ServiceRequest", {"patient": both})) == 2
    twice = [("patient", str(world.closed.person_id)), ("patient", str(world.fresh.person_id))]
    assert reader.ids("ServiceRequest", twice) == []
