"""What the pages' own scripts may read: names that an element of a page could take are none of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path("app/web/static")
SCRIPTS = sorted(STATIC.glob("*.js"))
# Of the browser itself, on objects that hold elements by their id or name too (window, document): its own name wins.
OWN = {"document": {"querySelectorAll"}, "window": {"location", "PublicKeyCredential"}}
# By computed name: which forms and objects, and what may stand in the brackets.
COMPUTED = {'form.elements[makes ? "made" : "signed"]', "PublicKeyCredential[parse]"}
COMPUTED |= {'navigator.credentials[makes ? "create" : "get"]'}


def test_there_are_scripts_to_look_at() -> None:
    assert {each.name for each in SCRIPTS} == {"backstitch.js", "passkey.js"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.name)
def test_no_script_reads_what_an_element_of_a_page_could_be_named(script: Path) -> None:
    """An element with the id "location" or "config" must change nothing: scripts ask for elements by selector alone."""
    words = re.sub(r"//.*", "", script.read_text(encoding="utf-8"))
    for holder, own in OWN.items():
        assert set(re.findall(rf"\b{holder}\.(\w+)", words)) <= own, script.name
        assert not re.search(rf"\b{holder}\[", words), script.name
    assert (
        set(re.findall(r"[\w.]+\[[^\]\"]*(?:\"[^\"]*\"[^\]\"]*)*\](?!\\\")", _without_selectors(words)))
        <= COMPUTED
    )
    assert not re.search(r"\b(innerHTML|outerHTML|insertAdjacentHTML|eval|Function)\b", words), script.name


def _without_selectors(words: str) -> str:
    return re.sub(r"querySelectorAll\(\"[^\"]*\"\)", "", words)
