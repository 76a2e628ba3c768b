"""A token leads back to a person for direct care only, by two signatures, once, and never unwritten."""

from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest

from anonymiser.errors import Refusal
from anonymiser.tokens.approvals import Act, Approvals, Request
from anonymiser.tokens.escrow import Escrow, reidentification_request
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.tokeniser import Tokeniser
from tests.unit.anonymiser_tokens.token_people import DATES, DOMAIN, NUMBERS, Desk, series

ESCROW = Escrow(SplitKey(b"\x07" * 32))
BOTH = ("Guardian One", "Lead One")


@pytest.fixture
def tokeniser(root: SplitKey) -> Tokeniser:
    return Tokeniser(root, DOMAIN)


@pytest.fixture
def notes(tokeniser: Tokeniser) -> dict[str, str]:
    return dict(ESCROW.notes(tokeniser, series(*NUMBERS[:50], None, "x")).iter_rows())


def ask(token: str, id: str = "find-0001") -> Request:
    reason = "A result of this study needs treatment now."
    return reidentification_request(token, id=id, reason=reason, asked_by="Doctor One", dates=DATES)


def test_two_signatures_lead_back_to_the_person(
    tokeniser: Tokeniser, notes: dict[str, str], desk: Desk, approvals: Approvals, now: datetime
) -> None:
    token = tokeniser.token(NUMBERS[7])
    request = ask(token)
    found = ESCROW.open(notes[token], request, desk.sign(request, *BOTH), approvals=approvals, now=now)
    assert found == NUMBERS[7]
    [line] = approvals.trail.verify()
    assert line["facts"]["its token"] == token
    assert line["facts"]["its reason"] == request.reason
    assert NUMBERS[7] not in approvals.trail.path.read_text()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("Guardian One",), "clinical-lead is missing"),
        (("Lead One",), "caldicott-guardian is missing"),
        (("Guardian One", "Guardian Two"), "clinical-lead is missing"),
        (("Guardian One", "Owner One"), "clinical-lead is missing"),
    ],
)
def test_one_person_or_two_of_the_wrong_roles_learn_nothing(
    names: tuple[str, ...],
    said: str,
    tokeniser: Tokeniser,
    notes: dict[str, str],
    desk: Desk,
    approvals: Approvals,
    now: datetime,
) -> None:
    token = tokeniser.token(NUMBERS[7])
    request = ask(token)
    with pytest.raises(Refusal, match=said):
        ESCROW.open(notes[token], request, desk.sign(request, *names), approvals=approvals, now=now)
    assert [line["act"] for line in approvals.trail.verify()] == [f"refused: {Act.REIDENTIFY}"]


def test_approval_for_one_person_opens_nobody_else(
    tokeniser: Tokeniser, notes: dict[str, str], desk: Desk, approvals: Approvals, now: datetime
) -> None:
    request = ask(tokeniser.token(NUMBERS[7]))
    other = notes[tokeniser.token(NUMBERS[8])]
    with pytest.raises(Refusal, match="does not open for the token in the request") as refused:
        ESCROW.open(other, request, desk.sign(request, *BOTH), approvals=approvals, now=now)
    assert NUMBERS[8] not in str(refused.value)


@pytest.mark.parametrize("note", ["", "es1.", "es1.!!!", "es1.MZXW6", "é"])
def test_damaged_note_is_refused(
    note: str, tokeniser: Tokeniser, desk: Desk, approvals: Approvals, now: datetime
) -> None:
    request = ask(tokeniser.token(NUMBERS[7]))
    with pytest.raises(Refusal, match="does not open"):
        ESCROW.open(note, request, desk.sign(request, *BOTH), approvals=approvals, now=now)


def test_another_key_opens_nothing(
    tokeniser: Tokeniser, notes: dict[str, str], desk: Desk, approvals: Approvals, now: datetime
) -> None:
    request = ask(token := tokeniser.token(NUMBERS[7]))
    with pytest.raises(Refusal, match="under this key"):
        Escrow(SplitKey(b"\x08" * 32)).open(
            notes[token], request, desk.sign(request, *BOTH), approvals=approvals, now=now
        )


def test_approval_ends_and_is_used_once(
    tokeniser: Tokeniser, notes: dict[str, str], desk: Desk, approvals: Approvals, now: datetime
) -> None:
    request = ask(token := tokeniser.token(NUMBERS[7]))
    signed = desk.sign(request, *BOTH)
    with pytest.raises(Refusal, match="ended on"):
        ESCROW.open(notes[token], request, signed, approvals=approvals, now=now + timedelta(days=4))
    ESCROW.open(notes[token], request, signed, approvals=approvals, now=now)
    with pytest.raises(Refusal, match="has been used"):
        ESCROW.open(notes[token], request, signed, approvals=approvals, now=now)


def test_only_direct_care_is_a_purpose(
    tokeniser: Tokeniser, notes: dict[str, str], desk: Desk, approvals: Approvals, now: datetime
) -> None:
    token = tokeniser.token(NUMBERS[7])
    research = replace(ask(token), terms={"token": token, "purpose": "research"})
    with pytest.raises(Refusal, match="direct care only"):
        ESCROW.open(notes[token], research, desk.sign(research, *BOTH), approvals=approvals, now=now)
    assert [line["act"] for line in approvals.trail.verify()] == [f"refused: {Act.REIDENTIFY}"]


def test_key_of_the_tokens_is_not_the_key_of_the_escrow(root: SplitKey, tokeniser: Tokeniser) -> None:
    with pytest.raises(Refusal, match="key of its own"):
        Escrow(root).notes(tokeniser, series(*NUMBERS[:3]))


def test_notes_are_one_for_each_known_person_and_hide_the_number(tokeniser: Tokeniser) -> None:
    notes = ESCROW.notes(tokeniser, series(*NUMBERS[:50], NUMBERS[0], None, "x"))
    assert notes.height == notes["note"].n_unique() == 50
    assert not any(number in "".join(notes["note"]) for number in NUMBERS[:50])
    assert notes.equals(ESCROW.notes(tokeniser, pl.Series("n", NUMBERS[:50])))
