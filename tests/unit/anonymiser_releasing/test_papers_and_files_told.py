"""A paper that can never be used is not signed, and a file that is not there is named as such."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from anonymiser.errors import Refusal
from anonymiser.releasing.ways_back import reveal
from anonymiser.tokens.papers import Papers, make_approver, sign_paper
from anonymiser.tokens.split_key import SplitKey

NAME = "Guardian One"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def paper(folder: Path, **changes: Any) -> Path:
    request = {
        "id": "request-one",
        "reason": "Agreed by the data access group in November.",
        "asked_by": "The steward",
        "asked_on": NOW.date().isoformat(),
        "expires_on": (NOW.date() + timedelta(days=5)).isoformat(),
    }
    path = folder / "paper.json"
    path.write_text(json.dumps({"request": request | changes, "reveal": {"token": "aa0.2026a.X"}}))
    return path


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "r1"}, "an id of 4 to 64"),
        ({"reason": "short"}, "a reason of 10 to 500"),
        ({"reason": "About the person 999 049 9012, as agreed."}, "without naming anybody"),
        ({"asked_on": "2026-11-20", "expires_on": "2026-11-23"}, "ended on 2026-11-23"),
        ({"asked_on": "2026-11-28", "expires_on": "2026-11-27"}, "before the day on which it was asked for"),
        ({"expires_on": "2026-12-02"}, "lasts 7 days at most"),
        ({"asked_by": NAME}, f"{NAME} asks for this and cannot approve it"),
        ({"asked_by": "Dr guardian  ONE"}, "cannot approve it"),
        ({"asked_by": ""}, "the name of who asks"),
    ],
)
def test_paper_that_can_never_be_used_is_not_signed(
    changes: dict[str, str], said: str, tmp_path: Path
) -> None:
    make_approver(tmp_path / "key.pem", NAME, "caldicott-guardian")
    written = paper(tmp_path, **changes)
    before = written.read_text()
    with pytest.raises(Refusal, match=said):
        sign_paper(written, NAME, tmp_path / "key.pem", NOW.date())
    assert written.read_text() == before


@pytest.mark.parametrize(
    ("asked_on", "expires_on"),
    [
        ("2026-11-24", "2026-11-29"),
        ("2026-11-17", "2026-11-24"),
        ("2026-11-26", "2026-11-26"),
    ],
    ids=["in the middle", "on the last day, after a week", "dated later, for a day"],
)
def test_paper_that_can_be_used_is_signed(asked_on: str, expires_on: str, tmp_path: Path) -> None:
    make_approver(tmp_path / "key.pem", NAME, "caldicott-guardian")
    written = paper(tmp_path, asked_on=asked_on, expires_on=expires_on)
    sign_paper(written, NAME, tmp_path / "key.pem", NOW.date())
    assert [each["name"] for each in json.loads(written.read_text())["signatures"]] == [NAME]


def test_notes_that_are_not_there_are_named_with_their_folder(tmp_path: Path) -> None:
    papers = Papers(
        paper=paper(tmp_path), approvers=tmp_path / "approvers.json", trail=tmp_path / "trail.jsonl"
    )
    with pytest.raises(Refusal) as refused:
        reveal(papers, SplitKey(b"1" * 32), tmp_path, NOW)
    assert str(refused.value) == f"There is no file {tmp_path / 'notes.csv'}."
