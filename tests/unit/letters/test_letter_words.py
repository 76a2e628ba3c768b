"""What the outcome letter says, and in which order, whatever the end was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.domain.outcomes import Phase, Taken
from app.domain.vocabulary import OUTCOME_WORDS, OutcomeState
from app.letters.content import words_of
from app.letters.typesetting import outcome_letter_pdf
from app.services.measures.measure_library import shipped
from fhir.message_back import NO_CLAIM
from fhir.messages import OutcomeReport, ScoreToTell
from tests.contract.fhir.reports import BARE, DECLINED, HELPED, NOBODY, NOT_ENGAGED
from tests.unit.letters.pdf import pages_of, text_of

REFERENCE = "BK-7F3K9QP"
LIBRARY = shipped()
GOLDEN = Path(__file__).parent / "golden"


def report_with_our_measures() -> OutcomeReport:
    """The measures as the services tell them: ONS4 twice, UCLA-3 before only."""
    ons4 = {"life-satisfaction": 3, "worthwhile": 4, "happy": 5, "anxious": 9}
    ucla3 = {"companionship": 3, "left-out": 2, "isolated": 3}
    taken = [
        Taken("ons4", Phase.BEFORE, ons4, date(2026, 8, 3)),
        Taken("ons4", Phase.AFTER, ons4 | {"anxious": 4, "happy": 7}, date(2026, 11, 16)),
        Taken("ucla3", Phase.BEFORE, ucla3, date(2026, 8, 3)),
    ]
    told = tuple(
        ScoreToTell(
            each.measure,
            code,
            LIBRARY.display(each.measure, code),
            value,
            each.phase.value,
            each.taken_on,
            scale=LIBRARY.get(each.measure).scale(code),
        )
        for each in taken
        for code, value in LIBRARY.scores(each).items()
    )
    return replace(HELPED, scores=told, actions="")


STATES = {
    "better": report_with_our_measures(),
    "no-change": replace(HELPED, outcome="no-change", outcome_text="No change", actions=""),
    "worse": replace(HELPED, outcome="worse", outcome_text="Things are worse for the person"),
    "did-not-engage": NOT_ENGAGED,
    "could-not-reach": replace(
        HELPED, outcome="could-not-reach", outcome_text="The person could not be reached", actions=""
    ),
    "not-asked": replace(HELPED, outcome="not-asked", outcome_text="The person was not asked", actions=""),
    "not-known": NOBODY,
    "declined": DECLINED,
    "bare": BARE,
}


@pytest.mark.parametrize("state", STATES)
def test_letter_reads_as_agreed(state: str) -> None:
    read = "\n--- page ---\n".join(pages_of(outcome_letter_pdf(STATES[state], reference=REFERENCE))) + "\n"
    assert read == (GOLDEN / f"{state}.txt").read_text()


def test_every_outcome_state_has_its_letter() -> None:
    assert {OutcomeState(report.outcome) for report in STATES.values()} == set(OutcomeState)
    for state, words in OUTCOME_WORDS.items():
        told = words_of(replace(HELPED, outcome=state, outcome_text=words), reference=REFERENCE)
        assert told.outcome == (f"{words}.",)


def test_first_line_is_what_the_practice_must_do() -> None:
    assert words_of(replace(HELPED, actions=" \n "), reference=REFERENCE).headline == "No action needed."
    told = words_of(replace(HELPED, actions="Please review her sleep.\nRing her."), reference=REFERENCE)
    assert (told.headline, told.action) == ("Please review her sleep.", ("Ring her.",))


def test_long_action_stands_whole_below_its_heading() -> None:
    action = "Please review her tablets and " * 20
    told = words_of(replace(HELPED, actions=action), reference=REFERENCE)
    assert told.headline == "Action for the practice"
    assert told.action == (action.strip(),)


def test_missing_values_are_said_to_be_missing() -> None:
    read = text_of(outcome_letter_pdf(BARE, reference=REFERENCE))
    assert "None" not in read
    blanks = ("Name: Not given", "NHS number: Not given", "Date of birth: Not given")
    for said in (*blanks, "Nothing was recorded about risks."):
        assert said in read
    assert "No scores were recorded." in read
    assert "Your reference" not in read


def test_nhs_number_is_told_in_three_parts_and_a_wrong_one_as_it_came() -> None:
    assert ("NHS number", "943 476 5919") in words_of(HELPED, reference=REFERENCE).banner
    odd = replace(HELPED, person=replace(HELPED.person, nhs_number="12345"))
    assert ("NHS number", "12345") in words_of(odd, reference=REFERENCE).banner


def test_scores_say_their_scale_and_no_letter_says_what_caused_them() -> None:
    told = words_of(report_with_our_measures(), reference=REFERENCE)
    anxious, loneliness = told.scores[3], told.scores[-1]
    assert (anxious.scale, anxious.first, anxious.later) == (
        "0 to 10, lower is better",
        "9 (3 Aug 2026)",
        "4 (16 Nov 2026)",
    )
    assert (loneliness.scale, loneliness.first, loneliness.later) == (
        "3 to 9, lower is better",
        "8 (3 Aug 2026)",
        "Not recorded",
    )
    for report in STATES.values():
        read = text_of(outcome_letter_pdf(report, reference=REFERENCE)).lower()
        for causal in ("because of", "thanks to", "led to", "caused", "improved by", "resulted in"):
            assert causal not in read
    assert told.scores_note == NO_CLAIM


def test_days_are_london_days() -> None:
    late = replace(HELPED, ended_on=HELPED.ended_on.replace(month=7, hour=23, minute=30))
    assert ("Ended", "21 July 2026") in words_of(late, reference=REFERENCE).dates


def test_title_tells_nothing_of_the_person() -> None:
    assert words_of(HELPED, reference=REFERENCE).title == f"Social prescribing outcome {REFERENCE}"
