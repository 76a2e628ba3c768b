"""The second wall: whatever SQL the application runs, a row of somebody else's person is not there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from app.domain.access import Actor, system
from app.domain.blockages import Theme, Told
from app.domain.care_plan import Goal
from app.domain.characteristics import Said as Answer
from app.domain.directory import Profile
from app.domain.grants import Grant
from app.domain.lifecycle import ReferralStatus
from app.domain.memberships import Agreed, AgreedHow, Agreement
from app.domain.pack import Filters, Number
from app.domain.payments import Engagement, Terms
from app.domain.person_comments import Said
from app.domain.stories import NewStory
from app.domain.undelivered import Aside, Kind
from app.domain.vocabulary import Role
from app.services.caring import care_plans, onward, their_details, triage
from app.services.caring.care_plans import Seen
from app.services.directory import chasing, entry_checks, entry_pairs, memberships
from app.services.evaluation import funder_links, grants, payments, stories
from app.services.evaluation.funder_links import NewLink
from app.services.evaluation.pack import evaluation
from app.services.feedback import practice_settings
from app.services.feeds.directory_import import Feed, import_directory
from app.services.fhir_reading import export
from app.services.fhir_reading.export_asked import read_wanted
from app.services.follow_up import check_in_asking
from app.services.helping import delivery, questions, register
from app.services.incoming import cohort, duplicates, later, prefilled
from app.services.incoming.prefilled import Prefilled
from app.services.measures import characteristics, milestones
from app.services.measures.milestones import Reached
from app.services.own import own_visits, person_comments, person_links
from app.services.rights import audit_checks
from app.services.watching import blockages, chasers, invariants, place_rules
from app.services.watching.blockages import About
from app.store import (
    erasures,
    identities,
    kept_forms,
    kept_link_forms,
    machines,
    opt_out_checks,
    person_identities,
    places,
    referrals,
    seats,
    second_steps,
    set_aside,
    staff,
    subject_access,
)
from app.store.audit import Entry
from app.store.machines import ApiClient
from app.store.session import Database
from app.store.tables import Base
from tests.by_link import knock_once
from tests.emergency import look_in_an_emergency
from tests.factories import (
    MadePlace,
    MadeReferral,
    Patient,
    make_message,
    make_referral,
    send,
    sender_for,
)
from tests.integration.placing.later import hand_over_and_tell_late
from tests.integration.rights.keeping import leave_rows

# Tables that hold nothing about a person who is referred, each with its reason.
OPEN_TABLES = {
    "organisation": "the place's own directory",
    "service": "the place's own directory",
    "organisation_profile": "the place's own directory",
    "assurance": "the place's own directory: kinds and dates",
    "venue": "the place's own directory",
    "service_session": "the place's own directory",
    "taxonomy_term": "published categories",
    "service_dial": "the place's own directory: when its dials were looked at",
    "service_words": "the words of the place's own directory",
    "place_rules": "the place's own numbers: every use case goes by them",
    "postcode": "open data: published postcodes, nobody's address among them",
    "area": "open data: names of areas",
    "ods_entry": "open data: practices and networks",
    "population": "open data: how many people of which group live where",
    "user_account": "staff, read before anybody is signed in; holds a hash and a name",
    "user_session": "hashes of session tokens",
    "api_client": "public keys of GP systems",
    "api_token": "hashes of tokens",
    "api_assertion": "used assertions of GP systems",
    "consent_wording": "the place's own words, which everybody is asked by",
    "measure_file": "the place's own questionnaires, which everybody is asked",
    "logout_token": "used logout tokens of providers that sign people in",
}
IMPORTED = Path(__file__).parents[2] / "data" / "oruk" / "v1_services.json"
OF_A_REFERRAL = {
    "referral",
    "referral_version",  # the practice's words as they were: never a provider's to read
    "person",
    "placement",
    "feedback",
    "contact",
    "consent",
    "offer_plan",
}
GUARDED = sorted(set(Base.metadata.tables) - set(OPEN_TABLES))


@pytest.fixture
def made(database: Database, place: MadePlace) -> MadeReferral:
    """One referral that has left a row in as many tables as one referral can, and a parked message."""
    closed = make_referral(database, place, ReferralStatus.CLOSED)
    unknown = replace(place.practices[0], ods="Z99999")
    send(database, make_message(unknown), sender_for(place.practices[0]))
    lonely = make_referral(database, place, ReferralStatus.IN_TRIAGE, patient=Patient(verified=False))
    triage.record_unmet_need(database, place.link_worker, lonely.id)
    asked = make_referral(database, place, ReferralStatus.ACTIVE, services=(0, 1))
    questions.ask(database, place.actor("provider-0"), asked.placement_id, "Can they climb stairs?")
    duplicates.keep_apart(database, place.link_worker, lonely.id, asked.id, reason="another-person")
    make_referral(database, place, ReferralStatus.WAITING)
    joined = Reached(("joined-group",), database.clock().date())
    milestones.add_to_referral(database, place.link_worker, closed.id, joined)
    _export(database, place)
    rows = json.loads(IMPORTED.read_text())["content"]  # one that can be taken and one that cannot
    import_directory(database, system("test"), Feed("council", rows), apply=True)
    _asked_about_an_entry(database, place)
    _waited_for(database, place)
    _watched_by_the_steward(database, place, closed)
    _uploaded(database, place)
    _agreed_and_paid(database, place)
    _helped(database, place)
    _told_of_themselves(database, place)
    _looked_at_their_own(database, closed)
    _put_right(database, place, closed)
    hand_over_and_tell_late(database, place, closed)
    _signs_in_safely(database, place)
    knock_once(database, place)
    _planned(database, place)
    _asked_for_all_and_erased(database, place, closed)
    look_in_an_emergency(database, place.accounts["link-worker"], closed.person_id)
    return closed


def _asked_for_all_and_erased(database: Database, place: MadePlace, made: MadeReferral) -> None:
    """Somebody asked for all that is kept, another is erased, a visit by link ran out, a worker acts elsewhere too."""
    worker, elsewhere, today = place.link_worker.user_id, place.providers[0].id, database.clock().date()
    assert worker is not None
    with database.transaction(system("test")) as tx:
        access_id = subject_access.add(tx, made.id, how="letter", due_on=today, asked_by=None, audit="test")
        access = subject_access.get(tx, access_id, audit="test")
        subject_access.record_withheld(tx, access, ["a-piece"], "another-person", by=None, audit="test")
        erasures.add(tx, uuid4(), why="asked", rows={"person": 1}, audit="test")
        leave_rows(tx, made.person_id)
        person_identities.bind(tx, made.person_id, "https://nhs-login.example", "a-subject")
        opt_out_checks.add(tx, [made.person_id], audit="test")
        set_aside.add(tx, Kind.NEWS, made.id, Aside.TOLD_OTHERWISE)
        seats.add(tx, worker, elsewhere, Role.PROVIDER, by=worker)
        helper = tx.session.execute(text("select id from link_helper limit 1")).scalar_one()
        assert made.placement_id is not None
        form = kept_forms.KeptForm("/by-link", (("said", "words"),))
        kept_link_forms.add(tx, helper, made.placement_id, form)


def _planned(database: Database, place: MadePlace) -> None:
    """Somebody's goal is shared with the first provider, they will be asked whether help came; the practice is told."""
    provider, made = place.actor("provider-0"), make_referral(database, place)
    assert made.placement_id is not None
    goal = Goal(uuid4(), "To swim again", 8)
    care_plans.put_goal(database, place.link_worker, made.id, goal, Seen(0, "with"))
    care_plans.share(database, place.link_worker, made.id, made.placement_id, [goal.id], agreed=True)
    delivery.accept(database, provider, made.placement_id)
    assert check_in_asking.plan_new(database)
    practice_settings.change_summary(
        database, place.actor("practice-0"), is_on=True, to="surgery@example.nhs.uk"
    )


def _signs_in_safely(database: Database, place: MadePlace) -> None:
    """The steward has an app, a passkey and recovery codes, left a form unsent, and asks for another steward."""
    steward, analyst = place.accounts["steward"].id, place.accounts["analyst"].id
    with database.transaction(system("test")) as tx:
        second_steps.record_secret(tx, steward, b"a secret of twenty b")
        second_steps.add_passkey(tx, steward, "Key", b"credential", (b"public", 0))
        second_steps.record_codes(tx, steward, ["a-code"])
        identities.add(tx, steward, "https://sign-in.example", "a-subject")
        kept_forms.add(tx, steward, kept_forms.KeptForm("/attention", (("said", "words"),)))
        staff.add_grant(tx, analyst, steward)


def _looked_at_their_own(database: Database, made: MadeReferral) -> None:
    """Somebody has opened their own page, said that something on it is not right, and something of themselves."""
    with database.transaction(system("test")) as tx:
        whose = {"person_id": made.person_id, "referral_id": made.id}
        address = person_links.make(tx, **whose, purpose="progress", days=7)
    link = person_links.open_link(database, address.rsplit("/", 1)[1], date(1951, 3, 4))
    own_visits.begin(database, link)
    person_comments.say(database, link, Said("goal", "not-right", "I wanted to swim."))
    characteristics.record_own(database, link, characteristics.Told({"carer": Answer(("yes",))}))


def _put_right(database: Database, place: MadePlace, made: MadeReferral) -> None:
    """What was held of somebody was not right."""
    held = their_details.find(database, place.link_worker, made.id).texts
    told = their_details.Told({**held, "email": "right@example.org"}, held, "person-telephone")
    assert their_details.put_right(database, place.link_worker, made.id, told) == ("email",)


def _told_of_themselves(database: Database, place: MadePlace) -> None:
    """Somebody let the first provider tell their story, and a funder was given a look at its numbers."""
    provider, made = place.actor("provider-0"), make_referral(database, place)
    with database.transaction(place.link_worker) as tx:
        reference = referrals.get(tx, made.id, audit="test").reference
    grants.add_grant(database, provider, Grant("A trust", "Company", date(2026, 1, 1)))
    stories.keep(database, provider, reference, NewStory("I go there on Tuesdays.", "Ruth"))
    pack = replace(evaluation(database, provider, Filters()), people=Number(10))
    funder_links.make(database, provider, pack, NewLink("A year", "A trust", database.clock().date()))


def _helped(database: Database, place: MadePlace) -> None:
    """Somebody came to a session of the first provider, which told them of another service."""
    provider, placement_id = place.actor("provider-0"), make_referral(database, place).placement_id
    assert placement_id is not None
    delivery.accept(database, provider, placement_id)
    said, today = [register.Said(placement_id, "came", "early")], database.clock().date()
    register.keep(database, provider, place.services[0].id, today, said)
    onward.signpost(database, provider, placement_id, place.services[1].id)


def _agreed_and_paid(database: Database, place: MadePlace) -> None:
    """The third provider lets the second look, and the place pays for a yes of the first."""
    steward, today = place.actor("steward"), database.clock().date()
    sides = (place.providers[1].id, place.providers[2].id)
    memberships.record(
        database, steward, Agreement(*sides, (Agreed.DIRECTORY,), today, "the chair", AgreedHow.LETTER)
    )
    place_rules.change_rules(database, steward, {"payments_on": "yes"})
    who = (place.services[0].id, place.place.id)
    payments.add_terms(database, steward, Terms(*who, 100, 0, Engagement.ACCEPTED, None, today))
    payments.note_due(database)


def _uploaded(database: Database, place: MadePlace) -> None:
    """The first practice has checked a file of referrals."""
    body = (
        b"family_name,first_name,date_of_birth,phone,needs,agrees\nDoe,Ada,1/2/1980,07700 900461,food,ask\n"
    )
    cohort.check(database, place.actor("practice-0"), cohort.Upload("Review", body, "Invented"))
    prefilled.begin(database, place.actor("practice-0"), Prefilled(family="Example"))


def _watched_by_the_steward(database: Database, place: MadePlace, made: MadeReferral) -> None:
    """Something stood in the way of help, and two entries of the directory were told apart."""
    told = Told(Theme.TRANSPORT, None, "The last bus goes at four.")
    blockages.report(database, place.link_worker, told, About(referral_id=made.id))
    entry_pairs.keep_both(database, place.actor("steward"), place.services[0].id, place.services[1].id)
    audit_checks.ask(database, place.actor("steward"))
    with database.transaction(replace(place.actor("provider-0"), named="Sam Lee")) as tx:
        tx.audit(Entry("test", "nothing", "1"))


def _waited_for(database: Database, place: MadePlace) -> None:
    """One referral is put off, another was overdue for long, and somebody has looked at them all."""
    later_on = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    until = database.clock().date() + timedelta(days=9)
    chasers.put_off(database, place.link_worker, later_on.id, until=until, reason="person-away")
    overdue = make_referral(database, place, ReferralStatus.IN_TRIAGE)
    with database.transaction(system("test")) as tx:
        referrals.record_next_look(tx, overdue.id, tx.today - timedelta(days=20), audit="test")
    invariants.watch(database)


def _asked_about_an_entry(database: Database, place: MadePlace) -> None:
    """A provider without an answer for long was written to, and said that something has changed."""
    with database.transaction(system("test")) as tx:
        places.record_profile(tx, Profile(place.providers[0].id, email="hello@example.org"))
        tx.session.execute(text("update service set listed_at = listed_at - interval '200 days'"))
    chasing.ask(database)
    entry_checks.report(database, place.actor("provider-0"), place.services[0].id, "We meet on Fridays.")


def _export(database: Database, place: MadePlace) -> None:
    """The first practice's system has exported all that it may see."""
    practice = place.practices[0]
    client = ApiClient(
        "gp", "GP", place.place.id, (practice.ods or "",), {}, ("referral.read",), "bars", True
    )
    with database.transaction(system("test")) as tx:
        machines.add_client(tx, client)
    wanted = read_wanted([], of_patients=False, may_see=lambda _: True, lenient=False)
    actor = Actor(Role.PRACTICE, practice.id, process=client.id)
    later.run(database, export.start(database, actor, wanted, client=client, request=""))


@contextmanager
def scope(engine: Engine, role: str | None, organisation: UUID | str | None) -> Iterator[Connection]:
    """A transaction of the application's own log-in; None leaves the setting as a new connection has it."""
    with engine.connect() as connection, connection.begin() as transaction:
        for name, value in (("app.role", role), ("app.org", organisation)):
            if value is not None:
                connection.execute(
                    text("select set_config(:name, :value, true)"), {"name": name, "value": str(value)}
                )
        yield connection
        transaction.rollback()


def count(connection: Connection, table: str) -> int:
    return connection.scalar(text(f'select count(*) from "{table}"')) or 0  # noqa: S608 - our own table names


def test_every_table_is_guarded_or_named_with_its_reason(admin: Engine) -> None:
    assert set(Base.metadata.tables) == {*GUARDED, *OPEN_TABLES}
    query = text(
        "select relname, relrowsecurity and relforcerowsecurity from pg_class "
        "where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'alembic_version'"
    )
    with admin.connect() as connection:
        forced = {table for table, is_forced in connection.execute(query) if is_forced}
    assert forced == set(GUARDED)


def test_every_guarded_table_has_one_policy_for_each_deed(admin: Engine) -> None:
    # what narrows these for whoever enters for another is restrictive, and stands in tests/integration/memberships
    policies = "select tablename, cmd from pg_policies where schemaname = 'public'"
    query = text(f"{policies} and permissive = 'PERMISSIVE'")
    with admin.connect() as connection:
        found = sorted(tuple(row) for row in connection.execute(query))
    deeds = ("DELETE", "INSERT", "SELECT", "UPDATE")
    assert found == sorted((table, deed) for table in GUARDED for deed in deeds)


def test_rows_are_there_for_the_platform_itself(made: MadeReferral, app_engine: Engine) -> None:
    with scope(app_engine, "system", "") as connection:
        empty = [table for table in GUARDED if not count(connection, table)]
    # An extract has not run, nobody has subscribed (api_fhir_subscription/test_walls.py looks at that) and nobody works
    # with the dataset (projects/test_project_walls.py); the rest of this file would prove nothing about an empty table.
    of_projects = ["project", "project_step", "project_token"]
    assert empty == ["extract_item", "extract_run", *of_projects, "subscription", "subscription_notice"]


def test_nobody_sees_a_row_without_their_own_scope(
    made: MadeReferral, place: MadePlace, app_engine: Engine
) -> None:
    foreign = place.other_team.id
    scopes = [
        (None, None),
        ("", ""),
        ("link-worker", ""),
        ("link-worker", None),
        ("System", ""),
        ("", foreign),
    ]
    scopes += [(role.value, foreign) for role in Role if role not in (Role.SYSTEM, Role.STEWARD)]
    seen = []
    for role, organisation in scopes:
        with scope(app_engine, role, organisation) as connection:
            seen += [(role, organisation, table) for table in GUARDED if count(connection, table)]
    assert seen == []


def test_scope_ends_with_its_transaction(made: MadeReferral, app_engine: Engine) -> None:
    with app_engine.connect() as connection:
        with connection.begin():
            connection.execute(text("select set_config('app.role', 'system', true)"))
            assert count(connection, "person") > 0
        # The setting is now an empty text and no longer missing: it must match nobody.
        assert connection.scalar(text("select current_setting('app.role', true)")) == ""
        assert count(connection, "person") == 0


def test_parties_of_a_referral_see_what_is_theirs(
    made: MadeReferral, place: MadePlace, app_engine: Engine
) -> None:
    seen = {}
    for name, who in {
        "team": place.team.id,
        "practice": place.practices[0].id,
        "provider": place.providers[0].id,
        "other practice": place.practices[1].id,
        "other provider": place.providers[2].id,
    }.items():
        with scope(app_engine, name.split()[-1], who) as connection:
            seen[name] = {table for table in OF_A_REFERRAL if count(connection, table)}
    assert seen == {
        "team": OF_A_REFERRAL,
        "practice": {"referral", "referral_version", "person", "feedback"},
        "provider": {"referral", "person", "placement", "contact"},
        "other practice": set(),
        "other provider": set(),
    }


def test_steward_sees_what_waits_for_them_and_the_audit_and_nobodys_record(
    made: MadeReferral, place: MadePlace, app_engine: Engine
) -> None:
    with scope(app_engine, "steward", place.place.id) as connection:
        seen = {table for table in GUARDED if count(connection, table)}
        beyond = text(
            "select (select count(*) from inbox_message where status <> 'parked')"
            " + (select count(*) from transition where track <> 'feedback')"
        )
        assert connection.scalar(beyond) == 0
    # Feedback is how far a message got, never what it says.
    of_the_directory = {"field_origin", "import_set_aside", "mail_message", "entry_change", "entry_chase"}
    of_the_directory |= {"entry_pair", "link_helper", "links_off"}  # whom of a group to write to
    of_the_watch = {"escalation", "invariant_run"}  # who was told of what waits, and the proof: ids and codes
    of_the_watch |= {"audit_check", "audit_name"}  # of the audit: walks along it, and whom its lines name
    of_the_watch |= {"emergency_access", "look_alert"}  # who looked, the words sealed; counts
    of_agreements = {
        "membership",
        "payment_terms",
        "payment_line",
    }  # between organisations; references, no names
    of_agreements |= {"set_aside", "place_change"}  # what rests, by its id; numbers and areas of the place
    of_agreements |= {"steward_grant", "seat"}  # who is to become one of them, and who acts for whom
    of_reports = {"blockage"}  # written to the steward; not whom a report was about
    of_keeping = {"retention_review", "legal_hold", "retention_run"}  # days and codes; the words are sealed
    left = seen - of_the_directory - of_the_watch - of_agreements - of_reports - of_keeping
    assert left == {"inbox_message", "audit_event", "task", "feedback", "transition"}
    assert of_the_directory <= seen


def test_foreign_organisation_changes_no_row(
    made: MadeReferral, place: MadePlace, app_engine: Engine
) -> None:
    changed = {}
    for table in ("referral", "person", "placement", "task", "feedback", "outcome", "contact", "consent"):
        for organisation in (place.team.id, place.other_team.id):
            with scope(app_engine, "link-worker", organisation) as connection:
                done = connection.execute(text(f'update "{table}" set id = id'))  # noqa: S608 - names from above
                changed[table, organisation == place.team.id] = done.rowcount > 0
    assert changed == {(table, ours): ours for table, ours in changed}


def test_row_cannot_be_written_for_a_foreign_organisation(
    made: MadeReferral, place: MadePlace, app_engine: Engine
) -> None:
    task = text(
        "insert into task (id, kind, organisation_id, due_on, created_at) "
        "values (:id, 'confirm-identity', :org, current_date, now())"
    )
    with scope(app_engine, "link-worker", place.team.id) as connection:
        connection.execute(task, {"id": uuid4(), "org": place.team.id})
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(task, {"id": uuid4(), "org": place.other_team.id})


def test_row_cannot_be_given_away_to_a_foreign_organisation(
    made: MadeReferral, place: MadePlace, app_engine: Engine
) -> None:
    given_away = text("update placement set team_id = :org, provider_id = :org")
    with (
        scope(app_engine, "link-worker", place.team.id) as connection,
        pytest.raises(ProgrammingError, match="row-level security"),
    ):
        connection.execute(given_away, {"org": place.other_team.id})


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_event set act = 'nothing'",
        "delete from audit_event",
        "truncate audit_event",
        "update transition set action = 'nothing'",
        "delete from transition",
        "delete from person",
        "delete from referral",
        "update alembic_version set version_num = '0'",
        "alter table referral disable row level security",
        "set session_replication_role = replica",
    ],
)
def test_application_may_neither_rewrite_history_nor_open_the_wall(
    app_engine: Engine, statement: str
) -> None:
    with (
        scope(app_engine, "system", "") as connection,
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
    ):
        connection.execute(text(statement))
