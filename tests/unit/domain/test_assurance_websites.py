"""The website of a group becomes a link on a public page: only an address of the web is one."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.domain.directory import Profile
from app.domain.entries import profile_problems


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ("https://befrienders.example", True),
        ("http://befrienders.example/a?b=c", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)//https://", False),
        ("data:text/html,<script>1</script>", False),
        ("//befrienders.example", False),
        ("https://befrienders.example\njavascript:alert(1)", False),
        ("ftp://befrienders.example", False),
    ],
)
def test_only_an_address_of_the_web_is_taken(told: str, taken: bool) -> None:
    problems = {each.field for each in profile_problems(Profile(uuid4(), website=told))}
    assert ("website" not in problems) is taken
