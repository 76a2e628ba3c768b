"""How `make words` finds what Python says to residents and small groups; templates have Babel's own way (babel.cfg)."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

# Functions whose literals are said to people. `worded_all` has a whole dictionary of them; of a problem or a refusal
# each literal is a sentence; `choice`, `words`, `tick` and their like are fields with what to say when they are wrong.
_FIRST = frozenset({"worded", "say"})
_COUNTED = frozenset({"say_counted"})
_ALL = frozenset({"worded_all", "worded_tags"})

_SENTENCE = re.compile(r"[A-Z“][^_{}]* [^_{}]*[.?!…]$")
_SHOWN = frozenset({"title", "words", "own", "answers"})

Found = tuple[int, str, str | tuple[str, str], list[str]]


def extract(
    source: IO[bytes],
    keywords: Any,  # noqa: ARG001 - Babel's signature
    comment_tags: Any,  # noqa: ARG001
    options: Any,  # noqa: ARG001
) -> Iterator[Found]:
    """Yield line, function, text (a pair where it is counted) and no comments, as Babel asks of an extractor."""
    for node in ast.walk(ast.parse(source.read())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if called in _FIRST and node.args:
            yield from ((node.lineno, "gettext", text, []) for text in _texts(node.args[0]))
        elif called in _COUNTED:
            one, several = ([*_texts(each)] for each in node.args[:2])
            if one and several:
                yield node.lineno, "ngettext", (one[0], several[0]), []
        elif called in _ALL:
            yield from ((node.lineno, "gettext", text, []) for text in _texts(node.args[0]))


def extract_sentences(
    source: IO[bytes],
    keywords: Any,
    comment_tags: Any,
    options: Any,
) -> Iterator[Found]:
    """Yield the same and, beside it, every other sentence of a file: refusals, what is wrong, what was done.

    For the files that babel.cfg names: what they say is looked up by its English where it is shown.
    """
    text = source.read()
    tree = ast.parse(text)
    yield from extract(BytesIO(text), keywords, comment_tags, options)
    left_out = {id(part) for node in ast.walk(tree) for part in _no_sentences(node)}
    constants = [
        each for each in ast.walk(tree) if isinstance(each, ast.Constant) and id(each) not in left_out
    ]
    for node in constants:
        if isinstance(node.value, str) and _SENTENCE.match(node.value):
            yield node.lineno, "gettext", node.value, []


def extract_list(
    source: IO[bytes],
    keywords: Any,  # noqa: ARG001
    comment_tags: Any,  # noqa: ARG001
    options: Any,  # noqa: ARG001
) -> Iterator[Found]:
    """Yield what people read of a list in a file (TOML): titles, words and answers."""
    for text in _of_list(tomllib.loads(source.read().decode("utf-8")), shown=False):
        yield 0, "gettext", text, []


def _of_list(part: Any, *, shown: bool) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            yield from _of_list(value, shown=name in _SHOWN)
    elif isinstance(part, list):
        pairs = shown and all(isinstance(each, list) for each in part)  # codes with their words
        for each in part:
            yield from _of_list(each[1] if pairs else each, shown=shown)
    elif shown and isinstance(part, str) and part:
        yield part


def _no_sentences(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the literals of a node that nobody is told: what it documents, and parts of a text with values in it."""
    if isinstance(node, ast.Expr):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from node.values


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield the literals of an expression: of a dictionary its values, of a choice between two both."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and node.value:
            yield node.value
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _texts(value)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.Tuple):  # words and their colour
        yield from _texts(node.elts[0])
