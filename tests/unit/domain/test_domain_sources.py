"""Who may ask for help for people, and what goes back."""

import pytest

from app.domain.sources import SOURCES, GoesBack, SourceKind


def test_every_kind_of_source_says_what_goes_back() -> None:
    assert set(SOURCES) == set(SourceKind)


def test_nothing_goes_back_to_a_jobcentre() -> None:
    assert SOURCES[SourceKind.JOBCENTRE].goes_back is GoesBack.NOWHERE
    assert SOURCES[SourceKind.JOBCENTRE].is_silent


@pytest.mark.parametrize("kind", sorted(set(SourceKind) - {SourceKind.JOBCENTRE, SourceKind.SELF}))
def test_every_other_source_hears_of_its_own_request(kind: SourceKind) -> None:
    assert SOURCES[kind].goes_back is GoesBack.TO_REQUESTER
    assert not SOURCES[kind].is_silent


def test_who_asked_for_themselves_is_told_and_has_no_account() -> None:
    assert SOURCES[SourceKind.SELF].goes_back is GoesBack.TO_PERSON
    assert not SOURCES[SourceKind.SELF].signs_in
