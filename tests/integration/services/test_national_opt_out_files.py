"""The files of the national check at the command line: whose eyes they are for, and answers that cannot be right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import cli_opt_outs
from app.runtime import Runtime
from tests.factories import MadePlace, Patient, make_nhs_number
from tests.integration.services.test_extract_places import closed

Run = Callable[..., Result]
OPTED_OUT = "person where national_opt_out"


@pytest.fixture
def run(runtime: Runtime, place: MadePlace, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command of the group, with four people about whom is asked."""
    monkeypatch.setattr(cli_opt_outs, "database", lambda: runtime.db)
    for _ in range(4):
        closed(runtime.db, place, patient=Patient(nhs_number=make_nhs_number()))
    return lambda *words: CliRunner().invoke(cli_opt_outs.national_opt_outs, [str(each) for each in words])


@pytest.fixture
def question(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "question.dat"
    assert run("ask", path).exit_code == 0
    return path


def answered(question: Path, people: int) -> Path:
    """An answer in which so many people may be used."""
    path = question.with_name("answer.dat")
    path.write_bytes(b"".join(question.read_bytes().splitlines(keepends=True)[:people]))
    return path


@pytest.mark.parametrize("earlier", [None, 0o644, 0o666])
def test_the_question_is_for_its_owners_eyes_even_where_a_file_stood(
    run: Run, tmp_path: Path, earlier: int | None
) -> None:
    path = tmp_path / "question.dat"
    if earlier:
        path.write_text("of last month\n")
        path.chmod(earlier)
        before = path.open()  # whoever has the old file open reads nothing new
    assert run("ask", path).exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_text().splitlines()) == 4
    assert [each.name for each in tmp_path.iterdir()] == ["question.dat"]
    if earlier:
        assert before.read() == "of last month\n"
        before.close()


@pytest.mark.parametrize("people", [0, 1])
def test_an_answer_by_which_over_half_opted_out_is_doubted(
    run: Run, question: Path, counted: Callable[[str], int], people: int
) -> None:
    answer = answered(question, people)
    doubted = run("record", question, answer)
    assert doubted.exit_code != 0
    assert f"{4 - people} of 4 people would have opted out" in str(doubted.exception)
    assert ("the answer is empty" in str(doubted.exception)) == (people == 0)
    assert counted(OPTED_OUT) == 0
    sure = run("record", "--yes-so-many", question, answer)
    assert sure.output == f"4 people asked about, {4 - people} opted out.\n"
    assert counted(OPTED_OUT) == 4 - people


def test_an_answer_by_which_half_opted_out_is_taken(run: Run, question: Path) -> None:
    assert run("record", question, answered(question, 2)).output == "4 people asked about, 2 opted out.\n"


def test_what_is_wrong_is_told_by_line_and_never_by_value(
    run: Run, question: Path, counted: Callable[[str], int]
) -> None:
    answer = answered(question, 4)
    strange = make_nhs_number()
    answer.write_text(f"{answer.read_text()}{strange},\n")
    told = run("record", question, answer)
    assert told.exit_code == 2
    assert "answer, line 5: This number was not asked about." in told.output
    answer.write_text("nobody\n")
    assert "answer, line 1: Write ten digits and a comma" in run("record", question, answer).output
    assert strange not in told.output
    assert counted(OPTED_OUT) == 0
