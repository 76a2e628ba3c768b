"""The data dictionary: every released column with meaning, codes, provenance, gaps and the caveat on causes."""

from html import escape
from typing import Any

from anonymiser.policy import POLICY, POLICY_VERSION, weight_of
from anonymiser.releasing.columns import DATASETS, NOT_A_CAUSE, Column
from anonymiser.releasing.counted import CountedFile
from anonymiser.releasing.definitions import definitions
from anonymiser.releasing.package import SYNTHETIC, Described, json_bytes

# Values whose meaning is not the word itself.
CODES = {
    "ethnicity": "Letters are the categories of the NHS Data Dictionary (ETHNIC CATEGORY).",
    "practice": "ODS codes of the NHS; names are in its Organisation Data Service.",
    "deprivation": "English Indices of Deprivation: tenths of all small areas of England.",
}
STYLE = """
body { color: #0b0c0c; font: 1.125rem/1.5 Arial, sans-serif; margin: 0 auto; max-width: 75rem; padding: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #505a5f; padding: 0.5rem 1rem 0.5rem 0; text-align: left; vertical-align: top; }
.warning { border-left: 0.5rem solid #d5281b; padding-left: 1rem; }
@media (max-width: 48rem) {
  h1, h2 { overflow-wrap: anywhere; }
  table, tbody, tr, th, td { display: block; }
  thead { clip-path: inset(50%); height: 1px; overflow: hidden; position: absolute; width: 1px; }
  th, td { overflow-wrap: anywhere; padding-right: 0; }
  th[scope="row"] { border-bottom: 0; font-size: 1.25rem; padding-top: 1.5rem; }
  td { border-bottom: 0; padding: 0.25rem 0; }
  td::before { content: attr(data-label) ": "; font-weight: bold; }
  tr { border-bottom: 1px solid #505a5f; padding-bottom: 0.5rem; }
}
"""
COLUMN_HEADS = ("Column", "Meaning", "Values", "Comes from", "Gaps")
COUNT_HEADS = ("Table", "What is counted", "Told apart by", "Answers", "To be read with")


def dictionary_json(about: Described) -> bytes:
    """The dictionary for programs."""
    return json_bytes(
        {
            "release": about.id,
            "policy": POLICY_VERSION,
            "synthetic": about.synthetic,
            "caveat": NOT_A_CAUSE,
            "tables": [
                {"name": name, "columns": [_described(about, column) for column in columns]}
                for name, columns in _tables(about)
            ],
            "definitions": [each.as_json() for file in about.counted for each in definitions(file)],
        }
    )


def dictionary_page(about: Described) -> bytes:
    """The dictionary for people: plain tables, no scripts, nothing fetched from elsewhere."""
    title = about.title(f"Data dictionary: {about.id}")
    body = "".join(_section(about, name, columns) for name, columns in _tables(about)) + _definitions(about)
    invented = f'<p class="warning"><strong>{SYNTHETIC}.</strong></p>\n' if about.synthetic else ""
    page = f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{invented}<p class="warning">{escape(NOT_A_CAUSE)}</p>
{body}</main>
</body>
</html>
"""
    return page.encode()


def _tables(about: Described) -> list[tuple[str, tuple[Column, ...]]]:
    rows = [(each.name, each.columns) for each in DATASETS]
    return [*rows, *((each.name, each.columns) for each in about.counted)]


def _described(about: Described, column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "meaning": column.meaning,
        "type": column.type,
        "values": [*about.labels(column), *column.values],
        "pattern": column.pattern,
        "codes": CODES.get(column.name, "The words are the codes."),
        "hierarchy": f"hierarchies/{column.tree}.csv" if column.tree else None,
        "source": [{"field": name, "treatment": POLICY[name].treatment.value} for name in column.source],
        "weight": weight_of(column.name) if column.tree else None,
        "missing": column.missing,
        "caveat": NOT_A_CAUSE,
    }


def _section(about: Described, name: str, columns: tuple[Column, ...]) -> str:
    rows = "".join(_row(about, column) for column in columns)
    return f"<h2>{escape(name)}</h2>\n{_table(COLUMN_HEADS, rows)}"


def _definitions(about: Described) -> str:
    """What each table of counts counts, and of whom."""
    return "".join(_definitions_of(file) for file in about.counted)


def _definitions_of(file: CountedFile) -> str:
    rows, defined = "", definitions(file)
    for each in defined:
        cells = (each.counted, each.told_apart_by, ", ".join(each.answers), each.note)
        rows += _line(COUNT_HEADS, each.table, cells)
    return (
        f"<h2>What the counts of {file.name} mean</h2>\n"
        f"<p>{escape(defined[0].of_whom)} {escape(defined[0].gaps)}</p>\n" + _table(COUNT_HEADS, rows)
    )


def _table(heads: tuple[str, ...], rows: str) -> str:
    """A table that stays one for a screen reader where a narrow window stacks its cells."""
    head = "".join(f'<th scope="col" role="columnheader">{words}</th>' for words in heads)
    return (
        f'<table role="table">\n<thead role="rowgroup">\n<tr role="row">{head}</tr>\n</thead>\n'
        f'<tbody role="rowgroup">\n{rows}</tbody>\n</table>\n'
    )


def _line(heads: tuple[str, ...], name: str, cells: tuple[str, ...]) -> str:
    """A row whose cells know their column's heading, which a narrow window has no room for above them."""
    told = "".join(
        f'<td role="cell" data-label="{words}">{escape(cell)}</td>'
        for words, cell in zip(heads[1:], cells, strict=True)
    )
    return f'<tr role="row"><th scope="row" role="rowheader">{escape(name)}</th>{told}</tr>\n'


def _row(about: Described, column: Column) -> str:
    source = "; ".join(f"{name} ({POLICY[name].treatment.value})" for name in column.source)
    cells = (column.meaning, _values(about, column), source or "counted from the rows", column.missing)
    return _line(COLUMN_HEADS, column.name, cells)


def _values(about: Described, column: Column) -> str:
    codes = CODES.get(column.name, "")
    if column.tree:
        labels = about.labels(column)
        some = labels if len(labels) <= 40 else (*labels[:6], "...", *labels[-12:])
        weight = f"Weight {weight_of(column.name):g}: what weighs more is told more exactly, at the cost of the rest."
        return f"{', '.join(some)}. All are in hierarchies/{column.tree}.csv. {weight} {codes}".strip()
    return ", ".join(column.values) or "as the data package's pattern says"
