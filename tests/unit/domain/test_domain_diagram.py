"""The pictures in the README are the table's, and nobody's memory of it."""

import re
from pathlib import Path

import pytest

from app.domain import diagram
from app.domain.diagram import mermaid
from app.domain.lifecycle import RULES, Track

README = Path(diagram.__file__).with_name("README.md")


@pytest.mark.parametrize("track", Track)
def test_readme_holds_exactly_the_picture_that_the_table_gives(track: Track) -> None:
    (found,) = re.findall(rf"<!-- diagram: {track} -->\n(.*?)<!-- end -->", README.read_text(), re.DOTALL)
    assert found == f"```mermaid\n{mermaid(track)}\n```\n"


@pytest.mark.parametrize("track", Track)
def test_picture_has_one_arrow_for_each_step(track: Track) -> None:
    arrows = [line for line in mermaid(track).splitlines() if "-->" in line]
    assert len(arrows) == sum(of is track for of, _, _ in RULES)
    assert len(set(arrows)) == len(arrows)
