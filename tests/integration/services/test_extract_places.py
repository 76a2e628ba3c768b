"""What an extract tells of where somebody lives and who asked, and who is left out because they said no."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from anonymiser.keys import PUBLIC_KEY, load_keys, make_keys
from anonymiser.seal import open_sealed
from app.domain.access import system
from app.domain.errors import Invalid
from app.domain.geography import Area, Located, OdsEntry, OdsRole
from app.domain.lifecycle import ReferralStatus
from app.services.dataset import opt_outs
from app.services.dataset.extract import Extracted, write_extract
from app.store import extracts, geography, tasks
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, Patient, make_referral


@dataclass(frozen=True)
class Opened:
    """An extract and its records."""

    told: Extracted
    records: list[dict[str, Any]]


@pytest.fixture
def extract(database: Database, tmp_path: Path) -> Callable[[], Opened]:
    """Writes an extract and opens it."""
    make_keys(tmp_path / "keys")

    def write() -> Opened:
        told = write_extract(database, (tmp_path / "keys" / PUBLIC_KEY).read_bytes(), tmp_path / "out")
        with told.path.open("rb") as sealed:
            lines = list(open_sealed(sealed, load_keys(tmp_path / "keys").private))
        return Opened(told, [json.loads(line) for line in lines[1:]])

    return write


def closed(database: Database, place: MadePlace, **told: Any) -> MadeReferral:
    return make_referral(database, place, ReferralStatus.CLOSED, **told)


def say(database: Database, made: MadeReferral, *, given: bool) -> None:
    word = tasks.Consent(extracts.SECONDARY_USE, given=given, source="link-worker")
    with database.transaction(system("test")) as tx:
        tasks.add_consent(tx, word, person_id=made.person_id, referral_id=made.id, audit="test")


def test_extract_tells_practice_network_small_area_and_decile(
    database: Database, place: MadePlace, extract: Callable[[], Opened]
) -> None:
    with database.transaction(system("test")) as tx:
        geography.record_postcodes(tx, [Located("E8 1EA", lsoa="E01001742", imd_decile=3)])
        geography.record_ods(
            tx, [OdsEntry(place.practices[0].ods or "", OdsRole.PRACTICE, "One", network="U12345")]
        )
    closed(database, place, patient=Patient(postcode="e81ea"))
    (record,) = extract().records
    told = ("practice", "network", "small_area", "deprivation_decile", "source")
    assert [record[name] for name in told] == ["A81001", "U12345", "E01001742", 3, "practice"]


def test_decile_of_the_small_area_goes_before_that_of_the_postcode(
    database: Database, place: MadePlace, extract: Callable[[], Opened]
) -> None:
    with database.transaction(system("test")) as tx:
        geography.record_postcodes(tx, [Located("E8 1EA", lsoa="E01001742", imd_decile=3)])
        geography.record_areas(tx, [Area("lsoa:E01001742", imd_decile=1)])
    closed(database, place)
    assert [record["deprivation_decile"] for record in extract().records] == [1]


def test_what_no_open_data_tells_leaves_as_nothing(
    database: Database, place: MadePlace, extract: Callable[[], Opened]
) -> None:
    closed(database, place)
    (record,) = extract().records
    assert [record[name] for name in ("network", "small_area", "deprivation_decile")] == [None] * 3


def test_code_that_is_spelt_as_no_practice_is_stays_here(
    database: Database, place: MadePlace, admin: Engine, extract: Callable[[], Opened]
) -> None:
    closed(database, place)
    with admin.connect() as connection:
        connection.execute(text("update organisation set ods = 'RND' where ods = 'A81001'"))
    assert [record["practice"] for record in extract().records] == [None]


def test_whoever_is_no_practice_is_told_as_a_source_without_a_code(
    database: Database, place: MadePlace, admin: Engine, extract: Callable[[], Opened]
) -> None:
    closed(database, place)
    with admin.connect() as connection:
        connection.execute(text("update organisation set source_kind = 'hospital' where ods = 'A81001'"))
    assert [(each["source"], each["practice"]) for each in extract().records] == [("hospital", None)]


def test_whoever_said_no_is_counted_by_reason_and_never_listed(
    database: Database, place: MadePlace, extract: Callable[[], Opened]
) -> None:
    goes = closed(database, place)
    closed(database, place, opted_out=True)
    say(database, closed(database, place), given=False)
    asked = opt_outs.national_question(database)
    national = closed(database, place, patient=Patient(nhs_number="9990000018"))
    question = opt_outs.national_question(database)
    checked = opt_outs.record_national_answer(database, question, asked)
    assert (checked.asked, checked.opted_out) == (4, 1)
    opened = extract()
    assert [record["referral_key"] for record in opened.records] == [str(goes.id)]
    reasons = {"consent-withdrawn": 1, "national-data-opt-out": 1}
    assert (opened.told.opted_out, opened.told.excluded) == (1, reasons)
    assert str(national.id) not in json.dumps(opened.records)


def test_newest_word_on_the_use_of_outcomes_counts_whichever_referral_it_was_said_of(
    database: Database, place: MadePlace, clock: Clock, extract: Callable[[], Opened]
) -> None:
    patient = Patient()
    first = closed(database, place, patient=patient)
    closed(database, place, patient=patient)
    say(database, first, given=False)
    clock.advance(hours=1)
    say(database, first, given=True)
    other = Patient()
    said_of = closed(database, place, patient=other)
    closed(database, place, patient=other)
    say(database, said_of, given=False)
    opened = extract()
    assert [record["nhs_number"] for record in opened.records] == [patient.nhs_number] * 2
    assert opened.told.excluded == {"consent-withdrawn": 2}


def test_person_whom_the_national_check_gives_back_may_be_used_again(
    database: Database, place: MadePlace, extract: Callable[[], Opened]
) -> None:
    closed(database, place)
    question = opt_outs.national_question(database)
    assert opt_outs.record_national_answer(database, question, b"", so_many=True).opted_out == 1
    assert opt_outs.record_national_answer(database, question, question).opted_out == 0
    assert len(extract().records) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"9434765919,\n", "answer, line 1: This number was not asked about."),
        (b"somebody\n", "answer, line 1: Write ten digits and a comma"),
        (b"94347", "answer, line 1: The file ends within a line"),
    ],
)
def test_answer_that_cannot_be_one_changes_nothing_and_names_the_line(
    database: Database, place: MadePlace, extract: Callable[[], Opened], answer: bytes, said: str
) -> None:
    closed(database, place)
    with pytest.raises(Invalid) as refused:
        opt_outs.record_national_answer(database, opt_outs.national_question(database), answer)
    assert any(f"{each.field}: {each.sentence}".startswith(said) for each in refused.value.problems)
    assert len(extract().records) == 1
