"""Two entries are proposed as one by what they have in common, and never for sharing an organisation alone."""

from __future__ import annotations

from uuid import UUID

from app.domain.entry_pairs import Entry, Sign, propose


def entry(number: int, name: str, provider: str, **told: object) -> Entry:
    owner = UUID(int=1000 + sum(ord(letter) for letter in provider))
    return Entry(UUID(int=number), name, owner, provider, **told)  # type: ignore[arg-type]


def test_slip_of_the_pen_in_a_name_is_proposed() -> None:
    (found,) = propose(
        [entry(1, "Clapton Lunch Club", "St Olave"), entry(2, "Claptn Lunch Club", "Olave Church")]
    )
    assert found.signs == (Sign.NAME,)


def test_same_number_in_another_spelling_and_another_name_is_proposed() -> None:
    one = entry(1, "Knit and natter", "Weavers", phones=("020 7946 0018",), emails=("hi@example.org",))
    other = entry(
        2, "Thursday wool circle", "The Weavers", phones=("+44 20 7946 0018",), emails=("HI@example.org",)
    )
    (found,) = propose([one, other])
    assert set(found.signs) >= {Sign.PHONE, Sign.EMAIL}


def test_two_services_of_one_organisation_are_two() -> None:
    shared = {"phones": ("020 7946 0018",), "charity_number": "1000000"}
    assert (
        propose(
            [
                entry(1, "Debt advice", "Clapton Advice", **shared),
                entry(2, "Garden", "Clapton Advice", **shared),
            ]
        )
        == []
    )


def test_pair_that_was_decided_is_proposed_no_more() -> None:
    pair = [entry(1, "Clapton Lunch Club", "St Olave"), entry(2, "Clapton Lunch Club", "Olave Church")]
    assert propose(pair, {frozenset(each.id for each in pair)}) == []


def test_different_services_in_one_hall_are_two() -> None:
    hall = {"postcodes": ("E8 1EA",)}
    assert (
        propose(
            [entry(1, "Tai chi", "Slow Steps", **hall), entry(2, "Debt advice", "Clapton Advice", **hall)]
        )
        == []
    )
