"""A spreadsheet can say all that the directory keeps of a service, and tells every wrong cell of a row at once."""

from __future__ import annotations

import pytest

from app.domain.access import system
from app.domain.directory import Profile
from app.domain.directory_words import CareLevel, LegalForm, ServiceKind, Size
from app.domain.eligibility import About
from app.domain.referral import Service
from app.domain.sheet import write_csv
from app.services.directory.directory_columns import COLUMNS
from app.services.directory.directory_sheet import import_sheet
from app.services.feeds.directory_import import Feed, import_directory
from app.services.feeds.import_report import Outcome, Report
from app.store import directory, places
from app.store.session import Database

ACTOR = system("test")
RIGHT = {
    "organisation": "Ropewalk Repairs",
    "legal_form": "Community interest company",
    "size": "small",
    "led_by": "women; Local residents",
    "service": "Repair bench",
    "needs": "volunteering",
    "kind": "supported-volunteering",
    "genders": "female",
    "for_whom": "carers",
    "rules": "registered-with any-of A81001, A81002; age at-most 80",
    "care_level": "trained",
    "venue": "The Hall",
    "host": "hall friends",
    "sessions": "Tuesday 10:00-12:00",
}
HALL = {"organisation": "Hall Friends", "service": "Tea", "needs": "food"}


def take(db: Database, *rows: dict[str, str], apply: bool = True) -> Report:
    keys = list(dict.fromkeys(key for row in rows for key in row))
    body = write_csv([keys, *([row.get(key, "") for key in keys] for row in rows)])
    return import_sheet(db, ACTOR, body, source="List", apply=apply)


def read(db: Database, name: str) -> tuple[Service, Profile | None]:
    with db.transaction(ACTOR) as tx:
        (service,) = [each for each in directory.list_services(tx, beside=None) if each.name == name]
        return service, places.find_profile(tx, service.provider_id)


def test_every_column_reaches_the_entry(database: Database) -> None:
    report = take(database, HALL, RIGHT)
    assert [line.outcome for line in report.lines] == [Outcome.NEW, Outcome.NEW], report.lines
    service, profile = read(database, "Repair bench")
    assert profile is not None
    assert (profile.legal_form, profile.size) == (LegalForm.CIC, Size.SMALL)
    assert set(profile.led_by) == {"women", "local-residents"}
    assert (service.kind, service.takes) == (ServiceKind.SUPPORTED_VOLUNTEERING, CareLevel.TRAINED)
    assert (service.genders, service.for_whom) == (("female",), ("carers",))
    assert [rule.about for rule in service.rules] == [About.REGISTERED_WITH, About.AGE]
    with database.transaction(ACTOR) as tx:
        (session,) = places.list_sessions(tx, [service.id])[service.id]
    host, _ = read(database, "Tea")
    assert session.venue is not None
    assert session.venue.host_id == host.provider_id
    again = take(database, HALL, RIGHT)
    assert [line.outcome for line in again.lines] == [Outcome.UNCHANGED, Outcome.UNCHANGED]


def test_empty_cell_says_nothing_of_what_is_known(database: Database) -> None:
    take(database, HALL, RIGHT)
    take(database, HALL, RIGHT | {"kind": "", "size": "", "rules": "", "host": ""})
    service, profile = read(database, "Repair bench")
    assert (service.kind, len(service.rules)) == (ServiceKind.SUPPORTED_VOLUNTEERING, 2)
    assert profile is not None
    assert profile.size is Size.SMALL


def test_every_wrong_cell_of_a_row_is_told_at_once(database: Database) -> None:
    wrong = RIGHT | {
        "legal_form": "gang",
        "size": "huge",
        "led_by": "women; wizards",
        "needs": "miracles",
        "kind": "party",
        "minimum_age": "abc",
        "genders": "ladies",
        "for_whom": "wizards",
        "rules": "age at-least old",
        "care_level": "some",
        "host": "Nobody at all",
        "sessions": "Tuesday 25:00-26:00",
        "checked_on": "31/2/2026",
        "charity_number": "12",
        "website": "friends",
        "email": "hello",
        "postcode": "nowhere",
        "service": "x" * 201,
    }
    (line,) = take(database, wrong, apply=False).lines
    assert line.outcome is Outcome.SET_ASIDE
    told = {each.field.rpartition("(")[2].rstrip(")") for each in (*line.problems, *line.notes)}
    assert told >= set(wrong) - {"organisation", "venue"}


@pytest.mark.parametrize("hours", ["Tuesday 12:00-10:00", "Tuesday 10:60-11:00", "Tuesday 10:00-24:00"])
def test_hours_that_no_clock_shows_are_told(database: Database, hours: str) -> None:
    (line,) = take(database, HALL | {"sessions": hours}, apply=False).lines
    assert ["Give real hours" in each.sentence for each in line.problems] == [True]


def test_list_takes_no_assurance() -> None:
    assert not {"safeguarding", "insurance", "dbs", "data_protection"} & {column.key for column in COLUMNS}


@pytest.mark.parametrize(
    ("organisation", "form"),
    [
        ({"name": "Weavers CIC"}, LegalForm.CIC),
        ({"name": "Weavers", "legal_status": "Community Interest Company"}, LegalForm.CIC),
        (
            {
                "name": "W",
                "organization_identifiers": [{"identifier_scheme": "GB-COH", "identifier": "1234"}],
            },
            LegalForm.COMPANY,
        ),
        (
            {
                "name": "W",
                "organization_identifiers": [
                    {"identifier_scheme": "GB-COH", "identifier": "01234567"},
                    {"identifier_scheme": "GB-CHC", "identifier": "1234567"},
                ],
            },
            LegalForm.CHARITY,
        ),
        ({"name": "Weavers", "legal_status": "Local authority"}, LegalForm.STATUTORY),
        ({"name": "Weavers"}, LegalForm.OTHER),
    ],
)
def test_feed_tells_what_an_organisation_is_in_law(
    database: Database, organisation: dict[str, object], form: LegalForm
) -> None:
    row = {"id": "1", "name": "Looms", "status": "active", "organization": {"id": "o", **organisation}}
    import_directory(database, ACTOR, Feed("feed", [row]), apply=True)
    _, profile = read(database, "Looms")
    assert profile is not None
    assert profile.legal_form is form
