"""The record of processing (UK GDPR Article 30), written from the data map: what is kept of whom, why, how long."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.data_map import Column, DataMap, Erased, Table, Told

_WHOSE = {
    "person": "People who are referred",
    "staff": "Staff and volunteers with an account",
    "helper": "Helpers of groups without an account",
    "contact": "Contacts of organisations in the directory",
}
_TOLD = {
    Told.BUNDLE: "given",
    Told.READ_FIRST: "given, once somebody has read it",
    Told.ON_REQUEST: "given by the steward, by hand",
}
_ERASED = {
    Erased.KEY: "unreadable: its key is destroyed",
    Erased.BLANK: "emptied",
    Erased.STAYS: "stays, and names nobody",
    Erased.GONE: "removed when it has served",
}
_HEAD = """# Record of processing

Written from `app/services/rights/data_map.toml` by `python -m app rights record`; a test holds both together. It is the
part of a controller's record (UK GDPR Article 30) that the software knows. **Each controller adds** its name and
contact, its data protection officer, joint controllers and processors, transfers (the software makes none outside what
is set up in `deploy/README.md`) and its own privacy notice, and checks that the bases below are its own.

Recipients are told in `app/domain/disclosure.py` (what a provider sees, by kind of service), in the messages to whoever
referred, and in the data sheet of the dataset. Security is told in `SECURITY.md`.
"""


def processing_record(found: DataMap) -> str:
    """Return the record as Markdown."""
    return "\n".join([_HEAD, *_bases(found), *_keeping(found), *_groups(found), *_nobody(found)]) + "\n"


def _bases(found: DataMap) -> Iterator[str]:
    yield "## On which basis\n"
    yield "| word | basis |\n|---|---|"
    yield from (f"| {word} | {basis} |" for word, basis in found.basis.items())
    yield ""


def _keeping(found: DataMap) -> Iterator[str]:
    yield "## For how long\n"
    yield "| word | time |\n|---|---|"
    yield from (f"| {word} | {time} |" for word, time in found.kept.items())
    yield ""


def _groups(found: DataMap) -> Iterator[str]:
    for whose, title in _WHOSE.items():
        yield f"## {title}\n"
        for table in (each for each in found.tables.values() if each.whose == whose):
            yield from _table(found, table)


def _table(found: DataMap, table: Table) -> Iterator[str]:
    yield f"### {table.what} (`{table.name}`)\n"
    yield "| column | what | basis | kept | when somebody asks for their data | when they are erased |"
    yield "|---|---|---|---|---|---|"
    yield from (_line(found, each) for each in table.columns.values())
    yield ""


def _line(found: DataMap, column: Column) -> str:
    told = _TOLD[Told(column.told)] if column.told in list(Told) else f"not: {found.not_told[column.told]}"
    cells = (f"`{column.name}`", column.what, column.basis, column.kept, told, _ERASED[column.erased])
    return f"| {' | '.join(cells)} |"


def _nobody(found: DataMap) -> Iterator[str]:
    yield "## Tables that tell of nobody\n"
    yield "| table | why |\n|---|---|"
    yield from (f"| `{name}` | {why} |" for name, why in sorted(found.nobody.items()))
