"""The outcome message tells of consent what is recorded, and where nothing is, that nothing is."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fhir.checks import resource_problems
from fhir.inbound_consent import consent_of
from fhir.outbound import outcome_message
from fhir.references import EntryIndex
from tests.contract.fhir.reports import BARE, HELPED, NOBODY, PRACTICE, TEAM

Json = dict[str, Any]
AT = datetime(2026, 9, 1, 14, 20, tzinfo=UTC)
WORDS = {
    "given, as the request told": replace(HELPED, consent_given=True, consent_at=AT),
    "refused, as the request told": replace(HELPED, consent_given=False, consent_at=AT),
    "given to the link worker": replace(HELPED, consent_given=True, consent_by_team=True, consent_at=AT),
    "refused to the link worker": replace(HELPED, consent_given=False, consent_by_team=True, consent_at=AT),
    "nothing recorded": BARE,
}


def consent_in(message: Json) -> Json:
    (found,) = [
        each["resource"] for each in message["entry"] if each["resource"]["resourceType"] == "Consent"
    ]
    return dict(found)


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("by_team", [True, False])
def test_a_recorded_word_is_told_with_who_asked_and_when(given: bool, by_team: bool) -> None:
    report = replace(HELPED, consent_given=given, consent_by_team=by_team, consent_at=AT)
    message = outcome_message(report)
    told = consent_in(message)
    (asked_by,) = told["organization"]
    name = EntryIndex.of(message["entry"]).find(asked_by).resource["name"]
    assert (told["status"], told["provision"]["type"]) == (
        ("active", "permit") if given else ("rejected", "deny")
    )
    assert told["policyRule"]["coding"][0]["code"] == ("OPTIN" if given else "OPTOUT")
    assert (told["dateTime"], name) == (AT.isoformat(), (TEAM if by_team else PRACTICE).name)


def test_where_nothing_is_recorded_no_consent_is_claimed() -> None:
    told = consent_in(outcome_message(BARE))
    assert told["status"] == "proposed"
    assert not {"dateTime", "provision", "organization"} & set(told)
    assert "coding" not in told["policyRule"]
    assert told["policyRule"]["extension"][0]["valueCode"] == "unknown"
    assert "Nothing is recorded" in told["policyRule"]["text"]


@pytest.mark.parametrize(
    ("words", "read_as"),
    list(zip(WORDS, [(True, False), (False, True)] * 2 + [(False, False)], strict=True)),
)
def test_a_reader_such_as_ours_takes_it_for_what_it_is(words: str, read_as: tuple[bool, bool]) -> None:
    seen = consent_of(EntryIndex.of(outcome_message(WORDS[words])["entry"]))
    assert (seen.given, seen.refused) == read_as


@pytest.mark.parametrize("words", WORDS)
def test_whatever_is_told_is_sound_fhir(words: str) -> None:
    assert list(resource_problems(consent_in(outcome_message(WORDS[words])))) == []


def test_the_short_form_has_no_place_for_one() -> None:
    message = outcome_message(replace(NOBODY, consent_given=True, consent_at=AT))
    assert "Consent" not in {each["resource"]["resourceType"] for each in message["entry"]}
