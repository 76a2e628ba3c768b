"""Other sources than practices: what each is told, and that a Jobcentre is told nothing by any way."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, func, select, text

from app.domain.access import system
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Organisation
from app.domain.sources import SourceKind
from app.domain.vocabulary import Environment, FeedbackFormat, Role
from app.services.caring import endings, offering, triage
from app.services.caring.offering import Asking
from app.services.feedback import telling
from app.services.feedback.letterhead import letterhead
from app.services.feedback.letters import outcome_letter
from app.services.feedback.person_letter import person_letter
from app.services.fhir_reading import fhir_reads
from app.services.fhir_reading.fhir_reads_query import read_query
from app.services.helping import delivery
from app.services.incoming import self_referral
from app.services.shown import views
from app.services.watching import set_up
from app.services.watching.set_up import NewPractice
from app.store import directory, people, referrals
from app.store.session import Database
from app.store.tables import Base
from fhir.views_table import KINDS
from tests.conftest import Clock
from tests.factories import PASSWORD, MadePlace, make_ending, make_nhs_number, make_place
from tests.integration.sources.other_sources import actor_of, add_source, make_asked, refer
from tests.unit.letters.pdf import text_of


@pytest.fixture
def place(database: Database) -> MadePlace:
    return make_place(database)


def finish(db: Database, place: MadePlace, referral_id: UUID, how: Asking | None = None) -> None:
    """Help is offered, taken and completed by the first provider."""
    worker = place.link_worker
    triage.start(db, worker, referral_id)
    (placement_id,) = offering.ask(db, worker, referral_id, [place.services[0].id], how or Asking())
    provider = place.actor("provider-0")
    delivery.accept(db, provider, placement_id)
    delivery.start(db, provider, placement_id)
    endings.complete(db, provider, placement_id, make_ending(db.clock().date()))


def test_council_hears_how_its_referral_ended_on_its_own_page(database: Database, place: MadePlace) -> None:
    council = add_source(database, place, SourceKind.COUNCIL)
    taken = refer(database, council)
    finish(database, place, taken.referral.id)
    loop = views.get_loop(database, actor_of(council), taken.referral.id)
    assert loop.outcome is not None
    assert loop.line.can_acknowledge
    endings.confirm_read(database, actor_of(council), taken.referral.id)
    found = views.get_referral(database, place.link_worker, taken.referral.id)
    assert found.referral.status == ReferralStatus.CLOSED


def test_hospital_with_a_mailbox_is_sent_the_letter(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    told = {"feedback_transport": "mesh", "feedback_address": "HOSP01OT001"}
    hospital = add_source(database, place, SourceKind.HOSPITAL, **told)
    taken = refer(database, hospital)
    finish(database, place, taken.referral.id)
    with admin.connect() as connection:
        recipients = connection.execute(text("select recipient from outbox_message")).scalars().all()
    assert "HOSP01OT001" in recipients


def test_each_source_reads_back_what_it_said_itself_and_the_team_has_all(
    database: Database, place: MadePlace, clock: Clock
) -> None:
    council, hospital = (
        add_source(database, place, kind, environment=Environment.SANDBOX)
        for kind in (SourceKind.COUNCIL, SourceKind.HOSPITAL)
    )
    checked: dict[str, Any] = {"nhs_number": make_nhs_number(), "number_is_checked": True}
    first = refer(database, council, phone="07700 900461", **checked)
    clock.advance(minutes=1)
    second = refer(database, hospital, given="Ada", phone="", email="ada@example.org", **checked)
    assert first.referral.person_id == second.referral.person_id
    told = {}
    for name, actor in (
        ("council", actor_of(council)),
        ("hospital", actor_of(hospital)),
        ("team", place.link_worker),
    ):
        with database.transaction(actor) as tx:
            details = people.get(tx, first.referral.person_id, audit="test").details
        told[name] = (details.given, details.phones, details.email)
    assert told["council"] == (("Adaeze",), ("07700 900461",), None)
    assert told["hospital"] == (("Ada",), (), "ada@example.org")
    assert told["team"] == (("Ada",), ("07700 900461",), "ada@example.org")


def test_jobcentre_hears_nothing_at_all(database: Database, place: MadePlace, admin: Engine) -> None:
    jobcentre = add_source(database, place, SourceKind.JOBCENTRE)
    actor = actor_of(jobcentre)
    taken = refer(database, jobcentre)
    assert views.list_loops(database, actor).total == 0
    finish(database, place, taken.referral.id)
    found = views.get_referral(database, place.link_worker, taken.referral.id)
    assert found.referral.status == ReferralStatus.CLOSED
    assert found.outcome is not None
    with pytest.raises(NotFound):
        views.get_loop(database, actor, taken.referral.id)
    with pytest.raises(NotFound):
        outcome_letter(database, actor, taken.referral.id)
    assert views.list_loops(database, actor).lines == []
    assert [task.kind for task in found.tasks if task.kind.startswith("tell")] == []
    with admin.connect() as connection:
        assert connection.execute(text("select count(*) from outbox_message")).scalar() == 0
        assert connection.execute(text("select count(*) from feedback")).scalar() == 0


@pytest.mark.parametrize(
    "table", ["referral", "person", "person_word", "outcome", "transition", "referral_version", "feedback"]
)
def test_database_itself_hides_everything_from_a_jobcentre(
    table: str, database: Database, place: MadePlace
) -> None:
    jobcentre = add_source(database, place, SourceKind.JOBCENTRE)
    council = add_source(database, place, SourceKind.COUNCIL)
    finish(database, place, refer(database, jobcentre).referral.id)
    finish(database, place, refer(database, council, family="Other").referral.id)
    seen = {}
    rows = Base.metadata.tables[table]
    for source in (jobcentre, council):
        with database.transaction(actor_of(source)) as tx:
            seen[source.source_kind] = tx.session.execute(select(func.count()).select_from(rows)).scalar_one()
    assert seen[SourceKind.JOBCENTRE] == 0
    assert seen[SourceKind.COUNCIL] > 0


def read_over_fhir(db: Database, source: Organisation) -> dict[str, list[str]]:
    """The ids of everything that a source's system finds, by kind."""
    found = {}
    for name, kind in KINDS.items():
        query = read_query(kind, [], base_url="http://localhost/FHIR/R4", strict=False)
        found[name] = sorted(each["id"] for each in fhir_reads.search(db, actor_of(source), query).matches)
    return found


def test_system_of_a_jobcentre_reads_nothing_over_fhir(database: Database, place: MadePlace) -> None:
    jobcentre = add_source(database, place, SourceKind.JOBCENTRE, ods="JCP01")
    council = add_source(database, place, SourceKind.COUNCIL, ods="COU01")
    before = read_over_fhir(database, jobcentre)
    for source, family in ((jobcentre, "Okonkwo"), (council, "Other")):
        finish(database, place, refer(database, source, family=family).referral.id)
    assert read_over_fhir(database, jobcentre) == before
    told = read_over_fhir(database, council)
    assert all(told[kind] for kind in ("Patient", "ServiceRequest", "Task", "Consent", "AuditEvent"))


def test_nobody_rings_a_jobcentre_when_a_referral_is_withdrawn(database: Database, place: MadePlace) -> None:
    taken = refer(database, add_source(database, place, SourceKind.JOBCENTRE))
    endings.withdraw(database, place.link_worker, taken.referral.id, reason="consent-withdrawn")
    kinds = [task.kind for task in views.list_tasks(database, place.link_worker).lines]
    assert [kind for kind in kinds if "withdrawn" in kind] == []


@pytest.mark.parametrize("kind", [SourceKind.JOBCENTRE, SourceKind.SELF])
def test_silent_source_cannot_be_given_an_address(
    kind: SourceKind, database: Database, place: MadePlace
) -> None:
    with pytest.raises(Invalid, match="Nothing is sent"):
        add_source(database, place, kind, feedback_transport="mesh", feedback_address="X26OT001")


def test_nobody_signs_in_for_people_who_ask_for_themselves(database: Database, place: MadePlace) -> None:
    own = add_source(database, place, SourceKind.SELF)
    with pytest.raises(Invalid, match="Nobody signs in"):
        set_up.add_user(database, own.id, Role.PRACTICE, username="x", full_name="X", password=PASSWORD)


def test_gp_practice_still_needs_its_code(database: Database, place: MadePlace) -> None:
    with pytest.raises(Invalid, match="ODS code"):
        set_up.add_practice(database, NewPractice("Surgery", None, place.team.id))


def test_page_sent_twice_is_one_referral(database: Database, place: MadePlace) -> None:
    council, name = add_source(database, place, SourceKind.COUNCIL), uuid4()
    first = refer(database, council, request_id=name)
    again = refer(database, council, request_id=name)
    assert (first.referral.id, first.is_new, again.is_new) == (again.referral.id, True, False)
    with pytest.raises(Conflict, match="sent before"):
        refer(database, council, request_id=name, family="Another")


def test_all_problems_of_a_page_are_told_at_once(database: Database, place: MadePlace) -> None:
    council = add_source(database, place, SourceKind.COUNCIL)
    with pytest.raises(Invalid) as refused:
        refer(database, council, family="", birth_date=None, phone="", nhs_number="943 476 5918")
    assert {problem.field for problem in refused.value.problems} >= {
        "person.family",
        "person.nhs_number",
        "phone",
    }


def test_ways_to_reach_somebody_must_reach_somebody(database: Database, place: MadePlace) -> None:
    council = add_source(database, place, SourceKind.COUNCIL)
    with pytest.raises(Invalid) as refused:
        refer(database, council, phone="call me", email="x@", postcode="ZZZ")
    assert {problem.field for problem in refused.value.problems} >= {"phone", "email", "postcode"}


def test_number_that_nobody_checked_is_not_believed(database: Database, place: MadePlace) -> None:
    council = add_source(database, place, SourceKind.COUNCIL)
    taken = refer(database, council, nhs_number="401 023 2137")
    found = views.get_referral(database, place.link_worker, taken.referral.id)
    assert not found.person.identity_confirmed
    assert "confirm-identity" in [task.kind for task in found.tasks]


def test_rules_of_safe_contact_are_read_first(database: Database, place: MadePlace) -> None:
    council = add_source(database, place, SourceKind.COUNCIL)
    safe = ("danger", "no-telephone", "no-voice-message")
    taken = refer(database, council, safe=safe, safeguarding="A neighbour takes money.", urgent=True)
    found = views.get_referral(database, place.link_worker, taken.referral.id)
    assert found.take_care[0].startswith("Do not contact the person directly")
    said = " ".join(found.take_care)
    assert all(words in said for words in ("takes money", "Do not telephone", "Do not leave a voice message"))
    assert found.referral.priority == "urgent"


def test_message_back_calls_only_a_general_practice_one(database: Database, place: MadePlace) -> None:
    told = {
        "feedback_transport": "mesh",
        "feedback_address": "COUNCIL1",
        "feedback_format": FeedbackFormat.BARS,
    }
    council = add_source(database, place, SourceKind.COUNCIL, **told)
    taken = refer(database, council)
    finish(database, place, taken.referral.id)
    with database.transaction(system("test")) as tx:
        referral = referrals.get(tx, taken.referral.id, audit="test")
        practice = directory.get_organisation(tx, place.practices[0].id)
        told_council = letterhead(tx, referral, council, placement=None, audit="test")["receiver"]
        told_practice = letterhead(tx, referral, practice, placement=None, audit="test")["receiver"]
    assert (told_council.is_general_practice, told_practice.is_general_practice) == (False, True)


def test_who_asked_for_themselves_is_told_by_the_link_worker_and_by_letter(
    database: Database, place: MadePlace
) -> None:
    own = add_source(database, place, SourceKind.SELF)
    taken = self_referral.ask(
        database, own.id, make_asked(agrees_to_sharing=False), helper=None, request_id=uuid4()
    )
    finish(database, place, taken.referral.id, Asking(asked_again=True))
    found = views.get_referral(database, place.link_worker, taken.referral.id)
    assert found.referral.status == ReferralStatus.COMPLETED
    assert "tell-person" in [task.kind for task in found.tasks]
    assert person_letter(database, place.link_worker, taken.referral.id).pdf.startswith(b"%PDF")
    telling.person_was_told(database, place.link_worker, taken.referral.id, how="rang")
    found = views.get_referral(database, place.link_worker, taken.referral.id)
    assert found.referral.status == ReferralStatus.CLOSED
    assert "tell-person" not in [task.kind for task in found.tasks]


def test_letter_to_a_restricted_person_who_asked_themselves_has_no_address(
    database: Database, place: MadePlace, admin: Engine
) -> None:
    own = add_source(database, place, SourceKind.SELF)
    asked = make_asked(agrees_to_sharing=False, address="17 Cardamom Row", postcode="E8 1EA")
    taken = self_referral.ask(database, own.id, asked, helper=None, request_id=uuid4())
    finish(database, place, taken.referral.id, Asking(asked_again=True))

    def letter() -> str:
        return text_of(person_letter(database, place.link_worker, taken.referral.id).pdf)

    assert "17 Cardamom Row" in letter()
    with admin.begin() as connection:
        connection.execute(text("update person set restricted = true"))
    assert [each for each in ("Cardamom", "E8") if each in letter()] == []
