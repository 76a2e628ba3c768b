"""Both sides of the boundary list the fields of an extract by themselves; the lists have to be the same."""

from anonymiser.policy import POLICY
from app.services.dataset.extract_row import EXTRACT_FIELDS


def test_every_field_that_the_platform_extracts_is_classed_and_no_classed_field_is_missing() -> None:
    # "record" says what kind of line it is and tells nothing about anybody.
    assert set(EXTRACT_FIELDS) - {"record"} == set(POLICY)


def test_platform_names_no_field_twice() -> None:
    assert len(set(EXTRACT_FIELDS)) == len(EXTRACT_FIELDS)
