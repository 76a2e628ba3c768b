"""A practice is set up with what it wants to hear; a letter is never written for a word on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

from app import cli_add
from app.cli import cli
from app.domain.access import system
from app.domain.errors import Invalid
from app.domain.vocabulary import FeedbackFormat, ProgressMessages
from app.runtime import Runtime
from app.services.watching import set_up
from app.services.watching.set_up import NewPractice
from app.store import directory
from app.store.session import Database
from tests.factories import make_place

READER = system("test")


def chosen(database: Database, ods: str) -> ProgressMessages:
    with database.transaction(READER) as tx:
        found = directory.find_organisation_by_ods(tx, ods)
    assert found is not None
    return found.progress_messages


def new_practice(database: Database, form: FeedbackFormat, progress: ProgressMessages | None) -> NewPractice:
    new = NewPractice("New Surgery", "A81077", make_place(database).team.id, feedback_transport="mesh")
    return replace(new, feedback_address="A81077OT001", feedback_format=form, progress=progress)


@pytest.mark.parametrize(
    ("form", "asked", "kept"),
    [
        (FeedbackFormat.BARS, None, ProgressMessages.ALL),
        (FeedbackFormat.BARS, ProgressMessages.OUTCOME_ONLY, ProgressMessages.OUTCOME_ONLY),
        (FeedbackFormat.LETTER, None, ProgressMessages.OUTCOME_ONLY),
        (FeedbackFormat.SEND_DOCUMENT, None, ProgressMessages.OUTCOME_ONLY),
    ],
)
def test_practice_hears_what_it_chose_or_what_is_usual_for_its_format(
    database: Database, form: FeedbackFormat, asked: ProgressMessages | None, kept: ProgressMessages
) -> None:
    set_up.add_practice(database, new_practice(database, form, asked))
    assert chosen(database, "A81077") is kept


@pytest.mark.parametrize("form", [FeedbackFormat.LETTER, FeedbackFormat.SEND_DOCUMENT])
def test_letters_on_the_way_are_refused_with_the_reason(database: Database, form: FeedbackFormat) -> None:
    with pytest.raises(Invalid) as refused:
        set_up.add_practice(database, new_practice(database, form, ProgressMessages.ALL))
    assert [problem.field for problem in refused.value.problems] == ["progress"]
    assert "tells of an end" in refused.value.problems[0].sentence


def test_command_takes_the_choice(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    team = make_place(runtime.db).team
    monkeypatch.setattr(cli_add, "database", lambda: runtime.db)
    words = ["add", "practice", "A81077", "New Surgery", "--team", str(team.id), "--tell", "A81077OT001"]
    told = CliRunner().invoke(cli, [*words, "--progress", "outcome-only"])
    assert told.exit_code == 0, told.output
    assert chosen(runtime.db, "A81077") is ProgressMessages.OUTCOME_ONLY
