"""The year before the platform is what its numbers say: as many people, the effects by design, the planted people."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import fmean, stdev
from typing import Any

import pytest

from app.demo import directory
from app.demo.past import people, planted_numbers
from app.demo.past_extract import extract_records, unprotected
from app.demo.past_help import effect
from app.demo.year import numbers
from app.services.dataset.extract_row import EXTRACT_FIELDS
from app.store.history import PastEpisode, PastPerson

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
KNOWN_BY_NAME = ("age_years", "gender", "small_area", "practice", "referred_month")


@pytest.fixture(scope="module")
def year() -> Sequence[PastPerson]:
    return people(NOW)


@pytest.fixture(scope="module")
def records(year: Sequence[PastPerson]) -> Sequence[dict[str, Any]]:
    return extract_records(year)


def all_episodes(year: Sequence[PastPerson]) -> list[PastEpisode]:
    return [episode for person in year for episode in person.episodes]


def planted(records: Sequence[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return [record for record in records if record["nhs_number"] in planted_numbers()[key]]


def test_year_holds_three_thousand_referrals_of_twelve_months_that_have_all_ended(
    year: Sequence[PastPerson], records: Sequence[dict[str, Any]]
) -> None:
    episodes = all_episodes(year)
    assert len(records) > 3_000
    assert len({record["referred_month"] for record in records}) == 12
    assert max(episode.ended_at for episode in episodes) < NOW
    assert min(episode.received_at for episode in episodes) > NOW - timedelta(days=600)


def test_year_is_the_same_whenever_it_is_invented_on_a_day(year: Sequence[PastPerson]) -> None:
    assert people(NOW + timedelta(hours=8)) == year


def test_numbers_are_test_numbers_and_nobody_shares_one(year: Sequence[PastPerson]) -> None:
    found = [person.details.nhs_number or "" for person in year]
    assert len(set(found)) == len(found)
    assert {number[:4] for number in found} == {"9990"}


def test_every_practice_and_every_other_source_asks(records: Sequence[dict[str, Any]]) -> None:
    practices = {told["ods"] for told in directory.practices()}
    assert {record["practice"] for record in records} == {*practices, None}
    assert {record["source"] for record in records} == {
        "practice",
        *(told["kind"] for told in directory.sources()),
    }
    assert all((record["practice"] is None) == (record["source"] != "practice") for record in records)


def test_holidays_are_quiet_and_winter_is_busy(records: Sequence[dict[str, Any]]) -> None:
    by_month = Counter(record["referred_month"][5:] for record in records)
    assert {month for month, _ in by_month.most_common()[-2:]} == {"08", "12"}
    assert by_month["01"] > 1.4 * by_month["08"]


def test_old_people_are_lonely_and_young_people_look_for_work(records: Sequence[dict[str, Any]]) -> None:
    def share(need: str, low: int, high: int) -> float:
        of_age = [each for each in records if each["age_years"] and low <= each["age_years"] <= high]
        return fmean(each["need"] == need for each in of_age)

    assert share("social-connection", 80, 120) > 2 * share("social-connection", 25, 44)
    assert share("employment", 16, 24) > 5 * share("employment", 65, 120)


def test_nobody_is_helped_by_a_service_that_does_not_take_them(year: Sequence[PastPerson]) -> None:
    services = {each.id: each for each in directory.services(NOW.date())}
    known = [person for person in year if person.details.postcode and person.details.gender]
    for person in known:
        for episode in person.episodes:
            if episode.service_id:
                service = services[episode.service_id]
                assert not service.genders or person.details.gender in service.genders
                assert not service.areas or person.details.outward_code in service.areas


def test_change_after_help_is_what_it_is_by_design(records: Sequence[dict[str, Any]]) -> None:
    for need in numbers()["needs"]:
        for scale in numbers()["effects"]["scales"]:
            name = scale.replace("-", "_")
            pairs = [
                (each[f"{name}_before"], each[f"{name}_after"]) for each in records if each["need"] == need
            ]
            changes = [after - before for before, after in pairs if None not in (before, after)]
            within = 3.5 * stdev(changes) / len(changes) ** 0.5
            assert fmean(changes) == pytest.approx(effect(need, scale), abs=within), (need, scale)


def test_loneliness_gets_better_for_some_needs_stays_for_others_and_worsens_for_a_few() -> None:
    signs = Counter(
        (effect(need, "loneliness") > 0) - (effect(need, "loneliness") < 0) for need in numbers()["needs"]
    )
    assert signs == {-1: 7, 0: 5, 1: 2}


def test_some_are_never_reached_some_stop_coming_and_many_are_not_asked_again(
    records: Sequence[dict[str, Any]], year: Sequence[PastPerson]
) -> None:
    ends = Counter(episode.end_reason for episode in all_episodes(year))
    assert {"could-not-contact", "did-not-engage", "person-declined", "no-suitable-service"} <= ends.keys()
    before = [each for each in records if each["loneliness_before"] is not None]
    assert 0.3 < fmean(each["loneliness_after"] is not None for each in before) < 0.9
    assert 0.02 < fmean(each["ethnicity"] is None for each in records) < 0.1


def test_poorest_areas_wait_longer_and_are_declined_more(
    records: Sequence[dict[str, Any]], year: Sequence[PastPerson]
) -> None:
    begun = [r for r in records if r["weeks_to_start"] is not None and r["deprivation_decile"]]
    poor = [r["weeks_to_start"] for r in begun if r["deprivation_decile"] <= 2]
    rest = [r["weeks_to_start"] for r in begun if r["deprivation_decile"] > 2]
    assert fmean(poor) > 1.1 * fmean(rest)
    assert sum(bool(episode.declined) for episode in all_episodes(year)) > 300


def test_rare_people_are_planted(records: Sequence[dict[str, Any]]) -> None:
    (oldest,) = planted(records, "aged-97")
    assert oldest["age_years"] == 97
    assert max(record["age_years"] or 0 for record in records if record != oldest) < 97
    family = planted(records, "traveller-family")
    where = (family[0]["small_area"], family[0]["ethnicity"])
    alike = [r["nhs_number"] for r in records if (r["small_area"], r["ethnicity"]) == where]
    assert sorted(alike) == sorted(planted_numbers()["traveller-family"])
    first, second = planted(records, "twins")
    assert all(first[name] == second[name] for name in (*KNOWN_BY_NAME, "ethnicity"))
    (celebrity,) = planted(records, "celebrity")
    assert celebrity["referred_month"].endswith("-05")
    assert len(planted(records, "nine-referrals")) == 9


def test_records_hold_the_extracts_fields_and_nobody_who_said_no(
    records: Sequence[dict[str, Any]], year: Sequence[PastPerson]
) -> None:
    assert {tuple(record) for record in records} == {EXTRACT_FIELDS}
    said_no = {
        person.details.nhs_number
        for person in year
        if person.type1_opt_out or person.national_opt_out or person.withdrew or person.restricted
    }
    assert len(said_no) > 100
    assert said_no.isdisjoint(record["nhs_number"] for record in records)


def test_unprotected_control_names_nobody_and_still_gives_nearly_everybody_away(
    records: Sequence[dict[str, Any]],
) -> None:
    control = unprotected(records)
    assert {"nhs_number", "referral_key", "record"}.isdisjoint(control[0])
    known = [tuple(row[name] for name in KNOWN_BY_NAME) for row in control]
    alone = Counter(known)
    assert fmean(alone[each] == 1 for each in known) > 0.9
    people_of = {(row["person"], tuple(row[name] for name in KNOWN_BY_NAME)) for row in control}
    assert len({row["person"] for row in control}) < len(people_of) <= len(control)
