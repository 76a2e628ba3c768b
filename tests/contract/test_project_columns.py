"""The columns that a project can agree on are those that a release has: the two sides share no code."""

from __future__ import annotations

from anonymiser.releasing.columns import DATASETS, ROW_ID
from app.domain.project_papers import COLUMNS


def test_every_column_of_a_release_can_be_agreed_on_and_no_other() -> None:
    released = {column.name for dataset in DATASETS for column in dataset.columns}
    assert set(COLUMNS) == released - {ROW_ID.name}
