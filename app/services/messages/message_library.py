"""Loads the message templates: those shipped here, and an installation's own laid over them; all keep the rules."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from app.domain.errors import FieldProblem, Invalid
from app.domain.message_templates import (
    LANGUAGES,
    Audience,
    Channel,
    Template,
    Templates,
    Wording,
    problems_of,
)

SHIPPED: Final = Path(__file__).resolve().parents[2] / "message_templates"
_KEYS: Final = frozenset({"code", "version", "name", "to", "goes", *LANGUAGES})
_WORDS: Final = frozenset({"subject", *Channel})


@cache
def shipped() -> Templates:
    """Return the templates that come with the program."""
    return load(None)


def load(folder: Path | None) -> Templates:
    """Return the shipped templates with those of the installation's own folder: a higher version goes out instead.

    Raises Invalid with every problem of every file at once; a problem's `field` is file and key.
    """
    paths = sorted(SHIPPED.glob("*.toml"))
    if folder is not None:
        if not folder.is_dir():
            sentence = "There is no such folder; make it, or mend the setting."
            raise Invalid([FieldProblem(str(folder), sentence)])
        paths += sorted(folder.glob("*.toml"))
    found: dict[tuple[str, int], Template] = {}
    problems: list[FieldProblem] = []
    for path in paths:
        try:
            template = read(path)
        except Invalid as fault:
            problems += [FieldProblem(f"{path.name}: {each.field}", each.sentence) for each in fault.problems]
            continue
        if (template.code, template.version) in found:
            sentence = "There is such a version already: give a new one a higher number."
            problems.append(FieldProblem(f"{path.name}: version", sentence))
        found[template.code, template.version] = template
    if problems:
        raise Invalid(problems)
    return Templates(tuple(found.values()))


def read(path: Path) -> Template:
    """Return what one file holds; raises Invalid with everything that is wrong with it."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as fault:
        raise Invalid([FieldProblem("file", f"It cannot be read as TOML: {fault}.")]) from None
    template = _template(tables)
    if problems := list(problems_of(template)):
        raise Invalid(problems)
    return template


def _template(tables: Mapping[str, Any]) -> Template:
    problems = [FieldProblem(key, "There is no such key.") for key in tables if key not in _KEYS]
    for key in ("code", "name", "goes"):
        if not isinstance(tables.get(key), str) or not tables[key].strip():
            problems.append(FieldProblem(key, "Give some words."))
    if not isinstance(tables.get("version"), int) or tables["version"] < 1:
        problems.append(FieldProblem("version", "Give a whole number from 1."))
    if tables.get("to") not in list(Audience):
        problems.append(FieldProblem("to", f"Give one of: {', '.join(Audience)}."))
    if "en" not in tables:
        problems.append(FieldProblem("en", "Give the words in English."))
    wordings = {
        language: _wording(language, tables[language], problems)
        for language in LANGUAGES
        if language in tables
    }
    if problems:
        raise Invalid(problems)
    return Template(
        tables["code"],
        tables["version"],
        tables["name"],
        Audience(tables["to"]),
        tables["goes"],
        wordings,
    )


def _wording(language: str, told: Any, problems: list[FieldProblem]) -> Wording:
    if not isinstance(told, dict):
        problems.append(FieldProblem(language, "Give a table with subject, text, email or letter."))
        return Wording("", {})
    problems += [
        FieldProblem(f"{language}.{key}", "There is no such key.") for key in told if key not in _WORDS
    ]
    pieces: dict[Channel, tuple[str, ...]] = {}
    for channel in (each for each in Channel if each in told):
        lines = told[channel]
        if not isinstance(lines, list) or not lines or not all(isinstance(line, str) for line in lines):
            problems.append(FieldProblem(f"{language}.{channel}", "Give a list of lines."))
            continue
        pieces[channel] = tuple(lines)
    if not pieces:
        problems.append(FieldProblem(language, "Give the words of at least one way: text, email, letter."))
    return Wording(str(told.get("subject", "")), pieces)
