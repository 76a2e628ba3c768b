"""No regular expression repeats within a repeat without end: a short text could keep a process busy for hours."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]  # the parser of the library itself
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

REPEATS = {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}
# Each round begins with a sign that what is repeated in it cannot hold, so that a text is divided in one way only.
APART = {
    "app/services/messages/mailing.py",  # a dot, then letters and hyphens
    "app/domain/areas.py",  # a hyphen, then letters
    "fhir/reading.py",  # white space, then an attribute, whose value is taken in one way alone
}


def nested(pattern: str | bytes) -> bool:
    """Tell whether a repeat without end stands within another."""
    return any(
        _is_endless(*each) and any(_is_endless(*one) for one in _walk(each[1][2]))
        for each in _walk(parser.parse(pattern))
    )


def _is_endless(code: Any, told: Any) -> bool:
    return code in REPEATS and told[1] is codes.MAXREPEAT


def _walk(parsed: Any) -> Iterator[tuple[Any, Any]]:
    for code, told in parsed:
        yield code, told
        for each in _within(code, told):
            yield from _walk(each)


def _within(code: Any, told: Any) -> list[Any]:
    if code in REPEATS:
        return [told[2]]
    if code is codes.SUBPATTERN:
        return [told[3]]
    if code in {codes.ASSERT, codes.ASSERT_NOT, codes.BRANCH}:
        return list(told[1]) if code is codes.BRANCH else [told[1]]
    return [told] if code is codes.ATOMIC_GROUP else []


@cache
def patterns() -> tuple[tuple[str, str | bytes], ...]:
    """Every pattern that is handed to the library as it stands, with the file it is in."""
    return tuple(_patterns())


def _patterns() -> Iterator[tuple[str, str | bytes]]:
    files = [each for folder in ("app", "fhir", "anonymiser") for each in sorted(Path(folder).rglob("*.py"))]
    for file in files:
        words = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(words)) if "re." in words else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str | bytes):
                    yield str(file), first.value


def test_no_pattern_repeats_within_a_repeat() -> None:
    told = patterns()
    assert len(told) > 150
    assert {file for file, pattern in told if nested(pattern)} == APART


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [(r"(a+)+$", True), (r"(?:\w+\s?)*x", True), (r"(a|b+)*", True), (r"a+b+", False), (r"(a{1,9})+", False)],
)
def test_what_is_dangerous_is_found(pattern: str, expected: bool) -> None:
    assert nested(pattern) is expected


@pytest.mark.parametrize("part", ["a-", "a.", ' a="', ' a=" b="', " a=b", " a='b c='", "\t"])
def test_those_apart_end_on_a_long_text_that_nearly_fits(part: str) -> None:
    """Were one of them to try every division, this would not end before the run is stopped."""
    tried = [re.compile(pattern) for file, pattern in patterns() if file in APART and nested(pattern)]
    assert len(tried) == len(APART)
    for one in tried:
        for text in (part * 300 + "!", "a@" + part * 300 + "!", "<p" + part * 300 + "!"):
            assert one.fullmatch(text) is None  # type: ignore[arg-type]
