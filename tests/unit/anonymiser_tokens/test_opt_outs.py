"""Whoever said no is left out before tokens are made: every reason counted, nobody named, and in doubt left out."""

from datetime import date, timedelta

import polars as pl
import pytest

from anonymiser.errors import Refusal
from anonymiser.tokens.national_check import NationalAnswer, national_question, read_national_answer
from anonymiser.tokens.opt_outs import Exemption, OptOuts, heed
from tests.unit.anonymiser_tokens.conftest import TODAY
from tests.unit.anonymiser_tokens.token_people import NUMBERS, series

NONE = series()
RECORDS = pl.DataFrame({"nhs_number": [*NUMBERS[:20], NUMBERS[0], NUMBERS[1], None, "x"]})


def answer(*allowed: str, asked: pl.Series = RECORDS["nhs_number"], on: date = TODAY) -> NationalAnswer:
    return read_national_answer("".join(f"{n},\n" for n in allowed).encode(), asked, on)


def test_each_reason_is_counted_once_for_each_person_and_for_each_row() -> None:
    opt_outs = OptOuts(
        type_1=series(NUMBERS[0], NUMBERS[2]),
        withdrawn=series(NUMBERS[0], NUMBERS[3]),
        national=answer(*NUMBERS[:4], *NUMBERS[6:20]),
    )
    heeded = heed(RECORDS, opt_outs, TODAY)
    assert heeded.kept["nhs_number"].to_list() == [NUMBERS[1], *NUMBERS[6:20], NUMBERS[1]]
    assert heeded.people == {
        "type-1-opt-out": 2,
        "consent-withdrawn": 1,
        "national-data-opt-out": 2,
        "not-checked-nationally": 2,
    }
    assert heeded.rows == {
        "type-1-opt-out": 3,
        "consent-withdrawn": 1,
        "national-data-opt-out": 2,
        "not-checked-nationally": 2,
    }
    assert sum(heeded.rows.values()) + heeded.kept.height == RECORDS.height


def test_opt_out_in_another_spelling_is_heeded() -> None:
    spaced = f"{NUMBERS[0][:3]} {NUMBERS[0][3:6]}-{NUMBERS[0][6:]}"
    opt_outs = OptOuts(type_1=series(spaced), withdrawn=NONE, national=Exemption.EXPLICIT_CONSENT)
    assert NUMBERS[0] not in heed(RECORDS, opt_outs, TODAY).kept["nhs_number"].to_list()


def test_nobody_who_was_not_asked_about_is_kept() -> None:
    asked = series(*NUMBERS[:10])
    opt_outs = OptOuts(type_1=NONE, withdrawn=NONE, national=answer(*NUMBERS[:10], asked=asked))
    heeded = heed(RECORDS, opt_outs, TODAY)
    assert set(heeded.kept["nhs_number"]) == set(NUMBERS[:10])
    assert heeded.people["not-checked-nationally"] == 12
    assert heeded.people["national-data-opt-out"] == 0


def test_where_the_national_opt_out_does_not_apply_it_is_said_why_and_the_others_still_do() -> None:
    opt_outs = OptOuts(type_1=series(NUMBERS[0]), withdrawn=NONE, national=Exemption.REQUIRED_BY_LAW)
    assert heed(RECORDS, opt_outs, TODAY).kept.height == RECORDS.height - 2
    assert opt_outs.national_rule == "does not apply: required by law"


@pytest.mark.parametrize("days", [-1, 8])
def test_national_answer_of_another_week_is_refused(days: int) -> None:
    stale = answer(*NUMBERS[:20], on=TODAY - timedelta(days=days))
    with pytest.raises(Refusal, match="last 7 days"):
        heed(RECORDS, OptOuts(type_1=NONE, withdrawn=NONE, national=stale), TODAY)


def test_national_answer_of_a_week_ago_still_serves() -> None:
    fresh = answer(*NUMBERS[:20], on=TODAY - timedelta(days=7))
    assert heed(RECORDS, OptOuts(type_1=NONE, withdrawn=NONE, national=fresh), TODAY).kept.height == 22


def test_list_with_an_impossible_number_is_refused_by_line_because_a_no_would_be_lost() -> None:
    with pytest.raises(Refusal) as refused:
        OptOuts(
            type_1=series(NUMBERS[0], "9434765918"),
            withdrawn=series(None),
            national=Exemption.EXPLICIT_CONSENT,
        )
    assert "type-1-opt-out, line 2" in str(refused.value)
    assert "consent-withdrawn, line 1" in str(refused.value)
    assert "94347" not in str(refused.value)


def test_nobody_is_listed_anywhere() -> None:
    opt_outs = OptOuts(type_1=series(NUMBERS[0]), withdrawn=series(NUMBERS[1]), national=answer(*NUMBERS[:9]))
    heeded = heed(RECORDS, opt_outs, TODAY)
    shown = repr(opt_outs) + repr(opt_outs.national) + repr(heeded.people) + repr(heeded.rows)
    assert not any(number in shown for number in NUMBERS[:20])


def test_question_is_a_number_a_comma_and_a_line_feed_for_each_person_once() -> None:
    spaced = f"{NUMBERS[1][:3]} {NUMBERS[1][3:6]} {NUMBERS[1][6:]}"
    written = national_question(series(NUMBERS[1], spaced, NUMBERS[0], "9434765918", None))
    assert written == f"{NUMBERS[0]},\n{NUMBERS[1]},\n".encode()


def test_answer_with_windows_line_ends_is_read_alike() -> None:
    content = f"{NUMBERS[0]},\r\n{NUMBERS[1]},\r\n".encode()
    read = read_national_answer(content, RECORDS["nhs_number"], TODAY)
    assert read.allowed.to_list() == list(NUMBERS[:2])


def test_empty_answer_means_that_everybody_opted_out() -> None:
    opt_outs = OptOuts(type_1=NONE, withdrawn=NONE, national=answer())
    assert heed(RECORDS, opt_outs, TODAY).kept.is_empty()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"The file contains one or more invalid NHS Numbers.", "impossible NHS number"),
        (f"{NUMBERS[0]},\n{NUMBERS[1]}".encode(), "cut"),
        (f"{NUMBERS[0]},\n{NUMBERS[1][:5]}".encode(), "cut"),
        (f"{NUMBERS[0]}\n".encode(), "line 1: not ten digits and a comma"),
        (b"\n", "line 1: not ten digits"),
        (f"{NUMBERS[0]},\n{NUMBERS[300]},\n".encode(), "line 2: a number that was not asked about"),
        (b"<html>sign in</html>\n", "line 1: not ten digits"),
    ],
)
def test_answer_that_is_none_is_refused_without_a_number(content: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said) as refused:
        read_national_answer(content, RECORDS["nhs_number"], TODAY)
    assert NUMBERS[300] not in str(refused.value)
