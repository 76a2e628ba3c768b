"""Small enough to be read: files, functions, and one line at the top that says why a file exists."""

import ast
from collections.abc import Iterator

from tests.architecture.source import MIGRATIONS, MODULES, TESTS, Module

ALL = [*MODULES, *MIGRATIONS, *TESTS]
LONGEST_FILE, LONGEST_TEST_FILE, LONGEST_FUNCTION, MOST_PARAMETERS = 300, 500, 40, 6


def test_files_are_short_enough_to_be_read() -> None:
    lengths = {module.name: len(module.text.splitlines()) for module in ALL}
    longest = {module.name: LONGEST_TEST_FILE if module in TESTS else LONGEST_FILE for module in ALL}
    assert {name: length for name, length in lengths.items() if length > longest[name]} == {}


def test_functions_are_short_and_take_few_words() -> None:
    assert list(unwieldy(MODULES)) == []


def unwieldy(modules: list[Module]) -> Iterator[str]:
    """Functions that are too long, or that take too much."""
    for module in modules:
        for function in module.functions():
            length = (function.end_lineno or 0) - function.lineno + 1
            positional = [each for each in function.args.args if each.arg not in ("self", "cls")]
            parameters = len(positional) + len(function.args.kwonlyargs)
            if length > LONGEST_FUNCTION:
                yield f"{module.name}.{function.name} has {length} lines"
            if parameters > MOST_PARAMETERS:
                yield f"{module.name}.{function.name} takes {parameters}"


def test_every_file_says_at_its_top_why_it_exists() -> None:
    said = {module.name: (ast.get_docstring(module.tree) or "").partition("\n")[0] for module in ALL}
    assert [name for name, sentence in said.items() if len(sentence) <= 15] == []


def test_public_functions_say_what_they_do() -> None:
    silent = [
        f"{module.name}.{function.name}"
        for module in MODULES
        for function in module.public_functions()
        if not ast.get_docstring(function)
    ]
    assert silent == []


def test_no_file_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "core"}
    assert [module.name for module in MODULES if module.name.rsplit(".", 1)[-1] in vague] == []
